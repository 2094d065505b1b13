"""Stops and take-profits: what they wait for, what they hold, what they become, in which order."""

from typing import Any

import pytest

from domain.events import OrderAccepted, OrderCanceled, OrderReplaced, OrderTriggered, ReplaceFlag
from domain.orders import OrderFlag, OrderType, SelfTradePrevention, Side, TradingStatus
from domain.reasons import CancelReason
from domain.units import NS_PER_S
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC_USDT,
    BUY,
    CAROL,
    FOK,
    FUNDS,
    GTC,
    GTD,
    IOC,
    LOT,
    NOW,
    SELL,
    STOP,
    STOP_LIMIT,
    STP,
    TAKE_PROFIT,
    TAKE_PROFIT_LIMIT,
    K,
    Market,
    key,
)


@pytest.mark.parametrize(
    ("side", "order_type", "short_of_it", "met"),
    [
        (BUY, STOP, 109, 110),
        (BUY, STOP, 109, 111),
        (SELL, STOP, 111, 110),
        (SELL, STOP, 111, 109),
        (BUY, TAKE_PROFIT, 111, 110),
        (SELL, TAKE_PROFIT, 109, 110),
    ],
)
def test_what_a_market_stop_waits_for(
    market: Market, side: Side, order_type: OrderType, short_of_it: int, met: int
) -> None:
    assert market.market_stop(ALICE, side, 110, 3, order_type) == ["accepted 1 waiting"]
    market.trade_at(short_of_it)
    assert market.resting() == [1]
    market.sell(CAROL, met, 1)
    assert market.buy(CAROL, met, 1) == [
        "accepted 5",
        f"trade 4 5 1@{met} maker-filled taker-filled",
        "triggered 1 3@0",
        "expired 1 3 MARKET_REMAINDER",
    ]
    assert market.outcome.event_count == 4
    assert market.resting() == []


@pytest.mark.parametrize(
    ("side", "order_type", "short_of_it", "met"),
    [
        (BUY, STOP_LIMIT, 109, 110),
        (SELL, STOP_LIMIT, 111, 110),
        (BUY, TAKE_PROFIT_LIMIT, 111, 110),
        (SELL, TAKE_PROFIT_LIMIT, 109, 110),
    ],
)
def test_what_a_limit_stop_waits_for(
    market: Market, side: Side, order_type: OrderType, short_of_it: int, met: int
) -> None:
    limit_ticks = 50 if side is BUY else 150
    told = market.limit_stop(ALICE, side, 110, limit_ticks, 3, order_type)
    assert told == ["accepted 1 waiting"]
    assert (market.bids(), market.asks()) == ([], [])
    market.trade_at(short_of_it)
    market.sell(CAROL, met, 1)
    assert market.buy(CAROL, met, 1)[2:] == [f"triggered 1 3@{limit_ticks} resting"]
    assert market.bids() + market.asks() == [(limit_ticks, 3)]


def test_every_field_of_a_stop_and_its_trigger(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 110, 112, 3, client_order_id=key("mine"))
    assert market.event == OrderAccepted(
        ts_ns=NOW,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=BUY,
        order_type=STOP_LIMIT,
        time_in_force=GTC,
        self_trade_prevention=STP.NONE,
        flags=OrderFlag(0),
        price_ticks=112,
        qty_lots=3,
        trigger_price_ticks=110,
        available_atoms=FUNDS - 336 * K,
        held_atoms=336 * K,
        book_seq=0,
        client_order_id=key("mine"),
    )
    market.trade_at(111)
    assert market.last == OrderTriggered(
        ts_ns=NOW,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=BUY,
        order_type=STOP_LIMIT,
        price_ticks=112,
        qty_lots=3,
        trigger_price_ticks=110,
        last_price_ticks=111,
        available_atoms=FUNDS - 336 * K,
        held_atoms=336 * K,
        book_seq=3,
    )


