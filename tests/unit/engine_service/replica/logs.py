"""Journals with their logs, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

from engine_service.journal_record import decode_record
from engine_service.replica.log_entries import Point, Writer, encode_batch, encode_takeover
from replicated_log.local_log import LocalLog
from replicated_log.log import Appended
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.replays import SEGMENT_BYTES
from transport.engine_address import EngineAddress

SHARD = 0
FIRST = Writer(epoch=2, replica_id=1, incarnation=11)
PLACE = EngineAddress("10.0.0.1", 9_100, 9_101)


def flushes(disk: SimulatedDisk) -> Iterator[tuple[Point, Point, bytes]]:
    """Yield every flush of the journal's first segment: where it begins and ends, and its bytes."""
    data = disk.content()["journal-00000001.seg"][:SEGMENT_BYTES]
    offset, before, at = 0, Point(), Point()
    begun = 0
    while (record := decode_record(data, offset)) is not None:
        if record.index == record.flush_first_index and offset:
            yield before, at, data[begun:offset]
            before, begun = at, offset
        at = Point(record.index + 1, record.chain)
        offset += record.size_bytes
    if offset:
        yield before, at, data[begun:offset]


async def log_of(path: Path, disk: SimulatedDisk, *, without_last: int = 0) -> LocalLog:
    """Return a log of what the journal says, but for its last flushes."""
    log = LocalLog(path)
    entries = [encode_takeover(FIRST, Point(), PLACE)]
    entries += [encode_batch(FIRST, before, after, data) for before, after, data in flushes(disk)]
    for seq, entry in enumerate(entries[: len(entries) - without_last]):
        assert await log.append(SHARD, seq, entry) == Appended(seq + 1)
    return log
