"""What an installation must have, and how the exchange in a data directory is."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from pathlib import Path
from typing import Final

import asyncpg

from accounts.database import DATABASE_ERRORS, check_durability
from accounts.errors import UnsafeDatabase
from cli.observing.findings import Finding, ok
from cli.running.instance import Facts, InstanceLock, Paths
from cli.running.readiness import ask_readyz
from cli.running.services import ROOT
from engine_core import CoreNotBuilt, core_name
from engine_service.errors import EngineServiceError

JOURNAL_READ_S: Final = 2.0
"""How long the journal is read at most: all of it may be hours."""
DATABASE_S: Final = 5.0
_LAST: Final = 2**63


def core() -> Finding:
    """Look whether the compiled core is there."""
    try:
        name = core_name()
    except CoreNotBuilt as error:
        return Finding("core", "bad", str(error), "./openbell up compiles it.")
    if name == "reference":
        do = "Unset OPENBELL_PURE_PYTHON: the reference is for reading and comparing."
        return Finding("core", "warn", "the slow reference runs", do)
    return ok("core", "compiled")


def web_page() -> Finding:
    """Look whether the page was built."""
    if (ROOT / "frontend" / "dist" / "index.html").exists():
        return ok("page", "built")
    return Finding("page", "warn", "not built: the API works, the page does not", "./openbell up")


def data_directory(paths: Paths) -> Finding:
    """Look whose the data is, and who may read it."""
    if not paths.data_dir.exists():
        return ok("data", f"{paths.data_dir} is not there yet; openbell up makes it")
    if not paths.data_dir.is_dir():
        do = "Name a directory with --data."
        return Finding("data", "bad", f"{paths.data_dir} is no directory", do)
    found = paths.data_dir.stat()
    if found.st_uid != os.geteuid():
        do = "Run as its owner, or with --data and a directory of your own."
        return Finding("data", "bad", f"{paths.data_dir} belongs to user {found.st_uid}", do)
    for path in (paths.data_dir, paths.secrets):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            do = f"chmod go-rwx {path}"
            return Finding("data", "bad", f"others may read {path}, which holds keys", do)
    return ok("data", str(paths.data_dir))


def running_facts_or_none(paths: Paths) -> Facts | None:
    """Return the facts of the exchange that runs there, None if none does."""
    return Facts.load(paths.facts) if InstanceLock(paths.lock).is_held_elsewhere() else None


def processes(paths: Paths, facts: Facts | None) -> Finding:
    """Look whether all processes of a running exchange serve."""
    if facts is None:
        before = Facts.load(paths.facts)
        if before is not None and before.state != "stopped":
            do = "openbell up: it goes on from the journal; nothing acknowledged is lost."
            return Finding("processes", "warn", "the last run ended without closing", do)
        return ok("processes", "no exchange runs on this data")
    missing = asyncio.run(_not_ready(facts))
    if missing:
        do = f"openbell logs {missing[0]}: its last line says why."
        return Finding("processes", "bad", f"not ready: {', '.join(missing)}", do)
    restarts = sum(process.restarts for process in facts.processes.values())
    if restarts:
        do = "openbell status shows which, openbell logs why."
        return Finding("processes", "warn", f"all ready, after {restarts} restarts", do)
    return ok("processes", "all ready")


async def _not_ready(facts: Facts) -> list[str]:
    asked = {name: one.port for name, one in facts.processes.items() if one.port is not None}
    answers = await asyncio.gather(*map(ask_readyz, asked.values()))
    return [name for name, answer in zip(asked, answers, strict=True) if not answer.ready]


def journal(engine_dir: Path) -> Finding:
    """Read the journal behind the newest snapshot: is it whole, and does it end where it may?"""
    from cli.recovery.engine_files import opened_files
    from engine_service.journal_scan import JournalScan

    if not any(engine_dir.glob("journal-*.seg")):
        return ok("journal", "there is none yet")
    ends_s, last, is_all = time.monotonic() + JOURNAL_READ_S, 0, True
    try:
        with opened_files(engine_dir) as files:
            start = files.start_before(_LAST)
            scan: JournalScan = JournalScan(files.segments, start, grows=files.is_running)
            for record in scan.records():
                last = record.index
                if time.monotonic() > ends_s:
                    is_all = False
                    break
    except EngineServiceError as error:
        do = "Keep a copy of the directory, then: openbell journal verify, docs/howto/recover.md."
        return Finding("journal", "bad", str(error), do)
    begun = start.next_index
    says = f"records {begun:,} to {last:,} are whole" if last else f"whole up to {begun - 1:,}"
    return ok("journal", says + ("" if is_all else "; openbell journal verify reads on"))


def database(url: str | None) -> Finding:
    """Ask the database that runs, or that DATABASE_URL names, whether it keeps what it commits."""
    if url is None:
        return ok("database", "embedded; it does not run now")
    try:
        return asyncio.run(_asked(url))
    except UnsafeDatabase as error:
        return Finding("database", "bad", str(error), "Turn them on in postgresql.conf.")
    except DATABASE_ERRORS as error:
        do = (
            "Start it, or correct DATABASE_URL; openbell logs postgres has an embedded one's words."
        )
        says = f"{type(error).__name__}: {error}".rstrip(": ")
        return Finding("database", "bad", says, do)


async def _asked(url: str) -> Finding:
    connection = await asyncpg.connect(url, timeout=DATABASE_S, command_timeout=DATABASE_S)
    try:
        await check_durability(connection)
        version = await connection.fetchval("SHOW server_version")
        return ok("database", f"PostgreSQL {version}, durable")
    finally:
        await connection.close()
