"""When something is to end by itself: good-till-date orders, and armed dead-man switches."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from sortedcontainers import SortedSet


class Due(IntEnum):
    """What a deadline ends. At one and the same time the lower number goes first."""

    ORDER = 0
    SWITCH = 1


class Deadline(NamedTuple):
    """``subject_id``: an order's id, or the id of the account whose switch it is."""

    deadline_ns: int
    due: Due
    subject_id: int


class Deadlines:
    """All of them, in the order in which they are met. O(log n) for every change."""

    def __init__(self) -> None:
        self._all: SortedSet[Deadline] = SortedSet()
        self._switches: dict[int, int] = {}

    def first(self) -> Deadline | None:
        """Return the earliest; None if there is none."""
        return self._all[0] if self._all else None

    def add_order(self, order_id: int, deadline_ns: int) -> None:
        """An order ends at ``deadline_ns``."""
        self._all.add(Deadline(deadline_ns, Due.ORDER, order_id))

    def remove_order(self, order_id: int, deadline_ns: int) -> None:
        """The order is over, or not open for now."""
        self._all.remove(Deadline(deadline_ns, Due.ORDER, order_id))

    def arm(self, account_id: int, deadline_ns: int) -> None:
        """Set the account's switch, whether or not it is armed."""
        self.disarm(account_id)
        self._switches[account_id] = deadline_ns
        self._all.add(Deadline(deadline_ns, Due.SWITCH, account_id))

    def disarm(self, account_id: int) -> None:
        """Take the account's switch back, if it is armed."""
        deadline_ns = self._switches.pop(account_id, None)
        if deadline_ns is not None:
            self._all.remove(Deadline(deadline_ns, Due.SWITCH, account_id))

    def switches(self) -> Iterator[tuple[int, int]]:
        """Yield (account_id, deadline_ns) of the armed ones."""
        yield from self._switches.items()
