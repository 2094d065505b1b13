"""From sign-up to a settled trade, through the real processes."""

import asyncio
import sys

import asyncpg
import pytest

from domain.orders import OrderStatus, Side
from service.errors import CallFailed, CallUnanswered
from tests.integration.accounts.test_settlement_sql import SUM_OF_TRANSFERS, ZERO_SUM
from tests.integration.accounts.trading import BTC_USDT

USDT_UNIT = BTC_UNIT = 10**8


async def test_two_users_trade_and_every_page_of_the_books_shows_it(venue):
    buyer = await venue.sign_up("buyer@example.com", USDT=1_000 * USDT_UNIT)
    seller = await venue.sign_up("seller@example.com", BTC=BTC_UNIT)
    buys, sells = buyer["account_id"], seller["account_id"]
    assert (buys, sells) == (1_000, 1_001)

    await venue.order(buys, Side.BUY, 10_000, 100)  # 100 lots x 10,000 ticks x 10 atoms
    done = await venue.order(sells, Side.SELL, 9_990, 40)

    seq = done.last_event_seq
    # 40 lots are 40,000 atoms of BTC for 4,000,000 atoms of USDT; the maker pays 500 ppm, the
    # taker 1,000.
    assert await venue.balances_of(buys, seq) == {
        "BTC": (40_000 - 20, 0),
        "USDT": (1_000 * USDT_UNIT - 10_000_000, 6_000_000),
    }
    assert await venue.balances_of(sells, seq) == {
        "BTC": (BTC_UNIT - 40_000, 0),
        "USDT": (4_000_000 - 4_000, 0),
    }

    of_buyer = f"/internal/accounts/{buys}"
    orders = (await venue.accounts.call("GET", f"{of_buyer}/orders", status="open"))["orders"]
    assert [(one["cum_qty_lots"], one["leaves_qty_lots"], one["status"]) for one in orders] == [
        (40, 60, OrderStatus.PARTIALLY_FILLED)
    ]
    fills = (await venue.accounts.call("GET", f"{of_buyer}/fills", symbol="BTC-USDT"))["fills"]
    assert [(one["qty_lots"], one["fee_atoms"], one["liquidity"]) for one in fills] == [(40, 20, 1)]
    ledger = (await venue.accounts.call("GET", f"{of_buyer}/ledger"))["transfers"]
    assert [(one["code"], one["asset"], one["amount_atoms"]) for one in ledger] == [
        ("FEE", "BTC", -20),
        ("TRADE", "BTC", 40_000),
        ("TRADE", "USDT", -4_000_000),
        ("DEPOSIT", "USDT", 1_000 * USDT_UNIT),
    ]
    one = await venue.accounts.call("GET", f"{of_buyer}/orders/{orders[0]['order_id']}")
    assert one["order"] == orders[0] and one["fills"] == fills
    by_client_id = await venue.accounts.call("GET", f"{of_buyer}/orders", client_order_id="order-1")
    assert by_client_id["orders"] == orders


async def test_a_snapshot_is_the_venue_at_its_cursor(venue):
    buyer = await venue.sign_up("buyer@example.com", USDT=1_000 * USDT_UNIT)
    seller = await venue.sign_up("seller@example.com", BTC=BTC_UNIT)
    await venue.order(buyer["account_id"], Side.BUY, 10_000, 100)
    done = await venue.order(seller["account_id"], Side.SELL, 10_000, 40)
    await venue.balances_of(buyer["account_id"], done.last_event_seq)

    snapshot = await venue.accounts.call("GET", "/internal/snapshot")

    assert snapshot["cursor"] == done.last_event_seq
    btc_usdt = snapshot["instruments"][0]
    assert btc_usdt["instrument_id"] == BTC_USDT
    assert (btc_usdt["book_seq"], btc_usdt["next_trade_id"]) == (2, 2)
    assert btc_usdt["last_trade_price_ticks"] == 10_000
    assert [one["leaves_qty_lots"] for one in snapshot["open_orders"]] == [60]
    told = snapshot["open_orders"][0]
    assert told["visible_qty_lots"] == told["leaves_qty_lots"] > 0
    assert [1_000, 3, 1_000 * USDT_UNIT - 10_000_000, 6_000_000] in snapshot["balances"]
    assert {one["account_id"] for one in snapshot["accounts"]} == {1_000, 1_001}


