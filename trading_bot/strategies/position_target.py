"""Trading towards a position: what momentum and mean reversion share."""

from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.rounding import least_lots
from trading_bot.strategy import Desired, MarketView, Take


def towards(instrument: Instrument, view: MarketView, target_lots: int) -> Desired:
    """Return the one order at the best price that brings the position to ``target_lots``; none if
    that is less than the instrument takes, or there is nothing to take.
    """
    missing = target_lots - view.position_lots
    side = Side.BUY if missing > 0 else Side.SELL
    price_ticks = view.best_ask_ticks if side is Side.BUY else view.best_bid_ticks
    if price_ticks is None or abs(missing) < least_lots(instrument, price_ticks):
        return Desired()
    return Desired(takes=(Take(side, abs(missing), price_ticks),))


class Average:
    """An exponentially weighted mean and variance of what is seen at equal times, with a half-life
    of so many of them.
    """

    def __init__(self, half_life: float) -> None:
        self._weight = 1 - 0.5 ** (1 / half_life)
        self.mean = 0.0
        self.variance = 0.0
        self.seen = 0

    def see(self, value: float) -> None:
        """Take in one more."""
        self.seen += 1
        if self.seen == 1:
            self.mean = value
            return
        off = value - self.mean
        self.mean += self._weight * off
        self.variance = (1 - self._weight) * (self.variance + self._weight * off * off)
