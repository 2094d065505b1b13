"""The parts of one engine, put together in the order in which they may start."""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from prometheus_client import REGISTRY

from domain.clock import LogClock
from engine_core import core_name, load_core
from engine_core.contract import Core
from engine_service.alarms import Alarms
from engine_service.catch_up import CatchUp
from engine_service.config import EngineConfig
from engine_service.data_files import DiskDirectory
from engine_service.errors import StartInterrupted
from engine_service.event_log import EventLog
from engine_service.fatal import FatalInside
from engine_service.journal import EPOCH, Journal
from engine_service.journal_reading import NoEvents
from engine_service.journal_replay import Progress, Replay, load_replay
from engine_service.metrics import EngineCollector, EngineMetrics
from engine_service.recovery import recover
from engine_service.release_gate import ReleaseGate
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import Sequencer
from engine_service.server import EngineServer, load_server
from engine_service.snapshot_store import SnapshotStore
from engine_service.udp_socket import credits_datagrams, is_small, open_udp_socket
from engine_service.warm_start import WarmStart, warm_start
from transport.keys import KeyRing
from transport.server_session import load_server_sessions

if TYPE_CHECKING:
    from matching._latency import LatencyHistogram

_REPLAY_TURN_NS = 5_000_000  # between two looks at the loop: health is answered during replay

Log = structlog.typing.FilteringBoundLogger


@dataclass(frozen=True, slots=True)
class Files:
    """An engine's files, opened and not read yet."""

    directory: DiskDirectory
    journal: Journal
    event_log: EventLog


@dataclass(frozen=True, slots=True)
class Recovered(Files):
    """The same, read and ready to be written, and the state they lead to."""

    sequencer: Sequencer


