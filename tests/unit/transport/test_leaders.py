"""Epochs and leaders: who was followed by another is not listened to and does not serve."""

import itertools

import pytest

from schemas import session_layouts
from schemas.framing import Header, MessageType, seal
from schemas.session_layouts import MINOR, NotLeader, Welcome
from tests.model_engine import MASTER_KEY, ModelEngine
from tests.unit.transport.model_gateway import Gateway, command, connected
from transport.client_session import (
    ENGINE_SILENCE_NS,
    HELLO_START_NS,
    LEADER_SILENCE_NS,
    Action,
    ClientSession,
    Follow,
    Opened,
    Transmit,
)
from transport.engine_address import EngineAddress, as_not_leader, leader_address
from transport.keys import derive_keys
from transport.server_session import load_server_sessions

LEADER = EngineAddress("10.0.0.7", 9_100, 9_101)
OTHER = EngineAddress("10.0.0.8", 9_100, 9_101)
NONCE = 77


@pytest.fixture(params=["reference", "compiled"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = load_server_sessions(request.param == "reference")
    monkeypatch.setattr("tests.model_engine.ServerSessions", sessions)


# ---- the engine's side -----------------------------------------------------------------------


@pytest.mark.usefixtures("twin")
def test_a_follower_names_the_leader_and_executes_nothing() -> None:
    gateway = connected()
    gateway.engine.sessions.follow(as_not_leader(4, LEADER))
    for datagram in (gateway.commands(1, seq=1), gateway.hello()):
        ((header, structs),) = gateway.send(datagram)
        assert (header.type, header.epoch) == (MessageType.NOT_LEADER, 4)
        assert session_layouts.decode_not_leader(structs) == as_not_leader(4, LEADER)
    stranger = Gateway(gateway.engine, 99)
    assert stranger.send(stranger.hello())[0][0].type is MessageType.NOT_LEADER
    assert gateway.engine.executed == []
    assert gateway.engine.sessions.session_count == 1
    gateway.engine.sessions.lead(5)
    ((header, _),) = gateway.send(gateway.commands(1, seq=1))
    assert (header.type, header.epoch) == (MessageType.ACK, 5)
    assert gateway.engine.executed == [command(1)]


@pytest.mark.usefixtures("twin")
def test_an_engine_that_was_followed_by_another_does_not_serve_who_knows_that() -> None:
    gateway = connected()
    gateway.epoch = 2
    for datagram in (
        gateway.commands(1, seq=1),
        gateway.hello(),
        gateway.datagram(MessageType.HEARTBEAT, seq=1),
    ):
        assert gateway.send(datagram) == []
    assert gateway.engine.executed == []
    assert gateway.engine.sessions.counters.newer_epoch == 3
    gateway.epoch = 1
    gateway.send(gateway.commands(1, seq=1))
    assert gateway.engine.executed == [command(1)]


# ---- the client's side -----------------------------------------------------------------------


class Client:
    """A client session, and what engines say to it."""

    def __init__(self) -> None:
        ids = itertools.count(100)
        self.session = ClientSession(
            master_key=MASTER_KEY, client_id=5, make_session_id=lambda: next(ids)
        )
        self.session.tick(0)

    def hears(
        self, type_: MessageType, structs: bytes = b"", *, epoch: int, now_ns: int = 0
    ) -> list[Action]:
        early = type_ in (MessageType.WELCOME, MessageType.NOT_LEADER)
        key = derive_keys(MASTER_KEY, 100, 0 if early else NONCE).to_client
        header = Header(type_, 100, window=4, epoch=epoch)
        return self.session.receive(seal(header, structs, key), now_ns)

    def welcome(self, epoch: int, now_ns: int = 0) -> list[Action]:
        structs = session_layouts.encode_welcome(Welcome(1, MINOR, NONCE, 1, 0))
        return self.hears(MessageType.WELCOME, structs, epoch=epoch, now_ns=now_ns)

    def not_leader(
        self, told: NotLeader, now_ns: int = 0, epoch: int | None = None
    ) -> list[Action]:
        structs = session_layouts.encode_not_leader(told)
        sent_epoch = told.leader_epoch if epoch is None else epoch
        return self.hears(MessageType.NOT_LEADER, structs, epoch=sent_epoch, now_ns=now_ns)

    def hellos(self, now_ns: int) -> int:
        return sum(
            isinstance(action, Transmit) and action.datagram[5] == MessageType.HELLO
            for action in self.session.tick(now_ns)
        )


def test_a_named_leader_is_followed_and_greeted_at_once_in_the_same_session() -> None:
    client = Client()
    client.welcome(epoch=1)
    assert client.not_leader(as_not_leader(2, LEADER), 10) == [Follow(LEADER)]
    assert not client.session.ready
    assert client.hellos(10) == 1
    assert client.welcome(epoch=2, now_ns=20) == [Opened(1, MINOR)]


def test_once_a_leader_is_known_those_before_it_are_not_listened_to() -> None:
    client = Client()
    client.not_leader(as_not_leader(3, LEADER))
    assert client.welcome(epoch=2) == []
    assert client.not_leader(as_not_leader(2, OTHER)) == []
    assert client.welcome(epoch=3) == [Opened(1, MINOR)]


def test_two_followers_that_name_each_other_do_not_make_a_client_run_in_circles() -> None:
    client = Client()
    assert client.not_leader(as_not_leader(2, LEADER)) == [Follow(LEADER)]
    hellos, follows, now_ns = 0, 0, 0
    while now_ns < LEADER_SILENCE_NS - 1:
        now_ns = min(client.session.due_ns, LEADER_SILENCE_NS - 1)
        hellos += client.hellos(now_ns)
        follows += len(client.not_leader(as_not_leader(2, OTHER), now_ns))
    assert follows == 0
    assert 3 <= hellos <= 8  # ever more slowly
    assert client.not_leader(as_not_leader(3, OTHER), now_ns) == [Follow(OTHER)]


def test_a_named_leader_that_does_not_answer_is_left_for_the_first_engine() -> None:
    client = Client()
    client.not_leader(as_not_leader(2, LEADER))
    assert Follow(None) not in client.session.tick(LEADER_SILENCE_NS - 1)
    assert Follow(None) in client.session.tick(LEADER_SILENCE_NS)
    assert client.not_leader(as_not_leader(2, LEADER), LEADER_SILENCE_NS) == [Follow(LEADER)]


def test_a_leader_that_falls_silent_is_left_for_the_first_engine_too() -> None:
    client = Client()
    client.not_leader(as_not_leader(2, LEADER))
    client.welcome(epoch=2)
    client.session.tick(ENGINE_SILENCE_NS)
    assert Follow(None) in client.session.tick(ENGINE_SILENCE_NS + LEADER_SILENCE_NS)


def test_a_follower_that_knows_no_leader_is_asked_again_ever_more_slowly() -> None:
    client = Client()
    assert client.not_leader(as_not_leader(2, None)) == []
    assert client.hellos(HELLO_START_NS - 1) == 0
    assert client.hellos(HELLO_START_NS) == 1


def test_an_epoch_that_no_header_can_carry_is_not_believed() -> None:
    assert Client().not_leader(as_not_leader(2**32, LEADER), epoch=2) == []


def test_an_address_goes_over_the_wire_and_one_that_cannot_be_reached_is_none() -> None:
    assert leader_address(as_not_leader(1, LEADER)) == LEADER
    assert leader_address(as_not_leader(1, None)) is None
    assert leader_address(NotLeader(1, bytes([0x20, 1]) + bytes(14), 9_100, 9_101)) is None


def test_a_forged_not_leader_leads_nowhere() -> None:
    client = Client()
    structs = session_layouts.encode_not_leader(as_not_leader(9, OTHER))
    for key in (bytes(16), derive_keys(MASTER_KEY, 100, 0).to_engine):
        forged = seal(Header(MessageType.NOT_LEADER, 100, epoch=9), structs, key)
        assert client.session.receive(forged, 0) == []


def test_a_model_engine_leads_in_the_first_epoch() -> None:
    gateway = Gateway(ModelEngine())
    ((header, _),) = gateway.send(gateway.hello())
    assert header.epoch == 1
