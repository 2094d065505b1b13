"""Buys or sells a fixed amount evenly over a time.

Source: D. Bertsimas and A. Lo, Optimal control of execution costs, J. Financial Markets 1, 1998:
with a random walk and linear impact, equal pieces cost least. Risk: it trades whatever the price
does meanwhile, and whoever sees the pattern knows what comes next.
"""

from trading_bot.setting import Setting
from trading_bot.strategies.execution import Execution, ExecutionParameters


class TwapParameters(ExecutionParameters):
    """The whole order, and over how long."""


class Twap(Execution):
    """See the module."""

    def share_due(self, passed: float) -> float:
        """Return ``passed``: as much of the order as of the time."""
        return passed


def make(setting: Setting, parameters: TwapParameters) -> Twap:
    """Return one that begins with the first book it sees."""
    return Twap(setting.instrument, parameters)
