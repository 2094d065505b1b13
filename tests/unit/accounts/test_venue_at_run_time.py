"""Instruments, lists and settings that change while the venue runs, folded from events."""

import pytest

from accounts.errors import Disagreement
from accounts.settling.batch import StoredState
from domain.client_order_ids import pack_client_order_id
from domain.events import OrderListAccepted
from domain.orders import ContingencyType, OrderType, Side, StatusCause, TradingStatus
from domain.venue_events import (
    AccountLimitsChanged,
    AssetLimitsChanged,
    FeesChanged,
    InstrumentRulesChanged,
    InstrumentUpdated,
    TradingStatusScheduled,
)
from tests.unit.accounts.venue_events import (
    BTC,
    BTC_USDT,
    BUYER,
    TS_NS,
    USDT,
    accepted,
    fold,
    opening,
    sell_arrives,
    status,
    trade,
)
from tests.unit.accounts.venue_events import buy_rests as buy

TRADED = [*opening(), buy(), sell_arrives(), trade()]
LEGS = {"available_atoms": 800_000, "held_atoms": 200_000}
LIST = OrderListAccepted(
    ts_ns=TS_NS,
    contingency_type=ContingencyType.OCO,
    account_id=BUYER,
    instrument_id=BTC_USDT,
    list_id=3,
    first_order_id=3,
    second_order_id=4,
    client_order_id=pack_client_order_id("list-1"),
)
FIRST_LEG = accepted(3, BUYER, Side.BUY, book_seq=1, **LEGS)
SECOND_LEG = accepted(
    4,
    BUYER,
    Side.BUY,
    order_type=OrderType.STOP_LIMIT,
    trigger_price_ticks=1_010,
    **LEGS,
)


def updated(**fields):
    told = {
        "symbol": b"BTC-USDT",
        "base_asset_id": BTC,
        "quote_asset_id": USDT,
        "quote_atoms_per_tick_lot": 10,
        "base_atoms_per_lot": 1_000,
        "maker_fee_ppm": 100,
        "taker_fee_ppm": 200,
        "band_bps": 500,
        "min_notional_atoms": 7,
        "price_max_ticks": 1_000_000,
        "qty_max_lots": 2_000_000,
    } | fields
    return InstrumentUpdated(ts_ns=TS_NS, instrument_id=BTC_USDT, **told)


def units(batch):
    return [
        (one.first_trade_id, one.quote_atoms_per_tick_lot, one.base_atoms_per_lot)
        for one in batch.venue.units
    ]


def test_new_terms_take_effect_and_the_units_stay_the_same():
    batch = fold([*TRADED, updated()])
    listed = batch.venue.instrument(BTC_USDT)
    assert (listed.maker_fee_ppm, listed.band_bps, listed.qty_max_lots) == (100, 500, 2_000_000)
    assert listed.last_trade_price_ticks == 1_000
    assert units(batch) == [(1, 10, 1_000)]


def test_new_units_are_noted_with_the_first_trade_that_counts_in_them():
    batch = fold([*TRADED, updated(quote_atoms_per_tick_lot=1, base_atoms_per_lot=10_000)])
    assert units(batch) == [(1, 10, 1_000), (2, 1, 10_000)]
    assert batch.venue.instrument(BTC_USDT).last_trade_price_ticks == 0


@pytest.mark.parametrize("fields", [{"symbol": b"BTC-USD"}, {"base_asset_id": USDT}])
def test_an_instrument_cannot_become_another(fields):
    with pytest.raises(Disagreement):
        fold([*opening(), updated(**fields)])


def test_rules_and_the_cause_of_a_status_are_kept():
    rules = InstrumentRulesChanged(
        ts_ns=TS_NS,
        instrument_id=BTC_USDT,
        collar_bps=1,
        breaker_bps=2,
        breaker_window_s=3,
        auction_s=4,
        reference_price_ticks=5,
    )
    tripped = status(TradingStatus.AUCTION, cause=StatusCause.BREAKER, auction_ends_ns=9)
    listed = fold([*opening(), rules, tripped]).venue.instrument(BTC_USDT)
    assert (listed.collar_bps, listed.breaker_bps, listed.breaker_window_s) == (1, 2, 3)
    assert (listed.auction_s, listed.reference_price_ticks) == (4, 5)
    assert (listed.status_cause, listed.auction_ends_ns) == (StatusCause.BREAKER, 9)


def test_the_legs_of_a_list_know_it():
    batch = fold([*opening(), LIST, FIRST_LEG, SECOND_LEG])
    assert [one.list_id for one in batch.orders.lists] == [3]
    assert [(one.order_id, one.list_id) for one in batch.orders.entered()] == [(3, 3), (4, 3)]


@pytest.mark.parametrize("cut", [1, 2])
def test_the_legs_of_a_list_know_it_when_it_was_told_of_in_the_batch_before(cut):
    stored = StoredState()
    fold([*opening(), LIST, FIRST_LEG, SECOND_LEG][: 7 + cut], stored=stored)
    legs = [FIRST_LEG, SECOND_LEG][cut - 1 :]
    after = fold(legs, first_seq=7 + cut + 1, stored=stored)
    assert {one.list_id for one in after.orders.entered()} == {3}


@pytest.mark.parametrize(
    ("order_type", "side", "hold_price_ticks"),
    [
        (OrderType.STOP, Side.BUY, 1_102),
        (OrderType.TAKE_PROFIT, Side.BUY, 1_102),
        (OrderType.TRAILING_STOP, Side.BUY, 1_102),
        (OrderType.STOP_LIMIT, Side.BUY, 0),
        (OrderType.STOP, Side.SELL, 0),
    ],
)
def test_what_a_waiting_order_holds_for_a_lot_does_not_move_with_the_band(
    order_type, side, hold_price_ticks
):
    waits = accepted(3, BUYER, side, order_type=order_type, trigger_price_ticks=1_001, **LEGS)
    stop = waits if side is Side.BUY else accepted(
        3, BUYER, side, order_type=order_type, trigger_price_ticks=1_001,
        available_atoms=0, held_atoms=0,
    )  # fmt: skip
    batch = fold([*opening(), stop, updated(band_bps=9_999)])
    assert batch.orders.order(3).hold_price_ticks == hold_price_ticks


def test_the_newest_setting_of_each_subject_is_what_is_kept():
    scheduled = {"trading_status": TradingStatus.HALT, "instrument_id": BTC_USDT, "ts_ns": TS_NS}
    told = [
        FeesChanged(ts_ns=TS_NS, instrument_id=BTC_USDT, tier=2, maker_fee_ppm=1, taker_fee_ppm=2),
        TradingStatusScheduled(at_s=1_700_000_100, **scheduled),
        TradingStatusScheduled(at_s=0, **scheduled),
        AccountLimitsChanged(
            ts_ns=TS_NS, account_id=BUYER, open_orders_max=5, orders_per_s=0, orders_burst=0
        ),
        AssetLimitsChanged(
            ts_ns=TS_NS,
            account_id=BUYER,
            asset_id=BTC,
            position_max_atoms=0,
            order_notional_max_atoms=0,
        ),
    ]
    assert [name for name, _ in fold([*opening(), *told]).settings.changes] == [
        "forget_fees",
        "insert_fees",
        "forget_due",
        "forget_scheduled",
        "insert_scheduled",
        "forget_schedule",
        "know_account",
        "set_account_limits",
        "forget_asset_limits",
    ]
