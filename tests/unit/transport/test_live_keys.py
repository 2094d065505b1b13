"""Two master keys alive: the new one takes over while everybody goes on."""

import itertools
import logging
from pathlib import Path

import pytest

from schemas.codec import decode_outcomes
from schemas.errors import NotAuthentic
from tests.model_engine import MASTER_KEY, ModelEngine, outcome_of
from tests.unit.transport.model_gateway import ELSEWHERE, Gateway, command
from transport import key_file
from transport.catch_up_stream import CatchUpClient, CatchUpServer
from transport.client_session import Action, ClientSession, Opened, Released, Resolved, Transmit
from transport.errors import BadKeys
from transport.key_file import live_keys, read_keys
from transport.keys import KeyRing, parse_master_keys
from transport.round_trip import RTO_START_NS
from transport.server_session import load_server_sessions
from transport.session_table import SILENCE_NS
from transport.stream_frames import PREFIX

OLD, NEW = MASTER_KEY, MASTER_KEY[::-1]
LATER = 10**15


@pytest.fixture(params=["reference", "compiled"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = load_server_sessions(request.param == "reference")
    monkeypatch.setattr("tests.model_engine.ServerSessions", sessions)


def gateway_of(ring: KeyRing) -> Gateway:
    gateway = Gateway(ModelEngine(master_key=ring))
    gateway.master_keys = {1: OLD, 2: NEW}
    gateway.key_id = 1
    gateway.connect()
    return gateway


# ---- the engine's side -----------------------------------------------------------------------


@pytest.mark.usefixtures("twin")
def test_both_live_keys_are_taken_and_each_is_answered_under_itself() -> None:
    gateway = gateway_of(KeyRing({1: OLD, 2: NEW}))
    for seq, key_id in enumerate((1, 2, 2, 1, 1, 2), 1):
        gateway.key_id = key_id
        ((header, structs),) = gateway.send(gateway.commands(seq, seq=seq))
        assert (header.key_id, decode_outcomes(structs)) == (key_id, [outcome_of(seq)])
        ((heartbeat, _),) = gateway.opened(gateway.engine.sessions.heartbeat(0))
        assert heartbeat.key_id == key_id
    assert len(gateway.engine.executed) == 6


@pytest.mark.usefixtures("twin")
def test_a_retired_key_is_worth_nothing_and_the_session_goes_on_under_the_other() -> None:
    ring = KeyRing({1: OLD, 2: NEW})
    gateway = gateway_of(ring)
    gateway.send(gateway.commands(1, seq=1))
    ring.replace({2: NEW})
    gateway.engine.sessions.heartbeat(0)
    for datagram in (gateway.commands(2, seq=2), gateway.hello(), gateway.commands(1, seq=1)):
        assert gateway.send(datagram) == []
    assert gateway.engine.sessions.counters.not_authentic == 3
    gateway.key_id = 2
    ((header, _),) = gateway.send(gateway.commands(2, seq=2))
    assert header.ack == 2
    assert gateway.engine.executed == [command(1), command(2)]


@pytest.mark.usefixtures("twin")
def test_a_greeting_under_a_key_that_has_just_come_alive_is_answered_under_it() -> None:
    ring = KeyRing({1: OLD})
    gateway = gateway_of(ring)
    ring.replace({1: OLD, 2: NEW})
    gateway.key_id = 2
    ((welcome, _),) = gateway.send(gateway.hello())
    assert welcome.key_id == 2
    ((answer, _),) = gateway.send(gateway.commands(1, seq=1))
    assert (answer.key_id, answer.ack) == (2, 1)


@pytest.mark.usefixtures("twin")
def test_a_key_that_comes_alive_is_taken_in_sessions_that_were_open() -> None:
    ring = KeyRing({1: OLD})
    gateway = gateway_of(ring)
    gateway.key_id = 2
    assert gateway.send(gateway.commands(1, seq=1)) == []
    ring.replace({1: OLD, 2: NEW})
    gateway.engine.sessions.heartbeat(0)
    ((header, _),) = gateway.send(gateway.commands(1, seq=1))
    assert (header.ack, header.key_id) == (1, 2)


@pytest.mark.usefixtures("twin")
def test_a_key_id_that_names_another_key_than_sealed_is_not_authentic() -> None:
    gateway = gateway_of(KeyRing({1: OLD, 2: NEW}))
    gateway.master_keys = {1: NEW, 2: OLD}
    for key_id in (1, 2):
        gateway.key_id = key_id
        assert gateway.send(gateway.commands(1, seq=1)) == []
    assert gateway.engine.sessions.counters.not_authentic == 2


@pytest.mark.usefixtures("twin")
def test_a_copied_datagram_under_the_other_key_from_elsewhere_changes_no_key() -> None:
    gateway = gateway_of(KeyRing({1: OLD, 2: NEW}))
    gateway.key_id = 2
    copied = gateway.commands(1, seq=1)
    assert gateway.engine.receive(copied, ELSEWHERE, SILENCE_NS - 1) == []
    ((heartbeat, _),) = gateway.opened(gateway.engine.sessions.heartbeat(0))
    assert heartbeat.key_id == 1


@pytest.mark.usefixtures("twin")
def test_after_a_restart_sessions_are_known_under_every_live_key() -> None:
    gateway = gateway_of(KeyRing({1: OLD, 2: NEW}))
    gateway.engine.restart(0)
    gateway.key_id = 2
    ((header, _),) = gateway.send(gateway.commands(1, seq=1))
    assert (header.ack, header.key_id) == (1, 2)


# ---- the client's side -----------------------------------------------------------------------


class Line:
    """A client and an engine that hear each other at once."""

    def __init__(self, clients: KeyRing, engines: KeyRing) -> None:
        ids = itertools.count(100)
        self.engine = ModelEngine(master_key=engines)
        self.client = ClientSession(
            master_key=clients, client_id=5, make_session_id=lambda: next(ids)
        )
        self.resolved: list[int] = []
        self.seen_key_ids: list[int] = []

    def carry(self, datagrams: list[bytes], now_ns: int = 0) -> list[Action]:
        told: list[Action] = []
        for datagram in datagrams:
            self.seen_key_ids.append(int.from_bytes(datagram[46:48], "little"))
            for send in self.engine.receive(datagram, ("10.0.0.1", 1), now_ns):
                told += self.client.receive(send.datagram, now_ns)
        return told

    def tick(self, now_ns: int) -> list[Action]:
        actions = self.client.tick(now_ns)
        return self.carry([a.datagram for a in actions if isinstance(a, Transmit)], now_ns)

    def submit(self, number: int, now_ns: int = 0) -> list[Action]:
        self.client.submit(command(number), LATER)
        return self.carry(self.client.flush(now_ns), now_ns)


def test_a_client_seals_with_its_first_key_and_changes_it_without_a_new_session() -> None:
    engines, clients = KeyRing({1: OLD}), KeyRing({1: OLD})
    line = Line(clients, engines)
    assert [type(action) for action in line.tick(0)] == [Opened]
    assert [type(action) for action in line.submit(1)] == [Resolved]
    engines.replace({1: OLD, 2: NEW})  # first whoever takes it, then whoever seals with it
    line.engine.sessions.heartbeat(0)
    clients.replace({2: NEW, 1: OLD})
    assert [type(action) for action in line.submit(2)] == [Resolved]
    engines.replace({2: NEW})
    line.engine.sessions.heartbeat(0)
    clients.replace({2: NEW})
    assert [type(action) for action in line.submit(3)] == [Resolved]
    assert line.engine.sessions.session_count == 1
    assert line.engine.executed == [command(1), command(2), command(3)]
    assert line.seen_key_ids[-2:] == [2, 2]


def test_what_is_sent_again_is_sealed_with_the_key_of_now() -> None:
    engines, clients = KeyRing({1: OLD, 2: NEW}), KeyRing({1: OLD, 2: NEW})
    line = Line(clients, engines)
    line.tick(0)
    line.client.submit(command(1), LATER)
    line.client.flush(0)  # lost
    engines.replace({2: NEW})
    line.engine.sessions.heartbeat(0)
    clients.replace({2: NEW})
    assert Resolved in {type(action) for action in line.tick(RTO_START_NS)}


def test_what_comes_under_a_key_that_the_client_retired_is_not_heard() -> None:
    clients = KeyRing({1: OLD, 2: NEW})
    line = Line(clients, KeyRing({1: OLD, 2: NEW}))
    line.tick(0)
    (under_the_old,) = line.engine.sessions.heartbeat(0)
    assert line.client.receive(under_the_old.datagram, 0) == [Released(1)]
    clients.replace({2: NEW})
    assert line.client.receive(under_the_old.datagram, 0) == []


# ---- catch-up --------------------------------------------------------------------------------


def test_a_catch_up_is_opened_under_any_live_key_and_under_no_other() -> None:
    ring = KeyRing({1: OLD, 2: NEW})
    for key_id, key in ((1, OLD), (2, NEW)):
        reader = CatchUpClient(
            master_key=KeyRing({key_id: key}), session_id=9, client_id=1, from_event_seq=1
        )
        hello = reader.hello()[PREFIX.size :]
        stream, _ = CatchUpServer.open(hello, master_key=ring, nonce=5, next_event_seq=1)
        assert stream.key_id == key_id
        reader.receive(stream.welcome()[PREFIX.size :])
        reader.receive(stream.heartbeat(1)[PREFIX.size :])
        with pytest.raises(NotAuthentic):
            CatchUpServer.open(hello, master_key=KeyRing({3: key}), nonce=5, next_event_seq=1)


# ---- where the keys come from ----------------------------------------------------------------


def test_keys_are_written_as_hex_with_or_without_an_id() -> None:
    assert parse_master_keys(OLD.hex()) == {0: OLD}
    both = parse_master_keys(f"7:{NEW.hex()},0:{OLD.hex()}")
    assert list(both.items()) == [(7, NEW), (0, OLD)]
    assert parse_master_keys(f"7:{NEW.hex()}\n0:{OLD.hex()}\n") == both


@pytest.mark.parametrize(
    "text",
    ["", "ab", f"x:{OLD.hex()}", f"65536:{OLD.hex()}", f"{OLD.hex()} {NEW.hex()}"]
    + [" ".join(f"{n}:{OLD.hex()}" for n in range(3))],
)
def test_keys_written_in_another_way_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadKeys) as refused:
        parse_master_keys(text)
    assert OLD.hex() not in str(refused.value)


def test_a_file_of_keys_wins_over_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"2:{NEW.hex()}\n")
    assert read_keys(OLD.hex(), file).ids == (2,)
    assert read_keys(OLD.hex(), None).ids == (0,)
    with pytest.raises(BadKeys, match="nothing-here"):
        read_keys("", tmp_path / "nothing-here")


async def test_a_changed_file_replaces_the_keys_and_a_bad_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(key_file, "LOOK_EVERY_S", 0.001)
    file = tmp_path / "keys"
    file.write_text(f"1:{OLD.hex()}")
    with caplog.at_level(logging.WARNING):
        async with live_keys("", file) as ring:
            file.write_text("1:garbage")
            await said(caplog, "the keys stay as they are")
            assert ring.ids == (1,)
            file.write_text(f"2:{NEW.hex()}\n1:{OLD.hex()}")
            await said(caplog, "keys changed")
            assert (ring.ids, ring.sealing_key) == ((2, 1), (2, NEW))
    assert OLD.hex() not in caplog.text


async def said(caplog: pytest.LogCaptureFixture, text: str) -> None:
    import asyncio

    async with asyncio.timeout(10):
        while text not in caplog.text:
            await asyncio.sleep(0.001)
