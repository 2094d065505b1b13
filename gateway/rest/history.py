"""Trades and candles of the past: in pages, by id and by time, and as files."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final, get_args

from aiohttp import web

from gateway.calls.market_data_client import CANDLES_PER_PAGE, TRADES_PER_PAGE
from gateway.files.row_formats import MEDIA_TYPES, row_file
from gateway.orders import presenters
from gateway.rest.market import market_of, time_ns
from gateway.rest.route import Access, Call, Route
from gateway.state.market import Market
from gateway.types import history as types
from gateway.types import trading as api

_INT64_MAX: Final = 2**63 - 1


async def trade_history(call: Call) -> types.TradeHistory:
    """Page through all trades, oldest first."""
    query: types.TradeHistoryQuery = call.query
    market = market_of(call, call.symbol)
    rows = await call.services.market_data.trades_from(
        market.instrument.instrument_id,
        query.from_trade_id,
        query.limit,
        time_ns(query.start_ns),
        time_ns(query.end_ns),
    )
    is_last = len(rows) < query.limit
    return types.TradeHistory(
        symbol=call.symbol,
        trades=[presenters.public_trade(market, *row) for row in rows],
        next_trade_id=None if is_last else rows[-1].trade_id + 1,
    )


async def candle_history(call: Call) -> types.CandleHistory:
    """Page through all candles of one interval, oldest first."""
    query: types.CandleHistoryQuery = call.query
    market = market_of(call, call.symbol)
    rows = await call.services.market_data.candles(
        market.instrument.instrument_id,
        query.interval,
        query.limit,
        time_ns(query.start_ns),
        time_ns(query.end_ns),
    )
    is_last = len(rows) < query.limit
    return types.CandleHistory(
        symbol=call.symbol,
        interval=query.interval,
        candles=[presenters.candle(market, row) for row in rows],
        next_start_ns=None if is_last else str(rows[-1].ts_open_ns + 1),
    )


async def trade_file(call: Call) -> web.StreamResponse:
    """Download trades, oldest first; the next file begins at the id after the last."""
    query: types.TradeDownloadQuery = call.query
    market = market_of(call, call.symbol)
    file = row_file(query.format, api.PublicTrade)
    pages = _trade_pages(call, market, query)
    name = f"{call.symbol}-trades"
    return await call.services.downloads.stream(call.request, name, query.format, file, pages)


async def candle_file(call: Call) -> web.StreamResponse:
    """Download candles, oldest first; the next file begins after the last one's time."""
    query: types.CandleDownloadQuery = call.query
    market = market_of(call, call.symbol)
    file = row_file(query.format, api.Candle)
    pages = _candle_pages(call, market, query)
    name = f"{call.symbol}-candles-{query.interval}"
    return await call.services.downloads.stream(call.request, name, query.format, file, pages)


async def _trade_pages(
    call: Call, market: Market, query: types.TradeDownloadQuery
) -> AsyncGenerator[Sequence[api.PublicTrade]]:
    instrument_id, from_id, left = market.instrument.instrument_id, query.from_trade_id, query.limit
    start_ns, end_ns = time_ns(query.start_ns), time_ns(query.end_ns)
    while left:
        limit = min(left, TRADES_PER_PAGE)
        rows = await call.services.market_data.trades_from(
            instrument_id, from_id, limit, start_ns, end_ns
        )
        if rows:
            yield [presenters.public_trade(market, *row) for row in rows]
            from_id, start_ns = rows[-1].trade_id + 1, None
        left = left - limit if len(rows) == limit else 0


async def _candle_pages(
    call: Call, market: Market, query: types.CandleDownloadQuery
) -> AsyncGenerator[Sequence[api.Candle]]:
    start_ns, left = time_ns(query.start_ns), query.limit
    while left:
        limit = min(left, CANDLES_PER_PAGE)
        rows = await call.services.market_data.candles(
            market.instrument.instrument_id, query.interval, limit, start_ns, time_ns(query.end_ns)
        )
        if rows:
            yield [presenters.candle(market, row) for row in rows]
            start_ns = min(rows[-1].ts_open_ns + 1, _INT64_MAX)
        left = left - limit if len(rows) == limit else 0


_TAG: Final = "History"
_MEDIA: Final = tuple(MEDIA_TYPES[name] for name in get_args(types.DownloadFormat))
ROUTES: Final = (
    Route(
        method="GET",
        path="/markets/{symbol}/trades",
        handler=trade_history,
        tag=_TAG,
        summary="Page through all trades, oldest first",
        query=types.TradeHistoryQuery,
        answer=types.TradeHistory,
        weight=2,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/markets/{symbol}/candles",
        handler=candle_history,
        tag=_TAG,
        summary="Page through all candles, oldest first",
        query=types.CandleHistoryQuery,
        answer=types.CandleHistory,
        weight=2,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/markets/{symbol}/trades/file",
        handler=trade_file,
        tag=_TAG,
        summary="Download trades as CSV, NDJSON or Parquet",
        query=types.TradeDownloadQuery,
        answer=None,
        media=_MEDIA,
        weight=20,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/markets/{symbol}/candles/file",
        handler=candle_file,
        tag=_TAG,
        summary="Download candles as CSV, NDJSON or Parquet",
        query=types.CandleDownloadQuery,
        answer=None,
        media=_MEDIA,
        weight=20,
        access=Access.PUBLIC,
    ),
)
