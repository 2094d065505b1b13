"""An instrument's terms and rules change while it trades; its units only when nobody is in it."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from domain.orders import TradingStatus
from domain.units import PRICE_TICKS_MAX, QTY_LOTS_MAX
from domain.venue_commands import SetInstrumentRules, UpdateInstrument
from domain.venue_events import InstrumentRulesChanged, InstrumentUpdated
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    BUY,
    LOT,
    NOW,
    USDT,
    K,
    Market,
    instrument,
)


def update(**terms: Any) -> UpdateInstrument:
    return UpdateInstrument(**asdict(instrument(**terms)))


def rules(**set_to: Any) -> SetInstrumentRules:
    return SetInstrumentRules(**{"instrument_id": BTC_USDT, **set_to})


def test_an_update_spells_out_every_bound(market: Market) -> None:
    assert market.send(update(maker_fee_ppm=7)) == ["InstrumentUpdated"]
    assert market.event == InstrumentUpdated(
        ts_ns=NOW,
        instrument_id=BTC_USDT,
        symbol=b"BTC-USDT",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        quote_atoms_per_tick_lot=K,
        base_atoms_per_lot=LOT,
        maker_fee_ppm=7,
        taker_fee_ppm=0,
        band_bps=1_000,
        min_notional_atoms=0,
        price_max_ticks=PRICE_TICKS_MAX,
        qty_max_lots=QTY_LOTS_MAX,
    )


def test_new_fees_and_bounds_hold_from_the_next_fill_and_order_on(market: Market) -> None:
    market.sell(ALICE, 200, 10)
    market.send(update(maker_fee_ppm=10_000, price_max_ticks=150, qty_max_lots=9))
    assert market.buy(BOB, 151, 1) == ["rejected INVALID_PRICE"]
    assert market.buy(BOB, 150, 10) == ["rejected INVALID_QUANTITY"]
    assert market.market_buy(BOB, 9)[1] == "trade 1 2 9@200 taker-filled"
    assert market.last.maker_fee_atoms == 9 * 200 * K // 100


def test_a_new_band_bounds_the_next_market_order(market: Market) -> None:
    for price_ticks in (100, 109):
        market.sell(ALICE, price_ticks, 1)
    market.send(update(band_bps=800))
    assert market.market_buy(BOB, 2)[-1] == "expired 3 1 MARKET_REMAINDER"


def test_a_waiting_market_stop_keeps_the_hold_it_came_with(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 5)
    assert market.usdt(ALICE) == (0, 110 * 5 * K)
    market.send(update(band_bps=5_000))
    assert market.usdt(ALICE) == (0, 110 * 5 * K)
    market.replace(ALICE, 1, 0, 4)
    assert market.usdt(ALICE) == (0, 150 * 4 * K)
    market.cancel(ALICE, 1)
    assert market.usdt(ALICE) == (0, 0)


def test_a_trigger_price_that_is_kept_is_not_judged_again(market: Market) -> None:
    market.market_stop(ALICE, BUY, 100, 5)
    market.send(update(price_max_ticks=50))
    assert market.replace(ALICE, 1, 0, 4) == ["replaced 1 4@0 waiting"]
    again = {"trigger_price_ticks": 100}
    assert market.replace(ALICE, 1, 0, 3, **again) == ["rejected INVALID_TRIGGER_PRICE"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_asset_id": USDT, "quote_asset_id": BTC},
        {"symbol": b"BTC-USD"},
        {"base_atoms_per_lot": 0},
        {"band_bps": 1_000_001},
        {"min_notional_atoms": -1},
    ],
)
def test_what_an_instrument_is_cannot_be_updated(market: Market, wrong: dict[str, Any]) -> None:
    assert market.send(update(**wrong)) == ["rejected INVALID_INSTRUMENT"]
    assert market.event.subject_id == BTC_USDT


@pytest.mark.parametrize(
    "units", [{"quote_atoms_per_tick_lot": 2 * K}, {"base_atoms_per_lot": LOT * 10}]
)
def test_units_change_in_a_halt_and_without_orders(market: Market, units: dict[str, int]) -> None:
    market.send(rules(reference_price_ticks=99))
    market.trade_at(100)
    market.market_stop(ALICE, BUY, 500, 1)
    assert market.send(update(**units)) == ["rejected INVALID_TRANSITION"]
    market.set_status(TradingStatus.HALT)
    assert market.send(update(**units)) == ["rejected BOOK_NOT_EMPTY"]
    market.cancel_all(ALICE)
    assert market.send(update(**units)) == ["InstrumentUpdated"]
    market.set_status(TradingStatus.TRADING)
    # The last trade's price was in other ticks: nothing is measured by it any more.
    assert market.market_stop(ALICE, BUY, 50, 1)[0].endswith("waiting")


def test_an_update_of_what_is_not_there_or_closed(market: Market) -> None:
    for command in (update(), rules()):
        unknown = replace(command, instrument_id=9)
        assert market.send(unknown) == ["rejected UNKNOWN_INSTRUMENT"]
        assert market.send(replace(command, instrument_id=0)) == ["rejected MALFORMED"]
    market.set_status(TradingStatus.CLOSED)
    for command in (update(symbol=b"X"), rules(collar_bps=2_000_000)):
        assert market.send(command) == ["rejected INVALID_TRANSITION"]


def test_rules_are_spelled_out(market: Market) -> None:
    guards = {
        "collar_bps": 1_000_000,
        "breaker_bps": 1_000_000,
        "breaker_window_s": 86_400,
        "auction_s": 86_400,
        "reference_price_ticks": PRICE_TICKS_MAX,
    }
    assert market.send(rules(**guards)) == ["InstrumentRulesChanged"]
    told = InstrumentRulesChanged(ts_ns=NOW, instrument_id=BTC_USDT, **guards)
    assert market.event == told
    assert market.send(rules(**guards)) == ["InstrumentRulesChanged"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"collar_bps": 1_000_001},
        {"breaker_bps": 1_000_001, "breaker_window_s": 1},
        {"breaker_bps": 1},
        {"breaker_window_s": 86_401},
        {"auction_s": 86_401},
        {"reference_price_ticks": -1},
        {"reference_price_ticks": PRICE_TICKS_MAX + 1},
    ],
)
def test_rules_out_of_bounds_are_refused(market: Market, wrong: dict[str, int]) -> None:
    assert market.send(rules(**wrong)) == ["rejected INVALID_INSTRUMENT"]
