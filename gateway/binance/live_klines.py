"""The candle still open of one instrument and interval, as its stream shows it. Pure.

A candle is closed once its time is over and every trade in it is counted: what is then sent equals
what REST answers for it ever after. An interval without a trade is flat at the last close.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.events import Trade
from domain.intervals import Interval, next_open_ns, open_ns
from gateway.binance.klines import flat
from gateway.calls.market_data_client import CandleRow

GRACE_NS: Final = 250_000_000
"""How much later than a candle's end its last trade may be heard of."""
GRACE_MAX_NS: Final = 5_000_000_000
"""Past it a candle is closed although it cannot be shown that all is counted."""


@dataclass(frozen=True, slots=True)
class KlineUpdate:
    """What is to be sent of a candle. ``first_id`` -1: no trade, or not known."""

    row: CandleRow
    first_id: int
    closed: bool


class LiveKline:
    """Takes candles as market data pushes them and time as it passes."""

    def __init__(self, interval: Interval, row: CandleRow | None, now_ns: int) -> None:
        """``row``: the newest candle there is, closed long ago or open; None: no trade ever."""
        self._interval = interval
        self._row: CandleRow | None = None
        self._first_id = -1
        if row is not None:
            current_ns = open_ns(interval, now_ns)
            self._row = row if row.ts_open_ns >= current_ns else flat(row, current_ns)

    def pushed(self, row: CandleRow, trades: Sequence[Trade]) -> list[KlineUpdate]:
        """Take a candle in; ``trades``: the latest of the instrument, oldest first."""
        current = self._row
        if current is not None and row.ts_open_ns < current.ts_open_ns:
            return []  # the late push of one that was closed
        if current is not None and row.ts_open_ns > current.ts_open_ns:
            updates = self._closed_until(row.ts_open_ns, trades)
        else:
            updates = []
        if current is None or row.ts_open_ns > current.ts_open_ns:
            self._first_id = -1
        self._row = row
        if self._first_id < 0:
            self._first_id = _first_id(row, trades)
        return [*updates, KlineUpdate(row, self._first_id, False)]

    def passed(self, now_ns: int, trades: Sequence[Trade]) -> list[KlineUpdate]:
        """Let time pass; return what it closed and opened."""
        row = self._row
        if row is None:
            return []
        over_ns = now_ns - next_open_ns(self._interval, row.ts_open_ns)
        if over_ns < GRACE_NS or (over_ns < GRACE_MAX_NS and not self._counted(row, trades)):
            return []
        updates = self._closed_until(open_ns(self._interval, now_ns - GRACE_NS), trades)
        assert self._row is not None
        return [*updates, KlineUpdate(self._row, -1, False)]

    def _closed_until(self, opened_ns: int, trades: Sequence[Trade]) -> list[KlineUpdate]:
        """Close the current candle, and the flat ones after it that end by ``opened_ns``."""
        assert self._row is not None
        updates = []
        while self._row.ts_open_ns < opened_ns:
            if self._first_id < 0:
                self._first_id = _first_id(self._row, trades)
            updates.append(KlineUpdate(self._row, self._first_id, True))
            self._row = flat(self._row, next_open_ns(self._interval, self._row.ts_open_ns))
            self._first_id = -1
        return updates

    def _counted(self, row: CandleRow, trades: Sequence[Trade]) -> bool:
        """Return whether the candle has every trade of its time that the gateway knows of."""
        end_ns = next_open_ns(self._interval, row.ts_open_ns)
        last = next((trade for trade in reversed(trades) if trade.ts_ns < end_ns), None)
        if last is None or last.ts_ns < row.ts_open_ns:
            return row.trades == 0
        first_id = self._first_id if self._first_id > 0 else _first_id(row, trades)
        return first_id > 0 and first_id + row.trades - 1 == last.trade_id


def _first_id(row: CandleRow, trades: Sequence[Trade]) -> int:
    """Return the id of a candle's first trade, -1 if that is too long ago or there is none."""
    if not row.trades or not trades:
        return -1
    if trades[0].ts_ns >= row.ts_open_ns and trades[0].trade_id != 1:
        return -1
    return next((each.trade_id for each in trades if each.ts_ns >= row.ts_open_ns), -1)
