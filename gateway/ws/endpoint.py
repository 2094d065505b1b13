"""Where WebSockets are opened, counted and, when the gateway stops, closed."""

import asyncio
from typing import Final

from aiohttp import WSCloseCode, web

from gateway.errors import ApiError
from gateway.metrics import SOCKETS
from gateway.rest.dispatch import error_response
from gateway.services import SERVICES
from gateway.ws.channels import Channels
from gateway.ws.connection import WS_PATH, Connection
from gateway.ws.frames import FrameWriter

SOCKETS_MAX: Final = 12_000
MESSAGE_BYTES_MAX: Final = 64 * 1024
CLOSE_TIMEOUT_S: Final = 0.5
PING_EVERY_S: Final = 20.0
RECHECK_EVERY_S: Final = 5.0


class Sockets:
    """The open connections."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._open: set[Connection] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Open a WebSocket and serve it until it closes."""
        services = request.app[SERVICES]
        ip = request.remote or "unknown"
        try:
            services.limits.socket(ip)
            if len(self._open) >= SOCKETS_MAX:
                raise ApiError(503, "TOO_MANY_SOCKETS", "try again later", retry_after_s=5)
            socket = web.WebSocketResponse(
                compress=False,
                max_msg_size=MESSAGE_BYTES_MAX,
                heartbeat=PING_EVERY_S,
                timeout=CLOSE_TIMEOUT_S,
            )
            if not socket.can_prepare(request):
                raise ApiError(426, "WEBSOCKET_NEEDED", "this is a WebSocket endpoint")
        except ApiError as error:
            return error_response(error)
        await socket.prepare(request)
        writer = FrameWriter(request, socket)
        connection = Connection(socket, writer, services, self._channels, ip)
        self._open.add(connection)
        SOCKETS.set(len(self._open))
        try:
            with services.limits.open_socket(ip):
                await connection.serve()
        finally:
            self._open.discard(connection)
            SOCKETS.set(len(self._open))
        return socket

    async def run(self) -> None:
        """Close, for ever, connections whose token has expired or whose key was revoked."""
        while True:
            await asyncio.sleep(RECHECK_EVERY_S)
            for connection in list(self._open):
                await connection.recheck()

    async def close_all(self, _: web.Application) -> None:
        """Close every connection: a stop must not wait for its readers."""
        connections = list(self._open)
        for connection in connections:
            connection.close(WSCloseCode.GOING_AWAY, "the gateway stops")
        await asyncio.gather(*(connection.closed() for connection in connections))

    def add_route(self, app: web.Application) -> None:
        """Serve the endpoint from ``app``."""
        app.router.add_get(WS_PATH, self.serve)
        app.on_shutdown.append(self.close_all)
