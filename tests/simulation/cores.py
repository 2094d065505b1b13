"""A core that is watched: one twin decides, the other must say the same, byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from domain.orders import TradingStatus
from engine_core import core_type
from engine_core.contract import BalanceRow, Core, LevelRow, OrderRow, WithdrawalRow

BOUNDS: Final = {"dedupe_keys_max": 4_000, "events_per_command_max": 1_000}
"""More than a run needs, and a fraction of the room that the real bounds take."""


class TwinsDiffer(AssertionError):
    """The same command had two answers."""


@dataclass(frozen=True, slots=True)
class Position:
    """What a core has come to, as its events say."""

    key: object
    """Stands for all that it has executed: the same in every life that did the same."""
    supply: Counter[int]
    """Atoms by asset."""
    status: dict[int, TradingStatus]
    """Of the markets, as far as it was told since the core began."""


class WatchedCore:
    """A Core. ``applied`` is told of every call once it is over."""

    leading: ClassVar[str] = "reference"
    latest: ClassVar[WatchedCore | None] = None
    """The one that began last."""
    applied: ClassVar[Callable[[WatchedCore, bytes, int, bytes, bytes], None]]

    def __init__(
        self, core: Core | None = None, other: Core | None = None, began_with: bytes = b""
    ) -> None:
        following = "compiled" if self.leading == "reference" else "reference"
        self.core: Core = core or core_type(self.leading)(**BOUNDS)
        self.other: Core | None = other
        if other is None and self.leading == "reference":
            self.other = core_type(following)(**BOUNDS)
        WatchedCore.latest = self
        supply: Counter[int] = Counter()
        for _, asset_id, available_atoms, held_atoms in self.core.balances():
            supply[asset_id] += available_atoms + held_atoms
        self.position = Position(began_with, supply, {})

    @classmethod
    def load(cls, data: bytes | memoryview, **bounds: Any) -> Self:
        """Return a core that goes on from what one saved."""
        other = core_type("compiled").load(data, **BOUNDS) if cls.leading == "reference" else None
        return cls(core_type(cls.leading).load(data, **BOUNDS), other, bytes(data))

    def save(self) -> bytes:
        """Return the whole state as bytes."""
        return self.core.save()

    def apply(self, commands: bytes, ts_ns: int) -> tuple[bytes, bytes]:
        """Execute commands.

        Raises:
            TwinsDiffer: the other twin answers differently.
        """
        events, outcomes = self.core.apply(commands, ts_ns)
        if self.other is not None and self.other.apply(commands, ts_ns) != (events, outcomes):
            raise TwinsDiffer("the twins answer a command differently")
        WatchedCore.applied(self, commands, ts_ns, events, outcomes)
        return events, outcomes

    @property
    def next_event_seq(self) -> int:
        """Sequence number of the next event."""
        return self.core.next_event_seq

    @property
    def next_order_id(self) -> int:
        """Id of the next order."""
        return self.core.next_order_id

    @property
    def log_ts_ns(self) -> int:
        """Time of the last call of ``apply``."""
        return self.core.log_ts_ns

    @property
    def next_deadline_ns(self) -> int:
        """When something ends by itself."""
        return self.core.next_deadline_ns

    def state_hash(self) -> bytes:
        """Return the hash of the state."""
        return self.core.state_hash()

    def balance(self, account_id: int, asset_id: int) -> tuple[int, int]:
        """Return (available_atoms, held_atoms)."""
        return self.core.balance(account_id, asset_id)

    def balances(self) -> list[BalanceRow]:
        """Return the balances."""
        return self.core.balances()

    def withdrawals(self) -> list[WithdrawalRow]:
        """Return what is held to leave."""
        return self.core.withdrawals()

    def orders(self) -> list[OrderRow]:
        """Return the open orders."""
        return self.core.orders()

    def depth(self, instrument_id: int, levels: int) -> tuple[list[LevelRow], list[LevelRow]]:
        """Return bids and asks."""
        return self.core.depth(instrument_id, levels)