class Engine:
    """Everything that lives as long as the process. ``stop`` interrupts the start; ``die`` is told
    of what cannot be survived.
    """

    def __init__(
        self,
        config: EngineConfig,
        keys: KeyRing,
        log: Log,
        stop: asyncio.Event,
        die: Callable[[BaseException], None],
    ) -> None:
        self._config = config
        self._keys = keys
        self._log = log
        self._stop = stop
        self._die = die
        self._clock = LogClock()
        pure_python = core_name() == "reference"
        self._sessions = load_server_sessions(pure_python)(
            master_key=keys,
            make_nonce=lambda: secrets.randbits(64),
            credits_datagrams=0,
        )
        self._rolling_hash = load_rolling_hash(pure_python)()
        self._server_type = load_server(pure_python)
        self._replay_type = load_replay(pure_python)
        self._metrics = EngineMetrics()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Recover, then serve for the length of the block.

        Raises:
            StartInterrupted: it was told to stop before it served.
            EngineServiceError, ServiceError, OSError: it cannot start; the message says why.
        """
        with ExitStack() as stack:
            recovered = await self.recover(self.open_files(stack))
            udp = self.open_udp(stack)
            async with self.serving(recovered, udp, None, EPOCH):
                yield

    def open_files(self, stack: ExitStack) -> Files:
        """Open the engine's directory, until ``stack`` ends.

        Raises:
            DirectoryInUse, OSError: as the message says.
        """
        self._announce()
        config = self._config
        directory = DiskDirectory(config.engine_data_dir)
        stack.callback(directory.close)
        journal = Journal(
            directory,
            segment_bytes=config.engine_segment_bytes,
            sync_enabled=config.engine_fsync,
        )
        stack.callback(journal.close)
        event_log = EventLog(directory)
        stack.callback(event_log.close)
        return Files(directory, journal, event_log)

    async def recover(self, files: Files) -> Recovered:
        """Return the state that the files lead to.

        Raises:
            StartInterrupted, EngineServiceError, OSError: as ``running``.
        """
        begun_ns = time.monotonic_ns()
        store = SnapshotStore(files.directory)
        files.event_log.begin(store.founded_seq())
        start = warm_start(store, files.journal.segments, files.event_log, load_core(), self._warn)
        sequencer = Sequencer(start.core, self._sessions, self._rolling_hash)
        await self._recover(files.journal, files.event_log, sequencer, start, begun_ns)
        return Recovered(files.directory, files.journal, files.event_log, sequencer)

    def open_udp(self, stack: ExitStack) -> socket.socket:
        """Bind the engine's socket, until ``stack`` ends.

        Raises:
            PortInUse: another program has the port.
        """
        udp = open_udp_socket(self._config.bind_host, self._config.engine_udp_port)
        stack.callback(udp.close)
        return udp

    @asynccontextmanager
    async def serving(
        self, recovered: Recovered, udp: socket.socket, gate: ReleaseGate | None, epoch: int
    ) -> AsyncIterator[None]:
        """Serve on ``udp``, and the catch-up on its port, for the length of the block.

        Raises:
            PortInUse: another program has the port of the catch-up.
        """
        config = self._config
        catch_up = CatchUp(recovered.event_log, self._keys, epoch)
        with ExitStack() as stack:
            server = self._server(recovered, udp, catch_up, gate)
            self._register_metrics(stack, recovered, catch_up)
            async with catch_up.serving(config.bind_host, config.engine_tcp_port):
                server.start()
                stack.callback(server.stop)
                yield

    def replay_of(self, recovered: Recovered) -> Replay:
        """Return what executes further records on what was recovered, without keeping events."""
        return self._replay_type(recovered.sequencer, NoEvents(), time.monotonic_ns())

    def _announce(self) -> None:
        twin = core_name()
        if twin == "reference":
            self._log.warning("THE SLOW REFERENCE CORE RUNS, because OPENBELL_PURE_PYTHON is 1")
        else:
            self._log.info("the compiled core runs", core=twin)
        if not self._config.engine_fsync:
            self._log.warning(
                "NOTHING IS DURABLE: OPENBELL_ENGINE_FSYNC is false. A power failure loses "
                "acknowledged commands; for benchmarks and tests only"
            )

    def _warn(self, message: str) -> None:
        self._log.warning(message)

    async def _recover(
        self,
        journal: Journal,
        event_log: EventLog,
        sequencer: Sequencer,
        start: WarmStart,
        begun_ns: int,
    ) -> None:
        looked_ns = begun_ns
        progress = Progress(events=sequencer.next_event_seq - 1)
        for made in recover(
            journal,
            event_log,
            sequencer,
            self._replay_type,
            start,
            wall_ns=time.time_ns(),
            monotonic_ns=begun_ns,
            accept_clock=self._config.engine_accept_clock,
        ):
            progress = made
            if time.monotonic_ns() - looked_ns > _REPLAY_TURN_NS:
                await asyncio.sleep(0)
                looked_ns = time.monotonic_ns()
                if self._stop.is_set():
                    raise StartInterrupted("told to stop during replay")
        if journal.torn:
            self._log.warning("an unfinished flush was cut off; none of it was acknowledged")
        self._log.info(
            "journal replayed",
            from_snapshot=start.point.next_index - 1,
            records=progress.records,
            commands=progress.commands,
            events=progress.events,
            ms=(time.monotonic_ns() - begun_ns) // 1_000_000,
        )

    def _server(
        self,
        recovered: Recovered,
        udp: socket.socket,
        catch_up: CatchUp,
        gate: ReleaseGate | None,
    ) -> EngineServer:
        credits = credits_datagrams(udp)
        if is_small(udp):
            self._log.warning(
                "the kernel gives a small receive buffer, so clients get small windows; raise "
                "net.core.rmem_max",
                credits_datagrams=credits,
            )
        alarms = Alarms(
            journal=recovered.journal,
            directory=recovered.directory,
            sessions=self._sessions,
            credits_datagrams=credits,
            clock_divergence_ns=self._clock.divergence_ns,
        )
        return self._server_type(
            udp=udp,
            sessions=self._sessions,
            core=recovered.sequencer.core,
            sequencer=recovered.sequencer,
            journal=recovered.journal,
            event_log=recovered.event_log,
            clock=self._clock,
            metrics=self._metrics,
            alarms=alarms,
            fatal_inside=FatalInside(self._die),
            on_released=catch_up.wake,
            busy_poll=self._config.engine_busy_poll,
            gate=gate,
        )

    def _register_metrics(self, stack: ExitStack, recovered: Recovered, catch_up: CatchUp) -> None:
        journal, event_log = recovered.journal, recovered.event_log
        directory = recovered.directory
        self._metrics.command_latency = _counted(recovered.sequencer.core)
        recovered_seq = event_log.next_seq - 1
        collector = EngineCollector(
            self._metrics,
            self._sessions.counters,
            {
                "next_event_seq": lambda: event_log.next_seq,
                "recovered_event_seq": lambda: recovered_seq,
                "journal_bytes": lambda: journal.size_bytes,
                "journal_room_bytes": lambda: journal.room_bytes,
                "disk_free_bytes": directory.free_bytes,
                "sessions": lambda: self._sessions.session_count,
                "catch_up_readers": lambda: catch_up.reader_count,
                "catch_up_dropped": lambda: catch_up.dropped,
            },
        )
        REGISTRY.register(collector)
        stack.callback(REGISTRY.unregister, collector)


def _counted(core: Core) -> "LatencyHistogram | None":
    """Have a core count what its commands take from now on. The reference does not: its time is the
    interpreter's.
    """
    if core_name() == "reference":
        return None
    from engine_core._core import Core as CompiledCore
    from matching._latency import LatencyHistogram

    assert isinstance(core, CompiledCore)
    latency = LatencyHistogram()
    core.count_latency(latency)
    return latency
