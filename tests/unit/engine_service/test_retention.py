"""What an engine needs stays at hand; the rest is in the archive, whole, and found there again."""

import gzip
import re
from pathlib import Path

import pytest

from engine_core import CORES
from engine_service.archive import archive, archived_names, read_archived
from engine_service.backup_mark import BackupMark, read_mark, write_mark
from engine_service.data_files import ARCHIVE, DiskDirectory
from engine_service.errors import (
    ArchiveDamaged,
    BackupMarkDamaged,
    JournalDamaged,
)
from engine_service.event_log import EventLog
from engine_service.journal_growth import JournalGrowth
from engine_service.journal_scan import JOURNAL_START, JournalPoint, JournalScan
from engine_service.journal_segments import Segments, segment_name
from engine_service.retention import archive_old
from engine_service.snapshot_file import Snapshot
from engine_service.snapshot_making import SnapshotMaker
from engine_service.snapshot_store import SnapshotStore
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service import rig
from tests.unit.engine_service.journals import SEGMENT_BYTES, commands, journal_with
from tests.unit.engine_service.replays import opened_venue
from tests.unit.engine_service.rig import Rig
from tests.unit.engine_service.test_event_log import PER_SEGMENT, disk_with, events
from transport.saved_sessions import SavedSessions

VENUE_SEGMENT_BYTES = 1 << 14


def mark(segment: int, settled_seq: int = 10**6, charted_seq: int = 10**6) -> BackupMark:
    return BackupMark(
        segment=segment, settled_seq=settled_seq, charted_seq=charted_seq, made_ts_ns=1
    )


def snapshot_at(disk: SimulatedDisk, index: int, segment: int, next_event_seq: int) -> None:
    snapshot = Snapshot(
        point=JournalPoint(segment=segment, next_index=index + 1),
        next_event_seq=next_event_seq,
        events_hash=bytes(16),
        state_hash=bytes(16),
        commands=0,
        sessions=SavedSessions([], []),
        state=b"",
    )
    SnapshotStore(disk).write(snapshot)


def journal_of_five_segments() -> SimulatedDisk:
    disk = journal_with(*([commands(10, n)] for n in range(16)))
    assert Segments(disk, SEGMENT_BYTES).count() == 7  # two of them prepared ahead
    return disk


def moved(disk: SimulatedDisk, events_kept: int = 0) -> list[str]:
    event_log = EventLog(disk, events_per_segment=PER_SEGMENT)
    found = archive_old(
        disk,
        Segments(disk, SEGMENT_BYTES),
        SnapshotStore(disk),
        event_log,
        events_kept=events_kept,
    )
    return list(found)


@pytest.mark.parametrize(
    ("backup", "snapshots", "first_at_hand"),
    [(4, (3, 5, 5), 3), (2, (3, 5, 5), 2), (1, (5,), 1), (5, (5,), 5)],
)
def test_segments_below_the_oldest_snapshot_and_the_last_backup_are_archived(
    backup: int, snapshots: tuple[int, ...], first_at_hand: int
) -> None:
    disk = journal_of_five_segments()
    before = disk.content()
    for index, segment in enumerate(snapshots):
        snapshot_at(disk, index, segment, 10**6)
    write_mark(disk, mark(backup))
    expected = [segment_name(number) for number in range(1, first_at_hand)]
    assert moved(disk) == expected == archived_names(disk)
    assert Segments(disk, SEGMENT_BYTES).at_hand() == range(first_at_hand, 8)
    for name in expected:
        assert read_archived(disk, name) == before[name]


def test_without_a_verified_backup_everything_stays() -> None:
    disk = journal_of_five_segments()
    snapshot_at(disk, 1, 5, 10**6)
    assert moved(disk) == []


def test_without_a_snapshot_everything_stays() -> None:
    disk = journal_of_five_segments()
    write_mark(disk, mark(5))
    assert moved(disk) == []


@pytest.mark.parametrize(
    ("settled_seq", "charted_seq", "snapshot_seq", "kept", "first_seq"),
    [
        (50, 60, 61, 0, 51),
        (60, 29, 61, 0, 21),
        (60, 60, 39, 0, 31),
        (60, 60, 61, 35, 21),
        (0, 60, 61, 0, 1),
    ],
)
def test_events_stay_for_readers_of_the_backup_snapshots_and_late_ones(
    settled_seq: int, charted_seq: int, snapshot_seq: int, kept: int, first_seq: int
) -> None:
    disk = disk_with(65)
    snapshot_at(disk, 1, 1, snapshot_seq)
    write_mark(disk, mark(1, settled_seq, charted_seq))
    moved(disk, kept)
    log = EventLog(disk, events_per_segment=PER_SEGMENT)
    assert log.first_seq == first_seq
    assert log.reaches(66) and not log.reaches(67)
    assert not log.reaches(first_seq - 1)
    log.resume(66)
    assert log.read(first_seq, 100) == events(first_seq, 66 - first_seq)
    assert first_seq == 1 or log.read(first_seq - 1, 100) == b""


def test_what_is_archived_is_still_replayed_from_the_first_record() -> None:
    disk = journal_of_five_segments()
    before = list(JournalScan(Segments(disk, SEGMENT_BYTES)).records())
    for number in (1, 2, 3):
        archive(disk, segment_name(number))
    segments = Segments(disk, SEGMENT_BYTES)
    assert (segments.first(), segments.count()) == (1, 7)
    assert list(JournalScan(segments).records()) == before


