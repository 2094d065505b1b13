"""A projection restored from a snapshot is the one that followed from the start."""

import random

import pytest

from domain.orders import OrderStatus
from domain.units import NS_PER_S
from gateway.state.projection import Projection
from gateway.state.snapshot import (
    AccountState,
    AssetState,
    InstrumentState,
    OrderListState,
    OrderState,
    Snapshot,
    restore,
)
from tests.unit.gateway.exchange import BTC_USDT, Exchange
from tests.unit.gateway.test_projection import agree, random_command

_SHARED = (
    "order_id account_id instrument_id client_order_id side order_type time_in_force flags status "
    "self_trade_prevention price_ticks qty_lots trigger_price_ticks display_qty_lots expire_s "
    "quote_budget_atoms leaves_qty_lots cum_qty_lots cum_quote_atoms reason created_ts_ns "
    "updated_ts_ns seq"
).split()
_OF_INSTRUMENT = (
    "instrument_id symbol quote_atoms_per_tick_lot base_atoms_per_lot maker_fee_ppm taker_fee_ppm "
    "band_bps min_notional_atoms price_max_ticks qty_max_lots trading_status"
).split()
_OF_LIST = (
    "list_id account_id instrument_id contingency_type second_order_id client_order_id "
    "created_ts_ns"
).split()


def snapshot_of(projection: Projection) -> Snapshot:
    """What accounts would say of the same moment."""
    return Snapshot(
        cursor=projection.seq,
        assets=[
            AssetState(asset.asset_id, asset.name, asset.scale)
            for asset in projection.assets.values()
        ],
        instruments=[
            InstrumentState(
                **{name: getattr(market.instrument, name) for name in _OF_INSTRUMENT},
                base_asset_id=market.instrument.base.asset_id,
                quote_asset_id=market.instrument.quote.asset_id,
                book_seq=market.book.seq,
                last_trade_price_ticks=market.last_trade_price_ticks,
                next_trade_id=market.next_trade_id,
                status_cause=market.status_cause,
                auction_ends_ns=market.auction_ends_ns,
                **market.rules._asdict(),
            )
            for market in projection.markets.values()
        ],
        accounts=[
            AccountState(account_id, account_id, account.fee_tier)
            for account_id, account in projection.accounts.items()
        ],
        tier_fees=[
            (instrument_id, tier, *fees)
            for instrument_id, market in projection.markets.items()
            for tier, fees in market.tier_fees.items()
        ],
        balances=[
            (account_id, asset_id, *atoms)
            for account_id, account in projection.accounts.items()
            for asset_id, atoms in account.balances.items()
        ],
        open_orders=[
            OrderState(
                **{name: getattr(order, name) for name in _SHARED},
                trailing_bps=order.trailing_bps,
                list_id=order.list_id,
                contingency_type=order.contingency_type or 0,
                visible_qty_lots=projection.markets[order.instrument_id].book.visible_lots(
                    order.order_id
                ),
            )
            for order in projection.open_orders.values()
        ],
        venue_status=projection.venue_status,
        order_lists=[
            OrderListState(**{name: getattr(one, name) for name in _OF_LIST}, created_seq=1)
            for account in projection.accounts.values()
            for one in account.order_lists()
        ],
    )


@pytest.mark.parametrize("seed", range(3))
def test_it_goes_on_as_if_it_had_always_been_there(seed: int) -> None:
    exchange, draw = Exchange(), random.Random(seed)
    for number in range(150):
        exchange.now_ns += draw.randrange(NS_PER_S // 10)
        exchange.send(random_command(draw, exchange, number))
    restored = restore(snapshot_of(exchange.project()))
    agree(exchange, restored)
    for number in range(150, 300):
        exchange.now_ns += draw.randrange(NS_PER_S // 10)
        exchange.send(random_command(draw, exchange, number))
        exchange.project(restored)
        agree(exchange, restored)
    assert restored.markets[BTC_USDT].book.seq > 0


def test_fills_from_before_the_snapshot_are_known_to_be_missing() -> None:
    exchange, draw = Exchange(), random.Random(1)
    for number in range(200):
        exchange.send(random_command(draw, exchange, number))
    restored = restore(snapshot_of(exchange.project()))
    partly = [o for o in restored.open_orders.values() if o.status is OrderStatus.PARTIALLY_FILLED]
    assert partly and not any(order.fills_complete for order in partly)


def test_an_order_under_way_is_not_in_the_book_yet() -> None:
    exchange = Exchange()
    snapshot = snapshot_of(exchange.project())
    exchange.limit(1000, 1, 6_400_000, 100)  # type: ignore[arg-type]
    (order,) = snapshot_of(exchange.project()).open_orders
    order.visible_qty_lots = 0
    snapshot.open_orders.append(order)
    restored = restore(snapshot)
    assert order.order_id in restored.open_orders
    assert not restored.markets[BTC_USDT].book.rests(order.order_id)
