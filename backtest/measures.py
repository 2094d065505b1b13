"""What is measured while a strategy trades, and what it comes to."""

import bisect
from dataclasses import dataclass, field
from typing import Final

from backtest.trader import Trader
from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.profit import Profit
from trading_bot.strategy import OwnFill

HORIZONS_S: Final = (1, 10, 60)
"""How long after a fill the price is looked at again."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: the middle of the first instrument, position and profit. Money in units of the
    first instrument's quote asset.
    """

    ts_ns: int
    mid: float | None
    position: float
    net: float
    realised: float


@dataclass(frozen=True, slots=True)
class MarkedFill:
    """A fill of the first instrument, at its time."""

    ts_ns: int
    side: Side
    price: float
    qty: float
    is_maker: bool


@dataclass
class Measures:
    """Collects. ``trader``'s first instrument is the one that is drawn."""

    trader: Trader
    samples: list[Sample] = field(default_factory=list)
    fills: list[MarkedFill] = field(default_factory=list)

    @property
    def instrument(self) -> Instrument:
        """The instrument that is drawn."""
        return self.trader.desk.first

    def sample(self, ts_ns: int) -> None:
        """Take a sample."""
        desk = self.trader.desk
        mid = desk.view(ts_ns).mid_ticks
        tick = float(self.instrument.measure.tick)
        worth = {symbol: self._units(symbol) for symbol in desk.positions}
        position = desk.positions[self.instrument.symbol].lots * float(self.instrument.measure.lot)
        self.samples.append(
            Sample(
                ts_ns=ts_ns,
                mid=None if mid is None else mid * tick,
                position=position,
                net=sum(made.net_atoms * unit for made, unit in worth.values()),
                realised=sum(made.realised_atoms * unit for made, unit in worth.values()),
            )
        )

    def _units(self, symbol: str) -> tuple[Profit, float]:
        """Return what an instrument made, and what one atom of its quote asset is worth."""
        desk, instrument = self.trader.desk, self.trader.desk.instruments[symbol]
        made = desk.positions[symbol].profit(desk.mark_ticks(symbol))
        unit = 1 / 10**instrument.quote.scale
        if instrument.quote != self.instrument.quote:
            mark = desk.mark_ticks(self.instrument.symbol) or 0
            unit *= mark * float(self.instrument.measure.tick)
        return made, unit

    def filled(self, trader: Trader, fill: OwnFill, ts_ns: int) -> None:
        """Note a fill, if it is the trader's."""
        if trader is not self.trader or fill.symbol != self.instrument.symbol:
            return
        measure = self.instrument.measure
        self.fills.append(
            MarkedFill(
                ts_ns=ts_ns,
                side=fill.side,
                price=fill.price_ticks * float(measure.tick),
                qty=fill.qty_lots * float(measure.lot),
                is_maker=fill.is_maker,
            )
        )

    def profits(self) -> dict[str, Profit]:
        """Return what each instrument made."""
        desk = self.trader.desk
        return {
            symbol: position.profit(desk.mark_ticks(symbol))
            for symbol, position in desk.positions.items()
        }

    def markout_bps(self, horizon_s: int) -> float | None:
        """Return how far the price went our way after a fill, on average by quantity: negative is
        adverse selection. None without fills.
        """
        times = [sample.ts_ns for sample in self.samples]
        weighted = weight = 0.0
        for fill in self.fills:
            found = bisect.bisect_left(times, fill.ts_ns + horizon_s * 1_000_000_000)
            mid = self.samples[found].mid if found < len(times) else None
            if mid is None:
                continue
            sign = 1 if fill.side is Side.BUY else -1
            weighted += sign * (mid / fill.price - 1) * 1e4 * fill.qty
            weight += fill.qty
        return weighted / weight if weight else None

    def drawdown(self) -> float:
        """Return the deepest fall of the net profit from any height before it."""
        height, deepest = 0.0, 0.0
        for sample in self.samples:
            height = max(height, sample.net)
            deepest = max(deepest, height - sample.net)
        return deepest
