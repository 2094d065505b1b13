"""Small journals on a simulated disk, for the tests of this folder."""

from collections.abc import Sequence

from engine_service.journal import Journal
from engine_service.journal_record import Entry, RecordKind
from tests.simulation.disk import SimulatedDisk

SEGMENT_BYTES = 4096
JOURNAL_ID = 77


def commands(count: int, fill: int = 1, session_id: int = 5, first_seq: int = 1) -> Entry:
    payload = bytes([fill % 255 + 1]) * (96 * count)
    return Entry(RecordKind.COMMANDS, session_id, first_seq, count, payload)


def opened(disk: SimulatedDisk) -> tuple[Journal, list[Entry]]:
    """Return a started journal and the entries it replayed."""
    journal = Journal(disk, segment_bytes=SEGMENT_BYTES, journal_id=JOURNAL_ID)
    entries = [record.entry for record in journal.replay()]
    journal.start()
    return journal, entries


def write(journal: Journal, entries: Sequence[Entry]) -> None:
    journal.write(entries, log_ts_ns=1_000, first_event_seq=1, events_hash=bytes(16))


def journal_with(*flushes: Sequence[Entry]) -> SimulatedDisk:
    """Return a disk with a cleanly closed journal of these flushes."""
    disk = SimulatedDisk()
    journal, _ = opened(disk)
    for entries in flushes:
        write(journal, entries)
        journal.flush()
    journal.close()
    return SimulatedDisk(disk.content())
