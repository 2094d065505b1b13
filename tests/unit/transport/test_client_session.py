"""The client's rules, one step of time at a time."""

import itertools

import pytest

from schemas import session_layouts
from schemas.codec import encode_outcome
from schemas.framing import COMMANDS_MAX, Header, MessageType, open_datagram, seal
from schemas.layouts import COMMAND_BYTES
from schemas.session_layouts import MINOR, Hello, SessionReject, SessionRejectCode, Welcome
from tests.model_engine import MASTER_KEY, outcome_of
from transport.client_session import (
    ENGINE_SILENCE_NS,
    HEARTBEAT_NS,
    HELLO_MAX_NS,
    HELLO_START_NS,
    Action,
    ClientSession,
    Ended,
    Events,
    Expired,
    Opened,
    Released,
    Resolved,
    Transmit,
)
from transport.errors import NotSent
from transport.in_flight import RESEND_DATAGRAMS_MAX
from transport.keys import derive_keys
from transport.round_trip import RTO_MAX_NS, RTO_START_NS

LATER = 10**15
NONCE = 77


def command(number: int, kind: int = 1) -> bytes:
    return bytes([kind]) + number.to_bytes(COMMAND_BYTES - 1, "little")


class Engine:
    """What an engine could answer, and could make of the client's datagrams."""

    def __init__(self, next_event_seq: int = 0) -> None:
        ids = itertools.count(100)
        self.client = ClientSession(
            master_key=MASTER_KEY,
            client_id=5,
            make_session_id=lambda: next(ids),
            next_event_seq=next_event_seq,
        )
        self.nonce = NONCE
        self.epoch = 1

    def open(self, datagram: bytes) -> tuple[Header, bytes]:
        def key_of(type_: MessageType, session_id: int, _key_id: int) -> bytes:
            nonce = 0 if type_ is MessageType.HELLO else self.nonce
            return derive_keys(MASTER_KEY, session_id, nonce).to_engine

        return open_datagram(datagram, key_of)

    def heard(self, actions: list[Action]) -> list[tuple[Header, bytes]]:
        return [self.open(action.datagram) for action in actions if isinstance(action, Transmit)]

    def datagram(
        self,
        type_: MessageType,
        structs: bytes = b"",
        *,
        seq: int = 0,
        ack: int = 0,
        window: int = 4,
        session_id: int = 100,
        early: bool = False,
    ) -> bytes:
        header = Header(type_, session_id, seq, ack, window, self.epoch)
        key = derive_keys(MASTER_KEY, session_id, 0 if early else self.nonce).to_client
        return seal(header, structs, key)

    def welcome(self, now_ns: int = 0, window: int = 4, session_id: int = 100) -> list[Action]:
        structs = session_layouts.encode_welcome(Welcome(1, MINOR, self.nonce, 1, 0))
        datagram = self.datagram(
            MessageType.WELCOME, structs, window=window, session_id=session_id, early=True
        )
        return self.client.receive(datagram, now_ns)

    def reject(
        self, code: SessionRejectCode, now_ns: int = 0, *, session_id: int = 100, early: bool
    ) -> list[Action]:
        structs = session_layouts.encode_session_reject(SessionReject(code, 0))
        datagram = self.datagram(MessageType.REJECT, structs, session_id=session_id, early=early)
        return self.client.receive(datagram, now_ns)

    def ack(self, *seqs: int, ack: int = 0, now_ns: int = 0, window: int = 4) -> list[Action]:
        structs = b"".join(encode_outcome(outcome_of(seq)) for seq in seqs)
        datagram = self.datagram(
            MessageType.ACK, structs, seq=seqs[0] if seqs else 0, ack=ack, window=window
        )
        return self.client.receive(datagram, now_ns)

    def submit(self, count: int, now_ns: int = 0, kind: int = 1) -> list[tuple[Header, bytes]]:
        for number in range(count):
            self.client.submit(command(number, kind), LATER)
        return [self.open(datagram) for datagram in self.client.flush(now_ns)]


def connected(window: int = 4) -> Engine:
    engine = Engine()
    engine.client.tick(0)
    engine.welcome(window=window)
    engine.client.tick(0)
    return engine


