"""Limit orders: price-time priority, holds, price improvement, IOC, FOK, post-only."""

import pytest

from domain.events import OrderAccepted, OrderExpired, OrderRested, Trade, TradeFlag
from domain.orders import AggressorSide, OrderFlag, OrderType, SelfTradePrevention
from domain.reasons import CancelReason
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC_USDT,
    BUY,
    CAROL,
    FOK,
    FUNDS,
    GTC,
    IOC,
    LOT,
    NOW,
    SELL,
    STP,
    K,
    Market,
    key,
)


def test_an_order_nobody_wants_yet_rests_whole(market: Market) -> None:
    assert market.buy(ALICE, 100, 5) == ["accepted 1 resting"]
    assert market.sell(BOB, 101, 3) == ["accepted 2 resting"]
    assert (market.bids(), market.asks()) == ([(100, 5)], [(101, 3)])


def test_a_buy_holds_its_price_in_quote_and_a_sell_its_quantity_in_base(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.sell(BOB, 101, 3)
    assert market.usdt(ALICE) == (0, 100 * 5 * K)
    assert market.btc(ALICE) == (0, 0)
    assert market.btc(BOB) == (0, 3 * LOT)
    assert market.usdt(BOB) == (0, 0)


@pytest.mark.parametrize(("side", "prices"), [(SELL, (102, 101, 103)), (BUY, (102, 103, 101))])
def test_the_best_price_trades_first(market: Market, side: object, prices: tuple[int, ...]) -> None:
    rest, take = (market.sell, market.buy) if side is SELL else (market.buy, market.sell)
    for price_ticks in prices:
        rest(ALICE, price_ticks, 1)
    far = 110 if side is SELL else 90
    assert take(BOB, far, 3) == [
        "accepted 4",
        f"trade 2 4 1@{prices[1]} maker-filled",
        f"trade 1 4 1@{prices[0]} maker-filled",
        f"trade 3 4 1@{prices[2]} maker-filled taker-filled",
    ]


def test_at_one_price_the_oldest_trades_first(market: Market) -> None:
    for account_id in (ALICE, CAROL, ALICE):
        market.sell(account_id, 100, 2)
    assert market.buy(BOB, 100, 5) == [
        "accepted 4",
        "trade 1 4 2@100 maker-filled",
        "trade 2 4 2@100 maker-filled",
        "trade 3 4 1@100 taker-filled",
    ]
    assert market.asks() == [(100, 1)]


def test_a_partly_filled_maker_keeps_its_place(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(CAROL, 100, 5)
    market.buy(BOB, 100, 2)
    assert market.buy(BOB, 100, 4) == [
        "accepted 4",
        "trade 1 4 3@100 maker-filled",
        "trade 2 4 1@100 taker-filled",
    ]


def test_what_is_left_of_a_taker_rests_at_its_limit(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.buy(BOB, 101, 8) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled",
        "rested 2 3@101",
    ]
    assert market.bids() == [(101, 3)]


def test_a_better_price_than_the_limit_comes_back_in_the_same_command(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.buy(BOB, 120, 8)
    assert market.usdt(BOB) == (-100 * 5 * K, 120 * 3 * K)
    assert market.usdt(ALICE) == (100 * 5 * K, 0)
    assert market.btc(BOB) == (5 * LOT, 0)
    assert market.btc(ALICE) == (-5 * LOT, 0)


def test_a_seller_gets_the_better_price_of_the_bid(market: Market) -> None:
    market.buy(ALICE, 120, 5)
    market.sell(BOB, 100, 5)
    assert market.usdt(BOB) == (120 * 5 * K, 0)
    assert market.usdt(ALICE) == (-120 * 5 * K, 0)


def test_immediate_or_cancel_takes_what_it_can_and_never_rests(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.buy(BOB, 100, 8, time_in_force=IOC) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled",
        "expired 2 3 IMMEDIATE_OR_CANCEL",
    ]
    assert market.usdt(BOB) == (-100 * 5 * K, 0)
    assert market.resting() == []


def test_immediate_or_cancel_that_meets_nobody_expires_whole(market: Market) -> None:
    market.sell(ALICE, 101, 5)
    assert market.buy(BOB, 100, 8, time_in_force=IOC) == [
        "accepted 2",
        "expired 2 8 IMMEDIATE_OR_CANCEL",
    ]
    assert market.usdt(BOB) == (0, 0)


def test_fok_that_can_fill_whole_fills(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(CAROL, 101, 5)
    assert market.buy(BOB, 101, 8, time_in_force=FOK) == [
        "accepted 3",
        "trade 1 3 5@100 maker-filled",
        "trade 2 3 3@101 taker-filled",
    ]


def test_fok_that_cannot_fill_whole_leaves_the_book_untouched(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(CAROL, 102, 5)
    before = (market.core.balances(), market.core.orders(), market.asks())
    assert market.buy(BOB, 101, 6, time_in_force=FOK) == ["accepted 3", "expired 3 6 FILL_OR_KILL"]
    assert (market.core.balances(), market.core.orders(), market.asks()) == before
    assert market.core.next_order_id == 4


def test_fok_with_nothing_to_meet_expires(market: Market) -> None:
    assert market.sell(BOB, 101, 6, time_in_force=FOK) == ["accepted 1", "expired 1 6 FILL_OR_KILL"]
    assert market.btc(BOB) == (0, 0)


def test_fok_under_cancel_maker_skips_own_orders_in_its_count(market: Market) -> None:
    market.sell(BOB, 100, 5)
    market.sell(ALICE, 100, 5)
    fok = {"time_in_force": FOK, "self_trade_prevention": STP.CANCEL_MAKER}
    assert market.buy(BOB, 100, 6, **fok) == ["accepted 3", "expired 3 6 FILL_OR_KILL"]
    assert market.resting() == [1, 2]
    assert market.buy(BOB, 100, 5, **fok) == [
        "accepted 4",
        "canceled 1 5 SELF_TRADE",
        "trade 2 4 5@100 maker-filled taker-filled",
    ]


@pytest.mark.parametrize("mode", [STP.CANCEL_TAKER, STP.CANCEL_BOTH])
def test_fok_stops_counting_at_its_first_own_order_if_that_would_end_it(
    market: Market, mode: SelfTradePrevention
) -> None:
    market.sell(ALICE, 100, 3)
    market.sell(BOB, 100, 5)
    market.sell(ALICE, 100, 5)
    fok = {"time_in_force": FOK, "self_trade_prevention": mode}
    assert market.buy(BOB, 100, 4, **fok) == ["accepted 4", "expired 4 4 FILL_OR_KILL"]
    assert market.resting() == [1, 2, 3]
    assert market.buy(BOB, 100, 3, **fok) == [
        "accepted 5",
        "trade 1 5 3@100 maker-filled taker-filled",
    ]


def test_fok_without_prevention_counts_own_orders(market: Market) -> None:
    market.sell(BOB, 100, 5)
    assert market.buy(BOB, 100, 5, time_in_force=FOK) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled taker-filled",
    ]


def test_post_only_rests_beside_the_best_price(market: Market) -> None:
    market.sell(ALICE, 101, 5)
    assert market.buy(BOB, 100, 5, flags=OrderFlag.POST_ONLY) == ["accepted 2 resting"]


@pytest.mark.parametrize("account_id", [ALICE, BOB])
def test_post_only_refuses_to_take_even_from_its_owner(market: Market, account_id: int) -> None:
    market.sell(ALICE, 101, 5)
    refused = ["rejected POST_ONLY_WOULD_TAKE"]
    assert market.buy(account_id, 101, 5, flags=OrderFlag.POST_ONLY) == refused
    market.buy(CAROL, 99, 1)
    assert market.sell(account_id, 99, 5, flags=OrderFlag.POST_ONLY) == refused
    assert market.resting() == [1, 2]


def test_order_ids_count_accepted_orders_only(market: Market) -> None:
    market.buy(ALICE, 100, 1)
    market.buy(ALICE, 0, 1)
    assert market.buy(ALICE, 100, 1) == ["accepted 2 resting"]


def test_every_field_of_the_events_of_a_trade(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=500, taker_fee_ppm=1_000)
    market.sell(ALICE, 100, 5, client_order_id=key("ask"))
    assert market.event.book_seq == 1
    market.buy(BOB, 110, 8, client_order_id=key("bid"))
    quote_fee, base_fee = 3, 5  # 5,000 x 500 ppm = 2.5, rounded up; 5,000 x 1,000 ppm
    spent_and_held = 110 * 8 * K
    accepted = OrderAccepted(
        ts_ns=NOW,
        order_id=2,
        account_id=BOB,
        instrument_id=BTC_USDT,
        side=BUY,
        order_type=OrderType.LIMIT,
        time_in_force=GTC,
        self_trade_prevention=STP.NONE,
        flags=OrderFlag(0),
        price_ticks=110,
        qty_lots=8,
        available_atoms=FUNDS - spent_and_held,
        held_atoms=spent_and_held,
        book_seq=0,
        client_order_id=key("bid"),
    )
    trade = Trade(
        ts_ns=NOW,
        trade_id=1,
        instrument_id=BTC_USDT,
        aggressor_side=AggressorSide.BUY,
        maker_side=SELL,
        flags=TradeFlag.MAKER_FILLED,
        maker_order_id=1,
        taker_order_id=2,
        maker_account_id=ALICE,
        taker_account_id=BOB,
        price_ticks=100,
        qty_lots=5,
        book_seq=2,
        maker_fee_atoms=quote_fee,
        taker_fee_atoms=base_fee,
        maker_received_available_atoms=FUNDS + 5_000 - quote_fee,
        maker_held_atoms=0,
        taker_received_available_atoms=FUNDS + 5 * LOT - base_fee,
        taker_available_atoms=FUNDS - 5_000 - 110 * 3 * K,
        taker_held_atoms=110 * 3 * K,
    )
    rested = OrderRested(
        ts_ns=NOW,
        order_id=2,
        account_id=BOB,
        instrument_id=BTC_USDT,
        side=BUY,
        price_ticks=110,
        visible_qty_lots=3,
        leaves_qty_lots=3,
        available_atoms=FUNDS - 5_000 - 110 * 3 * K,
        held_atoms=110 * 3 * K,
        book_seq=3,
    )
    assert market.events == [accepted, trade, rested]


def test_every_field_of_an_expiry(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.buy(BOB, 100, 8, time_in_force=IOC, client_order_id=key("bid"))
    assert market.events[-1] == OrderExpired(
        ts_ns=NOW,
        reason=CancelReason.IMMEDIATE_OR_CANCEL,
        order_id=2,
        account_id=BOB,
        instrument_id=BTC_USDT,
        side=BUY,
        price_ticks=100,
        qty_lots=3,
        cum_qty_lots=5,
        available_atoms=FUNDS - 5_000,
        held_atoms=0,
        book_seq=0,
        client_order_id=key("bid"),
    )


def test_trading_with_oneself_moves_nothing_but_the_fees(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=1_000, taker_fee_ppm=2_000)
    market.sell(ALICE, 100, 5)
    market.buy(ALICE, 100, 5)
    assert market.btc(ALICE) == (-10, 0)
    assert market.usdt(ALICE) == (-5, 0)
    trade = market.events[1]
    assert isinstance(trade, Trade)
    assert trade.maker_received_available_atoms == trade.taker_available_atoms == FUNDS - 5
    assert trade.taker_received_available_atoms == FUNDS - 10
