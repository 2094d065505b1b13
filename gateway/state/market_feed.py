"""Live candles and tickers, as market_data pushes them; kept so that newcomers get the latest."""

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

import aiohttp
import msgspec
import structlog
from msgspec import Struct

from gateway.calls.market_data_client import CandleRow, MarketDataClient, TickerRow
from gateway.errors import ApiError, unavailable
from service.calls import ServiceClient

RETRY_FIRST_S: Final = 0.1
RETRY_MAX_S: Final = 2.0
SILENCE_PING_S: Final = 5.0
CANDLES_KEPT_MAX: Final = 65_536
"""One each instrument and interval; past it the one that changed longest ago is forgotten."""
_PATH: Final = "/internal/feed"

log = structlog.get_logger()


class _CandlePush(Struct, tag_field="type", tag="candles"):
    instrument_id: int
    interval: str
    candle: CandleRow


class _TickerPush(TickerRow, tag_field="type", tag="ticker"):
    pass


class MarketReaders(Protocol):
    """Those who are told."""

    def candle(self, instrument_id: int, interval: str, row: CandleRow) -> None:
        """A candle changed or closed."""
        ...

    def ticker(self, instrument_id: int) -> None:
        """A ticker changed."""
        ...


class MarketFeed:
    """The latest of market_data. ``connected`` is false while it cannot be reached."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        calls: ServiceClient,
        client: MarketDataClient,
        readers: MarketReaders,
    ) -> None:
        self._http = http
        self._calls = calls
        self._client = client
        self._readers = readers
        self._decoder = msgspec.json.Decoder(list[_CandlePush | _TickerPush])
        self._tickers: dict[int, TickerRow] = {}
        self._candles: OrderedDict[tuple[int, str], CandleRow] = OrderedDict()
        self.connected = False

    def tickers(self) -> dict[int, TickerRow]:
        """Return the tickers by instrument id; one that never traded has none.

        Raises:
            ApiError: 503 while market_data cannot be reached.
        """
        if not self.connected:
            raise unavailable("market data")
        return self._tickers

    def latest_ticker(self, instrument_id: int) -> TickerRow | None:
        """Return the last ticker heard of."""
        return self._tickers.get(instrument_id)

    def latest_candle(self, instrument_id: int, interval: str) -> CandleRow | None:
        """Return the candle that changed last, None if none did since the connection began."""
        return self._candles.get((instrument_id, interval))

    async def run(self) -> None:
        """Stay connected for ever."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                await self._follow()
                pause_s = RETRY_FIRST_S
            except (aiohttp.ClientError, TimeoutError, ApiError, msgspec.MsgspecError) as error:
                log.info("waiting for market data", reason=str(error))
            if self.connected:
                self.connected = False
                pause_s = RETRY_FIRST_S
            self._candles.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _follow(self) -> None:
        url = self._calls.url(_PATH)
        headers = self._calls.headers("GET", _PATH)
        async with self._http.ws_connect(
            url, headers=headers, heartbeat=SILENCE_PING_S, compress=0
        ) as socket:
            # Asked after the connection stands: what changes from here on is pushed.
            self._tickers = {row.instrument_id: row for row in await self._client.tickers()}
            self.connected = True
            for instrument_id in self._tickers:
                self._readers.ticker(instrument_id)
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    for push in self._decoder.decode(message.data):
                        self._take(push)

    def _take(self, push: "_CandlePush | _TickerPush") -> None:
        if isinstance(push, _TickerPush):
            self._tickers[push.instrument_id] = push
            self._readers.ticker(push.instrument_id)
            return
        key = (push.instrument_id, push.interval)
        self._candles[key] = push.candle
        self._candles.move_to_end(key)
        if len(self._candles) > CANDLES_KEPT_MAX:
            self._candles.popitem(last=False)
        self._readers.candle(push.instrument_id, push.interval, push.candle)
