"""Money on its way out, in two steps: held when asked for, then posted (it has left) or voided."""

from domain.commands import HoldWithdrawal, PostWithdrawal, VoidWithdrawal
from domain.orders import AccountStatus
from domain.reasons import BalanceReason, RejectReason
from domain.units import FEE_ACCOUNT_ID, NOTIONAL_ATOMS_MAX
from engine_core.limits import WITHDRAWALS_MAX
from engine_core.money import has_room_for_source, say_balance, sequence_refusal
from engine_core.refusals import reject_control
from engine_core.state import OpenWithdrawal
from engine_core.turn import Answer, Turn

_MAY_NOT_TAKE_OUT = (AccountStatus.SUSPENDED, AccountStatus.CLOSED)


def hold_withdrawal(turn: Turn, command: HoldWithdrawal) -> Answer:
    """Hold what is to leave. Its number is the withdrawal's from here on."""
    if reason := _hold_refusal(turn, command):
        return reject_control(turn, reason, command.account_id, command)
    state = turn.state
    state.last_source_seq[command.source_id] = command.source_seq
    state.balances.hold(command.account_id, command.asset_id, command.amount_atoms)
    withdrawal = OpenWithdrawal(command.account_id, command.asset_id, command.amount_atoms)
    state.withdrawals[command.source_id, command.source_seq] = withdrawal
    say_balance(
        turn,
        command,
        BalanceReason.WITHDRAWAL_HELD,
        0,
        withdrawal_seq=command.source_seq,
        withdrawal_atoms=command.amount_atoms,
    )
    return Answer()


def _hold_refusal(turn: Turn, command: HoldWithdrawal) -> RejectReason:
    state = turn.state
    account = state.accounts.get(command.account_id)
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    # Before all that may change between two sendings: a hold that was executed always says so.
    if reason := sequence_refusal(state, command):
        return reason
    if account.account_id == FEE_ACCOUNT_ID or account.status in _MAY_NOT_TAKE_OUT:
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if not 1 <= command.amount_atoms <= NOTIONAL_ATOMS_MAX:
        return RejectReason.INVALID_AMOUNT
    balance = state.balances.of(command.account_id, command.asset_id)
    if command.amount_atoms > balance.available_atoms:
        return RejectReason.INSUFFICIENT_FUNDS
    if not has_room_for_source(state, command.source_id):
        return RejectReason.CAPACITY
    if len(state.withdrawals) >= WITHDRAWALS_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def post_withdrawal(turn: Turn, command: PostWithdrawal) -> Answer:
    """Let what was held leave the venue; what is not posted of it becomes available."""
    reason = _resolution_refusal(turn, command)
    withdrawal = turn.state.withdrawals.get((command.source_id, command.withdrawal_seq))
    if withdrawal and not reason and not 1 <= command.amount_atoms <= withdrawal.amount_atoms:
        reason = RejectReason.INVALID_AMOUNT
    if reason:
        return reject_control(turn, reason, command.account_id, command)
    return _resolve(turn, command, BalanceReason.WITHDRAWAL_POSTED, command.amount_atoms)


def void_withdrawal(turn: Turn, command: VoidWithdrawal) -> Answer:
    """Give back all that was held."""
    if reason := _resolution_refusal(turn, command):
        return reject_control(turn, reason, command.account_id, command)
    return _resolve(turn, command, BalanceReason.WITHDRAWAL_VOIDED, 0)


def _resolution_refusal(turn: Turn, command: PostWithdrawal | VoidWithdrawal) -> RejectReason:
    if reason := sequence_refusal(turn.state, command):
        return reason
    withdrawal = turn.state.withdrawals.get((command.source_id, command.withdrawal_seq))
    named = (command.account_id, command.asset_id)
    if withdrawal is None or (withdrawal.account_id, withdrawal.asset_id) != named:
        return RejectReason.WITHDRAWAL_NOT_OPEN
    return RejectReason.NONE


def _resolve(
    turn: Turn, command: PostWithdrawal | VoidWithdrawal, reason: BalanceReason, posted_atoms: int
) -> Answer:
    state = turn.state
    state.last_source_seq[command.source_id] = command.source_seq
    withdrawal = state.withdrawals.pop((command.source_id, command.withdrawal_seq))
    account_id, asset_id = withdrawal.account_id, withdrawal.asset_id
    state.balances.release(account_id, asset_id, withdrawal.amount_atoms)
    state.balances.withdraw(account_id, asset_id, posted_atoms)
    state.assets[asset_id].supply_atoms -= posted_atoms
    say_balance(
        turn,
        command,
        reason,
        -posted_atoms,
        withdrawal_seq=command.withdrawal_seq,
        withdrawal_atoms=withdrawal.amount_atoms,
    )
    return Answer()
