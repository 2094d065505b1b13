"""Plays an order flow into an engine over UDP, at its own pace or another, and compares what the
engine's book does with what the flow says.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from domain.units import NS_PER_S
from replay.command_sender import Progress
from replay.errors import CommandsLost
from replay.event_flow import EventFlow
from replay.event_spool import EventStream
from replay.faults import FaultRates
from replay.flow_commands import FlowCommands, Unmapped, ref_of
from replay.flow_comparison import FlowComparison, steps_of
from replay.flow_market import FlowMarket
from replay.order_flow import RECORD, Fields
from replay.player import CLIENT_ID, way_to
from schemas.layouts import EVENT_BYTES
from transport.engine_address import EngineAddress
from transport.engine_client import EngineClient
from transport.errors import TransportError
from transport.event_follower import follow_events
from transport.keys import MasterKey
from transport.live_events import live_events

BATCH_COMMANDS: Final = 512
BATCHES_MAX: Final = 8
"""On their way at once; past it the oldest is waited for."""
ANSWER_S: Final = 30.0
"""How long the engine has for a batch, and for the events of the last one."""


@dataclass(frozen=True, kw_only=True)
class FlowPace:
    """``speed``: times the flow's own; None: as fast as the engine answers. What is earlier than
    ``begin_ns`` is played at once, so that the book is there when the time begins to count.
    """

    speed: float | None = None
    begin_ns: int = 0
    alone: bool = False
    """Nobody else commands the engine, which is new: its order ids are known before it answers."""
    faults: FaultRates = FaultRates()
    progress: Progress = lambda _: None


@dataclass(kw_only=True)
class FlowPlayed:
    """What came of it. ``refused``: commands, by reason."""

    records: int = 0
    commands: int = 0
    elapsed_s: float = 0.0
    refused: Counter[RejectReason] = field(default_factory=Counter)
    unmapped: Counter[Unmapped] = field(default_factory=Counter)
    comparison: FlowComparison = field(default_factory=FlowComparison)


async def play_flow(
    address: EngineAddress,
    master_key: MasterKey,
    market: FlowMarket,
    pieces: Iterable[bytes],
    pace: FlowPace = FlowPace(),
) -> FlowPlayed:
    """Send a flow's records (``pieces``: n x 48 bytes each) to an engine, in a market made for it.

    Raises:
        ReplayError: the engine refused the market, or did not answer in time.
    """
    played = FlowPlayed()
    async with (
        way_to(address, pace.faults) as (way, network),
        EngineClient.connect(way, master_key, CLIENT_ID) as client,
    ):
        first_seq = await market.open(client)
        read = live_events if network else follow_events
        stream = read(way, master_key, first_seq, CLIENT_ID)
        async with _compared(stream, market, played.comparison) as reached:
            sender = _Sender(client, market, played, pace)
            try:
                last_seq = await sender.send(pieces)
            finally:
                await sender.close()
            await reached(last_seq)
    played.comparison.end()
    return played


@asynccontextmanager
async def _compared(
    stream: EventStream, market: FlowMarket, comparison: FlowComparison
) -> AsyncIterator["_Reached"]:
    """Compare the engine's events as they come, for the length of the block."""
    reader = _Reached(stream, EventFlow(market.instrument_id, ref_of), comparison)
    task = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Reached:
    def __init__(self, stream: EventStream, flow: EventFlow, comparison: FlowComparison) -> None:
        self._stream = stream
        self._flow = flow
        self._comparison = comparison
        self._last_seq = 0
        self._grown = asyncio.Event()

    async def run(self) -> None:
        async with aclosing(self._stream) as received:
            async for first_seq, events in received:
                self._comparison.find(steps_of(self._flow.read(events)))
                self._last_seq = first_seq + len(events) // EVENT_BYTES - 1
                self._grown.set()

    async def __call__(self, last_seq: int) -> None:
        """Return once event ``last_seq`` has come.

        Raises:
            CommandsLost: it did not in time.
        """
        try:
            async with asyncio.timeout(ANSWER_S):
                while self._last_seq < last_seq:
                    self._grown.clear()
                    await self._grown.wait()
        except TimeoutError:
            raise CommandsLost(f"event {last_seq} did not come in {ANSWER_S:.0f} s") from None


class _Sender:
    def __init__(
        self, client: EngineClient, market: FlowMarket, played: FlowPlayed, pace: FlowPace
    ) -> None:
        self._client = client
        self._played = played
        self._pace = pace
        self._commands = FlowCommands(market, played.comparison.expect, int(pace.alone))
        self._batch: list[bytes] = []
        self._sent: deque[asyncio.Task[list[Outcome]]] = deque()
        self._last_seq = 0
        self._first_ns: int | None = None
        self._began_s = 0.0

    async def send(self, pieces: Iterable[bytes]) -> int:
        """Send everything; return the sequence of the last event it made."""
        begun_s = time.monotonic()
        for piece in pieces:
            for fields in RECORD.iter_unpack(piece):
                await self._wait_for(fields[0])
                await self._take(fields)
            self._pace.progress(self._played.records)
        await self._drain()
        self._played.elapsed_s = time.monotonic() - begun_s
        self._played.unmapped = self._commands.unmapped
        return self._last_seq

    async def close(self) -> None:
        """Wait for nothing more."""
        for task in self._sent:
            task.cancel()
        await asyncio.gather(*self._sent, return_exceptions=True)

    async def _take(self, fields: Fields) -> None:
        made = self._commands.of(fields)
        if made is None:
            await self._drain()
            made = self._commands.of(fields)
        if made is None:
            self._commands.forget(fields)
            made = []
        self._played.records += 1
        self._batch += made
        if len(self._batch) >= BATCH_COMMANDS:
            await self._flush()

    async def _wait_for(self, ts_ns: int) -> None:
        """Return when a record is due; what came before it is sent first."""
        if self._pace.speed is None or ts_ns < self._pace.begin_ns:
            return
        if self._first_ns is None:
            self._first_ns, self._began_s = ts_ns, time.monotonic()
        due_s = self._began_s + (ts_ns - self._first_ns) / NS_PER_S / self._pace.speed
        if due_s > time.monotonic():
            await self._flush()
            self._pace.progress(self._played.records)
            await asyncio.sleep(due_s - time.monotonic())

    async def _flush(self) -> None:
        """Send the batch, behind at most so many others."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        # Two that wait for credits could overtake each other: beside others goes what has room.
        while self._sent and (len(self._sent) >= BATCHES_MAX or self._client.credits < len(batch)):
            await self._answered()
        has_room = self._client.credits >= len(batch)
        submitting = self._client.submit_many(batch, timeout_s=ANSWER_S)
        self._sent.append(asyncio.create_task(submitting))
        await asyncio.sleep(0)  # it runs as far as it can: its commands are numbered then
        if not has_room:
            await self._answered()

    async def _drain(self) -> None:
        """Send the batch and take every answer."""
        await self._flush()
        while self._sent:
            await self._answered()

    async def _answered(self) -> None:
        try:
            outcomes = await self._sent.popleft()
        except TransportError as error:
            raise CommandsLost(f"after {self._played.commands:,} commands: {error}") from error
        self._commands.learn(outcomes)
        self._played.commands += len(outcomes)
        for outcome in outcomes:
            if outcome.result is OutcomeResult.REJECTED:
                self._played.refused[outcome.reason] += 1
        self._last_seq = max(self._last_seq, outcomes[-1].last_event_seq)
