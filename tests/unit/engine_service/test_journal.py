"""The journal's promises: what was acknowledged is there, damage is never papered over."""

from zlib import crc32

import pytest

from engine_service.data_files import DiskDirectory
from engine_service.errors import DirectoryInUse, JournalDamaged, JournalFailed
from engine_service.journal import Journal
from engine_service.journal_record import Entry
from engine_service.journal_segments import segment_name
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.journals import (
    JOURNAL_ID,
    SEGMENT_BYTES,
    commands,
    journal_with,
    opened,
    write,
)

FIRST = segment_name(1)
RECORD_BYTES = 256  # header 128, one command 96, padding 32


def replayed(disk: SimulatedDisk) -> list[Entry]:
    journal, entries = opened(disk)
    journal.close()
    return entries


def test_what_was_written_is_replayed_in_order():
    flushes = [[commands(1, n)] for n in range(5)] + [[commands(3, 9), commands(2, 10)]]
    assert replayed(journal_with(*flushes)) == [entry for flush in flushes for entry in flush]


def test_a_flush_is_one_write_and_one_sync():
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    file = disk.files[FIRST]
    writes, syncs = file.writes, file.syncs
    write(journal, [commands(1), commands(2), commands(3)])
    journal.flush()
    assert (file.writes - writes, file.syncs - syncs) == (1, 1)
    journal.close()


def test_records_go_on_in_the_next_segment_and_two_more_are_prepared():
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    entries = [commands(10, n) for n in range(9)]  # three of 1,088 B fit a segment
    for entry in entries:
        write(journal, [entry])
        journal.flush()
    journal._supply.wait(5)
    journal.close()
    assert len(disk.files) >= 5
    assert all(file.size() == SEGMENT_BYTES for file in disk.files.values())
    assert replayed(SimulatedDisk(disk.content())) == entries


def test_a_file_cut_anywhere_inside_the_last_record_loses_that_record_only():
    entries = [commands(1, n) for n in range(3)]
    content = journal_with(*([entry] for entry in entries)).content()
    for kept_bytes in range(RECORD_BYTES):
        disk = SimulatedDisk({FIRST: content[FIRST][: 2 * RECORD_BYTES + kept_bytes]})
        padding_only = kept_bytes >= 128 + 96  # zeros, which a short file reads as
        expected = entries if padding_only else entries[:2]
        journal, found = opened(disk)
        assert found == expected
        write(journal, [commands(2, 7)])
        journal.flush()
        journal.close()
        assert replayed(SimulatedDisk(disk.content())) == [*expected, commands(2, 7)]


def test_damage_anywhere_in_the_last_record_is_a_torn_tail():
    content = journal_with([commands(1, 1)], [commands(1, 2)]).content()
    for offset in range(RECORD_BYTES):
        damaged = bytearray(content[FIRST])
        damaged[RECORD_BYTES + offset] ^= 1 << offset % 8
        disk = SimulatedDisk(content | {FIRST: bytes(damaged)})
        assert replayed(disk) == [commands(1, 1)]
        assert not disk.files[FIRST].data[RECORD_BYTES:].strip(b"\0")


def test_damage_anywhere_in_the_middle_is_refused_and_nothing_is_changed():
    content = journal_with([commands(1, 1)], [commands(1, 2)], [commands(1, 3)]).content()
    for offset in range(2 * RECORD_BYTES):
        damaged = bytearray(content[FIRST])
        damaged[offset] ^= 1 << offset % 8
        disk = SimulatedDisk(content | {FIRST: bytes(damaged)})
        with pytest.raises(JournalDamaged) as refusal:
            replayed(disk)
        at = offset // RECORD_BYTES * RECORD_BYTES
        assert f"{FIRST}, offset {at}: record {at // RECORD_BYTES + 1} " in str(refusal.value)
        assert "restore" in str(refusal.value)
        assert disk.files[FIRST].data == damaged


def test_a_zeroed_record_in_the_middle_is_refused():
    content = journal_with([commands(1, 1)], [commands(1, 2)], [commands(1, 3)]).content()
    damaged = bytearray(content[FIRST])
    damaged[RECORD_BYTES : 2 * RECORD_BYTES] = bytes(RECORD_BYTES)
    with pytest.raises(JournalDamaged):
        replayed(SimulatedDisk(content | {FIRST: bytes(damaged)}))


def test_a_file_cut_in_an_earlier_segment_is_refused():
    content = journal_with(*([commands(10, n)] for n in range(7))).content()
    with pytest.raises(JournalDamaged):
        replayed(SimulatedDisk(content | {FIRST: content[FIRST][:1_500]}))


def test_a_missing_segment_is_refused():
    content = journal_with(*([commands(10, n)] for n in range(7))).content()
    del content[segment_name(2)]
    with pytest.raises(JournalDamaged, match=segment_name(2)):
        replayed(SimulatedDisk(content))


def test_a_journal_of_longer_segments_is_refused():
    content = journal_with([commands(1)]).content()
    with pytest.raises(JournalDamaged, match="longer than"):
        replayed(SimulatedDisk(content | {FIRST: content[FIRST] + bytes(1)}))


