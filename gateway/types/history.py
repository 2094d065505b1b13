"""The native API's questions and answers about the past. They validate, and the OpenAPI document is
made of them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import Candle, Interval, PublicTrade, Request, TsNs

DownloadFormat = Literal["csv", "ndjson", "parquet"]
DownloadRows = Annotated[int, Meta(ge=1, le=1_000_000, description="Rows of one file")]


class TradeHistoryQuery(Request):
    """Which trades, oldest first: from an id on, between two times, both included."""

    from_trade_id: Annotated[int, Meta(ge=1, le=2**53 - 1)] = 1
    start_ns: TsNs | None = None
    end_ns: TsNs | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class TradeHistory(Struct):
    """Trades, oldest first. ``next_trade_id``: where the next page begins; None after the last."""

    symbol: str
    trades: list[PublicTrade]
    next_trade_id: int | None


class CandleHistoryQuery(Request):
    """Which candles, oldest first: those that open between two times, both included."""

    interval: Interval
    start_ns: TsNs = "0"
    end_ns: TsNs | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class CandleHistory(Struct):
    """Candles, oldest first. ``next_start_ns``: where the next page begins; None after the last."""

    symbol: str
    interval: str
    candles: list[Candle]
    next_start_ns: TsNs | None


class TradeDownloadQuery(Request):
    """As ``TradeHistoryQuery``, in a file of at most a million rows."""

    format: DownloadFormat = "csv"
    from_trade_id: Annotated[int, Meta(ge=1, le=2**53 - 1)] = 1
    start_ns: TsNs | None = None
    end_ns: TsNs | None = None
    limit: DownloadRows = 1_000_000


class CandleDownloadQuery(Request):
    """As ``CandleHistoryQuery``, in a file of at most a million rows."""

    interval: Interval
    format: DownloadFormat = "csv"
    start_ns: TsNs = "0"
    end_ns: TsNs | None = None
    limit: DownloadRows = 1_000_000
