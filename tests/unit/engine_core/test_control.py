"""Control of the venue: accounts, assets, instruments, their status, deposits."""

from dataclasses import replace
from typing import Any

import pytest

from domain.commands import CreateAsset, Deposit, OpenAccount, SetTradingStatus
from domain.events import (
    AccountOpened,
    AssetCreated,
    BalanceChanged,
    ControlRejected,
    InstrumentCreated,
    TradingStatusChanged,
)
from domain.orders import TradingStatus
from domain.reasons import BalanceReason, RejectReason
from domain.units import FEE_ACCOUNT_ID, PRICE_TICKS_MAX, QTY_LOTS_MAX, SUPPLY_ATOMS_MAX
from engine_core.contract import Core
from engine_core.limits import ASSETS_MAX, INSTRUMENTS_MAX
from schemas.codec import encode_command
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    CAROL,
    FUNDS,
    LOT,
    NOW,
    USDT,
    K,
    Market,
    instrument,
)


def test_an_account_is_opened_once(market: Market) -> None:
    assert market.open_account(5, group_id=6) == ["AccountOpened"]
    assert market.event == AccountOpened(ts_ns=NOW, account_id=5, group_id=6)
    assert market.open_account(5) == ["rejected ALREADY_EXISTS"]
    assert market.open_account(FEE_ACCOUNT_ID) == ["rejected ALREADY_EXISTS"]
    assert market.open_account(0) == ["rejected MALFORMED"]


def test_an_asset_is_created_once(market: Market) -> None:
    asset = CreateAsset(asset_id=3, scale=8, name=b"ETH")
    assert market.send(asset) == ["AssetCreated"]
    assert market.event == AssetCreated(ts_ns=NOW, asset_id=3, scale=8, name=b"ETH")
    assert market.send(asset) == ["rejected ALREADY_EXISTS"]
    assert market.send(replace(asset, asset_id=0)) == ["rejected MALFORMED"]


@pytest.mark.parametrize(
    "wrong",
    [{"scale": 9}, {"name": b""}, {"name": b"eth"}, {"name": b"E\0H"}, {"name": b"ETH "}],
)
def test_an_asset_that_cannot_be_exact_or_named_is_refused(
    market: Market, wrong: dict[str, Any]
) -> None:
    asset = replace(CreateAsset(asset_id=3, scale=8, name=b"ETH"), **wrong)
    assert market.send(asset) == ["rejected INVALID_ASSET"]


def test_an_asset_may_have_no_decimals_and_a_name_of_24_bytes(market: Market) -> None:
    assert market.send(CreateAsset(asset_id=3, scale=0, name=b"A" * 24)) == ["AssetCreated"]


def test_a_new_instrument_is_halted_and_its_bounds_are_spelled_out(market: Market) -> None:
    assert market.send(instrument(2, symbol=b"BTC-USDT-2")) == ["InstrumentCreated"]
    assert market.event == InstrumentCreated(
        ts_ns=NOW,
        instrument_id=2,
        symbol=b"BTC-USDT-2",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        quote_atoms_per_tick_lot=K,
        base_atoms_per_lot=LOT,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=1_000,
        min_notional_atoms=0,
        price_max_ticks=PRICE_TICKS_MAX,
        qty_max_lots=QTY_LOTS_MAX,
    )
    assert market.buy(ALICE, 1, 1, instrument_id=2) == ["rejected INSTRUMENT_NOT_TRADING"]


def test_an_instrument_is_created_once_from_assets_that_exist(market: Market) -> None:
    assert market.send(instrument(BTC_USDT)) == ["rejected ALREADY_EXISTS"]
    assert market.send(instrument(0)) == ["rejected MALFORMED"]
    assert market.send(instrument(2, base_asset_id=9)) == ["rejected UNKNOWN_ASSET"]
    assert market.send(instrument(2, quote_asset_id=9)) == ["rejected UNKNOWN_ASSET"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_asset_id": USDT},
        {"quote_atoms_per_tick_lot": 0},
        {"quote_atoms_per_tick_lot": 2**62 + 1},
        {"base_atoms_per_lot": -1},
        {"base_atoms_per_lot": 2**62 + 1},
        {"maker_fee_ppm": 1_000_001},
        {"taker_fee_ppm": 1_000_001},
        {"band_bps": 1_000_001},
        {"min_notional_atoms": -1},
        {"price_max_ticks": -1},
        {"price_max_ticks": 2**53},
        {"qty_max_lots": -1},
        {"qty_max_lots": 2**53},
        {"symbol": b""},
        {"symbol": b"btc-usdt"},
        {"symbol": b"BTC/USDT"},
        {"symbol": b"BTC\0USDT"},
    ],
)
def test_an_instrument_outside_the_bounds_is_refused(market: Market, wrong: dict[str, Any]) -> None:
    assert market.send(instrument(2, **wrong)) == ["rejected INVALID_INSTRUMENT"]


