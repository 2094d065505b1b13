"""`openbell backup` and `openbell restore`: database, snapshot, journal and cursors of one exchange
together, in one directory.

The database is copied first and the journal last, so that the journal has everything the ledger
has; what it has beyond that is settled when the backup is restored, as settlement would have done.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from cli.auditing.audit import audit
from cli.auditing.audit_report import AuditReport
from cli.recovery.backup_files import (
    DATABASE,
    BadBackup,
    Manifest,
    copy_events,
    copy_foundation,
    copy_journal,
    copy_snapshot,
    new_directory,
    sync_directory,
    unpack_engine,
)
from cli.recovery.cursors import cursors
from cli.recovery.engine_files import EngineFiles, opened_files
from cli.recovery.postgres_copy import dump, restore
from cli.recovery.rebuilt_ledger import RebuiltLedger, audit_config, rebuild
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.instance import Facts, InstanceLock, Paths
from cli.running.stopped_exchange import database_of_stopped, engine_dir_of
from cli.screen import console, error_console
from engine_service.backup_mark import BackupMark, write_mark
from engine_service.errors import EventLogDamaged, SnapshotBusy
from engine_service.journal_scan import JournalScan
from engine_service.snapshot_making import SnapshotMaker
from engine_service.snapshots import opened_maker

BUSY_S = 120.0
_BUSY_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restored exchange stands at."""

    manifest: Manifest
    ledger: RebuiltLedger
    report: AuditReport


def backup_exchange(paths: Paths, target: Path, verified: bool) -> int:
    """Back up an exchange, running or not, and say what was done; 0.

    Raises:
        BadBackup, PostgresError, EngineServiceError: it cannot be done; the message says why.
    """
    began_s = time.monotonic()
    with _database_of(paths) as database_url, console.status("copying database and journal"):
        manifest = _copy(paths, engine_dir_of(paths), database_url, target)
    if verified:
        with console.status("restoring the copy and auditing it"):
            _verify(target, manifest)
        _mark(engine_dir_of(paths), manifest)
    size_bytes = sum((target / name).stat().st_size for name in manifest.files)
    how = (
        "Verified: restored elsewhere, every unit accounted for."
        if verified
        else "NOT VERIFIED: nothing is archived because of it."
    )
    console.print(
        f"Backup in {target}: up to record {manifest.last_index:,}, ledger at event "
        f"{manifest.settled_seq:,} or later, {size_bytes / 1e6:,.1f} MB in "
        f"{time.monotonic() - began_s:.1f} s. {how}",
        soft_wrap=True,
    )
    return 0


def restore_exchange(paths: Paths, source: Path) -> int:
    """Restore a backup into a data directory and a database that have nothing; 0 if it audits
    clean.

    Raises:
        BadBackup, PostgresError, EngineServiceError: it cannot be done; the message says why.
    """
    manifest = Manifest.load(source)
    manifest.check(source)
    engine_dir = engine_dir_of(paths)
    _refuse_taken(paths, engine_dir)
    with database_of_stopped(paths) as database_url, console.status("restoring"):
        done = _restore(source, manifest, engine_dir, database_url)
    for name in _secret_files(paths):
        if name.name in manifest.files:
            shutil.copyfile(source / name.name, name)
            name.chmod(0o600)
    console.print(done.ledger.as_text(), markup=False, soft_wrap=True)
    console.print(done.report.as_text(), markup=False, soft_wrap=True)
    console.print(f"Restored up to record {manifest.last_index:,}. Start it: openbell up")
    return 0 if done.report.ok else 1


def _copy(paths: Paths, engine_dir: Path, database_url: str, target: Path) -> Manifest:
    new_directory(target)
    manifest = Manifest(made_at=_now())
    with _maker(engine_dir) as maker, opened_files(engine_dir) as files:
        _make_snapshot(maker, files)
        at = asyncio.run(cursors(database_url))
        manifest.settled_seq, manifest.charted_seq = at["settlement"], at["market data"]
        dump(database_url, target / DATABASE)
        manifest.add(target, DATABASE)
        _copy_engine(files, target, manifest)
    for path in _secret_files(paths):
        if path.exists():
            shutil.copyfile(path, target / path.name)
            (target / path.name).chmod(0o600)
            manifest.add(target, path.name)
    sync_directory(target / "engine")
    manifest.save(target)
    return manifest


def _make_snapshot(maker: SnapshotMaker, files: EngineFiles) -> None:
    """Have a snapshot of now; after a crash the last flush may lack its events, and an older one
    must do.
    """
    try:
        maker.make()
    except EventLogDamaged as error:
        if files.is_running:
            raise
        error_console.print(f"An older snapshot is used: {error}", markup=False, soft_wrap=True)


