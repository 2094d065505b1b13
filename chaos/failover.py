"""Three engines over one log: the one that leads is killed or stopped, again and again, under load.

At the end, what every engine ever released must be one stream, each acknowledged order must be in
it once, and all journals must be the same.
"""

import asyncio
import os
import secrets
import signal
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from chaos.errors import DidNotHeal
from chaos.failover_traffic import OPENING, Traffic, order
from cli.cluster.nats_nodes import NatsNodes
from cli.cluster.replicas import ReplicaPlace, Replicas, ask_replica, leader_of
from cli.running.supervisor import Supervisor
from domain.events import OrderAccepted, OutcomeResult
from engine_service.data_files import DiskDirectory
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import Segments
from schemas.codec import decode_event
from schemas.errors import WireError
from schemas.layouts import EVENT_BYTES
from transport.engine_client import EngineClient
from transport.errors import TransportError
from transport.event_follower import follow_events
from transport.live_events import live_events

HEAL_S: Final = 120.0
LOOK_S: Final = 0.02
ANSWERS_BEFORE: Final = 50
"""Answered between two faults, at least: the load is there when the next one comes."""
KINDS: Final = ("kill -9", "SIGSTOP")
CLIENT_ID: Final = 7_001

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Round:
    """One fault: how long nobody was answered."""

    kind: str
    outage_ms: int


@dataclass(slots=True)
class FailoverReport:
    """``violations``: everything that may not be."""

    log: str
    rounds: list[Round] = field(default_factory=list)
    acknowledged: int = 0
    events: int = 0
    epoch: int = 0
    tried_again: int = 0
    violations: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, doubled or made up."""
        return not self.violations

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return asdict(self) | {"ok": self.ok}

    def as_text(self) -> str:
        """Return it for people."""
        lines = [
            f"{self.acknowledged:,} orders acknowledged, {self.events:,} events, "
            f"epoch {self.epoch}, log {self.log}"
        ]
        for kind in KINDS:
            took = [one.outage_ms for one in self.rounds if one.kind == kind]
            if took:
                lines.append(
                    f"{kind}: {len(took)} times, nobody was answered for {min(took)} to "
                    f"{max(took)} ms, median {statistics.median(took):.0f} ms"
                )
        lines += self.violations or ["nothing lost, nothing released twice"]
        return "\n".join(lines)


async def failover(
    directory: Path, rounds: int, say: Say, *, log: str = "file", replicas: int = 3
) -> FailoverReport:
    """Do ``rounds`` faults of each kind in turn. ``log``: ``file``, ``nats``, or an address.

    Raises:
        StartFailed, NatsMissing: it could not be opened.
    """
    report = FailoverReport(log.partition(":")[0])
    async with _opened(directory, log, replicas) as (engines, key, supervisor):
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                EngineClient.connect(engines.addresses, key, CLIENT_ID, ready_within_s=HEAL_S)
            )
            await client.submit_many(OPENING, timeout_s=HEAL_S)
            witnesses = _Witnesses(engines, key)
            stack.push_async_callback(witnesses.close)
            traffic = Traffic(client)
            traffic.start()
            try:
                for number in range(rounds * len(KINDS)):
                    kind = KINDS[number % len(KINDS)]
                    report.rounds.append(await _round(kind, engines, supervisor, traffic))
                    say(f"{number + 1}: {kind}, {report.rounds[-1].outage_ms} ms")
                await _until_all_follow(engines)
            except (DidNotHeal, TimeoutError) as error:
                report.violations.append(f"it did not heal: {error}")
            await traffic.stop()
            await _judge(report, engines, key, client, traffic, witnesses)
    _compare_journals(report, engines)
    return report


@asynccontextmanager
async def _opened(
    directory: Path, log: str, count: int
) -> AsyncIterator[tuple[Replicas, bytes, Supervisor]]:
    logs = directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    engines = Replicas.load_or_create(directory / "engines", count)
    supervisor = Supervisor(lambda _: None)
    try:
        url = log
        if log == "nats":
            nodes = NatsNodes.load_or_create(directory / "nats")
            await supervisor.start(nodes.specs(lambda name: logs / f"{name}.log"))
            url = nodes.url()
        elif log == "file":
            url = f"file://{directory / 'log'}"
        await supervisor.start(engines.specs(url, key.hex(), logs))
        yield engines, key, supervisor
    finally:
        await supervisor.stop()


async def _round(kind: str, engines: Replicas, supervisor: Supervisor, traffic: Traffic) -> Round:
    await _until_all_follow(engines)
    await traffic.more(ANSWERS_BEFORE, HEAL_S)
    leader = await _leader(engines)
    pid = supervisor.facts[leader.name].pid
    assert pid is not None
    begun_ns = time.monotonic_ns()
    if kind == "SIGSTOP":
        os.kill(pid, signal.SIGSTOP)
        try:
            await _until_another_leads(engines, leader)
            await traffic.more(ANSWERS_BEFORE, HEAL_S)
        finally:
            os.kill(pid, signal.SIGCONT)
    else:
        os.kill(pid, signal.SIGKILL)
        await _until_another_leads(engines, leader)
        await traffic.more(ANSWERS_BEFORE, HEAL_S)
    return Round(kind, traffic.longest_silence_ms(begun_ns))


async def _leader(engines: Replicas) -> ReplicaPlace:
    deadline_s = time.monotonic() + HEAL_S
    while (leader := await leader_of(engines)) is None:
        if time.monotonic() > deadline_s:
            raise DidNotHeal("no engine leads")
        await asyncio.sleep(LOOK_S)
    return leader


async def _until_another_leads(engines: Replicas, deposed: ReplicaPlace) -> None:
    others = [place for place in engines.places if place != deposed]
    deadline_s = time.monotonic() + HEAL_S
    while not any(
        state and state.leads
        for state in await asyncio.gather(*(ask_replica(place) for place in others))
    ):
        if time.monotonic() > deadline_s:
            raise DidNotHeal(f"nobody took over from {deposed.name}")
        await asyncio.sleep(LOOK_S)


async def _until_all_follow(engines: Replicas) -> None:
    deadline_s = time.monotonic() + HEAL_S
    while True:
        states = await asyncio.gather(*(ask_replica(place) for place in engines.places))
        there = [state for state in states if state]
        # All in one epoch: one that was stopped has heard by now that it does not lead.
        if len(there) == len(states) and len({state.epoch for state in there}) == 1:
            return
        if time.monotonic() > deadline_s:
            raise DidNotHeal("a replica does not follow again")
        await asyncio.sleep(LOOK_S)


class _Witnesses:
    """Everything that any engine ever released: by UDP as a gateway hears it, from whichever leads,
    and by TCP from each engine on its own.
    """

    def __init__(self, engines: Replicas, key: bytes) -> None:
        self.streams: dict[str, bytearray] = {}
        self.faults: list[str] = []
        self._changed = asyncio.Event()
        sources = {"the gateways' stream": live_events(engines.addresses, key, 1, CLIENT_ID + 1)}
        for place in engines.places:
            sources[place.name] = follow_events(place.address, key, 1, CLIENT_ID + 2)
        self._tasks = [
            asyncio.create_task(self._read(name, source)) for name, source in sources.items()
        ]

    async def reached(self, name: str, events: int) -> None:
        """Return once that one has so many events.

        Raises:
            TimeoutError: it does not come to that.
        """
        async with asyncio.timeout(HEAL_S):
            while len(self.streams[name]) < events * EVENT_BYTES:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """Read no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, name: str, source: Any) -> None:
        stream = self.streams[name] = bytearray()
        try:
            async with aclosing(source) as received:
                async for first_seq, events in received:
                    if (first_seq - 1) * EVENT_BYTES != len(stream):
                        self.faults.append(f"{name}: event {first_seq} came out of its place")
                    stream += events
                    self._changed.set()
        except (TransportError, WireError) as error:  # an engine lost what this reader has seen
            self.faults.append(f"{name} ended: {type(error).__name__}: {error}")


