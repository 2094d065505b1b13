"""Stops, icebergs and dates, as the events tell them: what an order waits for and what it shows."""

import pytest

from accounts.errors import Disagreement
from accounts.settling.batch import StoredState
from accounts.settling.fold import load_fold
from domain.client_order_ids import pack_client_order_id
from domain.events import (
    OrderExpired,
    OrderReduced,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    ReplaceFlag,
    TradeFlag,
)
from domain.orders import OrderStatus, OrderType, Side, TimeInForce, TradingStatus
from domain.reasons import CancelReason
from schemas.codec import encode_event
from tests.unit.accounts.venue_events import (
    BTC_USDT,
    BUYER,
    TS_NS,
    accepted,
    fold,
    opening,
    sell_arrives,
    status,
    trade,
)

AFTER = {"available_atoms": 800_000, "held_atoms": 200_000}
STOP_LIMIT = accepted(
    1,
    BUYER,
    Side.BUY,
    order_type=OrderType.STOP_LIMIT,
    trigger_price_ticks=990,
    **AFTER,
)
ICEBERG = accepted(1, BUYER, Side.BUY, display_qty_lots=5, book_seq=1, **AFTER)
SLICE_TRADED = [*opening(), ICEBERG, sell_arrives(), trade()]


def about(event_type, **fields):
    told = {"order_id": 1, "account_id": BUYER, "instrument_id": BTC_USDT, "side": Side.BUY}
    return event_type(ts_ns=TS_NS, price_ticks=1_000, **(told | AFTER | fields))


def triggered(**fields):
    told = {
        "order_type": OrderType.STOP_LIMIT,
        "qty_lots": 20,
        "trigger_price_ticks": 990,
        "last_price_ticks": 991,
        "book_seq": 1,
    }
    return about(OrderTriggered, **(told | fields))


def replaced(**fields):
    told = {
        "flags": ReplaceFlag(0),
        "qty_lots": 20,
        "leaves_qty_lots": 20,
        "book_seq": 0,
        "request_id": pack_client_order_id("r-1"),
    }
    return about(OrderReplaced, **(told | fields))


def refilled(**fields):
    told = {"visible_qty_lots": 5, "leaves_qty_lots": 15, "book_seq": 3, "held_atoms": 150_000}
    return about(OrderRested, **(told | fields))


def buy(batch):
    return next(one for one in batch.orders.entered() if one.order_id == 1)


def test_a_stop_waits_outside_the_book_until_it_is_triggered():
    waiting = buy(fold([*opening(), STOP_LIMIT]))
    assert (waiting.status, waiting.is_open) == (OrderStatus.PENDING_TRIGGER, True)
    assert (waiting.trigger_price_ticks, waiting.visible_qty_lots) == (990, 0)

    rests = buy(fold([*opening(), STOP_LIMIT, triggered()]))
    assert (rests.status, rests.order_type) == (OrderStatus.NEW, OrderType.STOP_LIMIT)
    assert (rests.trigger_price_ticks, rests.visible_qty_lots) == (990, 20)


def test_a_triggered_order_that_trades_first_is_not_in_the_book_until_it_rests():
    order = buy(fold([*opening(), STOP_LIMIT, triggered(book_seq=0)]))
    assert (order.status, order.visible_qty_lots) == (OrderStatus.NEW, 0)


def test_an_amended_stop_still_waits():
    amended = replaced(trigger_price_ticks=980, qty_lots=15, leaves_qty_lots=15)
    order = buy(fold([*opening(), STOP_LIMIT, amended]))
    assert (order.status, order.trigger_price_ticks) == (OrderStatus.PENDING_TRIGGER, 980)
    assert (order.qty_lots, order.leaves_qty_lots, order.visible_qty_lots) == (15, 15, 0)


@pytest.mark.parametrize(
    "events",
    [
        [STOP_LIMIT, triggered(), triggered(book_seq=2)],
        [STOP_LIMIT, triggered(qty_lots=19)],
        [accepted(1, BUYER, Side.BUY, **AFTER), triggered()],
        [triggered()],
    ],
)
def test_a_trigger_that_contradicts_the_order_is_not_settled(events):
    with pytest.raises(Disagreement):
        fold([*opening(), *events])


