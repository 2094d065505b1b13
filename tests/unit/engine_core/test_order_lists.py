"""One cancels the other: two orders that enter as one and hold as one, and one of which trades."""

from dataclasses import replace
from typing import Any

import pytest

from domain.commands import NewOrderList, OrderListLeg
from domain.events import (
    OrderAccepted,
    OrderCanceled,
    OrderListAccepted,
    OrderRejected,
    OutcomeResult,
)
from domain.orders import (
    AccountStatus,
    ContingencyType,
    OrderFlag,
    OrderType,
    Side,
    TradingStatus,
)
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from domain.venue_commands import SetAccountLimits, SetAccountStatus, SetAssetLimits
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC,
    BTC_USDT,
    BUY,
    CAROL,
    FUNDS,
    GTD,
    IOC,
    LATER,
    LOT,
    NOW,
    SELL,
    STOP,
    STP,
    TAKE_PROFIT,
    TRAILING_STOP,
    USDT,
    K,
    Market,
    key,
)


def limit_leg(side: Side, price_ticks: int, qty_lots: int, **terms: Any) -> OrderListLeg:
    return OrderListLeg(
        **{
            "account_id": ALICE,
            "instrument_id": BTC_USDT,
            "side": side,
            "flags": OrderFlag.POST_ONLY,
            "price_ticks": price_ticks,
            "qty_lots": qty_lots,
            "valid_until_ns": 0,
            "client_order_id": key("limit"),
            **terms,
        }
    )


def stop_leg(side: Side, trigger_price_ticks: int, qty_lots: int, **terms: Any) -> OrderListLeg:
    stop = {
        "order_type": STOP,
        "time_in_force": IOC,
        "flags": OrderFlag(0),
        "trigger_price_ticks": trigger_price_ticks,
        "client_order_id": key("stop"),
    }
    return limit_leg(side, 0, qty_lots, **{**stop, **terms})


def order_list(**terms: Any) -> NewOrderList:
    return NewOrderList(
        **{
            "account_id": ALICE,
            "instrument_id": BTC_USDT,
            "valid_until_ns": LATER,
            "client_order_id": key("list"),
            **terms,
        }
    )


def send_list(market: Market, *legs: OrderListLeg, **terms: Any) -> list[str]:
    for leg in legs:
        assert market.send(leg) == []
        assert market.outcome.result is OutcomeResult.DONE
    return market.send(order_list(**terms))


ACCEPTED = ["OrderListAccepted", "accepted 1 resting", "accepted 2 waiting"]


@pytest.fixture(name="pair")
def fixture_pair(market: Market) -> Market:
    """A market where Alice sells 5 at 110 or, should it fall to 90, for what she gets."""
    assert send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5)) == ACCEPTED
    return market


def test_both_legs_are_accepted_as_one(market: Market) -> None:
    send_list(market, limit_leg(BUY, 80, 5), stop_leg(BUY, 100, 5))
    told, first, second = market.events
    assert told == OrderListAccepted(
        ts_ns=NOW,
        contingency_type=ContingencyType.OCO,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        list_id=1,
        first_order_id=1,
        second_order_id=2,
        client_order_id=key("list"),
    )
    held = 110 * 5 * K  # the larger: the stop's trigger and the band above
    for order in (first, second):
        assert isinstance(order, OrderAccepted)
        assert (order.available_atoms, order.held_atoms) == (FUNDS - held, held)
    assert market.outcome.order_id == 1
    assert market.core.next_order_id == 3
    assert market.usdt(ALICE) == (0, held)


def test_a_trade_of_one_cancels_the_other_first(pair: Market) -> None:
    assert pair.buy(BOB, 110, 2) == [
        "accepted 3",
        "canceled 2 5 OTHER_LEG",
        "trade 1 3 2@110 taker-filled",
    ]
    assert pair.btc(ALICE) == (-2 * LOT, 3 * LOT)
    assert pair.replace(ALICE, 1, 109, 5) == ["replaced 1 3@109 resting"]


def test_a_trigger_of_one_cancels_the_other_first(pair: Market) -> None:
    pair.buy(BOB, 85, 9)
    pair.sell(CAROL, 90, 1)
    assert pair.buy(CAROL, 90, 1)[2:] == [
        "canceled 1 5 OTHER_LEG",
        "triggered 2 5@0",
        "trade 3 2 5@85 taker-filled",
    ]
    assert pair.asks() == []


