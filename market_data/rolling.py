"""The last day or hour of one instrument, second by second: what a ticker shows.

A window begins at a whole second and holds every trade since then, none before.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from domain.instruments import Steps
from domain.units import NS_PER_S
from market_data.candles import Candle

WINDOW_S: Final = 86_400
"""Seconds in the longest window, and so the most entries it can hold."""
HOUR_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Ticker:
    """Prices in ticks, volume in lots, quote volume in quote atoms, of the trades from ``since_ns``
    to ``ts_ns``; ``steps`` is what its ticks and lots are.
    """

    open_ticks: int
    high_ticks: int
    low_ticks: int
    last_ticks: int
    volume_lots: int
    quote_volume_atoms: int
    trades: int
    ts_ns: int
    steps: Steps
    since_ns: int


def since_ns(now_ns: int, window_s: int) -> int:
    """Return where a window that is ``window_s`` seconds long at ``now_ns`` begins."""
    return (now_ns // NS_PER_S - window_s) * NS_PER_S


class RollingWindow:
    """Sums and extremes over the window, each second entering and leaving once.

    All of it is in one unit: when the instrument's change, what is there is counted anew in the
    largest unit that is exact for old and new.
    """

    def __init__(self, window_s: int = WINDOW_S) -> None:
        self._window_s = window_s
        self._forget()
        self._last_ticks = 0
        self._steps: Steps | None = None

    def _forget(self) -> None:
        self._seconds: deque[Candle] = deque()
        self._highs: deque[Candle] = deque()
        self._lows: deque[Candle] = deque()
        self._volume_lots = self._quote_volume_atoms = self._trades = 0

    def add(self, second: Candle) -> None:
        """Take in what one second added; never an earlier second than before."""
        if self._steps is None:
            self._steps = second.steps
        elif second.steps != self._steps:
            common = self._steps.common(second.steps)
            if common != self._steps:
                self._count_in(common, second)
            second = second.counted_in(self._steps)
        self._add(second)

    def _count_in(self, steps: Steps, arriving: Candle) -> None:
        """Go over to ``steps``; where numbers would grow too large, only the newest count."""
        before = [one.counted_in(steps) for one in self._seconds]
        if any(one.is_too_large for one in (*before, arriving.counted_in(steps))):
            before, steps = [], arriving.steps
        self._forget()
        self._steps = steps
        for one in before:
            self._add(one)

    def _add(self, second: Candle) -> None:
        self._last_ticks = second.close_ticks
        self._volume_lots += second.volume_lots
        self._quote_volume_atoms += second.quote_volume_atoms
        self._trades += second.trades
        if self._seconds and self._seconds[-1].ts_open_ns == second.ts_open_ns:
            self._seconds[-1] = self._seconds[-1].merged(second)
        else:
            self._seconds.append(second)
        while self._highs and self._highs[-1].high_ticks <= second.high_ticks:
            self._highs.pop()
        self._highs.append(second)
        while self._lows and self._lows[-1].low_ticks >= second.low_ticks:
            self._lows.pop()
        self._lows.append(second)

    def ticker(self, now_ns: int) -> Ticker | None:
        """Return the window that ends at ``now_ns``; None before the first trade ever."""
        if self._steps is None:
            return None
        begins_ns = since_ns(now_ns, self._window_s)
        self._expire(begins_ns)
        last = self._last_ticks
        return Ticker(
            open_ticks=self._seconds[0].open_ticks if self._seconds else last,
            high_ticks=self._highs[0].high_ticks if self._highs else last,
            low_ticks=self._lows[0].low_ticks if self._lows else last,
            last_ticks=last,
            volume_lots=self._volume_lots,
            quote_volume_atoms=self._quote_volume_atoms,
            trades=self._trades,
            ts_ns=now_ns,
            steps=self._steps,
            since_ns=begins_ns,
        )

    def loses(self, now_ns: int) -> bool:
        """Whether something in the window is too old for it by now."""
        begins_ns = since_ns(now_ns, self._window_s)
        return bool(self._seconds) and self._seconds[0].ts_open_ns < begins_ns

    def _expire(self, start_ns: int) -> None:
        while self._seconds and self._seconds[0].ts_open_ns < start_ns:
            gone = self._seconds.popleft()
            self._volume_lots -= gone.volume_lots
            self._quote_volume_atoms -= gone.quote_volume_atoms
            self._trades -= gone.trades
        for extremes in (self._highs, self._lows):
            while extremes and extremes[0].ts_open_ns < start_ns:
                extremes.popleft()
