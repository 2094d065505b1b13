"""The market maker of Avellaneda and Stoikov.

Source: M. Avellaneda and S. Stoikov, High-frequency trading in a limit order book, Quantitative
Finance 8 (3), 2008, pp. 217-224: the reservation price r = s - q γ σ² (T - t) and around it the
spread δ = γ σ² (T - t) + (2 / γ) ln(1 + γ / κ). All in the paper's units: the price on a scale on
which it began at 100, time in horizons of ``horizon_s`` (T = 1; at the end of one the next begins),
inventory q in orders of ``notional``.

The paper's simulation has γ = 0.1, σ = 2, κ = 1.5: quotes more than half a percent from the middle.
The defaults here are for a market whose spread is a few hundredths of a percent.

Risk: it assumes that arrivals fall off exponentially with distance, whatever happens; against
informed flow or jumps its inventory grows until ``orders_max``.
"""

import math
from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_MS, NS_PER_S
from trading_bot.parameters import Bps, Parameters, Seconds, Units
from trading_bot.reference_price import Reference
from trading_bot.rounding import lots_worth, quote_ticks
from trading_bot.setting import Setting
from trading_bot.strategy import Desired, MarketView, OwnFill, Quote, Strategy

SCALE = 100.0
"""The paper's price at the start."""


class AvellanedaStoikovParameters(Parameters):
    """In the paper's units; see the module."""

    reference: Annotated[str, Meta(description="Where s is from")] = "market"
    max_age_s: Annotated[Seconds, Meta(description="An older reference pulls all quotes")] = 5.0
    gamma: Annotated[float, Meta(gt=0, le=100, description="γ, aversion to risk")] = 0.01
    sigma: Annotated[float, Meta(ge=0, le=100, description="σ, percent in one horizon")] = 0.6
    kappa: Annotated[float, Meta(gt=0, le=1e6, description="κ, how soon arrivals fall off")] = 150.0
    horizon_s: Annotated[Seconds, Meta(description="T in seconds")] = 3_600.0
    notional: Annotated[Units, Meta(description="Of one order, the unit of q")] = 2_500.0
    orders_max: Annotated[int, Meta(ge=1, le=1_000, description="Largest |q|")] = 20
    requote_bps: Annotated[Bps, Meta(description="Quotes stay that near to their price")] = 0.2
    pause_ms: Annotated[int, Meta(ge=10, le=60_000, description="Between two looks")] = 200


class AvellanedaStoikov(Strategy):
    """See the module."""

    def __init__(
        self,
        instrument: Instrument,
        parameters: AvellanedaStoikovParameters,
        reference: Reference,
        start_ticks: int,
        now_ns: int,
    ) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._reference = reference
        self._start_ticks = start_ticks
        self._began_ns = now_ns

    def pause_ns(self) -> int:
        """Return the time between two looks at the market."""
        return self._parameters.pause_ms * NS_PER_MS

    def on_fill(self, view: MarketView, fill: OwnFill) -> Desired:
        """Return the quotes around the new reservation price, at once."""
        return self.on_timer(view)

    def on_timer(self, view: MarketView) -> Desired:
        """Return one quote on each side, unless |q| is at its bound there."""
        price = self._reference.ticks(view)
        if price is None:
            return Desired()
        parameters = self._parameters
        unit_lots = lots_worth(self._instrument, parameters.notional, price)
        q = view.position_lots / unit_lots
        reservation, half_spread = self.model(price, q, view.now_ns)
        quotes = [
            Quote(side, quote_ticks(side, reservation + sign * half_spread), unit_lots)
            for side, sign in ((Side.BUY, -1), (Side.SELL, +1))
            if -sign * q < parameters.orders_max
        ]
        slack_ticks = round(price * parameters.requote_bps * 1e-4)
        return Desired(tuple(quotes), price_slack_ticks=slack_ticks, qty_slack=0.1)

    def model(self, price_ticks: float, q: float, now_ns: int) -> tuple[float, float]:
        """Return the reservation price and half the spread, in ticks."""
        gamma, kappa = self._parameters.gamma, self._parameters.kappa
        left = self._left(now_ns)
        risk = gamma * self._parameters.sigma**2 * left
        ticks_per_unit = self._start_ticks / SCALE
        reservation = price_ticks - q * risk * ticks_per_unit
        spread = risk + 2 / gamma * math.log1p(gamma / kappa)
        return reservation, spread / 2 * ticks_per_unit

    def _left(self, now_ns: int) -> float:
        """Return T - t, in horizons: 1 at the start of each, towards 0."""
        horizon_ns = self._parameters.horizon_s * NS_PER_S
        return 1 - math.fmod(max(0, now_ns - self._began_ns) / horizon_ns, 1)


def make(setting: Setting, parameters: AvellanedaStoikovParameters) -> AvellanedaStoikov:
    """Return one whose first horizon begins now."""
    reference = setting.reference(parameters.reference, parameters.max_age_s)
    return AvellanedaStoikov(
        setting.instrument, parameters, reference, setting.start_ticks, setting.now_ns
    )
