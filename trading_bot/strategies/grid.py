"""A grid: buys at every line below the last one it traded at, sells at every line above.

Source: the grid of retail desks, a discrete constant-mix rule (Perold and Sharpe, Dynamic
strategies for asset allocation, Financial Analysts J. 44, 1988): it earns a step for every swing.
Risk: in a trend it has bought all the way down, or sold all the way up, ``lines`` times, and waits
there with a loss; nothing here stops it out.
"""

import math
from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_S
from trading_bot.parameters import Parameters, Units
from trading_bot.rounding import lots_worth, quote_ticks
from trading_bot.setting import Setting
from trading_bot.strategy import Desired, MarketView, OwnFill, Quote, Strategy


class GridParameters(Parameters):
    """The grid is around the middle of the first book it sees."""

    lines: Annotated[int, Meta(ge=1, le=100, description="Lines on each side of the first")] = 10
    step_bps: Annotated[float, Meta(ge=0.1, le=5_000, description="From one line to the next")] = (
        10.0
    )
    notional: Annotated[Units, Meta(description="Of each order")] = 1_000.0


class Grid(Strategy):
    """See the module. Line 0 is where it began; line n is n steps above."""

    def __init__(self, instrument: Instrument, parameters: GridParameters) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._anchor: float | None = None
        self._line = 0
        self._lots = 0
        self._first_lots = 0
        """The position it began with: another grid's, or this one's before it was set anew."""

    def pause_ns(self) -> int:
        """Return a second: it lives by its fills."""
        return NS_PER_S

    def on_timer(self, view: MarketView) -> Desired | None:
        """Return the grid as soon as there is a market to put it around."""
        if self._anchor is None:
            if view.mid_ticks is None:
                return None
            self._anchor, self._first_lots = view.mid_ticks, view.position_lots
            self._lots = lots_worth(self._instrument, self._parameters.notional, self._anchor)
        return self._desired()

    def on_fill(self, view: MarketView, fill: OwnFill) -> Desired | None:
        """Move to the line that was traded at, once no more than half of its order is left."""
        if self._anchor is None:
            return None
        bought = (view.position_lots - self._first_lots) / self._lots
        self._line = -round(bought)
        return self._desired()

    def _desired(self) -> Desired:
        bound = self._parameters.lines
        below = range(-bound, self._line)
        above = range(self._line + 1, bound + 1)
        quotes = [Quote(Side.BUY, self._ticks(Side.BUY, line), self._lots) for line in below]
        quotes += [Quote(Side.SELL, self._ticks(Side.SELL, line), self._lots) for line in above]
        return Desired(tuple(quotes))

    def _ticks(self, side: Side, line: int) -> int:
        assert self._anchor is not None
        growth = math.log1p(self._parameters.step_bps * 1e-4)
        return quote_ticks(side, self._anchor * math.exp(growth * line))


def make(setting: Setting, parameters: GridParameters) -> Grid:
    """Return one that waits for a market."""
    return Grid(setting.instrument, parameters)
