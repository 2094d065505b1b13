"""Trailing stops: the trigger follows the best price traded, never back."""

from dataclasses import replace
from typing import Any

import pytest

from domain.events import OrderTriggered
from domain.orders import OrderFlag, OrderType, Side, TradingStatus
from domain.units import PRICE_TICKS_MAX
from domain.venue_commands import SetInstrumentRules, UpdateInstrument
from engine_core.contract import Core
from engine_core.limits import TRAILING_ORDERS_MAX
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC_USDT,
    BUY,
    CAROL,
    GTC,
    IOC,
    SELL,
    TRAILING_STOP,
    K,
    Market,
)


def refer_to(market: Market, price_ticks: int) -> None:
    rules = SetInstrumentRules(instrument_id=BTC_USDT, reference_price_ticks=price_ticks)
    assert market.send(rules) == ["InstrumentRulesChanged"]


@pytest.mark.parametrize(
    ("side", "bps", "trigger_ticks"),
    [(SELL, 1, 9_998), (SELL, 9_999, 1), (BUY, 2, 10_001), (BUY, 9_999, 19_998)],
)
def test_the_trigger_is_rounded_away_from_the_price(
    market: Market, side: Side, bps: int, trigger_ticks: int
) -> None:
    market.trade_at(9_999)
    assert market.trailing_stop(ALICE, side, bps, 3) == ["accepted 3 waiting"]
    assert market.event.trigger_price_ticks == trigger_ticks
    assert market.event.trailing_bps == bps
    assert market.event.price_ticks == 0


def test_without_a_trade_the_configured_reference_is_trailed(market: Market) -> None:
    assert market.trailing_stop(ALICE, SELL, 100, 3) == ["rejected NO_REFERENCE_PRICE"]
    assert market.trailing_stop(ALICE, SELL, 0, 3) == ["rejected INVALID_TRIGGER_PRICE"]
    refer_to(market, 1_000)
    market.trailing_stop(ALICE, SELL, 1_000, 3)
    assert market.event.trigger_price_ticks == 900
    market.trade_at(2_000)
    market.trailing_stop(ALICE, SELL, 1_000, 3)
    assert market.event.trigger_price_ticks == 1_800


def test_a_sell_follows_the_price_up_and_triggers_on_the_way_down(market: Market) -> None:
    market.trade_at(1_000)
    market.trailing_stop(ALICE, SELL, 1_000, 3)
    market.buy(BOB, 850, 9)
    market.trade_at(1_100)  # the trigger is 990 now
    market.trade_at(1_050)
    market.sell(CAROL, 990, 1)
    assert market.buy(CAROL, 990, 1) == [
        "accepted 10",
        "trade 9 10 1@990 maker-filled taker-filled",
        "triggered 3 3@0",
        "trade 4 3 3@850 taker-filled",
    ]
    triggered = market.events[2]
    assert isinstance(triggered, OrderTriggered)
    assert triggered.trigger_price_ticks == 990


def test_a_buy_follows_the_price_down_and_keeps_its_hold(market: Market) -> None:
    market.trade_at(1_000)
    market.trailing_stop(ALICE, BUY, 1_000, 3)
    hold = 1_210 * 3 * K  # the trigger of 1,100 and the band of a tenth above
    assert market.usdt(ALICE) == (0, hold)
    market.trade_at(900)
    assert market.usdt(ALICE) == (0, hold)
    market.trade_at(989)
    assert market.resting() == [3]
    market.sell(BOB, 995, 9)
    market.sell(CAROL, 990, 1)
    said = market.buy(CAROL, 990, 1)
    assert said[2:] == ["triggered 3 3@0", "trade 8 3 3@995 taker-filled"]
    assert market.usdt(ALICE) == (-995 * 3 * K, 0)


def test_stops_that_move_to_one_price_wait_in_the_order_of_their_ids(market: Market) -> None:
    market.trade_at(1_000)
    market.trailing_stop(ALICE, SELL, 1_000, 1)
    market.trailing_stop(BOB, SELL, 1_000, 2)
    market.replace(ALICE, 3, 0, 3)  # now behind the other
    market.trade_at(1_010)
    market.trailing_stop(CAROL, SELL, 1_000, 4)
    market.buy(CAROL, 500, 99)
    market.sell(CAROL, 909, 1)
    said = market.buy(CAROL, 909, 1)
    assert [word for word in said if word.startswith("triggered")] == [
        "triggered 3 3@0",
        "triggered 4 2@0",
        "triggered 7 4@0",
    ]


def test_one_that_need_not_move_keeps_its_place(market: Market) -> None:
    market.trade_at(10)
    market.trailing_stop(ALICE, SELL, 5_000, 1)  # triggers at 5, also from 11 on
    market.market_stop(BOB, SELL, 5, 2)
    place = market.core.state_hash()
    market.trade_at(11)
    assert market.core.state_hash() != place
    market.buy(CAROL, 5, 99)
    said = market.sell(CAROL, 5, 1)
    assert [word for word in said if word.startswith("triggered")] == [
        "triggered 3 1@0",
        "triggered 4 2@0",
    ]


