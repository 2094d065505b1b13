"""Where the database stands against the engine's events: not past them, nor before what is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from accounts.settling.ledger_repository import read_cursor
from cli.running.instance import InstanceError
from cli.running.readiness import http_get
from engine_service.data_files import DiskDirectory
from engine_service.event_log import EventLog
from engine_service.snapshot_store import SnapshotStore

_RECOVERED = "openbell_engine_recovered_event_seq"
CHARTED = "SELECT last_seq FROM md_cursor WHERE shard = 0"


async def cursors(database_url: str) -> dict[str, int]:
    """Return the last event that each reader of the stream has in the database."""
    connection = await asyncpg.connect(database_url)
    try:
        settled_seq = (await read_cursor(connection)).last_seq
        return {"settlement": settled_seq, "market data": await connection.fetchval(CHARTED)}
    finally:
        await connection.close()


async def recovered_seq(port: int) -> int:
    """Return the last event there was when the engine had recovered, before it made any new one.

    Raises:
        InstanceError: it does not say so.
    """
    try:
        _, body = await http_get("127.0.0.1", port, "/metrics")
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        raise InstanceError(f"the engine does not say what it recovered: {error}") from error
    for line in body.decode().splitlines():
        if line.startswith(f"{_RECOVERED} "):
            return int(float(line.split()[1]))
    raise InstanceError("the engine does not say what it recovered")


async def refuse_wrong_cursors(database_url: str, engine_dir: Path, recovered_seq: int) -> None:
    """Return if the engine's events go on from what the database has.

    Raises:
        InstanceError: they ended before, or begin after; the message says what to do.
    """
    first_seq = _first_at_hand(engine_dir)
    for reader, last_seq in (await cursors(database_url)).items():
        if last_seq > recovered_seq:
            raise InstanceError(
                f"{reader} has event {last_seq:,} in the database, but the engine's last one was "
                f"{recovered_seq:,}: its journal has lost acknowledged records, or is of another "
                "exchange. Restore both from one backup (openbell restore). Only if there is "
                "none: move the engine's directory away, keep it, and openbell rebuild engine"
            )
        if last_seq + 1 < first_seq:
            raise InstanceError(
                f"{reader} has come to event {last_seq:,} in the database, but the engine's events "
                f"before {first_seq:,} are archived. Settle from the journal first: openbell "
                "rebuild ledger"
            )


def _first_at_hand(engine_dir: Path) -> int:
    directory = DiskDirectory(engine_dir)
    event_log = EventLog(directory)
    try:
        event_log.begin(SnapshotStore(directory).founded_seq())
        return event_log.first_seq
    finally:
        event_log.close()
        directory.close()
