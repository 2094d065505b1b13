"""What guards a price: the collar refuses limits too far away, the breaker calls an auction."""

from typing import Any

import pytest

from domain.events import TradingStatusChanged
from domain.orders import OrderFlag, OrderType, Side, StatusCause, TradingStatus
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
    IOC,
    LOT,
    NOW,
    SELL,
    STP,
    K,
    Market,
)

TRIPPED = "status AUCTION BREAKER"


def test_without_a_reference_there_is_no_collar(market: Market) -> None:
    market.set_rules(collar_bps=1_000)
    assert market.buy(ALICE, 10**6, 1) == ["accepted 1 resting"]


@pytest.mark.parametrize(
    ("price_ticks", "said"),
    [(899, "rejected"), (900, "accepted"), (1_100, "accepted"), (1_101, "rejected")],
)
def test_limit_prices_stay_within_the_collar(market: Market, price_ticks: int, said: str) -> None:
    market.set_rules(collar_bps=1_000, reference_price_ticks=1_000)
    market.buy(CAROL, 950, 1)
    assert market.buy(ALICE, price_ticks, 1)[0].startswith(said)
    assert market.limit_stop(ALICE, BUY, 5_000, price_ticks, 1)[0].startswith(said)
    amended = said.replace("accepted", "replaced")
    assert market.replace(CAROL, 1, price_ticks, 1)[0].startswith(amended)


def test_the_collar_follows_the_last_trade_and_holds_in_an_auction(market: Market) -> None:
    market.set_rules(collar_bps=1_000, reference_price_ticks=1_000)
    market.trade_at(1_100)
    assert market.buy(ALICE, 989, 1) == ["rejected PRICE_OUTSIDE_COLLAR"]
    market.set_status(TradingStatus.AUCTION)
    assert market.buy(ALICE, 1_211, 0) == ["rejected PRICE_OUTSIDE_COLLAR"]
    assert market.buy(ALICE, 0, 0) == ["rejected INVALID_PRICE"]
    assert market.market_stop(ALICE, BUY, 9_000, 1)[0].endswith("waiting")


def test_an_order_that_keeps_its_price_outside_the_collar_is_not_amended(market: Market) -> None:
    market.buy(ALICE, 500, 9)
    market.set_rules(collar_bps=1_000, reference_price_ticks=1_000)
    for lots in (8, 0):
        said = market.replace(ALICE, 1, 500, lots)
        assert said == ["rejected PRICE_OUTSIDE_COLLAR"]
    assert market.cancel(ALICE, 1) == ["canceled 1 9 REQUESTED"]


def guarded(core_type: type[Core], *, auction_s: int = 0, **terms: Any) -> Market:
    """Return a market that last traded at 100 and may move by a tenth in ten seconds."""
    market = Market(core_type, band_bps=5_000, **terms)
    market.set_rules(breaker_bps=1_000, breaker_window_s=10, auction_s=auction_s)
    market.trade_at(100)
    return market


def test_a_trade_past_the_breaker_calls_an_auction_instead(core_type: type[Core]) -> None:
    market = guarded(core_type, auction_s=60)
    for price_ticks in (105, 110, 111):
        market.sell(ALICE, price_ticks, 2)
    assert market.buy(BOB, 120, 9) == [
        "accepted 6",
        "trade 3 6 2@105 maker-filled",
        "trade 4 6 2@110 maker-filled",
        TRIPPED,
        "rested 6 5@120",
    ]
    assert market.events[3] == TradingStatusChanged(
        ts_ns=NOW,
        instrument_id=BTC_USDT,
        trading_status=TradingStatus.AUCTION,
        cause=StatusCause.BREAKER,
        auction_ends_ns=NOW + 60 * NS_PER_S,
    )
    assert (market.bids(), market.asks()) == ([(120, 5)], [(111, 2)])
    assert market.let_time_pass(NOW + 60 * NS_PER_S) == [
        "uncrossed 2@120 left 3",
        "trade 5 6 2@120 maker-filled",
        "status TRADING AUCTION_ENDED",
    ]


