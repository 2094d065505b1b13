"""Health, readiness and metrics over HTTP, the same on every process."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from service.errors import PortInUse

SHUTDOWN_TIMEOUT_S = 1.0
BACKLOG = 1_024
"""Connections that wait to be taken in."""
_LOOPBACK = "127.0.0.1"
READINESS: web.AppKey["Readiness"] = web.AppKey("readiness")


class Readiness:
    """What this process still waits for. Ready once nothing is left."""

    def __init__(self, *waiting_for: str) -> None:
        self._waiting_for = set(waiting_for)

    @property
    def ready(self) -> bool:
        """Whether the process can serve."""
        return not self._waiting_for

    @property
    def waiting_for(self) -> list[str]:
        """What is missing, sorted."""
        return sorted(self._waiting_for)

    def have(self, what: str) -> None:
        """Note that ``what`` is there."""
        self._waiting_for.discard(what)

    def lost(self, what: str) -> None:
        """Note that ``what`` is missing (again)."""
        self._waiting_for.add(what)


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"healthy": True})


async def _readyz(request: web.Request) -> web.Response:
    readiness = request.app[READINESS]
    if readiness.ready:
        return web.json_response({"ready": True})
    return web.json_response({"ready": False, "waiting_for": readiness.waiting_for}, status=503)


async def _metrics(request: web.Request) -> web.Response:
    # ``name[]`` as Prometheus' own clients take it: only these samples, at a fraction of the cost.
    names = request.query.getall("name[]", [])
    registry = REGISTRY.restricted_registry(names) if names else REGISTRY
    return web.Response(
        body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


def add_health_routes(app: web.Application, readiness: Readiness) -> None:
    """Serve ``/healthz``, ``/readyz`` and ``/metrics`` from ``app``."""
    app[READINESS] = readiness
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)


def health_app(readiness: Readiness) -> web.Application:
    """Return an application for a process that serves nothing else over HTTP."""
    app = web.Application()
    add_health_routes(app, readiness)
    return app


MakeProtocol = Callable[[], asyncio.Protocol]


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str,
    port: int,
    *,
    wrap: Callable[[MakeProtocol], MakeProtocol] = lambda make: make,
    shared: bool = False,
    own_port: int | None = None,
) -> AsyncIterator[None]:
    """Serve ``app`` on ``host:port`` for the length of the block. ``wrap``: what stands between a
    connection and the application.

    ``shared``: other processes serve the same port, and the kernel gives each connection to one of
    them; ``own_port``, on loopback, reaches this one.

    Raises:
        PortInUse: another program has the port.
    """
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S, handle_signals=False
    )
    await runner.setup()
    assert runner.server is not None
    make = wrap(runner.server)
    places = [(host, port, shared)]
    if own_port is not None:
        places.append((_LOOPBACK, own_port, False))
    try:
        async with AsyncExitStack() as stack:
            for where, number, is_shared in places:
                stack.callback((await _listen(make, where, number, shared=is_shared)).close)
            yield
    finally:
        await runner.cleanup()


async def _listen(
    make: MakeProtocol, host: str, port: int, *, shared: bool = False
) -> asyncio.Server:
    try:
        loop = asyncio.get_running_loop()
        return await loop.create_server(make, host, port, backlog=BACKLOG, reuse_port=shared)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(f"port {port} on {host} is in use by another program") from error
