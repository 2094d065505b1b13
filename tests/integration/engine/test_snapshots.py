"""Snapshots made by their own process beside an engine that trades, and its crash after that."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from domain.events import OutcomeResult
from engine_core import CORES, core_type
from engine_service.backup_mark import BackupMark, write_mark
from engine_service.data_files import DiskDirectory
from engine_service.journal import Journal
from engine_service.journal_replay import replay_directory
from engine_service.snapshot_store import SnapshotStore
from schemas.layouts import COMMAND_BYTES
from tests.integration.engine.streams import events_between
from tests.integration.engine.venue import OPENING, order
from tests.integration.engine_process import (
    ROOT,
    SEGMENT_BYTES,
    START_S,
    free_ports,
    running_engine,
)
from transport.engine_client import EngineClient

EVERY_COMMANDS = 200


@asynccontextmanager
async def making_snapshots(
    data_dir: Path,
    *,
    pure_python: bool,
    every_commands: int = EVERY_COMMANDS,
    end: signal.Signals = signal.SIGTERM,
) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
    """Run what makes snapshots of an engine for the length of the block; yield what it logs."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("OPENBELL_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine_service.snapshots"),
        cwd=ROOT,
        env=inherited
        | {
            "OPENBELL_ENGINE_DATA_DIR": str(data_dir),
            "OPENBELL_ENGINE_SEGMENT_BYTES": str(SEGMENT_BYTES),
            "OPENBELL_SNAPSHOTS_HTTP_PORT": str(free_ports().http),
            "OPENBELL_SNAPSHOT_EVERY_COMMANDS": str(every_commands),
            **({"OPENBELL_PURE_PYTHON": "1"} if pure_python else {}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def read() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            said.put_nowait(json.loads(line))

    reading = asyncio.create_task(read())
    try:
        yield said
    finally:
        process.send_signal(end)
        assert await process.wait() == (0 if end is signal.SIGTERM else -end)
        await reading


async def made_by(said: asyncio.Queue[dict[str, Any]]) -> dict[str, Any]:
    """Return what is said of the next snapshot."""
    async with asyncio.timeout(START_S):
        while (line := await said.get())["event"] != "snapshot made":
            assert line["level"] != "error", line
    return line


async def test_an_engine_goes_on_from_what_was_made_while_it_traded(tmp_path, pure_python):
    ports, journal = free_ports(), tmp_path / "engine"
    async with (
        running_engine(journal, pure_python=pure_python, ports=ports) as engine,
        making_snapshots(journal, pure_python=pure_python, end=signal.SIGKILL) as said,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        await client.submit_many(OPENING)
        for first in (0, 300):
            await client.submit_many([order(n) for n in range(first, first + 300)])
            made = await made_by(said)
        await client.submit_many([order(n) for n in range(600, 620)])
        await engine.kill()
    async with (
        running_engine(journal, pure_python=pure_python, ports=ports) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        replayed = await engine.says("journal replayed")
        assert replayed["from_snapshot"] == made["index"]
        assert replayed["commands"] >= 20
        retried = await client.submit_many([order(n) for n in range(620)], timeout_s=10)
        assert {outcome.result for outcome in retried} == {OutcomeResult.DUPLICATE}
        stream = await events_between(engine, 1, retried[-1].last_event_seq)
    again = replay_directory(journal, pure_python=pure_python, segment_bytes=SEGMENT_BYTES)
    assert again.events * 128 >= len(stream)
    assert newest_state_hash(journal)


def newest_state_hash(path: Path) -> bytes:
    """Return the state hash of the newest snapshot, once both twins have loaded it."""
    directory = DiskDirectory(path)
    try:
        store = SnapshotStore(directory)
        snapshot = store.read(store.indexes()[0])
        assert {core_type(name).load(snapshot.state).state_hash() for name in CORES} == {
            snapshot.state_hash
        }
        return snapshot.state_hash
    finally:
        directory.close()


async def test_an_engine_starts_while_a_snapshot_is_made_and_locks_nobody_out(
    tmp_path, pure_python
):
    async with running_engine(tmp_path, pure_python=pure_python) as engine:
        async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
            await client.submit_many([*OPENING, *(order(n) for n in range(250))])
        async with making_snapshots(tmp_path, pure_python=pure_python) as said:
            await made_by(said)
            await engine.stop()
            async with running_engine(tmp_path, pure_python=pure_python) as again:
                assert (await again.says("journal replayed"))["from_snapshot"] > 0
    directory = DiskDirectory(tmp_path)
    Journal(directory, segment_bytes=SEGMENT_BYTES).close()  # nobody holds the lock any more
    directory.close()


async def test_a_clean_stop_leaves_a_snapshot_and_nothing_to_replay(tmp_path, pure_python):
    ports, journal = free_ports(), tmp_path / "engine"
    async with making_snapshots(journal, pure_python=pure_python, every_commands=10**9) as said:
        async with (
            running_engine(journal, pure_python=pure_python, ports=ports) as engine,
            EngineClient.connect(engine.address, engine.master_key, 1) as client,
        ):
            await client.submit_many([*OPENING, *(order(n) for n in range(30))])
        assert SnapshotStore(DiskDirectory(journal)).indexes() == []
    assert (await made_by(said))["commands"] == len(OPENING) + 30
    async with running_engine(journal, pure_python=pure_python, ports=ports) as engine:
        replayed = await engine.says("journal replayed")
        assert replayed["from_snapshot"] > 0 and replayed["commands"] == 0


async def test_what_a_backup_and_snapshots_make_old_is_archived_beside_the_running_engine(tmp_path):
    ports, journal = free_ports(), tmp_path / "engine"
    async with (
        running_engine(journal, ports=ports) as engine,
        making_snapshots(journal, pure_python=False, end=signal.SIGKILL) as said,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        directory = DiskDirectory(journal)
        await client.submit_many(OPENING)
        sent = SEGMENT_BYTES // COMMAND_BYTES
        await client.submit_many([order(n) for n in range(sent)], timeout_s=20)
        while not (journal / "archive" / "journal-00000001.seg.gz").exists():
            await client.submit_many([order(n) for n in range(sent, sent + EVERY_COMMANDS)])
            sent += EVERY_COMMANDS
            await made_by(said)
            write_mark(
                directory,
                BackupMark(
                    segment=SnapshotStore(directory).newest_point().segment,
                    settled_seq=0,
                    charted_seq=0,
                    made_ts_ns=1,
                ),
            )
            assert sent < 50_000
        last = await client.submit(order(sent))
        stream = await events_between(engine, 1, last.last_event_seq)
        assert len(stream) == 128 * last.last_event_seq  # a restored reader would ask for all
        directory.close()
        await engine.kill()
    for snapshot in journal.glob("*.snap"):
        snapshot.unlink()
    async with running_engine(journal, ports=ports) as engine:
        replayed = await engine.says("journal replayed")
        assert replayed["from_snapshot"] == 0
        assert replayed["commands"] == len(OPENING) + sent + 1
