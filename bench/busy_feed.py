"""``python -m bench.busy_feed EXCHANGE_URL MESSAGES_PER_S``: the built UI over a busy market.

Serves the UI's files as the gateway does, passes what the UI asks over REST on to a running
exchange, and tells each WebSocket of a busy market of its own. Prints its port, and ends with its
input.
"""

import asyncio
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from aiohttp import web

from bench.busy_market import SYMBOL, BusyMarket
from domain.units import NS_PER_S
from gateway.web_ui import WebUi
from gateway.ws import pushes
from gateway.ws.frames import FrameWriter

STATIC: Final = Path(__file__).resolve().parent.parent / "frontend" / "dist"
SENT_PATH: Final = "/sent"
TURN_S: Final = 0.01
HEARTBEAT_S: Final = 5.0
SEED: Final = 20_261_120
MINUTE_NS: Final = 60 * NS_PER_S


class BusyFeed:
    """One exchange's screen, with another market on it."""

    def __init__(self, exchange: aiohttp.ClientSession, messages_per_s: int) -> None:
        self._exchange = exchange
        self._messages_per_s = messages_per_s
        self._ui = WebUi(STATIC)
        self._sent = 0

    def app(self) -> web.Application:
        """Return what is to be served."""
        app = web.Application()
        app.router.add_get("/api/v1/ws", self._connected)
        app.router.add_get(SENT_PATH, self._count)
        app.router.add_route("*", "/api/{rest:.*}", self._pass_on)
        app.router.add_get("/{path:.*}", self._file)
        return app

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._ui.serve(request)

    async def _count(self, request: web.Request) -> web.Response:
        """How many messages were written so far."""
        return web.json_response(self._sent)

    async def _pass_on(self, request: web.Request) -> web.Response:
        asking = self._exchange.request(request.method, request.path_qs, data=await request.read())
        async with asking as answer:
            return web.Response(
                body=await answer.read(), status=answer.status, content_type=answer.content_type
            )

    async def _connected(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        writer = FrameWriter(request, socket)
        await writer.write([_heartbeat()])
        telling: asyncio.Task[None] | None = None
        try:
            async for frame in socket:
                asked = msgspec.json.decode(frame.data)
                await writer.write([pushes.encode(pushes.Answer(asked["id"], {}))])
                if asked["op"] == "subscribe" and asked["channel"] == "book" and not telling:
                    telling = asyncio.create_task(self._tell(writer))
        finally:
            if telling:
                telling.cancel()
        return socket

    async def _tell(self, writer: FrameWriter) -> None:
        """Tell of the market until the connection ends, as many messages a second as asked for."""
        market = await self._market()
        await writer.write([market.snapshot(time.time_ns())])
        begun_s = heartbeat_s = time.monotonic()
        told = 0
        while True:
            await asyncio.sleep(TURN_S)
            due = int((time.monotonic() - begun_s) * self._messages_per_s) - told
            messages = list(islice(market.messages(time.time_ns()), due))
            if time.monotonic() - heartbeat_s > HEARTBEAT_S:
                heartbeat_s = time.monotonic()
                messages.append(_heartbeat())
            await writer.write(messages)
            told += due
            self._sent += due

    async def _market(self) -> BusyMarket:
        """Return a market that goes on where the exchange's is."""
        last = (await self._asked(f"/api/v1/trades?symbol={SYMBOL}&limit=1"))[0]
        now_ns = time.time_ns()
        mid_ticks = int(last["price"].replace(".", ""))
        return BusyMarket(SEED, mid_ticks, last["trade_id"], now_ns - now_ns % MINUTE_NS)

    async def _asked(self, path: str) -> Any:
        async with self._exchange.get(path) as answer:
            return await answer.json()


def _heartbeat() -> bytes:
    return pushes.encode(pushes.Heartbeat(ts_ns=str(time.time_ns()), live=True))


async def serve(exchange_url: str, messages_per_s: int) -> None:
    """Serve until the input ends."""
    async with aiohttp.ClientSession(exchange_url) as exchange:
        runner = web.AppRunner(BusyFeed(exchange, messages_per_s).app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
