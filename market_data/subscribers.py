"""Pushes changed candles and tickers to subscribed gateways, 200 times a second at most each."""

import asyncio
from typing import Final

import msgspec
from aiohttp import web

from domain.intervals import Interval
from market_data.candles import Candle
from market_data.instrument_windows import Tickers

PUSH_INTERVAL_S: Final = 0.005
SUBSCRIBERS_MAX: Final = 64
SEND_TIMEOUT_S: Final = 5.0
"""A subscriber that takes longer to read one push is dropped: it reconnects and asks for history.
"""

Changes = dict[tuple[int, Interval, int], Candle]


def ticker_row(instrument_id: int, tickers: Tickers) -> dict[str, object]:
    """Return what is told of an instrument's tickers: the day's with the rest beside it."""
    return {
        "instrument_id": instrument_id,
        **msgspec.to_builtins(tickers.day),
        "hour": tickers.hour,
        "volatility_ppm": tickers.volatility_ppm,
    }


class Subscribers:
    """The open WebSockets, and what changed since the last push: the newest of each candle and
    ticker.
    """

    def __init__(self) -> None:
        self._sockets: set[web.WebSocketResponse] = set()
        self._candles: Changes = {}
        self._tickers: dict[int, Tickers] = {}
        self._dirty = asyncio.Event()

    def publish(
        self,
        instrument_id: int,
        candles: dict[tuple[Interval, int], Candle],
        tickers: Tickers | None,
    ) -> None:
        """Note what changed. Bounded: one entry a candle, and older ones leave with each push."""
        if not self._sockets:
            return
        for (interval, opened), candle in candles.items():
            self._candles[instrument_id, interval, opened] = candle
        if tickers is not None:
            self._tickers[instrument_id] = tickers
        self._dirty.set()

    async def run(self) -> None:
        """Push what changed, as it changes, with a pause between pushes."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            message = self._take()
            await asyncio.gather(*(self._send(socket, message) for socket in self._sockets))
            await asyncio.sleep(PUSH_INTERVAL_S)

    def _take(self) -> str:
        """Return what changed as one message: an array."""
        changes: list[object] = [
            {
                "type": "candles",
                "instrument_id": instrument_id,
                "interval": interval.value,
                "candle": candle,
            }
            for (instrument_id, interval, _), candle in self._candles.items()
        ]
        changes += [
            {"type": "ticker"} | ticker_row(instrument_id, tickers)
            for instrument_id, tickers in self._tickers.items()
        ]
        self._candles, self._tickers = {}, {}
        return msgspec.json.encode(changes).decode()

    async def _send(self, socket: web.WebSocketResponse, message: str) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(message)
        except (TimeoutError, ConnectionError):
            self._sockets.discard(socket)
            await socket.close(code=1008, message=b"slow consumer")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Keep one subscriber's WebSocket until it leaves."""
        if len(self._sockets) >= SUBSCRIBERS_MAX:
            answer = {"error": {"code": "TOO_MANY_SUBSCRIBERS", "message": "try again later"}}
            return web.json_response(answer, status=503, headers={"Retry-After": "5"})
        socket = web.WebSocketResponse(heartbeat=20.0, compress=False, max_msg_size=1_024)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for _ in socket:
                pass  # nothing is expected from a subscriber; reading notices that it left
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self) -> None:
        """Close every socket: a stop must not wait for its readers."""
        for socket in list(self._sockets):
            await socket.close(code=1001, message=b"going away")
