"""A day with auctions, lists and an operator on a real PostgreSQL: the ledger ends where the engine
does, and a gateway that starts from it goes on as if it had always been there.
"""

import random

import asyncpg
import msgspec
import pytest

from accounts.admin.venue_figures_repository import volumes
from accounts.database import load_queries
from accounts.rest.snapshot import snapshot, venue
from accounts.settling.ledger_history_repository import account_fills, all_balances
from accounts.settling.orders_repository import open_orders
from accounts.settling.settler import Settler
from domain.commands import Command, SetTradingStatus
from domain.orders import AccountStatus, TradingStatus, VenueStatus
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from domain.venue_commands import (
    ScheduleTradingStatus,
    SetAccountLimits,
    SetAccountStatus,
    SetAssetLimits,
    SetFees,
    SetFeeTier,
    SetInstrumentRules,
    SetVenueStatus,
)
from gateway.state.account_view import FILLS_PER_ACCOUNT_MAX
from gateway.state.projection import Projection
from gateway.state.snapshot import Snapshot, restore
from schemas.layouts import EVENT_BYTES
from tests.integration.accounts.test_order_types_sql import script
from tests.unit.gateway.exchange import ALICE, BOB, BTC, BTC_USDT, BUY, SELL, Exchange
from tests.unit.gateway.test_projection import agree, random_command
from tests.unit.gateway.test_venue_at_run_time import crossed, new_units
from tests.unit.gateway.venue_day import PRICE, order_list, venue_commands

AUDIT = load_queries("audit")
CHECKS = (
    "balances_unlike_their_transfers",
    "trades_unlike_their_transfers",
    "instruments_with_missing_trades",
    "orders_unlike_their_fills",
    "holds_unlike_their_orders",
)


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def settle(database, exchange: Exchange, batch_events: int = 1_000) -> None:
    """Settle what the exchange said and is not settled, in batches."""
    settler = await Settler.on(database)
    while data := exchange.log[(settler.next_seq - 1) * EVENT_BYTES :][
        : batch_events * EVENT_BYTES
    ]:
        await settler.settle(settler.next_seq, data)


async def audited(database, exchange: Exchange) -> None:
    """Every check of the books, and the engine's own word."""
    assert await all_balances(database) == exchange.core.balances()
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
    ] == exchange.core.orders()
    for name in CHECKS:
        assert await database.fetch(AUDIT[name]) == [], name


async def restored(database) -> Projection:
    """Return the projection of a gateway that starts now."""
    told = msgspec.json.encode(await snapshot(database))
    return restore(msgspec.json.decode(told, type=Snapshot))


