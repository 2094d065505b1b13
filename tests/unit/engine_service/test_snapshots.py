"""Snapshots beside a journal: made while the engine runs, gone on from at its next start, and never
trusted further than they hold.
"""

from random import Random

import pytest

from domain.commands import Command, OpenAccount
from engine_core import CORES
from engine_service.errors import EventLogDamaged, SnapshotDamaged, SnapshotRefused
from engine_service.snapshot_file import Snapshot, decode_snapshot, encode_snapshot
from engine_service.snapshot_making import Made, SnapshotMaker
from engine_service.snapshot_store import KEPT, SnapshotStore
from schemas.codec import decode_outcomes
from tests.integration.engine.venue import OPENING, order
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service import rig
from tests.unit.engine_service.raw_session import RawSession
from tests.unit.engine_service.rig import SEGMENT_BYTES, Rig
from transport.saved_sessions import SavedSession, SavedSessions
from transport.session_table import RETAINED_COMMANDS


@pytest.fixture(params=CORES, name="twin", autouse=True)
def fixture_twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(rig, "TWIN", request.param)
    return str(request.param)


class Venue:
    """A running engine with one client, who sends orders."""

    def __init__(self, twin: str) -> None:
        self.twin = twin
        self.rig = Rig()
        self.session: RawSession = self.rig.welcomed(from_event_seq=1)
        self.seq = 0
        self.send(*OPENING)

    def send(self, *commands: Command) -> bytes:
        """Send commands, a few a datagram; return the last datagram."""
        sent = b""
        for at in range(0, len(commands), 10):
            part = commands[at : at + 10]
            sent = self.session.commands(self.seq + 1, *part)
            self.rig.say(sent)
            self.seq += len(part)
        return sent

    def trade(self, first: int, count: int) -> bytes:
        return self.send(*(order(first + at) for at in range(count)))

    def snapshot(self) -> Made | None:
        return maker(self.rig.disk, self.twin).make()

    def restarted(self, files: dict[str, bytes] | None = None) -> Rig:
        """Return the engine after a crash, on ``files`` if given."""
        self.rig.journal.close()
        return Rig(SimulatedDisk(files or self.rig.disk.content()))


@pytest.fixture(name="venue")
def fixture_venue(twin: str) -> Venue:
    return Venue(twin)


def maker(disk: SimulatedDisk, twin: str, say: list[str] | None = None) -> SnapshotMaker:
    heard = [] if say is None else say
    return SnapshotMaker(
        disk,
        segment_bytes=SEGMENT_BYTES,
        pure_python=twin == "reference",
        say=heard.append,
        looks_max=1,
    )


def snapshot_names(files: dict[str, bytes]) -> list[str]:
    return sorted((name for name in files if name.endswith(".snap")), reverse=True)


def same_state(one: Rig, other: Rig) -> None:
    assert one.core.state_hash() == other.core.state_hash()
    assert one.sequencer.events_hash == other.sequencer.events_hash
    assert one.sequencer.log_ts_ns == other.sequencer.log_ts_ns
    assert one.event_log.next_seq == other.event_log.next_seq
    assert one.event_log.read(1, 1 << 20) == other.event_log.read(1, 1 << 20)
    assert one.sessions.save() == other.sessions.save()
    assert (one.journal.next_index, one.journal.chain, one.journal.size_bytes) == (
        other.journal.next_index,
        other.journal.chain,
        other.journal.size_bytes,
    )


def test_a_start_from_a_snapshot_is_a_start_from_the_beginning(venue: Venue) -> None:
    venue.trade(0, 60)
    made = venue.snapshot()
    assert made is not None and made.commands == venue.seq
    venue.trade(60, 30)
    files = venue.rig.disk.content()
    without = {name: data for name, data in files.items() if not name.endswith(".snap")}
    warm, cold = venue.restarted(files), Rig(SimulatedDisk(without))
    assert warm.start.point.next_index == made.index + 1
    assert cold.start.snapshot is None
    same_state(warm, cold)


def test_the_engine_goes_on_after_a_start_from_a_snapshot(venue: Venue, twin: str) -> None:
    venue.trade(0, 30)
    venue.snapshot()
    venue.rig = venue.restarted()
    venue.rig.say(venue.session.hello(from_event_seq=1))
    venue.trade(30, 30)
    again = venue.snapshot()
    assert again is not None and again.commands == 30
    files = venue.rig.disk.content()
    without = {name: data for name, data in files.items() if not name.endswith(".snap")}
    same_state(venue.restarted(files), Rig(SimulatedDisk(without)))


