"""Wires the bots' process and runs it until it is told to stop."""

import random
from contextlib import AsyncExitStack

import uvloop

from client.rest import OpenbellClient
from domain.clock import LogClock
from service.health import Readiness, health_app, serving
from service.process import run_process, run_until
from service.signals import stop_on_signals
from trading_bot.config import Config
from trading_bot.credentials import read_credentials
from trading_bot.errors import BadCredentials, BotError
from trading_bot.runner import Runner
from trading_bot.strategies import strategy_named


async def _runners(config: Config, readiness: Readiness, stack: AsyncExitStack) -> list[Runner]:
    credentials = read_credentials(config.bot_credentials)
    clock, prices, runners = LogClock(), config.start_prices(), []
    for name, symbol in config.strategies():
        role = strategy_named(name).role
        if role not in credentials:
            raise BadCredentials(f"{config.bot_credentials}: no credentials for {role!r}")
        key = credentials[role]
        client = OpenbellClient(config.gateway_url, api_key=key.api_key, api_secret=key.api_secret)
        await stack.enter_async_context(client)
        draws = random.Random(f"{config.bot_seed}:{name}:{symbol}")
        price = prices.get(symbol, "100")
        runners.append(Runner(client, name, symbol, price, clock, draws, readiness))
        readiness.lost(f"{name}:{symbol}")
    return runners


async def run(config: Config) -> None:
    """Trade until SIGTERM or SIGINT, then take all quotes out."""
    stop = stop_on_signals()
    readiness = Readiness()
    async with AsyncExitStack() as stack:
        runners = await _runners(config, readiness, stack)
        await stack.enter_async_context(
            serving(health_app(readiness), config.bind_host, config.bot_http_port)
        )
        await run_until(stop, [runner.run() for runner in runners])


def main() -> None:
    """Run the process."""
    run_process("trading_bot", Config, run, uvloop.run, cannot_run=(BotError,))
