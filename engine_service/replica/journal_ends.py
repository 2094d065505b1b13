"""Where a journal ends, and its last flush cut off, before anything is executed."""

from collections.abc import Iterator

from engine_service.data_files import DataDirectory
from engine_service.journal_record import decode_record
from engine_service.journal_scan import JOURNAL_START, JournalEnd, JournalPoint, JournalScan
from engine_service.journal_segments import Segments
from engine_service.replica.leadership import FIRST_EPOCH
from engine_service.replica.log_entries import Point
from engine_service.replica.log_position import JournalEnds
from engine_service.snapshot_store import SnapshotStore


def find_ends(directory: DataDirectory, segments: Segments) -> tuple[JournalEnds, JournalEnd]:
    """Return where the journal ends: as points, and as a place in its files. Begins to look at the
    newest snapshot that at least one flush follows.

    Raises:
        JournalDamaged, SnapshotDamaged, OSError: as an engine's start.
    """
    for start in _starts(SnapshotStore(directory)):
        scan = JournalScan(segments, start)
        last = Point(start.next_index, start.chain)
        before, epoch = None, FIRST_EPOCH
        for record in scan.records():
            if record.index == record.flush_first_index:
                before = last
            last, epoch = Point(record.index + 1, record.chain), record.epoch
        if before is not None:
            break
    return JournalEnds(last, before or last, epoch), scan.end


def cut_last_flush(directory: DataDirectory, segments: Segments, end: JournalEnd) -> None:
    """Take the last flush away, and every snapshot that was made with it. If the machine stops
    meanwhile, what is left is an unfinished flush.

    Raises:
        OSError: the disk failed.
    """
    store = SnapshotStore(directory)
    first_cut = _first_index(segments, end)
    for index in store.indexes():
        if index >= first_cut:
            store.forget(index)
    directory.sync()
    file = segments.open(end.segment)
    try:
        file.write(bytes(end.offset - end.last_flush_offset), end.last_flush_offset)
        file.sync()
    finally:
        file.close()


def _starts(store: SnapshotStore) -> Iterator[JournalPoint]:
    yield from (point for point, _ in store.points() if point != JOURNAL_START)
    foundation = store.foundation()
    yield foundation.point if foundation else JOURNAL_START


def _first_index(segments: Segments, end: JournalEnd) -> int:
    record = decode_record(segments.read(end.segment), end.last_flush_offset)
    assert record is not None, "it was read just now"
    return record.index
