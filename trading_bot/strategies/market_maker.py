"""Quotes both sides in a ladder around a reference price, leaning against its own inventory.

The more it holds, the lower its whole ladder: it sells more readily than it buys until it is back
(Amihud and Mendelson, Dealership market, J. Financial Economics 8, 1980). Risk: in a trend it keeps
buying what falls, up to ``inventory_max``, and then quotes one side only.
"""

from typing import Annotated

from msgspec import Meta

from trading_bot.parameters import Bps
from trading_bot.setting import Setting
from trading_bot.strategies.ladder import Ladder, LadderParameters


class MarketMakerParameters(LadderParameters):
    """Distances are of the price."""

    lean_bps: Annotated[Bps, Meta(description="How far a full inventory moves the center")] = 6.0


class MarketMaker(Ladder):
    """See the module."""

    _parameters: MarketMakerParameters

    def _centered(self, price: float, fullness: float) -> float:
        lean = self._parameters.lean_bps * 1e-4
        return price * (1 - lean * max(-1.0, min(1.0, fullness)))


def make(setting: Setting, parameters: MarketMakerParameters) -> MarketMaker:
    """Return one that begins now."""
    reference = setting.reference(parameters.reference, parameters.max_age_s)
    return MarketMaker(setting.instrument, parameters, reference, setting.draws)
