"""The engine's rules for sessions, one datagram at a time."""

import pytest

from schemas import session_layouts
from schemas.codec import decode_outcomes
from schemas.framing import Header, MessageType, seal
from schemas.session_layouts import (
    MINOR,
    EventRange,
    Hello,
    SessionReject,
    SessionRejectCode,
    Welcome,
)
from tests.model_engine import ModelEngine, event_for, outcome_of
from tests.unit.transport.model_gateway import ELSEWHERE, HOME, Gateway, command, connected
from transport.keys import derive_keys
from transport.server_session import (
    NAK_EVENTS_MAX,
    RETAINED_COMMANDS,
    Execute,
    OpenSession,
    Send,
    SendEvents,
    load_server_sessions,
)
from transport.session_table import SESSIONS_MAX, SILENCE_NS, WINDOW_DATAGRAMS_MAX


@pytest.fixture(autouse=True, params=["reference", "compiled"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule holds for both twins."""
    sessions = load_server_sessions(request.param == "reference")
    monkeypatch.setattr("tests.model_engine.ServerSessions", sessions)


# ---- opening ---------------------------------------------------------------------------------


def test_hello_opens_a_session_and_is_welcomed_only_when_that_is_durable() -> None:
    gateway = Gateway(ModelEngine())
    sessions = gateway.engine.sessions
    opened = OpenSession(session_id=1, nonce=1, evicted_session_id=0)
    assert sessions.receive(gateway.hello(), HOME, 0) == [opened]
    assert sessions.receive(gateway.hello(), HOME, 0) == []  # the journal is still being flushed
    ((header, structs),) = gateway.opened(sessions.welcome(opened))
    assert session_layouts.decode_welcome(structs) == Welcome(1, MINOR, 1, 1, 0)
    assert header.window == WINDOW_DATAGRAMS_MAX


def test_a_repeated_hello_gets_the_same_session() -> None:
    gateway = connected()
    gateway.send(gateway.commands(1, 2, seq=1))
    assert gateway.connect() == Welcome(1, MINOR, 1, 3, 2)
    assert gateway.engine.sessions.session_count == 1


def test_a_hello_without_a_common_version_is_refused() -> None:
    gateway = Gateway(ModelEngine())
    reject = gateway.rejected(gateway.hello(versions=(2, 2)))
    assert reject == SessionReject(SessionRejectCode.VERSION, 0x0101)
    assert gateway.engine.sessions.session_count == 0


def test_a_hello_under_another_master_key_is_not_answered() -> None:
    gateway = Gateway(ModelEngine())
    structs = session_layouts.encode_hello(Hello(1, 1, MINOR, 5, 0))
    forged = seal(Header(MessageType.HELLO, 1), structs, derive_keys(bytes(32), 1, 0).to_engine)
    assert gateway.send(forged) == []
    assert gateway.engine.sessions.counters.not_authentic == 1


def test_what_the_engine_said_is_not_taken_from_a_client() -> None:
    gateway = connected()
    (sent,) = gateway.engine.sessions.heartbeat(0)
    assert gateway.send(sent.datagram) == []
    assert gateway.engine.sessions.counters.not_authentic == 1


def test_a_sealed_message_that_is_not_a_client_s_is_malformed() -> None:
    gateway = connected()
    for type_ in (MessageType.ACK, MessageType.EVENTS, MessageType.REJECT):
        assert gateway.send(gateway.datagram(type_)) == []
    assert gateway.engine.sessions.counters.malformed == 3


# ---- commands --------------------------------------------------------------------------------


def test_commands_in_sequence_are_executed_and_acknowledged() -> None:
    gateway = connected()
    for first in (1, 3):
        ((header, structs),) = gateway.send(gateway.commands(first, first + 1, seq=first))
        assert (header.type, header.seq, header.ack) == (MessageType.ACK, first, first + 1)
        assert decode_outcomes(structs) == [outcome_of(first), outcome_of(first + 1)]
    assert gateway.engine.executed == [command(number) for number in (1, 2, 3, 4)]


def test_a_duplicate_is_answered_and_not_executed() -> None:
    gateway = connected()
    datagram = gateway.commands(1, 2, seq=1)
    first = gateway.send(datagram)
    assert gateway.send(datagram) == first
    assert len(gateway.engine.executed) == 2
    assert gateway.engine.sessions.counters.duplicate_commands == 2


def test_commands_after_a_gap_are_dropped_and_the_last_one_acknowledged() -> None:
    gateway = connected()
    gateway.send(gateway.commands(1, seq=1))
    ((header, structs),) = gateway.send(gateway.commands(3, seq=3))
    assert (header.type, header.ack, structs) == (MessageType.ACK, 1, b"")
    assert len(gateway.engine.executed) == 1


def test_a_datagram_that_is_half_known_executes_its_other_half() -> None:
    gateway = connected()
    gateway.send(gateway.commands(1, 2, seq=1))
    answers = gateway.send(gateway.commands(2, 3, seq=2))
    outcomes = [outcome for _, structs in answers for outcome in decode_outcomes(structs)]
    assert outcomes == [outcome_of(2), outcome_of(3)]
    assert gateway.engine.executed == [command(1), command(2), command(3)]


def test_commands_numbered_zero_or_none_at_all_are_malformed() -> None:
    gateway = connected()
    assert gateway.send(gateway.commands(1, seq=0)) == []
    assert gateway.send(gateway.commands(seq=1)) == []
    assert gateway.engine.sessions.counters.malformed == 2


def test_another_command_under_a_used_number_ends_the_session() -> None:
    gateway = connected()
    gateway.send(gateway.commands(1, 2, seq=1))
    conflict = SessionReject(SessionRejectCode.SESSION_CONFLICT, 2)
    assert gateway.rejected(gateway.commands(9, seq=2)) == conflict
    assert gateway.rejected(gateway.commands(3, seq=3)) == conflict
    gateway.nonce = 0
    assert gateway.rejected(gateway.hello()) == conflict
    assert gateway.engine.executed == [command(1), command(2)]


def test_a_duplicate_of_what_is_still_in_the_pipeline_waits_for_its_outcome() -> None:
    gateway = connected()
    sessions = gateway.engine.sessions
    datagram = gateway.commands(1, seq=1)
    (execute,) = sessions.receive(datagram, HOME, 0)
    assert execute == Execute(1, 1, command(1))
    ((header, structs),) = gateway.opened(
        [action for action in sessions.receive(datagram, HOME, 0) if isinstance(action, Send)]
    )
    assert (header.ack, structs) == (0, b"")  # nothing is promised before it is durable


def test_outcomes_that_are_not_the_next_are_a_fault_of_the_engine() -> None:
    gateway = connected()
    gateway.engine.sessions.receive(gateway.commands(1, seq=1), HOME, 0)
    for first_seq, count in ((2, 1), (1, 2)):
        with pytest.raises(ValueError, match="not the next"):
            gateway.engine.sessions.acknowledge(1, first_seq, bytes(24 * count))


def test_what_does_not_fit_the_pipeline_is_dropped() -> None:
    gateway = connected()
    sessions = gateway.engine.sessions
    seq = 1
    while seq + 13 <= RETAINED_COMMANDS:
        assert sessions.receive(gateway.commands(*range(14), seq=seq), HOME, 0)
        seq += 14
    assert sessions.last_seq(1) == RETAINED_COMMANDS
    assert sessions.receive(gateway.commands(*range(14), seq=seq), HOME, 0) == []


def test_a_duplicate_older_than_what_is_retained_is_only_told_how_far_the_engine_is() -> None:
    gateway = connected()
    last = RETAINED_COMMANDS + 28
    for seq in range(1, last, 14):
        gateway.send(gateway.commands(*range(seq, seq + 14), seq=seq))
    ((header, structs),) = gateway.send(gateway.commands(*range(1, 15), seq=1))
    assert (header.ack, structs) == (last, b"")
    ((header, structs),) = gateway.send(gateway.commands(*range(29, 43), seq=29))
    assert decode_outcomes(structs) == [outcome_of(place) for place in range(29, 43)]


# ---- recovery --------------------------------------------------------------------------------


def test_after_a_restart_a_duplicate_gets_the_outcome_it_never_heard() -> None:
    gateway = connected()
    datagrams = [gateway.commands(*range(n, n + 14), seq=n) for n in range(1, 100, 14)]
    answers = [gateway.send(datagram) for datagram in datagrams]
    gateway.engine.restart(now_ns=0)
    assert [[structs for _, structs in gateway.send(datagram)] for datagram in datagrams] == [
        [structs for _, structs in answer] for answer in answers
    ]
    assert len(gateway.engine.executed) == 14 * len(datagrams)
    gateway.send(gateway.commands(7, seq=14 * len(datagrams) + 1))
    assert gateway.engine.executed[-1] == command(7)


def test_after_a_restart_a_conflict_is_still_found() -> None:
    gateway = connected()
    gateway.send(gateway.commands(1, seq=1))
    gateway.engine.restart(now_ns=0)
    assert gateway.rejected(gateway.commands(2, seq=1)).code is SessionRejectCode.SESSION_CONFLICT


def test_after_a_restart_nothing_is_sent_to_a_client_before_it_speaks() -> None:
    gateway = connected()
    gateway.engine.restart(now_ns=0)
    assert gateway.engine.sessions.heartbeat(0) == []
    gateway.send(gateway.datagram(MessageType.HEARTBEAT))
    assert len(gateway.engine.sessions.heartbeat(0)) == 1


def test_a_journal_with_a_hole_is_refused() -> None:
    gateway = connected()
    for first_seq in (2, 0):
        with pytest.raises(ValueError, match="cannot have command"):
            gateway.engine.sessions.restore_executed(1, first_seq, command(1), bytes(24))


# ---- where a session lives -------------------------------------------------------------------


def test_a_copied_datagram_from_elsewhere_changes_nothing() -> None:
    gateway = connected()
    copied = gateway.commands(1, seq=1)
    assert gateway.engine.receive(copied, ELSEWHERE, 0) == []
    assert gateway.engine.receive(gateway.hello(), ELSEWHERE, 0) == []
    assert gateway.engine.executed == []
    assert gateway.engine.sessions.counters.foreign_address == 2
    gateway.send(copied)
    assert gateway.engine.executed == [command(1)]


def test_a_client_that_fell_silent_may_turn_up_elsewhere() -> None:
    gateway = connected()
    gateway.address = ELSEWHERE
    assert gateway.send(gateway.commands(1, seq=1), SILENCE_NS - 1) == []
    assert len(gateway.send(gateway.commands(1, seq=1), SILENCE_NS)) == 1


# ---- eviction --------------------------------------------------------------------------------


def full_engine() -> tuple[ModelEngine, list[Gateway]]:
    engine = ModelEngine()
    gateways = [Gateway(engine, number + 1) for number in range(SESSIONS_MAX)]
    for now_ns, gateway in enumerate(gateways):
        gateway.connect(now_ns)
    return engine, gateways


def test_a_newcomer_takes_the_place_of_the_longest_silent() -> None:
    engine, gateways = full_engine()
    now_ns = SILENCE_NS + SESSIONS_MAX
    gateways[0].send(gateways[0].commands(1, seq=1), now_ns)  # the first one speaks
    newcomer = Gateway(engine, 1_000)
    newcomer.connect(now_ns)
    assert engine.sessions.session_count == SESSIONS_MAX
    evicted = SessionReject(SessionRejectCode.EVICTED, 0)
    assert gateways[1].rejected(gateways[1].commands(1, seq=1), now_ns) == evicted
    gateways[1].nonce = 0
    assert gateways[1].rejected(gateways[1].hello(), now_ns) == evicted
    opened = [entry for entry, _ in engine.journal if isinstance(entry, OpenSession)]
    assert opened[-1].evicted_session_id == 2


def test_a_client_that_talks_is_never_pushed_out() -> None:
    engine, _ = full_engine()
    newcomer = Gateway(engine, 1_000)
    reject = newcomer.rejected(newcomer.hello(), SILENCE_NS - 1)
    assert reject == SessionReject(SessionRejectCode.TOO_MANY_SESSIONS, SESSIONS_MAX)
    assert engine.sessions.session_count == SESSIONS_MAX


def test_a_client_that_said_bye_leaves_its_place_at_once() -> None:
    engine, gateways = full_engine()
    gateways[9].send(gateways[9].datagram(MessageType.BYE), 100)
    Gateway(engine, 1_000).connect(100)
    assert gateways[9].rejected(gateways[9].commands(1, seq=1)).code is SessionRejectCode.EVICTED


def test_evictions_are_the_same_after_a_restart() -> None:
    engine, gateways = full_engine()
    Gateway(engine, 1_000).connect(SILENCE_NS + SESSIONS_MAX)
    engine.restart(now_ns=0)
    assert engine.sessions.session_count == SESSIONS_MAX
    assert gateways[0].rejected(gateways[0].commands(1, seq=1)).code is SessionRejectCode.EVICTED


# ---- events ----------------------------------------------------------------------------------


def test_events_go_to_those_who_asked_ten_a_datagram() -> None:
    engine = ModelEngine()
    listener, deaf = Gateway(engine, 1), Gateway(engine, 2)
    listener.connect(from_event_seq=1)
    deaf.connect()
    sends = engine.receive(deaf.commands(*range(1, 15), seq=1), HOME, 0)
    ack, *events = sends
    assert deaf.open(ack.datagram)[0].type is MessageType.ACK
    headers = [listener.open(send.datagram)[0] for send in events]
    assert [(header.type, header.seq, header.count) for header in headers] == [
        (MessageType.EVENTS, 1, 10),
        (MessageType.EVENTS, 11, 4),
    ]
    assert b"".join(listener.open(send.datagram)[1] for send in events) == b"".join(
        event_for(command(number)) for number in range(1, 15)
    )


def test_events_stop_after_silence_and_a_heartbeat_brings_them_back() -> None:
    engine = ModelEngine()
    listener = Gateway(engine)
    listener.connect(from_event_seq=1)
    sessions = engine.sessions
    assert len(sessions.publish(1, bytes(128), SILENCE_NS - 1)) == 1
    assert sessions.publish(2, bytes(128), SILENCE_NS) == []
    listener.send(listener.datagram(MessageType.HEARTBEAT, seq=3), SILENCE_NS)
    assert len(sessions.publish(3, bytes(128), SILENCE_NS)) == 1


def test_after_a_restart_a_heartbeat_renews_the_wish_for_events() -> None:
    gateway = Gateway(ModelEngine())
    gateway.connect(from_event_seq=1)
    gateway.engine.restart(now_ns=0)
    assert gateway.engine.sessions.publish(1, bytes(128), 0) == []
    gateway.send(gateway.datagram(MessageType.HEARTBEAT, seq=1))
    assert len(gateway.engine.sessions.publish(2, bytes(128), 0)) == 1
    gateway.send(gateway.datagram(MessageType.HEARTBEAT, seq=0))
    assert gateway.engine.sessions.publish(3, bytes(128), 0) == []


def test_a_nak_is_answered_with_what_is_released() -> None:
    gateway = connected()
    gateway.send(gateway.commands(*range(1, 15), seq=1))
    wanted = [EventRange(2, 3), EventRange(12, 99), EventRange(50, 60)]
    structs = b"".join(map(session_layouts.encode_event_range, wanted))
    nak = gateway.datagram(MessageType.NAK, structs=structs)
    actions = gateway.engine.sessions.receive(nak, HOME, 0)
    assert actions == [SendEvents(1, 2, 3), SendEvents(1, 12, 14)]
    answers = gateway.send(nak)
    assert [(header.seq, header.count) for header, _ in answers] == [(2, 2), (12, 3)]


def test_one_nak_is_answered_with_a_bounded_number_of_events() -> None:
    gateway = connected()
    gateway.engine.sessions.next_event_seq = 1_000_000
    structs = b"".join(
        session_layouts.encode_event_range(EventRange(first, first + 600))
        for first in (1, 1_001, 2_001)
    )
    nak = gateway.datagram(MessageType.NAK, structs=structs)
    actions = gateway.engine.sessions.receive(nak, HOME, 0)
    assert actions == [SendEvents(1, 1, 601), SendEvents(1, 1_001, 1_000 + NAK_EVENTS_MAX - 601)]


def test_events_out_of_turn_are_a_fault_of_the_engine() -> None:
    with pytest.raises(ValueError, match="1 is next"):
        ModelEngine().sessions.publish(2, bytes(128), 0)


# ---- heartbeats and credits ------------------------------------------------------------------


def test_a_heartbeat_carries_the_next_event_and_the_last_command() -> None:
    gateway = connected()
    gateway.send(gateway.commands(1, 2, seq=1))
    ((header, _),) = gateway.opened(gateway.engine.sessions.heartbeat(0))
    assert (header.type, header.seq, header.ack) == (MessageType.HEARTBEAT, 3, 2)
    assert gateway.engine.sessions.heartbeat(SILENCE_NS) == []


def test_credits_are_shared_by_those_who_talk() -> None:
    engine = ModelEngine(credits_datagrams=300)
    gateways = [Gateway(engine, number) for number in (1, 2, 3)]
    windows = []
    for gateway in gateways:
        gateway.connect()
        sends = engine.sessions.heartbeat(0)
        windows.append(
            {g.open(s.datagram)[0].window for g, s in zip(gateways, sends, strict=False)}
        )
    assert windows == [{256}, {150}, {100}]
    gateways[0].send(gateways[0].datagram(MessageType.HEARTBEAT), SILENCE_NS)
    ((header, _),) = gateways[0].opened(engine.sessions.heartbeat(SILENCE_NS))
    assert header.window == 256


def test_a_newcomer_gets_no_more_than_what_the_others_were_not_told() -> None:
    engine = ModelEngine(credits_datagrams=46)
    told = [0] * 6
    gateways = [Gateway(engine, number + 1) for number in range(6)]
    for number, gateway in enumerate(gateways):
        ((header, structs),) = gateway.send(gateway.hello())
        gateway.nonce = session_layouts.decode_welcome(structs).nonce
        told[number] = header.window
        assert sum(told) <= 46 + number  # one for each lets everyone speak
    for number, send in enumerate(engine.sessions.heartbeat(0)):
        told[number] = gateways[number].open(send.datagram)[0].window
    assert told == [7] * 6
    ((header, _),) = gateways[0].send(gateways[0].hello())
    assert header.window == 7  # nobody is a newcomer twice


def test_datagrams_of_an_earlier_life_of_a_session_are_worth_nothing_in_the_next() -> None:
    gateway = connected()
    recorded = [gateway.commands(n, seq=n) for n in (1, 2, 3)]
    assert gateway.engine.receive(recorded[0], HOME, 0)
    engine = gateway.engine
    engine.journal.clear()  # the session was evicted and forgotten
    engine.restart(0)
    again = Gateway(engine)
    first_nonce = gateway.nonce
    assert again.connect().nonce != first_nonce
    executed = len(engine.executed)
    for datagram in [*recorded, gateway.datagram(MessageType.BYE)]:
        assert engine.receive(datagram, HOME, 0) == []
    assert engine.sessions.counters.not_authentic == 4
    assert len(engine.executed) == executed
    assert again.send(again.commands(9, seq=1))[0][0].ack == 1


def test_a_tiny_buffer_lets_everyone_speak_and_a_closed_door_nobody() -> None:
    engine = ModelEngine(credits_datagrams=1)
    gateways = [Gateway(engine, number) for number in (1, 2, 3)]
    for gateway in gateways:
        gateway.connect()
    sends = engine.sessions.heartbeat(0)
    assert [g.open(s.datagram)[0].window for g, s in zip(gateways, sends, strict=True)] == [1] * 3
    engine.sessions.set_credits(0, 0)
    sends = engine.sessions.heartbeat(0)
    assert [g.open(s.datagram)[0].window for g, s in zip(gateways, sends, strict=True)] == [0] * 3


def test_the_engine_says_bye_to_those_who_listen() -> None:
    gateway = connected()
    ((header, _),) = gateway.opened(gateway.engine.sessions.farewell(0))
    assert header.type is MessageType.BYE
