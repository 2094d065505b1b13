"""What one operator asks for and another must agree to, in PostgreSQL."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import asyncpg
import msgspec

from accounts.admin.audit_log_repository import DETAIL_CHARS_MAX, Actor
from accounts.database import Connection, load_queries

_SQL: Final = load_queries("proposals")


class Move(NamedTuple):
    """Money from one account to another."""

    from_account_id: int
    to_account_id: int
    asset_id: int
    amount_atoms: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """``state``: open, approved (being carried out), rejected, done, or failed (all undone but what
    ``detail`` says).
    """

    proposal_id: int
    kind: str
    subject: str
    moves: list[Move]
    reason: str
    asker_user_id: int | None
    asker: str
    created_ts_ns: int
    state: str
    decider: str | None
    decided_ts_ns: int | None
    detail: str


async def insert_proposal(
    connection: Connection,
    kind: str,
    subject: str,
    moves: list[Move],
    reason: str,
    asker: Actor,
    now_ns: int,
) -> int | None:
    """Record what is asked for; return its number, None if the same trade is being undone."""
    text = msgspec.json.encode(moves).decode()
    who = (asker.user_id, asker.name)
    proposal_id: int | None = await connection.fetchval(
        _SQL["insert_proposal"], kind, subject, text, reason, *who, now_ns
    )
    return proposal_id


async def locked_proposal(connection: Connection, proposal_id: int) -> Proposal | None:
    """Return a proposal that nobody else changes until the transaction ends."""
    row = await connection.fetchrow(_SQL["lock_proposal"], proposal_id)
    return None if row is None else _proposal(row)


async def decide(
    connection: Connection, proposal_id: int, state: str, decider: Actor, now_ns: int
) -> None:
    """Note who agreed or did not."""
    await connection.execute(_SQL["decide"], proposal_id, state, decider.name, now_ns)


async def conclude(connection: Connection, proposal_id: int, state: str, detail: str) -> None:
    """Note how it ended."""
    await connection.execute(_SQL["conclude"], proposal_id, state, detail[:DETAIL_CHARS_MAX])


async def proposals(
    connection: Connection, state: str | None, before_id: int, limit: int
) -> list[Proposal]:
    """Return proposals, newest first."""
    rows = await connection.fetch(_SQL["proposals"], before_id, state, limit)
    return [_proposal(row) for row in rows]


async def moves_back(connection: Connection, instrument_id: int, trade_id: int) -> list[Move]:
    """Return what gives back all that a trade moved, fees first; none if there is no such trade."""
    rows = await connection.fetch(_SQL["moves_of_trade"], instrument_id, trade_id)
    return [
        Move(
            row["credit_account_id"],
            row["debit_account_id"],
            row["asset_id"],
            row["amount_atoms"],
        )
        for row in rows
    ]


async def missing_atoms(connection: Connection, moves: list[Move]) -> dict[tuple[int, int], int]:
    """Return what would be missing on the way, by (account, asset), if ``moves`` were made now."""
    accounts = sorted({one.from_account_id for one in moves} | {one.to_account_id for one in moves})
    rows = await connection.fetch(_SQL["available"], accounts)
    available = {(row["account_id"], row["asset_id"]): row["available_atoms"] for row in rows}
    missing: dict[tuple[int, int], int] = {}
    for one in moves:
        sender, receiver = (one.from_account_id, one.asset_id), (one.to_account_id, one.asset_id)
        available[sender] = available.get(sender, 0) - one.amount_atoms
        available[receiver] = available.get(receiver, 0) + one.amount_atoms
        if available[sender] < 0:
            missing[sender] = max(missing.get(sender, 0), -available[sender])
    return missing


def _proposal(row: asyncpg.Record) -> Proposal:
    values = dict(row)
    values["moves"] = msgspec.json.decode(values["moves"], type=list[Move])
    return Proposal(**values)
