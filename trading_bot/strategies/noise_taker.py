"""Takes at random, a little more often in bursts: the flow of people who just want to trade.

Arrivals are a self-exciting point process with an exponential kernel (Hawkes, Biometrika 58, 1971):
each order brings about ``excitation`` more on average, soon after it. Buys follow buys and sells
sells, as large orders are cut into small ones (Lillo and Farmer, Studies in Nonlinear Dynamics and
Econometrics 8, 2004). Sizes are log-normal. Risk: it pays the spread and the taker fee every time,
and never earns them back.
"""

import math
import random
from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.parameters import Parameters, Share, Units
from trading_bot.rounding import least_lots, lots_worth
from trading_bot.setting import Setting
from trading_bot.strategy import Desired, MarketView, Strategy, Take

SIZE_SIGMA = 1.0
SHARE_OF_FUNDS_MAX = 0.05
FULLNESS_MAX = 0.8


class NoiseTakerParameters(Parameters):
    """Rates are per second."""

    rate: Annotated[float, Meta(gt=0, le=1_000, description="Orders a second, of themselves")] = 0.7
    excitation: Annotated[
        float, Meta(ge=0, le=0.95, description="Orders that one order brings about")
    ] = 0.5
    decay: Annotated[float, Meta(gt=0, le=1_000, description="How fast excitement passes")] = 1.5
    persistence: Annotated[Share, Meta(description="Chance that a side is the last one again")] = (
        0.65
    )
    notional: Annotated[Units, Meta(description="Of a typical order")] = 350.0
    notional_max: Annotated[Units, Meta(description="Of the largest")] = 8_000.0
    inventory_max: Annotated[Units, Meta(description="Past most of it, it rather trades back")] = (
        150_000.0
    )


class NoiseTaker(Strategy):
    """See the module."""

    def __init__(
        self,
        instrument: Instrument,
        parameters: NoiseTakerParameters,
        start_ticks: int,
        draws: random.Random,
    ) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._price_ticks = start_ticks
        self._draws = draws
        self._excited_per_s = 0.0
        self._side = Side.BUY

    def pause_ns(self) -> int:
        """Return the time to the next order, drawn exactly (thinning: Ogata, IEEE Transactions on
        Information Theory 27, 1981).
        """
        wait_s, rate = 0.0, self._parameters.rate
        while True:
            before = rate + self._excited_per_s
            step_s = self._draws.expovariate(before)
            wait_s += step_s
            self._excited_per_s *= math.exp(-self._parameters.decay * step_s)
            if self._draws.random() * before <= rate + self._excited_per_s:
                return int(wait_s * 1e9)

    def on_timer(self, view: MarketView) -> Desired:
        """Return one market order, or nothing while there is nothing to take or funds are short.

        Where only one side is quoted it takes that one: a maker that has bought all it may is then
        bought from, and quotes both again.
        """
        prices = {Side.BUY: view.best_ask_ticks, Side.SELL: view.best_bid_ticks}
        quoted = {side: price for side, price in prices.items() if price is not None}
        if not quoted:
            return Desired()
        self._price_ticks = sum(quoted.values()) // len(quoted)
        self._excited_per_s += self._parameters.excitation * self._parameters.decay
        side = self._drawn_side(view)
        side = side if side in quoted else side.opposite
        qty_lots = min(self._wanted_lots(), self._affordable_lots(side, view))
        return Desired(takes=(Take(side, qty_lots),)) if qty_lots > 0 else Desired()

    def _drawn_side(self, view: MarketView) -> Side:
        full_lots = lots_worth(self._instrument, self._parameters.inventory_max, self._price_ticks)
        if self._draws.random() >= self._parameters.persistence:
            self._side = self._side.opposite
        if abs(view.position_lots) > FULLNESS_MAX * full_lots:
            self._side = Side.SELL if view.position_lots > 0 else Side.BUY
        return self._side

    def _wanted_lots(self) -> int:
        units = self._parameters.notional * math.exp(SIZE_SIGMA * self._draws.gauss(0.0, 1.0))
        units = min(units, self._parameters.notional_max)
        least = 2 * least_lots(self._instrument, self._price_ticks)
        return max(least, lots_worth(self._instrument, units, self._price_ticks))

    def _affordable_lots(self, side: Side, view: MarketView) -> int:
        if side is Side.SELL:
            lots = view.base_atoms // self._instrument.base_atoms_per_lot
        else:
            lots = view.quote_atoms // self._instrument.notional_atoms(self._price_ticks, 1)
        return int(lots * SHARE_OF_FUNDS_MAX)


def make(setting: Setting, parameters: NoiseTakerParameters) -> NoiseTaker:
    """Return one that begins now."""
    return NoiseTaker(setting.instrument, parameters, setting.start_ticks, setting.draws)