def test_a_retry_is_answered_as_before(venue: Venue) -> None:
    venue.trade(0, 20)
    last = venue.trade(20, 10)
    venue.snapshot()
    restarted = venue.restarted()
    restarted.say(venue.session.hello(from_event_seq=0))
    (ack,) = restarted.say(last)
    header, structs = venue.session.open(ack)
    assert (header.seq, len(decode_outcomes(structs))) == (venue.seq - 9, 10)


def test_an_evicted_session_is_remembered(venue: Venue) -> None:
    saved = venue.rig.sessions
    saved._table.remember_evicted(99, 4_711)
    fresh = Rig()
    fresh.sessions.restore_saved(saved.save(), 0)
    assert fresh.sessions._table.evicted() == saved._table.evicted() == [(99, 4_711)]
    assert fresh.sessions.save() == saved.save()


def test_a_session_goes_on_past_what_is_kept_of_it() -> None:
    count = RETAINED_COMMANDS
    commands = b"".join(at.to_bytes(96, "little") for at in range(count))
    outcomes = b"".join(at.to_bytes(24, "little") for at in range(count))
    saved = SavedSessions([SavedSession(7, 4_711, 10_000, commands, outcomes)], [(99, 4_711)])
    fresh = Rig()
    fresh.sessions.restore_saved(saved, 0)
    assert fresh.sessions.last_seq(7) == 10_000
    assert fresh.sessions.save() == saved


def test_nothing_new_is_no_snapshot(venue: Venue) -> None:
    assert venue.snapshot() is not None
    assert venue.snapshot() is None


def test_the_last_few_are_kept(venue: Venue) -> None:
    made = []
    for at in range(KEPT + 2):
        venue.trade(10 * at, 10)
        made.append(venue.snapshot())
    kept = [one.index for one in made if one is not None][-KEPT:]
    assert SnapshotStore(venue.rig.disk).indexes() == kept[::-1]


def test_a_damaged_snapshot_is_passed_over_for_an_older_one(venue: Venue) -> None:
    first = venue.snapshot()
    venue.trade(0, 20)
    second = venue.snapshot()
    assert first is not None and second is not None
    files = venue.rig.disk.content()
    newest, older = snapshot_names(files)
    files[newest] = files[newest][:-1] + bytes([files[newest][-1] ^ 1])
    restarted = venue.restarted(files)
    assert restarted.start.point.next_index == first.index + 1
    assert "torn or damaged" in restarted.warnings[0]
    files[older] = b""
    restarted = Rig(SimulatedDisk(files))
    assert restarted.start.snapshot is None
    assert len(restarted.warnings) == 2
    assert restarted.core.state_hash() == venue.rig.core.state_hash()