@pytest.mark.parametrize(
    "edge",
    [
        {"quote_atoms_per_tick_lot": 2**62, "base_atoms_per_lot": 2**62},
        {"maker_fee_ppm": 1_000_000, "taker_fee_ppm": 1_000_000, "band_bps": 1_000_000},
        {"price_max_ticks": 2**53 - 1, "qty_max_lots": 1, "min_notional_atoms": 2**63 - 1},
    ],
)
def test_an_instrument_at_the_bounds_is_created(market: Market, edge: dict[str, Any]) -> None:
    assert market.send(instrument(2, **edge)) == ["InstrumentCreated"]


def test_trading_status_moves(market: Market) -> None:
    assert market.set_status(TradingStatus.CANCEL_ONLY) == ["TradingStatusChanged"]
    assert market.event == TradingStatusChanged(
        ts_ns=NOW, instrument_id=BTC_USDT, trading_status=TradingStatus.CANCEL_ONLY
    )
    assert market.buy(ALICE, 1, 1) == ["rejected INSTRUMENT_NOT_TRADING"]
    assert market.set_status(TradingStatus.TRADING) == ["TradingStatusChanged"]
    assert market.buy(ALICE, 1, 1) == ["accepted 1 resting"]


@pytest.mark.parametrize("status", sorted(set(TradingStatus) - {TradingStatus.TRADING}))
def test_trading_status_does_not_move_to_itself(market: Market, status: TradingStatus) -> None:
    assert market.set_status(TradingStatus.TRADING) == ["rejected INVALID_TRANSITION"]
    assert market.set_status(status) == ["TradingStatusChanged"]
    assert market.set_status(status) == ["rejected INVALID_TRANSITION"]
    assert market.event.subject_id == BTC_USDT


def test_closing_cancels_every_order_by_order_id_first(market: Market) -> None:
    market.sell(BOB, 102, 1)
    market.buy(ALICE, 100, 5)
    market.buy(ALICE, 101, 5)
    market.replace(BOB, 1, 103, 1)
    assert market.set_status(TradingStatus.CLOSED) == [
        "canceled 1 1 INSTRUMENT_CLOSED",
        "canceled 2 5 INSTRUMENT_CLOSED",
        "canceled 3 5 INSTRUMENT_CLOSED",
        "TradingStatusChanged",
    ]
    assert market.usdt(ALICE) == market.btc(BOB) == (0, 0)


@pytest.mark.parametrize("status", list(TradingStatus))
def test_closed_is_for_ever(market: Market, status: TradingStatus) -> None:
    market.buy(ALICE, 100, 5)
    market.set_status(TradingStatus.CLOSED)
    assert market.set_status(status) == ["rejected INVALID_TRANSITION"]
    assert market.buy(ALICE, 100, 5) == ["rejected INSTRUMENT_NOT_TRADING"]
    assert market.replace(ALICE, 1, 100, 4) == ["rejected UNKNOWN_ORDER"]
    assert market.cancel(ALICE, 1) == ["rejected UNKNOWN_ORDER"]


def test_closing_with_more_orders_than_one_command_may_cancel_is_refused(
    core_type: type[Core],
) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    for _ in range(4):
        market.buy(ALICE, 100, 1)
    assert market.set_status(TradingStatus.CLOSED) == ["rejected CAPACITY"]
    market.cancel(ALICE, 1)
    assert len(market.set_status(TradingStatus.CLOSED)) == 4


def test_a_deposit_is_spendable_at_once(market: Market) -> None:
    deposit = Deposit(account_id=ALICE, asset_id=BTC, amount_atoms=5, source_id=9, source_seq=1)
    assert market.send(deposit) == ["BalanceChanged"]
    assert market.event == BalanceChanged(
        ts_ns=NOW,
        reason=BalanceReason.DEPOSIT,
        account_id=ALICE,
        asset_id=BTC,
        amount_atoms=5,
        source_id=9,
        source_seq=1,
        available_atoms=FUNDS + 5,
        held_atoms=0,
    )


