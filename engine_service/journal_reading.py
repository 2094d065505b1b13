"""A journal executed on a core of one's own, from a snapshot or from its start: beside the engine
it belongs to, or while that does not run. Nothing is written.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from engine_core import CORES, core_type
from engine_core.contract import Core
from engine_service.journal_record import Record
from engine_service.journal_replay import EventSink, Progress, load_replay
from engine_service.journal_scan import JournalPoint, JournalScan, Position
from engine_service.journal_segments import Segments
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import Sequencer
from engine_service.warm_start import WarmStart
from transport.server_session import load_server_sessions

_ANY_KEY: Final = bytes(32)  # nothing is received


class JournalReading:
    """Executes what is in ``segments`` from ``start`` on. ``grows``: as JournalScan says."""

    def __init__(
        self,
        segments: Segments,
        start: WarmStart,
        events: EventSink,
        *,
        pure_python: bool,
        grows: bool,
    ) -> None:
        sessions = load_server_sessions(pure_python)(
            master_key=_ANY_KEY, make_nonce=lambda: 0, credits_datagrams=0
        )
        self.sequencer: Final = Sequencer(start.core, sessions, load_rolling_hash(pure_python)())
        start.bring(self.sequencer, 0)
        self._replay = load_replay(pure_python)(self.sequencer, events, 0)
        self._scan = JournalScan(segments, start.point, grows=grows)
        self._limit: JournalPoint | None = None
        self._cut: tuple[int, bytes] = (0, b"")

    @property
    def point(self) -> JournalPoint:
        """Where it stands: behind the last record executed."""
        return self._scan.point

    @property
    def torn(self) -> bool:
        """Whether remains of an unfinished flush lie behind the end, which it has reached."""
        return self._scan.end.torn

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._replay.progress

    def take_held_back(self) -> bytes:
        """Return the events of the last flush, which nothing proves to be durable."""
        return b"".join(self._replay.take_held_back())

    def steps(self, points: Iterable[JournalPoint] = ()) -> Iterator[JournalPoint | None]:
        """Execute everything; yield now and then, and a point of ``points``, which ascend, when it
        stands there.

        Raises:
            JournalDamaged, ReplayDiverged, EventLogDamaged, OSError: each message says what to do.
        """
        ahead = iter(points)
        self._limit = next(ahead, None)
        for record in self._scan.steps(self._stretch):
            self._execute(record)
            reached = self._limit
            if reached is not None and self._scan.point.next_index >= reached.next_index:
                self._limit = next(ahead, None)
                yield reached
            else:
                yield None

    def _execute(self, record: Record | None) -> None:
        if record is not None:
            self._replay.execute(record)

    def _stretch(self, data: bytes, position: Position) -> bool:
        limit = self._limit
        if limit is None or self._scan.point.segment != limit.segment:
            return self._replay.stretch(data, position)
        if self._cut[0] != limit.next_index:
            self._cut = (limit.next_index, data[: limit.offset])
        return self._replay.stretch(self._cut[1], position)


class NoEvents:
    """Where the events of a replay go that nobody needs: the rolling hash has seen them."""

    def regenerate(self, events: bytes | memoryview) -> None:
        """Take ``events``."""


def core_of(pure_python: bool) -> type[Core]:
    """Return the twin's core."""
    return core_type(CORES[0] if pure_python else CORES[1])
