"""A client that knows several engines: it asks one after the other until one of them leads."""

import itertools

import pytest

from schemas import session_layouts
from schemas.framing import Header, MessageType, seal
from schemas.session_layouts import MINOR, NotLeader, Welcome
from tests.model_engine import MASTER_KEY
from transport.client_session import (
    HELLO_START_NS,
    NEXT_ENGINE_NS,
    SEVERAL_SILENCE_NS,
    Action,
    ClientSession,
    Follow,
    Opened,
    Transmit,
)
from transport.engine_address import EngineAddress, as_not_leader, each_of, engines_of
from transport.keys import derive_keys

FIRST = EngineAddress("10.0.0.7", 9_100, 9_101)
SECOND = EngineAddress("10.0.0.8", 9_100, 9_101)
NONCE = 77


class Client:
    def __init__(self) -> None:
        ids = itertools.count(100)
        self.session = ClientSession(
            master_key=MASTER_KEY,
            client_id=5,
            make_session_id=lambda: next(ids),
            several=True,
        )

    def tick(self, now_ns: int) -> list[Action]:
        return self.session.tick(now_ns)

    def hears(self, type_: MessageType, structs: bytes, epoch: int, now_ns: int) -> list[Action]:
        header = Header(type_, 100, window=4, epoch=epoch)
        key = derive_keys(MASTER_KEY, 100, 0).to_client
        return self.session.receive(seal(header, structs, key), now_ns)

    def welcome(self, epoch: int, now_ns: int) -> list[Action]:
        structs = session_layouts.encode_welcome(Welcome(1, MINOR, NONCE, 1, 0))
        return self.hears(MessageType.WELCOME, structs, epoch, now_ns)

    def told(self, told: NotLeader, now_ns: int) -> list[Action]:
        structs = session_layouts.encode_not_leader(told)
        return self.hears(MessageType.NOT_LEADER, structs, told.leader_epoch, now_ns)


def follows(actions: list[Action]) -> list[Follow]:
    return [action for action in actions if isinstance(action, Follow)]


def greets(actions: list[Action]) -> bool:
    return any(
        isinstance(action, Transmit) and action.datagram[5] == MessageType.HELLO
        for action in actions
    )


def test_an_engine_that_does_not_answer_is_left_for_the_next_one_and_that_one_too() -> None:
    client = Client()
    assert greets(client.tick(0))
    assert follows(client.tick(NEXT_ENGINE_NS - 1)) == []
    assert follows(client.tick(NEXT_ENGINE_NS)) == [Follow(None)]
    assert follows(client.tick(2 * NEXT_ENGINE_NS)) == [Follow(None)]


def test_the_next_engine_is_greeted_as_soon_as_it_can_be() -> None:
    client = Client()
    client.tick(0)
    client.tick(NEXT_ENGINE_NS)
    now_ns = NEXT_ENGINE_NS + 1
    client.session.moved(now_ns)
    assert client.session.due_ns == now_ns
    assert greets(client.tick(now_ns))


def test_a_leader_that_falls_silent_is_asked_again_and_then_the_next_one() -> None:
    client = Client()
    client.tick(0)
    assert client.welcome(2, now_ns=0) == [Opened(1, MINOR)]
    assert not greets(client.tick(SEVERAL_SILENCE_NS - 1))
    assert greets(client.tick(SEVERAL_SILENCE_NS))
    assert follows(client.tick(SEVERAL_SILENCE_NS + NEXT_ENGINE_NS)) == [Follow(None)]


def test_who_is_welcomed_goes_nowhere() -> None:
    client = Client()
    client.tick(0)
    client.welcome(2, now_ns=0)
    assert follows(client.tick(NEXT_ENGINE_NS)) == []


def test_a_follower_that_knows_the_leader_saves_the_round() -> None:
    client = Client()
    client.tick(0)
    assert client.told(as_not_leader(2, SECOND), 1) == [Follow(SECOND)]


def test_a_follower_that_knows_nobody_is_left_in_its_turn() -> None:
    client = Client()
    client.tick(0)
    assert client.told(as_not_leader(2, None), 1) == []
    assert follows(client.tick(NEXT_ENGINE_NS)) == [Follow(None)]


def test_two_that_name_each_other_do_not_make_a_client_run_in_circles() -> None:
    client = Client()
    client.tick(0)
    assert client.told(as_not_leader(2, SECOND), 1) == [Follow(SECOND)]
    for now_ns in range(2, NEXT_ENGINE_NS, HELLO_START_NS):
        assert client.told(as_not_leader(2, FIRST), now_ns) == []
    assert client.told(as_not_leader(3, FIRST), NEXT_ENGINE_NS - 1) == [Follow(FIRST)]


def test_addresses_are_written_one_behind_the_other_and_none_counts_twice() -> None:
    text = "10.0.0.7:9100:9101, 10.0.0.8:9100:9101"
    assert engines_of(FIRST, text) == (FIRST, SECOND)
    assert engines_of(FIRST, "") == each_of(FIRST) == (FIRST,)
    for wrong in ("10.0.0.8", "10.0.0.8:9100", "10.0.0.8:a:b", ":1:2"):
        with pytest.raises(ValueError, match="host:udp-port:tcp-port"):
            engines_of(FIRST, wrong)
