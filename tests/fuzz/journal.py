"""Invariant: whatever a segment holds, reading the journal ends in JournalDamaged or in the first
records of a journal that was written, unchanged: no record is ever made up or altered. A record by
itself is refused, or it has the length and the checksum it says, at any alignment.
"""

from functools import cache
from typing import Final

from engine_service.errors import JournalDamaged
from engine_service.journal_record import ALIGN_BYTES, Entry, RecordKind, decode_record
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import Segments, segment_name
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.journals import SEGMENT_BYTES, commands, journal_with

_TIME: Final = Entry(RecordKind.TIME, 0, 0, 0, b"")
_OPENED: Final = Entry(RecordKind.SESSION_OPENED, 5, 0, 1, bytes(16))


@cache
def corpus() -> list[bytes]:
    """Return the used part of journals of one segment."""
    disks = (
        journal_with([_OPENED], [commands(2), commands(1, 7)], [_TIME], [commands(3, 9)]),
        journal_with([commands(1)], [commands(1, 2)], [commands(1, 3)]),
    )
    return [disk.content()[segment_name(1)].rstrip(b"\0") for disk in disks]


@cache
def _written() -> list[list[Entry]]:
    return [_read(data) for data in corpus()]


def check(data: bytes) -> bool:
    """Return whether at least one record was read.

    Raises:
        AssertionError: the invariant does not hold.
    """
    for offset in range(0, min(len(data), 1024), ALIGN_BYTES):
        record = decode_record(data, offset)
        if record is not None:
            assert record.size_bytes % ALIGN_BYTES == 0
            assert offset + record.size_bytes <= len(data)
    try:
        found = _read(data[:SEGMENT_BYTES])
    except JournalDamaged:
        return False
    assert any(found == entries[: len(found)] for entries in _written()), "records nobody wrote"
    return bool(found)


def _read(data: bytes) -> list[Entry]:
    disk = SimulatedDisk({segment_name(1): data.ljust(SEGMENT_BYTES, b"\0")})
    return [record.entry for record in JournalScan(Segments(disk, SEGMENT_BYTES)).records()]
