"""Candles: trades make those of one second, and every longer one is merged from shorter ones."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from domain.instruments import Steps
from domain.intervals import Interval, next_open_ns, open_ns
from domain.orders import Side
from domain.units import NS_PER_S

_COUNT_MAX: Final = 2**62
_BUY: Final = int(Side.BUY)
_MERGED_FROM: Final = {
    Interval.M1: Interval.S1,
    Interval.M3: Interval.M1,
    Interval.M5: Interval.M1,
    Interval.M15: Interval.M5,
    Interval.M30: Interval.M15,
    Interval.H1: Interval.M30,
    Interval.H2: Interval.H1,
    Interval.H4: Interval.H2,
    Interval.H6: Interval.H2,
    Interval.H8: Interval.H4,
    Interval.H12: Interval.H6,
    Interval.D1: Interval.H12,
    Interval.D3: Interval.D1,
    Interval.W1: Interval.D1,
    Interval.MONTH1: Interval.D1,
}
"""Each interval is a whole number of the one it is merged from, and opens where one of those does.
"""

TradeRow = tuple[int, int, int, int, int, int]
"""instrument_id, trade_id, ts_ns, price_ticks, qty_lots, aggressor_side."""


class Candle(NamedTuple):
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
    steps: Steps

    def merged(self, later: "Candle") -> "Candle":
        """Return this candle continued by ``later``, whose trades all came after.

        Candles in different units come together in the largest that are exact for both. Where that
        would leave 62 bits, as with units a billion times apart, the earlier one is left out.
        """
        if self.steps != later.steps:
            common = self.steps.common(later.steps)
            both = self.counted_in(common), later.counted_in(common)
            if any(one.is_too_large for one in both):
                return later._replace(ts_open_ns=self.ts_open_ns)
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
            self.steps,
        )

    def counted_in(self, steps: Steps) -> "Candle":
        """Return this candle in units of which its own are whole multiples."""
        ticks, lots = steps.ticks_of(self.steps), steps.lots_of(self.steps)
        return self._replace(
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


def seconds_of(
    trades: Iterable[TradeRow], quote_atoms_per_tick_lot: int, base_atoms_per_lot: int
) -> list[Candle]:
    """Return the one-second candles of one instrument's trades, in order.

    In an auction nobody took. Written out, since every trade of the venue passes here.
    """
    steps = Steps.of(quote_atoms_per_tick_lot, base_atoms_per_lot)
    seconds: list[Candle] = []
    second = opened = high = low = close = lots = tick_lots = count = bought = bought_tick_lots = -1

    def end() -> None:
        k = quote_atoms_per_tick_lot
        seconds.append(
            Candle(
                second * NS_PER_S, opened, high, low, close,
                lots, tick_lots * k, count, bought, bought_tick_lots * k, steps,
            )
        )  # fmt: skip

    for _, _, ts_ns, price, qty, aggressor_side in trades:
        if ts_ns // NS_PER_S != second:
            if count > 0:
                end()
            second = ts_ns // NS_PER_S
            opened = high = low = price
            lots = tick_lots = count = bought = bought_tick_lots = 0
        elif price > high:
            high = price
        elif price < low:
            low = price
        close = price
        lots += qty
        tick_lots += price * qty
        count += 1
        if aggressor_side == _BUY:
            bought += qty
            bought_tick_lots += price * qty
    if count > 0:
        end()
    return seconds


class CandleBoard:
    """The candle still open at each interval of one instrument."""

    def __init__(self, open_candles: dict[Interval, Candle] | None = None) -> None:
        self._open = dict(open_candles or {})

    def open_times(self) -> set[tuple[Interval, int]]:
        """Return (interval, open time) of the candles that may still change."""
        return {(interval, candle.ts_open_ns) for interval, candle in self._open.items()}

    def add(self, seconds: Iterable[Candle]) -> dict[tuple[Interval, int], Candle]:
        """Take in what ``seconds``, in order, added; return every candle they changed, by
        (interval, open time).

        The first may continue a second that was added to before, but never an earlier one.
        """
        added = {Interval.S1: list(seconds)}
        for interval, shorter in _MERGED_FROM.items():
            added[interval] = _merged(interval, added[shorter])
        changed = {}
        for interval, candles in added.items():
            for candle in candles:
                current = self._open.get(interval)
                if current is not None and current.ts_open_ns == candle.ts_open_ns:
                    candle = current.merged(candle)
                self._open[interval] = candle
                changed[interval, candle.ts_open_ns] = candle
        return changed


def _merged(interval: Interval, shorter: list[Candle]) -> list[Candle]:
    """Return the candles of ``interval`` that hold the ``shorter`` ones and nothing else."""
    merged: list[Candle] = []
    end_ns = 0
    for candle in shorter:
        if candle.ts_open_ns < end_ns:
            merged[-1] = merged[-1].merged(candle)
        else:
            opened_ns = open_ns(interval, candle.ts_open_ns)
            end_ns = next_open_ns(interval, opened_ns)
            merged.append(candle._replace(ts_open_ns=opened_ns))
    return merged
