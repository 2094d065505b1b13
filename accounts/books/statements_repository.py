"""Statements, read from the ledger in one snapshot of it."""

from typing import Final

import asyncpg

from accounts.books.statements import (
    AssetStatement,
    BalanceHistory,
    BalanceStep,
    Movement,
    Statement,
    Traded,
    asset_statement,
)
from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from accounts.settling.ledger import TransferCode
from accounts.settling.ledger_history_repository import account_transfers
from accounts.settling.ledger_repository import read_cursor

READ_TIMEOUT_S: Final = 20.0
"""What takes longer is asked for in shorter periods."""
_SQL: Final = load_queries("statements")


async def statement(
    connection: Connection, account_id: int, from_ts_ns: int, to_ts_ns: int
) -> Statement:
    """Return what happened to an account from ``from_ts_ns`` on, before ``to_ts_ns``.

    Raises:
        Refusal: BUSY: it is too much for one statement.
        Disagreement: the ledger does not add up.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            return await _statement(connection, account_id, from_ts_ns, to_ts_ns)
        except TimeoutError:
            raise Refusal(RefusalCode.BUSY, "ask for a shorter period", 1) from None


async def _statement(
    connection: Connection, account_id: int, from_ts_ns: int, to_ts_ns: int
) -> Statement:
    first_seq = await first_seq_at(connection, from_ts_ns)
    last_seq = await first_seq_at(connection, to_ts_ns) - 1
    period = (account_id, first_seq, last_seq)
    rows = await connection.fetch(_SQL["movements"], *period, timeout=READ_TIMEOUT_S)
    moved: dict[int, list[Movement]] = {}
    for row in rows:
        code = TransferCode(row["code"]).name
        movement = Movement(code, row["postings"], int(row["received"]), int(row["paid"]))
        moved.setdefault(row["asset_id"], []).append(movement)
    assets: list[AssetStatement] = []
    for asset_id, asset in await connection.fetch(_SQL["assets_of_account"], account_id):
        opening_atoms = await balance_before(connection, account_id, asset_id, first_seq)
        closing_atoms = await balance_before(connection, account_id, asset_id, last_seq + 1)
        movements = tuple(moved.get(asset_id, ()))
        if opening_atoms or closing_atoms or movements:
            assets.append(asset_statement(asset, opening_atoms, closing_atoms, movements))
    traded = await connection.fetch(_SQL["traded"], *period, timeout=READ_TIMEOUT_S)
    moved_first = min((row["first_seq"] for row in rows), default=0)
    moved_last = max((row["last_seq"] for row in rows), default=0)
    return Statement(moved_first, moved_last, tuple(assets), tuple(map(_traded, traded)))


async def balance_history(
    connection: Connection, account_id: int, from_ts_ns: int, step_ns: int, count: int
) -> list[BalanceHistory]:
    """Return how an account's balances changed in ``count`` steps from ``from_ts_ns`` on.

    Raises:
        Refusal: BUSY: it is too much to be read at once.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            return await _balance_history(connection, account_id, from_ts_ns, step_ns, count)
        except TimeoutError:
            raise Refusal(RefusalCode.BUSY, "ask for a shorter period", 1) from None


async def _balance_history(
    connection: Connection, account_id: int, from_ts_ns: int, step_ns: int, count: int
) -> list[BalanceHistory]:
    first_seq = await first_seq_at(connection, from_ts_ns)
    last_seq = await first_seq_at(connection, from_ts_ns + count * step_ns) - 1
    asked = (account_id, first_seq, last_seq, from_ts_ns, step_ns)
    rows = await connection.fetch(_SQL["changes_by_step"], *asked, timeout=READ_TIMEOUT_S)
    steps: dict[int, list[BalanceStep]] = {}
    for row in rows:
        step = BalanceStep(row["step"], int(row["change"]), int(row["moved"]))
        steps.setdefault(row["asset_id"], []).append(step)
    found = []
    for asset_id, asset in await connection.fetch(_SQL["assets_of_account"], account_id):
        opening_atoms = await balance_before(connection, account_id, asset_id, first_seq)
        if opening_atoms or asset_id in steps:
            changed = tuple(steps.get(asset_id, ()))
            found.append(BalanceHistory(asset, opening_atoms, changed))
    return found


async def first_seq_at(connection: Connection, ts_ns: int) -> int:
    """Return the first event with a transfer at or after a time; past the ledger's last event, if
    it is still to come.
    """
    low, high = 1, (await read_cursor(connection)).last_seq + 1
    while low < high:
        middle = (low + high) // 2
        found = await connection.fetchrow(_SQL["next_transfer"], middle)
        if found is None or found["ts_ns"] >= ts_ns:
            high = middle
        else:
            low = found["event_seq"] + 1
    return low


async def balance_before(connection: Connection, account_id: int, asset_id: int, seq: int) -> int:
    """Return what an account had of an asset, held or not, before an event."""
    if seq < 1:
        return 0
    last = await account_transfers(
        connection, account_id, limit=1, before=(seq, 0), asset_id=asset_id
    )
    return last[0].balance_after_atoms if last else 0


def _traded(row: asyncpg.Record) -> Traded:
    values = dict(row)
    for name in ("base_atoms", "quote_atoms", "fee_atoms"):
        values[name] = int(values[name])
    return Traded(**values)