@pytest.mark.parametrize(
    ("side", "order_type", "trigger_ticks"),
    [(BUY, STOP, 100), (SELL, STOP, 100), (BUY, TAKE_PROFIT, 101), (SELL, TAKE_PROFIT, 99)],
)
def test_a_condition_that_is_met_already_is_refused(
    market: Market, side: Side, order_type: OrderType, trigger_ticks: int
) -> None:
    market.trade_at(100)
    refused = ["rejected WOULD_TRIGGER_AT_ONCE"]
    assert market.market_stop(ALICE, side, trigger_ticks, 1, order_type) == refused
    protective = order_type is STOP
    further = 101 if (side is BUY) == protective else 99
    assert market.market_stop(ALICE, side, further, 1, order_type)[0].endswith("waiting")


@pytest.mark.parametrize(
    ("stop", "btc_held", "usdt_held"),
    [
        ({"side": SELL, "trigger": 90}, 3 * LOT, 0),
        ({"side": BUY, "trigger": 101}, 0, 112 * 3 * K),  # 101 and a tenth, rounded up
        ({"side": BUY, "trigger": 100}, 0, 110 * 3 * K),
    ],
)
def test_what_a_market_stop_holds(
    market: Market, stop: dict[str, Any], btc_held: int, usdt_held: int
) -> None:
    market.market_stop(ALICE, stop["side"], stop["trigger"], 3)
    assert (market.btc(ALICE), market.usdt(ALICE)) == ((0, btc_held), (0, usdt_held))
    assert market.cancel(ALICE, 1) == ["canceled 1 3 REQUESTED"]
    assert (market.last.price_ticks, market.last.book_seq) == (0, 0)
    assert (market.btc(ALICE), market.usdt(ALICE)) == ((0, 0), (0, 0))


def test_a_stop_needs_its_hold(core_type: type[Core]) -> None:
    market = Market(core_type, band_bps=1)
    worst_ticks = 101
    lots = FUNDS // (worst_ticks * K)
    refused = ["rejected INSUFFICIENT_FUNDS"]
    assert market.market_stop(ALICE, BUY, 100, lots + 1) == refused
    assert market.market_stop(ALICE, BUY, 100, lots) == ["accepted 1 waiting"]
    assert market.market_stop(ALICE, SELL, 100, FUNDS // LOT + 1) == refused
    assert market.limit_stop(BOB, BUY, 100, 50, FUNDS // (50 * K) + 1) == refused


def test_a_market_stop_to_buy_pays_what_its_fills_cost(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 5)
    market.sell(BOB, 101, 2)
    market.sell(BOB, 102, 9)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 5@0",
        "trade 2 1 2@101 maker-filled",
        "trade 3 1 3@102 taker-filled",
    ]
    (triggered,) = (event for event in market.events if isinstance(event, OrderTriggered))
    assert triggered.held_atoms == (2 * 101 + 3 * 102) * K
    assert market.usdt(ALICE) == (-(2 * 101 + 3 * 102) * K, 0)
    assert market.btc(ALICE) == (5 * LOT, 0)


def test_a_market_stop_to_buy_spends_at_most_its_hold(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 10)  # holds 1,100 ticks
    market.sell(BOB, 115, 4)
    market.sell(BOB, 120, 9)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 10@0",
        "trade 2 1 4@115 maker-filled",
        "trade 3 1 5@120",
        "expired 1 1 MARKET_REMAINDER",
    ]
    assert market.usdt(ALICE) == (-(460 + 600) * K, 0)


def test_a_market_stop_that_cannot_pay_one_lot_ends(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 1)
    market.sell(BOB, 111, 4)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == ["triggered 1 1@0", "expired 1 1 MARKET_REMAINDER"]
    assert market.usdt(ALICE) == (0, 0)


def test_a_spent_hold_looks_at_no_further_maker(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 2, self_trade_prevention=STP.CANCEL_MAKER)
    market.sell(BOB, 110, 1)
    market.sell(ALICE, 111, 4)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 2@0",
        "trade 2 1 1@110 maker-filled",
        "expired 1 1 MARKET_REMAINDER",
    ]
    assert market.resting() == [3]


def test_a_market_stop_stays_inside_the_band(market: Market) -> None:
    market.market_stop(ALICE, SELL, 100, 10)
    market.buy(BOB, 90, 2)
    market.buy(BOB, 80, 9)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 10@0",
        "trade 2 1 2@90 maker-filled",
        "expired 1 8 MARKET_REMAINDER",
    ]
    assert market.btc(ALICE) == (-2 * LOT, 0)


