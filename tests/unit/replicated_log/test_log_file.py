"""The shared file: who appends, what a killed or resumed writer leaves, what a cut tail means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from replicated_log.errors import LogDamaged, LogTrimmed, LogUnavailable
from replicated_log.log import LogEntry
from replicated_log.log_file import LogFile

_START_BYTES = 24


def contents(path: Path) -> list[bytes]:
    file = LogFile(path)
    try:
        file.look()
        return [entry.data for entry in file.read(1, file.head_seq)]
    finally:
        file.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shard-0001.log"


def record_of(path: Path, expected_seq: int, data: bytes) -> bytes:
    return LogFile(path)._record(expected_seq, data)


def append_raw(path: Path, raw: bytes) -> None:
    with path.open("ab") as file:
        file.write(raw)


def test_a_writer_resumed_after_another_took_over_writes_nothing_that_counts(path: Path) -> None:
    old, new = LogFile(path), LogFile(path)
    assert old.append(0, b"old 1")
    assert new.append(1, b"takeover")
    append_raw(path, record_of(path, 1, b"old 2"))  # decided before it was stopped, written after
    assert new.append(2, b"new 2")
    assert not old.append(1, b"old 2")
    assert contents(path) == [b"old 1", b"takeover", b"new 2"]


def test_of_two_writes_at_one_place_the_earlier_in_the_file_is_the_entry(path: Path) -> None:
    first, second = record_of(path, 0, b"first"), record_of(path, 0, b"second")
    append_raw(path, first + second)
    file = LogFile(path)
    file.look()
    assert file.head_seq == 1
    assert contents(path) == [b"first"]


def test_a_record_its_writer_did_not_finish_is_waited_for_then_skipped(path: Path) -> None:
    watching, writer = LogFile(path), LogFile(path)
    assert writer.append(0, b"one")
    for cut in (1, 16, 31, 40):
        torn = record_of(path, watching.head_seq, b"torn" * 20)[:cut]
        append_raw(path, torn)
        watching.look()
        head_seq = watching.head_seq
        assert writer.append(writer.head_seq, b"after %d" % cut)
        watching.look()
        assert watching.head_seq == head_seq + 1 == writer.head_seq
    assert contents(path) == [b"one", b"after 1", b"after 16", b"after 31", b"after 40"]


def test_a_record_seen_half_written_counts_once_it_is_whole(path: Path) -> None:
    record = record_of(path, 0, b"x" * 10_000)
    file = LogFile(path)
    append_raw(path, record[:5_000])
    file.look()
    assert file.head_seq == 0
    append_raw(path, record[5_000:])
    file.look()
    assert file.head_seq == 1


def test_every_prefix_of_the_file_holds_the_entries_that_were_whole_in_it(path: Path) -> None:
    writer = LogFile(path)
    ends = []
    for number in range(6):
        assert writer.append(number, b"%d" % number * (number * 7))
        ends.append(path.stat().st_size)
    whole = path.read_bytes()
    copy = path.with_name("copy.log")
    for cut in range(_START_BYTES, len(whole) + 1):
        copy.write_bytes(whole[:cut])
        assert len(contents(copy)) == sum(end <= cut for end in ends)
        reopened = LogFile(copy)
        reopened.look()
        assert reopened.append(reopened.head_seq, b"next")
        assert contents(copy)[-1] == b"next"
        reopened.close()


def test_a_disk_that_is_full_takes_nothing_and_the_next_entry_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = LogFile(path)
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda fd, data: write(fd, data[: len(data) // 2]))
        with pytest.raises(LogUnavailable, match="full"):
            file.append(0, b"entry")
    assert file.append(0, b"entry")
    assert contents(path) == [b"entry"]


def test_entries_below_the_trim_are_refused_by_every_process_that_has_the_file(path: Path) -> None:
    writer, reader, late = LogFile(path), LogFile(path), LogFile(path)
    for number in range(200):
        assert writer.append(number, b"%04d" % number * 1_000)
    reader.look()
    used = path.stat().st_blocks
    writer.trim(150)
    for file in (writer, reader, late, LogFile(path)):
        with pytest.raises(LogTrimmed) as refused:
            file.read(149, 1)
        assert refused.value.first_seq == 150
        assert [entry.seq for entry in file.read(150, 100)] == list(range(150, 201))
        assert file.head_seq == 200
    assert path.stat().st_blocks < used
    assert late.append(200, b"more")
    assert reader.read(201, 1) == [LogEntry(201, b"more")]


def test_a_file_that_is_no_log_is_refused(path: Path) -> None:
    path.write_bytes(b"something else entirely, long enough to be a beginning")
    with pytest.raises(LogDamaged, match="not a log"):
        LogFile(path)
