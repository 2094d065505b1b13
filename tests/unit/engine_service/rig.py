"""A whole server on a simulated disk, without a loop."""

import socket
import struct
import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Final

from domain.clock import ManualClock
from engine_core import core_type
from engine_service.alarms import Alarms
from engine_service.event_log import EventLog
from engine_service.fatal import FatalInside
from engine_service.journal import Journal
from engine_service.journal_replay import load_replay
from engine_service.metrics import EngineMetrics
from engine_service.recovery import recover
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import Sequencer
from engine_service.server import load_server
from engine_service.snapshot_store import SnapshotStore
from engine_service.warm_start import warm_start
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.journals import JOURNAL_ID
from tests.unit.engine_service.raw_session import RawSession
from transport.server_session import load_server_sessions

MASTER_KEY = bytes(range(32))
NOW_NS = 1_700_000_000_000_000_000
ADDRESS = ("10.0.0.1", 5_000)
TWIN = "reference"
SEGMENT_BYTES = 1 << 21
Core: Final = core_type("reference")
_SOL_UDP: Final = 17  # Linux, linux/udp.h
_UDP_SEGMENT: Final = 103


class Died(Exception):
    pass


class FakeSocket:
    """The reference's: a list in, a list out."""

    def __init__(self) -> None:
        self.inbox: list[bytes] = []
        self.outbox: list[bytes] = []
        self._refused = False

    def fileno(self) -> int:
        return 0

    def arrive(self, datagrams: Sequence[bytes]) -> None:
        self.inbox += datagrams

    def recvfrom(self, length: int) -> tuple[bytes, tuple[str, int]]:
        if not self.inbox:
            raise BlockingIOError
        return self.inbox.pop(0)[:length], ADDRESS

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        assert address == ADDRESS
        if self._refused:
            raise BlockingIOError
        self.outbox.append(datagram)

    def sent(self) -> list[bytes]:
        """Return what was sent since the last call."""
        sent, self.outbox = self.outbox, []
        return sent

    def refuse(self, refused: bool) -> None:
        """Have the kernel take nothing that is sent."""
        self._refused = refused


class LoopbackSocket:
    """The compiled server's, which asks the kernel itself: a real one, and a client beside it."""

    def __init__(self) -> None:
        self._server, self._client = self._bound(), self._bound()
        self._received: list[bytes] = []
        for close in (self._server.close, self._client.close):
            weakref.finalize(self, close)
        self.fileno = self._server.fileno
        self.sendto = self._server.sendto

    @staticmethod
    def _bound() -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 << 20)
        bound.bind(("127.0.0.1", 0))
        bound.setblocking(False)
        return bound

    def arrive(self, datagrams: Sequence[bytes]) -> None:
        for datagram in datagrams:
            self._client.sendto(datagram, self._server.getsockname())

    def arrive_as_one(self, datagrams: Sequence[bytes]) -> None:
        """Send datagrams of one length, but the last, with one call."""
        step = struct.pack("=H", len(datagrams[0]))
        control = [(_SOL_UDP, _UDP_SEGMENT, step)]
        self._client.sendmsg([b"".join(datagrams)], control, 0, self._server.getsockname())

    @property
    def outbox(self) -> list[bytes]:
        with suppress(BlockingIOError):
            while True:
                self._received.append(self._client.recv(2_048))
        return self._received

    def sent(self) -> list[bytes]:
        """Return what was sent since the last call."""
        sent, self._received = self.outbox, []
        return sent

    def refuse(self, refused: bool) -> None:
        # By way of a router that nobody can reach from here, the kernel sends nothing.
        route = bytes([131, 7, 4]) + socket.inet_aton("240.0.0.1") + b"\0"
        self._server.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, route if refused else b"")


class Rig:
    """A server of the twin that TWIN names; ``restart`` is a crash and a new process."""

    def __init__(
        self,
        disk: SimulatedDisk | None = None,
        wall_ns: int = NOW_NS,
        sync_enabled: bool = True,
    ) -> None:
        self.disk = disk or SimulatedDisk()
        pure_python = TWIN == "reference"
        self.udp = FakeSocket() if pure_python else LoopbackSocket()
        self.sessions = load_server_sessions(pure_python)(
            master_key=MASTER_KEY, make_nonce=lambda: 4_711, credits_datagrams=1_000
        )
        self.journal = Journal(
            self.disk, segment_bytes=SEGMENT_BYTES, journal_id=JOURNAL_ID, sync_enabled=sync_enabled
        )
        self.event_log = EventLog(self.disk)
        self.warnings: list[str] = []
        self.start = warm_start(
            SnapshotStore(self.disk),
            self.journal.segments,
            self.event_log,
            Core if pure_python else core_type(TWIN),
            self.warnings.append,
        )
        self.core = self.start.core
        self.sequencer = Sequencer(self.core, self.sessions, load_rolling_hash(pure_python)())
        self._recover(pure_python, wall_ns)
        self.metrics = EngineMetrics()
        self.woken = 0
        self.clock = ManualClock(NOW_NS)
        self.server = load_server(pure_python)(
            udp=self.udp,  # type: ignore[arg-type]
            sessions=self.sessions,
            core=self.core,
            sequencer=self.sequencer,
            journal=self.journal,
            event_log=self.event_log,
            clock=self.clock,
            metrics=self.metrics,
            alarms=Alarms(
                journal=self.journal,
                directory=self.disk,
                sessions=self.sessions,
                credits_datagrams=1_000,
                clock_divergence_ns=lambda: 0,
            ),
            fatal_inside=FatalInside(self._die),
            on_released=self._wake,
        )

    def _recover(self, pure_python: bool, wall_ns: int) -> None:
        with ExitStack() as unless_it_starts:
            unless_it_starts.callback(self.journal.close)
            for _ in recover(
                self.journal,
                self.event_log,
                self.sequencer,
                load_replay(pure_python),
                self.start,
                wall_ns=wall_ns,
                monotonic_ns=0,
                accept_clock=False,
            ):
                pass
            unless_it_starts.pop_all()

    def _die(self, error: BaseException) -> None:
        raise Died from error

    def _wake(self) -> None:
        self.woken += 1

    def say(self, *datagrams: bytes) -> list[bytes]:
        self.udp.arrive(datagrams)
        self.server.drain()
        return self.udp.sent()

    def restart(self) -> "Rig":
        self.journal.close()
        return Rig(SimulatedDisk(self.disk.content()))

    def power_failure(self, survives: Callable[[], bool]) -> "Rig":
        """Lose what was not synced, as ``survives`` decides sector by sector, and start again."""
        self.journal.close()
        return Rig(self.disk.crash(survives))

    def welcomed(self, session_id: int = 7, from_event_seq: int = 0) -> RawSession:
        session = RawSession(MASTER_KEY, session_id)
        (welcome,) = self.say(session.hello(from_event_seq))
        session.welcomed(welcome)
        return session
