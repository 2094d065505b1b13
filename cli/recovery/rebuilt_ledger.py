"""The database brought up to the journal: everything that follows from it is settled as accounts
and market data would settle it, by their own code, from events that the journal is executed for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from accounts.errors import LedgerError
from accounts.settling.ledger_repository import leave_settlement_role
from accounts.settling.rebuild_repository import Recovered, recover_owners_and_money
from accounts.settling.settlement import BATCH_EVENTS_MAX
from accounts.settling.settler import Settler
from accounts.wallet.recovered_money_repository import RecoveredMoney
from cli.auditing.audit import AuditConfig
from cli.recovery.engine_files import EngineFiles, opened_files
from cli.screen import error_console
from engine_core import core_name
from engine_service.replayed_events import replayed_events
from market_data.candles_repository import CandlesRepository
from market_data.feed import Feed
from schemas.layouts import EVENT_BYTES
from service.errors import ServiceError
from service.health import Readiness

Told = Callable[[int], None]
"""Called with the last event settled, now and then."""


class CannotRebuild(ServiceError):
    """It cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RebuiltLedger:
    """From behind which event to which the ledger was settled, and what was filled in."""

    from_seq: int
    to_seq: int
    recovered: Recovered

    def as_text(self) -> str:
        """Return what was done and what cannot be known, in lines."""
        recovered = self.recovered
        lines = [f"Settled events {self.from_seq + 1:,} to {self.to_seq:,} from the journal."]
        lines += _told_of_money(recovered.money)
        if recovered.account_ids:
            listed = ", ".join(map(str, recovered.account_ids[:20]))
            more = "" if len(recovered.account_ids) <= 20 else " …"
            lines.append(
                f"{len(recovered.account_ids):,} accounts whose login is not known (e-mail, "
                f"password, API keys are in no journal): {listed}{more}. Each belongs to a user "
                "recovered-GROUP@openbell.invalid whom nobody can log in as."
            )
        return "\n".join(lines)


def _told_of_money(money: RecoveredMoney) -> Iterator[str]:
    if money.completed:
        yield f"{money.completed:,} pending money commands had been executed."
    if money.deposits:
        yield (
            f"{money.deposits:,} deposits: who asked for them, and under which reference, "
            "is not known."
        )
    if money.transfers:
        yield f"{money.transfers:,} transfers: who asked for them is not known."
    if money.withdrawals:
        yield (
            f"{money.withdrawals:,} withdrawals: where they go, and whether a rail was asked, is "
            "not known. Those that are open wait for an operator, who asks the rails first."
        )
    if money.ended:
        yield f"{money.ended:,} withdrawals that were open had come to their end."


def rebuild(database_url: str, engine_dir: Path, told: Told = lambda seq: None) -> RebuiltLedger:
    """Bring a migrated database up to the journal of an engine that does not run.

    Raises:
        CannotRebuild: the engine runs, or the database cannot be reached or contradicts the
            journal.
        EngineServiceError: the journal cannot be read; the message says what to do.
    """
    with opened_files(engine_dir) as files:
        files.directory.lock()
        try:
            return asyncio.run(_rebuild(database_url, files, told))
        except LedgerError as error:
            raise CannotRebuild(
                f"the ledger contradicts the journal: {error}. Rebuild into an empty database"
            ) from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise CannotRebuild(f"the database: {error}") from error


def audit_config(database_url: str, engine_dir: Path, segment_bytes: int) -> AuditConfig:
    """Return what audits a database against the journal of an engine."""
    named = {
        "DATABASE_URL": database_url,
        "engine_data_dir": engine_dir,
        "engine_segment_bytes": segment_bytes,
    }
    return AuditConfig.model_validate(named)


async def _rebuild(database_url: str, files: EngineFiles, told: Told) -> RebuiltLedger:
    connection = await asyncpg.connect(database_url)
    try:
        settler = await Settler.on(connection)
        from_seq = settler.next_seq - 1
        async for first_seq, events in _batches(files, settler.next_seq):
            batch = await settler.settle(first_seq, events)
            told(batch.last_seq)
        await leave_settlement_role(connection)
        recovered = await recover_owners_and_money(connection, time.time_ns())
        await _chart(database_url, files)
        return RebuiltLedger(from_seq, settler.next_seq - 1, recovered)
    finally:
        await connection.close()


async def _chart(database_url: str, files: EngineFiles) -> None:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
        repository = CandlesRepository(pool)
        feed = Feed(repository, _no_stream, lambda *_: None, Readiness())
        await feed.load()
        async for first_seq, events in _batches(files, feed.cursor + 1):
            await feed.take(first_seq, events)


async def _batches(files: EngineFiles, from_seq: int) -> AsyncIterator[tuple[int, bytes]]:
    """Yield (sequence of the first, events) of a size that is settled at once."""
    replayed = replayed_events(
        files.directory,
        files.segments,
        from_seq,
        pure_python=core_name() == "reference",
        say=partial(error_console.print, markup=False, soft_wrap=True),
    )
    step = BATCH_EVENTS_MAX * EVENT_BYTES
    while (made := await asyncio.to_thread(next, replayed, None)) is not None:
        first_seq, events = made
        for at in range(0, len(events), step):
            yield first_seq + at // EVENT_BYTES, events[at : at + step]


def _no_stream(_from_seq: int) -> AsyncIterator[tuple[int, bytes]]:
    raise AssertionError("what is charted here is handed over")
