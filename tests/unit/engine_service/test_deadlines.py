"""Time passes in the log when no command comes, exactly as it is replayed."""

import asyncio

import pytest

from domain.clock import ManualClock
from domain.commands import OpenAccount
from domain.events import AccountOpened
from engine_core.reference import Core
from engine_service.deadline_timer import WAIT_NS_MAX, DeadlineTimer
from engine_service.journal_record import RecordKind
from schemas.codec import decode_event, encode_event
from schemas.framing import MessageType
from schemas.layouts import EVENT_BYTES
from tests.unit.engine_service.rig import NOW_NS, Died, Rig

SECOND_NS = 1_000_000_000
SPENT_ACCOUNT = 99


class DeadlineCore(Core):
    """A core in which every account ends a second after it was opened, as an order would: with an
    event before whatever comes next.
    """

    def __init__(self):
        super().__init__()
        self.deadlines = []
        self.applied = []

    def apply(self, commands, ts_ns):
        self.applied.append((len(commands), ts_ns))
        due = [at for at in self.deadlines if at <= ts_ns]
        self.deadlines = [at for at in self.deadlines if at > ts_ns]
        ended = AccountOpened(ts_ns=ts_ns, account_id=SPENT_ACCOUNT, group_id=0)
        before = encode_event(ended) * len(due)
        self._state.next_event_seq += len(due)
        events, outcomes = super().apply(commands, ts_ns)
        opened = len(events) // EVENT_BYTES
        self.deadlines += [ts_ns + SECOND_NS] * opened
        return before + events, outcomes

    @property
    def next_deadline_ns(self):
        return min(self.deadlines, default=0)


class FakeLoop:
    def __init__(self):
        self.calls = []

    def call_later(self, delay_s, callback):
        self.calls.append((delay_s, callback))
        return Handle(self.calls)


class Handle:
    def __init__(self, calls):
        self._calls, self._call = calls, calls[-1]

    def cancel(self):
        self._calls.remove(self._call)


