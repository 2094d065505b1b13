"""A seeded price to quote around: a random walk in the logarithm, drawn back towards where it
began.
"""

import math
import random
from typing import Final

_NS_PER_YEAR: Final = 365.25 * 86_400e9


class ReferencePrice:
    """An Ornstein-Uhlenbeck process in log price (Uhlenbeck and Ornstein, Phys. Rev. 36, 1930).

    ``volatility``: per square root of a year. ``half_life_s``: how long until half of a departure
    is forgotten.
    """

    def __init__(
        self,
        start_ticks: int,
        now_ns: int,
        draws: random.Random,
        *,
        volatility: float = 0.6,
        half_life_s: float = 6 * 3_600,
    ) -> None:
        self._start_ticks = start_ticks
        self._draws = draws
        self._volatility = volatility
        self._decay_per_ns = math.log(2) / (half_life_s * 1e9)
        self._departure = 0.0
        self._at_ns = now_ns

    def ticks(self, now_ns: int) -> float:
        """Return the price at ``now_ns``, in (fractional) ticks; time never goes back."""
        elapsed_ns = max(0, now_ns - self._at_ns)
        self._at_ns = max(now_ns, self._at_ns)
        deviation = self._volatility * math.sqrt(elapsed_ns / _NS_PER_YEAR)
        self._departure *= math.exp(-self._decay_per_ns * elapsed_ns)
        self._departure += deviation * self._draws.gauss(0.0, 1.0)
        return self._start_ticks * math.exp(self._departure)