@pytest.mark.parametrize(("seed", "batch_events"), [(1, 1_000), (2, 7), (3, 1)])
async def test_after_a_day_with_auctions_the_ledger_says_what_the_engine_says(
    database, seed, batch_events
):
    exchange, draw = Exchange(), random.Random(seed)
    for number in range(300):
        exchange.now_ns += draw.randrange(NS_PER_S // 4)
        commands = [random_command(draw, exchange, number)]
        if draw.random() < 0.2:
            commands = venue_commands(draw, exchange, number)
        for command in commands:
            exchange.send(command)
        if number % 100 == 99:
            await settle(database, exchange, batch_events)
            await audited(database, exchange)
    uncrossed = await database.fetchval(
        "SELECT count(*) FROM accounts.trades WHERE aggressor_side = 0"
    )
    assert uncrossed, "a day without an auction's trade proves nothing"
    of_lists = 0
    for account_id, account in exchange.project().accounts.items():
        told = {(fill.seq, fill.order_id): fill.list_id for fill in account.fills}
        stored = await account_fills(database, account_id, limit=FILLS_PER_ACCOUNT_MAX)
        assert {(fill.seq, fill.order_id): fill.list_id for fill in stored} == told
        of_lists += sum(list_id > 0 for list_id in told.values())
    assert of_lists, "a day on which no list's order trades proves nothing"


async def test_a_gateway_may_start_from_any_event_of_a_lists_entry(database):
    exchange = Exchange()
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.limit(BOB, SELL, PRICE, 100)
    await settle(database, exchange)
    for number in range(6):
        for command in order_list(random.Random(number), exchange, number, BTC_USDT):
            exchange.send(command)
    await audited_at_every_event(database, exchange)
    lists = [
        one for account in exchange.project().accounts.values() for one in account.order_lists()
    ]
    assert len(lists) >= 3


async def audited_at_every_event(database, exchange: Exchange) -> None:
    settler = await Settler.on(database)
    while settler.next_seq <= exchange.last_seq:
        at = (settler.next_seq - 1) * EVENT_BYTES
        await settler.settle(settler.next_seq, exchange.log[at : at + EVENT_BYTES])
        projection = exchange.project(await restored(database))
        projection.accounts.pop(FEE_ACCOUNT_ID, None)  # it is in the book of record, and no trader
        agree(exchange, projection)
        told = exchange.project()
        for order_id, order in told.open_orders.items():
            assert projection.open_orders[order_id].list_id == order.list_id
    await audited(database, exchange)


async def test_history_is_audited_in_the_units_of_its_time(database):
    exchange = Exchange()
    exchange.limit(ALICE, BUY, PRICE + 7, 1_003)
    exchange.limit(BOB, SELL, PRICE + 7, 1_003)
    new_units(exchange, 10**5, 10**5)
    exchange.limit(ALICE, BUY, 64_001, 20)
    exchange.limit(BOB, SELL, 64_001, 20)
    await settle(database, exchange, 3)
    await audited(database, exchange)
    market = (await restored(database)).markets[BTC_USDT]
    told = [
        (
            market.at(fill.seq).price_text(fill.price_ticks),
            market.at(fill.seq).qty_text(fill.qty_lots),
        )
        for fill in await account_fills(database, ALICE, limit=9)
    ]
    assert told == [("64001", "0.020"), ("64000.07", "0.01003")]
    assert market.of_trade(1).price_text(PRICE + 7) == "64000.07"
    (traded,) = await volumes(database, 0)
    assert (traded["trades"], traded["volume"]) == (2, "0.03003000")


async def test_in_an_auction_both_fills_are_makers(database):
    exchange = Exchange()
    crossed(exchange)
    exchange.send(SetTradingStatus(instrument_id=BTC_USDT, trading_status=TradingStatus.TRADING))
    await settle(database, exchange)
    assert {
        one.liquidity
        for account_id in (ALICE, BOB)
        for one in await account_fills(database, account_id, limit=1)
    } == {1}


async def test_what_an_operator_set_is_there_to_be_read(database):
    exchange = Exchange()
    at_s = exchange.now_ns // NS_PER_S
    halt = {"instrument_id": BTC_USDT, "trading_status": TradingStatus.HALT}
    commands: list[Command] = [
        SetInstrumentRules(instrument_id=BTC_USDT, collar_bps=500, auction_s=30),
        ScheduleTradingStatus(at_s=at_s + 10, **halt),
        ScheduleTradingStatus(at_s=at_s + 20, **halt),
        SetFees(instrument_id=BTC_USDT, tier=3, maker_fee_ppm=1, taker_fee_ppm=2),
        SetFees(instrument_id=BTC_USDT, tier=3, maker_fee_ppm=4, taker_fee_ppm=5),
        SetFeeTier(account_id=FEE_ACCOUNT_ID, tier=1),
        SetFeeTier(account_id=ALICE, tier=3),
        SetAccountStatus(account_id=BOB, account_status=AccountStatus.SUSPENDED),
        SetAccountLimits(account_id=ALICE, open_orders_max=9, orders_per_s=5, orders_burst=7),
        SetAssetLimits(account_id=ALICE, asset_id=BTC, position_max_atoms=11),
        SetAssetLimits(account_id=BOB, asset_id=BTC, position_max_atoms=11),
        SetAssetLimits(account_id=BOB, asset_id=BTC),
        SetVenueStatus(venue_status=VenueStatus.HALTED),
    ]
    for command in commands:
        assert exchange.send(command).reason == 0, command
    exchange.pass_time(15 * NS_PER_S)  # the first scheduled change comes, the second waits
    await settle(database, exchange, 1)
    told = await venue(database)
    listed = told.instruments[0]
    assert (listed.collar_bps, listed.auction_s, listed.trading_status) == (500, 30, 4)
    assert told.venue_status == VenueStatus.HALTED
    assert [(one.at_s, one.trading_status) for one in told.scheduled] == [(at_s + 20, 4)]
    assert [(one.tier, one.maker_fee_ppm, one.taker_fee_ppm) for one in told.fees] == [(3, 4, 5)]
    assert [
        (one.account_id, one.account_status, one.fee_tier, one.open_orders_max, one.orders_per_s)
        for one in told.account_terms
    ] == [(FEE_ACCOUNT_ID, 1, 1, 0, 0), (ALICE, 1, 3, 9, 5), (BOB, 3, 0, 0, 0)]
    assert [(one.account_id, one.position_max_atoms) for one in told.asset_limits] == [(ALICE, 11)]
    projection = await restored(database)
    assert projection.markets[BTC_USDT].fees_of(projection.accounts[ALICE].fee_tier) == (4, 5)
    assert projection.markets[BTC_USDT].fees_of(projection.accounts[BOB].fee_tier) == (500, 1_000)
    exchange.send(ScheduleTradingStatus(at_s=0, **halt))
    await settle(database, exchange)
    assert (await venue(database)).scheduled == []


BEFORE = """
INSERT INTO accounts.assets VALUES (1, 'BTC', 8, 1), (2, 'USDT', 8, 2);
INSERT INTO accounts.instruments VALUES
    (1, 'BTC-USDT', 1, 2, 10, 1000, 0, 0, 1000, 0, 9, 9, 1, 5, 7, 3, 3);
INSERT INTO accounts.orders (order_id, account_id, instrument_id, client_order_id, side, order_type,
    time_in_force, self_trade_prevention, flags, price_ticks, qty_lots, quote_budget_atoms,
    leaves_qty_lots, cum_qty_lots, cum_quote_atoms, fee_atoms, status, reason, is_open,
    created_ts_ns, updated_ts_ns, created_seq, updated_seq, trigger_price_ticks)
SELECT id, 9, 1, decode(repeat('61', 28), 'hex'), 1, kind, 1, 1, 0, price, 20, 0, 20, 0, 0, 0, 1, 0,
    true, 1, 2, 3, 4, 1001
FROM (VALUES (1, 3, 0), (2, 4, 900)) AS stops (id, kind, price)
"""


async def test_what_is_stored_is_taken_over_and_can_go_back(empty_postgres_url):
    connection = await asyncpg.connect(empty_postgres_url)
    try:
        for number in range(4):
            await connection.execute(script(number, "up"))
        await connection.execute(BEFORE)
        await connection.execute(script(4, "up"))
        orders = "SELECT order_id, hold_price_ticks, list_id FROM accounts.orders ORDER BY 1"
        assert [tuple(row) for row in await connection.fetch(orders)] == [(1, 1_102, 0), (2, 0, 0)]
        units = await connection.fetch("SELECT * FROM accounts.instrument_units")
        assert [tuple(row) for row in units] == [(1, 3, 1, 10, 1_000)]
        listed = await connection.fetchrow(
            "SELECT status_cause, auction_s FROM accounts.instruments"
        )
        assert tuple(listed) == (1, 0)
        await connection.execute(script(4, "down"))
        await connection.execute(script(4, "up"))
    finally:
        await connection.close()
