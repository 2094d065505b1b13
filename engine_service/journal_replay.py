"""The journal's records executed again, and what they lead to compared with what is there."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from engine_core import CORES, core_type
from engine_service.data_files import DiskDirectory
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_record import Record, RecordKind
from engine_service.journal_scan import JOURNAL_START, JournalPoint, Position
from engine_service.journal_segments import SEGMENT_BYTES
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import Sequencer
from transport.server_session import load_server_sessions

_ANY_KEY: Final = bytes(32)  # replay opens no datagram


@dataclass(slots=True)
class Progress:
    """How far replay is."""

    records: int = 0
    commands: int = 0
    events: int = 0


class EventSink(Protocol):
    """Takes the events of a replay, in order."""

    def regenerate(self, events: bytes | memoryview) -> None:
        """Take the next ``events``: n x 128 bytes, gone when this returns.

        Raises:
            EventLogDamaged, OSError: as EventLog.regenerate.
        """
        ...


class Replay:
    """Executes records one by one. The events of the last flush are held back: only a later flush
    proves that it is durable, and so that they may be written.

    This is the readable twin: the compiled one (``hot_replay``) deals with most records in
    ``stretch``, and gives the rest to this one's ``execute``.
    """

    def __init__(self, sequencer: Sequencer, event_log: EventSink, now_ns: int) -> None:
        self.progress = Progress(events=sequencer.next_event_seq - 1)
        self._sequencer = sequencer
        self._event_log = event_log
        self._now_ns = now_ns
        self._held_back: list[bytes] = []

    def stretch(self, data: bytes, position: Position) -> bool:
        """As journal_scan.Stretch says. Here: with none.

        Raises:
            EventLogDamaged, OSError: as EventLog.regenerate.
        """
        return False

    def execute(self, record: Record) -> None:
        """Execute one record.

        Raises:
            ReplayDiverged: as Sequencer.replay.
            EventLogDamaged, OSError: as EventLog.regenerate.
        """
        if record.index == record.flush_first_index:
            for events in self.take_held_back():
                self._event_log.regenerate(events)
        self._held_back.append(self._sequencer.replay(record, self._now_ns))
        self.progress.records += 1
        if record.entry.kind is RecordKind.COMMANDS:
            self.progress.commands += record.entry.count
        self.progress.events = self._sequencer.next_event_seq - 1

    def take_held_back(self) -> list[bytes]:
        """Return the events of the last flush, and hold them back no longer."""
        events, self._held_back = self._held_back, []
        return events


def replayed(
    journal: Journal, replay: Replay, start: JournalPoint = JOURNAL_START
) -> Iterator[Progress]:
    """Execute all of ``journal`` from ``start`` on by ``replay``; yield after each record, or
    stretch of records.

    Raises:
        JournalDamaged, ReplayDiverged, EventLogDamaged, OSError: each message says what to do.
    """
    for record in journal.replay_by(replay.stretch, start):
        if record is not None:
            replay.execute(record)
        yield replay.progress


def load_replay(pure_python: bool) -> type[Replay]:
    """Return the twin that replays; ``pure_python`` asks for the reference. It takes a sequencer
    with a core, sessions and a hash of its own kind.

    Raises:
        ImportError: the compiled one was asked for and is not built.
    """
    if pure_python:
        return Replay
    from engine_service.hot_replay import HotReplay

    return HotReplay


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a whole journal led to. ``replay_ns``: from its first byte to its last event."""

    records: int
    commands: int
    events: int
    events_hash: bytes
    state_hash: bytes
    replay_ns: int


def replay_directory(
    path: Path, *, pure_python: bool = False, segment_bytes: int = SEGMENT_BYTES
) -> Replayed:
    """Replay the journal of an engine that does not run, as its start does, and compare it with its
    event log; what that lacks is written.

    Raises:
        EngineServiceError: as an engine's start.
    """
    core = core_type(CORES[0] if pure_python else CORES[1])()
    sessions = load_server_sessions(pure_python)(
        master_key=_ANY_KEY, make_nonce=lambda: 0, credits_datagrams=0
    )
    sequencer = Sequencer(core, sessions, load_rolling_hash(pure_python)())
    with ExitStack() as stack:
        directory = DiskDirectory(path)
        stack.callback(directory.close)
        journal = Journal(directory, segment_bytes=segment_bytes)
        stack.callback(journal.close)
        event_log = EventLog(directory)
        stack.callback(event_log.close)
        begun_ns = time.monotonic_ns()
        replay = load_replay(pure_python)(sequencer, event_log, begun_ns)
        for _ in replayed(journal, replay):
            pass
        event_log.finish_replay(b"".join(replay.take_held_back()))
        took_ns = time.monotonic_ns() - begun_ns
    progress = replay.progress
    return Replayed(
        records=progress.records,
        commands=progress.commands,
        events=progress.events,
        events_hash=sequencer.events_hash,
        state_hash=core.state_hash(),
        replay_ns=took_ns,
    )
