"""Quotes both sides in a ladder around a reference price, leaning against its own inventory.

The more it holds over what it started with, the lower its whole ladder: it sells more readily than
it buys until it is back. Risk: in a trend it keeps buying what falls, up to ``inventory_max``, and
then quotes one side only.
"""

import random
from typing import Final

from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.reference_price import ReferencePrice
from trading_bot.strategy import Desired, MarketView, Quote

LEVELS: Final = 20
HALF_SPREAD: Final = 0.000_15
"""Of the price, from the center to the first level."""
STEP: Final = 0.000_12
"""Of the price, between levels; it widens by a fifth of itself each level."""
LEAN: Final = 0.000_6
"""Of the price, how far a full inventory moves the center."""
REQUOTE: Final = 0.000_05
"""Of the price, how far the center must move before the ladder follows: fewer messages, longer-
lived orders.
"""
FIRST_NOTIONAL: Final = 2_500
"""Quote units at the first level; deeper ones are larger."""
INVENTORY_NOTIONAL_MAX: Final = 400_000
"""Quote units of inventory, either way, past which only the reducing side is quoted."""
PAUSE_NS: Final = 400_000_000


class MarketMaker:
    """See the module. ``base_atoms`` is the inventory it counts as neutral."""

    def __init__(
        self,
        instrument: Instrument,
        reference: ReferencePrice,
        base_atoms: int,
        draws: random.Random,
    ) -> None:
        self._instrument = instrument
        self._reference = reference
        self._neutral_atoms = base_atoms
        self._draws = draws
        self._center = 0.0
        self._desired = Desired()

    def pause_ns(self) -> int:
        """Return the time between two looks at the market."""
        return PAUSE_NS

    def on_timer(self, view: MarketView) -> Desired:
        """Return the ladder; the same one as before while the center has not moved far."""
        price = self._reference.ticks(view.now_ns)
        fullness = self._fullness(view, price)
        center = price * (1 - LEAN * max(-1.0, min(1.0, fullness)))
        if abs(center - self._center) >= REQUOTE * center:
            self._center = center
            self._desired = Desired(quotes=self._ladder(center, fullness))
        return self._desired

    def _fullness(self, view: MarketView, price_ticks: float) -> float:
        """Return inventory over its maximum: 0 neutral, 1 full, negative short of neutral."""
        lots = (view.base_atoms - self._neutral_atoms) / self._instrument.base_atoms_per_lot
        unit = int(10**self._instrument.quote.scale)
        notional = lots * price_ticks * self._instrument.quote_atoms_per_tick_lot / unit
        return notional / INVENTORY_NOTIONAL_MAX

    def _ladder(self, center: float, fullness: float) -> tuple[Quote, ...]:
        quotes = []
        for side, sign, quoted in (
            (Side.BUY, -1, fullness < 1),
            (Side.SELL, +1, fullness > -1),
        ):
            distance = HALF_SPREAD
            for level in range(LEVELS if quoted else 0):
                price_ticks = max(1, round(center * (1 + sign * distance)))
                quotes.append(Quote(side, price_ticks, self._qty_lots(level, price_ticks)))
                distance += STEP * (1 + level / 5)
        return tuple(quotes)

    def _qty_lots(self, level: int, price_ticks: int) -> int:
        notional = FIRST_NOTIONAL * (1 + level / 2) * self._draws.uniform(0.6, 1.4)
        unit = int(10**self._instrument.quote.scale)
        return max(1, round(notional * unit / self._instrument.notional_atoms(price_ticks, 1)))