def resolved(*seqs: int) -> list[Action]:
    return [Resolved(seq, encode_outcome(outcome_of(seq))) for seq in seqs]


# ---- opening ---------------------------------------------------------------------------------


def test_hello_is_repeated_ever_more_slowly_until_someone_answers() -> None:
    engine = Engine(next_event_seq=9)
    now_ns, waits = 0, []
    for _ in range(8):
        ((header, structs),) = engine.heard(engine.client.tick(now_ns))
        assert header.type is MessageType.HELLO
        assert session_layouts.decode_hello(structs) == Hello(1, 1, MINOR, 5, 9)
        waits.append(engine.client.due_ns - now_ns)
        now_ns = engine.client.due_ns
    assert waits[:3] == [HELLO_START_NS, 2 * HELLO_START_NS, 4 * HELLO_START_NS]
    assert waits[-1] == HELLO_MAX_NS
    assert not engine.client.ready


def test_a_welcome_opens_the_session() -> None:
    engine = Engine()
    engine.client.tick(0)
    assert engine.welcome(window=10) == [Opened(next_event_seq=1, minor=MINOR)]
    assert engine.client.ready
    assert engine.client.room() == 9 * COMMANDS_MAX
    assert engine.welcome(window=1) == []  # the answer to a HELLO sent twice


def test_a_welcome_for_another_session_or_under_another_key_is_ignored() -> None:
    engine = Engine()
    engine.client.tick(0)
    assert engine.welcome(session_id=99) == []
    structs = session_layouts.encode_welcome(Welcome(1, MINOR, NONCE, 1, 0))
    wrong = seal(Header(MessageType.WELCOME, 100), structs, derive_keys(MASTER_KEY, 100, 0)[0])
    assert engine.client.receive(wrong, 0) == []
    assert engine.client.receive(b"noise", 0) == []
    assert not engine.client.ready


def test_without_a_session_nothing_can_be_submitted() -> None:
    engine = Engine()
    with pytest.raises(NotSent):
        engine.client.submit(command(1), LATER)


def test_a_refused_hello_is_not_hammered() -> None:
    engine = Engine()
    engine.client.tick(0)
    code = SessionRejectCode.TOO_MANY_SESSIONS
    assert engine.reject(code, early=True) == [Ended(code, 1)]
    assert engine.client.ended_by is code
    assert engine.client.due_ns > 0
    ((header, _),) = engine.heard(engine.client.tick(engine.client.due_ns))
    assert (header.type, header.session_id) == (MessageType.HELLO, 101)


# ---- commands and credits --------------------------------------------------------------------


def test_commands_of_one_turn_share_datagrams() -> None:
    engine = connected()
    sent = engine.submit(30)
    assert [(header.seq, header.count) for header, _ in sent] == [(1, 14), (15, 14), (29, 2)]
    assert engine.client.flush(0) == []


def test_an_outcome_is_told_once() -> None:
    engine = connected()
    engine.submit(3)
    assert engine.ack(1, 2) == resolved(1, 2)
    assert engine.ack(1, 2, 3) == resolved(3)
    assert engine.ack(1, 2, 3) == []


def test_credits_are_datagrams_and_come_back_with_outcomes() -> None:
    engine = connected(window=3)  # one of the three is kept for cancels
    engine.submit(28)
    with pytest.raises(NotSent):
        engine.submit(1)
    engine.ack(*range(15, 29), window=3)  # the oldest is still unanswered
    assert engine.client.room() == 0
    engine.ack(*range(1, 15), window=3)
    assert engine.client.room() == 28


@pytest.mark.parametrize("kind", [2, 4], ids=["CANCEL_ORDER", "CANCEL_ALL"])
def test_a_tenth_of_the_credits_is_kept_for_cancels(kind: int) -> None:
    engine = connected(window=20)
    engine.submit(18 * COMMANDS_MAX)
    for other in (1, 3, 36):
        with pytest.raises(NotSent):
            engine.submit(1, kind=other)
    assert engine.client.room(cancel=True) == 2 * COMMANDS_MAX
    engine.submit(2 * COMMANDS_MAX, kind=kind)
    with pytest.raises(NotSent):
        engine.submit(1, kind=kind)


