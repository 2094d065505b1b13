"""CancelOrder and CancelAll."""

import pytest

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import CancelOrder
from domain.events import OrderCanceled, OutcomeResult
from domain.orders import TradingStatus
from domain.reasons import CancelReason
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC_USDT,
    BUY,
    FUNDS,
    NOW,
    K,
    Market,
    instrument,
    key,
)


def test_a_cancel_releases_the_hold_and_leaves_the_book(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    assert market.cancel(ALICE, 1) == ["canceled 1 5 REQUESTED"]
    assert market.outcome.order_id == 1
    assert market.usdt(ALICE) == (0, 0)
    assert market.bids() == []


def test_a_cancel_by_client_order_id(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("mine"))
    assert market.cancel(ALICE, client_order_id=key("mine")) == ["canceled 1 5 REQUESTED"]
    assert market.outcome.order_id == 1


def test_the_order_id_wins_over_the_client_order_id(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("one"))
    market.buy(ALICE, 100, 5, client_order_id=key("two"))
    assert market.cancel(ALICE, 2, client_order_id=key("one")) == ["canceled 2 5 REQUESTED"]


def test_every_field_of_a_cancel(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("mine"))
    market.sell(BOB, 100, 2)
    market.cancel(ALICE, 1)
    assert market.event == OrderCanceled(
        ts_ns=NOW,
        reason=CancelReason.REQUESTED,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=BUY,
        price_ticks=100,
        qty_lots=3,
        cum_qty_lots=2,
        available_atoms=FUNDS - 200 * K,
        held_atoms=0,
        book_seq=3,
        client_order_id=key("mine"),
    )


def test_not_yours_and_not_there_answer_the_same(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("mine"))
    unknown = ["rejected UNKNOWN_ORDER"]
    assert market.cancel(BOB, 1) == unknown
    assert market.cancel(BOB, 99) == unknown
    assert market.cancel(BOB, client_order_id=key("mine")) == unknown
    assert market.cancel(ALICE, 1, instrument_id=2) == unknown
    assert market.cancel(ALICE, 2**64 - 1) == unknown
    assert market.resting() == [1]


def test_a_second_cancel_finds_no_order(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("mine"))
    market.cancel(ALICE, 1, instrument_id=BTC_USDT)
    assert market.cancel(ALICE, 1) == ["rejected UNKNOWN_ORDER"]
    assert market.cancel(ALICE, client_order_id=key("mine")) == ["rejected UNKNOWN_ORDER"]


def test_a_cancel_must_name_an_order(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    assert market.cancel(ALICE) == ["rejected INVALID_CLIENT_ORDER_ID"]
    too_long = NO_CLIENT_ORDER_ID[:-1] + bytes([37])
    assert market.cancel(ALICE, 1, client_order_id=too_long) == ["rejected INVALID_CLIENT_ORDER_ID"]
    assert market.event.client_order_id == NO_CLIENT_ORDER_ID
    assert market.event.order_id == 1


def test_a_refused_cancel_says_what_was_asked(market: Market) -> None:
    command = CancelOrder(account_id=BOB, instrument_id=5, order_id=9, client_order_id=key("x"))
    market.send(command)
    assert market.event.request == 2
    assert market.event.account_id == BOB
    assert (market.event.instrument_id, market.event.order_id) == (5, 9)
    assert market.event.client_order_id == key("x")
    assert market.outcome.order_id == 9
    assert market.outcome.result is OutcomeResult.REJECTED


@pytest.mark.parametrize("status", [TradingStatus.CANCEL_ONLY, TradingStatus.HALT])
def test_orders_can_be_cancelled_while_nothing_trades(
    market: Market, status: TradingStatus
) -> None:
    market.buy(ALICE, 100, 5)
    market.buy(ALICE, 99, 5)
    market.set_status(status)
    assert market.cancel(ALICE, 1) == ["canceled 1 5 REQUESTED"]
    assert market.cancel_all(ALICE) == ["canceled 2 5 CANCEL_ALL"]


def test_cancel_all_goes_by_order_id_whatever_was_replaced(market: Market) -> None:
    for price_ticks in (100, 99, 98):
        market.buy(ALICE, price_ticks, 5)
    market.buy(BOB, 100, 5)
    market.replace(ALICE, 1, 97, 5)
    assert market.cancel_all(ALICE) == [
        "canceled 1 5 CANCEL_ALL",
        "canceled 2 5 CANCEL_ALL",
        "canceled 3 5 CANCEL_ALL",
    ]
    assert market.resting() == [4]
    assert market.usdt(ALICE) == (0, 0)


def test_cancel_all_of_one_instrument(market: Market) -> None:
    market.send(instrument(2, symbol=b"OTHER"))
    market.set_status(TradingStatus.TRADING, 2)
    market.buy(ALICE, 100, 5)
    market.buy(ALICE, 100, 6, instrument_id=2)
    assert market.cancel_all(ALICE, 2) == ["canceled 2 6 CANCEL_ALL"]
    assert market.resting() == [1]


def test_cancel_all_of_nothing_is_done_and_says_nothing(market: Market) -> None:
    assert market.cancel_all(ALICE) == []
    assert market.outcome.result is OutcomeResult.DONE


def test_cancel_all_of_what_nobody_knows(market: Market) -> None:
    assert market.cancel_all(5) == ["rejected UNKNOWN_ACCOUNT"]
    assert market.cancel_all(ALICE, 5) == ["rejected UNKNOWN_INSTRUMENT"]
    assert (market.event.request, market.event.instrument_id) == (4, 5)


def test_cancel_all_stops_at_the_bound_of_events_and_may_be_sent_again(
    core_type: type[Core],
) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    for _ in range(5):
        market.buy(ALICE, 100, 1)
    assert len(market.cancel_all(ALICE)) == 4
    assert market.cancel_all(ALICE) == ["canceled 5 1 CANCEL_ALL"]
