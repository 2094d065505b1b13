"""What the native API is asked about markets, and its summaries of them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import Decimal, InstrumentInfo, Interval, Request, Symbol, Ticker, TsNs

TickerWindow = Literal["24h", "1h"]
BookLevels = Annotated[int, Meta(ge=1, le=5000, description="Levels a side")]


class DepthQuery(Request):
    """How deep, and in which steps of prices: ``group`` is a multiple of the tick."""

    symbol: Symbol
    levels: BookLevels = 100
    group: Decimal | None = None


class TradeListQuery(Request):
    """Which trades, newest first."""

    symbol: Symbol
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before_trade_id: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None


class CandleQuery(Request):
    """Which candles: the latest ``limit``, or those between two times. ``empty``: those in which
    nothing traded too, flat at the close before.
    """

    symbol: Symbol
    interval: Interval
    start_ns: TsNs | None = None
    end_ns: TsNs | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500
    empty: bool = False


class TickersQuery(Request):
    """One instrument, or all; over the last 24 hours, or the last one."""

    symbol: Symbol | None = None
    window: TickerWindow = "24h"


class Statistics(Struct):
    """How liquid a market is, and how it moves. ``spread`` between the best prices, which null is
    without both; ``bid_depth`` and ``ask_depth``: what rests within 1 % of the middle between them;
    ``volatility_ppm``: the root of the summed squares of the returns from minute to minute, over 24
    hours.
    """

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    spread: Decimal | None
    spread_ppm: int | None
    bid_depth: Decimal
    ask_depth: Decimal
    volatility_ppm: int


class MarketSummary(Struct):
    """One market in one piece: its rules, its last 24 hours and its liquidity."""

    instrument: InstrumentInfo
    ticker: Ticker
    statistics: Statistics
