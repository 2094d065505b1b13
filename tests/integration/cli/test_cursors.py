"""An exchange does not start where database and journal do not belong together."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from cli.recovery.cursors import refuse_wrong_cursors
from cli.running.instance import InstanceError
from engine_service.archive import archive
from engine_service.data_files import DiskDirectory
from engine_service.event_log import EVENTS_PER_SEGMENT, EventLog
from schemas.layouts import EVENT_BYTES

KEPT = 3
LAST_SEQ = EVENTS_PER_SEGMENT + KEPT


@pytest.fixture
def engine_dir(tmp_path: Path) -> Path:
    """A log whose first segment is archived, with three events in the second."""
    directory = DiskDirectory(tmp_path / "engine")
    log = EventLog(directory)
    log.resume(EVENTS_PER_SEGMENT)
    log.append(bytes(EVENT_BYTES * (1 + KEPT)))
    log.close()
    archive(directory, "events-00000001.log")
    directory.close()
    return tmp_path / "engine"


async def move(postgres_url: str, settled_seq: int, charted_seq: int) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("UPDATE accounts.settlement_cursor SET last_seq = $1", settled_seq)
    await connection.execute("UPDATE md_cursor SET last_seq = $1", charted_seq)
    await connection.close()


async def test_cursors_within_what_is_kept_are_fine(postgres_url: str, engine_dir: Path) -> None:
    for seq in (EVENTS_PER_SEGMENT, LAST_SEQ):
        await move(postgres_url, seq, seq)
        await refuse_wrong_cursors(postgres_url, engine_dir, LAST_SEQ)


@pytest.mark.parametrize("reader", ["settlement", "market data"])
async def test_a_cursor_past_the_last_event_is_refused(
    postgres_url: str, engine_dir: Path, reader: str
) -> None:
    past = LAST_SEQ + 1
    settled = reader == "settlement"
    await move(postgres_url, past if settled else LAST_SEQ, LAST_SEQ if settled else past)
    with pytest.raises(InstanceError, match=f"{reader} has event {past:,}.*openbell restore"):
        await refuse_wrong_cursors(postgres_url, engine_dir, LAST_SEQ)


@pytest.mark.parametrize("reader", ["settlement", "market data"])
async def test_a_cursor_before_what_is_kept_is_refused(
    postgres_url: str, engine_dir: Path, reader: str
) -> None:
    first, behind = EVENTS_PER_SEGMENT, EVENTS_PER_SEGMENT - 1
    settled = reader == "settlement"
    await move(postgres_url, behind if settled else first, first if settled else behind)
    with pytest.raises(InstanceError, match=f"{reader} has come to event {behind:,}.*rebuild"):
        await refuse_wrong_cursors(postgres_url, engine_dir, LAST_SEQ)


async def test_a_new_exchange_has_nothing_to_compare(postgres_url: str, tmp_path: Path) -> None:
    await refuse_wrong_cursors(postgres_url, tmp_path / "engine", 0)
