"""Calls to market_data: trade and candle history, tickers. Integers as it keeps them."""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from domain.instruments import Steps
from gateway.errors import ApiError, unavailable
from service.calls import Answer, ServiceClient
from service.errors import CallFailed, CallUnanswered

CANDLES_PER_PAGE: Final = 1_000
TRADES_PER_PAGE: Final = 2_000


class CandleRow(NamedTuple):
    """One candle, as an array on the wire. ``steps``: its units; None: the instrument's own."""

    ts_open_ns: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    volume_lots: int
    quote_volume_atoms: int
    trades: int
    taker_buy_lots: int
    taker_buy_quote_atoms: int
    steps: Steps | None = None


class TradeRow(NamedTuple):
    """One trade of the history, as an array on the wire."""

    trade_id: int
    ts_ns: int
    price_ticks: int
    qty_lots: int
    aggressor_side: int


class WindowRow(Struct):
    """The last hour of one instrument, from ``since_ns`` to ``ts_ns``. ``steps``: its units."""

    open_ticks: int
    high_ticks: int
    low_ticks: int
    last_ticks: int
    volume_lots: int
    quote_volume_atoms: int
    trades: int
    ts_ns: int
    steps: Steps
    since_ns: int


class TickerRow(Struct):
    """The last 24 hours of one instrument. ``steps``: its units; None: the instrument's own.

    ``volatility_ppm``: the root of the summed squares of its returns from minute to minute.
    """

    instrument_id: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    last_ticks: int
    volume_lots: int
    quote_volume_atoms: int
    trades: int
    ts_ns: int
    steps: Steps | None = None
    since_ns: int = 0
    hour: WindowRow | None = None
    volatility_ppm: int = 0


class _Candles(Struct):
    candles: list[CandleRow]


class MarketDataClient:
    """Every failure is an ApiError 503 or, for a question market_data refuses, its own answer."""

    def __init__(self, calls: ServiceClient, seen_seq: Callable[[], int]) -> None:
        """``seen_seq``: the last event shown here; no answer about the past is older than it,
        unless market data is more than a second late.
        """
        self._calls = calls
        self._seen_seq = seen_seq

    async def candles(
        self,
        instrument_id: int,
        interval: str,
        limit: int,
        start_ns: int | None,
        end_ns: int | None,
    ) -> list[CandleRow]:
        """Return candles, oldest first."""
        query: dict[str, str | int] = {
            "instrument_id": instrument_id,
            "interval": interval,
            "limit": limit,
        }
        if start_ns is not None:
            query["start_ns"] = start_ns
        if end_ns is not None:
            query["end_ns"] = end_ns
        return (await self._get("/internal/candles", _Candles, self._seen(query))).candles

    async def candles_between(
        self, instrument_id: int, interval: str, start_ns: int, end_ns: int, count: int
    ) -> list[CandleRow]:
        """Return the first ``count`` candles that open between two times, oldest first."""
        found: list[CandleRow] = []
        while len(found) < count:
            limit = min(count - len(found), CANDLES_PER_PAGE)
            page = await self.candles(instrument_id, interval, limit, start_ns, end_ns)
            found += page
            if len(page) < limit:
                break
            start_ns = page[-1].ts_open_ns + 1
        return found

    async def trades(
        self, instrument_id: int, limit: int, before_trade_id: int | None
    ) -> list[TradeRow]:
        """Return trades, newest first."""
        query: dict[str, str | int] = {"instrument_id": instrument_id, "limit": limit}
        if before_trade_id is not None:
            query["before_trade_id"] = before_trade_id
        return await self._get("/internal/trades", list[TradeRow], self._seen(query))

    async def trades_from(
        self,
        instrument_id: int,
        from_trade_id: int,
        limit: int,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> list[TradeRow]:
        """Return trades from an id on, of those between two times, oldest first."""
        query: dict[str, str | int] = {
            "instrument_id": instrument_id,
            "from_trade_id": from_trade_id,
            "limit": limit,
        }
        if start_ns is not None:
            query["start_ns"] = start_ns
        if end_ns is not None:
            query["end_ns"] = end_ns
        return await self._get("/internal/history/trades", list[TradeRow], self._seen(query))

    async def tickers(self) -> list[TickerRow]:
        """Return the tickers of every instrument that has traded."""
        return await self._get("/internal/tickers", list[TickerRow], {})

    def _seen(self, query: dict[str, str | int]) -> dict[str, str | int]:
        return {**query, "min_seq": self._seen_seq()}

    async def _get(
        self, path: str, answer_type: type[Answer], query: dict[str, str | int]
    ) -> Answer:
        try:
            return await self._calls.call("GET", path, answer_type, query=query)
        except (CallUnanswered, msgspec.DecodeError) as error:
            raise unavailable("market data") from error
        except CallFailed as error:
            if error.status >= 500:
                raise unavailable("market data") from error
            raise ApiError(error.status, error.code, error.message) from error
