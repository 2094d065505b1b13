"""From the files of the last run to a state that can go on: before any socket opens."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_record import RecordKind
from engine_service.sequencer import Sequencer, check_clock


@dataclass(slots=True)
class Progress:
    """How far recovery is."""

    records: int = 0
    commands: int = 0
    events: int = 0


def recover(
    journal: Journal,
    event_log: EventLog,
    sequencer: Sequencer,
    *,
    wall_ns: int,
    monotonic_ns: int,
    accept_clock: bool,
) -> Iterator[Progress]:
    """Replay the journal, verify everything that can be verified, and only then make it writable.
    Yields after every record; nothing is ready before it is exhausted.

    Raises:
        JournalDamaged, JournalFailed, EventLogDamaged, ReplayDiverged, ClockRefused: each message
            says what to do. Only JournalFailed comes after something was changed.
    """
    progress = Progress()
    last_flush: list[bytes] = []
    for record in journal.replay():
        if record.index == record.flush_first_index:
            # A later flush proves that the one before it is durable; its events may be written.
            for events in last_flush:
                event_log.regenerate(events)
            last_flush.clear()
        events = sequencer.replay(record, monotonic_ns)
        last_flush.append(events)
        progress.records += 1
        if record.entry.kind is RecordKind.COMMANDS:
            progress.commands += record.entry.count
        progress.events = sequencer.next_event_seq - 1
        yield progress
    held_back = b"".join(last_flush)
    event_log.finish_replay(held_back)
    if not accept_clock:
        check_clock(wall_ns, sequencer.log_ts_ns)
    journal.start()
    event_log.append(held_back)
    sequencer.finish_replay()
