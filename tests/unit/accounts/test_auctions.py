"""Auctions as the ledger settles them: both sides waited, and a better price is given back."""

import pytest

from accounts.errors import Disagreement
from domain.client_order_ids import pack_client_order_id
from domain.events import BalanceChanged, OrderReduced, TradeFlag
from domain.orders import AggressorSide, OrderStatus, Side, TradingStatus
from domain.reasons import BalanceReason, CancelReason
from tests.unit.accounts.venue_events import (
    BUYER,
    SELLER,
    TS_NS,
    USDT,
    accepted,
    fold,
    opening,
    status,
    trade,
)

AUCTION = status(TradingStatus.AUCTION)
BUY_RESTS = accepted(1, BUYER, Side.BUY, available_atoms=800_000, held_atoms=200_000, book_seq=1)
SELL_RESTS = accepted(
    2, SELLER, Side.SELL, price_ticks=900, available_atoms=30_000, held_atoms=20_000, book_seq=2
)
WAITING = [*opening(), AUCTION, BUY_RESTS, SELL_RESTS]


def uncrossed(**fields):
    """Five lots at 950, 50 below the buyer's limit: it holds 200,000 - 47,500 for the moment."""
    told = {
        "aggressor_side": AggressorSide.NONE,
        "flags": TradeFlag(0),
        "price_ticks": 950,
        "book_seq": 3,
        "maker_held_atoms": 152_500,
        "taker_fee_atoms": 24,
        "taker_received_available_atoms": 47_500 - 24,
        "taker_available_atoms": 30_000,
        "taker_held_atoms": 15_000,
    }
    return trade(**(told | fields))


def improvement(**fields):
    told = {
        "reason": BalanceReason.PRICE_IMPROVEMENT,
        "amount_atoms": 0,
        "available_atoms": 802_500,
        "held_atoms": 150_000,
    } | fields
    return BalanceChanged(
        ts_ns=TS_NS, account_id=BUYER, asset_id=USDT, source_id=0, source_seq=0, **told
    )


def orders(batch):
    return {one.order_id: one for one in batch.orders.entered()}


def test_an_auctions_better_price_is_available_again_without_a_transfer():
    before, after = fold([*WAITING, uncrossed()]), fold([*WAITING, uncrossed(), improvement()])
    assert (len(before.transfers), len(before.deposits)) == (
        len(after.transfers),
        len(after.deposits),
    )
    balance = next(one for key, one in after.balances.touched() if key == (BUYER, USDT))
    assert (balance.posted_atoms, balance.available_atoms, balance.held_atoms) == (
        952_500,
        802_500,
        150_000,
    )


@pytest.mark.parametrize(
    "fields", [{"amount_atoms": 1}, {"available_atoms": 802_501}, {"held_atoms": 152_500}]
)
def test_an_improvement_that_makes_money_is_not_settled(fields):
    with pytest.raises(Disagreement):
        fold([*WAITING, uncrossed(), improvement(**fields)])


def test_an_auction_takes_both_orders_out_of_the_book():
    told = orders(fold([*WAITING, uncrossed(), improvement()]))
    assert [(one.leaves_qty_lots, one.visible_qty_lots) for one in told.values()] == [
        (15, 15),
        (15, 15),
    ]
    assert [one.status for one in told.values()] == [OrderStatus.PARTIALLY_FILLED] * 2
    batch = fold([*WAITING, uncrossed(), improvement()])
    assert batch.trades[0][9] == AggressorSide.NONE


@pytest.mark.parametrize(("display_lots", "shows"), [(4, 4), (15, 15), (18, 15)])
def test_an_auction_takes_what_an_iceberg_hides_first(display_lots, shows):
    iceberg = accepted(
        1,
        BUYER,
        Side.BUY,
        display_qty_lots=display_lots,
        available_atoms=800_000,
        held_atoms=200_000,
        book_seq=1,
    )
    story = [*opening(), AUCTION, iceberg, SELL_RESTS, uncrossed(), improvement()]
    assert orders(fold(story))[1].visible_qty_lots == shows


def test_prevention_in_an_auction_takes_what_an_iceberg_hides_first():
    iceberg = accepted(
        1,
        BUYER,
        Side.BUY,
        display_qty_lots=5,
        available_atoms=800_000,
        held_atoms=200_000,
        book_seq=1,
    )
    reduced = OrderReduced(
        ts_ns=TS_NS,
        order_id=1,
        account_id=BUYER,
        instrument_id=1,
        side=Side.BUY,
        price_ticks=1_000,
        reason=CancelReason.SELF_TRADE,
        qty_lots=5,
        cum_qty_lots=0,
        leaves_qty_lots=15,
        client_order_id=pack_client_order_id("order-1"),
        available_atoms=850_000,
        held_atoms=150_000,
        book_seq=2,
    )
    order = orders(fold([*opening(), AUCTION, iceberg, reduced]))[1]
    assert (order.leaves_qty_lots, order.visible_qty_lots) == (15, 5)
