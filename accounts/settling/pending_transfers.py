"""Money on its way out: held, then posted or voided, each a row that never changes. Pure."""

from enum import IntEnum
from typing import Final

from accounts.errors import Disagreement
from accounts.settling.ledger import EXTERNAL_ACCOUNT_ID
from domain.events import BalanceChanged
from domain.reasons import BalanceReason

PendingRow = tuple[int, int, int, int, int, int | None, int, int, int, int, int, int]
"""shard, event_seq, phase, source_id, source_seq, pending_ref, asset_id, debit_account_id,
credit_account_id, pending_atoms, posted_atoms, ts_ns.
"""


class TransferPhase(IntEnum):
    """What a row says of a transfer in two steps. Numbers are stored: they are stable."""

    PENDING = 1
    POST = 2
    VOID = 3


_PHASES: Final = {
    int(BalanceReason.WITHDRAWAL_HELD): TransferPhase.PENDING,
    int(BalanceReason.WITHDRAWAL_POSTED): TransferPhase.POST,
    int(BalanceReason.WITHDRAWAL_VOIDED): TransferPhase.VOID,
}


def pending_row(shard: int, seq: int, event: BalanceChanged) -> PendingRow:
    """Return the row of an event about a withdrawal. ``pending_ref``: the number under which it
    was held, where this resolves it.

    Raises:
        Disagreement: money moved that should not, or the event is about something else.
    """
    phase = _PHASES.get(int(event.reason))
    if phase is None:
        raise Disagreement(f"event {seq} names a withdrawal, but says {event.reason}")
    if phase is not TransferPhase.POST and event.amount_atoms:
        raise Disagreement(f"event {seq} moves {event.amount_atoms} atoms without a post")
    is_new = phase is TransferPhase.PENDING
    if is_new and event.withdrawal_seq != event.source_seq:
        raise Disagreement(f"event {seq} holds {event.source_seq} as {event.withdrawal_seq}")
    return (
        shard,
        seq,
        int(phase),
        event.source_id,
        event.source_seq,
        None if is_new else event.withdrawal_seq,
        event.asset_id,
        event.account_id,
        EXTERNAL_ACCOUNT_ID,
        event.withdrawal_atoms,
        -event.amount_atoms,
        event.ts_ns,
    )
