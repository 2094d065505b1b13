"""Pushes changed candles and tickers to subscribed gateways, 200 times a second at most each."""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import web

from domain.intervals import Interval
from market_data.candles import Candle
from market_data.instrument_windows import Tickers

PUSH_INTERVAL_S: Final = 0.005
SUBSCRIBERS_MAX: Final = 64
PUSHES_WAITING_MAX: Final = 1_000
"""A subscriber that leaves more unread (5 s of them at least) is dropped: it reconnects and asks
for history.
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


class _Subscriber:
    """One WebSocket, written to by itself: nobody waits for one that does not read."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.socket = socket
        self._transport = transport
        self._waiting = asyncio.Queue[str](PUSHES_WAITING_MAX)

    def push(self, message: str) -> bool:
        """Take a push; False: too many wait already, and the connection was cut."""
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            if self._transport is not None:
                self._transport.abort()
            return False
        return True

    async def write(self) -> None:
        """Write what waits until the connection ends."""
        with suppress(ConnectionError):
            while True:
                await self.socket.send_str(await self._waiting.get())


class Subscribers:
    """The open WebSockets, and what changed since the last push: the newest of each candle and
    ticker.
    """

    def __init__(self) -> None:
        self._subscribers: set[_Subscriber] = set()
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
        if not self._subscribers:
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
            for subscriber in list(self._subscribers):
                if not subscriber.push(message):
                    self._subscribers.discard(subscriber)
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

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Keep one subscriber's WebSocket until it leaves."""
        if len(self._subscribers) >= SUBSCRIBERS_MAX:
            answer = {"error": {"code": "TOO_MANY_SUBSCRIBERS", "message": "try again later"}}
            return web.json_response(answer, status=503, headers={"Retry-After": "5"})
        socket = web.WebSocketResponse(heartbeat=20.0, compress=False, max_msg_size=1_024)
        await socket.prepare(request)
        subscriber = _Subscriber(socket, request.transport)
        self._subscribers.add(subscriber)
        writing = asyncio.create_task(subscriber.write())
        try:
            async for _ in socket:
                pass  # nothing is expected from a subscriber; reading notices that it left
        finally:
            self._subscribers.discard(subscriber)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return socket

    async def close(self) -> None:
        """Close every socket: a stop must not wait for its readers."""
        for subscriber in list(self._subscribers):
            await subscriber.socket.close(code=1001, message=b"going away")