def test_an_iceberg_shows_its_slice_and_then_the_next():
    assert buy(fold([*opening(), ICEBERG])).visible_qty_lots == 5
    between = buy(fold(SLICE_TRADED))
    assert (between.leaves_qty_lots, between.visible_qty_lots) == (15, 0)
    after = buy(fold([*SLICE_TRADED, refilled()]))
    assert (after.leaves_qty_lots, after.visible_qty_lots, after.is_open) == (15, 5, True)


def test_a_trade_takes_no_more_than_an_iceberg_shows():
    too_much = trade(flags=TradeFlag.MAKER_FILLED | TradeFlag.TAKER_FILLED)
    iceberg = accepted(
        1,
        BUYER,
        Side.BUY,
        qty_lots=5,
        display_qty_lots=4,
        book_seq=1,
        available_atoms=950_000,
        held_atoms=50_000,
    )
    with pytest.raises(Disagreement, match="which shows 4"):
        fold([*opening(), iceberg, sell_arrives(), too_much])


def test_prevention_takes_from_what_an_iceberg_shows():
    reduced = about(
        OrderReduced,
        reason=CancelReason.SELF_TRADE,
        qty_lots=5,
        cum_qty_lots=0,
        leaves_qty_lots=15,
        client_order_id=pack_client_order_id("order-1"),
        available_atoms=850_000,
        held_atoms=150_000,
        book_seq=2,
    )
    order = buy(fold([*opening(), status(TradingStatus.TRADING), ICEBERG, reduced]))
    assert (order.qty_lots, order.leaves_qty_lots, order.visible_qty_lots) == (15, 15, 0)


@pytest.mark.parametrize(
    ("fields", "shows"),
    [
        ({"flags": ReplaceFlag.KEPT_PLACE | ReplaceFlag.RESTED, "display_qty_lots": 5}, 3),
        ({"flags": ReplaceFlag.RESTED, "display_qty_lots": 5}, 5),
        ({"flags": ReplaceFlag.RESTED, "display_qty_lots": 9}, 9),
        ({"flags": ReplaceFlag.RESTED, "display_qty_lots": 0}, 18),
        ({"flags": ReplaceFlag(0), "display_qty_lots": 5}, 0),
    ],
)
def test_an_amended_iceberg_shows_what_its_new_terms_say(fields, shows):
    two_lots = {
        "qty_lots": 2,
        "maker_held_atoms": 180_000,
        "maker_fee_atoms": 1,
        "taker_fee_atoms": 20,
        "maker_received_available_atoms": 2_000 - 1,
        "taker_received_available_atoms": 20_000 - 20,
        "taker_held_atoms": 3_000,
        "flags": TradeFlag(0),
    }
    amended = replaced(
        leaves_qty_lots=18, book_seq=3, available_atoms=800_000, held_atoms=180_000, **fields
    )
    order = buy(fold([*opening(), ICEBERG, sell_arrives(), trade(**two_lots), amended]))
    assert (order.visible_qty_lots, order.display_qty_lots) == (shows, fields["display_qty_lots"])


def test_a_date_is_kept_and_ends_the_order():
    dated = accepted(
        1,
        BUYER,
        Side.BUY,
        time_in_force=TimeInForce.GTD,
        expire_s=1_700_000_060,
        book_seq=1,
        **AFTER,
    )
    assert buy(fold([*opening(), dated])).expire_s == 1_700_000_060
    ended = about(
        OrderExpired,
        reason=CancelReason.GOOD_TILL_DATE,
        qty_lots=20,
        cum_qty_lots=0,
        available_atoms=1_000_000,
        held_atoms=0,
        book_seq=2,
        client_order_id=pack_client_order_id("order-1"),
    )
    order = buy(fold([*opening(), dated, ended]))
    assert (order.status, order.reason) == (OrderStatus.EXPIRED, CancelReason.GOOD_TILL_DATE)


def test_a_triggered_order_must_be_read_before_its_batch_is_settled():
    touched = load_fold("compiled").unknown(9, encode_event(triggered()), StoredState())
    assert touched.order_ids == {1} and BUYER in touched.account_ids
    with pytest.raises(Disagreement):
        fold([triggered()], stored=StoredState())