async def _judge(
    report: FailoverReport,
    engines: Replicas,
    key: bytes,
    client: EngineClient,
    traffic: Traffic,
    witnesses: _Witnesses,
) -> None:
    numbers = sorted(traffic.answered)
    again = await client.submit_many([order(number) for number in numbers], timeout_s=HEAL_S)
    report.acknowledged, report.tried_again = len(numbers), traffic.tried_again
    report.violations += traffic.contradicted
    for number, outcome in zip(numbers, again, strict=True):
        if outcome.result is not OutcomeResult.DUPLICATE:
            report.violations.append(f"order {number} was acknowledged and is lost")
        elif outcome.order_id != traffic.answered[number].order_id:
            report.violations.append(f"order {number} was executed twice")
    leader = await _leader(engines)
    state = await ask_replica(leader)
    report.epoch = state.epoch if state else 0
    last_seq = max(outcome.last_event_seq for outcome in traffic.answered.values())
    for name in ("the gateways' stream", leader.name):
        await witnesses.reached(name, last_seq)
    report.violations += witnesses.faults
    whole = bytes(witnesses.streams[leader.name])
    report.events = len(whole) // EVENT_BYTES
    for name, stream in witnesses.streams.items():
        common = min(len(stream), len(whole))
        if stream[:common] != whole[:common]:
            report.violations.append(f"{name} released other events than {leader.name}")
    accepted = [
        event.client_order_id
        for at in range(0, len(whole), EVENT_BYTES)
        if isinstance(event := decode_event(whole[at : at + EVENT_BYTES]), OrderAccepted)
    ]
    wanted = {order(number).client_order_id for number in numbers}
    if len(accepted) != len(set(accepted)):
        report.violations.append("an order was accepted twice")
    if not wanted <= set(accepted):
        report.violations.append("an acknowledged order is not in the events")


def _compare_journals(report: FailoverReport, engines: Replicas) -> None:
    chains = {place.name: _chains(engines.data_dir(place)) for place in engines.places}
    shortest = min(map(len, chains.values()))
    if len({tuple(found[:shortest]) for found in chains.values()}) != 1:
        report.violations.append("the replicas' journals differ")


def _chains(data_dir: Path) -> list[bytes]:
    directory = DiskDirectory(data_dir)
    try:
        return [record.chain for record in JournalScan(Segments(directory)).records()]
    finally:
        directory.close()
