"""Candles whose days begin at midnight somewhere else: those of UTC, added up from smaller ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from domain.intervals import Interval, next_open_ns, open_ns
from domain.units import NS_PER_DAY, NS_PER_S
from gateway.binance.errors import not_valid
from gateway.binance.parameters import Parameters
from gateway.calls.market_data_client import CandleRow, MarketDataClient

PARTS_MAX: Final = 50_000
"""Candles of UTC that one answer may be made of; past it there are fewer candles than asked for."""
_QUARTER_NS: Final = 900 * NS_PER_S
_ZONE: Final = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-5][0-9]))?")
_AHEAD_S_MIN, _AHEAD_S_MAX = -12 * 3_600, 14 * 3_600
_PARTS: Final = tuple(
    (interval, next_open_ns(interval, 0))
    for interval in Interval
    if _QUARTER_NS <= next_open_ns(interval, 0) < NS_PER_DAY
)


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone that is ``ahead_ns`` of UTC: a whole number of quarters of an hour."""

    ahead_ns: int

    def open_ns(self, interval: Interval, ts_ns: int) -> int:
        """Return when the candle that holds ``ts_ns`` opens."""
        return open_ns(interval, ts_ns + self.ahead_ns) - self.ahead_ns

    def next_open_ns(self, interval: Interval, opened_ns: int) -> int:
        """Return when the candle after the one that opens at ``opened_ns`` opens."""
        return next_open_ns(interval, opened_ns + self.ahead_ns) - self.ahead_ns

    def part_of(self, interval: Interval) -> Interval:
        """Return the longest interval of UTC that those of this zone are made of whole ones of."""
        length_ns = next_open_ns(interval, 0)
        if length_ns <= _QUARTER_NS or self.ahead_ns == 0:
            return interval
        whole_ns = min(length_ns, NS_PER_DAY)
        fitting = [part for part, ns in _PARTS if self.ahead_ns % ns == 0 and whole_ns % ns == 0]
        return fitting[-1]


UTC: Final = Zone(0)


def zone_of(parameters: Parameters) -> Zone:
    """Return the time zone a request is for, such as 8, -3 or 05:45.

    Raises:
        BinanceError: -1130, there is none such, from -12:00 to +14:00.
    """
    text = parameters.optional("timeZone")
    if text is None:
        return UTC
    found = _ZONE.fullmatch(text)
    if found is None:
        raise not_valid("timeZone")
    ahead_s = int(found[2]) * 3_600 + int(found[3] or 0) * 60
    ahead_s = -ahead_s if found[1] == "-" else ahead_s
    if not _AHEAD_S_MIN <= ahead_s <= _AHEAD_S_MAX or ahead_s * NS_PER_S % _QUARTER_NS:
        raise not_valid("timeZone")
    return Zone(ahead_s * NS_PER_S)


def added_up(opened_ns: int, rows: Sequence[CandleRow]) -> CandleRow:
    """Return the one candle that several make, oldest first and at least one."""
    # Only those that count in the same units can be added.
    rows = [row for row in rows if row.steps == rows[-1].steps]
    return CandleRow(
        opened_ns,
        rows[0].open_ticks,
        max(row.high_ticks for row in rows),
        min(row.low_ticks for row in rows),
        rows[-1].close_ticks,
        sum(row.volume_lots for row in rows),
        sum(row.quote_volume_atoms for row in rows),
        sum(row.trades for row in rows),
        sum(row.taker_buy_lots for row in rows),
        sum(row.taker_buy_quote_atoms for row in rows),
        rows[-1].steps,
    )


def count_at_most(zone: Zone, interval: Interval, count: int) -> int:
    """Return how many of ``count`` candles one answer may have."""
    return min(count, PARTS_MAX // _parts_in_one(zone, interval))


async def candles_from(
    market_data: MarketDataClient,
    instrument_id: int,
    zone: Zone,
    interval: Interval,
    *,
    start_ns: int,
    last_ns: int,
    count: int,
) -> list[CandleRow]:
    """Return the first ``count`` candles in which there was a trade, of those that open from
    ``start_ns``, when one does, to ``last_ns``.

    Raises:
        ApiError: market data cannot be reached.
    """
    rows = await market_data.candles_between(
        instrument_id,
        zone.part_of(interval).value,
        start_ns,
        zone.next_open_ns(interval, last_ns) - 1,
        count * _parts_in_one(zone, interval),
    )
    candles = groupby(rows, lambda row: zone.open_ns(interval, row.ts_open_ns))
    return [added_up(opened_ns, list(parts)) for opened_ns, parts in candles][:count]


def _parts_in_one(zone: Zone, interval: Interval) -> int:
    # The first month, a January, is as long as any.
    return next_open_ns(interval, 0) // next_open_ns(zone.part_of(interval), 0)
