"""``python -m cli.auditing.auditor``: audits a running exchange on a timer, in its own process.

It keeps its own core, which executes what the journal has gained since the last audit, so that an
audit costs what happened in between, and what is open. The first one after a start reads all of
history; later ones read what is new, and what `openbell audit` reads beyond that only it reads.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

import asyncpg
import structlog
import uvloop
from prometheus_client import Counter, Gauge
from pydantic import Field

from accounts.database import CONNECT_TIMEOUT_S, DATABASE_ERRORS, load_queries
from accounts.settling.batch import SHARD
from accounts.settling.ledger_repository import Cursor, read_cursor
from cli.auditing.audit import (
    ATTEMPTS_MAX,
    CATCH_UP_POLL_S,
    AuditConfig,
    CannotAudit,
    compare_with_engine,
    write_down,
)
from cli.auditing.audit_report import AuditReport
from cli.auditing.open_books import (
    NOTHING,
    Held,
    check_open_books,
    held_since,
    looked_at,
)
from cli.recovery.engine_replay import EngineReplay
from engine_core import CoreNotBuilt
from engine_service.errors import EngineServiceError
from service.health import Readiness, health_app, serving
from service.process import run_process, run_until
from service.signals import stop_on_signals

NICE: Final = 15
"""Nobody waits for an audit; the engine's core must not either."""
_SQL: Final = load_queries("audit")

LAST_RUN: Final = Gauge("openbell_audit_last_run_seconds", "When the last audit ended, Unix time")
LAST_OK_SEQ: Final = Gauge("openbell_audit_last_ok_seq", "Event at which the books last agreed")
DIFFERENCES: Final = Gauge("openbell_audit_differences", "Differences the last audit found")
STOPPED: Final = Gauge("openbell_audit_withdrawals_stopped", "1 while withdrawals are stopped")
FAILURES: Final = Counter("openbell_audit_failures", "Audits that could not be made")
HISTORY_TIMEOUT_S: Final = 3_600
"""Of one statement: after a start all transfers there are count in one."""


class AuditorConfig(AuditConfig):
    """An audit's environment, and how often to audit."""

    auditor_http_port: int = Field(default=9104, ge=1, le=65_535)
    audit_every_s: int = Field(default=60, ge=1)


class Auditor:
    """Audits again and again on one replay of the journal."""

    def __init__(self, config: AuditorConfig) -> None:
        self._config = config
        self._replay = EngineReplay(config.engine_data_dir, config.engine_segment_bytes)
        self._looked_at = NOTHING
        self._held: Held = ()
        self._posted_atoms: dict[tuple[int, int], int] = {}

    async def audit(self) -> AuditReport:
        """Compare engine and ledger at the ledger's cursor, and write down what was found.

        Raises:
            CannotAudit: the ledger rests inside a command's events, or the journal is shorter.
            JournalDamaged: the journal cannot be read.
        """
        connection = await asyncpg.connect(
            self._config.database_url, command_timeout=HISTORY_TIMEOUT_S, timeout=CONNECT_TIMEOUT_S
        )
        try:
            # Outside the transaction: the first time it may take as long as a cold restart.
            settled = await read_cursor(connection)
            await asyncio.to_thread(self._replay.advance, settled.last_seq)
            report = await self._at_the_cursor(connection)
            await write_down(connection, report)
            return report
        finally:
            await connection.close()

    async def _at_the_cursor(self, connection: asyncpg.Connection[Any]) -> AuditReport:
        for _ in range(ATTEMPTS_MAX):
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                cursor = await read_cursor(connection)
                await asyncio.to_thread(self._replay.advance, cursor.last_seq)
                if self._replay.seq <= cursor.last_seq:
                    return await self._compare(connection, cursor)
            await asyncio.sleep(CATCH_UP_POLL_S)
        raise CannotAudit(f"settlement rests at event {cursor.last_seq}, inside a command")

    async def _compare(self, connection: asyncpg.Connection[Any], cursor: Cursor) -> AuditReport:
        report = AuditReport(cursor=cursor.last_seq)
        before = self._looked_at
        held = await held_since(connection, self._held, before.seq, cursor.last_seq)
        await compare_with_engine(connection, self._replay, cursor, held, report)
        await check_open_books(connection, report, cursor.last_seq, held, before)
        posted = await self._compare_movements(connection, cursor, report)
        if report.ok:
            self._looked_at = await looked_at(connection, cursor.last_seq)
            self._held, self._posted_atoms = held, posted
        return report

    async def _compare_movements(
        self, connection: asyncpg.Connection[Any], cursor: Cursor, report: AuditReport
    ) -> dict[tuple[int, int], int]:
        """Note where what was posted the last time, and the transfers since, is not what is posted
        now, which is returned.
        """
        expected = dict(self._posted_atoms)
        rows = await connection.fetch(_SQL["moved_between"], self._looked_at.seq, cursor.last_seq)
        for account_id, asset_id, moved_atoms in rows:
            key = (account_id, asset_id)
            expected[key] = expected.get(key, 0) + moved_atoms
        posted = {row[:2]: row[2] for row in await connection.fetch(_SQL["posted_balances"])}
        report.check(
            "balance = sum of its transfers",
            "all",
            (
                f"account {key[0]}, asset {key[1]}: posted {posted.get(key, 0)}, transferred "
                f"{expected.get(key, 0)}"
                for key in sorted(posted.keys() | expected.keys())
                if posted.get(key, 0) != expected.get(key, 0)
            ),
        )
        return posted

    async def run(self) -> None:
        """Audit until cancelled. What cannot be audited is said, and tried again in time."""
        log = structlog.get_logger()
        while True:
            try:
                report = await self.audit()
            except (CannotAudit, EngineServiceError, *DATABASE_ERRORS) as error:
                FAILURES.inc()
                log.warning("no_audit", error=f"{type(error).__name__}: {error}")
            else:
                _note(report)
            await asyncio.sleep(self._config.audit_every_s)


def _note(report: AuditReport) -> None:
    LAST_RUN.set_to_current_time()
    DIFFERENCES.set(len(report.differences))
    STOPPED.set(report.withdrawals_stopped)
    log = structlog.get_logger()
    if report.ok:
        LAST_OK_SEQ.set(report.cursor)
        log.info("books_agree", seq=report.cursor)
        return
    log.error("books_do_not_agree", seq=report.cursor, differences=report.differences, shard=SHARD)


async def run(config: AuditorConfig) -> None:
    """Audit until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    os.nice(NICE)
    async with serving(health_app(Readiness()), config.bind_host, config.auditor_http_port):
        await run_until(stop, (Auditor(config).run(),))


def main() -> None:
    """Run the process."""
    run_process("auditor", AuditorConfig, run, uvloop.run, cannot_run=(CoreNotBuilt,))


if __name__ == "__main__":
    main()