def test_something_written_behind_the_last_record_of_a_full_segment_is_refused():
    content = journal_with(*([commands(10, n)] for n in range(7))).content()
    damaged = bytearray(content[FIRST])
    damaged[-1] = 1
    with pytest.raises(JournalDamaged):
        replayed(SimulatedDisk(content | {FIRST: bytes(damaged)}))


def test_a_segment_of_another_journal_is_refused():
    content = journal_with(*([commands(10, n)] for n in range(4))).content()
    other = SimulatedDisk()
    journal = Journal(other, segment_bytes=SEGMENT_BYTES, journal_id=JOURNAL_ID + 1)
    assert list(journal.replay()) == []
    journal.start()
    write(journal, [commands(1, 1)])
    journal.flush()
    journal.close()
    mixed = bytearray(content[FIRST])
    mixed[:RECORD_BYTES] = other.files[FIRST].data[:RECORD_BYTES]
    with pytest.raises(JournalDamaged):
        replayed(SimulatedDisk(content | {FIRST: bytes(mixed)}))


def test_a_record_edited_with_a_right_checksum_is_refused():
    content = journal_with([commands(1, 1)], [commands(1, 2)], [commands(1, 3)]).content()
    edited = bytearray(content[FIRST])
    edited[RECORD_BYTES + 130] ^= 1
    checksum = crc32(edited[RECORD_BYTES + 8 : 2 * RECORD_BYTES])
    edited[RECORD_BYTES + 4 : RECORD_BYTES + 8] = checksum.to_bytes(4, "little")
    with pytest.raises(JournalDamaged, match="record 2 holds a record that does not continue"):
        replayed(SimulatedDisk(content | {FIRST: bytes(edited)}))


def test_a_lost_first_record_of_an_unfinished_flush_is_a_torn_tail():
    """The disk may write the later sectors of one flush first: that is no damage."""
    content = journal_with([commands(1, 1)], [commands(1, 2), commands(1, 3)]).content()
    torn = bytearray(content[FIRST])
    torn[RECORD_BYTES : 2 * RECORD_BYTES] = bytes(RECORD_BYTES)
    disk = SimulatedDisk(content | {FIRST: bytes(torn)})
    assert replayed(disk) == [commands(1, 1)]
    assert not disk.files[FIRST].data[RECORD_BYTES:].strip(b"\0")


def test_a_failed_sync_stops_the_journal_for_good():
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    journal._supply.wait(3)
    write(journal, [commands(1)])
    disk.fail_syncs = True
    with pytest.raises(JournalFailed, match="nothing unacknowledged was released"):
        journal.flush()
    disk.fail_syncs = False
    with pytest.raises(AssertionError):
        journal.flush()
    with pytest.raises(AssertionError):
        write(journal, [commands(1)])
    journal.close()


def test_what_a_restart_found_is_durable_even_after_a_failed_sync():
    """The kernel showed it, but had given up writing it: it must be written again."""
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    journal._supply.wait(3)
    write(journal, [commands(1)])
    disk.fail_syncs = True
    with pytest.raises(JournalFailed):
        journal.flush()
    journal.close()
    disk.fail_syncs = False
    disk.close()
    assert replayed(disk) == [commands(1)]
    assert replayed(disk.crash(lambda: False)) == [commands(1)]


def test_a_full_disk_leaves_room_for_two_segments_and_says_so_before_it_fails():
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    journal._supply.wait(3)
    disk.free_bytes_left = 0
    entry = commands(10)
    for _ in range(9):
        assert journal.room_bytes > 0
        write(journal, [entry])
        journal.flush()
    assert journal.room_bytes < 2_000
    with pytest.raises(JournalFailed, match="full disk"):
        write(journal, [entry])
    assert journal.supply_error is not None
    journal.close()
    assert replayed(SimulatedDisk(disk.content())) == [entry] * 9


def test_a_second_engine_on_the_same_directory_is_refused(tmp_path):
    directory = DiskDirectory(tmp_path)
    Journal(directory, segment_bytes=SEGMENT_BYTES)
    other = DiskDirectory(tmp_path)
    with pytest.raises(DirectoryInUse, match="another engine"):
        Journal(other, segment_bytes=SEGMENT_BYTES)
    directory.close()
    Journal(other, segment_bytes=SEGMENT_BYTES)
    other.close()


def test_a_journal_on_a_real_disk_is_replayed(tmp_path):
    for round_ in range(3):
        directory = DiskDirectory(tmp_path)
        journal = Journal(directory, segment_bytes=SEGMENT_BYTES)
        assert len(list(journal.replay())) == 4 * round_
        journal.start()
        for n in range(4):
            write(journal, [commands(10, n)])
            journal.flush()
        journal.close()
        directory.close()


def test_what_a_killed_engine_prepared_and_had_not_synced_is_synced_at_the_next_start():
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    journal._supply.wait(3)
    journal.close()
    disk = SimulatedDisk(disk.content())
    ahead = disk.files[segment_name(3)]
    ahead.write(bytes(SEGMENT_BYTES), 0)
    journal, _ = opened(disk)
    assert not ahead.unsynced
    journal.close()
