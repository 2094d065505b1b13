"""Settlement on a real PostgreSQL: the reference core trades, the ledger must end where it does."""

import asyncpg
import pytest

from accounts.database import load_queries
from accounts.errors import Disagreement, Fenced
from accounts.settling.fold import FOLDS
from accounts.settling.ledger_history_repository import (
    account_fills,
    account_transfers,
    all_balances,
)
from accounts.settling.ledger_repository import insert_movements, read_cursor
from accounts.settling.orders_repository import open_orders
from accounts.settling.settler import Settler
from accounts.settling.venue_repository import asset_by_name
from domain.commands import CreateAsset
from domain.orders import OrderStatus
from domain.units import FEE_ACCOUNT_ID
from engine_core.reference import Core
from schemas.layouts import EVENT_BYTES
from tests.integration.accounts.trading import ACCOUNTS, execute, opening, random_orders
from transport.event_follower import HeardEpoch

ZERO_SUM = "SELECT asset_id, sum(posted_atoms) FROM accounts.balances GROUP BY 1"
SUM_OF_TRANSFERS = """
SELECT b.account_id, b.asset_id, b.posted_atoms, coalesce(sum(t.delta), 0)
FROM accounts.balances AS b LEFT JOIN (
    SELECT credit_account_id AS account_id, asset_id, amount_atoms AS delta FROM accounts.transfers
    UNION ALL SELECT debit_account_id, asset_id, -amount_atoms FROM accounts.transfers
) AS t USING (account_id, asset_id)
GROUP BY b.account_id, b.asset_id, b.posted_atoms HAVING b.posted_atoms <> coalesce(sum(t.delta), 0)
"""


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


def cut(events: bytes, size: int) -> list[bytes]:
    """Return ``events`` in batches of ``size`` events: boundaries fall inside commands too."""
    step = size * EVENT_BYTES
    return [events[at : at + step] for at in range(0, len(events), step)]


@pytest.mark.parametrize(("seed", "batch_events"), [(1, 1_000), (2, 7), (3, 50)])
async def test_after_a_day_of_trading_the_ledger_says_what_the_engine_says(
    database, seed, batch_events
):
    core = Core()
    events = execute(core, opening() + list(random_orders(seed, 1_500)))
    settler = await Settler.on(database)

    for batch in cut(events, batch_events):
        await settler.settle(settler.next_seq, batch)

    assert await all_balances(database) == core.balances()
    assert [
        (
            one.order_id,
            one.account_id,
            one.instrument_id,
            one.side,
            one.price_ticks,
            one.qty_lots,
            one.leaves_qty_lots,
            one.cum_qty_lots,
        )
        for one in await open_orders(database)
    ] == core.orders()
    assert all(
        bool(one.visible_qty_lots) == (one.status != OrderStatus.PENDING_TRIGGER)
        for one in await open_orders(database)
    )
    assert await database.fetch(load_queries("audit")["holds_unlike_their_orders"]) == []
    assert {row["sum"] for row in await database.fetch(ZERO_SUM)} == {0}
    assert await database.fetch(SUM_OF_TRANSFERS) == []
    assert (await read_cursor(database)).last_seq == core.next_event_seq - 1


async def test_how_the_stream_is_cut_changes_nothing(database, postgres_cluster, migrated_template):
    core = Core()
    events = execute(core, opening() + list(random_orders(4, 300)))
    settler = await Settler.on(database)
    await settler.settle(1, events)
    at_once = await contents(database)

    name = "cut_in_pieces"
    postgres_cluster.run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    pieces = await asyncpg.connect(postgres_cluster.url(name))
    try:
        settler = await Settler.on(pieces)
        for batch in cut(events, 3):
            await settler.settle(settler.next_seq, batch)
        assert await contents(pieces) == at_once
    finally:
        await pieces.close()
        postgres_cluster.run_sql(f'DROP DATABASE "{name}"')


async def contents(connection):
    """Return every row of every table that settlement writes."""
    tables = (
        "settlement_cursor assets instruments engine_accounts balances transfers deposits trades "
        "orders"
    ).split()
    return {
        table: await connection.fetch(f"SELECT * FROM accounts.{table} ORDER BY 1, 2, 3")
        for table in tables
    }


