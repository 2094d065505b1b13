"""Candles from trades: one trade makes one second's candle, and every longer one is merged from
those.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from domain.events import Trade
from domain.intervals import Interval, open_ns
from domain.orders import AggressorSide

_LONGER: Final = tuple(interval for interval in Interval if interval is not Interval.S1)


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low, close in ticks; volumes in lots and quote atoms; of one instrument and
    interval.
    """

    ts_open_ns: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    volume_lots: int
    quote_volume_atoms: int
    trades: int
    taker_buy_lots: int
    taker_buy_quote_atoms: int

    def merged(self, later: "Candle") -> "Candle":
        """Return this candle continued by ``later``, whose trades all came after."""
        return Candle(
            self.ts_open_ns,
            self.open_ticks,
            max(self.high_ticks, later.high_ticks),
            min(self.low_ticks, later.low_ticks),
            later.close_ticks,
            self.volume_lots + later.volume_lots,
            self.quote_volume_atoms + later.quote_volume_atoms,
            self.trades + later.trades,
            self.taker_buy_lots + later.taker_buy_lots,
            self.taker_buy_quote_atoms + later.taker_buy_quote_atoms,
        )


def candle_of(trade: Trade, quote_atoms_per_tick_lot: int) -> Candle:
    """Return the one-second candle of a single trade."""
    quote_atoms = trade.price_ticks * trade.qty_lots * quote_atoms_per_tick_lot
    bought = trade.aggressor_side is AggressorSide.BUY
    return Candle(
        open_ns(Interval.S1, trade.ts_ns),
        trade.price_ticks,
        trade.price_ticks,
        trade.price_ticks,
        trade.price_ticks,
        trade.qty_lots,
        quote_atoms,
        1,
        trade.qty_lots if bought else 0,
        quote_atoms if bought else 0,
    )


def by_second(trades: Iterable[Candle]) -> list[Candle]:
    """Return single-trade candles folded into one for each second, in order."""
    folded: list[Candle] = []
    for candle in trades:
        if folded and folded[-1].ts_open_ns == candle.ts_open_ns:
            folded[-1] = folded[-1].merged(candle)
        else:
            folded.append(candle)
    return folded


class CandleBoard:
    """The candle still open at each interval of one instrument."""

    def __init__(self, open_candles: dict[Interval, Candle] | None = None) -> None:
        self._open = dict(open_candles or {})

    def add(self, second: Candle) -> dict[tuple[Interval, int], Candle]:
        """Take in what one second added; return every candle it changed, by (interval, open time).

        ``second`` may continue a second that was added to before, but never an earlier one.
        """
        changed = {}
        for interval in (Interval.S1, *_LONGER):
            opened = open_ns(interval, second.ts_open_ns)
            current = self._open.get(interval)
            if current is not None and current.ts_open_ns == opened:
                candle = current.merged(second)
            else:
                candle = replace(second, ts_open_ns=opened)
            self._open[interval] = candle
            changed[interval, opened] = candle
        return changed
