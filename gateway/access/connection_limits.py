"""How many connections there are, and how long one may take to say what it wants.

The HTTP library bounds lines, headers and bodies; it waits for ever for their bytes. Here each
connection has a time for a whole request to arrive, a time to be silent, and its address a number.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final, cast

import structlog
from aiohttp import web

from gateway.metrics import CONNECTIONS_CLOSED
from service.calls import Handler
from service.client_addresses import limited_as, plain_address

CONNECTIONS_MAX: Final = 20_000
"""Of all addresses together; past it a new one is closed at once."""
RECEIVE_WITHIN_S: Final = 10.0
"""From a request's first byte to its last; past it the connection is closed."""
SILENT_S: Final = 75.0
"""Without a request under way; past it the connection is closed, read or not."""
SWEEP_EVERY_S: Final = 1.0

log = structlog.get_logger()
MakeProtocol = Callable[[], asyncio.Protocol]


class Connections:
    """The open connections. ``per_ip_max`` of one address; ``exempt`` addresses are proxies."""

    def __init__(
        self,
        per_ip_max: int,
        exempt: frozenset[str] = frozenset(),
        *,
        total_max: int = CONNECTIONS_MAX,
    ) -> None:
        self._per_ip_max = per_ip_max
        self._exempt = exempt
        self._total_max = total_max
        self._open: dict[asyncio.BaseTransport, _Guarded] = {}
        self._per_ip: Counter[str] = Counter()

    def guarded(self, make: MakeProtocol) -> MakeProtocol:
        """Return a factory of what ``make`` makes, each behind its guard."""
        return lambda: _Guarded(make(), self)

    def admit(self, transport: asyncio.BaseTransport, guarded: "_Guarded") -> bool:
        """Count a new connection; False: there are too many, and it was not counted."""
        ip = limited_as(guarded.ip)
        too_many = self._per_ip[ip] >= self._per_ip_max and guarded.ip not in self._exempt
        if too_many or len(self._open) >= self._total_max:
            CONNECTIONS_CLOSED.labels(why="too many").inc()
            return False
        self._open[transport] = guarded
        self._per_ip[ip] += 1
        return True

    def forget(self, transport: asyncio.BaseTransport, ip: str) -> None:
        """A connection that was admitted is gone."""
        if self._open.pop(transport, None) is None:
            return
        ip = limited_as(ip)
        self._per_ip[ip] -= 1
        if not self._per_ip[ip]:
            del self._per_ip[ip]

    @web.middleware
    async def follow(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Tell the connection which request is under way. To be the first middleware."""
        guarded = self._open.get(cast(asyncio.BaseTransport, request.transport))
        if guarded is None:
            return await handler(request)
        guarded.request = request
        try:
            return await handler(request)
        finally:
            guarded.done()

    async def run(self) -> None:
        """Close, for ever, what is late."""
        now_s = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            self.sweep(now_s())

    def sweep(self, now_s: float) -> None:
        """Close what is late at ``now_s``, seconds of the loop's clock."""
        for guarded in list(self._open.values()):
            why = guarded.late(now_s)
            if why is not None:
                CONNECTIONS_CLOSED.labels(why=why).inc()
                log.info("connection closed", why=why, ip=guarded.ip)
                guarded.abort()


class _Guarded(asyncio.Protocol):
    """One connection: hands everything on, and notes when."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner = inner
        self._connections = connections
        self._now_s = asyncio.get_running_loop().time
        self._transport: asyncio.Transport | None = None
        self._silent_since_s = self._now_s()
        self._partial_since_s: float | None = None
        self.request: web.BaseRequest | None = None
        """The one under way, from the end of its head on."""
        self.ip = "unknown"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.ip = plain_address(str(peer[0])) if peer else "unknown"
        if self._connections.admit(transport, self):
            self._inner.connection_made(transport)
        else:
            self._transport.abort()
            self._transport = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.forget(self._transport, self.ip)
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        if self._partial_since_s is None:
            self._partial_since_s = self._now_s()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def done(self) -> None:
        """The request under way is answered."""
        self.request = None
        self._partial_since_s = None
        self._silent_since_s = self._now_s()

    def late(self, now_s: float) -> str | None:
        """Return why it is to be closed, None if it is in time."""
        if self.request is not None and self.request.content.is_eof():
            return None  # it is being answered, or is a WebSocket: others watch over those
        if self._partial_since_s is not None:
            late = now_s - self._partial_since_s > RECEIVE_WITHIN_S
            return "slow request" if late else None
        return "silent" if now_s - self._silent_since_s > SILENT_S else None

    def abort(self) -> None:
        """Close without waiting for what is unread."""
        if self._transport is not None:
            self._transport.abort()
