"""What one account may have open, send, own and enter at once."""

from typing import Any

import pytest

from domain.events import OutcomeResult
from domain.orders import OrderType
from domain.units import NOTIONAL_ATOMS_MAX, NS_PER_S
from domain.venue_commands import SetAccountLimits, SetAssetLimits
from domain.venue_events import AccountLimitsChanged, AssetLimitsChanged
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BUY,
    CAROL,
    FUNDS,
    IOC,
    LOT,
    NOW,
    SELL,
    USDT,
    K,
    Market,
)


def limits(market: Market, account_id: int = ALICE, **set_to: int) -> list[str]:
    return market.send(SetAccountLimits(account_id=account_id, **set_to))


def caps(market: Market, asset_id: int, account_id: int = ALICE, **set_to: int) -> list[str]:
    return market.send(SetAssetLimits(account_id=account_id, asset_id=asset_id, **set_to))


def test_limits_are_told(market: Market) -> None:
    own = {"open_orders_max": 5, "orders_per_s": 6, "orders_burst": 7}
    assert limits(market, **own) == ["AccountLimitsChanged"]
    assert market.event == AccountLimitsChanged(ts_ns=NOW, account_id=ALICE, **own)
    both = {"position_max_atoms": 8, "order_notional_max_atoms": NOTIONAL_ATOMS_MAX}
    assert caps(market, BTC, **both) == ["AssetLimitsChanged"]
    assert market.event == AssetLimitsChanged(ts_ns=NOW, account_id=ALICE, asset_id=BTC, **both)


def test_an_account_has_no_more_orders_open_than_it_may(market: Market) -> None:
    limits(market, open_orders_max=2)
    market.buy(ALICE, 100, 1)
    market.market_stop(ALICE, BUY, 120, 1)
    assert market.buy(ALICE, 100, 1) == ["rejected TOO_MANY_OPEN_ORDERS"]
    assert market.buy(BOB, 100, 1) == ["accepted 3 resting"]
    limits(market)
    assert market.buy(ALICE, 100, 1) == ["accepted 4 resting"]


def test_a_burst_passes_and_then_the_rate_counts(market: Market) -> None:
    limits(market, orders_per_s=4, orders_burst=2)
    first, second, third = (market.order(ALICE, BUY, 100, lots) for lots in (1, 2, 3))
    assert market.send(first) == ["accepted 1 resting"]
    assert market.send(second) == ["accepted 2 resting"]
    assert market.send(third) == ["rejected ORDER_RATE"]
    market.now_ns = NOW + NS_PER_S // 4 - 1
    assert market.send(third) == ["rejected ORDER_RATE"]
    market.now_ns = NOW + NS_PER_S // 4
    assert market.send(third) == ["accepted 3 resting"]
    assert market.replace(ALICE, 3, 99, 3) == ["rejected ORDER_RATE"]
    market.now_ns = NOW + 10 * NS_PER_S
    assert market.replace(ALICE, 3, 99, 3) == ["replaced 3 3@99 resting"]


def test_duplicates_and_cancels_do_not_count_and_refused_orders_do(market: Market) -> None:
    limits(market, orders_per_s=1, orders_burst=2)
    order = market.order(ALICE, BUY, 100, 1)
    market.send(order)
    for _ in range(3):
        market.send(order)
        assert market.outcome.result is OutcomeResult.DUPLICATE
    assert market.cancel(ALICE, 1) == ["canceled 1 1 REQUESTED"]
    assert market.buy(ALICE, 0, 1) == ["rejected INVALID_PRICE"]
    assert market.buy(ALICE, 100, 1) == ["rejected ORDER_RATE"]
    assert limits(market, orders_per_s=1, orders_burst=2) == ["AccountLimitsChanged"]
    assert market.buy(ALICE, 100, 1) == ["accepted 2 resting"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"open_orders_max": 10_001},
        {"orders_per_s": 1_000_001, "orders_burst": 1},
        {"orders_per_s": 1, "orders_burst": 1_000_001},
        {"orders_per_s": 1},
        {"orders_burst": 1},
    ],
)
def test_limits_out_of_bounds_are_refused(market: Market, wrong: dict[str, int]) -> None:
    assert limits(market, **wrong) == ["rejected INVALID_AMOUNT"]


def test_limits_of_what_nobody_knows(market: Market) -> None:
    assert limits(market, 0, orders_per_s=1) == ["rejected MALFORMED"]
    assert limits(market, 77, orders_per_s=1) == ["rejected UNKNOWN_ACCOUNT"]
    below = {"position_max_atoms": -1}
    assert caps(market, 9, 0, **below) == ["rejected MALFORMED"]
    assert caps(market, 9, 77, **below) == ["rejected UNKNOWN_ACCOUNT"]
    assert caps(market, 9, **below) == ["rejected UNKNOWN_ASSET"]
    assert caps(market, BTC, **below) == ["rejected INVALID_AMOUNT"]
    above = {"order_notional_max_atoms": NOTIONAL_ATOMS_MAX + 1}
    assert caps(market, BTC, **above) == ["rejected INVALID_AMOUNT"]


