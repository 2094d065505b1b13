"""Quotes both sides in a ladder around a reference, and does not lean.

Source: the plainest quoting rule there is, symmetric around a value known from elsewhere (the
zero-inventory-cost maker of Ho and Stoll, J. Financial Economics 9, 1981). Risk: it is right only
while its reference is: behind a market that moves it is what others trade against (adverse
selection). It holds what it was given until the market comes back, at most ``inventory_max``, and
then quotes one side only.
"""

from trading_bot.setting import Setting
from trading_bot.strategies.ladder import Ladder, LadderParameters


class LiquidityProviderParameters(LadderParameters):
    """Distances are of the price."""


class LiquidityProvider(Ladder):
    """See the module."""


def make(setting: Setting, parameters: LiquidityProviderParameters) -> LiquidityProvider:
    """Return one that begins now."""
    reference = setting.reference(parameters.reference, parameters.max_age_s)
    return LiquidityProvider(setting.instrument, parameters, reference, setting.draws)
