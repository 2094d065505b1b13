"""Where an engine's start begins: at the newest snapshot that holds, else at the first record."""

from collections.abc import Callable
from dataclasses import dataclass

from engine_core.contract import Core
from engine_service.errors import SnapshotDamaged, SnapshotRefused
from engine_service.event_log import EventLog
from engine_service.journal_record import decode_record
from engine_service.journal_scan import JOURNAL_START, JournalPoint
from engine_service.journal_segments import Segments
from engine_service.sequencer import Sequencer
from engine_service.snapshot_file import Snapshot
from engine_service.snapshot_store import SnapshotStore


@dataclass(frozen=True, slots=True)
class WarmStart:
    """A core, and the snapshot it is from; None: it is a new one."""

    core: Core
    snapshot: Snapshot | None = None

    @property
    def point(self) -> JournalPoint:
        """Where the journal goes on."""
        return self.snapshot.point if self.snapshot else JOURNAL_START

    def bring(self, sequencer: Sequencer, now_ns: int) -> None:
        """Bring a new sequencer of this core to where the snapshot was made."""
        if self.snapshot is not None:
            sequencer.resume(
                self.snapshot.sessions,
                self.snapshot.events_hash,
                self.snapshot.point.log_ts_ns,
                now_ns,
            )


def warm_start(
    store: SnapshotStore,
    segments: Segments,
    event_log: EventLog,
    core_type: type[Core],
    say: Callable[[str], None],
) -> WarmStart:
    """Return the start from the newest snapshot that holds. One that is damaged, or whose events
    the log has lost, is passed over, which ``say`` is told.

    Raises:
        SnapshotRefused: a snapshot is whole, but the journal is not its own.
        SnapshotDamaged: what the journal was founded on is needed, and damaged.
        OSError: the journal cannot be read.
    """
    for index in store.indexes():
        start = _start_at(index, store, segments, core_type, say)
        if start is None:
            continue
        assert start.snapshot is not None
        if event_log.reaches(start.snapshot.next_event_seq):
            return start
        say(
            f"{store.location(index)} goes on after event {start.snapshot.next_event_seq - 1}, "
            "which the event log does not reach; an older snapshot is tried, or the whole journal "
            "is replayed and the event log built again"
        )
    return from_first_record(store, core_type)


def start_where(
    fits: Callable[[JournalPoint, int], bool],
    store: SnapshotStore,
    segments: Segments,
    core_type: type[Core],
    say: Callable[[str], None],
) -> WarmStart:
    """Return the start from the newest snapshot that holds and ``fits`` (asked with where it
    stands and the event that follows it), or from none. The event log need not have its events.

    Raises:
        SnapshotRefused: as ``warm_start``.
        OSError: the journal cannot be read.
    """
    for index, (point, next_event_seq) in zip(store.indexes(), store.points(), strict=True):
        if fits(point, next_event_seq):
            start = _start_at(index, store, segments, core_type, say)
            if start is not None:
                return start
    return from_first_record(store, core_type)


def _start_at(
    index: int,
    store: SnapshotStore,
    segments: Segments,
    core_type: type[Core],
    say: Callable[[str], None],
) -> WarmStart | None:
    """Return the start from one snapshot; None if it does not hold, which ``say`` is told.

    Raises:
        SnapshotRefused, OSError: as ``warm_start``.
    """
    try:
        snapshot = store.read(index)
        core = loaded(snapshot, core_type)
    except (SnapshotDamaged, OSError) as error:
        say(f"{error}; an older snapshot is tried, or the whole journal is replayed")
        return None
    refuse_other_journal(snapshot, segments, store.location(index))
    return WarmStart(core, snapshot)


def from_first_record(store: SnapshotStore, core_type: type[Core]) -> WarmStart:
    """Return the start from the journal's first record: on a new core, or on its foundation.

    Raises:
        SnapshotDamaged: its foundation is.
        OSError: it cannot be read.
    """
    foundation = store.foundation()
    if foundation is None:
        return WarmStart(core_type())
    return WarmStart(loaded(foundation, core_type), foundation)


def loaded(snapshot: Snapshot, core_type: type[Core]) -> Core:
    """Return the core in a snapshot.

    Raises:
        SnapshotDamaged: there is none, or not the one that the rest of it says.
    """
    try:
        core = core_type.load(snapshot.state)
    except ValueError as error:
        raise SnapshotDamaged(
            f"the snapshot behind record {snapshot.last_index}: {error}"
        ) from error
    if core.next_event_seq != snapshot.next_event_seq or (
        bytes(snapshot.state[-len(snapshot.state_hash) :]) != snapshot.state_hash
    ):
        raise SnapshotDamaged(f"the snapshot behind record {snapshot.last_index} has another state")
    return core


def refuse_other_journal(snapshot: Snapshot, segments: Segments, location: str) -> None:
    """Return if the journal has the record that a snapshot stands behind.

    Raises:
        SnapshotRefused: it ends before, or it is another one.
        OSError: it cannot be read.
    """
    found = _last_record_before(snapshot.point, segments)
    if found == (snapshot.point.journal_id, snapshot.last_index, snapshot.point.chain):
        return
    what = "the journal ends before it" if found is None else "the journal has another one there"
    raise SnapshotRefused(
        f"{location} stands behind record {snapshot.last_index}, but {what}: either acknowledged "
        "records are lost, or the files are of two engines. Nothing was changed. Restore the whole "
        "directory from one backup; only if this journal is known to be whole, move the "
        "snapshot-*.snap files out of the directory and start again: all of it is replayed"
    )


def _last_record_before(point: JournalPoint, segments: Segments) -> tuple[int, int, bytes] | None:
    """Return journal id, index and chain of the record that ends at ``point``; None: none does."""
    if point.segment > segments.count():
        return None
    file = segments.open(point.segment)
    try:
        data = file.read(point.offset - point.flush_offset, point.flush_offset)
    finally:
        file.close()
    offset, found = 0, None
    while offset < len(data):
        record = decode_record(data, offset)
        if record is None:
            return None
        found = record.journal_id, record.index, record.chain
        offset += record.size_bytes
    return found if offset == point.offset - point.flush_offset else None
