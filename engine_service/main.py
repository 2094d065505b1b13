"""Start the engine from its environment and run it until it is told to stop."""

import os
import sys

import structlog
import uvloop

from engine_core import CoreNotBuilt
from engine_service.config import EngineConfig
from engine_service.engine import Engine, Log
from engine_service.errors import EngineServiceError, StartInterrupted
from service.config import load_config
from service.errors import BadConfiguration, ServiceError
from service.health import Readiness, health_app, serving
from service.logging import configure_logging
from service.signals import stop_on_signals

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


async def run(config: EngineConfig, log: Log) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    readiness = Readiness(_REPLAYED)
    async with (
        serving(health_app(readiness), config.bind_host, config.engine_http_port),
        Engine(config, log, stop, _die).running(),
    ):
        readiness.have(_REPLAYED)
        log.info("the engine serves", udp=config.engine_udp_port, tcp=config.engine_tcp_port)
        await stop.wait()
        readiness.lost("shutdown")
    log.info("the engine stopped cleanly")


def main() -> None:
    """Run; exit 1 with one clear line if it cannot."""
    try:
        config = load_config(EngineConfig)
    except BadConfiguration as error:
        sys.exit(f"engine: {error}")
    log = configure_logging("engine", config.log_format, config.log_level)
    try:
        uvloop.run(run(config, log))
    except StartInterrupted:
        log.info("the engine stopped before it served")
    except (EngineServiceError, ServiceError, CoreNotBuilt, OSError) as error:
        log.critical("the engine cannot start", error=str(error))
        sys.exit(1)
    except Exception:  # the last line of defence
        log.critical("the engine failed", exc_info=True)
        sys.exit(1)
