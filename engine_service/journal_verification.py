"""Everything that can be checked of an engine's files without its process, which may run: every
checksum and chain, what the journal leads to, the events that are kept of it, and every snapshot.
Nothing is changed.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine_service.data_files import DataDirectory
from engine_service.errors import JournalDamaged, SnapshotRefused
from engine_service.event_log import EventLog
from engine_service.journal_reading import JournalReading, core_of
from engine_service.journal_scan import JournalPoint, JournalScan
from engine_service.journal_segments import Segments
from engine_service.snapshot_file import Snapshot
from engine_service.snapshot_store import SnapshotStore
from engine_service.warm_start import WarmStart, from_first_record, loaded
from schemas.layouts import EVENT_BYTES

_LOOKS_MAX: Final = 10
"""At what cannot be read while an engine writes: it may be half written."""
_LOOK_AGAIN_S: Final = 0.05


@dataclass(slots=True, kw_only=True)
class Verified:
    """What was found. ``from_index``: the record verification began behind; 0: at the first.
    ``events_lacking``: not in the event log, which may be so. ``snapshots``: of which records.
    """

    from_index: int = 0
    last_index: int = 0
    records: int = 0
    commands: int = 0
    events: int = 0
    events_lacking: int = 0
    torn: bool = False
    log_ts_ns: int = 0
    journal_id: int = 0
    chain: bytes = b""
    events_hash: bytes = b""
    state_hash: bytes = b""
    snapshots: list[int] = field(default_factory=list)


class JournalVerification:
    """One pass over the files of one engine. ``is_running``: an engine writes them meanwhile."""

    def __init__(
        self,
        directory: DataDirectory,
        segments: Segments,
        *,
        pure_python: bool,
        is_running: bool,
    ) -> None:
        self._segments = segments
        self._pure_python = pure_python
        self._is_running = is_running
        self._store = SnapshotStore(directory)
        self._log = EventLog(directory)
        self._next_seq = 1
        self.found: Final = Verified()

    def steps(self) -> Iterator[JournalPoint]:
        """Verify; yield how far it is now and then. ``found`` is complete at the end.

        Raises:
            EngineServiceError, OSError: what is wrong, where, and what to do.
        """
        snapshots = self._snapshots()
        start = self._start(snapshots)
        self.found.from_index = start.point.next_index - 1
        self._next_seq = start.core.next_event_seq
        reading = JournalReading(
            self._segments,
            start,
            self,
            pure_python=self._pure_python,
            grows=self._is_running,
        )
        ahead = {one.point: one for one in snapshots if one.last_index > self.found.from_index}
        for reached in reading.steps(ahead):
            if reached is not None:
                self._compare(ahead[reached], reading)
            yield reading.point
        self._finish(reading, [one.last_index for one in ahead.values()])

    def regenerate(self, events: bytes | memoryview) -> None:
        """Compare ``events``, the next that the journal leads to, with the event log.

        Raises:
            EventLogDamaged: it has others.
        """
        count = len(events) // EVENT_BYTES
        if not self._log.has(self._next_seq, events):
            self.found.events_lacking += count
        self._next_seq += count

    def close(self) -> None:
        """Release the files."""
        self._log.close()

    def _snapshots(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first.

        Raises:
            SnapshotDamaged: one of them is.
        """
        return [self._store.read(index) for index in reversed(self._store.indexes())]

    def _start(self, snapshots: list[Snapshot]) -> WarmStart:
        core, first = core_of(self._pure_python), self._segments.first()
        if first == 1:
            return from_first_record(self._store, core)
        for snapshot in snapshots:
            if snapshot.point.segment >= first:
                return WarmStart(loaded(snapshot, core), snapshot)
        return from_first_record(self._store, core)  # it says that the first segment is missing

    def _compare(self, snapshot: Snapshot, reading: JournalReading) -> None:
        sequencer = reading.sequencer
        found = (reading.point, sequencer.events_hash, sequencer.core.state_hash())
        if found != (snapshot.point, snapshot.events_hash, snapshot.state_hash):
            raise SnapshotRefused(
                f"{self._store.location(snapshot.last_index)} is whole, but not what the journal "
                f"leads to at record {snapshot.last_index}. Move it out of the directory: an older "
                "one is gone on from, or the whole journal is replayed"
            )
        self.found.snapshots.append(snapshot.last_index)

    def _finish(self, reading: JournalReading, expected: list[int]) -> None:
        if self._is_running:
            self._refuse_damaged_end(reading.point)
        else:
            self._log.resume(self._next_seq)
            self._log.finish_replay(reading.take_held_back())
        if self.found.snapshots != expected:
            last = reading.point.next_index - 1
            raise SnapshotRefused(
                f"the journal ends with record {last}, but there is a snapshot of record "
                f"{expected[-1]}: acknowledged records are lost. Restore the whole directory from "
                "one backup"
            )
        self._note(reading)

    def _refuse_damaged_end(self, point: JournalPoint) -> None:
        for look in range(_LOOKS_MAX):
            try:
                next(JournalScan(self._segments, point).records(), None)
                return
            except JournalDamaged:
                if look == _LOOKS_MAX - 1:
                    raise
            time.sleep(_LOOK_AGAIN_S)

    def _note(self, reading: JournalReading) -> None:
        found, point, sequencer = self.found, reading.point, reading.sequencer
        found.last_index, found.log_ts_ns = point.next_index - 1, point.log_ts_ns
        found.journal_id, found.chain = point.journal_id, point.chain
        found.records, found.commands = reading.progress.records, reading.progress.commands
        found.events = sequencer.next_event_seq - 1
        found.events_hash, found.state_hash = sequencer.events_hash, sequencer.core.state_hash()
        found.torn = not self._is_running and reading.torn
