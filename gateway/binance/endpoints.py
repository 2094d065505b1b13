"""Where the WebSockets of this dialect are opened, watched and, when the gateway stops, closed."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from aiohttp import web

from gateway.binance import rest
from gateway.binance.call import Dialect
from gateway.binance.market_streams import MarketStreams
from gateway.binance.socket import Socket
from gateway.binance.stream_connection import StreamConnection
from gateway.binance.user_streams import UserStreams
from gateway.binance.ws_api import WsApiConnection
from gateway.errors import ApiError
from gateway.metrics import SOCKETS
from gateway.ws.frames import FrameWriter

SOCKETS_MAX: Final = 10_000
MESSAGE_BYTES_MAX: Final = 64 * 1024
CLOSE_TIMEOUT_S: Final = 0.5
PING_EVERY_S: Final = 20.0
RECHECK_EVERY_S: Final = 5.0

Connection = StreamConnection | WsApiConnection


class Endpoints:
    """The doors of this dialect."""

    def __init__(self, dialect: Dialect, markets: MarketStreams, users: UserStreams) -> None:
        self._dialect = dialect
        self._markets = markets
        self._users = users
        self._open: set[Connection] = set()

    def add_routes(self, app: web.Application) -> None:
        """Serve everything of this dialect from ``app``."""
        rest.add_routes(app, self._dialect)
        for path in ("/ws", "/ws/{names:.*}", "/stream/ws", "/stream/ws/{names:.*}"):
            app.router.add_get(path, self._raw)
        app.router.add_get("/stream", self._combined)
        app.router.add_get("/ws-api/v3", self._ws_api)
        app.on_shutdown.append(self._close_all)

    async def run(self) -> None:
        """End, for ever, what listen keys that ran out and keys that were revoked had opened."""
        while True:
            await asyncio.sleep(RECHECK_EVERY_S)
            now_ms = self._dialect.services.clock.now_ns() // 1_000_000
            self._dialect.listen_keys.forget_expired()
            for connection in list(self._open):
                await self._recheck(connection, now_ms)

    async def _recheck(self, connection: Connection, now_ms: int) -> None:
        authenticator = self._dialect.services.authenticator
        try:
            if isinstance(connection, StreamConnection):
                for listen_key, principal in connection.principals:
                    owner = await self._dialect.listen_keys.owner(listen_key)
                    if owner is None or not await authenticator.still_valid(principal):
                        connection.end_user_stream(listen_key, now_ms)
                return
            for principal in set(connection.principals):
                if not await authenticator.still_valid(principal):
                    connection.revoke(principal, now_ms)
        except ApiError:
            return  # accounts cannot say at the moment: ask again at the next turn

    async def _raw(self, request: web.Request) -> web.StreamResponse:
        names = unquote(request.match_info.get("names", ""))
        # Some clients number their connections: /ws/0, /ws/1.
        first = [name for name in names.split("/") if name and not name.isdigit()]
        return await self._serve_streams(request, first, combined=False)

    async def _combined(self, request: web.Request) -> web.StreamResponse:
        found = parse_qs(request.query_string).get("streams", [""])
        first = [name for name in found[0].split("/") if name]
        return await self._serve_streams(request, first, combined=True)

    async def _serve_streams(
        self, request: web.Request, first: list[str], *, combined: bool
    ) -> web.StreamResponse:
        response = await self._opened(request)
        if not isinstance(response, web.WebSocketResponse):
            return response
        socket = Socket(response, FrameWriter(request, response), request.remote or "unknown")
        connection = StreamConnection(
            socket, self._dialect, self._markets, self._users, combined=combined
        )
        await self._serve(connection, connection.serve(first))
        return response

    async def _ws_api(self, request: web.Request) -> web.StreamResponse:
        response = await self._opened(request)
        if not isinstance(response, web.WebSocketResponse):
            return response
        socket = Socket(response, FrameWriter(request, response), request.remote or "unknown")
        connection = WsApiConnection(socket, self._dialect, self._users)
        await self._serve(connection, connection.serve())
        return response

    async def _opened(self, request: web.Request) -> web.StreamResponse:
        try:
            self._dialect.services.limits.socket(request.remote or "unknown")
        except ApiError as error:
            headers = {"Retry-After": str(error.retry_after_s or 1)}
            return web.Response(status=429, text=str(error), headers=headers)
        if len(self._open) >= SOCKETS_MAX:
            return web.Response(status=503, text="try again later", headers={"Retry-After": "5"})
        response = web.WebSocketResponse(
            compress=False,
            max_msg_size=MESSAGE_BYTES_MAX,
            heartbeat=PING_EVERY_S,
            timeout=CLOSE_TIMEOUT_S,
        )
        if not response.can_prepare(request):
            return web.Response(status=426, text="this is a WebSocket endpoint")
        await response.prepare(request)
        return response

    async def _serve(self, connection: Connection, serving: Coroutine[Any, Any, None]) -> None:
        writing = asyncio.create_task(connection.socket.write_for_ever())
        self._open.add(connection)
        SOCKETS.inc()
        try:
            with self._dialect.services.limits.open_socket(connection.socket.ip):
                await serving
        finally:
            self._open.discard(connection)
            SOCKETS.dec()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await connection.socket.closed()

    async def _close_all(self, _: web.Application) -> None:
        """A stop must not wait for readers."""
        now_ms = self._dialect.services.clock.now_ns() // 1_000_000
        connections = list(self._open)
        for connection in connections:
            connection.shut_down(now_ms)
        await asyncio.gather(*(connection.socket.closed() for connection in connections))
