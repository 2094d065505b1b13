"""Start the engine from its environment and run it until it is told to stop."""

import os
import sys

import structlog
import uvloop

from engine_core import CoreNotBuilt
from engine_service.config import EngineConfig
from engine_service.engine import Engine, Log
from engine_service.errors import EngineServiceError, StartInterrupted
from service.health import Readiness, health_app, serving
from service.process import run_process
from service.signals import stop_on_signals
from transport.errors import BadKeys
from transport.key_file import live_keys

_REPLAYED = "journal replay"


def _die(error: BaseException) -> None:
    # At once: no handler, no flush, no goodbye may follow a fault whose extent is unknown.
    log: Log = structlog.get_logger()
    if isinstance(error, EngineServiceError):
        log.critical("the engine aborts", error=str(error))
    else:
        log.critical("the engine aborts on an unforeseen fault", exc_info=error)
    sys.stdout.flush()
    os._exit(1)


async def run(config: EngineConfig) -> None:
    """Serve until SIGTERM or SIGINT."""
    log: Log = structlog.get_logger()
    try:
        await _serve(config, log)
    except StartInterrupted:
        log.info("the engine stopped before it served")


async def _serve(config: EngineConfig, log: Log) -> None:
    stop = stop_on_signals()
    readiness = Readiness(_REPLAYED)
    async with (
        serving(health_app(readiness), config.bind_host, config.engine_http_port),
        live_keys(config.engine_key, config.engine_key_file) as keys,
        Engine(config, keys, log, stop, _die).running(),
    ):
        readiness.have(_REPLAYED)
        log.info("the engine serves", udp=config.engine_udp_port, tcp=config.engine_tcp_port)
        await stop.wait()
        readiness.lost("shutdown")
    log.info("the engine stopped cleanly")


def main() -> None:
    """Run the process."""
    cannot_run = (EngineServiceError, CoreNotBuilt, BadKeys)
    run_process("engine", EngineConfig, run, uvloop.run, cannot_run=cannot_run)
