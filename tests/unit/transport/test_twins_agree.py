"""Both twins of the engine's session rules, given the same datagrams, do the same."""

import random
from dataclasses import fields

import pytest

from schemas import session_layouts
from schemas.framing import Header, MessageType, seal
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES
from schemas.session_layouts import MINOR, EventRange, Hello
from tests.model_engine import MASTER_KEY
from transport.keys import derive_keys
from transport.server_session import (
    Action,
    Counters,
    Execute,
    OpenSession,
    ServerSessions,
    load_server_sessions,
)
from transport.session_table import SILENCE_NS, Address

SESSIONS = (5, 6, 7)
STEPS = 400
HOMES: list[Address] = [("10.0.0.1", 1_000), ("10.0.0.2", 2_000)]


class Pair:
    """The two twins, told the same."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.twins = [
            load_server_sessions(pure_python)(
                master_key=MASTER_KEY, make_nonce=lambda: 4_711, credits_datagrams=100
            )
            for pure_python in (True, False)
        ]
        self.now_ns = 0
        self.waiting: list[Execute | OpenSession] = []

    def both(self, name: str, *arguments: object) -> list[Action]:
        """Call one method of both; return what both returned."""
        reference, compiled = (getattr(twin, name)(*arguments) for twin in self.twins)
        assert compiled == reference
        return list(reference)

    def receive(self, datagram: bytes, address: Address) -> None:
        self.waiting += [
            action
            for action in self.both("receive", datagram, address, self.now_ns)
            if isinstance(action, Execute | OpenSession)
        ]

    def release(self) -> None:
        for action in self.waiting:
            if isinstance(action, OpenSession):
                self.both("welcome", action)
                continue
            count = len(action.commands) // COMMAND_BYTES
            outcomes = self.source.randbytes(count * OUTCOME_BYTES)
            self.both("acknowledge", action.session_id, action.first_seq, outcomes)
        self.waiting.clear()

    def publish(self) -> None:
        events = self.source.randbytes(self.source.randint(1, 25) * EVENT_BYTES)
        self.both("publish", self.twins[0].next_event_seq, events, self.now_ns)

    def same(self) -> None:
        reference, compiled = self.twins
        assert state(compiled) == state(reference)


def state(sessions: ServerSessions) -> list[int]:
    counted = [getattr(sessions.counters, field.name) for field in fields(Counters)]
    return [*counted, sessions.session_count, *map(sessions.last_seq, SESSIONS)]


def datagram(source: random.Random, last_seq: int, session_id: int) -> bytes:
    """Return something a client of the session could send, or an attacker make of it."""
    kinds = [MessageType.COMMANDS] * 8 + [*MessageType]
    type_ = source.choice(kinds)
    seq, structs = 0, b""
    if type_ is MessageType.HELLO:
        structs = session_layouts.encode_hello(Hello(1, 1, MINOR, 5, source.randint(0, 1)))
    elif type_ is MessageType.NAK:
        structs = session_layouts.encode_event_range(EventRange(1, source.randint(1, 40)))
    elif type_ is MessageType.HEARTBEAT:
        seq = source.randint(0, 1)
    elif type_ is MessageType.COMMANDS:
        seq = max(0, last_seq + source.choice((1, 1, 1, 1, 1, -5, -20, 0, 2)))
        count = source.randint(0, 14)
        first = seq if source.random() < 0.999 else 7  # or other commands under a used number
        structs = b"".join((first + at).to_bytes(COMMAND_BYTES, "little") for at in range(count))
    nonce = 0 if type_ is MessageType.HELLO else 4_711
    sealed = seal(
        Header(type_, session_id, seq), structs, derive_keys(MASTER_KEY, session_id, nonce)[0]
    )
    if source.random() < 0.05:
        at = source.randrange(len(sealed))
        return sealed[:at] + bytes([sealed[at] ^ 1 << source.randrange(8)]) + sealed[at + 1 :]
    return sealed[: source.randrange(len(sealed))] if source.random() < 0.02 else sealed


@pytest.mark.parametrize("seed", range(30))
def test_the_same_datagrams_lead_to_the_same_actions(seed: int) -> None:
    source = random.Random(seed)
    pair = Pair(source)
    for _ in range(STEPS):
        pair.now_ns += source.choice((1, 1_000, 1_000, SILENCE_NS // 20))
        session_id = source.choice(SESSIONS)
        last_seq = pair.twins[0].last_seq(session_id)
        address = HOMES[0] if source.random() < 0.95 else HOMES[1]
        pair.receive(datagram(source, last_seq, session_id), address)
        if source.random() < 0.3:
            pair.release()
        if source.random() < 0.2:
            pair.publish()
        if source.random() < 0.05:
            pair.both("heartbeat", pair.now_ns)
        pair.same()
    assert pair.twins[0].counters.duplicate_commands > 0