def test_a_replace_changes_the_quantity_alone(market: Market) -> None:
    market.trade_at(1_000)
    market.trailing_stop(ALICE, BUY, 1_000, 3)
    for wrong in ({"trigger_price_ticks": 1}, {"price_ticks": 1}, {"display_qty_lots": 1}):
        terms: dict[str, Any] = {"price_ticks": 0, "qty_lots": 2, **wrong}
        assert market.replace(ALICE, 3, **terms) == ["rejected UNSUPPORTED_COMBINATION"]
    assert market.replace(ALICE, 3, 0, 3) == ["rejected NOTHING_TO_CHANGE"]
    assert market.replace(ALICE, 3, 0, -1) == ["rejected INVALID_QUANTITY"]
    market.trade_at(900)
    assert market.replace(ALICE, 3, 0, 2) == ["replaced 3 2@0 waiting"]
    assert market.event.trigger_price_ticks == 990
    assert market.usdt(ALICE) == (0, 1_089 * 2 * K)


def test_what_a_trailing_stop_cannot_have(market: Market) -> None:
    market.trade_at(1_000)
    trails = {"order_type": TRAILING_STOP, "time_in_force": IOC, "trailing_bps": 100}
    refused: list[tuple[str, dict[str, Any]]] = [
        ("UNSUPPORTED_TIME_IN_FORCE", {"time_in_force": GTC}),
        ("INVALID_EXPIRY", {"expire_s": 9}),
        ("UNSUPPORTED_COMBINATION", {"price_ticks": 1}),
        ("UNSUPPORTED_COMBINATION", {"trigger_price_ticks": 990}),
        ("UNSUPPORTED_COMBINATION", {"flags": OrderFlag.POST_ONLY}),
        ("UNSUPPORTED_COMBINATION", {"display_qty_lots": 1}),
        ("UNSUPPORTED_COMBINATION", {"quote_budget_atoms": 1}),
        ("INVALID_TRIGGER_PRICE", {"trailing_bps": 0}),
        ("INVALID_TRIGGER_PRICE", {"trailing_bps": 10_000, "qty_lots": 0}),
        ("INVALID_QUANTITY", {"qty_lots": 0}),
    ]
    for reason, wrong in refused:
        stop = replace(market.order(ALICE, SELL, 0, 1, **trails), **wrong)
        assert market.send(stop) == [f"rejected {reason}"]
    assert market.buy(ALICE, 100, 1, trailing_bps=1) == ["rejected UNSUPPORTED_COMBINATION"]


def test_its_worth_is_that_at_its_trigger(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=3_000 * K)
    market.send(SetInstrumentRules(instrument_id=BTC_USDT, reference_price_ticks=1_000))
    assert market.trailing_stop(ALICE, SELL, 1, 3) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.trailing_stop(ALICE, BUY, 1, 3) == ["accepted 1 waiting"]


def test_a_price_of_one_tick_would_trigger_at_once(market: Market) -> None:
    refer_to(market, 1)
    assert market.trailing_stop(ALICE, SELL, 1, 3) == ["accepted 1 waiting"]
    market.trade_at(1)
    assert market.trailing_stop(ALICE, SELL, 1, 3) == ["rejected WOULD_TRIGGER_AT_ONCE"]


def test_a_trigger_stays_within_what_a_price_can_be(market: Market) -> None:
    refer_to(market, PRICE_TICKS_MAX)
    terms: dict[str, Any] = {
        "symbol": b"BTC-USDT",
        "base_asset_id": 1,
        "quote_asset_id": 2,
        "quote_atoms_per_tick_lot": 1,
        "base_atoms_per_lot": 1,
        "maker_fee_ppm": 0,
        "taker_fee_ppm": 0,
        "band_bps": 0,
    }
    market.set_status(TradingStatus.HALT)
    market.send(UpdateInstrument(instrument_id=BTC_USDT, **terms))
    market.set_status(TradingStatus.TRADING)
    refer_to(market, PRICE_TICKS_MAX)
    assert market.trailing_stop(ALICE, BUY, 9_999, 1) == ["rejected INSUFFICIENT_FUNDS"]
    market.deposit(ALICE, 2, PRICE_TICKS_MAX)
    assert market.trailing_stop(ALICE, BUY, 9_999, 1) == ["accepted 1 waiting"]
    assert market.event.trigger_price_ticks == PRICE_TICKS_MAX


def test_only_so_many_wait_in_one_instrument(market: Market) -> None:
    market.trade_at(1_000)
    for at in range(TRAILING_ORDERS_MAX):
        market.trailing_stop((ALICE, BOB)[at % 2], SELL, 100, 1)
    assert market.trailing_stop(CAROL, SELL, 100, 1) == ["rejected TOO_MANY_OPEN_ORDERS"]
    assert market.market_stop(CAROL, SELL, 900, 1)[0].endswith("waiting")
    market.cancel(ALICE, 3)
    assert market.trailing_stop(CAROL, SELL, 100, 1)[0].endswith("waiting")


def test_a_queued_one_moves_no_more(market: Market) -> None:
    market.trade_at(1_000)
    profit = {"order_type": OrderType.TAKE_PROFIT_LIMIT}
    market.limit_stop(ALICE, BUY, 990, 1_050, 1, **profit)
    market.trailing_stop(BOB, SELL, 100, 5)
    market.sell(CAROL, 1_050, 1)
    market.sell(CAROL, 990, 1)
    assert market.buy(CAROL, 990, 1)[2:] == [
        "triggered 3 1@1050",
        "trade 5 3 1@1050 maker-filled taker-filled",  # above all that the other has seen
        "triggered 4 5@0",
        "expired 4 5 MARKET_REMAINDER",
    ]
