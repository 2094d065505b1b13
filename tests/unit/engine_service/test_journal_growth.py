"""How many commands a journal has gained, counted by the lengths of its records."""

from engine_service.journal_growth import JournalGrowth
from engine_service.journal_scan import JOURNAL_START, JournalScan
from engine_service.journal_segments import Segments
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.journals import SEGMENT_BYTES, commands, journal_with, opened, write


def segments(disk: SimulatedDisk) -> Segments:
    return Segments(disk, SEGMENT_BYTES)


def test_nothing_is_no_growth() -> None:
    assert JournalGrowth(segments(SimulatedDisk()), JOURNAL_START).commands() == 0
    assert JournalGrowth(segments(journal_with()), JOURNAL_START).commands() == 0


def test_it_counts_over_segments_and_from_where_it_was() -> None:
    disk = journal_with(*([commands(5)] for _ in range(12)))  # seven fit a segment
    growth = JournalGrowth(segments(disk), JOURNAL_START)
    assert growth.commands() == 60
    journal, _ = opened(disk)
    for _ in range(9):
        write(journal, [commands(3), commands(4)])
        journal.flush()
    assert growth.commands() == 60 + 9 * 7
    assert growth.commands() == 60 + 9 * 7
    journal.close()


def test_it_counts_from_a_point() -> None:
    disk = journal_with(*([commands(5)] for _ in range(12)))
    scan = JournalScan(segments(disk), grows=True)
    records = scan.records()
    for _ in range(9):
        next(records)
    assert JournalGrowth(segments(disk), scan.point).commands() == 15


def test_half_a_record_and_garbage_end_the_count() -> None:
    disk = journal_with([commands(5)], [commands(5)])
    journal = disk.files["journal-00000001.seg"].data
    end = bytes(journal).rstrip(b"\0")
    journal[len(end) + 64 : len(end) + 68] = b"OBJ1"
    assert JournalGrowth(segments(disk), JOURNAL_START).commands() == 10
    start = bytes(journal).find(b"OBJ1", 1)
    journal[start + 16 : start + 20] = bytes(4)  # a length that leads nowhere
    assert JournalGrowth(segments(disk), JOURNAL_START).commands() == 5
