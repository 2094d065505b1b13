"""Stops, icebergs and dates on a real PostgreSQL, settled one event at a time."""

from pathlib import Path

import asyncpg
import pytest

import accounts
from accounts.database import load_queries
from accounts.rest.snapshot import snapshot
from accounts.settling.orders_repository import account_order, open_orders
from accounts.settling.settler import Settler
from domain.orders import OrderStatus, OrderType, Side, TimeInForce
from schemas.codec import encode_event
from tests.unit.accounts.test_order_types import (
    ICEBERG,
    SLICE_TRADED,
    STOP_LIMIT,
    refilled,
    replaced,
    triggered,
)
from tests.unit.accounts.venue_events import BUYER, accepted, opening

HOLDS = load_queries("audit")["holds_unlike_their_orders"]


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def settled(database, events):
    """Settle ``events`` one by one; what is held is right after each."""
    settler = await Settler.on(database)
    for event in events:
        await settler.settle(settler.next_seq, encode_event(event))
    return await open_orders(database)


async def test_a_stop_is_stored_while_it_waits_and_after_it_was_triggered(database):
    (waits,) = await settled(database, [*opening(), STOP_LIMIT])
    assert (waits.status, waits.order_type) == (OrderStatus.PENDING_TRIGGER, OrderType.STOP_LIMIT)
    assert await database.fetch(HOLDS) == []

    (amended,) = await settled(database, [replaced(trigger_price_ticks=985)])
    assert (amended.trigger_price_ticks, amended.visible_qty_lots) == (985, 0)

    (rests,) = await settled(database, [triggered(trigger_price_ticks=985)])
    assert (rests.status, rests.visible_qty_lots) == (OrderStatus.NEW, 20)
    assert await database.fetch(HOLDS) == []


@pytest.mark.parametrize(
    ("trigger_price_ticks", "held_atoms", "unlike"),
    [(1_001, 1_102 * 10 * 20, 0), (1_001, 1_102 * 10 * 20 - 1, 1), (1_000, 220_000, 0)],
)
async def test_a_stop_that_will_buy_at_the_market_holds_its_trigger_price_and_the_band(
    database, trigger_price_ticks, held_atoms, unlike
):
    """The band is 10 %: 1,001 and 100.1 on top are 1,102 whole ticks."""
    stop = accepted(
        1,
        BUYER,
        Side.BUY,
        order_type=OrderType.STOP,
        time_in_force=TimeInForce.IOC,
        price_ticks=0,
        trigger_price_ticks=trigger_price_ticks,
        available_atoms=1_000_000 - held_atoms,
        held_atoms=held_atoms,
    )
    await settled(database, [*opening(), stop])
    assert len(await database.fetch(HOLDS)) == unlike


async def test_an_iceberg_is_stored_with_what_it_shows(database):
    dated = accepted(
        3, BUYER, Side.BUY, qty_lots=1, price_ticks=900, time_in_force=TimeInForce.GTD,
        expire_s=4_294_967_295, book_seq=4, available_atoms=791_000, held_atoms=159_000,
    )  # fmt: skip
    (between,) = await settled(database, SLICE_TRADED)
    assert (between.leaves_qty_lots, between.visible_qty_lots) == (15, 0)
    after, later = await settled(database, [refilled(), dated])
    assert (after.display_qty_lots, after.visible_qty_lots) == (5, 5)
    assert later.expire_s == 4_294_967_295
    assert await database.fetch(HOLDS) == []
    assert await account_order(database, BUYER, 1) == after


async def test_the_snapshot_tells_what_an_order_waits_for_and_what_it_shows(database):
    stop = accepted(
        2,
        BUYER,
        Side.BUY,
        order_type=OrderType.TAKE_PROFIT_LIMIT,
        trigger_price_ticks=995,
        available_atoms=600_000,
        held_atoms=400_000,
    )
    await settled(database, [*opening(), ICEBERG, stop])
    iceberg, waits = (await snapshot(database)).open_orders
    assert (iceberg.display_qty_lots, iceberg.visible_qty_lots, iceberg.leaves_qty_lots) == (
        5,
        5,
        20,
    )
    assert (waits.status, waits.trigger_price_ticks, waits.visible_qty_lots) == (
        OrderStatus.PENDING_TRIGGER,
        995,
        0,
    )


MIGRATIONS = Path(accounts.__file__).parent / "sql" / "migrations"
ORDERS_BEFORE = """
INSERT INTO accounts.orders VALUES
    (1, 9, 1, decode(repeat('61', 28), 'hex'), 1, 1, 1, 1, 0, 100, 20, 0, 15, 5, 1, 1, 3, 0,
     true, true, 1, 2, 3, 4),
    (2, 9, 1, decode(repeat('62', 28), 'hex'), 1, 1, 1, 1, 0, 100, 20, 0, 0, 20, 1, 1, 4, 0,
     false, false, 1, 2, 3, 4)
"""


def script(number: int, way: str) -> str:
    """Return one direction of the ``number``th migration of accounts."""
    text = sorted(MIGRATIONS.glob("*.sql"))[number].read_text()
    up, down = text.split("-- migrate:down")
    return up if way == "up" else down


async def test_orders_from_before_are_taken_over_and_can_go_back(empty_postgres_url):
    connection = await asyncpg.connect(empty_postgres_url)
    try:
        for number in range(3):
            await connection.execute(script(number, "up"))
        await connection.execute(ORDERS_BEFORE)
        await connection.execute(script(3, "up"))
        rows = await connection.fetch(
            "SELECT order_id, visible_qty_lots, display_qty_lots, expire_s FROM accounts.orders"
        )
        assert sorted(map(tuple, rows)) == [(1, 15, 0, 0), (2, 0, 0, 0)]
        await connection.execute(script(3, "down"))
        rows = await connection.fetch("SELECT order_id, is_resting FROM accounts.orders")
        assert sorted(map(tuple, rows)) == [(1, True), (2, False)]
    finally:
        await connection.close()
