"""What of the books is checked without their history: what is open, and what came since the events
that were looked at before. An audit's cost does not grow with what the books have behind them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import asyncpg

from accounts.database import load_queries
from accounts.settling.pending_transfers import TransferPhase
from cli.auditing.audit_report import AuditReport

Held = Collection[tuple[int, int, int, int, int]]
"""Withdrawals that are held: source_id, source_seq, account_id, asset_id, amount_atoms."""
Connection = asyncpg.Connection
_SQL = load_queries("audit")


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Up to which event books were looked at and agreed, and what had not ended by then.

    ``command_ids``: money commands without an answer; ``withdrawal_ids``: withdrawals under way;
    ``answered_seq``: up to where every movement had a command with an answer; ``last_command_id``,
    ``last_withdrawal_id``: the newest there were.
    """

    seq: int = 0
    command_ids: tuple[int, ...] = ()
    withdrawal_ids: tuple[int, ...] = ()
    answered_seq: int = 0
    last_command_id: int = 0
    last_withdrawal_id: int = 0


NOTHING = LookedAt()


async def looked_at(connection: Connection[Any], seq: int) -> LookedAt:
    """Return what is still to be looked at again of books that agree up to event ``seq``."""
    commands = await connection.fetch(_SQL["unanswered_commands"])
    withdrawals = await connection.fetch(_SQL["unended_withdrawals"])
    newest = await connection.fetchrow(_SQL["newest_requests"])
    moved_seqs = [row["moved_seq"] - 1 for row in commands if row["moved_seq"] is not None]
    return LookedAt(
        seq,
        tuple(row["money_command_id"] for row in commands),
        tuple(row[0] for row in withdrawals),
        min([seq, *moved_seqs]),
        *(newest or (0, 0)),
    )


async def _again(
    connection: Connection[Any], before: LookedAt
) -> tuple[Collection[int], Collection[int]]:
    """Return money commands and withdrawals that no event since ``before`` needs to be about, and
    that may have ended since; of books never looked at, all are looked at anyway.
    """
    if not before.seq:
        return (), ()
    commands = await connection.fetch(
        _SQL["commands_of_old_events"], before.last_command_id, before.seq
    )
    withdrawals = await connection.fetch(_SQL["withdrawals_since"], before.last_withdrawal_id)
    return (
        [*before.command_ids, *(row[0] for row in commands)],
        [*before.withdrawal_ids, *(row[0] for row in withdrawals)],
    )


async def all_held(connection: Connection[Any]) -> Held:
    """Return the withdrawals that the ledger holds, from all of its history."""
    return [tuple(row) for row in await connection.fetch(_SQL["open_withdrawals"])]


async def held_since(connection: Connection[Any], held: Held, from_seq: int, to_seq: int) -> Held:
    """Return what the ledger holds behind event ``to_seq``, where ``held`` was held behind
    ``from_seq``.
    """
    known = {row[:2]: row for row in held}
    for row in await connection.fetch(_SQL["pending_between"], from_seq, to_seq):
        phase, source_id, source_seq, pending_ref, *what = row
        if phase == TransferPhase.PENDING:
            known[source_id, source_seq] = (source_id, source_seq, *what)
        else:
            known.pop((source_id, pending_ref), None)
    return list(known.values())


async def check_open_books(
    connection: Connection[Any],
    report: AuditReport,
    to_seq: int,
    held: Held,
    before: LookedAt = NOTHING,
) -> None:
    """Note what does not add up of what is open at event ``to_seq``, where the ledger has ``held``,
    and of what came since ``before``.
    """
    span = (before.seq, to_seq)
    unanswered = (before.answered_seq, to_seq)
    command_ids, withdrawal_ids = await _again(connection, before)
    of_held = [[row[column] for row in held] for column in (2, 3, 4)]
    for name, query, arguments in (
        ("held = sum over open orders", "holds_unlike_orders_and_withdrawals", of_held),
        ("money that moved was asked for", "movements_unlike_their_commands", unanswered),
        ("money commands moved money", "commands_that_moved_nothing", (*span, command_ids)),
        (
            "withdrawals = pending transfers",
            "withdrawals_unlike_the_ledger",
            (*span, withdrawal_ids),
        ),
    ):
        report.check_rows(name, await connection.fetch(_SQL[query], *arguments))