def test_what_is_left_holds_for_itself_alone(market: Market) -> None:
    send_list(market, limit_leg(BUY, 80, 5), stop_leg(BUY, 100, 5))
    market.sell(BOB, 80, 1)
    canceled = market.events[1]
    assert isinstance(canceled, OrderCanceled)
    assert canceled.available_atoms == FUNDS - 80 * 5 * K
    assert market.usdt(ALICE) == (-80 * K, 80 * 4 * K)
    market.cancel(ALICE, 1)
    assert market.usdt(ALICE) == (-80 * K, 0)


@pytest.mark.parametrize(("order_id", "other_id"), [(1, 2), (2, 1)])
def test_a_cancel_of_one_releases_all_and_ends_the_other(
    pair: Market, order_id: int, other_id: int
) -> None:
    assert pair.cancel(ALICE, order_id) == [
        f"canceled {order_id} 5 REQUESTED",
        f"canceled {other_id} 5 OTHER_LEG",
    ]
    assert (pair.first.held_atoms, pair.last.held_atoms) == (0, 0)
    assert pair.btc(ALICE) == (0, 0)
    assert pair.core.orders() == []


@pytest.mark.parametrize(("name", "order_id"), [("list", 1), ("limit", 1), ("stop", 2)])
def test_each_of_three_keys_cancels_the_pair(pair: Market, name: str, order_id: int) -> None:
    said = pair.cancel(ALICE, client_order_id=key(name))
    assert said[0] == f"canceled {order_id} 5 REQUESTED"
    assert len(said) == 2


def test_an_expiry_and_a_switch_end_both_in_one_step(market: Market) -> None:
    leg = limit_leg(SELL, 110, 5, time_in_force=GTD, expire_s=1)
    send_list(market, leg, stop_leg(SELL, 90, 5))
    market.now_ns = NS_PER_S
    assert market.let_time_pass(NS_PER_S) == [
        "expired 1 5 GOOD_TILL_DATE",
        "canceled 2 5 OTHER_LEG",
    ]
    legs = [limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5)]
    named = [replace(leg, client_order_id=key(at)) for at, leg in enumerate(legs)]
    send_list(market, *named, client_order_id=key("again"))
    market.buy(ALICE, 50, 1)
    market.cancel_all_after(ALICE, 1_000)
    assert market.let_time_pass(2 * NS_PER_S) == [
        "canceled 3 5 DEAD_MAN_SWITCH",
        "canceled 4 5 OTHER_LEG",
        "canceled 5 1 DEAD_MAN_SWITCH",
    ]
    assert market.core.next_deadline_ns == 0


def test_closing_and_suspending_end_each_pair_once(core_type: type[Core]) -> None:
    for end in ("close", "suspend"):
        market = Market(core_type)
        send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
        market.buy(ALICE, 50, 1)
        if end == "close":
            said, why = market.set_status(TradingStatus.CLOSED), "INSTRUMENT_CLOSED"
        else:
            status = SetAccountStatus(account_id=ALICE, account_status=AccountStatus.SUSPENDED)
            said, why = market.send(status), "ACCOUNT_SUSPENDED"
        assert said[:3] == [f"canceled 1 5 {why}", "canceled 2 5 OTHER_LEG", f"canceled 3 1 {why}"]


def test_cancel_all_stops_before_a_pair_that_does_not_fit(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    for _ in range(3):
        market.buy(ALICE, 50, 1)
    legs = [limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5)]
    send_list(market, *legs)
    market.buy(ALICE, 50, 1)
    assert market.cancel_all(ALICE) == [f"canceled {n} 1 CANCEL_ALL" for n in (1, 2, 3)]
    assert market.cancel_all(ALICE) == [
        "canceled 4 5 CANCEL_ALL",
        "canceled 5 5 OTHER_LEG",
        "canceled 6 1 CANCEL_ALL",
    ]


