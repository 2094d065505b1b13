"""Every fill is settled once, however often accounts is killed and PostgreSQL stopped at once.

A real engine trades while the real accounts process settles; seeded kills (SIGKILL) and immediate
stops (SIGQUIT: nothing is written out, recovery from the write-ahead log) fall anywhere into its
batches. Short here; the whole run is a matter of three variables:

OPENBELL_CRASH_FILLS=1000000 OPENBELL_CRASH_KILLS=200 OPENBELL_CRASH_STOPS=50
"""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Iterator
from itertools import islice

import asyncpg
import pytest

from accounts.database import DATABASE_ERRORS
from cli.auditing.audit import AuditConfig, audit
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.migrations import migrate
from domain.client_order_ids import pack_client_order_id
from domain.commands import Command, Deposit, NewOrder, OpenAccount
from domain.orders import Side
from tests.integration.accounts.accounts_process import running_accounts
from tests.integration.accounts.trading import BTC, BTC_USDT, USDT, listing
from tests.integration.engine_process import SEGMENT_BYTES, running_engine
from transport.engine_client import EngineClient

FILLS = int(os.environ.get("OPENBELL_CRASH_FILLS", "3000"))
KILLS = int(os.environ.get("OPENBELL_CRASH_KILLS", "5"))
STOPS = int(os.environ.get("OPENBELL_CRASH_STOPS", "2"))
TIMEOUT_S = 100 + FILLS // 500 + 20 * (KILLS + STOPS)
ACCOUNTS = range(1_000, 1_100)
SOURCE_ID = 77  # nobody's in the ledger: the test itself brings the money
FUNDS_ATOMS = 10**16
COMMANDS_AT_ONCE = 200
DELAY_MAX_S = 0.03  # after a batch became visible: into any part of the next ones

SUMS = """
SELECT (SELECT count(*) FROM accounts.trades),
    (SELECT count(DISTINCT trade_id) FROM accounts.trades),
    (SELECT count(*) FROM accounts.transfers), (SELECT count(*) FROM accounts.orders),
    (SELECT count(*) FROM accounts.orders WHERE is_open),
    (SELECT sum(qty_lots) FROM accounts.trades)::bigint,
    (SELECT sum(cum_qty_lots) FROM accounts.orders)::bigint,
    (SELECT coalesce(sum(abs(total)), 0) FROM (
        SELECT sum(posted_atoms) AS total FROM accounts.balances GROUP BY asset_id) AS t)::bigint
"""


def opening() -> list[Command]:
    """Return the commands that open the venue."""
    commands = listing()
    for number, account_id in enumerate(ACCOUNTS):
        commands.append(OpenAccount(account_id=account_id, group_id=account_id))
        commands += [
            Deposit(
                account_id=account_id,
                asset_id=asset_id,
                amount_atoms=FUNDS_ATOMS,
                source_id=SOURCE_ID,
                source_seq=2 * number + at,
            )
            for at, asset_id in enumerate((BTC, USDT), 1)
        ]
    return commands


def orders(fills: int) -> Iterator[Command]:
    """Yield pairs of orders that fill each other whole."""
    rng = random.Random(fills)
    for number in range(fills):
        lots = rng.randint(1, 9)
        pair = zip((Side.SELL, Side.BUY), rng.sample(ACCOUNTS, 2), strict=True)
        for side, account_id in pair:
            yield NewOrder(
                account_id=account_id,
                instrument_id=BTC_USDT,
                side=side,
                price_ticks=10_000,
                qty_lots=lots,
                valid_until_ns=1 << 62,
                client_order_id=pack_client_order_id(f"{side.name}-{number}"),
            )


async def send(client: EngineClient, commands: Iterator[Command]) -> int:
    """Send everything; return the last event."""
    last_seq = 0
    while some := list(islice(commands, COMMANDS_AT_ONCE)):
        outcomes = await client.submit_many(some, timeout_s=60)
        last_seq = max(outcome.last_event_seq for outcome in outcomes)
    return last_seq


async def settled_seq(url: str) -> int:
    """Return the ledger's cursor; 0 while no server answers."""
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except DATABASE_ERRORS:
        return 0
    try:
        seq: int = await connection.fetchval("SELECT last_seq FROM accounts.settlement_cursor")
        return seq
    except DATABASE_ERRORS:
        return 0
    finally:
        connection.terminate()


async def past(url: str, seq: int) -> int:
    """Wait until settlement is past event ``seq``; return where it is."""
    while (found := await settled_seq(url)) < seq:
        await asyncio.sleep(0.005)
    return found


class Server:
    """The database, which may be stopped at once and started again."""

    def __init__(self, cluster: EmbeddedPostgres, exits: contextlib.ExitStack) -> None:
        self._cluster = cluster
        self._exits = exits
        self._process = exits.enter_context(running(cluster))

    def stop_at_once(self) -> None:
        """An immediate shutdown, and the next start, which recovers."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        self._process = self._exits.enter_context(running(self._cluster))


@pytest.mark.timeout(TIMEOUT_S)
async def test_each_fill_is_settled_once_through_kills_and_immediate_stops(tmp_path):
    cluster = EmbeddedPostgres(tmp_path / "postgres", Tuning(durable=True))
    engine_dir = tmp_path / "engine"
    rng = random.Random(KILLS)
    with contextlib.ExitStack() as exits:
        server = Server(cluster, exits)
        cluster.ensure_database()
        url = cluster.url()
        migrate(url)
        faults = ["kill"] * KILLS + ["stop"] * STOPS
        rng.shuffle(faults)
        not_durable = {"OPENBELL_ENGINE_FSYNC": "false"}
        async with (
            running_engine(engine_dir, environment=not_durable) as engine,
            EngineClient.connect(engine.address, engine.master_key, 90) as client,
            running_accounts(url, engine) as accounts,
        ):
            opened_seq = await send(client, iter(opening()))
            await past(url, opened_seq)
            trading, last_seq = orders(FILLS), opened_seq
            for number, fault in enumerate(faults):
                # As much trading for each fault, so that each falls into some work.
                fills = FILLS * (number + 1) // len(faults) - FILLS * number // len(faults)
                sending = asyncio.create_task(send(client, islice(trading, 2 * fills)))
                await past(url, last_seq + 1)
                await asyncio.sleep(rng.uniform(0, DELAY_MAX_S))
                if fault == "kill":
                    await accounts.kill()
                    await accounts.start()
                else:
                    await asyncio.to_thread(server.stop_at_once)
                last_seq = await sending
            await past(url, last_seq)
        connection = await asyncpg.connect(url)
        sums = tuple(await connection.fetchrow(SUMS))
        await connection.close()
        report = await audit(
            AuditConfig(
                DATABASE_URL=url, engine_data_dir=engine_dir, engine_segment_bytes=SEGMENT_BYTES
            )
        )
    trades, trade_ids, transfers, entered, open_orders, lots, filled_lots, unbalanced = sums
    assert last_seq == opened_seq + 3 * FILLS
    assert (trades, trade_ids, entered, open_orders) == (FILLS, FILLS, 2 * FILLS, 0)
    assert transfers == 4 * FILLS + 2 * len(ACCOUNTS)
    assert filled_lots == 2 * lots and unbalanced == 0
    assert report.ok and report.cursor == last_seq, report.as_text()
