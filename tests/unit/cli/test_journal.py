"""`openbell journal` reads what an engine wrote, and says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from domain.commands import CommandKind
from engine_core import CORES
from engine_service.archive import archive
from engine_service.data_files import DiskDirectory
from engine_service.journal_segments import segment_name
from engine_service.snapshot_store import SnapshotStore
from engine_service.snapshots import opened_maker
from schemas.layouts import EVENT_BYTES
from tests.integration.engine.venue import OPENING
from tests.unit.engine_service.replays import Writer, opened_venue

SEGMENT_BYTES = 2 << 20
ORDERS = 24_000
RECORDS = 2 + 1 + ORDERS // 200  # two sessions, the opening
FIRST = segment_name(1)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engine's directory with a snapshot in the middle, some orders a flush."""
    path = tmp_path_factory.mktemp("written")
    writer = opened_venue(SEGMENT_BYTES)
    for at in range(0, ORDERS, 200):
        if at == ORDERS // 2:
            put(writer, path)
            made(path)
        writer.flush(writer.orders(7, at, 200))
    put(writer, path)
    writer.closed()
    return path


def put(writer: Writer, path: Path) -> None:
    for name, data in writer.disk.content().items():
        if name.startswith("journal-"):
            (path / name).write_bytes(data)
    (path / "events-00000001.log").write_bytes(writer.event_log.read(1, 1 << 20))


def made(path: Path) -> None:
    with opened_maker(path, print, SEGMENT_BYTES) as maker:
        assert maker.make() is not None


