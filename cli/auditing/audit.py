"""`openbell audit`: every unit is accounted for, by two paths that share nothing but the journal.

The engine's side is its journal executed again; the ledger's side is SQL over what settlement
wrote. Both are compared at the ledger's cursor, by digest first and then, if that differs, by rows.
What an audit finds is written down, and a difference stops withdrawals.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import Field

from accounts.database import load_queries
from accounts.settling.batch import SHARD
from accounts.settling.ledger_history_repository import all_balances
from accounts.settling.ledger_repository import Cursor, read_cursor
from accounts.settling.orders_repository import open_orders
from accounts.settling.venue_repository import assets, instruments
from cli.auditing.audit_report import AuditReport
from cli.auditing.open_books import Held, all_held, check_open_books
from cli.recovery.engine_replay import EngineReplay
from engine_service.journal_segments import SEGMENT_BYTES
from service.config import ServiceConfig
from service.errors import ServiceError

CATCH_UP_TIMEOUT_S = 10.0
CATCH_UP_POLL_S = 0.05
ATTEMPTS_MAX = 40  # a cursor inside a command's events is no state of the engine: ask again
_SQL = load_queries("audit")

Connection = asyncpg.Connection  # the audit reads by one plain connection


class AuditConfig(ServiceConfig):
    """The environment of an audit."""

    database_url: str = Field(validation_alias="DATABASE_URL", repr=False)
    engine_data_dir: Path
    engine_segment_bytes: int = SEGMENT_BYTES


class CannotAudit(ServiceError):
    """There is nothing to compare: the message says why."""


async def audit(config: AuditConfig, allow_withdrawals: bool = False) -> AuditReport:
    """Compare the engine's journal with the ledger; waits a moment for settlement to catch up.
    ``allow_withdrawals`` lets them go on if nothing differs.

    Raises:
        CannotAudit: no database, no schema, or no journal.
        JournalDamaged: the journal cannot be read.
    """
    if not config.engine_data_dir.is_dir():
        raise CannotAudit(f"there is no journal in {config.engine_data_dir}")
    replay = EngineReplay(config.engine_data_dir, config.engine_segment_bytes)
    await asyncio.to_thread(replay.advance)
    try:
        connection = await asyncpg.connect(config.database_url)
    except (OSError, asyncpg.PostgresError) as error:
        raise CannotAudit(f"cannot reach the database: {error}") from error
    try:
        report = AuditReport()
        replay = await _caught_up(connection, config, replay, report)
        await _compare_at_the_cursor(connection, replay, report)
        await write_down(connection, report, allow_withdrawals)
        return report
    except asyncpg.UndefinedTableError as error:
        raise CannotAudit(f"the database is not migrated: {error}") from error
    finally:
        await connection.close()


async def write_down(
    connection: Connection[Any], report: AuditReport, allow_withdrawals: bool = False
) -> None:
    """Note in the database what an audit found, and in ``report`` whether withdrawals stand."""
    report.withdrawals_stopped = await connection.fetchval(
        _SQL["note_audit"], SHARD, report.cursor, len(report.differences), allow_withdrawals
    )


async def _caught_up(
    connection: Connection[Any], config: AuditConfig, replay: EngineReplay, report: AuditReport
) -> EngineReplay:
    """Wait until the ledger has what the journal had; return a replay that is not past it."""
    deadline_s = time.monotonic() + CATCH_UP_TIMEOUT_S
    while (cursor := await read_cursor(connection)).last_seq < replay.seq:
        if time.monotonic() > deadline_s:
            behind = f"settled up to event {cursor.last_seq}, the journal is at {replay.seq}"
            report.check("settlement keeps up", "", [behind])
            replay = EngineReplay(config.engine_data_dir, config.engine_segment_bytes)
            break
        await asyncio.sleep(CATCH_UP_POLL_S)
    return replay


async def _compare_at_the_cursor(
    connection: Connection[Any], replay: EngineReplay, report: AuditReport
) -> None:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        # One moment of the database for all that is read of it: settlement goes on meanwhile.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            cursor = await read_cursor(connection)
            await asyncio.to_thread(replay.advance, cursor.last_seq)
            if replay.seq <= cursor.last_seq:
                report.cursor = cursor.last_seq
                await _compare(connection, replay, cursor, report)
                return
            if attempt == ATTEMPTS_MAX:
                report.cursor = cursor.last_seq
                inside = f"it rests at event {cursor.last_seq}, inside a command: no state of the"
                report.check("the cursor is at the end of a command", "", [f"{inside} engine"])
                await _check_books(connection, cursor, await all_held(connection), report)
        await asyncio.sleep(CATCH_UP_POLL_S)


async def _compare(
    connection: Connection[Any], replay: EngineReplay, cursor: Cursor, report: AuditReport
) -> None:
    held = await all_held(connection)
    await compare_with_engine(connection, replay, cursor, held, report)
    await _check_books(connection, cursor, held, report)


async def compare_with_engine(
    connection: Connection[Any],
    replay: EngineReplay,
    cursor: Cursor,
    held: Held,
    report: AuditReport,
) -> None:
    """Note what of the engine's state after ``cursor`` is not what the ledger says, which has
    ``held`` for withdrawals.
    """
    lost = cursor.last_seq - replay.seq
    report.check(
        "the journal has what was settled",
        f"{cursor.last_seq} events",
        [f"the ledger has {lost} events that the journal does not have"] if lost else [],
    )
    other = replay.tape.chain != cursor.chain
    report.check(
        "the ledger saw the engine's events",
        cursor.chain.hex(),
        [f"rolling hash {cursor.chain.hex()}, not {replay.tape.chain.hex()}"] if other else [],
    )
    await _compare_balances(connection, replay, report)
    _compare_withdrawals(replay, held, report)
    await _compare_orders(connection, replay, report)
    await _compare_trades(connection, replay, report)
    await _check_supply(connection, replay, report)


def digest_of(rows: Iterable[tuple[int, ...]]) -> str:
    """Return the digest of rows in their order, as the database makes its own."""
    joined = ",".join(" ".join(map(str, row)) for row in rows)
    return hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest()


async def _compare_balances(
    connection: Connection[Any], replay: EngineReplay, report: AuditReport
) -> None:
    rows = replay.core.balances()
    if await connection.fetchval(_SQL["balances_digest"]) == digest_of(rows):
        report.check("balances, available and held", f"{len(rows)} balances equal", [])
        return
    engine = {row[:2]: row[2:] for row in rows}
    ledger = {row[:2]: row[2:] for row in await all_balances(connection)}
    report.check(
        "balances, available and held",
        f"{len(ledger)} balances equal",
        (
            f"account {key[0]}, asset {key[1]}: engine {engine.get(key, (0, 0))}, "
            f"ledger {ledger.get(key, (0, 0))}"
            for key in sorted(engine.keys() | ledger.keys())
            if engine.get(key) != ledger.get(key)
        ),
    )


def _compare_withdrawals(replay: EngineReplay, held: Held, report: AuditReport) -> None:
    engine = set(replay.core.withdrawals())
    ledger = set(held)
    report.check(
        "open withdrawals",
        f"{len(ledger)} withdrawals equal",
        (
            f"{'engine' if row in engine else 'ledger'} alone has {row}"
            for row in sorted(engine ^ ledger)
        ),
    )


async def _compare_orders(
    connection: Connection[Any], replay: EngineReplay, report: AuditReport
) -> None:
    rows = replay.core.orders()
    if await connection.fetchval(_SQL["open_orders_digest"]) == digest_of(rows):
        report.check("open orders", f"{len(rows)} orders equal", [])
        return
    engine = {row[0]: row for row in rows}
    ledger = {
        one.order_id: (
            one.order_id,
            one.account_id,
            one.instrument_id,
            one.side,
            one.price_ticks,
            one.qty_lots,
            one.leaves_qty_lots,
            one.cum_qty_lots,
        )
        for one in await open_orders(connection)
    }
    report.check(
        "open orders",
        f"{len(ledger)} orders equal",
        (
            f"order {order_id}: engine {engine.get(order_id)}, ledger {ledger.get(order_id)}"
            for order_id in sorted(engine.keys() | ledger.keys())
            if engine.get(order_id) != ledger.get(order_id)
        ),
    )


async def _compare_trades(
    connection: Connection[Any], replay: EngineReplay, report: AuditReport
) -> None:
    listed = await instruments(connection)
    last_ids = replay.tape.last_trade_ids
    report.check(
        "trades of each instrument",
        f"{sum(one.next_trade_id - 1 for one in listed.values())} trades",
        (
            f"{one.symbol}: engine {last_ids.get(one.instrument_id, 0)} trades, "
            f"ledger {one.next_trade_id - 1}"
            for one in listed.values()
            if last_ids.get(one.instrument_id, 0) != one.next_trade_id - 1
        ),
    )


async def _check_supply(
    connection: Connection[Any], replay: EngineReplay, report: AuditReport
) -> None:
    supply: dict[str, int] = {}
    names = {asset.asset_id: asset.name for asset in await assets(connection)}
    for _, asset_id, available_atoms, held_atoms in replay.core.balances():
        name = names.get(asset_id, str(asset_id))
        supply[name] = supply.get(name, 0) + available_atoms + held_atoms
    wrong = []
    rows = await connection.fetch(_SQL["zero_sum"])
    for row in rows:
        if row["total"] != "0":
            wrong.append(f"{row['asset']} sums to {row['total']}")
        if int(row["supply"]) != supply.get(row["asset"], 0):
            wrong.append(
                f"{row['asset']}: ledger supply {row['supply']}, engine "
                f"{supply.get(row['asset'], 0)}"
            )
    report.check("every asset sums to zero", ", ".join(row["asset"] for row in rows), wrong)


async def _check_books(
    connection: Connection[Any], cursor: Cursor, held: Held, report: AuditReport
) -> None:
    for name, query in (
        ("balance = sum of its transfers", "balances_unlike_their_transfers"),
        ("trade = its transfers", "trades_unlike_their_transfers"),
        ("trade ids without gaps", "instruments_with_missing_trades"),
        ("filled = sum of fills", "orders_unlike_their_fills"),
        ("posted = its transfer", "posts_unlike_their_transfers"),
        ("moved = its transfer", "transfers_unlike_their_postings"),
        ("held = orders and pending transfers", "holds_unlike_their_orders"),
    ):
        report.check_rows(name, await connection.fetch(_SQL[query]))
    await check_open_books(connection, report, cursor.last_seq, held)
