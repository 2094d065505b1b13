"""The server's one promise: nothing leaves before it is durable, and then everything does."""

import asyncio
import random

import pytest

from domain.commands import CreateAsset, OpenAccount
from domain.events import OutcomeResult
from engine_core import CORES
from engine_service.server import DRAIN_DATAGRAMS_MAX
from schemas.codec import decode_outcomes
from schemas.framing import MessageType
from schemas.layouts import EVENT_BYTES
from tests.unit.engine_service.raw_session import RawSession
from tests.unit.engine_service.rig import MASTER_KEY, Died, Rig

ASSET = CreateAsset(asset_id=1, scale=8, name=b"BTC")


@pytest.fixture(params=CORES)
def rig(request, monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", request.param)
    rig = Rig()
    yield rig
    rig.journal.close()


def kinds(session, datagrams):
    return [session.open(datagram)[0].type for datagram in datagrams]


def outcomes(session, datagrams):
    found = []
    for datagram in datagrams:
        header, structs = session.open(datagram)
        if header.type is MessageType.ACK:
            found += decode_outcomes(structs)
    return found


def test_a_command_is_answered_and_its_event_published(rig):
    session = rig.welcomed(from_event_seq=1)
    sent = rig.say(session.commands(1, ASSET))
    assert kinds(session, sent) == [MessageType.ACK, MessageType.EVENTS]
    assert outcomes(session, sent)[0].result is OutcomeResult.DONE
    assert session.open(sent[1])[1] == rig.event_log.read(1, 1)
    assert rig.woken == 1


def test_nothing_leaves_before_the_flush(rig):
    session = rig.welcomed(from_event_seq=1)
    file = rig.disk.files["journal-00000001.seg"]
    sync, seen = file.sync, []

    def watching_sync():
        seen.append((list(rig.udp.outbox), rig.event_log.next_seq, rig.woken))
        sync()

    file.sync = watching_sync
    rig.say(session.commands(1, ASSET))
    assert seen == [([], 1, 0)]


def test_a_failed_flush_kills_the_process_and_nothing_is_sent(rig):
    session = rig.welcomed(from_event_seq=1)
    rig.journal._supply.wait(3)
    rig.disk.fail_syncs = True
    with pytest.raises(Died):
        rig.say(session.commands(1, ASSET))
    assert rig.udp.outbox == []
    assert rig.event_log.next_seq == 1


def test_a_clock_that_goes_back_under_the_core_kills_the_process_too(rig, monkeypatch):
    session = rig.welcomed()
    monkeypatch.setattr(rig.sequencer, "next_log_ts_ns", lambda now_ns: -1)
    with pytest.raises(Died):
        rig.say(session.commands(1, ASSET))
    assert rig.udp.outbox == []


def test_what_arrived_together_is_one_write_and_one_flush(rig):
    one, other = rig.welcomed(7), rig.welcomed(8)
    file = rig.disk.files["journal-00000001.seg"]
    writes, syncs = file.writes, file.syncs
    sent = rig.say(
        one.commands(1, OpenAccount(account_id=11, group_id=1)),
        other.commands(1, OpenAccount(account_id=12, group_id=1)),
        one.commands(2, OpenAccount(account_id=13, group_id=1)),
    )
    assert (file.writes - writes, file.syncs - syncs) == (1, 1)
    assert len(sent) == 3
    assert rig.metrics.commands == 3


def test_at_most_64_datagrams_are_taken_at_once(rig):
    session = rig.welcomed()
    datagrams = [
        session.commands(n, OpenAccount(account_id=10 + n, group_id=1))
        for n in range(1, DRAIN_DATAGRAMS_MAX + 11)
    ]
    rig.say(*datagrams)
    assert rig.core.next_event_seq == DRAIN_DATAGRAMS_MAX + 1
    rig.say()
    assert rig.core.next_event_seq == DRAIN_DATAGRAMS_MAX + 11


def test_a_repeated_datagram_is_answered_again_and_executed_once(rig):
    session = rig.welcomed()
    command = session.commands(1, ASSET)
    first, again = rig.say(command), rig.say(command)
    assert outcomes(session, first) == outcomes(session, again) != []
    assert rig.core.next_event_seq == 2


def test_a_command_answered_before_a_crash_is_answered_alike_by_the_next_process(rig):
    session = rig.welcomed()
    command = session.commands(1, ASSET)
    first = rig.say(command)
    after = rig.restart()
    assert outcomes(session, after.say(command)) == outcomes(session, first)
    assert after.core.state_hash() == rig.core.state_hash()
    after.journal.close()


def test_a_nak_is_answered_from_the_event_log(rig):
    session = rig.welcomed(from_event_seq=1)
    accounts = [OpenAccount(account_id=10 + n, group_id=1) for n in range(14)]
    rig.say(session.commands(1, *accounts))
    sent = rig.say(session.nak(2, 13))
    headers = [session.open(datagram)[0] for datagram in sent]
    assert [(header.seq, header.count) for header in headers] == [(2, 10), (12, 2)]
    assert b"".join(session.open(datagram)[1] for datagram in sent) == rig.event_log.read(2, 12)
    assert len(rig.event_log.read(2, 12)) == 12 * EVENT_BYTES


def test_a_datagram_the_kernel_refuses_is_counted_and_can_be_asked_for_again(rig):
    session = rig.welcomed()
    rig.udp.refuse(True)
    assert rig.say(session.commands(1, ASSET)) == []
    assert rig.metrics.datagrams_unsent == 1
    rig.udp.refuse(False)
    assert outcomes(session, rig.say(session.commands(1, ASSET)))[0].result is OutcomeResult.DONE


def test_a_disk_almost_full_closes_the_door_and_opens_it_again(rig):
    session = rig.welcomed()
    for free_bytes, shut in ((1 << 20, True), (None, False)):
        rig.disk.free_bytes_left = free_bytes
        rig.server._alarms.check(0)
        (heartbeat,) = (send.datagram for send in rig.sessions.heartbeat(1))
        assert (session.open(heartbeat)[0].window == 0) is shut


async def test_heartbeats_start_at_once_and_the_stop_says_goodbye(rig, monkeypatch):
    session = rig.welcomed()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "add_reader", lambda *_: None)
    monkeypatch.setattr(loop, "remove_reader", lambda *_: None)
    rig.server.start()
    rig.server.stop()
    assert kinds(session, rig.udp.outbox) == [MessageType.HEARTBEAT, MessageType.BYE]


