"""Wires the market-data process and runs it until it is told to stop."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import uvloop

from market_data.app import build_app
from market_data.candle_history import CandleHistory
from market_data.candles_repository import CandlesRepository
from market_data.config import Config
from market_data.feed import Feed
from market_data.history_repository import HistoryRepository
from market_data.history_routes import add_history_routes
from market_data.retention import Retention
from market_data.subscribers import Subscribers
from service.health import Readiness, serving
from service.process import run_process, run_until
from service.signals import stop_on_signals
from transport.engine_address import EngineAddress, engines_of
from transport.errors import BadKeys
from transport.event_follower import HeardEpoch, follow_events
from transport.key_file import live_keys

CLIENT_ID: Final = 3
"""Names this process in the engine's logs."""
POOL_SIZE: Final = 4


async def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    first = EngineAddress(config.engine_host, config.engine_udp_port, config.engine_tcp_port)
    engines = engines_of(first, config.engine_replicas)
    heard = HeardEpoch(1)

    def follow(from_seq: int) -> AsyncIterator[tuple[int, bytes]]:
        return follow_events(engines, keys, from_seq, CLIENT_ID, heard)

    readiness = Readiness("postgres")
    async with (
        live_keys(config.engine_key, config.engine_key_file) as keys,
        # None at first: that the database is not there yet is the feed's to wait for.
        asyncpg.create_pool(config.database_url, min_size=0, max_size=POOL_SIZE) as pool,
    ):
        repository = CandlesRepository(pool, heard)
        subscribers = Subscribers()
        feed = Feed(repository, follow, subscribers.publish, readiness)
        retention = Retention(
            repository,
            trades_kept_days=config.trades_kept_days,
            seconds_kept_days=config.seconds_kept_days,
        )
        history = CandleHistory(pool)
        app = build_app(config.service_secret, history, feed, subscribers, readiness)
        add_history_routes(app, HistoryRepository(pool))
        async with serving(app, config.bind_host, config.market_data_port):
            await run_until(
                stop, (feed.run(), feed.run_expiry(), subscribers.run(), retention.run())
            )


def main() -> None:
    """Run the process."""
    run_process("market_data", Config, run, uvloop.run, cannot_run=(BadKeys,))