def test_self_trade_prevention_ends_or_parts_a_pair(core_type: type[Core]) -> None:
    for mode, said in (
        (STP.CANCEL_MAKER, ["canceled 1 5 SELF_TRADE", "canceled 2 5 OTHER_LEG", "rested 3 2@110"]),
        (STP.CANCEL_TAKER, ["canceled 3 2 SELF_TRADE"]),
        (
            STP.CANCEL_BOTH,
            ["canceled 1 5 SELF_TRADE", "canceled 2 5 OTHER_LEG", "canceled 3 2 SELF_TRADE"],
        ),
        (STP.DECREMENT, ["canceled 2 5 OTHER_LEG", "reduced 1 by 2 to 3", "reduced 3 by 2 to 0"]),
    ):
        market = Market(core_type)
        send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
        assert market.buy(ALICE_TOO, 110, 2, self_trade_prevention=mode)[1:] == said


def test_a_linked_order_is_not_amended(pair: Market) -> None:
    assert pair.replace(ALICE, 1, 109, 5) == ["rejected UNSUPPORTED_COMBINATION"]
    assert pair.replace(ALICE, 2, 0, 4) == ["rejected UNSUPPORTED_COMBINATION"]
    pair.set_status(TradingStatus.AUCTION)
    assert pair.replace(ALICE, 1, 109, 5) == ["rejected NOT_IN_AUCTION"]


def test_a_linked_maker_needs_room_for_one_event_more(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    assert market.buy(BOB, 110, 1) == ["accepted 3", "canceled 3 1 EVENT_LIMIT"]
    market = Market(core_type, bounds={"events_per_command_max": 5})
    send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    assert market.buy(BOB, 110, 1)[-1] == "trade 1 3 1@110 taker-filled"
    assert market.buy(BOB, 110, 1)[-1] == "trade 1 4 1@110 taker-filled"


def test_an_iceberg_leg_is_linked_only_until_its_first_slice(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 8})
    send_list(market, limit_leg(SELL, 110, 5, display_qty_lots=1), stop_leg(SELL, 90, 5))
    assert market.market_buy(BOB, 4) == [
        "accepted 3",
        "canceled 2 5 OTHER_LEG",
        "trade 1 3 1@110",
        "rested 1 4@110 showing 1",
        "trade 1 3 1@110",
        "rested 1 3@110 showing 1",
        "canceled 3 2 EVENT_LIMIT",
    ]


def test_in_an_uncross_the_other_leg_goes_first(pair: Market) -> None:
    pair.set_status(TradingStatus.AUCTION)
    pair.buy(BOB, 111, 2)
    assert pair.set_status(TradingStatus.TRADING) == [
        "uncrossed 2@110 left -3",
        "canceled 2 5 OTHER_LEG",
        "trade 1 3 2@110 taker-filled",
        "TradingStatusChanged",
    ]


def test_two_conditional_legs_make_a_list_too_and_in_an_auction_only_they(market: Market) -> None:
    market.trade_at(100)
    market.set_status(TradingStatus.AUCTION)
    legs = (
        stop_leg(SELL, 0, 5, order_type=TRAILING_STOP, trailing_bps=500),
        stop_leg(SELL, 120, 5, order_type=TAKE_PROFIT, client_order_id=key("profit")),
    )
    assert send_list(market, *legs) == [
        "OrderListAccepted",
        "accepted 3 waiting",
        "accepted 4 waiting",
    ]
    named = {"client_order_id": key("again")}
    refused = send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5, **named), **named)
    assert refused == ["rejected INVALID_LIST"]
    other = {"client_order_id": key("other")}
    legs = (limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5, **other))
    assert send_list(market, *legs, client_order_id=key("third")) == ["rejected NOT_IN_AUCTION"]


def test_a_refused_leg_is_not_kept(market: Market) -> None:
    leg = limit_leg(SELL, 110, 5)
    unknown = replace(leg, account_id=77)
    assert market.send(unknown) == ["rejected UNKNOWN_ACCOUNT"]
    venue = replace(leg, account_id=FEE_ACCOUNT_ID)
    assert market.send(venue) == ["rejected ACCOUNT_NOT_TRADABLE"]
    nameless = replace(leg, client_order_id=b"\0" * 28)
    assert market.send(nameless) == ["rejected INVALID_CLIENT_ORDER_ID"]
    assert market.event == OrderRejected(
        ts_ns=NOW,
        request=6,
        reason=market.event.reason,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=SELL,
        order_id=0,
        price_ticks=110,
        qty_lots=5,
        client_order_id=b"\0" * 28,
    )
    assert send_list(market, stop_leg(SELL, 90, 5)) == ["rejected LEGS_MISSING"]


