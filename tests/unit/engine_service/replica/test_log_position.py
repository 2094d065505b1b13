"""Where a journal goes on in the log: what was never acknowledged is cut off, nothing else."""

import pytest

from engine_service.errors import LogBehind, LogForked, LogNotFounded, ReplicaTooOld
from engine_service.journal import Journal
from engine_service.journal_segments import Segments
from engine_service.replica import log_position
from engine_service.replica.journal_ends import cut_last_flush, find_ends
from engine_service.replica.leadership import Leadership
from engine_service.replica.log_entries import (
    Point,
    Writer,
    decode_entry,
    encode_idle,
    encode_takeover,
)
from engine_service.replica.log_position import (
    EPOCHS_UNWRITTEN_MAX,
    JournalEnds,
    LogPosition,
    find_position,
)
from replicated_log.local_log import LocalLog
from replicated_log.log import Appended
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.replays import SEGMENT_BYTES, opened_venue
from tests.unit.engine_service.replays import Writer as JournalWriter
from tests.unit.engine_service.replica.logs import FIRST, PLACE, SHARD, flushes, log_of

ORDER_FLUSHES = 4


@pytest.fixture(autouse=True)
def _asks_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_position, "LOOKS_MAX", 2)
    monkeypatch.setattr(log_position, "LOOK_AGAIN_S", 0.001)


def written(first_order: int = 0) -> SimulatedDisk:
    """Return the files of a journal: two flushes that open the venue, and four of orders."""
    writer: JournalWriter = opened_venue()
    for number in range(ORDER_FLUSHES):
        writer.flush(writer.orders(7, first_order + 3 * number, 3))
    return SimulatedDisk(writer.closed())


def ends_of(disk: SimulatedDisk) -> JournalEnds:
    return find_ends(disk, Segments(disk, SEGMENT_BYTES))[0]


async def position(log: LocalLog, disk: SimulatedDisk, *, may_found: bool = False) -> LogPosition:
    return await find_position(log, SHARD, ends_of(disk), may_found=may_found)


async def test_a_new_replica_begins_with_a_new_log(tmp_path):
    found = await position(LocalLog(tmp_path), SimulatedDisk())
    assert found == LogPosition(0, Point(), None, cut=False)


async def test_a_new_replica_begins_with_the_first_entry_of_an_old_log(tmp_path):
    found = await position(await log_of(tmp_path, written()), SimulatedDisk())
    assert (found.applied_seq, found.point, found.cut) == (0, Point(), False)


async def test_a_journal_that_the_log_ends_with_goes_on_there(tmp_path):
    disk = written()
    found = await position(await log_of(tmp_path, disk), disk)
    assert (found.applied_seq, found.cut) == (1 + len(list(flushes(disk))), False)
    assert found.entry is not None and found.entry.writer == FIRST


@pytest.mark.parametrize("behind", range(1, ORDER_FLUSHES + 1))
async def test_a_journal_that_is_behind_goes_on_behind_its_last_record(tmp_path, behind):
    disk = written()
    log = await log_of(tmp_path, disk)
    parts = list(flushes(disk))
    shorter = opened_venue()
    for number in range(ORDER_FLUSHES - behind):
        shorter.flush(shorter.orders(7, 3 * number, 3))
    found = await position(log, SimulatedDisk(shorter.closed()))
    assert (found.applied_seq, found.cut) == (1 + len(parts) - behind, False)
    assert found.point == parts[-behind][0]


async def test_the_last_flush_is_cut_off_if_the_log_never_had_it(tmp_path):
    disk = written()
    found = await position(await log_of(tmp_path, disk, without_last=1), disk)
    assert found.cut and found.point == list(flushes(disk))[-1][0]


async def test_the_last_flush_is_cut_off_if_another_leader_wrote_something_else(tmp_path):
    disk = written()
    log = await log_of(tmp_path, disk, without_last=1)
    seq, (before, *_) = await log.head(SHARD), list(flushes(disk))[-1]
    other = Writer(3, 2, 22)
    assert await log.append(SHARD, seq, encode_takeover(other, before, PLACE)) == Appended(seq + 1)
    assert await log.append(SHARD, seq + 1, encode_idle(other, before, PLACE)) == Appended(seq + 2)
    found = await position(log, disk)
    assert (found.applied_seq, found.cut) == (seq, True)


@pytest.mark.parametrize(("written_in", "before"), [(1, 1), (7, 7 + EPOCHS_UNWRITTEN_MAX)])
async def test_leaders_of_a_new_log_are_above_all_that_the_readers_heard(
    tmp_path, written_in, before
):
    writer: JournalWriter = opened_venue()
    writer.journal.epoch = written_in
    writer.flush(writer.orders(7, 0, 3))
    disk = SimulatedDisk(writer.closed())
    found = await position(LocalLog(tmp_path), disk, may_found=True)
    leadership = Leadership(
        1,
        11,
        applied_seq=found.applied_seq,
        point=found.point,
        last=found.entry,
        wait_ns=0,
        now_ns=0,
        epoch=found.epoch,
    )
    claimed = leadership.claim(0)
    assert claimed is not None and claimed.epoch == before + 1


async def test_what_was_cut_off_is_gone_for_good(tmp_path):
    disk = written()
    segments = Segments(disk, SEGMENT_BYTES)
    ends, end = find_ends(disk, segments)
    cut_last_flush(disk, segments, end)
    assert ends_of(disk).last == ends.before_last_flush
    journal = Journal(disk, segment_bytes=SEGMENT_BYTES)
    assert len(list(journal.replay())) == ends.before_last_flush.next_index - 1
    assert not journal.torn
    journal.close()


async def test_a_log_that_lost_two_flushes_stops_the_replica(tmp_path):
    disk = written()
    before = disk.content()
    with pytest.raises(LogBehind):
        await position(await log_of(tmp_path, disk, without_last=2), disk)
    assert disk.content() == before


async def test_a_log_of_other_records_stops_the_replica(tmp_path):
    disk, other = written(), written(first_order=100)
    with pytest.raises(LogForked):
        await position(await log_of(tmp_path, other), disk)


async def test_an_empty_log_is_begun_behind_a_journal_only_if_that_is_meant(tmp_path):
    disk = written()
    log = LocalLog(tmp_path)
    with pytest.raises(LogNotFounded):
        await position(log, disk)
    found = await position(log, disk, may_found=True)
    assert (found.applied_seq, found.point, found.cut) == (0, ends_of(disk).last, False)


async def test_a_journal_older_than_the_log_needs_a_copy(tmp_path):
    disk = written()
    log = LocalLog(tmp_path)
    begun = encode_takeover(FIRST, ends_of(disk).last, PLACE)
    assert decode_entry(1, begun).before.next_index > 1
    assert await log.append(SHARD, 0, begun) == Appended(1)
    with pytest.raises(ReplicaTooOld):
        await position(log, SimulatedDisk())
    assert (await position(log, disk)).applied_seq == 0
