"""Batches of events turned into rows: stories, and everything that must not be settled."""

import pytest

from accounts.errors import Disagreement, OutOfSequence
from accounts.settling.batch import FIRST_CHAIN, StoredState, chain_after
from accounts.settling.event_rows import event_rows
from accounts.settling.fold import FOLDS, load_fold
from accounts.settling.ledger import EXTERNAL_ACCOUNT_ID
from domain.client_order_ids import pack_client_order_id
from domain.events import (
    OrderCanceled,
    OrderReduced,
    OrderReplaced,
    OrderRested,
    ReplaceFlag,
    TradeFlag,
)
from domain.orders import OrderStatus, Side
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID
from schemas.codec import decode_event, encode_event
from schemas.errors import Malformed
from tests.unit.accounts.venue_events import (
    BTC,
    BTC_USDT,
    BUYER,
    SELLER,
    TS_NS,
    USDT,
    accepted,
    buy_rests,
    deposit,
    fold,
    opening,
    sell_arrives,
    trade,
)

TRADING = [*opening(), buy_rests(), sell_arrives(), trade()]


def closing(event_type, **fields):
    """An event that takes the buyer's order off the book after the trade."""
    told = {
        "reason": CancelReason.REQUESTED,
        "qty_lots": 15,
        "cum_qty_lots": 5,
        "available_atoms": 950_000,
        "held_atoms": 0,
        "book_seq": 3,
    } | fields
    return event_type(
        ts_ns=TS_NS,
        order_id=1,
        account_id=BUYER,
        instrument_id=BTC_USDT,
        side=Side.BUY,
        price_ticks=1_000,
        client_order_id=pack_client_order_id("order-1"),
        **told,
    )


def balances(batch):
    return {
        key: (one.posted_atoms, one.available_atoms, one.held_atoms)
        for key, one in batch.balances.touched()
    }


def order(batch, order_id):
    return next(one for one in batch.orders.entered() if one.order_id == order_id)


def test_a_trade_leaves_balances_that_engine_and_ledger_agree_on():
    batch = fold(TRADING)
    assert balances(batch) == {
        (EXTERNAL_ACCOUNT_ID, BTC): (-50_000, 0, 0),
        (EXTERNAL_ACCOUNT_ID, USDT): (-1_000_000, 0, 0),
        (FEE_ACCOUNT_ID, BTC): (3, 3, 0),
        (FEE_ACCOUNT_ID, USDT): (50, 50, 0),
        (BUYER, BTC): (4_997, 4_997, 0),
        (BUYER, USDT): (950_000, 800_000, 150_000),
        (SELLER, BTC): (45_000, 45_000, 0),
        (SELLER, USDT): (49_950, 49_950, 0),
    }
    assert [row[2] for row in batch.transfers[-4:]] == [0, 1, 2, 3]
    assert len(batch.trades) == 1 and len(batch.deposits) == 2


def test_a_trade_fills_both_orders():
    batch = fold(TRADING)
    buy, sell = order(batch, 1), order(batch, 2)
    assert (buy.status, buy.cum_qty_lots, buy.leaves_qty_lots) == (
        OrderStatus.PARTIALLY_FILLED,
        5,
        15,
    )
    assert (buy.cum_quote_atoms, buy.fee_atoms, buy.visible_qty_lots) == (50_000, 3, 15)
    assert (sell.status, sell.leaves_qty_lots, sell.is_open) == (OrderStatus.FILLED, 0, False)


def test_new_orders_are_written_account_by_account_and_counted_by_all_their_ids():
    again = accepted(3, BUYER, Side.BUY, available_atoms=600_000, held_atoms=350_000, book_seq=3)
    batch = fold([*TRADING, again])
    assert [row[:2] for row in batch.new_orders] == [(1, BUYER), (3, BUYER), (2, SELLER)]
    assert batch.order_id_range == (1, 3)


def test_a_canceled_order_keeps_what_was_filled():
    buy = order(fold([*TRADING, closing(OrderCanceled)]), 1)
    assert (buy.status, buy.reason) == (OrderStatus.CANCELED, CancelReason.REQUESTED)
    assert (buy.cum_qty_lots, buy.leaves_qty_lots, buy.visible_qty_lots) == (5, 0, 0)


def test_an_order_that_prevention_reduces_to_nothing_is_over():
    reduced = closing(OrderReduced, reason=CancelReason.SELF_TRADE, leaves_qty_lots=0)
    buy = order(fold([*TRADING, reduced]), 1)
    assert (buy.status, buy.qty_lots, buy.is_open) == (OrderStatus.CANCELED, 5, False)