def _copy_engine(files: EngineFiles, target: Path, manifest: Manifest) -> None:
    """Write the engine's files, the events before the journal that leads to them."""
    names = []
    for index, (point, next_event_seq) in list(
        zip(files.store.indexes(), files.store.points(), strict=True)
    )[:1]:
        manifest.segment, manifest.next_event_seq = point.segment, next_event_seq
        snapshot = Path(files.store.location(index)).name
        names.append(copy_snapshot(files.directory, snapshot, target))
    names += copy_foundation(files.directory, target)
    names += copy_events(files.directory, target)
    scan = JournalScan(files.segments, files.store.newest_point(), grows=files.is_running)
    for _ in scan.records():
        pass
    names += copy_journal(files.directory, files.segments, scan.point, target)
    for name in names:
        manifest.add(target, name)
    manifest.journal_id, manifest.last_index = scan.point.journal_id, scan.point.next_index - 1
    manifest.log_ts_ns = scan.point.log_ts_ns
    manifest.segment_bytes = files.segments.segment_bytes


def _verify(backup: Path, manifest: Manifest) -> None:
    """Restore a backup beside itself, settle, audit, and note that it was done.

    Raises:
        BadBackup: it is not what it should be.
    """
    manifest.check(backup)
    with tempfile.TemporaryDirectory(prefix="openbell-verify-", dir=backup) as scratch:
        cluster = EmbeddedPostgres(Path(scratch) / "postgres", Tuning(durable=False))
        with running(cluster):
            cluster.ensure_database()
            done = _restore(backup, manifest, Path(scratch) / "engine", cluster.url())
        cluster.erase_socket_dir()
    if not done.report.ok:
        raise BadBackup(
            f"{backup} was written, but restored from it the books do not agree:\n"
            f"{done.report.as_text()}"
        )
    manifest.verified_at = _now()
    manifest.save(backup)


def _restore(source: Path, manifest: Manifest, engine_dir: Path, database_url: str) -> Restored:
    asyncio.run(_refuse_filled(database_url))
    unpacked = engine_dir.with_name(engine_dir.name + ".new")
    shutil.rmtree(unpacked, ignore_errors=True)
    unpack_engine(source, manifest, unpacked)
    restore(database_url, source / DATABASE)
    if engine_dir.exists():
        engine_dir.rmdir()
    unpacked.rename(engine_dir)
    sync_directory(engine_dir.parent)
    ledger = rebuild(database_url, engine_dir)
    report = asyncio.run(audit(audit_config(database_url, engine_dir, manifest.segment_bytes)))
    return Restored(manifest, ledger, report)


def _mark(engine_dir: Path, manifest: Manifest) -> None:
    with opened_files(engine_dir) as files:
        write_mark(
            files.directory,
            BackupMark(
                segment=manifest.segment,
                settled_seq=manifest.settled_seq,
                charted_seq=manifest.charted_seq,
                made_ts_ns=manifest.log_ts_ns,
            ),
        )


@contextmanager
def _maker(engine_dir: Path) -> Iterator[SnapshotMaker]:
    """Open what makes snapshots, once nobody else does: meanwhile nothing is taken away."""
    with opened_files(engine_dir) as files:
        segment_bytes = files.segments.segment_bytes
    deadline_s = time.monotonic() + BUSY_S
    while True:
        try:
            with opened_maker(engine_dir, error_console.print, segment_bytes) as maker:
                yield maker
            return
        except SnapshotBusy:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(_BUSY_POLL_S)


@contextmanager
def _database_of(paths: Paths) -> Iterator[str]:
    """Yield the database of an exchange, which may run."""
    facts = Facts.load(paths.facts)
    if facts is not None and InstanceLock(paths.lock).is_held_elsewhere():
        yield facts.database_url
        return
    with database_of_stopped(paths) as database_url:
        yield database_url


async def _refuse_filled(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN"
            " ('pg_catalog', 'information_schema')"
        )
    finally:
        await connection.close()
    if tables:
        raise BadBackup(
            f"the database has {tables} tables already: restore into an empty one, or into a data "
            "directory that nothing was started on (openbell reset deletes what is there)"
        )


def _refuse_taken(paths: Paths, engine_dir: Path) -> None:
    taken = [path for path in (paths.secrets, paths.bots) if path.exists()]
    if engine_dir.is_dir() and any(engine_dir.iterdir()):
        taken.append(engine_dir)
    if taken:
        raise BadBackup(
            f"{', '.join(map(str, taken))} would be overwritten: restore into a data directory "
            "that nothing was started on (openbell reset deletes what is there)"
        )


def _secret_files(paths: Paths) -> tuple[Path, Path]:
    return paths.secrets, paths.bots


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
