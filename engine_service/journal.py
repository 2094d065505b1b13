"""The journal: what was decided, in order, durable before anyone hears of it."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from engine_service.data_files import DataDirectory, DataFile
from engine_service.errors import JournalFailed
from engine_service.journal_record import Entry, FlushFacts, Record, encode_record
from engine_service.journal_scan import (
    JOURNAL_START,
    JournalEnd,
    JournalPoint,
    JournalScan,
    Stretch,
)
from engine_service.journal_segments import SEGMENT_BYTES, Segments, SegmentSupply

EPOCH: Final = 1
"""Of an engine that leads for ever, because it has no log."""
FLUSH_BYTES_MAX: Final = 1 << 20
_ZEROS_BYTES: Final = 1 << 20


class Journal:
    """Append-only. First ``replay`` to its end, then ``start``, then ``write`` and ``flush`` in
    turn; after JournalFailed the process must end.
    """

    def __init__(
        self,
        directory: DataDirectory,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        sync_enabled: bool = True,
        journal_id: int | None = None,
    ) -> None:
        directory.lock()
        assert segment_bytes % 64 == 0
        self._segments = Segments(directory, segment_bytes)
        self._supply = SegmentSupply(self._segments)
        self._sync_enabled = sync_enabled
        self._new_journal_id = journal_id or secrets.randbits(63) + 1
        self._file: DataFile | None = None
        self._segment = 0
        self._offset = 0
        self._next_index = 1
        self._chain = b""
        self._journal_id = 0
        self._last_flush_offset = 0
        self._torn = False
        self._dirty = False
        self._failed = False
        self.epoch = EPOCH
        """What the records written from now on carry."""

    def replay(self) -> Iterator[Record]:
        """Yield every record. Changes nothing on disk.

        Raises:
            JournalDamaged: a record that was durable is unreadable or missing.
        """
        scan = JournalScan(self._segments)
        yield from scan.records()
        self._adopt(scan.end)

    def replay_by(
        self, stretch: Stretch, start: JournalPoint = JOURNAL_START
    ) -> Iterator[Record | None]:
        """As ``replay`` from ``start`` on, without the records that ``stretch`` deals with: None
        stands for some.

        Raises:
            JournalDamaged: as ``replay``.
        """
        scan = JournalScan(self._segments, start)
        yield from scan.steps(stretch)
        self._adopt(scan.end)

    def start(self) -> None:
        """Make ready to write: zero a torn tail, make what was replayed durable, prepare the next
        segments in the background.

        Raises:
            JournalFailed: the disk is full or failed.
        """
        try:
            if self._torn:
                for number in range(self._segment, self._segments.count() + 1):
                    self._zero_tail(number)
            # Those ahead as well: who prepared them may have been killed before it had synced them.
            for number in range(
                self._segment, max(self._segment, self._segments.whole_count()) + 1
            ):
                self._segments.prepare(number)
            self._file = self._segments.open(self._segment)
            self._rewrite_last_flush(self._file)
        except OSError as error:
            raise self.failure("making the journal ready", error) from error
        self._supply.start(self._segment)

    @property
    def segments(self) -> Segments:
        """Its files."""
        return self._segments

    @property
    def next_index(self) -> int:
        """Index of the record written next."""
        return self._next_index

    @property
    def chain(self) -> bytes:
        """The last record's chain."""
        return self._chain

    @property
    def journal_id(self) -> int:
        """The number in every record of this journal."""
        return self._journal_id

    @property
    def torn(self) -> bool:
        """Whether replay found remains of a flush that was never acknowledged."""
        return self._torn

    @property
    def size_bytes(self) -> int:
        """Bytes of all records, unused ends of segments included."""
        return (self._segment - 1) * self._segments.segment_bytes + self._offset

    @property
    def segment_bytes(self) -> int:
        """Length of one segment."""
        return self._segments.segment_bytes

    @property
    def room_bytes(self) -> int:
        """Bytes that can still be written without asking the disk for more."""
        segments = 1 + max(self._supply.ready - self._segment, 0)
        return segments * self._segments.segment_bytes - self._offset

    @property
    def supply_error(self) -> OSError | None:
        """Why no further segment can be prepared at the moment, if so."""
        return self._supply.error

    def write(
        self, entries: Sequence[Entry], *, log_ts_ns: int, first_event_seq: int, events_hash: bytes
    ) -> bytes | bytearray:
        """Write ``entries`` with one pwrite, and return their records. They are durable after the
        next ``flush``, which must come before the next ``write``.

        Raises:
            JournalFailed: the disk is full or failed.
        """
        facts = FlushFacts(
            self._journal_id, self.epoch, self._next_index, log_ts_ns, first_event_seq, events_hash
        )
        parts = []
        chain = self._chain
        for index, entry in enumerate(entries, start=self._next_index):
            part, chain = encode_record(entry, facts, index, chain)
            parts.append(part)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self.write_records(data, len(entries), chain)
        return data

    def write_records(self, data: bytes | bytearray | memoryview, count: int, chain: bytes) -> None:
        """As ``write``, of ``count`` records encoded elsewhere: from ``next_index`` on, continuing
        ``chain``, up to the new ``chain``.

        Raises:
            JournalFailed: the disk is full or failed.
        """
        assert not self._dirty and not self._failed
        assert len(data) <= FLUSH_BYTES_MAX
        try:
            self._place(data)
        except OSError as error:
            raise self.failure("writing the journal", error) from error
        self._next_index += count
        self._chain = chain
        self._dirty = True

    def adopt_id(self, journal_id: int) -> None:
        """Be a copy of the journal of that number. Only while it has no record."""
        assert self._next_index == 1
        self._journal_id = journal_id

    def place(self) -> tuple[int, int, int, int, bool]:
        """Return where the next flush goes, for one who writes it elsewhere: the segment's number
        and descriptor (-1: it has none), the offset in it, its length, and whether to sync.
        """
        assert self._file is not None and not self._dirty and not self._failed
        segment_bytes = self._segments.segment_bytes
        fd = self._file.fileno()
        return self._segment, fd, self._offset, segment_bytes, self._sync_enabled

    def note_written(self, length: int, count: int, chain: bytes) -> None:
        """Take note of ``count`` records, ``length`` bytes, that were written to ``place`` and
        flushed there, up to the new ``chain``.
        """
        self._offset += length
        self._next_index += count
        self._chain = chain

    def flush(self) -> None:
        """Return once everything written is on stable storage.

        Raises:
            JournalFailed: the disk failed; what is durable is unknown.
        """
        assert self._file is not None and not self._failed
        try:
            if self._sync_enabled:
                self._file.sync()
        except OSError as error:
            raise self.failure("flushing the journal", error) from error
        self._dirty = False

    def close(self) -> None:
        """Release the files; what was written and not flushed is not acknowledged by anyone."""
        self._supply.close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _adopt(self, end: JournalEnd) -> None:
        self._segment, self._offset = end.segment, end.offset
        self._next_index, self._chain = end.next_index, end.chain
        self._journal_id = end.journal_id or self._new_journal_id
        self._last_flush_offset = end.last_flush_offset
        self._torn = end.torn

    def _zero_tail(self, number: int) -> None:
        file = self._segments.open(number)
        try:
            start = self._offset if number == self._segment else 0
            used = len(file.read(self._segments.segment_bytes, 0).rstrip(b"\0"))
            for at in range(start, used, _ZEROS_BYTES):
                file.write(bytes(min(_ZEROS_BYTES, used - at)), at)
            file.sync()
        finally:
            file.close()

    def _rewrite_last_flush(self, file: DataFile) -> None:
        # Perhaps the process died between write and sync, or the sync failed: the kernel then shows
        # data that is not on disk, and no longer counts it as unwritten. Written again, it does.
        start = self._last_flush_offset
        file.write(file.read(self._offset - start, start), start)
        file.sync()

    def _place(self, data: bytes | bytearray | memoryview) -> None:
        assert self._file is not None
        if self._offset + len(data) > self._segments.segment_bytes:
            # A flush never spans two segments: its records would not share one write and one sync.
            self._supply.take(self._segment + 1)
            self._file.close()
            self._segment += 1
            self._offset = 0
            self._file = self._segments.open(self._segment)
        self._file.write(data, self._offset)
        self._offset += len(data)

    def failure(self, doing: str, error: OSError) -> JournalFailed:
        """Return what to raise: from here on nothing can be written."""
        self._failed = True
        return JournalFailed(
            f"{self._segments.location(max(self._segment, 1))}: {doing} failed ({error}). The "
            "engine stops, because what is durable is unknown; nothing unacknowledged was "
            "released. Check the disk and its free space, then start again"
        )