def test_a_journal_whose_archive_was_taken_away_says_what_it_needs() -> None:
    disk = journal_of_five_segments()
    for number in (1, 2):
        archive(disk, segment_name(number))
        disk.remove(f"{ARCHIVE}{segment_name(number)}.gz")
    with pytest.raises(JournalDamaged, match=r"begins with segment 3.*Bring the archive back"):
        list(JournalScan(Segments(disk, SEGMENT_BYTES)).records())


def test_a_journal_of_which_only_the_archive_is_left_is_refused() -> None:
    disk = journal_of_five_segments()
    archive(disk, segment_name(1))
    files = {name: data for name, data in disk.content().items() if name.startswith(ARCHIVE)}
    with pytest.raises(JournalDamaged, match="those after them are missing"):
        Segments(SimulatedDisk(files), SEGMENT_BYTES).count()


def test_a_damaged_archive_is_named() -> None:
    disk = journal_of_five_segments()
    archive(disk, segment_name(1))
    packed = disk.files[f"{ARCHIVE}{segment_name(1)}.gz"].data
    whole, named = (
        read_archived(disk, segment_name(1)),
        r"archive/journal-00000001\.seg\.gz is torn",
    )
    refused = 0
    for at in range(len(packed)):
        packed[at] ^= 1
        try:
            assert read_archived(disk, segment_name(1)) == whole  # a date, or another way to say it
        except ArchiveDamaged as error:
            assert re.search(named, str(error))
            refused += 1
        packed[at] ^= 1
    assert refused > len(packed) / 2
    del packed[-1]
    with pytest.raises(ArchiveDamaged, match=named):
        read_archived(disk, segment_name(1))


def test_a_power_failure_while_archiving_loses_nothing() -> None:
    disk = journal_of_five_segments()
    before = list(JournalScan(Segments(disk, SEGMENT_BYTES)).records())
    disk.files[segment_name(1)].sync()
    disk.sync()
    archive(disk, segment_name(1))
    after = disk.crash(lambda: False)
    assert list(JournalScan(Segments(after, SEGMENT_BYTES)).records()) == before


def test_a_full_disk_leaves_what_was_to_be_archived_where_it_was() -> None:
    disk = journal_of_five_segments()
    before = disk.content()
    snapshot_at(disk, 1, 5, 10**6)
    write_mark(disk, mark(5))
    disk.free_bytes_left = 10
    with pytest.raises(OSError, match="full disk"):
        moved(disk)
    assert {name: disk.content()[name] for name in before} == before
    disk.free_bytes_left = None
    assert len(moved(disk)) == 4


def test_an_archive_on_a_real_disk_is_a_directory_of_compressed_files(tmp_path: Path) -> None:
    directory = DiskDirectory(tmp_path)
    file = directory.open("events-00000001.log", create=True)
    file.write(bytes(1_000), 0)
    file.close()
    assert directory.names() == ["events-00000001.log"]
    archive(directory, "events-00000001.log")
    (packed,) = (tmp_path / "archive").iterdir()
    assert packed.name == "events-00000001.log.gz"
    assert gzip.decompress(packed.read_bytes()) == bytes(1_000)
    assert archived_names(directory) == ["events-00000001.log"]
    assert read_archived(directory, "events-00000001.log") == bytes(1_000)
    directory.close()


def test_a_mark_that_cannot_be_read_is_named_and_nothing_is_moved() -> None:
    disk = journal_of_five_segments()
    snapshot_at(disk, 1, 5, 10**6)
    assert read_mark(disk) is None
    write_mark(disk, mark(5))
    write_mark(disk, mark(3))
    assert read_mark(disk) == mark(3)
    disk.files["backup.json"].data[5] ^= 1
    with pytest.raises(BackupMarkDamaged, match="delete it"):
        moved(disk)


def test_growth_goes_on_where_the_archive_ends() -> None:
    disk = journal_of_five_segments()
    archive(disk, segment_name(1))
    archive(disk, segment_name(2))
    whole = JournalGrowth(Segments(journal_of_five_segments(), SEGMENT_BYTES), JOURNAL_START)
    growth = JournalGrowth(Segments(disk, SEGMENT_BYTES), JOURNAL_START)
    assert whole.commands() == 160
    assert 0 < growth.commands() < 160


@pytest.mark.parametrize("twin", CORES)
def test_an_engine_starts_from_its_snapshot_and_without_one_from_the_archive(
    twin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig, "TWIN", twin)
    monkeypatch.setattr(rig, "SEGMENT_BYTES", VENUE_SEGMENT_BYTES)
    writer = opened_venue(VENUE_SEGMENT_BYTES)
    for at in range(40):
        writer.flush(writer.orders(7, 20 * at, 20))
    disk = SimulatedDisk(writer.closed())
    for name in [name for name in disk.files if name.startswith("events-")]:
        disk.remove(name)  # they are of other lengths: the engine writes them anew
    first = Rig(disk)
    first.journal.close()
    maker = SnapshotMaker(
        disk,
        segment_bytes=VENUE_SEGMENT_BYTES,
        pure_python=twin == "reference",
        say=lambda said: None,
        looks_max=1,
    )
    made = maker.make()
    assert made is not None
    write_mark(disk, mark(maker.store.newest_point().segment, 1, 1))
    assert list(maker.archive_old()) == [segment_name(number) for number in range(1, 6)]

    warm = Rig(SimulatedDisk(disk.content()))
    assert warm.start.point.next_index == made.index + 1
    warm.journal.close()
    without = {name: data for name, data in disk.content().items() if "snapshot-" not in name}
    cold = Rig(SimulatedDisk(without))
    assert cold.start.snapshot is None
    assert warm.core.state_hash() == cold.core.state_hash() == first.core.state_hash()
    cold.journal.close()
