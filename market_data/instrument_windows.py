"""What one instrument's tickers and statistics are made of: its windows and how it moved."""

from dataclasses import dataclass

from market_data.candles import Candle
from market_data.rolling import HOUR_S, WINDOW_S, RollingWindow, Ticker
from market_data.volatility import RealisedVolatility


@dataclass(frozen=True, slots=True)
class Tickers:
    """The last 24 hours, the last hour, and how much the price moved in those 24 hours."""

    day: Ticker
    hour: Ticker
    volatility_ppm: int


class InstrumentWindows:
    """Everything about one instrument that time takes away again."""

    def __init__(self) -> None:
        self._day = RollingWindow(WINDOW_S)
        self._hour = RollingWindow(HOUR_S)
        self._volatility = RealisedVolatility()

    def add(self, second: Candle) -> None:
        """Take in what one second added; never an earlier second than before."""
        self._day.add(second)
        self._hour.add(second)
        self._volatility.add(second)

    def tickers(self, now_ns: int) -> Tickers | None:
        """Return the windows that end at ``now_ns``; None before the first trade ever."""
        day, hour = self._day.ticker(now_ns), self._hour.ticker(now_ns)
        if day is None or hour is None:
            return None
        return Tickers(day, hour, self._volatility.ppm(now_ns))

    def lose(self, now_ns: int) -> bool:
        """Whether by ``now_ns`` something in a window is too old for it."""
        return self._day.loses(now_ns) or self._hour.loses(now_ns)
