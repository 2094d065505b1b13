"""Reading a journal from its start, and telling a torn tail from damage.

A crash can leave the last flush on disk in any part: some of its records, or none, or pieces. None
of it was acknowledged, so it may go. Everything before the last flush was durable; if some of that
is unreadable, a later record proves it: each record names the first record of its own flush, and
all before that one were durable when it was written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

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


@dataclass(slots=True)
class Position:
    """Where a scan stands in a segment, and what the record there must continue."""

    offset: int = 0
    next_index: int = 1
    chain: bytes = NO_CHAIN
    journal_id: int = 0
    """0 while there is no record."""
    flush_first_index: int = 0
    flush_offset: int = 0
    """Where the last flush begins in the segment; 0 before the first."""
    log_ts_ns: int = 0

    def is_next(self, record: Record, data: bytes) -> bool:
        """Return whether ``record``, which is here in ``data``, continues what came before."""
        return (
            record.index == self.next_index
            and self.journal_id in (0, record.journal_id)
            and record.flush_first_index in (self.flush_first_index, record.index)
            and record.log_ts_ns >= self.log_ts_ns
            and follows(record, data, self.offset, self.chain)
        )

    def advance(self, record: Record) -> None:
        """Go past ``record``, which is the next."""
        if record.index == record.flush_first_index:
            self.flush_offset = self.offset
        self.offset += record.size_bytes
        self.next_index += 1
        self.chain = record.chain
        self.journal_id = record.journal_id
        self.flush_first_index = record.flush_first_index
        self.log_ts_ns = record.log_ts_ns


@dataclass(frozen=True, slots=True)
class JournalPoint:
    """A place between two records: where what follows goes on."""

    segment: int = 1
    offset: int = 0
    next_index: int = 1
    chain: bytes = NO_CHAIN
    journal_id: int = 0
    """0 before the first record."""
    flush_first_index: int = 0
    flush_offset: int = 0
    """Where the flush of the last record before it begins in the segment."""
    log_ts_ns: int = 0

    def position(self) -> Position:
        """Return where a scan stands that begins here."""
        return Position(
            offset=self.offset,
            next_index=self.next_index,
            chain=self.chain,
            journal_id=self.journal_id,
            flush_first_index=self.flush_first_index,
            flush_offset=self.flush_offset,
            log_ts_ns=self.log_ts_ns,
        )


JOURNAL_START: Final = JournalPoint()

Stretch = Callable[[bytes, Position], bool]
"""Deals with some of the records at a position in a segment's bytes and moves the position past
them; False: with none, and the position is where it was.
"""


class JournalScan:
    """One pass over all records from a point on; what is before it is not read.

    ``grows``: an engine writes while this reads. Then it ends, without a word, before what cannot
    be read: that may be half written.
    """

    def __init__(
        self, segments: Segments, start: JournalPoint = JOURNAL_START, *, grows: bool = False
    ) -> None:
        self._segments = segments
        self._start = start
        self._grows = grows
        self._segment = start.segment
        self._position = start.position()
        self._recent: dict[int, bytes] = {}
        self._end: JournalEnd | None = None

    @property
    def end(self) -> JournalEnd:
        """Where the journal ends; known once ``records`` is exhausted."""
        assert self._end is not None
        return self._end

    @property
    def point(self) -> JournalPoint:
        """Where it stands: behind the last record it yielded, or that was dealt with."""
        position = self._position
        return JournalPoint(
            segment=self._segment,
            offset=position.offset,
            next_index=position.next_index,
            chain=position.chain,
            journal_id=position.journal_id,
            flush_first_index=position.flush_first_index,
            flush_offset=position.flush_offset,
            log_ts_ns=position.log_ts_ns,
        )

    def records(self) -> Iterator[Record]:
        """Yield every record in order.

        Raises:
            JournalDamaged: a record that was durable is unreadable or missing.
        """
        for record in self.steps(lambda _data, _position: False):
            assert record is not None
            yield record

    def steps(self, stretch: Stretch) -> Iterator[Record | None]:
        """As ``records``, without those that ``stretch`` deals with: it is asked before each
        record, and None is yielded after it went on.

        Raises:
            JournalDamaged: as ``records``.
        """
        count = self._segments.count()
        position = self._position
        data = b""
        first = self._start.segment
        self._refuse_if_away(first)
        for number in range(first, count + 1):
            ahead = self._data(number)
            if number > first:
                if not self._continues(ahead):
                    break
                if _used_bytes(data) > position.offset:
                    raise self._damaged("is in the next segment, so here should only be zeros")
                self._segment, position.offset = number, 0
            data = ahead
            while True:
                while stretch(data, position):
                    yield None
                record = self._record_at(data)
                if record is None:
                    break
                position.advance(record)
                yield record
        if not self._grows:
            self._end = self._settle_end(count)

    def _refuse_if_away(self, first: int) -> None:
        at_hand = self._segments.first()
        if at_hand > first:
            raise JournalDamaged(
                f"{self._segments.location(first)}: the journal is needed from this segment on, "
                f"but begins with segment {at_hand}, and those before it are not in the archive "
                "either. Bring the archive back to where it was, or restore the directory, with "
                "a snapshot, from a backup"
            )

    def _data(self, number: int) -> bytes:
        if number not in self._recent:  # the end is looked at again with what was just read
            if len(self._recent) == 2:
                del self._recent[min(self._recent)]
            self._recent[number] = self._segments.read(number)
        return self._recent[number]

    def _continues(self, data: bytes) -> bool:
        record = decode_record(data, 0)
        return record is not None and replace(self._position, offset=0).is_next(record, data)

    def _record_at(self, data: bytes) -> Record | None:
        record = decode_record(data, self._position.offset)
        if record is None:
            return None
        if not self._position.is_next(record, data):
            raise self._damaged("holds a record that does not continue the one before it")
        return record

    def _settle_end(self, count: int) -> JournalEnd:
        torn = False
        end = self._position
        for number in range(self._segment, count + 1):
            start = end.offset if number == self._segment else 0
            data = self._data(number)
            used = _used_bytes(data)
            if used > start:
                torn = True
                self._refuse_if_durable_before(data, start, used)
        return JournalEnd(
            segment=self._segment,
            offset=end.offset,
            next_index=end.next_index,
            chain=end.chain,
            journal_id=end.journal_id,
            last_flush_offset=end.flush_offset,
            torn=torn,
        )

    def _refuse_if_durable_before(self, data: bytes, start: int, used: int) -> None:
        at = data.find(MAGIC, start, used)
        while at >= 0:
            record = decode_record(data, at) if at % ALIGN_BYTES == 0 else None
            if record is not None and record.flush_first_index > self._position.next_index:
                raise self._damaged("is unreadable, yet later records show that it was durable")
            at = data.find(MAGIC, at + 1, used)

    def _damaged(self, what: str) -> JournalDamaged:
        return JournalDamaged(
            f"{self._segments.location(self._segment)}, offset {self._position.offset}: "
            f"record {self._position.next_index} {what}. Nothing was changed. Check the disk, "
            "then restore this data directory from a backup or a replica; do not delete or edit "
            "the file"
        )


def _used_bytes(data: bytes) -> int:
    """Length without the zeros at the end, which are most of a new segment: compared by the MiB,
    because ``rstrip`` alone takes a quarter of a second for one segment."""
    end = len(data)
    while end >= len(_ZEROS) and data.endswith(_ZEROS, 0, end):
        end -= len(_ZEROS)
    start = max(end - len(_ZEROS), 0)
    return start + len(data[start:end].rstrip(b"\0"))
