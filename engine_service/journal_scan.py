"""Reading a journal from its start, and telling a torn tail from damage.

A crash can leave the last flush on disk in any part: some of its records, or none, or pieces. None
of it was acknowledged, so it may go. Everything before the last flush was durable; if some of that
is unreadable, a later record proves it: each record names the first record of its own flush, and
all before that one were durable when it was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine_service.errors import JournalDamaged
from engine_service.journal_record import (
    ALIGN_BYTES,
    MAGIC,
    NO_CHAIN,
    Record,
    decode_record,
    follows,
)
from engine_service.journal_segments import Segments

_ZEROS = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """Where the readable journal ends, and the writer goes on."""

    segment: int
    offset: int
    next_index: int
    chain: bytes
    journal_id: int
    """0 while there is no record."""
    last_flush_offset: int
    """Where the last flush begins in the segment; 0 before the first."""
    torn: bool
    """Remains of an unfinished flush lie behind."""


class JournalScan:
    """One pass over all records."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._segment = 1
        self._offset = 0
        self._next_index = 1
        self._chain = NO_CHAIN
        self._journal_id = 0
        self._flush_first_index = 0
        self._flush_offset = 0
        self._log_ts_ns = 0
        self._recent: dict[int, bytes] = {}
        self._end: JournalEnd | None = None

    @property
    def end(self) -> JournalEnd:
        """Where the journal ends; known once ``records`` is exhausted."""
        assert self._end is not None
        return self._end

    def records(self) -> Iterator[Record]:
        """Yield every record in order.

        Raises:
            JournalDamaged: a record that was durable is unreadable or missing.
        """
        count = self._segments.count()
        data = b""
        for number in range(1, count + 1):
            ahead = self._data(number)
            if number > 1 and not self._continues(ahead, 0):
                break
            if number > 1 and _used_bytes(data) > self._offset:
                raise self._damaged("is in the next segment, so here should only be zeros")
            data = ahead
            self._segment, self._offset = number, 0
            while (record := self._record_at(data, self._offset)) is not None:
                self._advance(record)
                yield record
        self._end = self._settle_end(count)

    def _data(self, number: int) -> bytes:
        if number not in self._recent:  # the end is looked at again with what was just read
            if len(self._recent) == 2:
                del self._recent[min(self._recent)]
            self._recent[number] = self._segments.read(number)
        return self._recent[number]

    def _continues(self, data: bytes, offset: int) -> bool:
        record = decode_record(data, offset)
        return record is not None and self._is_next(record, data, offset)

    def _record_at(self, data: bytes, offset: int) -> Record | None:
        record = decode_record(data, offset)
        if record is None:
            return None
        if not self._is_next(record, data, offset):
            raise self._damaged("holds a record that does not continue the one before it")
        return record

    def _is_next(self, record: Record, data: bytes, offset: int) -> bool:
        return (
            record.index == self._next_index
            and self._journal_id in (0, record.journal_id)
            and record.flush_first_index in (self._flush_first_index, record.index)
            and record.log_ts_ns >= self._log_ts_ns
            and follows(record, data, offset, self._chain)
        )

    def _advance(self, record: Record) -> None:
        if record.index == record.flush_first_index:
            self._flush_offset = self._offset
        self._offset += record.size_bytes
        self._next_index += 1
        self._chain = record.chain
        self._journal_id = record.journal_id
        self._flush_first_index = record.flush_first_index
        self._log_ts_ns = record.log_ts_ns

    def _settle_end(self, count: int) -> JournalEnd:
        torn = False
        for number in range(self._segment, count + 1):
            start = self._offset if number == self._segment else 0
            data = self._data(number)
            used = _used_bytes(data)
            if used > start:
                torn = True
                self._refuse_if_durable_before(data, start, used)
        return JournalEnd(
            segment=self._segment,
            offset=self._offset,
            next_index=self._next_index,
            chain=self._chain,
            journal_id=self._journal_id,
            last_flush_offset=self._flush_offset,
            torn=torn,
        )

    def _refuse_if_durable_before(self, data: bytes, start: int, used: int) -> None:
        at = data.find(MAGIC, start, used)
        while at >= 0:
            record = decode_record(data, at) if at % ALIGN_BYTES == 0 else None
            if record is not None and record.flush_first_index > self._next_index:
                raise self._damaged("is unreadable, yet later records show that it was durable")
            at = data.find(MAGIC, at + 1, used)

    def _damaged(self, what: str) -> JournalDamaged:
        return JournalDamaged(
            f"{self._segments.location(self._segment)}, offset {self._offset}: record "
            f"{self._next_index} {what}. Nothing was changed. Check the disk, then restore this "
            "data directory from a backup or a replica; do not delete or edit the file"
        )


def _used_bytes(data: bytes) -> int:
    """Length without the zeros at the end, which are most of a new segment: compared by the MiB,
    because ``rstrip`` alone takes a quarter of a second for one segment."""
    end = len(data)
    while end >= len(_ZEROS) and data.endswith(_ZEROS, 0, end):
        end -= len(_ZEROS)
    start = max(end - len(_ZEROS), 0)
    return start + len(data[start:end].rstrip(b"\0"))