async def test_killed_in_the_middle_of_settlement_the_sums_are_exact(venue, postgres_url):
    buyer = await venue.sign_up("buyer@example.com", USDT=1_000_000 * USDT_UNIT)
    seller = await venue.sign_up("seller@example.com", BTC=10 * BTC_UNIT)
    last_seq = 0

    async def trade(count):
        nonlocal last_seq
        for _ in range(count):
            await venue.order(buyer["account_id"], Side.BUY, 10_000, 3)
            done = await venue.order(seller["account_id"], Side.SELL, 10_000, 3)
            last_seq = done.last_event_seq

    for _ in range(4):
        trading = asyncio.create_task(trade(60))
        await asyncio.sleep(0.05)  # not awaiting anything: the kill must fall anywhere
        await venue.accounts.kill()
        await trading
        await venue.accounts.start()
    traded_lots = 4 * 60 * 3

    bought = await venue.balances_of(buyer["account_id"], last_seq)
    assert bought["USDT"] == (1_000_000 * USDT_UNIT - traded_lots * 100_000, 0)
    connection = await asyncpg.connect(postgres_url)
    assert {row["sum"] for row in await connection.fetch(ZERO_SUM)} == {0}
    assert await connection.fetch(SUM_OF_TRANSFERS) == []
    assert await connection.fetchval("SELECT count(*) FROM accounts.trades") == 240
    assert await connection.fetchval("SELECT max(trade_id) FROM accounts.trades") == 240
    await connection.close()


async def test_an_account_the_engine_never_heard_of_is_opened_at_the_next_start(
    venue, postgres_url
):
    await venue.sign_up("ada@example.com")
    await venue.accounts.kill()
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(
        "INSERT INTO accounts.users (email, password_hash, created_ts_ns) VALUES ('b@b.co', '', 1);"
        "INSERT INTO accounts.trading_accounts (user_id, group_id) VALUES (2, 2);"
        "UPDATE accounts.trading_accounts SET engine_opened = false"
    )
    await venue.accounts.start()
    # Its account was opened before; the other's only now: both are confirmed and can get money.
    for account_id in (1_000, 1_001):
        gift = {"account_id": account_id, "asset": "BTC", "amount_atoms": 1}
        await call_until_opened(venue, gift)
    assert await connection.fetchval(
        "SELECT bool_and(engine_opened) FROM accounts.trading_accounts"
    )
    await connection.close()


async def call_until_opened(venue, gift):
    while True:
        try:
            return await venue.accounts.call("POST", "/internal/faucet", gift)
        except CallFailed as failed:
            assert failed.code == "BUSY"
            await asyncio.sleep(0.05)


async def test_money_sent_before_a_crash_is_not_given_twice(venue, postgres_url):
    user = await venue.sign_up("ada@example.com", BTC=3)
    await venue.accounts.kill()
    connection = await asyncpg.connect(postgres_url)
    # As if the crash had come before the answer was noted.
    await connection.execute("UPDATE accounts.money_commands SET state = 2, event_seq = NULL")
    await venue.accounts.start()
    more = {"account_id": user["account_id"], "asset": "BTC", "amount_atoms": 4}
    answer = await venue.accounts.call("POST", "/internal/faucet", more)
    assert (answer["source_seq"], answer["available_atoms"]) == (2, 7)
    states = await connection.fetch("SELECT state, event_seq FROM accounts.money_commands")
    assert [row["state"] for row in states] == [3, 3] and all(row["event_seq"] for row in states)
    await connection.close()


async def test_settlement_goes_on_after_the_database_dropped_its_connection(venue, postgres_url):
    user = await venue.sign_up("ada@example.com", BTC=3)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    done = await venue.order(user["account_id"], Side.SELL, 10_000, 1)
    balances = await venue.balances_of(user["account_id"], done.last_event_seq)
    assert balances["BTC"] == (3, 0)
    await connection.close()


async def test_it_refuses_a_database_that_may_lose_commits(venue):
    await venue.accounts.stop()
    process = await asyncio.create_subprocess_exec(
        "env",
        "-u",
        "OPENBELL_ACCOUNTS_UNSAFE_DATABASE",
        sys.executable,
        "-m",
        "accounts",
        env=venue.accounts.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    assert process.returncode == 1 and b"fsync" in said


async def test_it_stops_cleanly_with_a_call_open(venue):
    async def wait_for_the_future():
        with pytest.raises((CallFailed, CallUnanswered)):
            await venue.accounts.call("GET", "/internal/accounts/1/balances", min_seq=10**9)

    waiting = asyncio.create_task(wait_for_the_future())
    await asyncio.sleep(0)
    assert await venue.accounts.stop() == 0
    await waiting
