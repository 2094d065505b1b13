"""Candles without holes: an interval in which nobody traded is flat at the last close."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from domain.intervals import Interval
from gateway.binance import texts
from gateway.binance.call import Call
from gateway.binance.errors import BinanceError
from gateway.binance.zones import UTC, Zone, candles_from, count_at_most, zone_of
from gateway.calls.market_data_client import CandleRow, TickerRow
from gateway.services import Services
from gateway.state.market import Market, Texts

KLINES_USUAL: Final = 500
KLINES_MAX: Final = 1_000
INTERVALS: Final = {interval.value: interval for interval in Interval}


async def klines(call: Call) -> list[list[Any]]:
    """List candles, oldest first."""
    market = call.markets.named(call.parameters)
    invalid = BinanceError(400, -1120, "Invalid interval.")
    interval = call.parameters.chosen("interval", INTERVALS, invalid)
    zone = zone_of(call.parameters)
    rows = await candles(
        call.services,
        market,
        interval,
        start_ns=call.parameters.time_ns("startTime"),
        end_ns=call.parameters.time_ns("endTime"),
        limit=call.parameters.limit(KLINES_USUAL, KLINES_MAX),
        zone=zone,
    )
    return [kline(market, interval, row, zone) for row in rows]


async def candles(
    services: Services,
    market: Market,
    interval: Interval,
    *,
    start_ns: int | None,
    end_ns: int | None,
    limit: int,
    zone: Zone = UTC,
) -> list[CandleRow]:
    """Return the first ``limit`` candles that open from ``start_ns`` on, without it the last that
    open up to ``end_ns``; never one that opens after now, none before the first trade. There may be
    fewer where they have to be added up from many.

    Raises:
        ApiError: market data cannot be reached.
    """
    now_ns = services.clock.now_ns()
    last_ns = zone.open_ns(interval, now_ns if end_ns is None else min(end_ns, now_ns))
    limit = count_at_most(zone, interval, limit)
    if start_ns is None:
        start_ns = _opened_before(zone, interval, last_ns, limit - 1)
    elif zone.open_ns(interval, start_ns) < start_ns:
        start_ns = zone.next_open_ns(interval, zone.open_ns(interval, start_ns))
    source, instrument_id = services.market_data, market.instrument.instrument_id
    found = await candles_from(
        source,
        instrument_id,
        zone,
        interval,
        start_ns=max(start_ns, 0),
        last_ns=last_ns,
        count=limit,
    )
    earlier: list[CandleRow] = []
    if start_ns > 0:
        part = zone.part_of(interval).value
        rows = await source.candles(instrument_id, part, 1, None, start_ns - 1)
        # The last before the start, not its own: a year of empty seconds may lie between.
        earlier = [flat(row, zone.open_ns(interval, start_ns - 1)) for row in rows]
    filled = without_holes(interval, earlier + found, last_ns, zone)
    chosen = (row for row in filled if row.ts_open_ns >= start_ns)
    return [row for row, _ in zip(chosen, range(limit), strict=False)]


def without_holes(
    interval: Interval, rows: Iterable[CandleRow], last_ns: int, zone: Zone = UTC
) -> Iterator[CandleRow]:
    """Yield candles, and a flat one for each interval between them that has none, up to that which
    opens at ``last_ns``.
    """
    before: CandleRow | None = None
    for row in rows:
        if before is not None:
            yield from _flat_between(zone, interval, before, row.ts_open_ns)
        yield row
        before = row
    if before is not None:
        yield from _flat_between(zone, interval, before, last_ns + 1)


def _flat_between(
    zone: Zone, interval: Interval, before: CandleRow, until_ns: int
) -> Iterator[CandleRow]:
    opened_ns = zone.next_open_ns(interval, before.ts_open_ns)
    while opened_ns < until_ns:
        yield flat(before, opened_ns)
        opened_ns = zone.next_open_ns(interval, opened_ns)


def flat(before: CandleRow, opened_ns: int) -> CandleRow:
    """Return the candle of an interval without a trade, after one that closed."""
    close = before.close_ticks
    return CandleRow(opened_ns, close, close, close, close, 0, 0, 0, 0, 0, before.steps)


def kline(market: Market, interval: Interval, row: CandleRow, zone: Zone = UTC) -> list[Any]:
    """Present a candle as the array it is over REST, in the units of its trades."""
    quote, units = market.instrument.quote, units_of(market, row)
    return [
        texts.ms(row.ts_open_ns),
        texts.price(units, row.open_ticks),
        texts.price(units, row.high_ticks),
        texts.price(units, row.low_ticks),
        texts.price(units, row.close_ticks),
        volume(units, row.volume_lots),
        close_ms(interval, row.ts_open_ns, zone),
        texts.amount(quote, row.quote_volume_atoms),
        row.trades,
        volume(units, row.taker_buy_lots),
        texts.amount(quote, row.taker_buy_quote_atoms),
        "0",
    ]


def units_of(market: Market, row: CandleRow | TickerRow) -> Texts:
    """Return the units a candle or ticker counts in."""
    return market.texts_of(row.steps or market.instrument.steps)


def volume(units: Texts, lots: int) -> str:
    """Present a sum of quantities: too many different ones to remember their texts."""
    return texts.eight(units.measure.qty_text(lots)) if lots else texts.ZERO


def close_ms(interval: Interval, opened_ns: int, zone: Zone = UTC) -> int:
    """Return a candle's last millisecond."""
    return texts.ms(zone.next_open_ns(interval, opened_ns)) - 1


def _opened_before(zone: Zone, interval: Interval, opened_ns: int, count: int) -> int:
    """Return when the ``count``-th candle before one opens."""
    if interval is not Interval.MONTH1:
        length_ns = zone.next_open_ns(interval, opened_ns) - opened_ns
        return max(opened_ns - count * length_ns, 0)
    for _ in range(count):
        if opened_ns <= 0:
            return 0
        opened_ns = zone.open_ns(interval, opened_ns - 1)
    return opened_ns
