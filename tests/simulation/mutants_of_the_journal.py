"""Bugs of what makes things last: journal, recovery, event log, snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from engine_service import journal_record, journal_scan, sequencer
from engine_service.deadline_timer import DeadlineTimer
from engine_service.errors import JournalFailed
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_record import Entry, Record, RecordKind
from engine_service.journal_scan import JournalEnd, JournalScan, Position
from engine_service.journal_segments import Segments
from engine_service.sequencer import Sequencer
from engine_service.server import EngineServer
from engine_service.snapshot_making import SnapshotMaker
from schemas.codec import encode_outcome
from schemas.layouts import OUTCOME_BYTES
from tests.simulation.mutants import Swap, mutant
from transport.saved_sessions import SavedSessions
from transport.server_session import ServerSessions
from transport.session_table import Session


@mutant("nothing leaves early")
def answers_leave_before_the_flush(swap: Swap) -> None:
    before, release = Journal.flush, Sequencer.release
    early: list[Any] = []

    def execute(self: Sequencer, entries: Sequence[Entry], log_ts_ns: int) -> Any:
        executed = plain(self, entries, log_ts_ns)
        early[:] = [self, executed]
        return executed

    def commit_early(self: EngineServer, entries: list[Entry], now_ns: int) -> None:
        def flush(journal: Journal) -> None:
            self._send(release(early[0], early[1], now_ns))
            before(journal)

        Journal.flush = flush  # type: ignore[method-assign]
        Sequencer.release = lambda *executed: []  # type: ignore[method-assign]
        try:
            commit(self, entries, now_ns)
        finally:
            Journal.flush = before  # type: ignore[method-assign]
            Sequencer.release = release  # type: ignore[method-assign]

    plain, commit = Sequencer.execute, EngineServer._commit
    swap.attribute(Sequencer, "execute", execute)
    swap.attribute(EngineServer, "_commit", commit_early)


@mutant("nothing leaves early")
def the_journal_is_never_flushed(swap: Swap) -> None:
    def flush(self: Journal) -> None:
        self._dirty = False

    swap.attribute(Journal, "flush", flush)


@mutant("nothing leaves early")
def events_are_kept_before_the_flush(swap: Swap) -> None:
    plain, append = Sequencer.execute, EventLog.append
    logs: list[EventLog] = []
    waiting: list[bytes] = []

    def begin(self: EventLog, *directory: Any, **terms: Any) -> None:
        logs.append(self)
        init(self, *directory, **terms)

    def execute(self: Sequencer, entries: Sequence[Entry], log_ts_ns: int) -> Any:
        executed = plain(self, entries, log_ts_ns)
        if executed.events:
            waiting.append(executed.events)
            append(logs[-1], executed.events)
        return executed

    def appended(self: EventLog, events: bytes) -> None:
        if events not in waiting:
            append(self, events)
        waiting.clear()

    init = EventLog.__init__
    swap.attribute(EventLog, "__init__", begin)
    swap.attribute(EventLog, "append", appended)
    swap.attribute(Sequencer, "execute", execute)


@mutant("recovery")
def a_torn_record_is_replayed(swap: Swap) -> None:
    swap.function(journal_record.crc32, lambda data: 0)
    swap.function(journal_scan.follows, lambda *record: True)

    def decode(data: bytes, offset: int) -> Record | None:
        head = bytearray(data[offset : offset + 8])
        head[4:8] = bytes(4)
        return plain(data[:offset] + bytes(head) + data[offset + 8 :], offset)

    plain = journal_record.decode_record
    swap.function(plain, decode)


@mutant("recovery", focus="disk")
def damage_in_the_middle_is_cut_off(swap: Swap) -> None:
    swap.attribute(JournalScan, "_refuse_if_durable_before", lambda *place: None)
    swap.attribute(JournalScan, "_continues", lambda self, data: False)
    record_at = JournalScan._record_at

    def cut(self: JournalScan, data: bytes) -> Record | None:
        record = journal_record.decode_record(data, self._position.offset)
        if record is not None and not self._position.is_next(record, data):
            return None
        return record_at(self, data)

    swap.attribute(JournalScan, "_record_at", cut)

    def finish_replay(self: EventLog, last_events: bytes) -> None:
        self._settle_pending()

    swap.attribute(EventLog, "finish_replay", finish_replay)


@mutant("recovery")
def the_writer_goes_on_over_the_last_flush(swap: Swap) -> None:
    before = JournalScan._settle_end

    def settle(self: JournalScan, count: int) -> JournalEnd:
        end = before(self, count)
        return replace(end, offset=end.last_flush_offset) if not end.torn else end

    swap.attribute(JournalScan, "_settle_end", settle)


@mutant("recovery")
def an_index_is_used_twice(swap: Swap) -> None:
    before = JournalScan._settle_end

    def settle(self: JournalScan, count: int) -> JournalEnd:
        end = before(self, count)
        return replace(end, next_index=max(end.next_index - 1, 1))

    swap.attribute(JournalScan, "_settle_end", settle)


@mutant("recovery", focus="disk")
def records_need_not_follow_each_other(swap: Swap) -> None:
    def is_next(self: Position, record: Record, data: bytes) -> bool:
        return True

    def advance(self: Position, record: Record) -> None:
        plain(self, record)
        self.next_index = record.index + 1

    plain = Position.advance
    swap.attribute(Position, "is_next", is_next)
    swap.attribute(Position, "advance", advance)
    swap.attribute(JournalScan, "_refuse_if_durable_before", lambda *place: None)


@mutant("recovery", focus="syncs")
def a_start_does_not_write_the_last_flush_again(swap: Swap) -> None:
    swap.attribute(Journal, "_rewrite_last_flush", lambda self, file: None)


@mutant("recovery", focus="syncs")
def a_failed_sync_is_shrugged_off(swap: Swap) -> None:
    before = Journal.flush

    def flush(self: Journal) -> None:
        try:
            before(self)
        except JournalFailed:
            self._failed = self._dirty = False

    swap.attribute(Journal, "flush", flush)


@mutant("recovery", focus="syncs")
def a_failed_sync_is_tried_again(swap: Swap) -> None:
    before = Journal.flush

    def flush(self: Journal) -> None:
        try:
            before(self)
        except JournalFailed:
            self._failed = False
            before(self)

    swap.attribute(Journal, "flush", flush)


@mutant("recovery")
def the_names_of_segments_are_not_synced(swap: Swap) -> None:
    before = Segments.prepare

    def prepare(self: Segments, number: int, *go_on: Any) -> bool:
        directory, self._directory = self._directory, _Unsynced(self._directory)
        try:
            return before(self, number, *go_on)
        finally:
            self._directory = directory

    swap.attribute(Segments, "prepare", prepare)


class _Unsynced:
    def __init__(self, directory: Any) -> None:
        self._directory = directory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._directory, name)

    def sync(self) -> None:
        """Forget to."""


@mutant("replay")
def the_log_does_not_say_when_it_was(swap: Swap) -> None:
    before = Journal.write

    def write(self: Journal, entries: Sequence[Entry], **facts: Any) -> None:
        before(self, entries, **facts | {"log_ts_ns": facts["log_ts_ns"] + 1})

    swap.attribute(Journal, "write", write)


@mutant("replay")
def lost_pages_of_the_event_log_stay_empty(swap: Swap) -> None:
    swap.attribute(EventLog, "_differing", lambda *place: False)


@mutant("sequence")
def only_what_has_events_is_journaled(swap: Swap) -> None:
    before = Journal.write

    def write(self: Journal, entries: Sequence[Entry], **facts: Any) -> None:
        kept = [entry for entry in entries if entry.payload[:1] not in (b"\x05", b"\x02")]
        before(self, kept or entries[:0], **facts)

    swap.attribute(Journal, "write", write)


@mutant("sequence")
def a_restart_forgets_how_far_a_session_was(swap: Swap) -> None:
    swap.attribute(ServerSessions, "restore_executed", lambda *commands: None)


@mutant("sequence")
def a_restart_forgets_what_was_answered(swap: Swap) -> None:
    def release(self: Session, first_seq: int, outcomes: bytes) -> None:
        if self.address is None:
            outcomes = encode_outcome(_DONE) * (len(outcomes) // OUTCOME_BYTES)
        plain(self, first_seq, outcomes)

    plain = Session.release
    swap.attribute(Session, "release", release)


_DONE = Outcome(
    result=OutcomeResult.DONE,
    reason=RejectReason.NONE,
    order_id=1,
    last_event_seq=1,
    event_count=0,
)


@mutant("sessions")
def a_restart_forgets_the_sessions(swap: Swap) -> None:
    before = Sequencer._restore

    def restore(self: Sequencer, index: int, entry: Entry, outcomes: bytes, now_ns: int) -> None:
        if entry.kind is RecordKind.SESSION_OPENED:
            before(self, index, replace(entry, payload=bytes(16)), outcomes, now_ns)
            return
        before(self, index, entry, outcomes, now_ns)

    swap.attribute(Sequencer, "_restore", restore)


@mutant("log time")
def log_time_may_go_back(swap: Swap) -> None:
    swap.attribute(Sequencer, "next_log_ts_ns", lambda self, now_ns: now_ns)
    swap.function(sequencer.check_clock, lambda now_ns, last_log_ts_ns: None)


@mutant("deadlines")
def an_idle_engine_does_not_wake(swap: Swap) -> None:
    swap.attribute(DeadlineTimer, "arm", lambda self: None)


@mutant("deadlines")
def time_that_passes_alone_is_not_journaled(swap: Swap) -> None:
    before = Journal.write

    def write(self: Journal, entries: Sequence[Entry], **facts: Any) -> None:
        if entries[0].kind is not RecordKind.TIME:
            before(self, entries, **facts)

    swap.attribute(Journal, "write", write)


@mutant("snapshots", focus="snapshots")
def a_snapshot_forgets_the_sessions(swap: Swap) -> None:
    swap.attribute(ServerSessions, "save", lambda self: SavedSessions())


@mutant("snapshots", focus="snapshots")
def a_snapshot_stands_on_what_may_be_lost(swap: Swap) -> None:
    swap.attribute(SnapshotMaker, "_make_durable", lambda *start: None)


@mutant("snapshots", focus="snapshots")
def a_snapshot_goes_on_from_another_time(swap: Swap) -> None:
    before = Sequencer.resume

    def resume(self: Sequencer, sessions: Any, events_hash: bytes, *times: int) -> None:
        before(self, sessions, bytes(len(events_hash)), *times)

    swap.attribute(Sequencer, "resume", resume)
