"""Buys or sells a fixed amount in step with the volume that is expected, and no faster than a part
of the volume that is there.

Source: S. Berkowitz, D. Logue and E. Noser, The total cost of transactions on the NYSE, J. Finance
43, 1988 (the benchmark); H. Konishi, Optimal slice of a VWAP trade, J. Financial Markets 5, 2002.
Risk: a day unlike the expected one; with ``participation`` below 1 it may end with part of the
order undone, which is the point of it.
"""

from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from trading_bot.errors import BadParameter
from trading_bot.parameters import Share
from trading_bot.setting import Setting
from trading_bot.strategies.execution import Execution, ExecutionParameters
from trading_bot.strategy import Desired, MarketView, PublicTrade

PIECES_MAX = 1_440


class VwapParameters(ExecutionParameters):
    """The whole order, over how long, and how volume is spread over that time."""

    profile: Annotated[str, Meta(description="Expected volume of equal pieces of the time")] = (
        "5,3,2,2,3,5"
    )
    participation: Annotated[Share, Meta(description="Of all volume so far, at most")] = 0.2


class Vwap(Execution):
    """See the module."""

    _parameters: VwapParameters

    def __init__(self, instrument: Instrument, parameters: VwapParameters) -> None:
        super().__init__(instrument, parameters)
        weights = _weights(parameters.profile)
        total = sum(weights)
        self._cumulated = [0.0]
        for weight in weights:
            self._cumulated.append(self._cumulated[-1] + weight / total)
        self._volume_lots = 0

    def share_due(self, passed: float) -> float:
        """Return the part of the volume expected by then."""
        pieces = len(self._cumulated) - 1
        whole = min(pieces - 1, int(passed * pieces))
        within = min(1.0, passed * pieces - whole)
        before, after = self._cumulated[whole : whole + 2]
        return before + (after - before) * within

    def on_trade(self, view: MarketView, trade: PublicTrade) -> None:
        """Count the volume."""
        self._volume_lots += trade.qty_lots

    def _work(self, view: MarketView, missing: int, is_late: bool) -> Desired:
        allowed = int(self._volume_lots * self._parameters.participation)
        room = allowed - abs(view.position_lots)
        return super()._work(view, min(missing, room), is_late)


def _weights(text: str) -> list[float]:
    """
    Raises:
        BadParameter: not numbers divided by commas, or nothing but zeros.
    """
    try:
        weights = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise BadParameter(f"profile: {error}") from error
    if len(weights) > PIECES_MAX or min(weights) < 0 or not 0 < sum(weights) < float("inf"):
        raise BadParameter(f"profile: up to {PIECES_MAX} weights of 0 or more, and not all 0")
    return weights


def make(setting: Setting, parameters: VwapParameters) -> Vwap:
    """Return one that begins with the first book it sees.

    Raises:
        BadParameter: the profile is none.
    """
    return Vwap(setting.instrument, parameters)
