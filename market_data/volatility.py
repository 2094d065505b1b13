"""How much one instrument's price moved in the last 24 hours: its realised volatility."""

from collections import deque
from math import isqrt
from typing import Final

from domain.units import NS_PER_S, PPM
from market_data.candles import Candle
from market_data.rolling import WINDOW_S, since_ns

_MINUTE_NS: Final = 60 * NS_PER_S


class RealisedVolatility:
    """The root of the summed squares of the returns from minute to minute.

    A return is from the close of one minute that traded to that of the next that did. Bounded: one
    entry a minute of the day.
    """

    def __init__(self) -> None:
        self._closed: Candle | None = None
        """The last second of the newest minute that ended."""
        self._newest: Candle | None = None
        self._squares: deque[tuple[int, int]] = deque()
        self._sum = 0

    def add(self, second: Candle) -> None:
        """Take in one second; never an earlier one than before."""
        newest = self._newest
        if (
            newest is not None
            and newest.ts_open_ns // _MINUTE_NS != second.ts_open_ns // _MINUTE_NS
        ):
            self._close(newest)
        self._newest = second

    def _close(self, second: Candle) -> None:
        if self._closed is not None:
            square = _return_ppm(self._closed, second) ** 2
            self._squares.append((second.ts_open_ns, square))
            self._sum += square
        self._closed = second

    def ppm(self, now_ns: int) -> int:
        """Return it in parts per million of the price, over the minutes that ended."""
        begins_ns = since_ns(now_ns, WINDOW_S)
        while self._squares and self._squares[0][0] < begins_ns:
            self._sum -= self._squares.popleft()[1]
        return isqrt(self._sum + self._newest_square(begins_ns, now_ns))

    def _newest_square(self, begins_ns: int, now_ns: int) -> int:
        """Return that of the newest minute, if it ended; a trade of it may still arrive."""
        newest, closed = self._newest, self._closed
        if newest is None or closed is None or newest.ts_open_ns < begins_ns:
            return 0
        ended = newest.ts_open_ns // _MINUTE_NS < now_ns // _MINUTE_NS
        return _return_ppm(closed, newest) ** 2 if ended else 0


def _return_ppm(before: Candle, after: Candle) -> int:
    """Return the change of the close; the two may be in different units."""
    was = before.close_ticks * before.steps.tick_quote_atoms * after.steps.tick_base_atoms
    now = after.close_ticks * after.steps.tick_quote_atoms * before.steps.tick_base_atoms
    return (now - was) * PPM // was
