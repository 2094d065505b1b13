"""Goes with the trend: long while a fast average of the price is above a slow one, else short.

Source: T. Moskowitz, Y. Ooi and L. Pedersen, Time series momentum, J. Financial Economics 104,
2012; the crossing of two averages: W. Brock, J. Lakonishok and B. LeBaron, J. Finance 47, 1992.
Risk: where there is no trend it buys high and sells low, and pays the spread and the fee for it;
``band_bps`` keeps it from doing so at every wiggle.
"""

from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.units import NS_PER_S
from trading_bot.errors import BadParameter
from trading_bot.parameters import Bps, Parameters, Seconds, Units
from trading_bot.rounding import lots_worth
from trading_bot.setting import Setting
from trading_bot.strategies.position_target import Average, towards
from trading_bot.strategy import Desired, MarketView, Strategy


class MomentumParameters(Parameters):
    """Half-lives of the two averages."""

    fast_s: Annotated[Seconds, Meta(description="Half-life of the fast average")] = 60.0
    slow_s: Annotated[Seconds, Meta(description="Half-life of the slow one")] = 600.0
    band_bps: Annotated[Bps, Meta(description="How far apart they are before it turns")] = 5.0
    notional: Annotated[Units, Meta(description="Of the position, either way")] = 2_000.0


class Momentum(Strategy):
    """See the module. It looks once a second; its first trade is one slow half-life away."""

    def __init__(self, instrument: Instrument, parameters: MomentumParameters) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._fast = Average(parameters.fast_s)
        self._slow = Average(parameters.slow_s)
        self._direction = 0

    def pause_ns(self) -> int:
        """Return a second."""
        return NS_PER_S

    def on_timer(self, view: MarketView) -> Desired | None:
        """Return what brings the position to where the averages point."""
        mid = view.mid_ticks
        if mid is None:
            return None
        self._fast.see(mid)
        self._slow.see(mid)
        if self._slow.seen < self._parameters.slow_s:
            return None
        apart_bps = (self._fast.mean / self._slow.mean - 1) * 1e4
        if abs(apart_bps) >= self._parameters.band_bps:
            self._direction = 1 if apart_bps > 0 else -1
        target = self._direction * lots_worth(self._instrument, self._parameters.notional, mid)
        if abs(target - view.position_lots) * 5 < abs(target):
            return None  # near enough: the position's size moves with the price
        return towards(self._instrument, view, target)


def make(setting: Setting, parameters: MomentumParameters) -> Momentum:
    """Return one that has seen nothing yet.

    Raises:
        BadParameter: the fast average is not the faster one.
    """
    if parameters.fast_s >= parameters.slow_s:
        raise BadParameter("fast_s: shorter than slow_s")
    return Momentum(setting.instrument, parameters)
