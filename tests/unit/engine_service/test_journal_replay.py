"""Both twins make the same of every journal, whole or damaged."""

import random
from zlib import crc32

import pytest

from domain.commands import CancelAllAfter
from engine_core import CORES
from engine_service.journal_record import HEADER_BYTES, decode_record
from engine_service.journal_replay import replay_directory
from engine_service.journal_segments import segment_name
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import TIME, entries_of
from schemas.codec import encode_command
from schemas.layouts import EVENT_BYTES
from tests.integration.engine.venue import BUYER
from tests.unit.engine_service.replays import SEGMENT_BYTES, Found, found_by, opened_venue
from transport.server_session import Execute

FIRST = segment_name(1)


def found_alike(files: dict[str, bytes], segment_bytes: int = SEGMENT_BYTES) -> Found:
    reference, compiled = (found_by(twin, files, segment_bytes) for twin in CORES)
    assert compiled == reference
    return compiled


def short_journal() -> dict[str, bytes]:
    writer = opened_venue()
    writer.flush(writer.orders(7, 0, 1))
    writer.flush(writer.orders(8, 1, 3), writer.orders(7, 4, 1))
    writer.flush(writer.orders(7, 5, 2))
    return writer.closed()


def used_bytes(files: dict[str, bytes]) -> int:
    end = len(files[FIRST].rstrip(b"\0"))
    return -(-end // 64) * 64


def record_offsets(data: bytes) -> list[int]:
    offsets, at = [], 0
    while record := decode_record(data, at):
        offsets.append(at)
        at += record.size_bytes
    return offsets


def test_sessions_orders_time_and_newcomers_are_replayed_alike():
    writer = opened_venue()
    switch = CancelAllAfter(account_id=BUYER, timeout_ms=1_000)
    chance = random.Random(5)
    number, session_id = 0, 8
    for turn in range(60):
        actions = []
        for _ in range(chance.randint(1, 4)):
            count = chance.randint(1, 14)
            actions.append(writer.orders(chance.choice((7, session_id)), number, count))
            number += count
        if turn % 20 == 10:
            actions.append(writer.opened(session_id + 1, evicted_session_id=session_id))
            session_id += 1
        if turn % 20 == 5:
            actions.append(writer.execute(7, encode_command(switch)))
        writer.flush(*actions)
        writer.ts_ns += chance.randint(0, 10**8)
        if turn % 20 == 6:
            writer.ts_ns += 2 * 10**9
            writer.flush_entries([TIME])
    found = found_alike(writer.closed())
    assert found.progress[1] > number and not found.refusal
    assert found.events_hash == writer.sequencer.events_hash
    assert found.state_hash == writer.sequencer.core.state_hash()


def test_long_stretches_over_several_segments_are_replayed_alike():
    writer = opened_venue()
    for turn in range(3):
        writer.flush(writer.orders(7, turn * 8_000, 8_000))
    files = writer.closed()
    assert decode_record(files[segment_name(2)], 0)
    assert found_alike(files).progress[1] > 24_000


def test_a_missing_event_log_is_written_alike():
    files = short_journal()
    journal = {name: data for name, data in files.items() if name.startswith("journal")}
    found = found_alike(journal)
    written = b"".join(data for name, data in files.items() if name.startswith("events"))
    assert found.logged + found.held_back == written


def test_damage_anywhere_is_answered_alike():
    files = short_journal()
    for offset in range(0, used_bytes(files), 13):
        damaged = bytearray(files[FIRST])
        damaged[offset] ^= 1 << offset % 8
        assert found_alike(files | {FIRST: bytes(damaged)}).refusal


def test_a_cut_anywhere_in_an_unanswered_flush_is_answered_alike():
    files = short_journal()
    events = {name: data for name, data in files.items() if name.startswith("events")}
    last = record_offsets(files[FIRST])[-1]
    for kept_bytes in range(last, len(files[FIRST].rstrip(b"\0")), 11):
        cut = files[FIRST][:kept_bytes]
        assert found_alike(files | {FIRST: cut} | dict.fromkeys(events, b"")).refusal == ""
        assert "lost acknowledged records" in found_alike(files | {FIRST: cut}).refusal


def test_a_zeroed_record_is_answered_alike():
    files = short_journal()
    offsets = [*record_offsets(files[FIRST]), used_bytes(files)]
    for start, end in zip(offsets, offsets[1:], strict=False):
        torn = bytearray(files[FIRST])
        torn[start:end] = bytes(end - start)
        assert found_alike(files | {FIRST: bytes(torn)}).refusal


@pytest.mark.parametrize("field", ["index", "payload"])
def test_an_edited_record_with_a_right_checksum_is_refused_alike(field):
    files = short_journal()
    offsets = record_offsets(files[FIRST])
    for start, end in zip(offsets, offsets[1:], strict=False):
        edited = bytearray(files[FIRST])
        edited[start + (24 if field == "index" else HEADER_BYTES + 9)] ^= 1
        edited[start + 4 : start + 8] = crc32(edited[start + 8 : end]).to_bytes(4, "little")
        refusal = found_alike(files | {FIRST: bytes(edited)}).refusal
        assert "does not continue the one before it" in refusal


def test_a_journal_whose_events_were_others_is_refused_alike():
    writer = opened_venue()
    writer.flush(writer.orders(7, 0, 5))
    writer.flush_entries(entries_of([writer.orders(7, 5, 5)]), events_hash=b"\1" * 16)
    writer.flush(writer.orders(7, 10, 5))
    refusal = found_alike(writer.closed()).refusal
    assert refusal.startswith("ReplayDiverged: record 5 follows event")


@pytest.mark.parametrize("seq", [1, 13, 15])
def test_commands_that_are_not_their_sessions_next_are_refused_alike(seq):
    writer = opened_venue()
    writer.flush(writer.orders(7, 0, 5))
    commands = writer.orders(7, 5, 2).commands
    writer.flush(Execute(7, seq, commands))
    writer.flush(Execute(8, 1, commands))
    assert "ReplayDiverged: record 5: session" in found_alike(writer.closed()).refusal


def test_commands_of_an_unknown_session_are_refused_alike():
    writer = opened_venue()
    writer.flush(Execute(9, 1, writer.orders(7, 0, 1).commands))
    assert "ReplayDiverged: record 4: session" in found_alike(writer.closed()).refusal


def test_an_event_that_differs_in_the_log_is_refused_alike():
    writer = opened_venue()
    for turn in range(3):
        writer.flush(writer.orders(7, turn * 4_000, 4_000))
    files = writer.closed()
    for seq in (1, 900, 5_000, 14_000):
        number, position = divmod(seq - 1, 1_000)
        name = f"events-{number + 1:08d}.log"
        damaged = bytearray(files[name])
        damaged[position * EVENT_BYTES + 3] ^= 1
        assert f"event {seq} differs" in found_alike(files | {name: bytes(damaged)}).refusal


def test_the_rolling_hash_is_the_same_however_the_events_come():
    events = random.Random(1).randbytes(40 * EVENT_BYTES)
    hashes = {twin: load_rolling_hash(twin == "reference") for twin in CORES}
    digests = set()
    for hash_type in hashes.values():
        for step in (1, 3, 40):
            rolling = hash_type()
            for at in range(0, 40, step):
                rolling.update(events[at * EVENT_BYTES : (at + step) * EVENT_BYTES])
            digests.add(rolling.digest())
    assert len(digests) == 1


@pytest.mark.parametrize("twin", CORES)
def test_the_rolling_hash_tells_apart_any_two_streams(twin):
    chance = random.Random(2)
    events = [chance.randbytes(EVENT_BYTES) for _ in range(4)]

    def digest(*stream: bytes) -> bytes:
        rolling = load_rolling_hash(twin == "reference")()
        rolling.update(b"".join(stream))
        return rolling.digest()

    seen = {digest(*events), digest(), digest(bytes(EVENT_BYTES)), digest(bytes(2 * EVENT_BYTES))}
    seen |= {digest(*events[:count]) for count in range(1, 4)}
    seen.add(digest(events[1], events[0], *events[2:]))
    for bit in range(8 * EVENT_BYTES):
        other = bytearray(events[0])
        other[bit // 8] ^= 1 << bit % 8
        seen.add(digest(bytes(other), *events[1:]))
    assert len(seen) == 8 + 8 * EVENT_BYTES


@pytest.mark.parametrize("pure_python", [True, False])
def test_a_directory_is_replayed(tmp_path, pure_python):
    files = short_journal()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    replayed = replay_directory(tmp_path, pure_python=pure_python, segment_bytes=SEGMENT_BYTES)
    found = found_alike(files)
    assert (replayed.records, replayed.commands, replayed.events) == found.progress
    assert replayed.state_hash == found.state_hash and replayed.events_hash == found.events_hash
    assert {name: (tmp_path / name).read_bytes() for name in files} == files
