"""A whole server on a simulated disk and a fake socket, without a loop."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from domain.clock import ManualClock
from engine_core.reference import Core
from engine_service.alarms import Alarms
from engine_service.event_log import EventLog
from engine_service.fatal import FatalInside
from engine_service.journal import Journal
from engine_service.metrics import EngineMetrics
from engine_service.recovery import recover
from engine_service.sequencer import Sequencer
from engine_service.server import EngineServer
from tests.unit.engine_service.journals import JOURNAL_ID
from tests.unit.engine_service.raw_session import RawSession
from tests.unit.engine_service.simulated_disk import SimulatedDisk
from transport.server_session import ServerSessions

MASTER_KEY = bytes(range(32))
NOW_NS = 1_700_000_000_000_000_000
ADDRESS = ("10.0.0.1", 5_000)


class Died(Exception):
    pass


class FakeSocket:
    def __init__(self) -> None:
        self.inbox: list[bytes] = []
        self.outbox: list[bytes] = []
        self.unreachable = False

    def recvfrom(self, length: int) -> tuple[bytes, tuple[str, int]]:
        if not self.inbox:
            raise BlockingIOError
        return self.inbox.pop(0)[:length], ADDRESS

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        assert address == ADDRESS
        if self.unreachable:
            raise BlockingIOError
        self.outbox.append(datagram)


class Rig:
    """A server on a simulated disk and a fake socket; ``restart`` is a crash and a new process."""

    def __init__(self, disk: SimulatedDisk | None = None, wall_ns: int = NOW_NS) -> None:
        self.disk = disk or SimulatedDisk()
        self.udp = FakeSocket()
        self.core = Core()
        self.sessions = ServerSessions(
            master_key=MASTER_KEY, make_nonce=lambda: 4_711, credits_datagrams=1_000
        )
        self.sequencer = Sequencer(self.core, self.sessions)
        self.journal = Journal(self.disk, segment_bytes=1 << 21, journal_id=JOURNAL_ID)
        self.event_log = EventLog(self.disk)
        for _ in recover(
            self.journal,
            self.event_log,
            self.sequencer,
            wall_ns=wall_ns,
            monotonic_ns=0,
            accept_clock=False,
        ):
            pass
        self.metrics = EngineMetrics(CollectorRegistry())
        self.woken = 0
        self.clock = ManualClock(NOW_NS)
        self.server = EngineServer(
            udp=self.udp,  # type: ignore[arg-type]
            sessions=self.sessions,
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

    def _die(self, error: BaseException) -> None:
        raise Died from error

    def _wake(self) -> None:
        self.woken += 1

    def say(self, *datagrams: bytes) -> list[bytes]:
        self.udp.inbox += datagrams
        self.server.drain()
        sent, self.udp.outbox = self.udp.outbox, []
        return sent

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
