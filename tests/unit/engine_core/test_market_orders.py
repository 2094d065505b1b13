"""Market orders: by quantity and by quote budget, inside a band, exact holds, never resting."""

import pytest

from domain.orders import SelfTradePrevention
from engine_core.contract import Core
from tests.unit.engine_core.market import ALICE, BOB, BUY, CAROL, FUNDS, LOT, STP, K, Market


def test_a_market_buy_walks_the_asks_best_first(market: Market) -> None:
    market.sell(ALICE, 101, 5)
    market.sell(ALICE, 100, 5)
    assert market.market_buy(BOB, 7) == [
        "accepted 3",
        "trade 2 3 5@100 maker-filled",
        "trade 1 3 2@101 taker-filled",
    ]
    assert market.usdt(BOB) == (-(100 * 5 + 101 * 2) * K, 0)


def test_a_market_buy_holds_exactly_what_its_fills_cost(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(ALICE, 101, 5)
    market.market_buy(BOB, 7)
    assert market.first.held_atoms == (100 * 5 + 101 * 2) * K
    assert market.first.price_ticks == 0


def test_a_market_sell_holds_all_its_lots_and_gets_the_rest_back(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    assert market.market_sell(BOB, 7) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled",
        "expired 2 2 MARKET_REMAINDER",
    ]
    assert market.first.held_atoms == 7 * LOT
    assert market.btc(BOB) == (-5 * LOT, 0)


def test_what_a_market_buy_finds_no_liquidity_for_expires(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.market_buy(BOB, 7) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled",
        "expired 2 2 MARKET_REMAINDER",
    ]
    assert market.usdt(BOB) == (-100 * 5 * K, 0)


def test_a_market_order_with_nobody_opposite_is_refused(market: Market) -> None:
    assert market.market_buy(BOB, 1) == ["rejected NO_LIQUIDITY"]
    assert market.market_sell(BOB, quote_budget_atoms=10**6) == ["rejected NO_LIQUIDITY"]


def test_nobody_opposite_is_said_before_too_small(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=10)
    assert market.market_buy(BOB, 1) == ["rejected NO_LIQUIDITY"]


def test_a_market_buy_stays_inside_the_band_above_the_best_ask(market: Market) -> None:
    for price_ticks in (1_000, 1_100, 1_101):
        market.sell(ALICE, price_ticks, 1)
    assert market.market_buy(BOB, 3) == [
        "accepted 4",
        "trade 1 4 1@1000 maker-filled",
        "trade 2 4 1@1100 maker-filled",
        "expired 4 1 MARKET_REMAINDER",
    ]


def test_a_market_sell_stays_inside_the_band_below_the_best_bid(market: Market) -> None:
    for price_ticks in (1_000, 900, 899):
        market.buy(ALICE, price_ticks, 1)
    assert market.market_sell(BOB, 3) == [
        "accepted 4",
        "trade 1 4 1@1000 maker-filled",
        "trade 2 4 1@900 maker-filled",
        "expired 4 1 MARKET_REMAINDER",
    ]


def test_the_band_rounds_towards_the_best_price(market: Market) -> None:
    market.buy(ALICE, 999, 1)
    market.buy(ALICE, 899, 1)  # 999 less 10 % is 899.1
    assert market.market_sell(BOB, 2)[-1] == "expired 3 1 MARKET_REMAINDER"
    market.buy(ALICE, 999, 1)
    market.buy(ALICE, 900, 1)
    assert market.market_sell(BOB, 2)[-1] == "trade 5 6 1@900 maker-filled taker-filled"


def test_a_band_of_zero_is_the_best_level_only(core_type: type[Core]) -> None:
    market = Market(core_type, band_bps=0)
    market.sell(ALICE, 100, 1)
    market.sell(ALICE, 100, 1)
    market.sell(ALICE, 101, 1)
    assert market.market_buy(BOB, 3) == [
        "accepted 4",
        "trade 1 4 1@100 maker-filled",
        "trade 2 4 1@100 maker-filled",
        "expired 4 1 MARKET_REMAINDER",
    ]


@pytest.mark.parametrize("band_bps", [10_000, 1_000_000])
def test_a_band_of_all_the_price_does_not_bound_a_sell(
    core_type: type[Core], band_bps: int
) -> None:
    market = Market(core_type, band_bps=band_bps)
    market.buy(ALICE, 1_000, 1)
    market.buy(ALICE, 1, 1)
    assert market.market_sell(BOB, 2)[-1] == "trade 2 3 1@1 maker-filled taker-filled"


def test_a_market_buy_without_the_exact_cost_is_refused(core_type: type[Core]) -> None:
    market = Market(core_type)
    market.sell(ALICE, 100, 10)
    market.sell(ALICE, 101, 10)
    cost_atoms = (100 * 10 + 101 * 10) * K
    market.open_account(2_000)
    market.deposit(2_000, 2, cost_atoms - 1)
    assert market.market_buy(2_000, 20) == ["rejected INSUFFICIENT_FUNDS"]
    market.deposit(2_000, 2, 1)
    assert market.market_buy(2_000, 30)[-1] == "expired 3 10 MARKET_REMAINDER"
    assert market.core.balance(2_000, 2) == (0, 0)


def test_a_market_sell_without_all_its_lots_is_refused(market: Market) -> None:
    market.buy(ALICE, 100, 1)
    lots = FUNDS // LOT
    assert market.market_sell(BOB, lots + 1) == ["rejected INSUFFICIENT_FUNDS"]
    assert market.market_sell(BOB, lots)[0] == "accepted 2"


def test_a_budget_buys_whole_lots_at_each_level(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(ALICE, 102, 5)
    assert market.market_buy(BOB, quote_budget_atoms=(500 + 2 * 102) * K + 1_019) == [
        "accepted 3",
        "trade 1 3 5@100 maker-filled",
        "trade 2 3 2@102 taker-filled",
    ]
    assert market.usdt(BOB) == (-(500 + 204) * K, 0)
    assert market.first.qty_lots == 0
    assert market.first.held_atoms == (500 + 204) * K


def test_a_budget_too_small_for_the_next_price_is_spent(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    market.sell(ALICE, 102, 5)
    assert market.market_buy(BOB, quote_budget_atoms=600 * K) == [
        "accepted 3",
        "trade 1 3 5@100 maker-filled taker-filled",
    ]


def test_a_budget_spent_to_the_last_atom_is_spent(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.market_buy(BOB, quote_budget_atoms=500 * K) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled taker-filled",
    ]


def test_a_budget_that_outlives_the_book_expires_without_lots(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.market_buy(BOB, quote_budget_atoms=501 * K) == [
        "accepted 2",
        "trade 1 2 5@100 maker-filled",
        "expired 2 0 MARKET_REMAINDER",
    ]
    assert market.last.cum_qty_lots == 5
    assert market.usdt(BOB) == (-500 * K, 0)


def test_a_budget_below_one_lot_at_the_best_price_is_refused(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.market_buy(BOB, quote_budget_atoms=100 * K - 1) == ["rejected NO_LIQUIDITY"]
    assert market.market_buy(BOB, quote_budget_atoms=100 * K)[0] == "accepted 2"


def test_a_sell_by_budget_sells_no_more_lots_than_it_needs(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.buy(ALICE, 95, 5)
    assert market.market_sell(BOB, quote_budget_atoms=(500 + 95) * K + 949) == [
        "accepted 3",
        "trade 1 3 5@100 maker-filled",
        "trade 2 3 1@95 taker-filled",
    ]
    assert market.first.held_atoms == 6 * LOT
    assert market.btc(BOB) == (-6 * LOT, 0)


def test_a_sell_by_budget_never_trades_past_a_price_it_left_standing(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.buy(ALICE, 91, 5)
    assert market.market_sell(BOB, quote_budget_atoms=195 * K) == [
        "accepted 3",
        "trade 1 3 1@100 taker-filled",
    ]


def test_too_small_counts_what_would_fill(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=500 * K)
    market.sell(ALICE, 100, 5)
    assert market.market_buy(BOB, 4) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.market_buy(BOB, quote_budget_atoms=500 * K - 1) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.market_buy(BOB, 9)[0] == "accepted 2"
    market.buy(ALICE, 100, 5)
    assert market.market_sell(BOB, 4) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.market_sell(BOB, 5)[0] == "accepted 4"


def test_a_market_order_that_skips_own_orders_pays_only_for_the_others(market: Market) -> None:
    market.sell(BOB, 100, 5)
    market.sell(ALICE, 101, 5)
    assert market.market_buy(BOB, 5, self_trade_prevention=STP.CANCEL_MAKER) == [
        "accepted 3",
        "canceled 1 5 SELF_TRADE",
        "trade 2 3 5@101 maker-filled taker-filled",
    ]
    assert market.usdt(BOB) == (-505 * K, 0)


@pytest.mark.parametrize("mode", [STP.CANCEL_TAKER, STP.CANCEL_BOTH])
def test_a_market_order_ended_by_its_own_order_holds_only_what_it_bought(
    market: Market, mode: SelfTradePrevention
) -> None:
    market.sell(ALICE, 100, 2)
    market.sell(BOB, 100, 5)
    told = market.market_buy(BOB, 5, self_trade_prevention=mode)
    assert told[1] == "trade 1 3 2@100 maker-filled"
    assert told[-1] == "canceled 3 3 SELF_TRADE"
    assert market.first.held_atoms == 200 * K
    assert market.usdt(BOB) == (-200 * K, 0)


def test_a_market_buy_under_decrement_pays_nothing_for_its_own(market: Market) -> None:
    market.sell(BOB, 100, 2)
    market.sell(ALICE, 101, 5)
    assert market.market_buy(BOB, 5, self_trade_prevention=STP.DECREMENT) == [
        "accepted 3",
        "reduced 1 by 2 to 0",
        "reduced 3 by 2 to 3",
        "trade 2 3 3@101 taker-filled",
    ]
    assert market.first.held_atoms == 303 * K
    assert market.usdt(BOB) == (-303 * K, 0)


def test_a_market_sell_under_decrement_gets_its_own_lots_back(market: Market) -> None:
    market.buy(BOB, 100, 2)
    market.buy(ALICE, 99, 5)
    assert market.market_sell(BOB, 5, self_trade_prevention=STP.DECREMENT) == [
        "accepted 3",
        "reduced 1 by 2 to 0",
        "reduced 3 by 2 to 3",
        "trade 2 3 3@99 taker-filled",
    ]
    assert market.btc(BOB) == (-3 * LOT, 0)
    assert market.usdt(BOB) == (297 * K, 0)


def test_a_budget_that_cancels_own_orders_after_its_last_trade_is_filled(market: Market) -> None:
    market.sell(ALICE, 100, 1)
    market.sell(BOB, 100, 1)
    market.sell(ALICE, 105, 1)
    budget = {"quote_budget_atoms": 204 * K, "self_trade_prevention": STP.CANCEL_MAKER}
    assert market.market_buy(BOB, **budget) == [
        "accepted 4",
        "trade 1 4 1@100 maker-filled taker-filled",
        "canceled 2 1 SELF_TRADE",
    ]


def test_a_budget_left_without_any_trade_expires(market: Market) -> None:
    market.sell(BOB, 100, 1)
    market.sell(ALICE, 105, 1)
    budget = {"quote_budget_atoms": 104 * K, "self_trade_prevention": STP.CANCEL_MAKER}
    assert market.market_buy(BOB, **budget) == [
        "accepted 3",
        "canceled 1 1 SELF_TRADE",
        "expired 3 0 MARKET_REMAINDER",
    ]


def test_a_market_order_is_retried_like_any_other(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    order = market.market_order(CAROL, BUY, 2)
    market.send(order)
    assert market.send(order) == []
    assert market.outcome.order_id == 2
    assert market.asks() == [(100, 3)]