def test_decrement_takes_quantity_and_no_money(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 10, self_trade_prevention=STP.DECREMENT)
    market.sell(ALICE, 110, 4)
    market.sell(BOB, 115, 9)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 10@0",
        "reduced 2 by 4 to 0",
        "reduced 1 by 4 to 6",
        "trade 3 1 6@115 taker-filled",
    ]
    assert market.usdt(ALICE) == (-690 * K, 0)


def test_a_spent_hold_still_pays_for_what_costs_nothing(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 10, self_trade_prevention=STP.DECREMENT)
    market.sell(BOB, 115, 8)
    market.sell(ALICE, 116, 2)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 10@0",
        "trade 2 1 8@115 maker-filled",
        "reduced 3 by 2 to 0",
        "reduced 1 by 2 to 0",
    ]
    assert market.usdt(ALICE) == (-920 * K, 0)


@pytest.mark.parametrize(
    ("mode", "story"),
    [
        (STP.CANCEL_TAKER, ["canceled 1 3 SELF_TRADE"]),
        (STP.CANCEL_BOTH, ["canceled 2 4 SELF_TRADE", "canceled 1 3 SELF_TRADE"]),
        (STP.CANCEL_MAKER, ["canceled 2 4 SELF_TRADE", "expired 1 3 MARKET_REMAINDER"]),
        (STP.NONE, ["trade 2 1 3@110 taker-filled"]),
    ],
)
def test_a_triggered_order_has_its_own_self_trade_prevention(
    market: Market, mode: SelfTradePrevention, story: list[str]
) -> None:
    market.market_stop(ALICE, BUY, 100, 3, self_trade_prevention=mode)
    market.sell(ALICE_TOO, 110, 4)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == ["triggered 1 3@0", *story]
    assert market.usdt(ALICE)[1] == 0


def test_a_triggered_limit_order_trades_and_rests(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 100, 105, 5)
    market.sell(BOB, 104, 2)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 5@105",
        "trade 2 1 2@104 maker-filled",
        "rested 1 3@105",
    ]
    assert market.bids() == [(105, 3)]
    assert market.usdt(ALICE) == (-208 * K, 315 * K)
    assert market.replace(ALICE, 1, 106, 5) == ["replaced 1 3@106 resting"]
    assert market.event.trigger_price_ticks == 100
    refused = ["rejected UNSUPPORTED_COMBINATION"]
    assert market.replace(ALICE, 1, 106, 6, trigger_price_ticks=120) == refused
    assert market.sell(BOB, 106, 3)[-1] == "trade 1 5 3@106 maker-filled taker-filled"


@pytest.mark.parametrize(
    ("term", "story"),
    [
        (IOC, ["trade 2 1 2@104 maker-filled", "expired 1 3 IMMEDIATE_OR_CANCEL"]),
        (FOK, ["expired 1 5 FILL_OR_KILL"]),
    ],
)
def test_a_triggered_limit_order_has_its_own_terms(
    market: Market, term: Any, story: list[str]
) -> None:
    market.limit_stop(ALICE, BUY, 100, 105, 5, time_in_force=term)
    market.sell(BOB, 104, 2)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == ["triggered 1 5@105", *story]
    assert market.usdt(ALICE)[1] == 0


def test_the_aggressor_is_done_first(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 1)
    market.sell(BOB, 100, 1)
    market.sell(BOB, 101, 5)
    assert market.buy(CAROL, 101, 4) == [
        "accepted 4",
        "trade 2 4 1@100 maker-filled",
        "trade 3 4 3@101 taker-filled",
        "triggered 1 1@0",
        "trade 3 1 1@101 taker-filled",
    ]


def test_only_the_last_price_counts_not_those_on_the_way(market: Market) -> None:
    market.limit_stop(ALICE, SELL, 90, 95, 1)  # falls to 90
    market.buy(BOB, 91, 1)
    market.buy(BOB, 89, 1)
    market.limit_stop(BOB, SELL, 89, 95, 1)
    assert market.sell(CAROL, 89, 2)[3:] == ["triggered 1 1@95 resting", "triggered 4 1@95 resting"]


def test_the_order_in_which_one_trade_triggers(market: Market) -> None:
    for trigger_ticks in (103, 101, 103, 102):
        market.limit_stop(ALICE, BUY, trigger_ticks, 10, 1)
    market.limit_stop(BOB, SELL, 101, 200, 1, TAKE_PROFIT_LIMIT)
    for trigger_ticks in (104, 106, 104, 105):
        market.limit_stop(BOB, BUY, trigger_ticks, 11, 1, TAKE_PROFIT_LIMIT)
    market.limit_stop(CAROL, SELL, 106, 201, 1)
    market.sell(CAROL, 103, 1)
    told = market.buy(CAROL, 103, 1)[2:]
    assert [int(word.split()[1]) for word in told] == [2, 5, 4, 1, 3, 7, 10, 9, 6, 8]


def test_what_a_triggered_order_triggers_joins_the_queue(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 1)
    market.limit_stop(ALICE, BUY, 100, 20, 1)
    market.limit_stop(BOB, BUY, 105, 10, 1)
    market.sell(BOB, 105, 1)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1)[2:] == [
        "triggered 1 1@0",
        "trade 4 1 1@105 maker-filled taker-filled",
        "triggered 2 1@20 resting",
        "triggered 3 1@10 resting",
    ]
    triggered = [event for event in market.events if isinstance(event, OrderTriggered)]
    assert [event.last_price_ticks for event in triggered] == [100, 105, 105]


def test_a_replace_that_trades_triggers_too(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 100, 10, 1)
    market.sell(BOB, 100, 1)
    market.buy(CAROL, 99, 1)
    assert market.replace(CAROL, 3, 100, 1)[-1] == "triggered 1 1@10 resting"


def test_a_pending_stop_is_open_like_any_other_order(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 1, client_order_id=key("mine"))
    market.limit_stop(ALICE, SELL, 50, 49, 2, time_in_force=GTD, expire_s=2)
    market.limit_stop(ALICE, SELL, 50, 49, 3)
    market.buy(ALICE, 10, 4)
    assert market.core.orders() == [
        (1, ALICE, BTC_USDT, BUY, 0, 1, 1, 0),
        (2, ALICE, BTC_USDT, SELL, 49, 2, 2, 0),
        (3, ALICE, BTC_USDT, SELL, 49, 3, 3, 0),
        (4, ALICE, BTC_USDT, BUY, 10, 4, 4, 0),
    ]
    assert market.let_time_pass(2 * NS_PER_S) == ["expired 2 2 GOOD_TILL_DATE"]
    assert market.last.book_seq == 0
    assert market.cancel(ALICE, client_order_id=key("mine")) == ["canceled 1 1 REQUESTED"]
    assert market.cancel_all(ALICE) == ["canceled 3 3 CANCEL_ALL", "canceled 4 4 CANCEL_ALL"]
    assert (market.btc(ALICE), market.usdt(ALICE)) == ((0, 0), (0, 0))


def test_every_field_of_the_cancel_of_a_pending_stop(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 110, 112, 3, client_order_id=key("mine"))
    market.cancel(ALICE, 1)
    assert market.event == OrderCanceled(
        ts_ns=NOW,
        reason=CancelReason.REQUESTED,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=BUY,
        price_ticks=112,
        qty_lots=3,
        cum_qty_lots=0,
        available_atoms=FUNDS,
        held_atoms=0,
        book_seq=0,
        client_order_id=key("mine"),
    )


def test_to_close_an_instrument_ends_what_waits_in_it(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 1)
    market.buy(BOB, 50, 1)
    market.limit_stop(ALICE, SELL, 40, 40, 1)
    assert market.set_status(TradingStatus.CLOSED) == [
        "canceled 1 1 INSTRUMENT_CLOSED",
        "canceled 2 1 INSTRUMENT_CLOSED",
        "canceled 3 1 INSTRUMENT_CLOSED",
        "TradingStatusChanged",
    ]
    assert market.usdt(ALICE) == (0, 0)


def test_a_pending_stop_is_replaced(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 110, 112, 3)
    market.replace(ALICE, 1, 113, 4, trigger_price_ticks=111, request_id=key("move"))
    assert market.event == OrderReplaced(
        ts_ns=NOW,
        flags=ReplaceFlag(0),
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=BUY,
        price_ticks=113,
        qty_lots=4,
        trigger_price_ticks=111,
        leaves_qty_lots=4,
        available_atoms=FUNDS - 452 * K,
        held_atoms=452 * K,
        book_seq=0,
        request_id=key("move"),
    )
    market.trade_at(110)
    assert market.resting() == [1]
    assert market.replace(ALICE, 1, 113, 2) == ["replaced 1 2@113 waiting"]
    assert market.last.trigger_price_ticks == 111
    assert market.usdt(ALICE) == (0, 226 * K)
    market.sell(CAROL, 111, 1)
    assert market.buy(CAROL, 111, 1)[2:] == ["triggered 1 2@113 resting"]


def test_a_replaced_market_stop_holds_for_its_new_trigger(market: Market) -> None:
    market.market_stop(ALICE, BUY, 110, 3)
    assert market.replace(ALICE, 1, 0, 2, trigger_price_ticks=200) == ["replaced 1 2@0 waiting"]
    assert market.usdt(ALICE) == (0, 440 * K)
    assert market.replace(ALICE, 1, 0, 10**6) == ["rejected INSUFFICIENT_FUNDS"]
    assert market.usdt(ALICE) == (0, 440 * K)


def test_a_replaced_stop_goes_behind_those_of_its_price(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 110, 10, 3)
    market.limit_stop(BOB, BUY, 110, 10, 3)
    market.replace(ALICE, 1, 10, 2)
    market.sell(CAROL, 110, 1)
    told = market.buy(CAROL, 110, 1)[2:]
    assert told == ["triggered 2 3@10 resting", "triggered 1 2@10 resting"]


@pytest.mark.parametrize(
    ("reason", "price_ticks", "qty_lots", "terms"),
    [
        ("UNSUPPORTED_COMBINATION", 112, 3, {"display_qty_lots": 1}),
        ("INVALID_PRICE", 0, 3, {"trigger_price_ticks": -1}),
        ("INVALID_TRIGGER_PRICE", 112, 0, {"trigger_price_ticks": -1}),
        ("INVALID_TRIGGER_PRICE", 112, 0, {"trigger_price_ticks": 2**53}),
        ("INVALID_QUANTITY", 2**53 - 1, 0, {}),
        ("NOTIONAL_TOO_LARGE", 2**53 - 1, 2**53 - 1, {}),
        ("NOTHING_TO_CHANGE", 112, 3, {}),
        ("NOTHING_TO_CHANGE", 112, 3, {"trigger_price_ticks": 110}),
        ("WOULD_TRIGGER_AT_ONCE", 2**40, 3, {"trigger_price_ticks": 100}),
        ("INSUFFICIENT_FUNDS", 2**40, 3, {}),
    ],
)
def test_a_replace_of_a_pending_stop_that_cannot_be(
    market: Market, reason: str, price_ticks: int, qty_lots: int, terms: dict[str, int]
) -> None:
    market.trade_at(100)
    market.limit_stop(ALICE, BUY, 110, 112, 3)
    before = market.core.balances(), market.core.orders()
    assert market.replace(ALICE, 3, price_ticks, qty_lots, **terms) == [f"rejected {reason}"]
    assert (market.core.balances(), market.core.orders()) == before


def test_a_market_stop_cannot_be_given_a_price(market: Market) -> None:
    market.market_stop(ALICE, BUY, 110, 3)
    assert market.replace(ALICE, 1, 1, 3) == ["rejected UNSUPPORTED_COMBINATION"]
    assert market.replace(ALICE, 1, 0, 2**53 - 1) == ["rejected NOTIONAL_TOO_LARGE"]


def test_a_trigger_for_what_is_no_stop(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    refused = ["rejected UNSUPPORTED_COMBINATION"]
    assert market.replace(ALICE, 1, 100, 4, trigger_price_ticks=1) == refused
