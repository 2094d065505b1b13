"""The programs of the exchange on their hosts: started, ended, started again. Their code is the
product's; this only does what each one's main module does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

import structlog

from accounts.settling.settled_position import SettledPosition
from accounts.settling.settlement import SETTLEMENT, Settlement
from domain.clock import LogClock
from domain.commands import Command
from domain.events import Outcome
from engine_service.config import EngineConfig
from engine_service.engine import Engine
from gateway.orders.order_entry import OrderEntry
from gateway.state.feed import EVENT_STREAM, Feed
from gateway.state.projection import Changes, Projection
from gateway.state.snapshot import Snapshot
from schemas.codec import encode_command
from service.health import Readiness
from tests.simulation.scheduler import PowerCut, Process, SimulatedLoop
from transport.engine_address import EngineAddress
from transport.engine_client import EngineClient
from transport.event_follower import follow_events
from transport.keys import as_key_ring
from transport.live_events import live_events

MASTER_KEY: Final = bytes(range(32))
SEGMENT_BYTES: Final = 16 << 10
ENGINE: Final = EngineAddress("engine", 9_100, 9_101)
RESTART_S: Final = 0.02


def engine_config(accept_clock: bool) -> EngineConfig:
    """Return the configuration of a simulated engine: its segments are small."""
    return EngineConfig.model_construct(
        bind_host="engine",
        engine_udp_port=ENGINE.udp_port,
        engine_tcp_port=ENGINE.tcp_port,
        engine_key=MASTER_KEY.hex(),
        engine_data_dir="/simulated",
        engine_fsync=True,
        engine_accept_clock=accept_clock,
        engine_busy_poll=False,
        engine_segment_bytes=SEGMENT_BYTES,
    )


class Host:
    """A machine with one program, run by a supervisor that starts it again when it ends."""

    def __init__(
        self,
        loop: SimulatedLoop,
        name: str,
        on_fault: Callable[[str, BaseException], None],
    ) -> None:
        self.loop = loop
        self.name = name
        self.process = Process(loop, name)
        self.process.alive = False
        self.starts = 0
        self.wanted = True
        self._on_fault = on_fault

    @property
    def running(self) -> bool:
        """Whether a program runs here."""
        return self.process.alive

    def start(self) -> None:
        """Start the program."""
        if self.process.alive or not self.wanted:
            return
        self.starts += 1
        process = self.process = Process(self.loop, self.name)
        task = process.spawn(self.run(process))
        task.add_done_callback(lambda done: self._ended(process, done))

    async def run(self, process: Process) -> None:
        """Be the program."""
        raise NotImplementedError

    def end(self) -> None:
        """Kill the program; it is started again after a while."""
        self.process.end()
        self.restart_after(RESTART_S)

    def restart_after(self, seconds: float) -> None:
        """Start the program again, if it is wanted."""
        self.loop.outside_later(seconds, self.start)

    def _ended(self, process: Process, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        was_alive = process.alive
        process.end()
        if not was_alive or isinstance(error, PowerCut):
            return
        if error is not None:
            self._on_fault(self.name, error)
        self.restart_after(RESTART_S)


class EngineHost(Host):
    """The engine. ``stop`` asks it to end well; ``died`` is told of what it could not survive."""

    accept_clock = False
    stop: asyncio.Event
    died: Callable[[BaseException], None]
    serving = False

    async def run(self, process: Process) -> None:
        """Recover, serve until it is told to stop."""
        stop = self.stop = asyncio.Event()
        config = engine_config(self.accept_clock)
        self.accept_clock = False
        engine = Engine(config, as_key_ring(MASTER_KEY), structlog.get_logger(), stop, self._die)
        async with engine.running():
            self.serving = True
            process.on_end.append(self._not_serving)
            await stop.wait()

    def _not_serving(self) -> None:
        self.serving = False

    def _die(self, error: BaseException) -> None:
        if self.process.alive:
            self.died(error)


class Recorder:
    """Order entry's way to the engine: all that is asked and answered on it is told."""

    def __init__(
        self,
        engine: EngineClient,
        asked: Callable[[bytes], None],
        answered: Callable[[bytes, Outcome], None],
    ) -> None:
        self._engine = engine
        self._asked = asked
        self._answered = answered

    @property
    def credits(self) -> int:
        """How many commands can be submitted now."""
        return self._engine.credits

    async def submit(self, command: Command, *, timeout_s: float) -> Outcome:
        """Return the outcome of a command."""
        data = encode_command(command)
        self._asked(data)
        outcome = await self._engine.submit(data, timeout_s=timeout_s)
        self._answered(data, outcome)
        return outcome

    async def submit_many(self, commands: Sequence[Command], *, timeout_s: float) -> list[Outcome]:
        """Return the outcomes of several."""
        encoded = [encode_command(command) for command in commands]
        for data in encoded:
            self._asked(data)
        outcomes = await self._engine.submit_many(encoded, timeout_s=timeout_s)
        for data, outcome in zip(encoded, outcomes, strict=True):
            self._answered(data, outcome)
        return outcomes


class Nobody:
    """Readers that read nothing."""

    def changed(self, projection: Projection, changes: Changes) -> None:
        """Take a few events."""

    def live_changed(self, projection: Projection, live: bool) -> None:
        """Take the news."""


class ClientHost(Host):
    """A program with one session at the engine."""

    client_id = 0
    asked: Callable[[bytes], None]
    answered: Callable[[bytes, Outcome], None]
    engine: Recorder

    async def run(self, process: Process) -> None:
        """Hold a session for as long as the process lives."""
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                EngineClient.connect(ENGINE, MASTER_KEY, self.client_id, ready_within_s=0)
            )
            self.engine = Recorder(client, self.asked, self.answered)
            await self.serve(client)

    async def serve(self, client: EngineClient) -> None:
        """Do what the program is for."""
        await asyncio.Event().wait()


class GatewayHost(ClientHost):
    """A gateway: its engine session, its projection, its order entry."""

    saw: Callable[[int, bytes], None]
    feed: Feed
    entry: OrderEntry

    async def serve(self, client: EngineClient) -> None:
        """Follow the events and enter orders."""
        self.feed = Feed(
            self._from_the_start,
            self._follow,
            lambda: client.next_event_seq if client.ready else None,
            Nobody(),
            Readiness(EVENT_STREAM),
        )
        self.entry = OrderEntry(self.engine, self.feed, LogClock())
        await asyncio.gather(self.feed.run(), self.feed.watch())

    @staticmethod
    async def _from_the_start() -> Snapshot:
        return Snapshot(
            cursor=0, instruments=[], assets=[], accounts=[], balances=[], open_orders=[]
        )

    async def _follow(self, from_seq: int) -> AsyncGenerator[tuple[int, bytes]]:
        stream = live_events(ENGINE, MASTER_KEY, from_seq, self.client_id)
        try:
            async for first_seq, events in stream:
                self.saw(first_seq, events)
                yield first_seq, events
        finally:
            await stream.aclose()

    def call(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Serve one request in this process."""
        return self.process.spawn(coroutine)


class AccountsHost(Host):
    """Settlement, from the event stream into the database."""

    position: SettledPosition
    readiness: Readiness

    async def run(self, process: Process) -> None:
        """Settle for as long as the process lives."""
        self.position, self.readiness = SettledPosition(), Readiness(SETTLEMENT)

        def events(from_seq: int) -> AsyncGenerator[tuple[int, bytes]]:
            return follow_events(ENGINE, MASTER_KEY, from_seq, 2)

        await Settlement("simulated", events, self.position, self.readiness).run()
