"""ReplaceOrder: a new price or total, atomically; less at the same price keeps the place."""

import pytest

from domain.events import OrderReplaced, ReplaceFlag
from domain.orders import OrderFlag, SelfTradePrevention, TradingStatus
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC_USDT,
    CAROL,
    FUNDS,
    LOT,
    NOW,
    SELL,
    STP,
    K,
    Market,
    key,
)


def test_less_at_the_same_price_keeps_the_place(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(CAROL, 100, 5)
    assert market.replace(ALICE, 1, 100, 3) == ["replaced 1 3@100 keeps-place resting"]
    assert market.btc(ALICE) == (0, 3 * LOT)
    assert market.asks() == [(100, 8)]
    assert market.buy(BOB, 100, 4) == [
        "accepted 3",
        "trade 1 3 3@100 maker-filled",
        "trade 2 3 1@100 taker-filled",
    ]


def test_more_at_the_same_price_goes_to_the_back(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(CAROL, 100, 5)
    assert market.replace(ALICE, 1, 100, 6) == ["replaced 1 6@100 resting"]
    assert market.btc(ALICE) == (0, 6 * LOT)
    assert market.buy(BOB, 100, 6) == [
        "accepted 3",
        "trade 2 3 5@100 maker-filled",
        "trade 1 3 1@100 taker-filled",
    ]


def test_another_price_goes_to_the_back_of_its_level(market: Market) -> None:
    market.buy(ALICE, 99, 5)
    market.buy(CAROL, 100, 5)
    assert market.replace(ALICE, 1, 100, 2) == ["replaced 1 2@100 resting"]
    assert market.bids() == [(100, 7)]
    assert market.usdt(ALICE) == (0, 200 * K)
    assert market.sell(BOB, 100, 5)[1] == "trade 2 3 5@100 maker-filled taker-filled"


def test_a_replace_that_crosses_trades_as_taker_and_rests_the_rest(market: Market) -> None:
    market.buy(ALICE, 99, 5)
    market.sell(BOB, 101, 3)
    assert market.replace(ALICE, 1, 102, 5) == [
        "replaced 1 5@102",
        "trade 2 1 3@101 maker-filled",
        "rested 1 2@102",
    ]
    assert market.usdt(ALICE) == (-303 * K, 204 * K)
    assert [event.book_seq for event in market.events] == [3, 4, 5]  # type: ignore[union-attr]


def test_a_replace_that_fills_whole_is_over(market: Market) -> None:
    market.buy(ALICE, 99, 5)
    market.sell(BOB, 101, 5)
    assert market.replace(ALICE, 1, 101, 5) == [
        "replaced 1 5@101",
        "trade 2 1 5@101 maker-filled taker-filled",
    ]
    assert market.resting() == []


def test_the_new_total_includes_what_was_executed(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.buy(BOB, 100, 2)
    assert market.replace(ALICE, 1, 100, 4) == ["replaced 1 2@100 keeps-place resting"]
    assert market.replace(ALICE, 1, 101, 10) == ["replaced 1 8@101 resting"]
    ((*_, qty_lots, leaves_qty_lots, cum_qty_lots),) = market.core.orders()
    assert (qty_lots, leaves_qty_lots, cum_qty_lots) == (10, 8, 2)


@pytest.mark.parametrize("qty_lots", [1, 2])
def test_a_total_no_greater_than_executed_cancels(market: Market, qty_lots: int) -> None:
    market.sell(ALICE, 100, 5)
    market.buy(BOB, 100, 2)
    assert market.replace(ALICE, 1, 105, qty_lots) == ["canceled 1 3 REPLACED_TO_NOTHING"]
    assert market.btc(ALICE) == (-2 * LOT, 0)
    assert market.outcome.order_id == 1


def test_a_replace_to_nothing_cancels_whatever_price_it_names(market: Market) -> None:
    market.sell(ALICE, 100, 5, flags=OrderFlag.POST_ONLY)
    market.buy(BOB, 100, 2)
    market.buy(BOB, 99, 1)
    assert market.replace(ALICE, 1, 99, 2) == ["canceled 1 3 REPLACED_TO_NOTHING"]


def test_the_order_keeps_its_ids_and_its_fee_so_far(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=100)  # 1,000 x 100 ppm = 0.1 a lot
    market.sell(ALICE, 100, 5, client_order_id=key("mine"))
    market.buy(BOB, 100, 1)
    assert market.last.maker_fee_atoms == 1
    market.replace(ALICE, 1, 101, 9)
    market.buy(BOB, 101, 8)  # 1,000 + 8 x 1,010 in all: 0.908
    assert market.last.maker_fee_atoms == 0
    market.sell(ALICE, 100, 1, client_order_id=key("mine"))
    assert market.outcome.order_id != 1


def test_a_replaced_order_is_still_found_by_its_client_order_id(market: Market) -> None:
    market.sell(ALICE, 100, 5, client_order_id=key("mine"))
    market.replace(ALICE, 1, 101, 9)
    assert market.cancel(ALICE, client_order_id=key("mine")) == ["canceled 1 9 REQUESTED"]


def test_a_replace_needs_funds_only_for_the_difference(market: Market) -> None:
    lots = FUNDS // LOT
    market.sell(ALICE, 100, lots)
    assert market.replace(ALICE, 1, 101, lots) == [f"replaced 1 {lots}@101 resting"]
    assert market.replace(ALICE, 1, 101, lots + 1) == ["rejected INSUFFICIENT_FUNDS"]
    assert market.btc(ALICE) == (0, FUNDS)


def test_a_refused_replace_leaves_the_order_and_its_hold(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    before = (market.core.orders(), market.core.balances(), market.bids())
    assert market.replace(ALICE, 1, FUNDS, 5) == ["rejected INSUFFICIENT_FUNDS"]
    assert market.replace(ALICE, 1, 0, 5) == ["rejected INVALID_PRICE"]
    assert market.replace(ALICE, 1, 100, 0) == ["rejected INVALID_QUANTITY"]
    assert market.replace(ALICE, 1, 100, 5) == ["rejected NOTHING_TO_CHANGE"]
    assert (market.core.orders(), market.core.balances(), market.bids()) == before


def test_a_post_only_order_may_not_be_moved_across_the_spread(market: Market) -> None:
    market.sell(BOB, 101, 5)
    market.buy(ALICE, 99, 5, flags=OrderFlag.POST_ONLY)
    assert market.replace(ALICE, 2, 101, 5) == ["rejected POST_ONLY_WOULD_TAKE"]
    assert market.replace(ALICE, 2, 100, 5) == ["replaced 2 5@100 resting"]


@pytest.mark.parametrize(
    ("mode", "story"),
    [
        (STP.NONE, ["trade 2 1 5@101 maker-filled taker-filled"]),
        (STP.CANCEL_MAKER, ["canceled 2 5 SELF_TRADE", "rested 1 5@101"]),
        (STP.CANCEL_TAKER, ["canceled 1 5 SELF_TRADE"]),
        (STP.CANCEL_BOTH, ["canceled 2 5 SELF_TRADE", "canceled 1 5 SELF_TRADE"]),
        (STP.DECREMENT, ["reduced 2 by 5 to 0", "reduced 1 by 5 to 0"]),
    ],
)
def test_a_replaced_order_takes_with_its_own_self_trade_mode(
    market: Market, mode: SelfTradePrevention, story: list[str]
) -> None:
    market.buy(ALICE, 99, 5, self_trade_prevention=mode)
    market.sell(ALICE, 101, 5)
    assert market.replace(ALICE, 1, 101, 5) == ["replaced 1 5@101", *story]


def test_only_an_instrument_that_trades_takes_replaces(market: Market) -> None:
    market.buy(ALICE, 99, 5)
    market.set_status(TradingStatus.CANCEL_ONLY)
    assert market.replace(ALICE, 1, 99, 4) == ["rejected INSTRUMENT_NOT_TRADING"]


def test_an_order_that_is_not_yours_or_not_there_is_unknown(market: Market) -> None:
    market.buy(ALICE, 99, 5)
    unknown = ["rejected UNKNOWN_ORDER"]
    assert market.replace(BOB, 1, 99, 4) == unknown
    assert market.replace(ALICE, 2, 99, 4) == unknown
    assert market.replace(ALICE, 1, 99, 4, instrument_id=2) == unknown
    assert market.replace(ALICE, 1, 99, 4, instrument_id=BTC_USDT)[0].startswith("replaced")


def test_amending_what_no_order_has_is_refused(market: Market) -> None:
    market.buy(ALICE, 99, 5)
    refused = ["rejected UNSUPPORTED_COMBINATION"]
    assert market.replace(ALICE, 1, 99, 4, trigger_price_ticks=1) == refused


def test_every_field_of_a_replace(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.replace(ALICE, 1, 100, 4, request_id=key("smaller"))
    assert market.event == OrderReplaced(
        ts_ns=NOW,
        flags=ReplaceFlag.KEPT_PLACE | ReplaceFlag.RESTED,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=SELL,
        price_ticks=100,
        qty_lots=4,
        leaves_qty_lots=4,
        available_atoms=FUNDS - 4 * LOT,
        held_atoms=4 * LOT,
        book_seq=2,
        request_id=key("smaller"),
    )


def test_a_replaced_order_may_exceed_no_bound(core_type: type[Core]) -> None:
    market = Market(core_type, price_max_ticks=200, qty_max_lots=50)
    market.buy(ALICE, 100, 5)
    assert market.replace(ALICE, 1, 201, 5) == ["rejected INVALID_PRICE"]
    assert market.replace(ALICE, 1, 200, 51) == ["rejected INVALID_QUANTITY"]
    assert market.replace(ALICE, 1, 200, 50) == ["replaced 1 50@200 resting"]


def test_a_replace_may_shrink_below_the_least_notional(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=500 * K)
    market.buy(ALICE, 100, 5)
    assert market.replace(ALICE, 1, 100, 1) == ["replaced 1 1@100 keeps-place resting"]
