"""Wires the bots' process and runs it until it is told to stop."""

from functools import partial

import uvloop

from domain.clock import LogClock
from service.health import Readiness, serving
from service.process import run_process
from service.signals import stop_on_signals
from trading_bot.config import Config
from trading_bot.control import control_app
from trading_bot.credentials import read_credentials
from trading_bot.errors import BotError
from trading_bot.fleet import Fleet
from trading_bot.fleet_file import FleetFile


async def run(config: Config) -> None:
    """Trade until SIGTERM or SIGINT, then take all quotes out."""
    stop = stop_on_signals()
    readiness = Readiness()
    fleet = Fleet(
        config.gateway_url,
        partial(read_credentials, config.bot_credentials),
        config.start_prices(),
        LogClock(),
        config.bot_seed,
        readiness,
        FleetFile(config.bot_fleet),
    )
    app = control_app(fleet, readiness, config.bot_control_secret)
    try:
        fleet.open(config.bots())
        async with serving(app, config.bind_host, config.bot_http_port):
            await stop.wait()
    finally:
        await fleet.close()


def main() -> None:
    """Run the process."""
    run_process("trading_bot", Config, run, uvloop.run, cannot_run=(BotError,))
