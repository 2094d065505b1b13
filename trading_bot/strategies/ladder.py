"""Quotes on both sides at growing distances from a center: what liquidity provider and market maker
share.
"""

import random
from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_MS
from trading_bot.parameters import Bps, Parameters, Seconds, Units
from trading_bot.reference_price import Reference
from trading_bot.rounding import quote_ticks, units_worth
from trading_bot.strategy import Desired, MarketView, Quote, Strategy

SIZE_SPREAD = 0.4
"""Sizes are drawn this much around the wanted one: a book of equal orders looks like no market."""
_BP = 1e-4


class LadderParameters(Parameters):
    """Distances are of the price."""

    reference: Annotated[str, Meta(description="Where the price is from")] = "random"
    max_age_s: Annotated[Seconds, Meta(description="An older reference pulls all quotes")] = 5.0
    levels: Annotated[int, Meta(ge=1, le=100, description="Quotes on each side")] = 20
    half_spread_bps: Annotated[Bps, Meta(description="From the center to the first quote")] = 1.5
    step_bps: Annotated[Bps, Meta(description="From one quote to the next; it widens")] = 1.2
    notional: Annotated[Units, Meta(description="Of the first quote; deeper ones are larger")] = (
        2_500.0
    )
    inventory_max: Annotated[
        Units, Meta(description="Inventory past which only the reducing side is quoted")
    ] = 400_000.0
    requote_bps: Annotated[
        Bps, Meta(description="How far the center moves before the ladder follows")
    ] = 0.5
    pause_ms: Annotated[int, Meta(ge=10, le=60_000, description="Between two looks")] = 400


class Ladder(Strategy):
    """A ladder that follows a reference once it has moved far enough: fewer messages, orders that
    live longer.
    """

    def __init__(
        self,
        instrument: Instrument,
        parameters: LadderParameters,
        reference: Reference,
        draws: random.Random,
    ) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._reference = reference
        self._draws = draws
        self._center = 0.0
        self._desired = Desired()
        self._fractions = _fractions(parameters)
        self._units_per_tick_lot = units_worth(instrument, 1, 1)

    def pause_ns(self) -> int:
        """Return the time between two looks at the market."""
        return self._parameters.pause_ms * NS_PER_MS

    def on_timer(self, view: MarketView) -> Desired:
        """Return the ladder; the same one as before while the center has not moved far; nothing
        while there is no reference.
        """
        price = self._reference.ticks(view)
        if price is None:
            self._center, self._desired = 0.0, Desired()
            return self._desired
        fullness = self._fullness(view, price)
        center = self._centered(price, fullness)
        if abs(center - self._center) >= self._parameters.requote_bps * _BP * center:
            self._center = center
            self._desired = Desired(quotes=self._quotes(center, fullness), qty_slack=1.5)
        return self._desired

    def _centered(self, price: float, fullness: float) -> float:
        """Return what the ladder is around; the reference itself unless overridden."""
        return price

    def _fullness(self, view: MarketView, price_ticks: float) -> float:
        """Return inventory over its maximum: 0 neutral, 1 full, negative when short."""
        notional = units_worth(self._instrument, view.position_lots, price_ticks)
        return notional / self._parameters.inventory_max

    def _quotes(self, center: float, fullness: float) -> tuple[Quote, ...]:
        quotes = []
        for side, sign, quoted in ((Side.BUY, -1, fullness < 1), (Side.SELL, +1, fullness > -1)):
            if not quoted:
                continue
            for level, fraction in enumerate(self._fractions):
                price_ticks = quote_ticks(side, center * (1 + sign * fraction))
                quotes.append(Quote(side, price_ticks, self._qty_lots(level, price_ticks)))
        return tuple(quotes)

    def _qty_lots(self, level: int, price_ticks: int) -> int:
        drawn = 1 + SIZE_SPREAD * (2 * self._draws.random() - 1)
        units = self._parameters.notional * (1 + level / 2) * drawn
        return round(units / (price_ticks * self._units_per_tick_lot)) or 1


def _fractions(parameters: LadderParameters) -> list[float]:
    """Return how far each level is from the center; steps widen by a fifth of the first each."""
    distance_bps, fractions = parameters.half_spread_bps, []
    for level in range(parameters.levels):
        fractions.append(distance_bps * _BP)
        distance_bps += parameters.step_bps * (1 + level / 5)
    return fractions