def test_only_the_last_two_legs_are_kept_and_a_list_uses_them_up(market: Market) -> None:
    market.send(limit_leg(SELL, 115, 9, client_order_id=key("forgotten")))
    assert send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5)) == ACCEPTED
    again = order_list(client_order_id=key("again"))
    assert market.send(again) == ["rejected LEGS_MISSING"]
    assert market.event == OrderRejected(
        ts_ns=NOW,
        request=7,
        reason=market.event.reason,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=0,
        order_id=0,
        price_ticks=0,
        qty_lots=0,
        client_order_id=key("again"),
    )


INVALID: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"instrument_id": 2}, {}),
    ({"side": BUY}, {}),
    ({"qty_lots": 4}, {}),
    ({"flags": OrderFlag(0)}, {}),
    ({"client_order_id": key("stop")}, {}),
    ({"client_order_id": key("list")}, {}),
    ({}, {"client_order_id": key("list")}),
    ({}, {"order_type": OrderType.MARKET}),
    ({}, {"order_type": OrderType.LIMIT, "flags": OrderFlag.POST_ONLY}),
]


@pytest.mark.parametrize(("first", "second"), INVALID)
def test_legs_that_do_not_make_a_list(
    market: Market, first: dict[str, Any], second: dict[str, Any]
) -> None:
    legs = (replace(limit_leg(SELL, 110, 5), **first), replace(stop_leg(SELL, 90, 5), **second))
    assert send_list(market, *legs) == ["rejected INVALID_LIST"]
    assert market.core.orders() == []


WRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("KEY_REUSED", {"client_order_id": key("k1"), "price_ticks": 0}, {}),
    ("KEY_REUSED", {}, {"client_order_id": key("k1"), "trigger_price_ticks": 0}),
    ("INVALID_PRICE", {"price_ticks": 0}, {"client_order_id": key("k1")}),
    ("INVALID_EXPIRY", {"expire_s": 7}, {}),
    ("POST_ONLY_WOULD_TAKE", {"price_ticks": 100}, {"trigger_price_ticks": 0}),
    ("INVALID_TRIGGER_PRICE", {}, {"trigger_price_ticks": 0}),
    ("WOULD_TRIGGER_AT_ONCE", {}, {"trigger_price_ticks": 101}),
    ("UNSUPPORTED_COMBINATION", {}, {"price_ticks": 1}),
    ("INSUFFICIENT_FUNDS", {"qty_lots": 10**6 + 1}, {"qty_lots": 10**6 + 1}),
]


