"""Bugs of money on its way out and between accounts, in the core and in settlement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.settling import ledger, pending_transfers
from accounts.settling.ledger import Transfer
from accounts.settling.pending_transfers import PendingRow
from domain import commands
from domain.reasons import BalanceReason, RejectReason
from engine_core import reference, saved_rows, transfers, withdrawals
from engine_core.state import State
from engine_core.turn import Answer, Turn
from risk.reference import Balances
from tests.simulation.mutants import Swap, mutant


def _even_if_repeated(before: Callable[..., RejectReason]) -> Callable[..., RejectReason]:
    def refusal(*asked: Any) -> RejectReason:
        reason = before(*asked)
        return RejectReason.NONE if reason is RejectReason.SOURCE_SEQ_REPEATED else reason

    return refusal


@mutant("withdrawal", focus="withdrawals")
def a_hold_is_executed_as_often_as_it_is_sent(swap: Swap) -> None:
    before = withdrawals._hold_refusal
    swap.function(before, _even_if_repeated(before))


@mutant("withdrawal", focus="withdrawals")
def what_is_to_leave_may_be_spent_meanwhile(swap: Swap) -> None:
    before = withdrawals.hold_withdrawal

    def held(turn: Turn, command: Any) -> Answer:
        known = set(turn.state.withdrawals)
        answer = before(turn, command)
        if turn.state.withdrawals.keys() - known:
            turn.state.balances.release(command.account_id, command.asset_id, command.amount_atoms)
        return answer

    swap.item(reference._HANDLERS, commands.HoldWithdrawal, held)


@mutant("withdrawal", focus="withdrawals")
def a_void_gives_nothing_back(swap: Swap) -> None:
    before = withdrawals._resolve

    def resolve(turn: Turn, command: Any, reason: BalanceReason, posted_atoms: int) -> Answer:
        held = turn.state.withdrawals[command.source_id, command.withdrawal_seq]
        answer = before(turn, command, reason, posted_atoms)
        if reason is BalanceReason.WITHDRAWAL_VOIDED:
            turn.state.balances.hold(held.account_id, held.asset_id, held.amount_atoms)
        return answer

    swap.function(before, resolve)


@mutant("withdrawal", focus="withdrawals")
def what_is_posted_is_still_the_owners(swap: Swap) -> None:
    swap.attribute(Balances, "withdraw", lambda *money: None)


@mutant("withdrawal", focus="withdrawals")
def a_snapshot_forgets_what_is_to_leave(swap: Swap) -> None:
    before = saved_rows.load

    def load(*data: Any) -> State:
        state = before(*data)
        state.withdrawals.clear()
        return state

    swap.function(before, load)


@mutant("withdrawal", focus="withdrawals")
def a_post_is_settled_as_if_all_had_left(swap: Swap) -> None:
    before = ledger.transfer_of_withdrawal

    def transfer(event: Any) -> Transfer:
        return before(event)._replace(amount_atoms=event.withdrawal_atoms)

    swap.function(before, transfer)


@mutant("withdrawal", focus="withdrawals")
def the_ledger_holds_an_atom_too_much(swap: Swap) -> None:
    before = pending_transfers.pending_row

    def row(*event: Any) -> PendingRow:
        *first, pending_atoms, posted_atoms, ts_ns = before(*event)
        return (*first, pending_atoms + 1, posted_atoms, ts_ns)  # type: ignore[return-value]

    swap.function(before, row)


@mutant("transfer", focus="withdrawals")
def a_transfer_is_executed_as_often_as_it_is_sent(swap: Swap) -> None:
    before = transfers._transfer_refusal
    swap.function(before, _even_if_repeated(before))


@mutant("transfer", focus="withdrawals")
def what_is_moved_stays_where_it_was(swap: Swap) -> None:
    before = transfers.transfer

    def transfer(turn: Turn, command: Any) -> Answer:
        moved = turn.state.last_source_seq.get(command.source_id, 0)
        answer = before(turn, command)
        if turn.state.last_source_seq.get(command.source_id, 0) != moved:
            balances = turn.state.balances
            balances.deposit(command.from_account_id, command.asset_id, command.amount_atoms)
        return answer

    swap.item(reference._HANDLERS, commands.Transfer, transfer)


@mutant("transfer", focus="withdrawals")
def the_ledger_moves_money_the_other_way(swap: Swap) -> None:
    before = ledger.transfer_between_accounts

    def transfer(event: Any) -> Transfer:
        plain = before(event)
        return plain._replace(
            debit_account_id=plain.credit_account_id, credit_account_id=plain.debit_account_id
        )

    swap.function(before, transfer)