def test_each_number_of_a_source_is_executed_once_and_in_order(market: Market) -> None:
    first = Deposit(account_id=ALICE, asset_id=BTC, amount_atoms=5, source_id=9, source_seq=1)
    assert market.send(replace(first, source_seq=0)) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.send(replace(first, source_seq=2)) == ["rejected SOURCE_SEQ_GAP"]
    assert market.send(first) == ["BalanceChanged"]
    assert market.send(first) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.send(replace(first, source_seq=3)) == ["rejected SOURCE_SEQ_GAP"]
    assert market.send(replace(first, source_id=10)) == ["BalanceChanged"]
    assert market.send(replace(first, source_seq=2)) == ["BalanceChanged"]
    assert market.btc(ALICE) == (15, 0)


def test_a_refused_deposit_uses_up_no_number(market: Market) -> None:
    first = Deposit(account_id=ALICE, asset_id=BTC, amount_atoms=0, source_id=9, source_seq=1)
    assert market.send(first) == ["rejected INVALID_AMOUNT"]
    assert market.send(replace(first, amount_atoms=2**62 + 1)) == ["rejected INVALID_AMOUNT"]
    assert market.send(replace(first, amount_atoms=-1)) == ["rejected INVALID_AMOUNT"]
    assert market.send(replace(first, account_id=5)) == ["rejected UNKNOWN_ACCOUNT"]
    assert market.send(replace(first, asset_id=5)) == ["rejected UNKNOWN_ASSET"]
    to_venue = replace(first, account_id=FEE_ACCOUNT_ID)
    assert market.send(to_venue) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.send(replace(first, amount_atoms=1)) == ["BalanceChanged"]


def test_a_refused_deposit_names_account_and_source(market: Market) -> None:
    market.send(Deposit(account_id=5, asset_id=BTC, amount_atoms=1, source_id=9, source_seq=3))
    assert market.event == ControlRejected(
        ts_ns=NOW,
        request=36,
        reason=RejectReason.UNKNOWN_ACCOUNT,
        subject_id=5,
        source_id=9,
        source_seq=3,
    )


def test_the_supply_of_an_asset_is_bounded(market: Market) -> None:
    room_atoms = SUPPLY_ATOMS_MAX - 4 * FUNDS
    deposit = Deposit(
        account_id=CAROL, asset_id=BTC, amount_atoms=room_atoms + 1, source_id=9, source_seq=1
    )
    assert market.send(deposit) == ["rejected SUPPLY_LIMIT"]
    assert market.send(replace(deposit, amount_atoms=room_atoms)) == ["BalanceChanged"]
    assert market.btc(CAROL) == (room_atoms, 0)
    one_more = replace(deposit, amount_atoms=1, source_seq=2)
    assert market.send(one_more) == ["rejected SUPPLY_LIMIT"]
    assert market.send(replace(one_more, asset_id=USDT)) == ["BalanceChanged"]


def test_assets_and_instruments_are_bounded(core_type: type[Core]) -> None:
    core = core_type()
    assets = [CreateAsset(asset_id=n, scale=0, name=b"A") for n in range(1, ASSETS_MAX + 2)]
    _, outcomes = core.apply(b"".join(map(encode_command, assets)), 0)
    assert outcomes[-24:][22] == 2
    assert int.from_bytes(outcomes[-4:-2], "little") == RejectReason.CAPACITY
    assert outcomes[-48:-24][22] == 1
    listed = [
        instrument(n, base_asset_id=1, quote_asset_id=2) for n in range(1, INSTRUMENTS_MAX + 2)
    ]
    _, outcomes = core.apply(b"".join(map(encode_command, listed)), 0)
    assert int.from_bytes(outcomes[-4:-2], "little") == RejectReason.CAPACITY
    assert int.from_bytes(outcomes[-28:-26], "little") == RejectReason.NONE


def test_control_of_what_nobody_knows(market: Market) -> None:
    halt = SetTradingStatus(instrument_id=9, trading_status=TradingStatus.HALT)
    assert market.send(halt) == ["rejected UNKNOWN_INSTRUMENT"]
    assert market.event == ControlRejected(
        ts_ns=NOW, request=35, reason=RejectReason.UNKNOWN_INSTRUMENT, subject_id=9
    )
    assert market.send(OpenAccount(account_id=ALICE, group_id=3)) == ["rejected ALREADY_EXISTS"]
    assert market.event.subject_id == ALICE
