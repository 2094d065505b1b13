"""Wires the gateway and runs it until it is told to stop."""

import gc
from typing import Final

import aiohttp
import structlog
import uvloop
from aiohttp import web
from prometheus_client import REGISTRY

from gateway.access.connection_limits import Connections
from gateway.app import Edge, build_app
from gateway.binance import listen_key_desk as listen_keys
from gateway.binance.rest import is_served_here, unforeseen
from gateway.config import GatewayConfig
from gateway.errors import ApiError
from gateway.rest.dispatch import error_response
from gateway.web_ui import WebUi
from gateway.wiring import client_id, engines, wire
from service.calls import Handler
from service.health import serving
from service.process import run_process, run_until
from service.signals import stop_on_signals
from transport.engine_client import EngineClient
from transport.errors import BadKeys
from transport.key_file import live_keys

GARBAGE_THRESHOLDS: Final = (50_000, 20, 50)
"""How many new objects there are between collections: an order makes dozens that are not garbage,
and the usual 700 would have all of them walked through for nothing.
"""


@web.middleware
async def last_defence(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what nobody foresaw: one request fails, the process goes on."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        structlog.get_logger().exception("request failed", path=request.path)
        if is_served_here(request.path):
            return unforeseen()
        return error_response(ApiError(500, "INTERNAL", "something went wrong here"))


async def run(config: GatewayConfig) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    async with (
        live_keys(config.engine_key, config.engine_key_file) as keys,
        EngineClient.connect(engines(config), keys, client_id(config), ready_within_s=0) as engine,
        aiohttp.ClientSession() as http,
    ):
        gateway = wire(config, keys, engine, http)
        web_ui = WebUi(config.gateway_static_dir)
        connections = Connections(config.gateway_connections_per_ip, config.gateway_proxies)
        edge = Edge(config.gateway_origins, config.gateway_proxies, connections)
        app = build_app(
            gateway.services, gateway.sockets, gateway.readiness, web_ui, last_defence, edge
        )
        gateway.binance.add_routes(app)
        REGISTRY.register(gateway.session)
        if config.gateway_workers > 1 and config.gateway_worker == 1:
            app.add_subapp(
                listen_keys.PREFIX,
                listen_keys.listen_keys_app(gateway.listen_keys, config.service_secret),
            )
        gc.freeze()
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        async with serving(
            app,
            config.bind_host,
            config.gateway_port,
            wrap=connections.guarded,
            shared=config.gateway_workers > 1,
            own_port=config.gateway_own_port,
        ):
            await run_until(stop, (*gateway.background, connections.run()))


def main() -> None:
    """Run the process."""
    run_process("gateway", GatewayConfig, run, uvloop.run, cannot_run=(BadKeys,))
