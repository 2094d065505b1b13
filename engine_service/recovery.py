"""From the files of the last run to a state that can go on: before any socket opens."""

from collections.abc import Iterator

from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_replay import Progress, Replay, replayed
from engine_service.sequencer import Sequencer, check_clock
from engine_service.warm_start import WarmStart


def recover(
    journal: Journal,
    event_log: EventLog,
    sequencer: Sequencer,
    replay_type: type[Replay],
    start: WarmStart,
    *,
    wall_ns: int,
    monotonic_ns: int,
    accept_clock: bool,
) -> Iterator[Progress]:
    """Replay the journal from ``start`` on, whose core is the sequencer's; verify everything that
    can be verified, and only then make it writable. Yields now and then; nothing is ready before it
    is exhausted.

    Raises:
        JournalDamaged, JournalFailed, EventLogDamaged, ReplayDiverged, ClockRefused: each message
            says what to do. Only JournalFailed comes after something was changed.
    """
    start.bring(sequencer, monotonic_ns)
    event_log.resume(sequencer.next_event_seq)
    replay = replay_type(sequencer, event_log, monotonic_ns)
    yield from replayed(journal, replay, start.point)
    held_back = b"".join(replay.take_held_back())
    event_log.finish_replay(held_back)
    if not accept_clock:
        check_clock(wall_ns, sequencer.log_ts_ns)
    journal.start()
    event_log.append(held_back)
    sequencer.finish_replay()