def test_a_closed_door_lets_nothing_through_and_opens_with_a_heartbeat() -> None:
    engine = connected(window=0)
    with pytest.raises(NotSent):
        engine.submit(1, kind=2)
    engine.client.receive(engine.datagram(MessageType.HEARTBEAT, seq=1, window=1), 0)
    engine.submit(1)


def test_what_is_no_command_is_refused() -> None:
    with pytest.raises(ValueError, match="not a command"):
        connected().client.submit(bytes(95), LATER)


# ---- retransmission --------------------------------------------------------------------------


def test_unanswered_commands_are_sent_again_ever_more_slowly() -> None:
    engine = connected(window=10)
    first = engine.submit(20)
    now_ns, waits = 0, []
    for _ in range(9):
        sent_ns = now_ns
        while not (again := commands_in(engine, now_ns)):
            now_ns = max(engine.client.due_ns, now_ns)
            engine.client.receive(engine.datagram(MessageType.HEARTBEAT, seq=1), now_ns)
        assert again == first
        waits.append(now_ns - sent_ns)
    assert waits[:4] == [RTO_START_NS, 2 * RTO_START_NS, 4 * RTO_START_NS, 8 * RTO_START_NS]
    assert waits[-1] == RTO_MAX_NS


def commands_in(engine: Engine, now_ns: int) -> list[tuple[Header, bytes]]:
    heard = engine.heard(engine.client.tick(now_ns))
    return [(header, structs) for header, structs in heard if header.type is MessageType.COMMANDS]


def test_an_answer_makes_it_patient_again_and_only_the_rest_is_sent_again() -> None:
    engine = connected(window=10)
    engine.submit(30)
    assert len(commands_in(engine, RTO_START_NS)) == 3
    engine.ack(*range(1, 15), now_ns=RTO_START_NS)
    assert commands_in(engine, 2 * RTO_START_NS - 1) == []
    again = commands_in(engine, 2 * RTO_START_NS)
    assert [header.seq for header, _ in again] == [15, 29]


def test_the_engine_s_word_on_a_gap_is_answered_at_once_but_not_every_time() -> None:
    engine = connected(window=10)
    engine.submit(30)
    again = engine.heard(engine.ack(ack=14, now_ns=100))
    assert [header.seq for header, _ in again] == [15, 29]
    assert engine.ack(ack=14, now_ns=200) == []
    assert len(engine.ack(ack=14, now_ns=100 + RTO_START_NS)) == 2


def test_not_everything_is_sent_again_at_once() -> None:
    engine = connected(window=100)
    engine.submit(80 * COMMANDS_MAX)
    again = commands_in(engine, RTO_START_NS)
    assert [header.seq for header, _ in again] == [
        1 + COMMANDS_MAX * number for number in range(RESEND_DATAGRAMS_MAX)
    ]


# ---- deadlines -------------------------------------------------------------------------------


def test_a_deadline_without_outcome_is_told_once_and_the_command_still_sent_again() -> None:
    engine = connected()
    engine.client.submit(command(1), deadline_ns=1_000_000)
    engine.client.submit(command(2), deadline_ns=900_000)
    engine.client.flush(0)
    assert engine.client.due_ns == 900_000
    assert engine.client.tick(900_000) == [Expired(2)]
    assert engine.client.tick(1_000_000) == [Expired(1)]
    assert len(commands_in(engine, RTO_START_NS)) == 1
    assert engine.ack(1, 2) == resolved(1, 2)  # late, but it comes


def test_a_deadline_that_was_met_does_not_ring() -> None:
    engine = connected()
    engine.client.submit(command(1), deadline_ns=1_000)
    engine.client.flush(0)
    engine.ack(1)
    assert engine.client.due_ns > 1_000
    assert engine.client.tick(1_000) == []


