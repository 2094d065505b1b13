"""Control of the venue: accounts, assets, instruments, their status, and money from outside."""

import re
from itertools import chain
from typing import Final

from domain.commands import (
    CreateAsset,
    CreateInstrument,
    Deposit,
    OpenAccount,
    SetTradingStatus,
)
from domain.events import (
    AccountOpened,
    AssetCreated,
    BalanceChanged,
    InstrumentCreated,
    TradingStatusChanged,
)
from domain.instruments import ASSET_SCALE_MAX
from domain.orders import TradingStatus
from domain.reasons import BalanceReason, CancelReason, RejectReason
from domain.units import (
    FEE_ACCOUNT_ID,
    NOTIONAL_ATOMS_MAX,
    PRICE_TICKS_MAX,
    QTY_LOTS_MAX,
    SUPPLY_ATOMS_MAX,
)
from engine_core.endings import cancel_order
from engine_core.limits import (
    ACCOUNTS_MAX,
    ASSETS_MAX,
    BAND_BPS_MAX,
    INSTRUMENTS_MAX,
    SOURCES_MAX,
)
from engine_core.refusals import reject_control
from engine_core.state import Account, AssetState, Listing
from engine_core.stops import run_triggers
from engine_core.turn import Answer, Turn
from risk.fees import FEE_PPM_MAX

_ASSET_NAME: Final = re.compile(rb"[A-Z0-9]+")
_SYMBOL: Final = re.compile(rb"[A-Z0-9-]+")


def open_account(turn: Turn, command: OpenAccount) -> Answer:
    """Open a trading account."""
    if reason := _open_account_refusal(turn, command):
        return reject_control(turn, reason, command.account_id)
    account = Account(command.account_id, command.group_id)
    turn.state.accounts[account.account_id] = account
    turn.emit(
        AccountOpened(ts_ns=turn.ts_ns, account_id=account.account_id, group_id=account.group_id)
    )
    return Answer()


def _open_account_refusal(turn: Turn, command: OpenAccount) -> RejectReason:
    if command.account_id == 0:
        return RejectReason.MALFORMED
    if command.account_id in turn.state.accounts:
        return RejectReason.ALREADY_EXISTS
    if len(turn.state.accounts) >= ACCOUNTS_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def create_asset(turn: Turn, command: CreateAsset) -> Answer:
    """Create an asset, none of which exists yet."""
    if reason := _create_asset_refusal(turn, command):
        return reject_control(turn, reason, command.asset_id)
    asset = AssetState(command.asset_id, command.scale, command.name)
    turn.state.assets[asset.asset_id] = asset
    turn.emit(
        AssetCreated(ts_ns=turn.ts_ns, asset_id=asset.asset_id, scale=asset.scale, name=asset.name)
    )
    return Answer()


def _create_asset_refusal(turn: Turn, command: CreateAsset) -> RejectReason:
    if command.asset_id == 0:
        return RejectReason.MALFORMED
    if command.asset_id in turn.state.assets:
        return RejectReason.ALREADY_EXISTS
    if command.scale > ASSET_SCALE_MAX or not _ASSET_NAME.fullmatch(command.name):
        return RejectReason.INVALID_ASSET
    if len(turn.state.assets) >= ASSETS_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def create_instrument(turn: Turn, command: CreateInstrument) -> Answer:
    """Create an instrument, halted, with every bound spelled out."""
    if reason := _create_instrument_refusal(turn, command):
        return reject_control(turn, reason, command.instrument_id)
    terms = InstrumentCreated(
        ts_ns=turn.ts_ns,
        instrument_id=command.instrument_id,
        symbol=command.symbol,
        base_asset_id=command.base_asset_id,
        quote_asset_id=command.quote_asset_id,
        quote_atoms_per_tick_lot=command.quote_atoms_per_tick_lot,
        base_atoms_per_lot=command.base_atoms_per_lot,
        maker_fee_ppm=command.maker_fee_ppm,
        taker_fee_ppm=command.taker_fee_ppm,
        band_bps=command.band_bps,
        min_notional_atoms=command.min_notional_atoms,
        price_max_ticks=command.price_max_ticks or PRICE_TICKS_MAX,
        qty_max_lots=command.qty_max_lots or QTY_LOTS_MAX,
    )
    turn.state.listings[terms.instrument_id] = Listing(terms)
    turn.emit(terms)
    return Answer()


