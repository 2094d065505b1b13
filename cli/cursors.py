"""Where the database stands against the engine's events: not past them, nor before what is kept."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from accounts.ledger_repository import read_cursor
from cli.instance import InstanceError
from engine_service.data_files import DiskDirectory
from engine_service.event_log import EventLog
from engine_service.snapshot_store import SnapshotStore

CHARTED = "SELECT last_seq FROM md_cursor WHERE shard = 0"


async def cursors(database_url: str) -> dict[str, int]:
    """Return the last event that each reader of the stream has in the database."""
    connection = await asyncpg.connect(database_url)
    try:
        settled_seq = (await read_cursor(connection)).last_seq
        return {"settlement": settled_seq, "market data": await connection.fetchval(CHARTED)}
    finally:
        await connection.close()


async def refuse_wrong_cursors(database_url: str, engine_dir: Path) -> None:
    """Return if the engine's events go on from what the database has; the engine has started.

    Raises:
        InstanceError: they end before, or begin after; the message says what to do.
    """
    first_seq, next_seq = _kept(engine_dir)
    for reader, last_seq in (await cursors(database_url)).items():
        if last_seq >= next_seq:
            raise InstanceError(
                f"{reader} has event {last_seq:,} in the database, but the engine's last one is "
                f"{next_seq - 1:,}: its journal has lost acknowledged records, or is of another "
                "exchange. Restore both from one backup (openbell restore). Only if there is "
                "none: move the engine's directory away, keep it, and openbell rebuild engine"
            )
        if last_seq + 1 < first_seq:
            raise InstanceError(
                f"{reader} has come to event {last_seq:,} in the database, but the engine's events "
                f"before {first_seq:,} are archived. Settle from the journal first: openbell "
                "rebuild ledger"
            )


def _kept(engine_dir: Path) -> tuple[int, int]:
    """Return the first event at hand, and the one after the last."""
    directory = DiskDirectory(engine_dir)
    event_log = EventLog(directory)
    try:
        event_log.begin(SnapshotStore(directory).founded_seq())
        return event_log.first_seq, event_log.end_seq()
    finally:
        event_log.close()
        directory.close()
