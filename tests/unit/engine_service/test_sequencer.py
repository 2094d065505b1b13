"""Order, time, and the refusal to start from what cannot be right."""

import pytest

from domain.commands import OpenAccount
from engine_core.reference import Core
from engine_service.errors import ClockRefused, EventLogDamaged, JournalFailed, ReplayDiverged
from engine_service.sequencer import check_clock, entries_of
from schemas.codec import encode_command
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.rig import NOW_NS, Died, Rig
from transport.server_session import Execute, OpenSession

COMMAND = encode_command(OpenAccount(account_id=11, group_id=1))
SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS


def accounts(*ids):
    return [OpenAccount(account_id=account_id, group_id=1) for account_id in ids]


def test_commands_of_one_session_in_a_row_share_a_record_and_the_order_is_kept():
    actions = [
        OpenSession(7, 99, 0),
        Execute(7, 1, COMMAND),
        Execute(7, 2, COMMAND * 2),
        Execute(8, 5, COMMAND),
        OpenSession(9, 98, 3),
        Execute(7, 4, COMMAND),
    ]
    found = [
        (entry.kind.name, entry.session_id, entry.first_command_seq, entry.count)
        for entry in entries_of(actions)
    ]
    assert found == [
        ("SESSION_OPENED", 7, 0, 1),
        ("COMMANDS", 7, 1, 3),
        ("COMMANDS", 8, 5, 1),
        ("SESSION_OPENED", 9, 0, 1),
        ("COMMANDS", 7, 4, 1),
    ]


def test_log_time_never_goes_back():
    rig = Rig()
    session = rig.welcomed()
    rig.say(session.commands(1, *accounts(11)))
    assert rig.sequencer.next_log_ts_ns(NOW_NS - 5) == NOW_NS
    assert rig.sequencer.next_log_ts_ns(NOW_NS + 5) == NOW_NS + 5
    rig.journal.close()


@pytest.mark.parametrize("ahead_ns", [-SECOND_NS, 0, 7 * DAY_NS])
def test_a_plausible_clock_is_accepted(ahead_ns):
    check_clock(NOW_NS + ahead_ns, NOW_NS)


@pytest.mark.parametrize(
    ("ahead_ns", "message"),
    [(-SECOND_NS - 1, "1 s behind"), (7 * DAY_NS + 1, "604800 s ahead of")],
)
def test_an_implausible_clock_is_refused_and_the_way_out_named(ahead_ns, message):
    with pytest.raises(ClockRefused, match=f"{message}.*OPENBELL_ENGINE_ACCEPT_CLOCK"):
        check_clock(NOW_NS + ahead_ns, NOW_NS)


def test_an_empty_journal_accepts_any_clock():
    check_clock(0, 0)


def test_a_clock_behind_the_journal_refuses_to_start_and_changes_nothing():
    disk = rig_with_two_flushes()
    before = disk.content()
    with pytest.raises(ClockRefused):
        Rig(disk, wall_ns=NOW_NS - 2 * SECOND_NS)
    assert disk.content() == before


def test_the_event_log_never_runs_ahead_of_what_is_durable():
    """A crash between write and flush leaves a record that only the next process makes durable."""
    rig = Rig()
    session = rig.welcomed()
    rig.journal._supply.wait(3)
    rig.disk.fail_syncs = True
    with pytest.raises(Died):
        rig.say(session.commands(1, *accounts(11)))
    rig.journal.close()
    disk = SimulatedDisk(rig.disk.content())
    disk.fail_syncs = True
    with pytest.raises(JournalFailed):
        Rig(disk)
    assert not any(data for name, data in disk.content().items() if name.startswith("events"))


def test_a_restarted_engine_is_the_same_engine():
    rig = Rig()
    one, other = rig.welcomed(7), rig.welcomed(8)
    rig.say(one.commands(1, *accounts(11, 12)), other.commands(1, *accounts(12, 13)))
    rig.say(one.commands(3, *accounts(14)))
    after = rig.restart()
    assert after.core.state_hash() == rig.core.state_hash()
    assert after.sequencer.events_hash == rig.sequencer.events_hash
    assert after.event_log.read(1, 99) == rig.event_log.read(1, 99)
    assert [after.sessions.last_seq(session_id) for session_id in (7, 8)] == [3, 2]
    assert after.sessions.next_event_seq == after.core.next_event_seq == 6
    after.journal.close()


class ChangedCore(Core):
    """A later version that decides otherwise, for one event."""

    def apply(self, commands, ts_ns):
        events, outcomes = super().apply(commands, ts_ns)
        said = events.rstrip(b"\0")
        return said[:-1] + bytes([said[-1] ^ 1]) + events[len(said) :] if said else events, outcomes


def rig_with_two_flushes() -> SimulatedDisk:
    rig = Rig()
    session = rig.welcomed()
    rig.say(session.commands(1, *accounts(11)))
    rig.say(session.commands(2, *accounts(12)))
    rig.journal.close()
    return SimulatedDisk(rig.disk.content())


def test_a_core_that_produces_other_events_refuses_to_start(monkeypatch):
    disk = rig_with_two_flushes()
    monkeypatch.setattr("tests.unit.engine_service.rig.Core", ChangedCore)
    before = disk.content()
    with pytest.raises(ReplayDiverged, match="record 3 follows event 1"):
        Rig(disk)
    assert disk.content() == before


def test_other_events_in_the_last_flush_are_caught_by_the_event_log(monkeypatch):
    rig = Rig()
    session = rig.welcomed()
    rig.say(session.commands(1, *accounts(11)))
    rig.journal.close()
    monkeypatch.setattr("tests.unit.engine_service.rig.Core", ChangedCore)
    with pytest.raises(EventLogDamaged, match="event 1 differs"):
        Rig(SimulatedDisk(rig.disk.content()))


def test_a_journal_that_lost_its_last_acknowledged_record_refuses_to_start():
    disk = rig_with_two_flushes()
    journal = disk.files["journal-00000001.seg"]
    end = len(journal.data.rstrip(b"\0"))
    journal.data[end - 1] ^= 1  # in the last record: no later one tells
    before = disk.content()
    with pytest.raises(EventLogDamaged, match="lost acknowledged records"):
        Rig(disk)
    assert disk.content() == before


def test_a_journal_of_commands_without_their_session_refuses_to_start():
    rig = Rig()
    rig.journal.write(
        entries_of([Execute(7, 1, COMMAND)]),
        log_ts_ns=NOW_NS,
        first_event_seq=1,
        events_hash=rig.sequencer.events_hash,
    )
    rig.journal.flush()
    with pytest.raises(ReplayDiverged, match="record 1: session"):
        rig.restart()
