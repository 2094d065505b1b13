"""Candle intervals and where each candle opens. Times are Unix nanoseconds, UTC."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from domain.units import NS_PER_S

_DAY_S: Final = 86_400
_MONDAY_S: Final = 4 * _DAY_S
"""The first Monday after the epoch (a Thursday): weeks open there and every seven days."""


class Interval(StrEnum):
    """The lengths candles come in, by their usual names."""

    S1 = "1s"
    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H8 = "8h"
    H12 = "12h"
    D1 = "1d"
    D3 = "3d"
    W1 = "1w"
    MONTH1 = "1M"


_UNIT_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": _DAY_S, "w": 7 * _DAY_S}
_LONGEST_MONTH_NS: Final = 31 * _DAY_S * NS_PER_S
_LENGTH_NS: Final = {
    interval: int(interval[:-1]) * _UNIT_S[interval[-1]] * NS_PER_S
    for interval in Interval
    if interval is not Interval.MONTH1
}


def open_ns(interval: Interval, ts_ns: int) -> int:
    """Return when the candle that holds ``ts_ns`` opens."""
    if interval is Interval.MONTH1:
        at = datetime.fromtimestamp(ts_ns // NS_PER_S, UTC)
        return int(datetime(at.year, at.month, 1, tzinfo=UTC).timestamp()) * NS_PER_S
    origin_ns = _MONDAY_S * NS_PER_S if interval is Interval.W1 else 0
    length_ns = _LENGTH_NS[interval]
    return (ts_ns - origin_ns) // length_ns * length_ns + origin_ns


def next_open_ns(interval: Interval, opened_ns: int) -> int:
    """Return when the candle after the one that opens at ``opened_ns`` opens."""
    if interval is Interval.MONTH1:
        return open_ns(interval, opened_ns + _LONGEST_MONTH_NS)
    return opened_ns + _LENGTH_NS[interval]
