"""Both sides of a session over a network that loses, repeats and reorders, in simulated time.

Invariant: whatever happens on the way, and however often the engine dies, the commands of a session
are executed once each, in order, and every outcome that the client hears is the true one.
"""

import heapq
import random
from collections.abc import Callable

import pytest

from schemas.codec import decode_outcomes
from schemas.layouts import COMMAND_BYTES
from tests.model_engine import MASTER_KEY, ModelEngine, event_for, outcome_of
from transport.client_session import (
    Action,
    ClientSession,
    Ended,
    Events,
    Opened,
    Released,
    Resolved,
    Transmit,
)
from transport.event_receiver import EventReceiver
from transport.server_session import HEARTBEAT_NS, Address, load_server_sessions

COMMANDS = 400
STEP_NS = 500_000
GIVE_UP_NS = 120_000_000_000  # two datagrams of credit and 40 % loss each way are slow
HOME: Address = ("10.0.0.1", 1)


def command(number: int) -> bytes:
    return b"\x01" + number.to_bytes(COMMAND_BYTES - 1, "little")


class Link:
    """Datagrams on the way, both ways, each with its own luck."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._loss = source.uniform(0, 0.4)
        self._repeats = source.uniform(0, 0.2)
        self._damage = source.uniform(0, 0.05)
        self._delay_ns = int(source.uniform(0, 20e6))
        self._on_the_way: list[tuple[int, int, Callable[[bytes], None], bytes]] = []
        self._number = 0

    def send(self, datagram: bytes, deliver: Callable[[bytes], None], now_ns: int) -> None:
        if self._source.random() < self._loss:
            return
        if self._source.random() < self._damage:
            at = self._source.randrange(len(datagram))
            datagram = datagram[:at] + bytes([datagram[at] ^ 1]) + datagram[at + 1 :]
        for _ in range(2 if self._source.random() < self._repeats else 1):
            arrival_ns = now_ns + int(self._source.random() * self._delay_ns)
            self._number += 1
            heapq.heappush(self._on_the_way, (arrival_ns, self._number, deliver, datagram))

    def arrive(self, now_ns: int) -> None:
        while self._on_the_way and self._on_the_way[0][0] <= now_ns:
            _, _, deliver, datagram = heapq.heappop(self._on_the_way)
            deliver(datagram)


class World:
    """One client that submits ``COMMANDS`` commands and follows all events; one engine."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)
        self.now_ns = 0
        self.link = Link(self.source)
        self.engine = ModelEngine(credits_datagrams=self.source.choice((1, 2, 5, 50, 1_000)))
        self.client = ClientSession(
            master_key=MASTER_KEY,
            client_id=1,
            make_session_id=lambda: self.source.getrandbits(64),
            next_event_seq=1,
        )
        self.receiver = EventReceiver(1)
        self.submitted = 0
        self.outcomes: dict[int, bytes] = {}
        self.events = b""
        self.burst = self.source.choice((1, 4, 40))
        self.crashes = self.source.choice((0, 0, 1, 3))

    def run(self) -> None:
        while len(self.outcomes) < COMMANDS or len(self.events) < COMMANDS * 128:
            self.now_ns += STEP_NS
            assert self.now_ns < GIVE_UP_NS, "it does not get through"
            self._submit()
            self.obey(self.client.tick(self.now_ns))
            self._ask_for_events()
            if self.now_ns % HEARTBEAT_NS == 0:
                for send in self.engine.sessions.heartbeat(self.now_ns):
                    self.link.send(send.datagram, self.to_client, self.now_ns)
            if self.crashes and self.source.random() < 0.01:
                self.crashes -= 1
                self.engine.restart(self.now_ns)
            self.link.arrive(self.now_ns)

    def _submit(self) -> None:
        count = min(
            self.source.randint(0, self.burst), COMMANDS - self.submitted, self.client.room()
        )
        for _ in range(count):
            self.submitted += 1
            assert self.client.submit(command(self.submitted), GIVE_UP_NS) == self.submitted
        for datagram in self.client.flush(self.now_ns):
            self.link.send(datagram, self.to_engine, self.now_ns)

    def _ask_for_events(self) -> None:
        ranges = self.receiver.due_naks(self.now_ns)
        nak = self.client.nak(ranges) if ranges else None
        if nak:
            self.link.send(nak, self.to_engine, self.now_ns)

    def to_engine(self, datagram: bytes) -> None:
        for send in self.engine.receive(datagram, HOME, self.now_ns):
            self.link.send(send.datagram, self.to_client, self.now_ns)

    def to_client(self, datagram: bytes) -> None:
        self.obey(self.client.receive(datagram, self.now_ns))

    def obey(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Transmit):
                self.link.send(action.datagram, self.to_engine, self.now_ns)
            elif isinstance(action, Resolved):
                assert action.seq not in self.outcomes
                self.outcomes[action.seq] = action.outcome
            elif isinstance(action, Events):
                self.events += self.receiver.receive(action.first_seq, action.events, self.now_ns)
                self.client.next_event_seq = self.receiver.next_seq
            elif isinstance(action, Opened | Released):
                self.receiver.heartbeat(action.next_event_seq, self.now_ns)
            assert not isinstance(action, Ended)


@pytest.mark.parametrize("twin", ["reference", "compiled"])
@pytest.mark.parametrize("seed", range(60))
def test_every_command_is_executed_once_in_order_and_its_outcome_heard(
    seed: int, twin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = load_server_sessions(twin == "reference")
    monkeypatch.setattr("tests.model_engine.ServerSessions", sessions)
    world = World(seed)
    world.run()
    wanted = [command(number) for number in range(1, COMMANDS + 1)]
    assert world.engine.executed == wanted
    heard = [decode_outcomes(world.outcomes[seq])[0] for seq in range(1, COMMANDS + 1)]
    assert heard == [outcome_of(place) for place in range(1, COMMANDS + 1)]
    assert world.events == b"".join(map(event_for, wanted))
    assert world.engine.sessions.counters.conflicts == 0
