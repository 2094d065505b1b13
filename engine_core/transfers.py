"""Money that stays in the venue: from one account to another, in one step."""

from domain.commands import Transfer
from domain.events import Transferred
from domain.orders import AccountStatus
from domain.reasons import RejectReason, TransferReason
from domain.units import FEE_ACCOUNT_ID, NOTIONAL_ATOMS_MAX
from engine_core.account import Account
from engine_core.money import has_room_for_source, sequence_refusal
from engine_core.refusals import reject_control
from engine_core.state import State
from engine_core.turn import Answer, Turn

_MAY_NOT_SEND = (AccountStatus.SUSPENDED, AccountStatus.CLOSED)


def transfer(turn: Turn, command: Transfer) -> Answer:
    """Move money between two accounts, each number of a source once and in order."""
    if reason := _transfer_refusal(turn.state, command):
        return reject_control(turn, reason, command.from_account_id, command)
    balances = turn.state.balances
    turn.state.last_source_seq[command.source_id] = command.source_seq
    balances.withdraw(command.from_account_id, command.asset_id, command.amount_atoms)
    balances.deposit(command.to_account_id, command.asset_id, command.amount_atoms)
    sender = balances.of(command.from_account_id, command.asset_id)
    receiver = balances.of(command.to_account_id, command.asset_id)
    turn.emit(
        Transferred(
            ts_ns=turn.ts_ns,
            transfer_reason=command.transfer_reason,
            from_account_id=command.from_account_id,
            to_account_id=command.to_account_id,
            asset_id=command.asset_id,
            amount_atoms=command.amount_atoms,
            source_id=command.source_id,
            source_seq=command.source_seq,
            from_available_atoms=sender.available_atoms,
            from_held_atoms=sender.held_atoms,
            to_available_atoms=receiver.available_atoms,
            to_held_atoms=receiver.held_atoms,
        )
    )
    return Answer()


def _transfer_refusal(state: State, command: Transfer) -> RejectReason:
    sender = state.accounts.get(command.from_account_id)
    receiver = state.accounts.get(command.to_account_id)
    is_own = command.transfer_reason is TransferReason.SUB_ACCOUNT
    if sender is None or receiver is None or (is_own and sender.group_id != receiver.group_id):
        return RejectReason.UNKNOWN_ACCOUNT  # not yours and not there answer the same
    if sender is receiver:
        return RejectReason.NOTHING_TO_CHANGE
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    # Before all that may change between two sendings: one that was executed always says so.
    if reason := sequence_refusal(state, command):
        return reason
    if receiver.status is AccountStatus.CLOSED or (is_own and _is_barred(sender, receiver)):
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if not 1 <= command.amount_atoms <= NOTIONAL_ATOMS_MAX:
        return RejectReason.INVALID_AMOUNT
    balance = state.balances.of(command.from_account_id, command.asset_id)
    if command.amount_atoms > balance.available_atoms:
        return RejectReason.INSUFFICIENT_FUNDS
    if not has_room_for_source(state, command.source_id):
        return RejectReason.CAPACITY
    return RejectReason.NONE


def _is_barred(sender: Account, receiver: Account) -> bool:
    """Return whether a pair of accounts is none between which an owner may move money."""
    is_venue = FEE_ACCOUNT_ID in (sender.account_id, receiver.account_id)
    return is_venue or sender.status in _MAY_NOT_SEND
