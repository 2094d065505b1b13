"""Orders of one group meet: the aggressor's mode decides."""

import pytest

from domain.events import OrderReduced
from domain.orders import SelfTradePrevention
from domain.reasons import CancelReason
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC_USDT,
    BUY,
    FUNDS,
    IOC,
    LOT,
    NOW,
    SELL,
    STP,
    K,
    Market,
    key,
)


def test_without_prevention_one_trades_with_oneself(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.buy(ALICE, 100, 5) == ["accepted 2", "trade 1 2 5@100 maker-filled taker-filled"]
    assert market.usdt(ALICE) == (0, 0)
    assert market.btc(ALICE) == (0, 0)


def test_cancel_maker_ends_the_resting_order_and_goes_on(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(BOB, 100, 2)
    assert market.buy(ALICE, 100, 4, self_trade_prevention=STP.CANCEL_MAKER) == [
        "accepted 3",
        "canceled 1 5 SELF_TRADE",
        "trade 2 3 2@100 maker-filled",
        "rested 3 2@100",
    ]
    assert market.btc(ALICE) == (2 * LOT, 0)


def test_an_order_that_only_cancelled_makers_rests_in_their_place(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.buy(ALICE, 100, 4, self_trade_prevention=STP.CANCEL_MAKER) == [
        "accepted 2",
        "canceled 1 5 SELF_TRADE",
        "rested 2 4@100",
    ]
    assert market.last.book_seq == 3


def test_cancel_taker_ends_what_is_left_of_the_arriving_order(market: Market) -> None:
    market.sell(BOB, 100, 2)
    market.sell(ALICE, 100, 5)
    assert market.buy(ALICE, 100, 4, self_trade_prevention=STP.CANCEL_TAKER) == [
        "accepted 3",
        "trade 1 3 2@100 maker-filled",
        "canceled 3 2 SELF_TRADE",
    ]
    assert market.asks() == [(100, 5)]
    assert market.usdt(ALICE) == (-200 * K, 0)
    assert market.last.book_seq == 0


def test_cancel_both_ends_maker_then_taker(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(BOB, 100, 2)
    assert market.buy(ALICE, 100, 4, self_trade_prevention=STP.CANCEL_BOTH) == [
        "accepted 3",
        "canceled 1 5 SELF_TRADE",
        "canceled 3 4 SELF_TRADE",
    ]
    assert market.resting() == [2]
    assert market.usdt(ALICE) == market.btc(ALICE) == (0, 0)


def test_decrement_takes_the_smaller_off_both_without_trade_fee_or_price(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(BOB, 100, 9)
    assert market.buy(ALICE, 101, 7, self_trade_prevention=STP.DECREMENT) == [
        "accepted 3",
        "reduced 1 by 5 to 0",
        "reduced 3 by 5 to 2",
        "trade 2 3 2@100 taker-filled",
    ]
    assert market.last.trade_id == 1
    assert market.btc(ALICE) == (2 * LOT, 0)
    assert market.usdt(ALICE) == (-200 * K, 0)


def test_decrement_that_ends_the_taker_leaves_the_maker_in_place(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(BOB, 100, 1)
    assert market.buy(ALICE, 100, 2, self_trade_prevention=STP.DECREMENT) == [
        "accepted 3",
        "reduced 1 by 2 to 3",
        "reduced 3 by 2 to 0",
    ]
    assert market.asks() == [(100, 4)]
    assert market.btc(ALICE) == (0, 3 * LOT)
    assert market.usdt(ALICE) == (0, 0)
    assert market.buy(BOB, 100, 1)[1].startswith("trade 1 4 1@100")


def test_a_decremented_order_is_as_if_it_had_been_smaller_from_the_start(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.buy(ALICE, 100, 2, self_trade_prevention=STP.DECREMENT)
    ((*_, qty_lots, leaves_qty_lots, cum_qty_lots),) = market.core.orders()
    assert (qty_lots, leaves_qty_lots, cum_qty_lots) == (3, 3, 0)
    assert market.replace(ALICE, 1, 100, 3) == ["rejected NOTHING_TO_CHANGE"]


def test_every_field_of_a_reduction(market: Market) -> None:
    market.sell(ALICE, 100, 5, client_order_id=key("ask"))
    market.buy(BOB, 100, 1)
    market.buy(ALICE, 101, 2, self_trade_prevention=STP.DECREMENT, client_order_id=key("bid"))
    maker = OrderReduced(
        ts_ns=NOW,
        reason=CancelReason.SELF_TRADE,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=SELL,
        price_ticks=100,
        qty_lots=2,
        cum_qty_lots=1,
        leaves_qty_lots=2,
        available_atoms=FUNDS - 3 * LOT,
        held_atoms=2 * LOT,
        book_seq=3,
        client_order_id=key("ask"),
    )
    taker = OrderReduced(
        ts_ns=NOW,
        reason=CancelReason.SELF_TRADE,
        order_id=3,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=BUY,
        price_ticks=101,
        qty_lots=2,
        cum_qty_lots=0,
        leaves_qty_lots=0,
        available_atoms=FUNDS + 100 * K,
        held_atoms=0,
        book_seq=0,
        client_order_id=key("bid"),
    )
    assert market.events[1:] == [maker, taker]


@pytest.mark.parametrize(
    "mode", [STP.CANCEL_MAKER, STP.CANCEL_TAKER, STP.CANCEL_BOTH, STP.DECREMENT]
)
def test_accounts_of_one_group_count_as_one_owner(
    market: Market, mode: SelfTradePrevention
) -> None:
    market.sell(ALICE, 100, 5)
    told = market.buy(ALICE_TOO, 100, 5, self_trade_prevention=mode)
    assert not [words for words in told if words.startswith("trade")]


def test_the_aggressors_mode_rules_and_the_makers_does_not_matter(market: Market) -> None:
    market.sell(ALICE, 100, 5, self_trade_prevention=STP.CANCEL_BOTH)
    assert market.buy(ALICE, 100, 5)[1].startswith("trade 1 2")


@pytest.mark.parametrize("mode", list(SelfTradePrevention))
def test_orders_of_different_groups_always_trade(market: Market, mode: SelfTradePrevention) -> None:
    market.sell(ALICE, 100, 5)
    assert market.buy(BOB, 100, 5, self_trade_prevention=mode, time_in_force=IOC) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled taker-filled",
    ]


def test_an_own_order_beyond_the_last_fill_is_left_alone(market: Market) -> None:
    market.sell(BOB, 100, 5)
    market.sell(ALICE, 100, 5)
    told = market.buy(ALICE, 100, 5, self_trade_prevention=STP.CANCEL_BOTH)
    assert told == ["accepted 3", "trade 1 3 5@100 maker-filled taker-filled"]
    assert market.resting() == [2]