@pytest.mark.parametrize(("reason", "first", "second"), WRONG)
def test_the_first_leg_that_cannot_enter_refuses_the_list(
    market: Market, reason: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    market.trade_at(100)
    market.buy(ALICE, 100, 1, client_order_id=key("k1"))
    before = market.core.orders()
    legs = (replace(limit_leg(SELL, 110, 5), **first), replace(stop_leg(SELL, 90, 5), **second))
    assert send_list(market, *legs) == [f"rejected {reason}"]
    assert market.core.orders() == before
    assert market.send(order_list()) == []  # the refusal is the answer to this key
    assert (market.outcome.result, market.outcome.reason.name) == (OutcomeResult.DUPLICATE, reason)


def test_two_orders_count_as_two_and_buy_as_one(market: Market) -> None:
    market.send(SetAccountLimits(account_id=ALICE, open_orders_max=1))
    legs = (limit_leg(BUY, 80, 5), stop_leg(BUY, 100, 5))
    assert send_list(market, *legs) == ["rejected TOO_MANY_OPEN_ORDERS"]
    market.send(SetAccountLimits(account_id=ALICE, open_orders_max=2))
    cap = {"account_id": ALICE, "asset_id": BTC, "position_max_atoms": FUNDS + 8 * LOT}
    market.send(SetAssetLimits(**cap))
    named = {"client_order_id": key("second")}
    assert send_list(market, *legs, **named)[0] == "OrderListAccepted"
    market.send(SetAccountLimits(account_id=ALICE))
    assert market.buy(ALICE, 50, 3)[0].startswith("accepted")
    assert market.buy(ALICE, 50, 1) == ["rejected POSITION_LIMIT"]
    market.sell(BOB, 80, 5)
    assert market.buy(ALICE, 50, 1) == ["rejected POSITION_LIMIT"]
    market.sell(ALICE, 50, 3)
    market.buy(BOB, 50, 3)
    assert market.buy(ALICE, 50, 3)[0].startswith("accepted")


def test_the_worth_of_either_leg_is_bounded(market: Market) -> None:
    cap = {"account_id": ALICE, "asset_id": USDT, "order_notional_max_atoms": 500 * K}
    market.send(SetAssetLimits(**cap))
    legs = (limit_leg(BUY, 80, 5), stop_leg(BUY, 101, 5))
    assert send_list(market, *legs) == ["rejected NOTIONAL_LIMIT"]


def test_a_list_counts_once_against_the_rate_and_its_legs_not_at_all(market: Market) -> None:
    market.send(SetAccountLimits(account_id=ALICE, orders_per_s=1, orders_burst=1))
    legs = (limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    assert send_list(market, *legs) == ACCEPTED
    named = {"client_order_id": key("second")}
    assert send_list(market, *legs, **named) == ["rejected ORDER_RATE"]
    market.now_ns += NS_PER_S
    assert market.send(order_list(**named)) == ["rejected LEGS_MISSING"]


def test_a_retry_of_a_list_gets_its_answer_with_or_without_its_legs(market: Market) -> None:
    legs = (limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    assert send_list(market, *legs) == ACCEPTED
    for again in ((), legs):
        assert send_list(market, *again, valid_until_ns=LATER + 5) == []
        assert market.outcome.result is OutcomeResult.DUPLICATE
        assert market.outcome.order_id == 1
    market.send(replace(legs[0], price_ticks=111))
    assert market.send(order_list()) == ["rejected KEY_REUSED"]
    third = order_list(client_order_id=key("third"))
    assert market.send(third) == ["rejected KEY_REUSED"]  # the legs', which are still there
    assert market.send(order_list(client_order_id=key("fourth"))) == ["rejected LEGS_MISSING"]
    market.send(replace(legs[0], price_ticks=111))
    assert market.send(order_list()) == ["rejected KEY_REUSED"]
    market.send(legs[0])
    market.send(legs[1])
    assert market.send(order_list(valid_until_ns=0)) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE


def test_each_leg_has_its_own_key(pair: Market) -> None:
    for name in ("limit", "stop"):
        order = pair.order(ALICE, BUY, 1, 1, client_order_id=key(name))
        assert pair.send(order) == ["rejected KEY_REUSED"]


def test_a_list_needs_room_for_three_keys(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"dedupe_keys_max": 3})
    legs = (limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    market.buy(BOB, 50, 1)
    assert send_list(market, *legs) == ["rejected DEDUPE_FULL"]
    market.cancel(BOB, 1)
    market.now_ns = LATER + 1
    assert send_list(market, *legs, valid_until_ns=2 * LATER) == [
        "OrderListAccepted",
        "accepted 2 resting",
        "accepted 3 waiting",
    ]


def test_a_list_in_what_is_not_there_or_not_trading(market: Market) -> None:
    assert market.send(order_list(valid_until_ns=0)) == ["rejected STALE"]
    refused: list[tuple[dict[str, Any], str]] = [
        ({"account_id": 77}, "UNKNOWN_ACCOUNT"),
        ({"account_id": FEE_ACCOUNT_ID}, "ACCOUNT_NOT_TRADABLE"),
        ({"client_order_id": b"\0" * 28}, "INVALID_CLIENT_ORDER_ID"),
        ({"instrument_id": 9, "client_order_id": key("other")}, "UNKNOWN_INSTRUMENT"),
    ]
    for terms, reason in refused:
        assert market.send(order_list(**terms)) == [f"rejected {reason}"]
    market.set_status(TradingStatus.HALT)
    assert market.send(order_list()) == ["rejected INSTRUMENT_NOT_TRADING"]
