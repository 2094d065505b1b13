"""Takes at random, a little more often in bursts: the flow of people who just want to trade.

Arrivals are exponential with a rate that jumps after each order and decays (self-exciting: Hawkes,
Biometrika 58, 1971); sizes are log-normal. Risk: it pays the spread and the taker fee every time,
and never earns them back.
"""

import math
import random
from typing import Final

from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.strategy import Desired, MarketView, Take

BASE_RATE_PER_S: Final = 0.7
EXCITATION: Final = 0.5
"""Orders that one order brings about, on average; below 1 or the flow would explode."""
DECAY_PER_S: Final = 1.5
MEDIAN_NOTIONAL: Final = 350
"""Quote units of a typical order."""
SIZE_SIGMA: Final = 1.0
NOTIONAL_MAX: Final = 8_000
SHARE_OF_FUNDS_MAX: Final = 0.05


class NoiseTaker:
    """See the module."""

    def __init__(self, instrument: Instrument, start_ticks: int, draws: random.Random) -> None:
        self._instrument = instrument
        self._price_ticks = start_ticks
        self._draws = draws
        self._excited_per_s = 0.0

    def pause_ns(self) -> int:
        """Return the time to the next order."""
        wait_s = self._draws.expovariate(BASE_RATE_PER_S + self._excited_per_s)
        self._excited_per_s *= math.exp(-DECAY_PER_S * wait_s)
        return int(wait_s * 1e9)

    def on_timer(self, view: MarketView) -> Desired:
        """Return one market order, or nothing while there is nothing to take or funds are short.

        Where only one side is quoted it takes that one: a maker that has bought all it may is then
        bought from, and quotes both again.
        """
        prices = {Side.BUY: view.best_ask_ticks, Side.SELL: view.best_bid_ticks}
        quoted = {side: price for side, price in prices.items() if price is not None}
        if not quoted:
            return Desired()
        self._price_ticks = sum(quoted.values()) // len(quoted)
        self._excited_per_s += EXCITATION * DECAY_PER_S
        side = self._draws.choice(sorted(quoted))
        qty_lots = min(self._wanted_lots(), self._affordable_lots(side, view))
        return Desired(takes=(Take(side, qty_lots),)) if qty_lots > 0 else Desired()

    def _wanted_lots(self) -> int:
        notional = MEDIAN_NOTIONAL * math.exp(SIZE_SIGMA * self._draws.gauss(0.0, 1.0))
        unit = int(10**self._instrument.quote.scale)
        lot_atoms = self._instrument.notional_atoms(self._price_ticks, 1)
        least = -(-self._instrument.min_notional_atoms * 2 // lot_atoms)
        return max(1, least, round(min(notional, NOTIONAL_MAX) * unit / lot_atoms))

    def _affordable_lots(self, side: Side, view: MarketView) -> int:
        if side is Side.SELL:
            lots = view.base_atoms // self._instrument.base_atoms_per_lot
        else:
            lots = view.quote_atoms // self._instrument.notional_atoms(self._price_ticks, 1)
        return int(lots * SHARE_OF_FUNDS_MAX)
