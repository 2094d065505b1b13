"""Public market data: instruments, assets, book, trades, candles, tickers, time."""

from typing import Final

from domain.instruments import InvalidDecimal
from domain.intervals import Interval
from gateway.calls.market_data_client import TickerRow
from gateway.errors import invalid, unknown_symbol
from gateway.orders import presenters
from gateway.rest.route import Access, Call, Route
from gateway.state.candle_gaps import candles_with_gaps
from gateway.state.market import Market
from gateway.state.projection import Projection
from gateway.state.statistics import statistics
from gateway.types import trading as api
from gateway.types.markets import (
    CandleQuery,
    DepthQuery,
    MarketSummary,
    Statistics,
    TickersQuery,
    TradeListQuery,
)
from gateway.ws.book_content import BookTerms, BookView, group_ticks

_INT64_MAX: Final = 2**63 - 1


def _market(projection: Projection, symbol: str) -> Market:
    market = projection.market(symbol)
    if market is None:
        raise unknown_symbol()
    return market


async def instruments(call: Call) -> list[api.InstrumentInfo]:
    """List all instruments."""
    markets = call.services.feed.present().markets.values()
    return [presenters.instrument_info(market) for market in markets]


async def venue(call: Call) -> api.VenueInfo:
    """Show whether the exchange as a whole trades."""
    return presenters.venue_info(call.services.feed.present().venue_status)


async def assets(call: Call) -> list[api.AssetInfo]:
    """List all assets."""
    return [presenters.asset_info(asset) for asset in call.services.feed.present().assets.values()]


async def time(call: Call) -> api.ServerTime:
    """Tell the time."""
    return api.ServerTime(ts_ns=str(call.services.clock.now_ns()))


async def depth(call: Call) -> api.Depth:
    """Show the book."""
    query: DepthQuery = call.query
    market = _market(call.services.feed.present(), query.symbol)
    terms = BookTerms(0, query.levels, query.group)
    try:
        group_ticks(market, query.group)
    except InvalidDecimal as error:
        raise invalid(f"group: {error}") from error
    bids, asks = ([], []) if market.depth_is_hidden else BookView(market, terms).whole()
    auction = None
    if market.depth_is_hidden:
        found = call.services.indications.of(market, call.services.clock.now_ns())
        auction = presenters.auction(market, found)
    return api.Depth(
        symbol=query.symbol,
        seq=market.book.seq,
        bids=bids,
        asks=asks,
        auction=auction,
    )


async def trades(call: Call) -> list[api.PublicTrade]:
    """List trades: those of the stream, and the history for what is older."""
    query: TradeListQuery = call.query
    market = _market(call.services.feed.present(), query.symbol)
    before = query.before_trade_id or _INT64_MAX
    recent = [trade for trade in reversed(market.trades) if trade.trade_id < before]
    shown = [presenters.trade(market, trade) for trade in recent[: query.limit]]
    oldest = market.trades[0].trade_id if market.trades else _INT64_MAX
    missing = query.limit - len(shown)
    # Trade ids have no gaps and begin at 1: so much is known without asking.
    if missing == 0 or oldest == 1:
        return shown
    rows = await call.services.market_data.trades(
        market.instrument.instrument_id, missing, min(before, oldest)
    )
    return shown + [presenters.public_trade(market, *row) for row in rows]


async def candles(call: Call) -> api.Candles:
    """Show the history of prices."""
    query: CandleQuery = call.query
    market = _market(call.services.feed.present(), query.symbol)
    source, instrument_id = call.services.market_data, market.instrument.instrument_id
    start_ns, end_ns = time_ns(query.start_ns), time_ns(query.end_ns)
    if query.empty:
        now_ns = call.services.clock.now_ns()
        rows = await candles_with_gaps(
            source,
            instrument_id,
            Interval(query.interval),
            start_ns=start_ns,
            end_ns=now_ns if end_ns is None else min(end_ns, now_ns),
            limit=query.limit,
        )
    else:
        rows = await source.candles(instrument_id, query.interval, query.limit, start_ns, end_ns)
    shown = [presenters.candle(market, row) for row in rows]
    return api.Candles(symbol=query.symbol, interval=query.interval, candles=shown)


def market_of(call: Call, symbol: str) -> Market:
    """Return the market of a symbol.

    Raises:
        ApiError: there is none.
    """
    return _market(call.services.feed.present(), symbol)


def time_ns(text: str | None) -> int | None:
    """Return a time of a query as a number.

    Raises:
        ApiError: no time is that late.
    """
    if text is None:
        return None
    ts_ns = int(text)
    if ts_ns > _INT64_MAX:
        raise invalid("a time is below 2^63 nanoseconds")
    return ts_ns


async def tickers(call: Call) -> list[api.Ticker]:
    """Show the last 24 hours, or the last one, of one instrument or all."""
    query: TickersQuery = call.query
    return [presenters.ticker(market, row, query.window) for market, row in _with_tickers(call)]


async def market_statistics(call: Call) -> list[Statistics]:
    """Show how liquid one instrument is, or all are."""
    return [statistics(market, row) for market, row in _with_tickers(call)]


async def markets(call: Call) -> list[MarketSummary]:
    """List every market with all that a list of markets shows."""
    return [
        MarketSummary(
            instrument=presenters.instrument_info(market),
            ticker=presenters.ticker(market, row),
            statistics=statistics(market, row),
        )
        for market, row in _with_tickers(call)
    ]


def _with_tickers(call: Call) -> list[tuple[Market, TickerRow | None]]:
    """Return the instrument asked for, or all, with what market data last said of it."""
    projection = call.services.feed.present()
    symbol = call.query.symbol
    chosen = list(projection.markets.values()) if symbol is None else [_market(projection, symbol)]
    rows = call.services.market_feed.tickers()
    return [(market, rows.get(market.instrument.instrument_id)) for market in chosen]


_TAG: Final = "Market"
ROUTES: Final = (
    Route(
        method="GET",
        path="/instruments",
        handler=instruments,
        tag=_TAG,
        summary="List the instruments and their rules",
        answer=list[api.InstrumentInfo],
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/venue",
        handler=venue,
        tag=_TAG,
        summary="Show whether the exchange trades",
        answer=api.VenueInfo,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/assets",
        handler=assets,
        tag=_TAG,
        summary="List the assets",
        answer=list[api.AssetInfo],
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/depth",
        weight=2,
        handler=depth,
        tag=_TAG,
        summary="Show the order book",
        query=DepthQuery,
        answer=api.Depth,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/trades",
        weight=2,
        handler=trades,
        tag=_TAG,
        summary="List the latest trades, newest first",
        query=TradeListQuery,
        answer=list[api.PublicTrade],
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/candles",
        weight=2,
        handler=candles,
        tag=_TAG,
        summary="Show candles, oldest first",
        query=CandleQuery,
        answer=api.Candles,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/tickers",
        handler=tickers,
        tag=_TAG,
        summary="Show the last 24 hours (or one) and the best prices",
        query=TickersQuery,
        answer=list[api.Ticker],
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/statistics",
        handler=market_statistics,
        tag=_TAG,
        summary="Show spread, depth within 1 % and realised volatility",
        query=api.SymbolQuery,
        answer=list[Statistics],
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/markets",
        handler=markets,
        tag=_TAG,
        summary="List the markets: rules, ticker and statistics in one call",
        query=api.SymbolQuery,
        answer=list[MarketSummary],
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/time",
        handler=time,
        tag=_TAG,
        summary="Tell the exchange's time",
        answer=api.ServerTime,
        access=Access.PUBLIC,
    ),
)