def _create_instrument_refusal(turn: Turn, command: CreateInstrument) -> RejectReason:
    assets = turn.state.assets
    if command.instrument_id == 0:
        return RejectReason.MALFORMED
    if command.instrument_id in turn.state.listings:
        return RejectReason.ALREADY_EXISTS
    if command.base_asset_id not in assets or command.quote_asset_id not in assets:
        return RejectReason.UNKNOWN_ASSET
    if not _is_exact(command):
        return RejectReason.INVALID_INSTRUMENT
    if len(turn.state.listings) >= INSTRUMENTS_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def _is_exact(command: CreateInstrument) -> bool:
    """Return whether every number of an instrument is one the core can work with."""
    return (
        command.base_asset_id != command.quote_asset_id
        and 1 <= command.quote_atoms_per_tick_lot <= NOTIONAL_ATOMS_MAX
        and 1 <= command.base_atoms_per_lot <= NOTIONAL_ATOMS_MAX
        and command.maker_fee_ppm <= FEE_PPM_MAX
        and command.taker_fee_ppm <= FEE_PPM_MAX
        and command.band_bps <= BAND_BPS_MAX
        and command.min_notional_atoms >= 0
        and 0 <= command.price_max_ticks <= PRICE_TICKS_MAX
        and 0 <= command.qty_max_lots <= QTY_LOTS_MAX
        and _SYMBOL.fullmatch(command.symbol) is not None
    )


def set_trading_status(turn: Turn, command: SetTradingStatus) -> Answer:
    """Move an instrument to another status; to close it cancels its orders first."""
    listing = turn.state.listings.get(command.instrument_id)
    if listing is None:
        return reject_control(turn, RejectReason.UNKNOWN_INSTRUMENT, command.instrument_id)
    if reason := _transition_refusal(turn, listing, command.trading_status):
        return reject_control(turn, reason, command.instrument_id)
    if command.trading_status is TradingStatus.CLOSED:
        resting = (order.order_id for order in listing.book.orders())
        for order_id in sorted(chain(resting, listing.triggers.order_ids())):
            cancel_order(turn, turn.state.open_orders[order_id], CancelReason.INSTRUMENT_CLOSED)
    listing.trading_status = command.trading_status
    turn.emit(
        TradingStatusChanged(
            ts_ns=turn.ts_ns,
            instrument_id=command.instrument_id,
            trading_status=command.trading_status,
        )
    )
    run_triggers(turn, listing)
    return Answer()


def _transition_refusal(turn: Turn, listing: Listing, to: TradingStatus) -> RejectReason:
    now = listing.trading_status
    if to in (now, TradingStatus.AUCTION) or now is TradingStatus.CLOSED:
        return RejectReason.INVALID_TRANSITION
    if to is TradingStatus.CLOSED and listing.open_orders >= turn.events_max:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def deposit(turn: Turn, command: Deposit) -> Answer:
    """Credit an account from outside, each number of a source once and in order."""
    if reason := _deposit_refusal(turn, command):
        return reject_control(turn, reason, command.account_id, command)
    state = turn.state
    state.last_source_seq[command.source_id] = command.source_seq
    state.assets[command.asset_id].supply_atoms += command.amount_atoms
    state.balances.deposit(command.account_id, command.asset_id, command.amount_atoms)
    balance = state.balances.of(command.account_id, command.asset_id)
    turn.emit(
        BalanceChanged(
            ts_ns=turn.ts_ns,
            reason=BalanceReason.DEPOSIT,
            account_id=command.account_id,
            asset_id=command.asset_id,
            amount_atoms=command.amount_atoms,
            source_id=command.source_id,
            source_seq=command.source_seq,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
        )
    )
    return Answer()


def _deposit_refusal(turn: Turn, command: Deposit) -> RejectReason:
    state = turn.state
    if command.account_id not in state.accounts:
        return RejectReason.UNKNOWN_ACCOUNT
    if command.account_id == FEE_ACCOUNT_ID:
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    if not 1 <= command.amount_atoms <= NOTIONAL_ATOMS_MAX:
        return RejectReason.INVALID_AMOUNT
    last_seq = state.last_source_seq.get(command.source_id, 0)
    if command.source_seq <= last_seq:
        return RejectReason.SOURCE_SEQ_REPEATED
    if command.source_seq != last_seq + 1:
        return RejectReason.SOURCE_SEQ_GAP
    if state.assets[command.asset_id].supply_atoms + command.amount_atoms > SUPPLY_ATOMS_MAX:
        return RejectReason.SUPPLY_LIMIT
    if not last_seq and len(state.last_source_seq) >= SOURCES_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE
