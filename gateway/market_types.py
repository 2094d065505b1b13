"""The native API's summaries of markets: which window of a ticker, statistics, the whole list."""

from typing import Literal

from msgspec import Struct

from gateway.api_types import Decimal, InstrumentInfo, Request, Symbol, Ticker

TickerWindow = Literal["24h", "1h"]


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
