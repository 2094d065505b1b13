"""When something happens by itself: orders and auctions end, switches act, statuses change."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from sortedcontainers import SortedSet


class Due(IntEnum):
    """What happens. At one and the same time the lower number goes first."""

    ORDER = 0
    SWITCH = 1
    STATUS = 2
    AUCTION_END = 3


class Deadline(NamedTuple):
    """``subject_id``: an order's id, the id of the account whose switch it is, or that of the
    instrument whose status changes.
    """

    deadline_ns: int
    due: Due
    subject_id: int

    @property
    def ends_auction(self) -> bool:
        """Whether an auction uncrosses then."""
        return self.due is Due.AUCTION_END


class Deadlines:
    """All of them, in the order in which they are met. O(log n) for every change."""

    def __init__(self) -> None:
        self._all: SortedSet[Deadline] = SortedSet()
        self._switches: dict[int, int] = {}

    def first(self, *, auctions_end: bool = True) -> Deadline | None:
        """Return the earliest; None if there is none. Auctions can be left out."""
        return next((one for one in self._all if auctions_end or not one.ends_auction), None)

    def add(self, deadline: Deadline) -> None:
        """Something is to happen."""
        self._all.add(deadline)

    def remove(self, deadline: Deadline) -> None:
        """It happened, or it is not to happen any more."""
        self._all.remove(deadline)

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