@pytest.fixture
def engine(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be damaged."""
    monkeypatch.setenv("OPENBELL_ENGINE_SEGMENT_BYTES", str(SEGMENT_BYTES))
    for file in written.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def run(engine: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["journal", *words, "--engine", str(engine)])


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def refused(engine: Path, *said: str) -> None:
    before = {file.name: file.read_bytes() for file in engine.iterdir()}
    result = run(engine, "verify")
    assert result.exit_code == 1
    for words in said:
        assert words in result.stderr
    assert {file.name: file.read_bytes() for file in engine.iterdir()} == before


@pytest.mark.parametrize("twin", CORES)
def test_a_sound_journal_is_verified_with_its_events_and_snapshots(
    engine: Path, twin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if twin == "reference":
        monkeypatch.setenv("OPENBELL_PURE_PYTHON", "1")
    result = run(engine, "verify")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert f"The journal is sound: records 1 to {RECORDS}, whole" in said
    assert f"{ORDERS + len(OPENING):,} commands executed again" in said
    assert "snapshots that are what the journal leads to: 1" in said
    assert "not at hand" not in said and "never acknowledged" not in said


def test_damage_in_the_journal_is_named_with_file_and_offset(engine: Path) -> None:
    flip(engine / FIRST, 100_000)
    refused(engine, f"{FIRST}, offset ", "Nothing was changed")


def test_an_event_that_is_not_what_the_journal_leads_to_is_named(engine: Path) -> None:
    flip(engine / "events-00000001.log", 1_000 * EVENT_BYTES + 9)
    refused(engine, "events-00000001.log, offset 128000: event 1001 differs")


def test_a_damaged_snapshot_is_named(engine: Path) -> None:
    (snapshot,) = engine.glob("*.snap")
    flip(snapshot, 5_000)
    refused(engine, snapshot.name, "torn or damaged")


def test_a_snapshot_of_another_state_is_named(engine: Path) -> None:
    directory = DiskDirectory(engine)
    store = SnapshotStore(directory)
    snapshot = store.read(store.indexes()[0])
    store.write(replace(snapshot, state_hash=bytes(16)))
    directory.close()
    refused(engine, "not what the journal leads to")


def test_a_journal_that_lost_its_end_is_told_from_a_torn_one(engine: Path) -> None:
    last = sorted(engine.glob("journal-*.seg"))[-3]  # two are prepared ahead
    end = len(last.read_bytes().rstrip(b"\0"))
    last.write_bytes(last.read_bytes()[: end - 1_000])
    refused(engine, "the event log goes on past event", "lost acknowledged records")
    for log in engine.glob("events-*.log"):
        log.unlink()
    result = run(engine, "verify")
    assert result.exit_code == 0
    assert "flush that was never acknowledged" in result.stdout
    assert "not at hand in the event log" in result.stdout


def test_a_running_engine_may_be_in_the_middle_of_a_record(engine: Path) -> None:
    directory = DiskDirectory(engine)
    directory.lock()
    last = sorted(engine.glob("journal-*.seg"))[-3]
    data = bytearray(last.read_bytes())
    end = -(-len(data.rstrip(b"\0")) // 64) * 64
    data[end : end + 4] = b"OBJ1"
    last.write_bytes(data)
    assert run(engine, "verify").exit_code == 0
    flip(engine / FIRST, 100_000)
    refused(engine, f"{FIRST}, offset ")
    directory.close()


def test_what_is_archived_is_verified_too_and_may_be_away(engine: Path) -> None:
    made(engine)
    directory = DiskDirectory(engine)
    archive(directory, FIRST)
    directory.close()
    assert f"records 1 to {RECORDS}, whole" in run(engine, "verify").stdout
    flip(engine / "archive" / f"{FIRST}.gz", 500)
    assert "torn or damaged" in run(engine, "verify").stderr
    (engine / "archive" / f"{FIRST}.gz").unlink()
    assert f"from behind record {RECORDS} (snapshot)" in run(engine, "verify").stdout
    for snapshot in engine.glob("*.snap"):
        snapshot.unlink()
    away = run(engine, "verify")
    assert away.exit_code == 1 and "Bring the archive back" in away.stderr


def test_records_are_shown_as_a_table(engine: Path) -> None:
    lines = run(engine, "inspect", "--from", "2", "--to", "4").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["record", "2", "3", "4"]
    assert lines[3].split()[2:] == (
        ["2023-11-14", "22:13:20.000000", "1", "COMMANDS", "7", "9", "200", "9", "19328"]
    )
    newest = run(engine, "inspect").stdout.splitlines()
    assert [line.split()[0] for line in newest[1:]] == [
        str(index) for index in range(RECORDS - 19, RECORDS + 1)
    ]


def exported(engine: Path, *words: str) -> Iterator[dict[str, object]]:
    result = run(engine, "export", *words)
    assert result.exit_code == 0, result.output
    yield from map(json.loads, result.stdout.splitlines())


def test_commands_are_exported_as_lines_of_json(engine: Path) -> None:
    said = list(exported(engine))
    assert [one["says"] for one in said[:2]] == ["SESSION_OPENED", "SESSION_OPENED"]
    commands = said[2:]
    assert len(commands) == ORDERS + len(OPENING)
    assert {one["command"] for one in commands} <= {kind.name for kind in CommandKind}
    assert [one["seq"] for one in commands] == list(range(1, len(commands) + 1))
    part = list(exported(engine, "--from", "50", "--to", "51"))
    assert part == [one for one in said if one["record"] in (50, 51)]
    assert part[0]["client_order_id"] and part[0]["session_id"] == "0000000000000007"


def test_events_are_exported_behind_what_led_to_them(engine: Path) -> None:
    said = list(exported(engine, "--events", "--from", "100"))
    seqs = [one["event_seq"] for one in said if "event" in one]
    log = b"".join(file.read_bytes() for file in sorted(engine.glob("events-*.log")))
    last_seq = len(log) // EVENT_BYTES
    assert seqs == list(range(last_seq - len(seqs) + 1, last_seq + 1))
    part = list(exported(engine, "--events", "--from", "110", "--to", "110"))
    assert part[0]["record"] == 110
    at = said.index(part[0])
    assert said[at : at + len(part)] == part
    assert said[at + len(part)]["record"] == 111


def test_without_a_journal_it_says_so(tmp_path: Path) -> None:
    for words in ("verify", "inspect", "export"):
        result = run(tmp_path / "nothing", words)
        assert result.exit_code == 1 and "there is no journal" in result.stderr
