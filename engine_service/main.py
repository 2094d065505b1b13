"""Start the engine from its environment and run it until it is told to stop."""

import asyncio
import os
import sys
from contextlib import AbstractAsyncContextManager

import structlog
import uvloop

from engine_core import CoreNotBuilt
from engine_service.config import EngineConfig
from engine_service.engine import Engine, Log
from engine_service.errors import Deposed, EngineServiceError, StartInterrupted
from engine_service.replica.running import Replica
from replicated_log.errors import LogError
from service.health import Readiness, health_app, serving
from service.process import run_process
from service.signals import stop_on_signals
from transport.errors import BadKeys
from transport.key_file import live_keys
from transport.keys import KeyRing

_REPLAYED = "journal replay"


def _die(error: BaseException) -> None:
    if isinstance(error, Deposed):
        _start_anew(error)
    # At once: no handler, no flush, no goodbye may follow a fault whose extent is unknown.
    log: Log = structlog.get_logger()
    if isinstance(error, EngineServiceError | LogError):
        log.critical("the engine aborts", error=str(error))
    else:
        log.critical("the engine aborts on an unforeseen fault", exc_info=error)
    sys.stdout.flush()
    os._exit(1)


def _start_anew(error: Deposed) -> None:
    # What this process has executed and not released must be as if it had never been: the next one
    # cuts it from the journal. Under the same number, so that nobody takes it for a crash.
    log: Log = structlog.get_logger()
    log.warning("this replica does not lead any more: it starts anew, to follow", why=str(error))
    sys.stdout.flush()
    os.execv(sys.executable, sys.orig_argv)


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
        _running(config, keys, log, stop),
    ):
        readiness.have(_REPLAYED)
        log.info("the engine serves", udp=config.engine_udp_port, tcp=config.engine_tcp_port)
        await stop.wait()
        readiness.lost("shutdown")
    log.info("the engine stopped cleanly")


def _running(
    config: EngineConfig, keys: KeyRing, log: Log, stop: asyncio.Event
) -> AbstractAsyncContextManager[None]:
    engine = Engine(config, keys, log, stop, _die)
    return Replica(engine, config, log, _die).running() if config.engine_log else engine.running()


def main() -> None:
    """Run the process."""
    cannot_run = (EngineServiceError, CoreNotBuilt, BadKeys, LogError)
    run_process("engine", EngineConfig, run, uvloop.run, cannot_run=cannot_run)
