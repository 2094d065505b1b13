"""Candles with the intervals in which nobody traded: flat at the close before them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from domain.intervals import Interval, next_open_ns, open_ns
from gateway.calls.market_data_client import CandleRow, MarketDataClient


async def candles_with_gaps(
    source: MarketDataClient,
    instrument_id: int,
    interval: Interval,
    *,
    start_ns: int | None,
    end_ns: int,
    limit: int,
) -> list[CandleRow]:
    """Return the first ``limit`` candles that open from ``start_ns`` on, without it the last that
    open up to ``end_ns``; none before the first trade.

    Raises:
        ApiError: market data cannot be reached.
    """
    last_ns = open_ns(interval, end_ns)
    if start_ns is None:
        start_ns = _opened_before(interval, last_ns, limit - 1)
    found = await source.candles(instrument_id, interval.value, limit, start_ns, last_ns)
    earlier: list[CandleRow] = []
    if start_ns > 0 and (not found or found[0].ts_open_ns > start_ns):
        rows = await source.candles(instrument_id, interval.value, 1, None, start_ns - 1)
        first_ns = open_ns(interval, start_ns - 1)
        earlier = [flat(row, first_ns) for row in rows]
    if len(found) == limit:
        last_ns = found[-1].ts_open_ns
    # One by one: between two trades there may be a year of empty seconds.
    filled = without_gaps(interval, [*earlier, *found], last_ns)
    return list(islice((row for row in filled if row.ts_open_ns >= start_ns), limit))


def without_gaps(
    interval: Interval, rows: Iterable[CandleRow], last_ns: int
) -> Iterator[CandleRow]:
    """Yield candles, and a flat one for each interval after the first that has none, up to that
    which opens at ``last_ns``.
    """
    before: CandleRow | None = None
    for row in rows:
        if before is not None:
            yield from _flat_between(interval, before, row.ts_open_ns)
        yield row
        before = row
    if before is not None:
        yield from _flat_between(interval, before, last_ns + 1)


def flat(before: CandleRow, opened_ns: int) -> CandleRow:
    """Return the candle of an interval without a trade, after one that closed."""
    close = before.close_ticks
    return CandleRow(opened_ns, close, close, close, close, 0, 0, 0, 0, 0, before.steps)


def _flat_between(interval: Interval, before: CandleRow, until_ns: int) -> Iterator[CandleRow]:
    opened_ns = next_open_ns(interval, before.ts_open_ns)
    while opened_ns < until_ns:
        yield flat(before, opened_ns)
        opened_ns = next_open_ns(interval, opened_ns)


def _opened_before(interval: Interval, opened_ns: int, count: int) -> int:
    """Return when the ``count``-th candle before one opens."""
    if interval is not Interval.MONTH1:
        length_ns = next_open_ns(interval, opened_ns) - opened_ns
        return max(opened_ns - count * length_ns, 0)
    for _ in range(count):
        if opened_ns <= 0:
            return 0
        opened_ns = open_ns(interval, opened_ns - 1)
    return opened_ns
