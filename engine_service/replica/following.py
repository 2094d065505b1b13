"""The leader's flushes, from the log into this replica's own journal, core and event log."""

from typing import Final

from engine_service.errors import LogForked
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_record import decode_record
from engine_service.journal_replay import Replay
from engine_service.journal_scan import Position
from engine_service.replica.leadership import Leadership
from engine_service.replica.log_entries import (
    HEADER_BYTES,
    Entry,
    EntryKind,
    Point,
    decode_entry,
)
from engine_service.sequencer import Sequencer


class Following:
    """Applies entries. ``replay`` executes on ``sequencer``, which is where the journal ends."""

    def __init__(
        self,
        leadership: Leadership,
        journal: Journal,
        event_log: EventLog,
        sequencer: Sequencer,
        replay: Replay,
    ) -> None:
        self.leadership: Final = leadership
        self.last: tuple[int, bytes] | None = None
        """Number and header of the last entry applied; None: none was yet."""
        self._journal = journal
        self._event_log = event_log
        self._sequencer = sequencer
        self._replay = replay

    def apply(self, seq: int, data: bytes, now_ns: int) -> None:
        """Take the next entry of the log. What it brings is durable here when this returns.

        Raises:
            LogForked: it does not continue this replica's journal.
            ReplayDiverged: this replica's engine decides differently from the leader's.
            JournalFailed, OSError: the disk is full or failed.
        """
        entry = decode_entry(seq, data)
        self.leadership.check(seq, entry)
        if entry.kind is EntryKind.BATCH:
            self._take_flush(seq, entry)
        self.leadership.heard(seq, entry, now_ns)
        self.last = (seq, data[:HEADER_BYTES])

    @property
    def log_ts_ns(self) -> int:
        """Time of the last record applied; 0 before the first."""
        return self._sequencer.log_ts_ns

    def _take_flush(self, seq: int, entry: Entry) -> None:
        first = decode_record(entry.payload, 0)
        if first is not None and entry.before.next_index == 1:
            self._journal.adopt_id(first.journal_id)
        # Executed first: what does not continue the chain, or leads to other events than the
        # leader's, raises before anything is written.
        self._execute(seq, entry)
        self._journal.write_records(
            entry.payload, entry.after.next_index - entry.before.next_index, entry.after.chain
        )
        self._journal.flush()
        self._event_log.append(b"".join(self._replay.take_held_back()))
        self._sequencer.finish_replay()

    def _execute(self, seq: int, entry: Entry) -> None:
        data = entry.payload
        position = Position(
            next_index=entry.before.next_index,
            chain=entry.before.chain,
            journal_id=self._journal.journal_id,
            log_ts_ns=self._sequencer.log_ts_ns,
        )
        while True:
            while self._replay.stretch(data, position):
                pass
            record = decode_record(data, position.offset)
            if record is None or not position.is_next(record, data):
                break
            position.advance(record)
            self._replay.execute(record)
        if position.offset != len(data) or (
            Point(position.next_index, position.chain) != entry.after
        ):
            raise LogForked(
                f"entry {seq} of the log holds a record {position.next_index} that does not "
                "continue this replica's journal. This replica stops; its journal is whole"
            )
