"""What commands about money have in common: numbers that their source gives without gaps, and the
balance they are answered with.
"""

from domain.commands import BalanceCommand, MoneyCommand
from domain.events import BalanceChanged
from domain.reasons import BalanceReason, RejectReason
from engine_core.limits import SOURCES_MAX
from engine_core.state import State
from engine_core.turn import Turn


def sequence_refusal(state: State, command: MoneyCommand) -> RejectReason:
    """Return why a command's number is not the next of its source, or NONE."""
    last_seq = state.last_source_seq.get(command.source_id, 0)
    if command.source_seq <= last_seq:
        return RejectReason.SOURCE_SEQ_REPEATED
    if command.source_seq != last_seq + 1:
        return RejectReason.SOURCE_SEQ_GAP
    return RejectReason.NONE


def has_room_for_source(state: State, source_id: int) -> bool:
    """Return whether a source is known, or can become so."""
    return source_id in state.last_source_seq or len(state.last_source_seq) < SOURCES_MAX


def say_balance(
    turn: Turn,
    command: BalanceCommand,
    reason: BalanceReason,
    amount_atoms: int,
    *,
    withdrawal_seq: int = 0,
    withdrawal_atoms: int = 0,
) -> None:
    """State what a command made of its account's balance, which changed by ``amount_atoms``."""
    balance = turn.state.balances.of(command.account_id, command.asset_id)
    turn.emit(
        BalanceChanged(
            ts_ns=turn.ts_ns,
            reason=reason,
            account_id=command.account_id,
            asset_id=command.asset_id,
            amount_atoms=amount_atoms,
            source_id=command.source_id,
            source_seq=command.source_seq,
            withdrawal_seq=withdrawal_seq,
            withdrawal_atoms=withdrawal_atoms,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
        )
    )