def accounts_in_datagrams(session, datagrams):
    """Return as many full datagrams, each of 14 commands."""
    numbers = [100 + 14 * n for n in range(datagrams)]
    return [
        session.commands(
            first - 99, *(OpenAccount(account_id=first + n, group_id=1) for n in range(14))
        )
        for first in numbers
    ]


def test_a_failed_flush_of_many_commands_kills_the_process_and_nothing_is_sent(rig):
    session = rig.welcomed(from_event_seq=1)
    rig.journal._supply.wait(3)
    rig.disk.fail_syncs = True
    with pytest.raises(Died):
        rig.say(*accounts_in_datagrams(session, DRAIN_DATAGRAMS_MAX))
    assert rig.udp.outbox == []


def test_many_commands_at_once_are_all_answered_and_all_published(rig):
    session = rig.welcomed(from_event_seq=1)
    sent = rig.say(*accounts_in_datagrams(session, DRAIN_DATAGRAMS_MAX))
    results = {outcome.result for outcome in outcomes(session, sent)}
    assert (len(outcomes(session, sent)), results) == (64 * 14, {OutcomeResult.DONE})
    opened = [session.open(datagram) for datagram in sent]
    events = [structs for header, structs in opened if header.type is MessageType.EVENTS]
    assert b"".join(events) == rig.event_log.read(1, 64 * 14)
    after = rig.restart()
    assert after.sequencer.events_hash == rig.sequencer.events_hash
    after.journal.close()


def test_datagrams_that_the_kernel_hands_over_as_one_are_each_taken(monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", "compiled")
    rig = Rig()
    session = rig.welcomed()
    datagrams = accounts_in_datagrams(session, 9)
    last = session.commands(9 * 14 + 1, ASSET)  # shorter: only the last may be
    rig.udp.arrive_as_one([*datagrams, last])
    rig.server.drain()
    assert len(outcomes(session, rig.udp.sent())) == 9 * 14 + 1
    assert rig.metrics.datagrams_in == 1 + 10
    rig.journal.close()


def written_by(twin, conversation, monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", twin)
    rig = Rig()
    sessions = {session_id: rig.welcomed(session_id) for session_id in (7, 8)}
    seqs = dict.fromkeys(sessions, 1)
    for turn in conversation:
        datagrams = []
        for session_id, commands in turn:
            if session_id not in sessions:
                datagrams.append(RawSession(MASTER_KEY, session_id).hello())
                continue
            datagrams.append(sessions[session_id].commands(seqs[session_id], *commands))
            seqs[session_id] += len(commands)
        rig.say(*datagrams)
    rig.journal.close()
    return rig.disk.content()


def test_both_twins_write_the_same_bytes(monkeypatch):
    """Records, chain, checksums and events, whoever speaks in whatever order."""
    chance = random.Random(3)
    conversation, account_id, newcomer = [], 100, 1_000
    for _ in range(60):
        turn = []
        for _ in range(chance.randint(1, 6)):
            session_id = chance.choice((7, 8, 7, 8, 7, 8, newcomer))
            newcomer += session_id == newcomer
            count = chance.randint(1, 14)
            accounts = [
                OpenAccount(account_id=account_id + n // 2, group_id=1) for n in range(count)
            ]
            account_id += count // 2
            turn.append((session_id, accounts))
        conversation.append(turn)
    many = [OpenAccount(account_id=10_000 + n, group_id=1) for n in range(14)]
    conversation.append([(7, many)] * 50 + [(8, many)] * 14)  # enough for a second thread
    reference, compiled = (written_by(twin, conversation, monkeypatch) for twin in CORES)
    assert compiled.keys() == reference.keys()
    for name, data in reference.items():
        # How far the next segments are prepared is the other thread's matter.
        assert compiled[name].rstrip(b"\0") == data.rstrip(b"\0"), name
