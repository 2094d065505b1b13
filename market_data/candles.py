"""Candles from trades: one trade makes one second's candle, and every longer one is merged from
those.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from domain.events import Trade
from domain.instruments import Steps
from domain.intervals import Interval, open_ns
from domain.orders import AggressorSide

_COUNT_MAX: Final = 2**62
_LONGER: Final = tuple(interval for interval in Interval if interval is not Interval.S1)


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low, close in ticks; volumes in lots and quote atoms; of one instrument and
    interval. ``steps`` is what its ticks and lots are.
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
    steps: Steps = field(kw_only=True)

    def merged(self, later: "Candle") -> "Candle":
        """Return this candle continued by ``later``, whose trades all came after.

        Candles in different units come together in the largest that are exact for both. Where that
        would leave 62 bits, as with units a billion times apart, the earlier one is left out.
        """
        if self.steps != later.steps:
            common = self.steps.common(later.steps)
            both = self.counted_in(common), later.counted_in(common)
            if any(one.is_too_large for one in both):
                return replace(later, ts_open_ns=self.ts_open_ns)
            return both[0].merged(both[1])
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
            steps=self.steps,
        )

    def counted_in(self, steps: Steps) -> "Candle":
        """Return this candle in units of which its own are whole multiples."""
        ticks, lots = steps.ticks_of(self.steps), steps.lots_of(self.steps)
        return replace(
            self,
            open_ticks=self.open_ticks * ticks,
            high_ticks=self.high_ticks * ticks,
            low_ticks=self.low_ticks * ticks,
            close_ticks=self.close_ticks * ticks,
            volume_lots=self.volume_lots * lots,
            taker_buy_lots=self.taker_buy_lots * lots,
            steps=steps,
        )

    @property
    def is_too_large(self) -> bool:
        """Whether one of its numbers leaves 62 bits."""
        return max(self.high_ticks, self.volume_lots, *self.steps) >= _COUNT_MAX


def candle_of(trade: Trade, quote_atoms_per_tick_lot: int, base_atoms_per_lot: int) -> Candle:
    """Return the one-second candle of a single trade. In an auction nobody took."""
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
        steps=Steps.of(quote_atoms_per_tick_lot, base_atoms_per_lot),
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