def test_deadlines_that_were_met_do_not_pile_up_behind_one_that_was_not() -> None:
    engine = connected(window=20_000)
    engine.client.submit(command(1), deadline_ns=LATER)
    engine.client.flush(0)
    for seq in range(2, 3_002):
        engine.client.submit(command(seq), deadline_ns=LATER + seq)
        engine.client.flush(0)
        engine.ack(seq, window=20_000)
    assert len(engine.client._deadlines) < 1_100
    assert engine.client.tick(LATER)[0] == Expired(1)


# ---- the end of a session --------------------------------------------------------------------


@pytest.mark.parametrize("code", [SessionRejectCode.EVICTED, SessionRejectCode.SESSION_CONFLICT])
def test_a_session_that_was_ended_is_followed_by_a_new_one(code: SessionRejectCode) -> None:
    engine = connected()
    engine.submit(3)
    engine.client.submit(command(9), LATER)
    assert engine.reject(code, 50, early=False) == [Ended(code, first_unsent_seq=4)]
    assert not engine.client.ready
    ((header, _),) = engine.heard(engine.client.tick(50))
    assert (header.type, header.session_id) == (MessageType.HELLO, 101)
    assert engine.welcome(50, session_id=101) == [Opened(1, MINOR)]
    ((header, _),) = engine.submit(1)
    assert (header.session_id, header.seq) == (101, 1)


def test_an_engine_that_forgot_the_session_ends_it() -> None:
    engine = connected()
    engine.submit(2)
    engine.client.tick(ENGINE_SILENCE_NS)
    engine.nonce = NONCE + 1
    assert engine.welcome(ENGINE_SILENCE_NS) == [Ended(None, first_unsent_seq=3)]


def test_a_forged_reject_ends_nothing() -> None:
    engine = connected()
    structs = session_layouts.encode_session_reject(SessionReject(SessionRejectCode.EVICTED, 0))
    for key in (derive_keys(MASTER_KEY, 100, NONCE).to_engine, bytes(16)):
        forged = seal(Header(MessageType.REJECT, 100), structs, key)
        assert engine.client.receive(forged, 0) == []
    assert engine.client.ready


# ---- liveness --------------------------------------------------------------------------------


def test_a_silent_engine_is_greeted_again_and_the_session_goes_on() -> None:
    engine = connected()
    engine.submit(1)
    heard = engine.heard(engine.client.tick(ENGINE_SILENCE_NS))
    assert MessageType.HELLO in {header.type for header, _ in heard}
    assert not engine.client.ready
    assert engine.welcome(ENGINE_SILENCE_NS) == [Opened(1, MINOR)]
    assert engine.client.ready
    assert engine.ack(1) == resolved(1)


def test_an_engine_that_says_bye_is_greeted_at_once() -> None:
    engine = connected()
    assert engine.client.receive(engine.datagram(MessageType.BYE), 10) == []
    assert not engine.client.ready
    heard = engine.heard(engine.client.tick(10))
    assert [header.type for header, _ in heard] == [MessageType.HELLO]


def test_the_client_says_that_it_lives_and_what_it_wants_next() -> None:
    engine = Engine(next_event_seq=7)
    engine.client.tick(0)
    engine.welcome()
    ((header, _),) = engine.heard(engine.client.tick(0))
    assert (header.type, header.seq, header.ack) == (MessageType.HEARTBEAT, 7, 6)
    assert engine.heard(engine.client.tick(HEARTBEAT_NS - 1)) == []
    engine.client.next_event_seq = 9
    ((header, _),) = engine.heard(engine.client.tick(HEARTBEAT_NS))
    assert (header.seq, header.ack) == (9, 8)


def test_an_engine_of_an_older_epoch_is_not_listened_to() -> None:
    engine = connected()
    engine.epoch = 3
    heartbeat = engine.datagram(MessageType.HEARTBEAT, seq=5)
    assert engine.client.receive(heartbeat, 0) == [Released(5)]
    engine.epoch = 2
    assert engine.client.receive(engine.datagram(MessageType.HEARTBEAT, seq=6), 0) == []


def test_events_and_the_next_event_s_number_are_passed_on() -> None:
    engine = connected()
    events = bytes(256)
    datagram = engine.datagram(MessageType.EVENTS, events, seq=4)
    assert engine.client.receive(datagram, 0) == [Events(4, events)]
