"""A flood of datagrams that nobody vouches for changes nothing and is answered nothing."""

import random
from itertools import cycle, islice

import pytest

from schemas import session_layouts
from schemas.framing import Header, MessageType, seal
from schemas.session_layouts import MINOR, Hello
from tests.model_engine import ModelEngine
from tests.unit.transport.model_gateway import HOME, Gateway, command
from transport.keys import derive_keys
from transport.server_session import load_server_sessions

DATAGRAMS = {"reference": 20_000, "compiled": 1_000_000}


def forged(source: random.Random, gateway: Gateway) -> bytes:
    """Return random bytes, or ever more of what only lacks the key."""
    kind = source.randrange(64)
    if kind == 0:
        hello = session_layouts.encode_hello(Hello(1, 1, MINOR, 5, 1))
        keys = derive_keys(source.randbytes(32), 1, 0)
        return seal(Header(MessageType.HELLO, 1), hello, keys.to_engine)
    if kind < 32:
        return source.randbytes(source.choice((0, 1, 63, 64, 200, 1_432, 1_433)))
    commands = b"".join(command(source.getrandbits(64)) for _ in range(source.randint(1, 14)))
    header = Header(MessageType.COMMANDS, gateway.session_id, seq=source.randint(1, 9))
    return seal(header, commands, source.randbytes(16))


@pytest.mark.parametrize("twin", DATAGRAMS)
def test_a_flood_of_forged_datagrams_changes_no_state_and_gets_no_answer(
    twin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.model_engine.ServerSessions", load_server_sessions(twin == "reference")
    )
    gateway = Gateway(ModelEngine())
    gateway.connect()
    gateway.send(gateway.commands(1, seq=1))
    sessions = gateway.engine.sessions
    before = sessions.save()
    source = random.Random(20)
    pool = [forged(source, gateway) for _ in range(2_000)]
    for datagram in islice(cycle(pool), DATAGRAMS[twin]):
        assert sessions.receive(datagram, HOME, 0) == []
    assert sessions.save() == before
    assert sessions.counters.not_authentic == DATAGRAMS[twin]
    assert len(gateway.engine.executed) == 1
    ((header, _),) = gateway.send(gateway.commands(2, seq=2))
    assert header.ack == 2
