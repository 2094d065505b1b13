"""The database is away for long: the engine goes on, and settlement catches up when it is back."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import asyncpg
import pytest

from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.migrations import migrate
from domain.events import OutcomeResult
from domain.orders import Side
from service.errors import CallFailed, CallUnanswered
from tests.integration.accounts.conftest import opened_venue
from tests.integration.accounts.test_settlement_sql import SUM_OF_TRANSFERS, ZERO_SUM

UNIT = 10**8
TRADES = 200
CAUGHT_UP_S = 60.0


@pytest.fixture
def cluster(tmp_path):
    """A server of this test's own, which may go away."""
    made = EmbeddedPostgres(tmp_path / "postgres", Tuning(durable=False))
    with running(made):
        made.ensure_database()
        migrate(made.url())
    return made


async def settled(venue, account_id, seq):
    """Return balances once the event is settled, however long the database takes to be found."""
    deadline_s = time.monotonic() + CAUGHT_UP_S
    while True:
        try:
            return await venue.balances_of(account_id, seq)
        except (CallFailed, CallUnanswered, TimeoutError, AssertionError):
            assert time.monotonic() < deadline_s
            await asyncio.sleep(0.1)


async def test_orders_trade_while_the_database_is_away_and_each_settles_once(
    engine_handle, cluster
):
    async with AsyncExitStack() as stack:
        with running(cluster):
            opening = opened_venue(engine_handle, cluster.url())
            venue = await stack.enter_async_context(opening)
            buyer = await venue.sign_up("buyer@example.com", USDT=1_000_000 * UNIT)
            seller = await venue.sign_up("seller@example.com", BTC=10 * UNIT)
        for _ in range(TRADES):
            await venue.order(buyer["account_id"], Side.BUY, 10_000, 3)
            done = await venue.order(seller["account_id"], Side.SELL, 10_000, 3)
            assert done.result is OutcomeResult.DONE
        with pytest.raises((CallFailed, CallUnanswered)):
            await venue.accounts.call("GET", "/internal/snapshot")
        with running(cluster):
            balances = await settled(venue, buyer["account_id"], done.last_event_seq)
            assert balances["USDT"] == (1_000_000 * UNIT - TRADES * 3 * 100_000, 0)
            connection = await asyncpg.connect(cluster.url())
            assert await connection.fetchval("SELECT count(*) FROM accounts.trades") == TRADES
            assert {row["sum"] for row in await connection.fetch(ZERO_SUM)} == {0}
            assert await connection.fetch(SUM_OF_TRANSFERS) == []
            await connection.close()