def test_a_replaced_order_that_would_trade_is_not_in_the_book_until_it_rests():
    replaced = OrderReplaced(
        ts_ns=TS_NS,
        flags=ReplaceFlag(0),
        order_id=1,
        account_id=BUYER,
        instrument_id=BTC_USDT,
        side=Side.BUY,
        price_ticks=1_100,
        qty_lots=25,
        leaves_qty_lots=20,
        available_atoms=730_000,
        held_atoms=220_000,
        book_seq=3,
        request_id=pack_client_order_id("replace-1"),
    )
    rested = OrderRested(
        ts_ns=TS_NS,
        order_id=1,
        account_id=BUYER,
        instrument_id=BTC_USDT,
        side=Side.BUY,
        price_ticks=1_100,
        visible_qty_lots=20,
        leaves_qty_lots=20,
        available_atoms=730_000,
        held_atoms=220_000,
        book_seq=4,
    )
    assert order(fold([*TRADING, replaced]), 1).visible_qty_lots == 0
    buy = order(fold([*TRADING, replaced, rested]), 1)
    assert (buy.price_ticks, buy.qty_lots, buy.visible_qty_lots) == (1_100, 25, 20)


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (trade(trade_id=2), OutOfSequence),
        (trade(book_seq=3), OutOfSequence),
        (trade(maker_held_atoms=149_999), Disagreement),
        (trade(taker_received_available_atoms=49_951), Disagreement),
        (trade(maker_fee_atoms=4), Disagreement),
        (trade(maker_account_id=SELLER), Disagreement),
        (trade(qty_lots=6), Disagreement),
        (trade(flags=TradeFlag(0)), Disagreement),
        (trade(taker_order_id=3), Disagreement),
        (trade(instrument_id=9), Disagreement),
        (sell_arrives(), Disagreement),
    ],
)
def test_an_event_that_contradicts_what_was_settled_is_not_settled(last, error):
    fold([*TRADING[:-1], trade()])
    with pytest.raises(error):
        fold([*TRADING[:-1], last])


@pytest.mark.parametrize(
    "last",
    [closing(OrderCanceled, cum_qty_lots=4), closing(OrderCanceled, available_atoms=950_001)],
)
def test_an_end_that_contradicts_the_fills_is_not_settled(last):
    with pytest.raises(Disagreement):
        fold([*TRADING, last])


def test_an_order_that_ended_cannot_end_again():
    with pytest.raises(Disagreement):
        fold([*TRADING, closing(OrderCanceled), closing(OrderCanceled, book_seq=4)])


@pytest.mark.parametrize("twin", FOLDS)
def test_what_must_be_read_first_is_what_no_batch_has_seen(twin):
    data = b"".join(map(encode_event, [sell_arrives(), trade(), deposit(BUYER, USDT, 1, 3)]))
    touched = load_fold(twin).unknown(9, data, StoredState())
    assert touched.order_ids == {1}
    assert touched.account_ids == {EXTERNAL_ACCOUNT_ID, FEE_ACCOUNT_ID, BUYER, SELLER}
    known = StoredState(
        orders={1: order(fold(TRADING), 1)},
        account_ids={EXTERNAL_ACCOUNT_ID, FEE_ACCOUNT_ID, SELLER},
    )
    touched = load_fold(twin).unknown(9, data, known)
    assert (touched.order_ids, touched.account_ids) == (set(), {BUYER})


def test_the_chain_does_not_depend_on_how_the_stream_is_cut():
    data = b"".join(map(encode_event, TRADING))
    whole = chain_after(FIRST_CHAIN, data)
    in_two = chain_after(chain_after(FIRST_CHAIN, data[: 3 * 128]), data[3 * 128 :])
    assert whole == in_two != FIRST_CHAIN
    assert chain_after(FIRST_CHAIN, data[128:] + data[:128]) != whole


def test_light_rows_say_what_the_codec_says():
    data = b"".join(map(encode_event, TRADING))
    for number, row in enumerate(event_rows(5, data)):
        event = decode_event(data[number * 128 : number * 128 + 128])
        assert row.seq == 5 + number and row.kind == data[number * 128]
        for name in event.__slots__:
            light, told = getattr(row.event, name), getattr(event, name)
            assert (light.rstrip(b"\0") if name in ("name", "symbol") else light) == told


def test_a_torn_or_unknown_event_is_refused():
    with pytest.raises(Malformed):
        event_rows(1, bytes(127))
    with pytest.raises(Malformed):
        event_rows(1, bytes([99]) + bytes(127))