async def test_a_second_settler_is_fenced_and_posts_nothing(database, postgres_url):
    events = execute(Core(), opening())
    first = await Settler.on(database)
    other_connection = await asyncpg.connect(postgres_url)
    try:
        second = await Settler.on(other_connection)
        await first.settle(1, events)
        before = await contents(database)
        with pytest.raises(Fenced):
            await second.settle(1, events)
        assert await contents(database) == before
    finally:
        await other_connection.close()


async def test_what_an_older_leader_sent_is_not_settled_after_a_newer_one(database, postgres_url):
    core = Core()
    first, second = execute(core, opening()), execute(core, list(random_orders(5, 20)))
    behind = len(first) // EVENT_BYTES + 1
    await (await Settler.on(database, heard=HeardEpoch(3))).settle(1, first)
    assert (await read_cursor(database)).epoch == 3
    older = await Settler.on(database, heard=HeardEpoch(2))
    assert older.heard.value == 3, "what was settled before counts as heard"
    older.heard.value = 2
    with pytest.raises(Fenced):
        await older.settle(behind, second)


async def test_a_batch_settled_twice_behind_the_cursors_back_hits_the_primary_key(database):
    events = execute(Core(), opening())
    await (await Settler.on(database)).settle(1, events)
    await database.execute("RESET ROLE")
    await database.execute("SET session_replication_role = replica")  # no trigger forbids it
    await database.execute("UPDATE accounts.settlement_cursor SET last_seq = 0")
    for table in ("balances", "instrument_units", "instrument_versions", "instruments", "assets"):
        await database.execute(f"DELETE FROM accounts.{table}")
    await database.execute("DELETE FROM accounts.engine_accounts")
    await database.execute("RESET session_replication_role")

    settler = await Settler.on(database)
    with pytest.raises(asyncpg.UniqueViolationError):
        await settler.settle(1, events)


@pytest.mark.parametrize("table", ["transfers", "trades"])
@pytest.mark.parametrize("change", ["UPDATE accounts.{} SET ts_ns = 1", "DELETE FROM accounts.{}"])
async def test_what_happened_cannot_be_edited(database, table, change):
    events = execute(Core(), opening() + list(random_orders(5, 100)))
    await (await Settler.on(database)).settle(1, events)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.execute(change.format(table))
    await database.execute("RESET ROLE")
    with pytest.raises(asyncpg.RaiseError, match="immutable"):
        await database.execute(change.format(table))


@pytest.mark.parametrize(
    "forbidden",
    [
        "DELETE FROM accounts.deposits",
        "UPDATE accounts.transfers_0 SET ts_ns = 1",
        "UPDATE accounts.transfers_1 SET ts_ns = 1",
        "TRUNCATE accounts.transfers_1",
        "UPDATE accounts.audit_state SET withdrawals_stopped = false",
        "SELECT password_hash FROM accounts.users",
        "ALTER TABLE accounts.transfers DISABLE TRIGGER ALL",
    ],
)
async def test_settlement_may_do_no_more_than_it_does(database, forbidden):
    await Settler.on(database)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.execute(forbidden)


async def test_transfers_go_on_into_the_next_partition(database):
    core, at = Core(), (1 << 26) - 20
    await database.execute("UPDATE accounts.settlement_cursor SET last_seq = $1", at)
    settler = await Settler.on(database)
    events = execute(core, opening() + list(random_orders(15, 200)))
    for batch in cut(events, 50):
        await settler.settle(settler.next_seq, batch)
    counts = [
        await database.fetchval(f"SELECT count(*) FROM accounts.transfers_{number}")
        for number in range(3)
    ]
    assert counts[0] > 0 and counts[1] > 0 and counts[2] == 0
    assert await all_balances(database) == core.balances()
    assert await database.fetch(SUM_OF_TRANSFERS) == []
    await database.execute("RESET ROLE")
    for change in ("UPDATE accounts.transfers_1 SET ts_ns = 1", "TRUNCATE accounts.transfers_2"):
        with pytest.raises(asyncpg.RaiseError, match="immutable"):
            await database.execute(change)


async def test_a_column_that_changed_its_type_is_noticed_before_money_is_written(database):
    core = Core()
    settler = await Settler.on(database)
    await settler.settle(1, execute(core, opening()))
    await database.execute("RESET ROLE")
    await database.execute("ALTER TABLE accounts.orders ADD COLUMN note text")
    with pytest.raises(Exception, match="schema changed"):
        await settler.settle(settler.next_seq, execute(core, list(random_orders(6, 20))))


