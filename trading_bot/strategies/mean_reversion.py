"""Goes against what strays: buys far below the average, sells far above, and closes near it.

Source: M. Avellaneda and J.-H. Lee, Statistical arbitrage in the US equities market, Quantitative
Finance 10 (7), 2010 (their s-score, entered at 1.25 and closed at 0.5, are the defaults); J.
Poterba and L. Summers, Mean reversion in stock prices, J. Financial Economics 22, 1988. Risk: a
price that does not come back; ``stop`` deviations away it gives up and waits until the price is
near the average again.
"""

import math
from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.units import NS_PER_S
from trading_bot.errors import BadParameter
from trading_bot.parameters import Parameters, Seconds, Units
from trading_bot.rounding import lots_worth
from trading_bot.setting import Setting
from trading_bot.strategies.position_target import Average, towards
from trading_bot.strategy import Desired, MarketView, Strategy

Deviations = Annotated[float, Meta(ge=0, le=100)]


class MeanReversionParameters(Parameters):
    """Thresholds in standard deviations of the price around its average."""

    half_life_s: Annotated[Seconds, Meta(description="Of the average")] = 300.0
    enter: Annotated[Deviations, Meta(description="From here on it trades against")] = 1.25
    leave: Annotated[Deviations, Meta(description="Below it, it closes")] = 0.5
    stop: Annotated[Deviations, Meta(description="Beyond it, it closes at a loss")] = 4.0
    notional: Annotated[Units, Meta(description="Of the position, either way")] = 2_000.0


class MeanReversion(Strategy):
    """See the module. It looks once a second, and waits one half-life before its first trade."""

    def __init__(self, instrument: Instrument, parameters: MeanReversionParameters) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._average = Average(parameters.half_life_s)
        self._direction = 0
        self._stopped = False

    def pause_ns(self) -> int:
        """Return a second."""
        return NS_PER_S

    def on_timer(self, view: MarketView) -> Desired | None:
        """Return what brings the position to where the score points."""
        mid = view.mid_ticks
        if mid is None:
            return None
        average = self._average
        deviation = math.sqrt(average.variance)
        score = (mid - average.mean) / deviation if deviation > 0 else 0.0
        average.see(mid)
        if average.seen < self._parameters.half_life_s:
            return None
        self._turn(score)
        target = self._direction * lots_worth(self._instrument, self._parameters.notional, mid)
        if target and abs(target - view.position_lots) * 5 < abs(target):
            return None
        return towards(self._instrument, view, target)

    def _turn(self, score: float) -> None:
        away, parameters = abs(score), self._parameters
        if away <= parameters.leave:
            self._direction, self._stopped = 0, False
        elif away >= parameters.stop:
            self._direction, self._stopped = 0, True
        elif away >= parameters.enter and not self._stopped:
            self._direction = -1 if score > 0 else 1


def make(setting: Setting, parameters: MeanReversionParameters) -> MeanReversion:
    """Return one that has seen nothing yet.

    Raises:
        BadParameter: the thresholds are not in their order.
    """
    if not parameters.leave < parameters.enter < parameters.stop:
        raise BadParameter("leave, enter, stop: each above the one before")
    return MeanReversion(setting.instrument, parameters)
