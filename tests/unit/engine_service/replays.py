"""Journals of a small venue, and what a twin makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine_core import core_type
from engine_service.errors import EngineServiceError
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_record import Entry
from engine_service.journal_replay import load_replay, replayed
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import Sequencer, entries_of
from schemas.codec import encode_command
from tests.integration.engine.venue import OPENING, order
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.journals import JOURNAL_ID
from tests.unit.engine_service.rig import MASTER_KEY, NOW_NS
from transport.server_session import Execute, OpenSession, load_server_sessions

SEGMENT_BYTES = 1 << 21
EVENTS_PER_SEGMENT = 1_000


def sequencer(twin: str) -> Sequencer:
    pure_python = twin == "reference"
    sessions = load_server_sessions(pure_python)(
        master_key=MASTER_KEY, make_nonce=lambda: 1, credits_datagrams=1_000
    )
    return Sequencer(core_type(twin)(), sessions, load_rolling_hash(pure_python)())


class Writer:
    """Executes what it journals, as a server does, but keeps no sessions."""

    def __init__(self, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.disk = SimulatedDisk()
        self.journal = Journal(self.disk, segment_bytes=segment_bytes, journal_id=JOURNAL_ID)
        assert not list(self.journal.replay())
        self.journal.start()
        self.event_log = EventLog(self.disk, events_per_segment=EVENTS_PER_SEGMENT)
        self.sequencer = sequencer("compiled")
        self.ts_ns = NOW_NS
        self._seqs: dict[int, int] = {}

    def opened(self, session_id: int, evicted_session_id: int = 0) -> OpenSession:
        self._seqs[session_id] = 1
        return OpenSession(session_id, session_id, evicted_session_id)

    def execute(self, session_id: int, commands: bytes) -> Execute:
        seq = self._seqs[session_id]
        self._seqs[session_id] += len(commands) // 96
        return Execute(session_id, seq, commands)

    def orders(self, session_id: int, first: int, count: int) -> Execute:
        return self.execute(
            session_id, b"".join(encode_command(order(first + n)) for n in range(count))
        )

    def flush(self, *actions: Execute | OpenSession) -> None:
        self.flush_entries(entries_of(actions))

    def flush_entries(self, entries: Sequence[Entry], events_hash: bytes | None = None) -> None:
        self.journal.write(
            entries,
            log_ts_ns=self.ts_ns,
            first_event_seq=self.sequencer.next_event_seq,
            events_hash=events_hash or self.sequencer.events_hash,
        )
        self.event_log.append(self.sequencer.execute(entries, self.ts_ns).events)
        self.journal.flush()

    def closed(self) -> dict[str, bytes]:
        """Return the files."""
        self.journal.close()
        return self.disk.content()


def opened_venue(segment_bytes: int = SEGMENT_BYTES) -> Writer:
    """Return a writer whose sessions 7 and 8 opened and set the venue up."""
    writer = Writer(segment_bytes)
    writer.flush(writer.opened(7), writer.opened(8))
    writer.flush(writer.execute(7, b"".join(map(encode_command, OPENING))))
    return writer


@dataclass(frozen=True)
class Found:
    """What replay led to: either a refusal or a state."""

    refusal: str = ""
    state_hash: bytes = b""
    events_hash: bytes = b""
    log_ts_ns: int = 0
    progress: tuple[int, ...] = ()
    held_back: bytes = b""
    last_seqs: tuple[int, ...] = ()
    outcomes: tuple[bytes, ...] = ()
    journal_end: tuple[object, ...] = ()
    logged: bytes = b""


def found_by(
    twin: str, files: dict[str, bytes], segment_bytes: int = SEGMENT_BYTES, sessions: int = 10
) -> Found:
    """Replay ``files`` and return everything that can be seen of it."""
    disk = SimulatedDisk(files)
    own = sequencer(twin)
    journal = Journal(disk, segment_bytes=segment_bytes, journal_id=JOURNAL_ID)
    event_log = EventLog(disk, events_per_segment=EVENTS_PER_SEGMENT)
    replay = load_replay(twin == "reference")(own, event_log, 0)
    try:
        for _ in replayed(journal, replay):
            pass
        held_back = b"".join(replay.take_held_back())
        event_log.finish_replay(held_back)
    except EngineServiceError as error:
        return Found(refusal=f"{type(error).__name__}: {error}")
    progress = replay.progress
    seqs = tuple(own.sessions.last_seq(session_id) for session_id in range(sessions))
    return Found(
        state_hash=own.core.state_hash(),
        events_hash=own.events_hash,
        log_ts_ns=own.log_ts_ns,
        progress=(progress.records, progress.commands, progress.events),
        held_back=held_back,
        last_seqs=seqs,
        outcomes=tuple(_last_outcomes(own, session_id) for session_id in range(sessions)),
        journal_end=(journal.size_bytes, journal.next_index, journal.chain, journal.torn),
        logged=event_log.read(1, 1 << 20),
    )


def _last_outcomes(own: Sequencer, session_id: int) -> bytes:
    session = own.sessions._table.get(session_id)
    if session is None or not session.released_seq:
        return b""
    return session.retained.outcomes(session.oldest_retained, session.released_seq)