@pytest.mark.parametrize(
    "column", ["trades.quote_atoms", "transfers.amount_atoms", "orders.leaves_qty_lots"]
)
async def test_a_column_of_another_type_is_refused_before_anything_is_sent(database, column):
    table, _, name = column.partition(".")
    await database.execute("DROP VIEW accounts.order_holds")  # it holds its columns' types
    await database.execute(f"ALTER TABLE accounts.{table} ALTER COLUMN {name} TYPE numeric(38, 0)")
    with pytest.raises(Disagreement, match=f"{table}.{name} is numeric, not int8"):
        await Settler.on(database)


@pytest.mark.parametrize("twin", FOLDS)
async def test_what_a_settler_has_forgotten_it_reads_again(database, twin, monkeypatch):
    monkeypatch.setattr("accounts.settling.settler.KNOWN_ORDERS_MAX", 5)
    core = Core()
    events = execute(core, opening() + list(random_orders(10, 600)))
    settler = await Settler.on(database, twin)
    for batch in cut(events, 40):
        await settler.settle(settler.next_seq, batch)
    assert await all_balances(database) == core.balances()
    assert await database.fetch(SUM_OF_TRANSFERS) == []


async def test_of_two_assets_with_one_name_the_first_counts_and_settlement_goes_on(database):
    core = Core()
    twins = [CreateAsset(asset_id=asset_id, scale=8, name=b"GOLD") for asset_id in (9, 8)]
    await (await Settler.on(database)).settle(1, execute(core, opening() + twins))
    assert (await asset_by_name(database, "GOLD")).asset_id == 9
    assert (await read_cursor(database)).last_seq == core.next_event_seq - 1


async def test_rows_that_did_not_arrive_are_noticed_before_the_commit(database, monkeypatch):
    async def loses_one(connection, batch):
        kept = batch.transfers.pop()
        await insert_movements(connection, batch)
        batch.transfers.append(kept)

    monkeypatch.setattr("accounts.settling.settler.insert_movements", loses_one)
    settler = await Settler.on(database, "reference")
    with pytest.raises(Disagreement, match="rows stored"):
        await settler.settle(1, execute(Core(), opening()))
    assert (await read_cursor(database)).last_seq == 0


async def test_the_ledger_page_runs_back_to_the_first_deposit_without_gap(database):
    core = Core()
    events = execute(core, opening() + list(random_orders(7, 400)))
    await (await Settler.on(database)).settle(1, events)

    for account_id in ACCOUNTS:
        pages, before = [], {}
        while page := await account_transfers(database, account_id, limit=7, **before):
            pages += page
            before = {"before": (page[-1].event_seq, page[-1].leg)}
        assert [(one.event_seq, one.leg) for one in pages] == sorted(
            {(one.event_seq, one.leg) for one in pages}, reverse=True
        )
        for asset_id in (1, 2, 3):
            of_asset = [one for one in pages if one.asset_id == asset_id]
            assert of_asset[0].balance_after_atoms == sum(core.balance(account_id, asset_id))
            assert sum(one.amount_atoms for one in of_asset) == of_asset[0].balance_after_atoms
            only = await account_transfers(database, account_id, limit=1_000, asset_id=asset_id)
            assert only == of_asset


async def test_fills_add_up_to_the_filled_quantity_of_each_order(database):
    core = Core()
    await (await Settler.on(database)).settle(
        1, execute(core, opening() + list(random_orders(8, 400)))
    )
    filled = await database.fetch(
        "SELECT order_id, account_id, cum_qty_lots, cum_quote_atoms, fee_atoms FROM accounts.orders"
        " WHERE cum_qty_lots > 0"
    )
    assert len(filled) > 50
    for row in filled:
        fills = await account_fills(
            database, row["account_id"], limit=1_000, order_id=row["order_id"]
        )
        assert sum(fill.qty_lots for fill in fills) == row["cum_qty_lots"]
        assert sum(fill.quote_atoms for fill in fills) == row["cum_quote_atoms"]
        assert sum(fill.fee_atoms for fill in fills) == row["fee_atoms"]


async def test_every_fee_reaches_the_fee_account(database):
    core = Core()
    await (await Settler.on(database)).settle(
        1, execute(core, opening() + list(random_orders(9, 400)))
    )
    charged = await database.fetchval(
        "SELECT sum(amount_atoms) FROM accounts.transfers WHERE code = 3 AND asset_id = 3"
    )
    assert charged == core.balance(FEE_ACCOUNT_ID, 3)[0] > 0
