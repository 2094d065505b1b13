"""A follower's journal is the leader's, byte for byte, and nothing that differs gets into it."""

import asyncio

import pytest

from engine_core import CORES
from engine_service.errors import Deposed, LogForked, ReplayDiverged
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_reading import NoEvents
from engine_service.journal_replay import load_replay
from engine_service.replica.following import Following
from engine_service.replica.leadership import Leadership
from engine_service.replica.log_entries import Point, Writer, encode_batch, encode_takeover
from engine_service.replica.log_gate import IDLE_NS, LogGate
from engine_service.replica.log_thread import LogThread
from replicated_log.local_log import LocalLog
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.replays import SEGMENT_BYTES, opened_venue, sequencer
from tests.unit.engine_service.replica.logs import FIRST, PLACE, SHARD, flushes, log_of

SEGMENT = "journal-00000001.seg"
EVENTS = "events-00000001.log"


def written() -> SimulatedDisk:
    writer = opened_venue()
    for number in range(3):
        writer.flush(writer.orders(7, 20 * number, 20), writer.orders(8, 100 + 20 * number, 20))
    return SimulatedDisk(writer.closed())


class Follower:
    def __init__(self, twin: str) -> None:
        self.disk = SimulatedDisk()
        self.journal = Journal(self.disk, segment_bytes=SEGMENT_BYTES)
        assert not list(self.journal.replay())
        self.journal.start()
        self.sequencer = sequencer(twin)
        self.leadership = leadership()
        self.following = Following(
            self.leadership,
            self.journal,
            EventLog(self.disk),
            self.sequencer,
            load_replay(twin == "reference")(self.sequencer, NoEvents(), 0),
        )

    def read(self, entries: list[bytes], from_seq: int = 1) -> None:
        for seq, entry in enumerate(entries, start=from_seq):
            self.following.apply(seq, entry, 0)


def leadership() -> Leadership:
    return Leadership(2, 22, applied_seq=0, point=Point(), last=None, wait_ns=500_000_000, now_ns=0)


def entries_of(disk: SimulatedDisk) -> list[bytes]:
    batches = [encode_batch(FIRST, *flush) for flush in flushes(disk)]
    return [encode_takeover(FIRST, Point(), PLACE), *batches]


@pytest.mark.parametrize("twin", CORES)
def test_both_twins_make_the_leaders_files_out_of_the_log(twin: str) -> None:
    leaders = written()
    follower = Follower(twin)
    follower.read(entries_of(leaders))
    follower.journal.close()
    assert follower.disk.content()[SEGMENT] == leaders.content()[SEGMENT]
    assert follower.disk.content()[EVENTS] == leaders.content()[EVENTS]
    assert follower.sequencer.sessions.last_seq(8) == 60
    assert follower.sequencer.sessions.next_event_seq == follower.sequencer.next_event_seq


@pytest.mark.parametrize("twin", CORES)
def test_a_follower_that_decides_otherwise_stops_before_it_writes(twin: str) -> None:
    first, *others = entries_of(written())
    follower = Follower(twin)
    follower.read([first, *others[:3]])
    follower.sequencer.rolling_hash.update(bytes(128))
    before = bytes(follower.disk.files[SEGMENT].data)
    with pytest.raises(ReplayDiverged):
        follower.read([others[3]], from_seq=5)
    assert bytes(follower.disk.files[SEGMENT].data) == before


@pytest.mark.parametrize("twin", CORES)
def test_a_flush_whose_records_were_changed_stops_the_follower(twin: str) -> None:
    leaders = written()
    *good, (before, after, records) = flushes(leaders)
    follower = Follower(twin)
    follower.read(entries_of(leaders)[: len(good) + 1])
    changed = bytearray(records)
    changed[200] ^= 1
    content = bytes(follower.disk.files[SEGMENT].data)
    with pytest.raises(LogForked):
        follower.read([encode_batch(FIRST, before, after, changed)], from_seq=len(good) + 2)
    assert bytes(follower.disk.files[SEGMENT].data) == content


def test_a_gate_opens_for_who_leads_and_never_again_for_who_does_not(tmp_path) -> None:
    leaders = written()
    log = asyncio.run(log_of(tmp_path, leaders))
    entries = entries_of(leaders)
    leads = leadership()
    follower = Follower("compiled")
    follower.read(entries)
    leads = follower.leadership
    writer = leads.claim(500_000_000)
    assert writer is not None
    with LogThread() as thread:
        place = leads.applied_seq
        takeover = encode_takeover(writer, leads.point, PLACE)
        thread.begin(log.append(SHARD, place, takeover)).result()
        follower.leadership.lost(0)
        follower.read([takeover], from_seq=place + 1)
        gate = LogGate(log, thread, SHARD, follower.leadership, writer, PLACE)
        gate.beat(IDLE_NS)
        assert gate.last is not None and gate.last[0] == place + 2
        gate.begin(b"a flush", 1, bytes(16))
        gate.wait()
        assert gate.last[0] == place + 3
        theirs = encode_takeover(Writer(writer.epoch + 1, 3, 33), Point(9, bytes(16)), PLACE)
        thread.begin(LocalLog(tmp_path).append(SHARD, place + 3, theirs)).result()
        gate.begin(b"another", 1, bytes(16))
        with pytest.raises(Deposed):
            gate.wait()
        thread.begin(log.close()).result()
