"""Versions: the highest that both speak wins, and where there is none both sides are told."""

import itertools

import pytest

from schemas import session_layouts
from schemas.framing import Header, MessageType, seal
from schemas.session_layouts import (
    MINOR,
    VERSIONS,
    Hello,
    SessionReject,
    SessionRejectCode,
    Welcome,
    agreed_version,
)
from tests.model_engine import MASTER_KEY, ModelEngine
from tests.unit.transport.model_gateway import HOME, Gateway
from transport.catch_up_stream import CatchUpClient, CatchUpServer, NoCommonVersion
from transport.client_session import ClientSession, Ended
from transport.errors import StreamBroken
from transport.keys import derive_keys
from transport.server_session import RefusedHello, load_server_sessions
from transport.stream_frames import PREFIX


@pytest.fixture(autouse=True, params=["reference", "compiled"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule holds for both twins."""
    sessions = load_server_sessions(request.param == "reference")
    monkeypatch.setattr("tests.model_engine.ServerSessions", sessions)


@pytest.mark.parametrize(
    ("engines", "clients", "agreed"),
    [
        ((1, 1), (1, 1), 1),
        ((1, 1), (1, 4), 1),
        ((1, 3), (2, 5), 3),
        ((2, 5), (1, 3), 3),
        ((1, 2), (3, 4), None),
        ((3, 4), (1, 2), None),
    ],
)
def test_the_highest_common_version_wins(
    engines: tuple[int, int], clients: tuple[int, int], agreed: int | None
) -> None:
    assert agreed_version(engines, Hello(*clients, MINOR, 5, 0)) == agreed
    gateway = Gateway(ModelEngine(versions=engines))
    if agreed:
        ((_, structs),) = gateway.send(gateway.hello(versions=clients))
        assert session_layouts.decode_welcome(structs).version == agreed
    else:
        reject = gateway.rejected(gateway.hello(versions=clients))
        assert reject == SessionReject(SessionRejectCode.VERSION, engines[0] * 256 + engines[1])


def test_a_refused_version_is_remembered_for_who_reads_the_log() -> None:
    gateway = Gateway(ModelEngine())
    gateway.send(gateway.hello(versions=(2, 3)))
    hello = Hello(2, 3, MINOR, 5, 0)
    refused = RefusedHello(SessionRejectCode.VERSION, hello, HOME)
    assert gateway.engine.sessions.refused == refused


def client(versions: tuple[int, int] = VERSIONS) -> ClientSession:
    ids = itertools.count(1)
    return ClientSession(
        master_key=MASTER_KEY, client_id=5, make_session_id=lambda: next(ids), versions=versions
    )


def test_a_client_learns_which_versions_the_engine_speaks() -> None:
    session, engine = client(versions=(2, 3)), ModelEngine()
    (hello,) = session.tick(0)
    (send,) = engine.receive(hello.datagram, HOME, 0)  # type: ignore[union-attr]
    ended = Ended(SessionRejectCode.VERSION, first_unsent_seq=1, detail=0x0101)
    assert session.receive(send.datagram, 0) == [ended]


def test_a_version_that_was_not_offered_opens_nothing() -> None:
    session = client()
    session.tick(0)
    key = derive_keys(MASTER_KEY, 1, 0).to_client
    structs = session_layouts.encode_welcome(Welcome(2, MINOR, 7, 1, 0))
    assert session.receive(seal(Header(MessageType.WELCOME, 1), structs, key), 0) == []
    assert not session.ready


def test_other_minor_versions_are_welcome_and_say_theirs() -> None:
    gateway = Gateway(ModelEngine())
    structs = session_layouts.encode_hello(Hello(1, 1, MINOR + 1, 5, 0))
    ((_, structs),) = gateway.send(gateway.datagram(MessageType.HELLO, 0, structs))
    assert session_layouts.decode_welcome(structs).minor == MINOR


def test_a_reader_of_the_stream_is_told_that_there_is_no_common_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = CatchUpClient(master_key=MASTER_KEY, session_id=9, client_id=2, from_event_seq=1)
    hello = reader.hello()[PREFIX.size :]
    monkeypatch.setattr("transport.catch_up_stream.VERSIONS", (2, 3))
    with pytest.raises(NoCommonVersion, match="reader speaks 1 to 1, the engine 2 to 3") as refused:
        CatchUpServer.open(hello, master_key=MASTER_KEY, nonce=5, next_event_seq=1)
    with pytest.raises(StreamBroken, match="VERSION, it speaks versions 2 to 3"):
        reader.receive(refused.value.frame[PREFIX.size :])
