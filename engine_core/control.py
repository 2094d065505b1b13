"""Control of the venue: accounts and assets that come to be, and money from outside."""

import re
from typing import Final

from domain.commands import CreateAsset, Deposit, OpenAccount
from domain.events import AccountOpened, AssetCreated
from domain.instruments import ASSET_SCALE_MAX
from domain.orders import AccountStatus
from domain.reasons import BalanceReason, RejectReason
from domain.units import FEE_ACCOUNT_ID, NOTIONAL_ATOMS_MAX, SUPPLY_ATOMS_MAX
from engine_core.account import Account
from engine_core.limits import ACCOUNTS_MAX, ASSETS_MAX
from engine_core.money import has_room_for_source, say_balance, sequence_refusal
from engine_core.refusals import reject_control
from engine_core.state import AssetState
from engine_core.turn import Answer, Turn

_ASSET_NAME: Final = re.compile(rb"[A-Z0-9]+")


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


def deposit(turn: Turn, command: Deposit) -> Answer:
    """Credit an account from outside, each number of a source once and in order."""
    if reason := _deposit_refusal(turn, command):
        return reject_control(turn, reason, command.account_id, command)
    state = turn.state
    state.last_source_seq[command.source_id] = command.source_seq
    state.assets[command.asset_id].supply_atoms += command.amount_atoms
    state.balances.deposit(command.account_id, command.asset_id, command.amount_atoms)
    say_balance(turn, command, BalanceReason.DEPOSIT, command.amount_atoms)
    return Answer()


def _deposit_refusal(turn: Turn, command: Deposit) -> RejectReason:
    state = turn.state
    if command.account_id not in state.accounts:
        return RejectReason.UNKNOWN_ACCOUNT
    status = state.accounts[command.account_id].status
    if command.account_id == FEE_ACCOUNT_ID or status is AccountStatus.CLOSED:
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    if not 1 <= command.amount_atoms <= NOTIONAL_ATOMS_MAX:
        return RejectReason.INVALID_AMOUNT
    if reason := sequence_refusal(state, command):
        return reason
    if state.assets[command.asset_id].supply_atoms + command.amount_atoms > SUPPLY_ATOMS_MAX:
        return RejectReason.SUPPLY_LIMIT
    if not has_room_for_source(state, command.source_id):
        return RejectReason.CAPACITY
    return RejectReason.NONE