def test_a_sell_is_bounded_below_and_rounded_inwards(core_type: type[Core]) -> None:
    market = Market(core_type)
    market.set_rules(breaker_bps=1_000, breaker_window_s=10, reference_price_ticks=99)
    for price_ticks in (90, 89):  # a tenth below 99 is 89.1
        market.buy(ALICE, price_ticks, 1)
    assert market.sell(BOB, 80, 3) == [
        "accepted 3",
        "trade 1 3 1@90 maker-filled",
        TRIPPED,
        "rested 3 2@80",
    ]


def test_a_trade_too_far_the_other_way_trips_it_too(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 89, 2)  # nobody bids: an offer far below the last trade
    assert market.buy(BOB, 95, 3) == ["accepted 4", TRIPPED, "rested 4 3@95"]

    market = guarded(core_type)
    market.buy(ALICE, 111, 2)
    assert market.sell(BOB, 105, 3) == ["accepted 4", TRIPPED, "rested 4 3@105"]
    market = guarded(core_type)
    market.buy(ALICE, 110, 2)
    assert market.sell(BOB, 105, 2)[-1] == "trade 3 4 2@110 maker-filled taker-filled"


def test_who_asks_for_no_more_than_the_breaker_allows_does_not_trip_it(
    core_type: type[Core],
) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 110, 2)
    market.sell(ALICE, 111, 2)
    assert market.buy(BOB, 110, 3)[-1] == "rested 5 1@110"
    assert market.sell(CAROL, 110, 1)[-1] == "trade 5 6 1@110 maker-filled taker-filled"
    assert market.buy(BOB, 110, 1) == ["accepted 7 resting"]


def test_orders_that_do_not_rest_expire_after_the_trip(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 105, 1)
    market.sell(ALICE, 111, 9)
    assert market.buy(BOB, 115, 4, time_in_force=IOC)[1:] == [
        "trade 3 5 1@105 maker-filled",
        TRIPPED,
        "expired 5 3 IMMEDIATE_OR_CANCEL",
    ]
    assert market.usdt(BOB) == (-105 * K, 0)
    market = guarded(core_type)
    market.sell(ALICE, 105, 1)
    market.sell(ALICE, 111, 9)
    assert market.market_buy(BOB, 4)[1:] == [
        "trade 3 5 1@105 maker-filled",
        TRIPPED,
        "expired 5 3 MARKET_REMAINDER",
    ]
    assert market.usdt(BOB) == (-105 * K, 0)


def test_a_fok_that_the_breaker_would_cut_expires_and_trips_nothing(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 105, 1)
    market.sell(ALICE, 111, 9)
    said = market.buy(BOB, 115, 2, time_in_force=FOK)
    assert said == ["accepted 5", "expired 5 2 FILL_OR_KILL"]
    assert market.buy(BOB, 115, 1, time_in_force=FOK)[-1].endswith("taker-filled")


def test_orders_whose_every_maker_is_past_the_breaker(core_type: type[Core]) -> None:
    for order, end in (
        ({"price_ticks": 115}, "rested 4 2@115"),
        ({"price_ticks": 0, "order_type": OrderType.MARKET}, "expired 4 2 MARKET_REMAINDER"),
    ):
        market = guarded(core_type)
        market.sell(ALICE, 111, 9)
        if order["price_ticks"] == 0:
            order = {**order, "time_in_force": IOC}
        terms: dict[str, Any] = {"qty_lots": 2, **order}
        assert market.send(market.order(BOB, BUY, **terms)) == ["accepted 4", TRIPPED, end]
        held = 115 * 2 * K if order["price_ticks"] else 0
        assert market.usdt(BOB) == (0, held)


def test_a_market_sell_past_the_breaker_gets_its_lots_back(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.buy(ALICE, 89, 9)
    assert market.market_sell(BOB, 2) == ["accepted 4", TRIPPED, "expired 4 2 MARKET_REMAINDER"]
    assert market.first.held_atoms == 2 * LOT
    assert market.btc(BOB) == (0, 0)


def test_what_a_market_order_is_worth_is_as_planned(core_type: type[Core]) -> None:
    market = guarded(core_type, min_notional_atoms=100 * K)
    market.sell(ALICE, 111, 9)
    assert market.market_buy(BOB, 2) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.market_buy(BOB, quote_budget_atoms=500 * K) == [
        "accepted 4",
        TRIPPED,
        "expired 4 0 MARKET_REMAINDER",
    ]


def test_post_only_looks_at_the_book_and_not_at_the_breaker(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 111, 9)
    said = market.buy(BOB, 111, 2, flags=OrderFlag.POST_ONLY)
    assert said == ["rejected POST_ONLY_WOULD_TAKE"]
    market.buy(BOB, 90, 2)
    assert market.replace(BOB, 4, 111, 2) == ["replaced 4 2@111", TRIPPED, "rested 4 2@111"]


def test_what_ends_a_taker_before_the_breaker_trips_nothing(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 105, 1)
    market.sell(ALICE_TOO, 106, 1)
    market.sell(BOB, 111, 1)
    own = {"self_trade_prevention": STP.CANCEL_TAKER}
    assert market.buy(ALICE, 120, 5, **own)[-1] == "canceled 6 5 SELF_TRADE"
    assert market.market_buy(CAROL, quote_budget_atoms=211 * K)[-1].endswith("taker-filled")


def test_within_a_window_the_reference_stays_and_then_it_rolls(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.trade_at(105)
    market.trade_at(110)  # still measured by 100
    market.sell(ALICE, 111, 9)
    market.now_ns = NOW + 10 * NS_PER_S - 1
    assert market.buy(BOB, 111, 1)[1] == TRIPPED
    market.cancel_all(BOB)
    market.set_status(TradingStatus.TRADING)  # which ends the window
    assert market.buy(BOB, 111, 1)[1] == "trade 7 9 1@111 taker-filled"
    market.now_ns += 10 * NS_PER_S
    market.sell(ALICE, 123, 1)
    assert market.buy(BOB, 123, 10)[-2:] == [TRIPPED, "rested 11 2@123"]


def test_a_refused_order_starts_no_window(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.sell(ALICE, 105, FUNDS // LOT)
    market.now_ns = NOW + 20 * NS_PER_S
    assert market.market_buy(BOB, FUNDS // LOT) == ["rejected INSUFFICIENT_FUNDS"]
    market.now_ns = NOW + 29 * NS_PER_S
    market.buy(BOB, 105, 1)  # the window begins: a tenth above the 100 that was last before
    market.cancel_all(ALICE)
    market.now_ns = NOW + 31 * NS_PER_S
    market.sell(ALICE, 115, 9)
    assert market.buy(BOB, 115, 2) == ["accepted 6", TRIPPED, "rested 6 2@115"]


def test_an_uncross_starts_a_window_at_its_price(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.set_status(TradingStatus.AUCTION)
    market.sell(ALICE, 200, 1)
    market.buy(BOB, 200, 1)
    market.set_status(TradingStatus.TRADING)
    market.sell(ALICE, 220, 1)
    market.sell(ALICE, 221, 1)
    assert market.buy(BOB, 230, 2)[1:] == [
        "trade 5 7 1@220 maker-filled",
        TRIPPED,
        "rested 7 1@230",
    ]


@pytest.mark.parametrize(("side", "trigger_ticks"), [(BUY, 105), (SELL, 95)])
def test_a_triggered_order_trips_it_too_and_ends_the_queue(
    core_type: type[Core], side: Side, trigger_ticks: int
) -> None:
    market = guarded(core_type)
    market.market_stop(ALICE, side, trigger_ticks, 2)
    market.market_stop(BOB, side, trigger_ticks, 2)
    away = 115 if side is BUY else 85
    market.send(market.order(CAROL, side.opposite, away, 9))
    market.sell(CAROL, trigger_ticks, 1)
    said = market.buy(CAROL, trigger_ticks, 1)
    assert said[-3:] == ["triggered 3 2@0", TRIPPED, "expired 3 2 MARKET_REMAINDER"]
    assert market.core.next_deadline_ns == 0
    market.cancel_all(CAROL)
    assert market.set_status(TradingStatus.TRADING) == [
        "TradingStatusChanged",
        "triggered 4 2@0",
        "expired 4 2 MARKET_REMAINDER",
    ]


def test_rules_that_are_set_again_end_the_window(core_type: type[Core]) -> None:
    market = guarded(core_type)
    market.trade_at(109)
    market.set_rules(breaker_bps=1_000, breaker_window_s=10)
    market.trade_at(119)
    market.sell(ALICE, 120, 1)
    assert market.buy(BOB, 120, 1)[-2:] == [TRIPPED, "rested 8 1@120"]
