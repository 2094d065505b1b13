"""The price a strategy quotes around, wherever it is from. None: there is none, or it is too old,
and whoever quotes around it pulls its quotes.
"""

import bisect
import csv
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from domain.instruments import Instrument
from domain.units import NS_PER_S
from trading_bot.errors import NoReference
from trading_bot.strategy import MarketView

_NS_PER_YEAR: Final = 365.25 * 86_400e9
FILE_ROWS_MAX: Final = 5_000_000


class Reference(Protocol):
    """A source of prices."""

    def ticks(self, view: MarketView) -> float | None:
        """Return the price at ``view.now_ns``, in (fractional) ticks; time never goes back."""
        ...


@dataclass(frozen=True)
class Regime:
    """A kind of market: how volatile it is beside the usual, and how long it lasts on average."""

    volatility: float
    mean_s: float


REGIMES: Final = (Regime(0.6, 2_400.0), Regime(1.0, 2_700.0), Regime(2.2, 600.0))
JUMPS_PER_DAY: Final = 16.0
JUMP_SIGMA: Final = 0.003


class RandomReference:
    """Geometric Brownian motion, drawn back towards where it began, with regimes and jumps.

    Diffusion with jumps that come as a Poisson process: Merton, J. Financial Economics 3 (1976).
    Volatility that switches between regimes: Hamilton, Econometrica 57 (1989). The pull, so that
    a demo stays where its prices make sense: Uhlenbeck and Ornstein, Phys. Rev. 36 (1930).

    ``volatility``: per square root of a year. ``half_life_s``: how long until half of a departure
    is forgotten. The same draws asked at the same times give the same prices.
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
        self._regime = REGIMES[1]

    def ticks(self, view: MarketView) -> float:
        """Return the price at ``view.now_ns``."""
        elapsed_ns = max(0, view.now_ns - self._at_ns)
        self._at_ns = max(view.now_ns, self._at_ns)
        volatility = self._volatility * self._regime.volatility
        deviation = volatility * math.sqrt(elapsed_ns / _NS_PER_YEAR)
        self._departure *= math.exp(-self._decay_per_ns * elapsed_ns)
        self._departure += deviation * self._draws.gauss(0.0, 1.0)
        self._chance(elapsed_ns / NS_PER_S)
        return self._start_ticks * math.exp(self._departure)

    def _chance(self, elapsed_s: float) -> None:
        """Jump, or pass to another regime, as often as either should in that time."""
        if self._draws.random() < -math.expm1(-elapsed_s * JUMPS_PER_DAY / 86_400):
            self._departure += self._draws.gauss(0.0, JUMP_SIGMA)
        if self._draws.random() < -math.expm1(-elapsed_s / self._regime.mean_s):
            others = [regime for regime in REGIMES if regime is not self._regime]
            self._regime = self._draws.choice(others)


class FileReference:
    """Prices from a file of lines ``time,price``: Unix seconds, or seconds from the first use if
    the first time is below a day; decimal text. Past the last line there is no price.
    """

    def __init__(self, rows: list[tuple[int, int]], max_age_ns: int) -> None:
        self._times_ns = [at_ns for at_ns, _ in rows]
        self._ticks = [ticks for _, ticks in rows]
        self._max_age_ns = max_age_ns
        self._begin_ns: int | None = None

    @classmethod
    def read(cls, path: Path, instrument: Instrument, max_age_ns: int) -> "FileReference":
        """
        Raises:
            NoReference: it cannot be read, is empty, or has a line that is no time and price.
        """
        rows = []
        try:
            with path.open(newline="", encoding="utf-8") as file:
                for number, row in enumerate(csv.reader(file), 1):
                    if number > FILE_ROWS_MAX:
                        raise NoReference(f"{path}: more than {FILE_ROWS_MAX} lines")
                    rows.append((_file_ns(row[0]), instrument.price_ticks(row[1])))
        except OSError as error:
            raise NoReference(f"{path}: {error.strerror}") from error
        except (ValueError, IndexError) as error:
            raise NoReference(f"{path}, line {number}: time,price: {error}") from error
        if not rows:
            raise NoReference(f"{path} is empty")
        return cls(sorted(rows), max_age_ns)

    def ticks(self, view: MarketView) -> float | None:
        """Return the last price up to now, unless it is too old."""
        if self._begin_ns is None:
            self._begin_ns = view.now_ns if self._times_ns[0] < 86_400 * NS_PER_S else 0
        at_ns = view.now_ns - self._begin_ns
        found = bisect.bisect_right(self._times_ns, at_ns) - 1
        if found < 0 or at_ns - self._times_ns[found] > self._max_age_ns:
            return None
        return float(self._ticks[found])


def _file_ns(text: str) -> int:
    seconds, _, fraction = text.strip().partition(".")
    return int(seconds) * NS_PER_S + int((fraction + "0" * 9)[:9])


class InstrumentReference:
    """The middle of another instrument of this exchange, in its price times ``ratio``."""

    def __init__(self, symbol: str, ratio: float = 1.0) -> None:
        self._symbol = symbol
        self._ratio = ratio

    def ticks(self, view: MarketView) -> float | None:
        """Return the price in this instrument's ticks; None unless the other is quoted."""
        other = view.others.get(self._symbol)
        if other is None or other.mid_ticks is None:
            return None
        theirs, ours = other.instrument.measure.tick, view.instrument.measure.tick
        return other.mid_ticks * float(theirs / ours) * self._ratio


class MarketReference:
    """The middle of the instrument's own book, smoothed over ``half_life_s``; the last trade or
    the start price until both sides are quoted.
    """

    def __init__(self, start_ticks: int, half_life_s: float = 10.0) -> None:
        self._ticks = float(start_ticks)
        self._half_life_ns = half_life_s * NS_PER_S
        self._at_ns: int | None = None

    def ticks(self, view: MarketView) -> float:
        """Return the smoothed middle."""
        mid = view.mid_ticks
        if mid is not None:
            elapsed_ns = 0 if self._at_ns is None else view.now_ns - self._at_ns
            keep = 0.0 if self._at_ns is None else 0.5 ** (elapsed_ns / self._half_life_ns)
            self._ticks = keep * self._ticks + (1 - keep) * mid
            self._at_ns = view.now_ns
        return self._ticks


class ToldReference:
    """The last price that a feed from outside told, until it is older than ``max_age_ns``."""

    def __init__(self, instrument: Instrument, max_age_ns: int) -> None:
        self._tick = instrument.measure.tick
        self._max_age_ns = max_age_ns
        self._told: tuple[int, float] | None = None

    def tell(self, price: float, at_ns: int) -> None:
        """Take in a price in quote units, known at ``at_ns``."""
        self._told = (at_ns, price / float(self._tick))

    def ticks(self, view: MarketView) -> float | None:
        """Return the last price, unless it is too old."""
        if self._told is None or view.now_ns - self._told[0] > self._max_age_ns:
            return None
        return self._told[1]