def test_a_position_counts_what_is_held_and_what_is_bid_for(market: Market) -> None:
    caps(market, BTC, position_max_atoms=FUNDS + 10 * LOT)
    market.sell(ALICE, 200, 5)
    market.buy(ALICE, 90, 4)
    market.market_stop(ALICE, BUY, 120, 3)
    assert market.buy(ALICE, 90, 4) == ["rejected POSITION_LIMIT"]
    assert market.buy(ALICE, 90, 3) == ["accepted 4 resting"]
    assert market.sell(ALICE, 300, 9) == ["accepted 5 resting"]
    market.sell(BOB, 90, 2)
    assert market.buy(ALICE, 90, 1) == ["rejected POSITION_LIMIT"]
    market.cancel(ALICE, 3)
    assert market.buy(ALICE, 90, 3) == ["accepted 7 resting"]


def test_a_replace_is_measured_by_what_it_adds(market: Market) -> None:
    caps(market, BTC, position_max_atoms=FUNDS + 10 * LOT)
    market.buy(ALICE, 90, 8)
    assert market.replace(ALICE, 1, 90, 11) == ["rejected POSITION_LIMIT"]
    assert market.replace(ALICE, 1, 91, 10) == ["replaced 1 10@91 resting"]
    caps(market, BTC, position_max_atoms=1)
    assert market.replace(ALICE, 1, 92, 10) == ["replaced 1 10@92 resting"]
    assert market.replace(ALICE, 1, 92, 9) == ["replaced 1 9@92 keeps-place resting"]
    assert market.replace(ALICE, 1, 92, 10) == ["rejected POSITION_LIMIT"]


def test_a_market_order_by_budget_is_measured_by_what_it_buys(market: Market) -> None:
    caps(market, BTC, position_max_atoms=FUNDS + 3 * LOT)
    market.sell(BOB, 100, 10)
    assert market.market_buy(ALICE, 4) == ["rejected POSITION_LIMIT"]
    four, three = 400 * K, 400 * K - 1
    assert market.market_buy(ALICE, quote_budget_atoms=four) == ["rejected POSITION_LIMIT"]
    assert market.market_buy(ALICE, quote_budget_atoms=three)[0] == "accepted 2"


@pytest.mark.parametrize("side", [BUY, SELL])
def test_an_order_is_worth_no_more_than_it_may_be(market: Market, side: Any) -> None:
    caps(market, USDT, order_notional_max_atoms=500 * K)
    at = 100
    assert market.send(market.order(ALICE, side, at, 6)) == ["rejected NOTIONAL_LIMIT"]
    assert market.send(market.order(ALICE, side, at, 5)) == ["accepted 1 resting"]
    assert market.replace(ALICE, 1, at + 1, 5) == ["rejected NOTIONAL_LIMIT"]
    assert market.replace(ALICE, 1, at - 1, 5)[0].startswith("replaced 1")
    assert market.market_stop(ALICE, side, 101, 5) == ["rejected NOTIONAL_LIMIT"]
    stop = {"order_type": OrderType.STOP_LIMIT, "trigger_price_ticks": 1000}
    assert market.send(market.order(ALICE, side, at, 6, **stop)) == ["rejected NOTIONAL_LIMIT"]


def test_a_market_order_is_worth_what_it_is_planned_to_cost_or_its_budget(market: Market) -> None:
    caps(market, USDT, order_notional_max_atoms=500 * K)
    market.sell(BOB, 100, 5)
    market.sell(BOB, 101, 1)
    assert market.market_buy(ALICE, 6) == ["rejected NOTIONAL_LIMIT"]
    assert market.market_buy(ALICE, quote_budget_atoms=500 * K + 1) == ["rejected NOTIONAL_LIMIT"]
    assert market.market_buy(ALICE, 5)[-1].endswith("taker-filled")
    assert market.buy(CAROL, 100, 9, time_in_force=IOC)[0] == "accepted 4"


def test_the_worth_is_looked_at_before_the_position_and_both_before_the_funds(
    market: Market,
) -> None:
    caps(market, BTC, position_max_atoms=1)
    assert market.buy(ALICE, 10**6, 101) == ["rejected POSITION_LIMIT"]
    caps(market, USDT, order_notional_max_atoms=1)
    assert market.buy(ALICE, 10**6, 101) == ["rejected NOTIONAL_LIMIT"]
    caps(market, USDT)
    caps(market, BTC)
    assert market.buy(ALICE, 10**6, 101) == ["rejected INSUFFICIENT_FUNDS"]


def test_caps_that_were_taken_back_leave_no_trace(market: Market) -> None:
    seq = market.core.next_event_seq
    caps(market, BTC, position_max_atoms=5)
    caps(market, BTC)
    other = Market(type(market.core))
    assert other.core.next_event_seq == seq
    caps(other, BTC)
    caps(other, BTC)
    assert market.core.state_hash() == other.core.state_hash()
