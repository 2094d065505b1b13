"""Events made again from the journal, for a database that lacks them: the event log, which may be
lost or no longer reach back so far, is not asked.
"""

from collections.abc import Callable, Iterator
from typing import Final

from engine_service.data_files import DataDirectory
from engine_service.errors import JournalBehind
from engine_service.journal_reading import JournalReading, core_of
from engine_service.journal_segments import Segments
from engine_service.snapshot_store import SnapshotStore
from engine_service.warm_start import start_where
from schemas.layouts import EVENT_BYTES

_YIELD_BYTES: Final = 1 << 20


def replayed_events(
    directory: DataDirectory,
    segments: Segments,
    from_seq: int,
    *,
    pure_python: bool,
    say: Callable[[str], None],
) -> Iterator[tuple[int, bytes]]:
    """Yield (sequence of the first, n x 128 bytes) of all events from ``from_seq`` on that the
    journal of an engine which does not run leads to.

    Raises:
        JournalBehind: it ends before ``from_seq``, or begins after it.
        EngineServiceError, OSError: as an engine's start; each message says what to do.
    """
    start = start_where(
        lambda _, next_event_seq: next_event_seq <= from_seq,
        SnapshotStore(directory),
        segments,
        core_of(pure_python),
        say,
    )
    if start.core.next_event_seq > from_seq:
        raise JournalBehind(
            f"{directory.path}: event {from_seq} is wanted, but the journal was rebuilt from a "
            f"ledger and begins with event {start.core.next_event_seq}. What was before is in that "
            "ledger alone: restore a backup of it"
        )
    collected = _Collected(start.core.next_event_seq, from_seq)
    reading = JournalReading(segments, start, collected, pure_python=pure_python, grows=False)
    for _ in reading.steps():
        if len(collected.waiting) >= _YIELD_BYTES:
            yield collected.take()
    _make_durable(segments)
    collected.regenerate(reading.take_held_back())
    if collected.next_seq < from_seq:
        raise JournalBehind(
            f"{directory.path}: the database knows of event {from_seq - 1}, but the journal ends "
            f"with event {collected.next_seq - 1}: acknowledged records are lost. Restore both "
            "from one backup; if there is none, rebuild the engine from the database (openbell "
            "rebuild engine)"
        )
    first_seq, events = collected.take()
    if events:
        yield first_seq, events


def _make_durable(segments: Segments) -> None:
    for number in segments.at_hand():
        file = segments.open(number)
        try:
            file.sync()
        finally:
            file.close()


class _Collected:
    """Events that wait to be yielded, from ``from_seq`` on."""

    def __init__(self, next_seq: int, from_seq: int) -> None:
        self.next_seq = next_seq
        self.first_seq = from_seq
        self.waiting = bytearray()

    def regenerate(self, events: bytes | memoryview) -> None:
        """Take the next ``events``."""
        known = max(0, self.first_seq - self.next_seq) * EVENT_BYTES
        self.next_seq += len(events) // EVENT_BYTES
        self.waiting += memoryview(events)[known:]

    def take(self) -> tuple[int, bytes]:
        """Return those that wait, and the sequence number of the first."""
        first_seq, taken = self.first_seq, bytes(self.waiting)
        self.first_seq += len(taken) // EVENT_BYTES
        self.waiting.clear()
        return first_seq, taken