@pytest.fixture
def rig(monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.Core", DeadlineCore)
    rig = Rig()
    rig.loop = FakeLoop()
    rig.server._deadline.start(rig.loop)
    yield rig
    rig.journal.close()


def account(account_id):
    return OpenAccount(account_id=account_id, group_id=1)


def pass_time(rig, delta_ns):
    rig.clock.advance(delta_ns)
    ((_, wake),) = rig.loop.calls
    rig.loop.calls.clear()
    wake()
    sent, rig.udp.outbox = rig.udp.outbox, []
    return sent


def test_what_is_due_ends_though_no_command_comes(rig):
    session = rig.welcomed(from_event_seq=1)
    rig.say(session.commands(1, account(11)))
    assert [delay_s for delay_s, _ in rig.loop.calls] == [1.0]

    sent = pass_time(rig, SECOND_NS)

    (header, events), *rest = [session.open(datagram) for datagram in sent]
    assert (header.type, header.seq, rest) == (MessageType.EVENTS, 2, [])
    ended = decode_event(events)
    assert (ended.account_id, ended.ts_ns) == (SPENT_ACCOUNT, NOW_NS + SECOND_NS)
    assert rig.event_log.read(2, 1) == events
    assert rig.woken == 2
    assert rig.loop.calls == []


def test_the_flush_of_passing_time_comes_before_its_events(rig):
    session = rig.welcomed(from_event_seq=1)
    rig.say(session.commands(1, account(11)))
    rig.journal._supply.wait(3)
    rig.disk.fail_syncs = True
    with pytest.raises(Died):
        pass_time(rig, SECOND_NS)
    assert rig.udp.outbox == []


def test_passing_time_is_journaled_and_replayed_to_the_byte(rig):
    session = rig.welcomed()
    rig.say(session.commands(1, account(11)))
    pass_time(rig, SECOND_NS)
    rig.say(session.commands(2, account(12)))

    after = rig.restart()

    assert after.event_log.read(1, 99) == rig.event_log.read(1, 99)
    assert after.core.state_hash() == rig.core.state_hash()
    commands, time_alone = (96, 0)
    later_ns = NOW_NS + SECOND_NS
    assert rig.core.applied == [(commands, NOW_NS), (time_alone, later_ns), (commands, later_ns)]
    assert after.core.applied == rig.core.applied
    assert after.core.next_deadline_ns == rig.core.next_deadline_ns == NOW_NS + 2 * SECOND_NS
    after.journal.close()


def test_a_session_that_opens_moves_no_time_in_the_core(rig):
    session = rig.welcomed()
    rig.say(session.commands(1, account(11)))
    rig.clock.advance(2 * SECOND_NS)
    rig.welcomed(session_id=8)
    assert rig.core.applied == [(96, NOW_NS)]
    assert rig.sequencer.log_ts_ns == NOW_NS + 2 * SECOND_NS
    kinds = [record.entry.kind for record in rig.journal.replay()]
    assert kinds == [RecordKind.SESSION_OPENED, RecordKind.COMMANDS, RecordKind.SESSION_OPENED]


def test_a_later_deadline_costs_no_timer_and_is_kept_too(rig):
    session = rig.welcomed()
    rig.say(session.commands(1, account(11)))
    rig.clock.advance(SECOND_NS // 2)
    rig.say(session.commands(2, account(12)))
    assert len(rig.loop.calls) == 1
    pass_time(rig, SECOND_NS // 2)
    assert [delay_s for delay_s, _ in rig.loop.calls] == [0.5]
    pass_time(rig, SECOND_NS // 2)
    assert rig.core.next_event_seq == 5


def test_a_timer_whose_deadline_a_command_kept_writes_nothing(rig):
    session = rig.welcomed()
    rig.say(session.commands(1, account(11)))
    rig.core.deadlines.clear()
    records = rig.journal.next_index
    pass_time(rig, SECOND_NS)
    assert rig.journal.next_index == records
    assert rig.loop.calls == []


def test_a_started_engine_keeps_the_deadlines_it_found_in_its_journal(rig):
    session = rig.welcomed()
    rig.say(session.commands(1, account(11)))
    after = rig.restart()
    loop = FakeLoop()
    after.server._deadline.start(loop)
    assert [delay_s for delay_s, _ in loop.calls] == [1.0]
    after.journal.close()


@pytest.mark.parametrize(
    ("deadline_ns", "waits_s"),
    [(5, 0.001), (1_000_001, 0.002), (SECOND_NS, 1.0), (10**18, WAIT_NS_MAX / 1e9), (-5, 0.0)],
)
def test_it_waits_in_whole_milliseconds_and_not_for_years(deadline_ns, waits_s):
    loop = FakeLoop()
    timer = DeadlineTimer(ManualClock(10), lambda: 10 + deadline_ns, lambda: None)
    timer.start(loop)
    assert [delay_s for delay_s, _ in loop.calls] == [waits_s]


def test_an_earlier_deadline_takes_the_later_ones_place_and_stopping_ends_both():
    loop, deadlines, due = FakeLoop(), [9 * SECOND_NS], []
    timer = DeadlineTimer(ManualClock(0), lambda: min(deadlines), lambda: due.append(1))
    timer.start(loop)
    deadlines.append(SECOND_NS)
    timer.arm()
    assert [delay_s for delay_s, _ in loop.calls] == [1.0]
    timer.stop()
    timer.arm()
    assert loop.calls == [] and due == []


async def test_a_real_loop_wakes_it():
    woken = asyncio.Event()
    clock = ManualClock(0)
    timer = DeadlineTimer(clock, lambda: 5_000_000, woken.set)
    timer.start(asyncio.get_running_loop())
    clock.advance(5_000_000)
    await asyncio.wait_for(woken.wait(), 5)
    timer.stop()
