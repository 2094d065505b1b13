"""One snapshot made beside a running engine, from its files alone: the engine does not stop, fork
or wait for it.

The last snapshot (or nothing) plus what the journal says since; every record is verified as a start
verifies it. What it stands on is made durable first: the journal up to there, and the events. Then
it is written, read back, and what the journal has said meanwhile is executed on what was read: only
then it counts.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from engine_core.contract import Core
from engine_service.data_files import DataDirectory
from engine_service.errors import EventLogDamaged
from engine_service.event_log import EventLog
from engine_service.journal_reading import JournalReading, NoEvents, core_of
from engine_service.journal_scan import JournalPoint
from engine_service.journal_segments import Segments
from engine_service.retention import EVENTS_KEPT, archive_old
from engine_service.rolling_hash import HASH_BYTES, load_rolling_hash
from engine_service.sequencer import Sequencer
from engine_service.snapshot_file import Snapshot
from engine_service.snapshot_store import SnapshotStore
from engine_service.warm_start import WarmStart, loaded, warm_start
from schemas.layouts import EVENT_BYTES

_EVENTS_READ: Final = 1 << 16
_LOOKS_MAX: Final = 100
"""For events that the engine is about to write: it does once their commands are durable."""
_LOOK_AGAIN_S: Final = 0.05

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A snapshot that was made. ``commands``: executed for it; ``proven``: executed on it."""

    index: int
    size_bytes: int
    commands: int
    proven_commands: int
    took_ns: int


class SnapshotMaker:
    """Makes snapshots of the engine whose files are in ``directory``, one at a time."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        segment_bytes: int,
        pure_python: bool,
        say: Say,
        looks_max: int = _LOOKS_MAX,
    ) -> None:
        self._directory = directory
        self._segments = Segments(directory, segment_bytes)
        self._pure_python = pure_python
        self._core_type: type[Core] = core_of(pure_python)
        self._say = say
        self._looks_max = looks_max
        self.store: Final = SnapshotStore(directory)

    def make(self) -> Made | None:
        """Make the next snapshot; None if no command came since the last one.

        Raises:
            EngineServiceError: it cannot be made, or does not hold; the message says why. Those
                that were there before still are.
            OSError: the disk is full or failed.
        """
        begun_ns = time.monotonic_ns()
        event_log = EventLog(self._directory)
        try:
            start = warm_start(self.store, self._segments, event_log, self._core_type, self._say)
            snapshot = self._next(start, event_log)
            if snapshot is None:
                return None
        finally:
            event_log.close()
        commands = snapshot.commands - (start.snapshot.commands if start.snapshot else 0)
        del start  # a core takes room, and so does the next one
        size_bytes = self.store.prepare(snapshot)
        proven_commands = self._proven()
        self.store.keep(snapshot.last_index)
        for index in self.store.prune():
            self._say(f"the snapshot behind record {index} was taken away: newer ones are there")
        return Made(
            index=snapshot.last_index,
            size_bytes=size_bytes,
            commands=commands,
            proven_commands=proven_commands,
            took_ns=time.monotonic_ns() - begun_ns,
        )

    def archive_old(self, events_kept: int = EVENTS_KEPT) -> Iterator[str]:
        """Move what nobody needs at hand to the archive; yield the name of each file.

        Raises:
            EngineServiceError, OSError: as retention.archive_old.
        """
        event_log = EventLog(self._directory)
        try:
            yield from archive_old(
                self._directory, self._segments, self.store, event_log, events_kept=events_kept
            )
        finally:
            event_log.close()

    def _next(self, start: WarmStart, event_log: EventLog) -> Snapshot | None:
        reading = self._replayed(start)
        commands, sequencer = reading.progress.commands, reading.sequencer
        if not commands:
            return None
        self._make_durable(start, sequencer, reading.point, event_log)
        before = start.snapshot.commands if start.snapshot else 0
        return Snapshot(
            point=reading.point,
            next_event_seq=sequencer.next_event_seq,
            events_hash=sequencer.events_hash,
            state_hash=sequencer.core.state_hash(),
            commands=before + commands,
            sessions=sequencer.sessions.save(),
            state=sequencer.core.save(),
        )

    def _replayed(self, start: WarmStart) -> JournalReading:
        """Execute what is in the journal from ``start`` on, up to where it can be read now."""
        reading = JournalReading(
            self._segments, start, NoEvents(), pure_python=self._pure_python, grows=True
        )
        for _ in reading.steps():
            pass
        return reading

    def _make_durable(
        self, start: WarmStart, sequencer: Sequencer, point: JournalPoint, event_log: EventLog
    ) -> None:
        """Have all that a start from here on would not look at again on the disk. The engine has
        synced every segment but the one it writes; the event log nobody has.

        Raises:
            EventLogDamaged: the log does not have the events that the journal leads to.
        """
        file = self._segments.open(point.segment)
        try:
            file.sync()
        finally:
            file.close()
        first_seq = start.snapshot.next_event_seq if start.snapshot else 1
        next_seq = sequencer.next_event_seq
        piece = (first_seq, start.snapshot.events_hash if start.snapshot else bytes(HASH_BYTES))
        found = b""
        for look in range(self._looks_max):
            if look:
                time.sleep(_LOOK_AGAIN_S)
            if event_log.reaches(next_seq):
                event_log.resume(next_seq)
                piece, found = self._hashed(event_log, *piece)
            if found == sequencer.events_hash:
                event_log.sync(first_seq, next_seq)
                return
        raise EventLogDamaged(
            f"{self._directory.path}: the event log lacks events before event {next_seq}, or has "
            "others than the journal leads to; the engine's next start says which. No snapshot was "
            "made"
        )

    def _hashed(
        self, event_log: EventLog, seq: int, digest: bytes
    ) -> tuple[tuple[int, bytes], bytes]:
        """Return the hash of all of the log's events, where ``digest`` is that of those before
        ``seq``; first, the same two of its last piece: only there the engine may still write.
        """
        rolling_hash = load_rolling_hash(self._pure_python)()
        rolling_hash.resume(digest)
        piece = (seq, digest)
        while events := event_log.read(seq, _EVENTS_READ):
            piece = (seq, rolling_hash.digest())
            rolling_hash.update(events)
            seq += len(events) // EVENT_BYTES
        return piece, rolling_hash.digest()

    def _proven(self) -> int:
        """Read back what was prepared and execute on it what came since; return how many commands.

        Raises:
            EngineServiceError: it does not hold.
        """
        snapshot = self.store.prepared()
        start = WarmStart(loaded(snapshot, self._core_type), snapshot)
        return self._replayed(start).progress.commands
