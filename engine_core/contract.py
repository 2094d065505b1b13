"""What both twins of the core are: the one contract."""

from typing import Protocol, Self

from engine_core.limits import DEDUPE_KEYS_MAX, EVENTS_PER_COMMAND_MAX

OrderRow = tuple[int, int, int, int, int, int, int, int]
"""order_id, account_id, instrument_id, side, price_ticks, qty_lots, leaves_qty_lots,
cum_qty_lots.
"""
BalanceRow = tuple[int, int, int, int]
"""account_id, asset_id, available_atoms, held_atoms."""
WithdrawalRow = tuple[int, int, int, int, int]
"""source_id, source_seq, account_id, asset_id, amount_atoms."""
LevelRow = tuple[int, int]
"""price_ticks, qty_lots."""


class Core(Protocol):
    """The exchange's state. Same commands and times in, same bytes out, on every machine."""

    def __init__(
        self,
        *,
        dedupe_keys_max: int = DEDUPE_KEYS_MAX,
        events_per_command_max: int = EVENTS_PER_COMMAND_MAX,
    ) -> None: ...

    @classmethod
    def load(
        cls,
        data: bytes | memoryview,
        *,
        dedupe_keys_max: int = DEDUPE_KEYS_MAX,
        events_per_command_max: int = EVENTS_PER_COMMAND_MAX,
    ) -> Self:
        """Return a core that goes on where the one that saved ``data`` stood, whichever twin.

        Raises:
            ValueError: ``data`` is torn, damaged, of another form or version, or has more keys than
                ``dedupe_keys_max``.
        """
        ...

    def save(self) -> bytes:
        """Return the whole state as bytes: the same for the same state, on every machine."""
        ...

    def apply(self, commands: bytes, ts_ns: int) -> tuple[bytes, bytes]:
        """Execute ``commands`` (n x 96 bytes) at log time ``ts_ns``; return their events (m x 128)
        and outcomes (n x 24).

        Before each command, and once if there is none, what is due by ``ts_ns`` ends, and then
        stops left in the queues run: those events come before the command's own and are not
        counted in its outcome.

        Whatever a command's bytes are, the answer is an outcome.

        Raises:
            ValueError: a torn command, or ``ts_ns`` before an earlier one.
        """
        ...

    @property
    def next_event_seq(self) -> int:
        """Sequence number the next event will have; the first is 1."""
        ...

    @property
    def next_order_id(self) -> int:
        """Id the next accepted order will have; the first is 1."""
        ...

    @property
    def log_ts_ns(self) -> int:
        """Time of the last call of ``apply``."""
        ...

    @property
    def next_deadline_ns(self) -> int:
        """Log time at which ``apply`` has something to do even without a command; 0 if never. Not
        after ``log_ts_ns`` if one turn was not enough for all that was due.
        """
        ...

    def state_hash(self) -> bytes:
        """Return 16 bytes that are equal for equal states."""
        ...

    def balance(self, account_id: int, asset_id: int) -> tuple[int, int]:
        """Return (available_atoms, held_atoms)."""
        ...

    def balances(self) -> list[BalanceRow]:
        """Return the balances that are not all zero, sorted."""
        ...

    def withdrawals(self) -> list[WithdrawalRow]:
        """Return the withdrawals that are held, sorted."""
        ...

    def orders(self) -> list[OrderRow]:
        """Return the open orders, sorted by order_id."""
        ...

    def depth(self, instrument_id: int, levels: int) -> tuple[list[LevelRow], list[LevelRow]]:
        """Return bids and asks, best first, at most ``levels`` each."""
        ...