def test_every_damage_is_seen(venue: Venue) -> None:
    venue.trade(0, 20)
    venue.snapshot()
    (data,) = (venue.rig.disk.content()[name] for name in snapshot_names(venue.rig.disk.content()))
    random = Random(5)
    for at in (*range(200), *random.sample(range(len(data)), 300)):
        damaged = data[:at] + bytes([data[at] ^ random.randrange(1, 256)]) + data[at + 1 :]
        with pytest.raises(SnapshotDamaged):
            decode_snapshot(damaged, "it")
    for length in (0, 1, 150, len(data) // 2, len(data) - 1):
        with pytest.raises(SnapshotDamaged):
            decode_snapshot(data[:length], "it")
    assert b"".join(encode_snapshot(decode_snapshot(data, "it"))) == data


def test_a_crash_while_one_is_written_leaves_those_that_were(venue: Venue, twin: str) -> None:
    first = venue.snapshot()
    assert first is not None
    venue.trade(0, 20)
    before = set(venue.rig.disk.content())
    store = SnapshotStore(venue.rig.disk)
    whole = store.read(first.index)
    disk = venue.rig.disk
    parts = list(encode_snapshot(whole))
    for written in range(len(b"".join(parts)) // 3, len(b"".join(parts)), 5_000):
        files = disk.content() | {"snapshot.new": b"".join(parts)[:written]}
        restarted = Rig(SimulatedDisk(files))
        assert restarted.start.point.next_index == first.index + 1
        restarted.journal.close()
        made = maker(SimulatedDisk(files), twin).make()
        assert made is not None and made.index > first.index
    assert before == set(disk.content())


def test_a_power_failure_at_any_time_finds_a_snapshot_that_holds(venue: Venue, twin: str) -> None:
    for seed in range(8):
        venue.trade(20 * seed, 20)
        venue.snapshot()
        venue.trade(20 * seed + 10, 10)
        random = Random(seed)
        crashed = Rig(venue.rig.disk.crash(lambda random=random: random.random() < 0.5))
        assert crashed.core.next_event_seq == venue.rig.core.next_event_seq
        assert crashed.event_log.read(1, 1 << 20) == venue.rig.event_log.read(1, 1 << 20)
        crashed.journal.close()


def test_one_that_is_not_read_back_as_it_was_written_never_counts(
    venue: Venue, twin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = venue.snapshot()
    venue.trade(0, 20)
    prepare = SnapshotStore.prepare

    def misdirected(store: SnapshotStore, snapshot: Snapshot) -> int:
        length = prepare(store, snapshot)
        venue.rig.disk.files["snapshot.new"].data[length // 2] ^= 1
        return length

    with monkeypatch.context() as patched:
        patched.setattr(SnapshotStore, "prepare", misdirected)
        with pytest.raises(SnapshotDamaged):
            venue.snapshot()
    assert first is not None and SnapshotStore(venue.rig.disk).indexes() == [first.index]
    assert venue.snapshot() is not None


def test_a_full_disk_leaves_those_that_were(venue: Venue, twin: str) -> None:
    first = venue.snapshot()
    venue.trade(0, 20)
    disk = venue.rig.disk
    disk.free_bytes_left = 1_000
    with pytest.raises(OSError, match="full disk"):
        maker(disk, twin).make()
    assert first is not None and SnapshotStore(disk).indexes() == [first.index]
    disk.free_bytes_left = None
    assert maker(disk, twin).make() is not None


def journal_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.startswith("journal-")}


def test_a_journal_that_ends_before_the_snapshot_is_refused(venue: Venue) -> None:
    older = venue.rig.disk.content()
    venue.trade(0, 20)
    venue.snapshot()
    files = venue.rig.disk.content() | journal_of(older)
    with pytest.raises(SnapshotRefused, match="ends before it.*Restore the whole directory"):
        venue.restarted(files)


def test_the_journal_of_another_engine_is_refused(venue: Venue, twin: str) -> None:
    other = Venue(twin)
    other.rig.say(other.session.commands(other.seq + 1, OpenAccount(account_id=77, group_id=1)))
    venue.trade(0, 1)
    venue.snapshot()
    files = venue.rig.disk.content() | journal_of(other.rig.disk.content())
    with pytest.raises(SnapshotRefused, match="another one there"):
        venue.restarted(files)


def test_without_the_events_before_it_a_snapshot_is_not_gone_on_from(venue: Venue) -> None:
    venue.trade(0, 20)
    venue.snapshot()
    files = venue.rig.disk.content()
    wanted = files["events-00000001.log"]
    files["events-00000001.log"] = wanted[: len(wanted) // 2]
    restarted = venue.restarted(files)
    assert restarted.start.snapshot is None
    assert "event log" in restarted.warnings[0]
    assert restarted.event_log.read(1, 1 << 20) == wanted[: len(wanted) // 128 * 128]


def test_no_snapshot_is_made_of_events_that_the_log_does_not_have(venue: Venue, twin: str) -> None:
    venue.trade(0, 20)
    log = venue.rig.disk.files["events-00000001.log"]
    log.data[128] ^= 1
    with pytest.raises(EventLogDamaged, match="No snapshot was made"):
        maker(venue.rig.disk, twin).make()
    assert SnapshotStore(venue.rig.disk).indexes() == []


def test_half_a_flush_is_no_damage_to_a_snapshot(venue: Venue, twin: str) -> None:
    venue.trade(0, 20)
    journal = venue.rig.disk.files["journal-00000001.seg"]
    end = venue.rig.journal.size_bytes
    journal.data[end : end + 300] = b"OBJ1" + bytes(range(1, 200)) + bytes(97)
    assert venue.snapshot() is not None


def test_each_twin_goes_on_from_the_other_ones(
    venue: Venue, twin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue.trade(0, 20)
    venue.snapshot()
    other = "reference" if twin == "compiled" else "compiled"
    monkeypatch.setattr(rig, "TWIN", other)
    restarted = venue.restarted()
    assert restarted.start.snapshot is not None
    assert restarted.core.state_hash() == venue.rig.core.state_hash()
