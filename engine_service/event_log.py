"""The event stream on disk: 128 bytes an event, at the position its sequence number says.

Derived from the journal, so it is written without a flush of its own; replay compares it with the
regenerated events and writes what is missing. It serves gaps and late readers, back to the first
event that is at hand: older ones may be in the archive.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine_service.data_files import DataDirectory, DataFile
from engine_service.errors import EventLogDamaged
from schemas.layouts import EVENT_BYTES

EVENTS_PER_SEGMENT: Final = 524_288
_OPEN_SEGMENTS_MAX: Final = 16
_COMPARE_BYTES: Final = 4_096 * EVENT_BYTES
_NAME: Final = re.compile(r"events-(\d{8})\.log")


class EventLog:
    """Sequence numbers count from 1. First ``regenerate`` all events and ``finish_replay``, then
    ``append``.
    """

    def __init__(
        self, directory: DataDirectory, *, events_per_segment: int = EVENTS_PER_SEGMENT
    ) -> None:
        self._directory = directory
        self._events_per_segment = events_per_segment
        self._files: dict[int, DataFile] = {}
        self._begins_seq = 1
        self._next_seq = 1
        self._pending = bytearray()

    @property
    def next_seq(self) -> int:
        """Sequence number of the first event that is not in the log."""
        return self._next_seq

    @property
    def first_seq(self) -> int:
        """Sequence number of the first event that can be read: those before it are archived."""
        first_seq = (self._first_segment() - 1) * self._events_per_segment + 1
        return max(first_seq, self._begins_seq)

    def begin(self, seq: int) -> None:
        """Take note that ``seq`` is the first event there ever was here: those before it belong to
        a journal that is lost.
        """
        self._begins_seq = seq

    def segments_before(self, seq: int) -> list[str]:
        """Return the names of the files that only have events before ``seq``."""
        end = self._place(seq)[0]
        return [_name(number) for number in self._numbers() if number < end]

    def resume(self, next_seq: int) -> None:
        """Go on with event ``next_seq``: all before it are in the log."""
        self._next_seq = next_seq

    def reaches(self, next_seq: int) -> bool:
        """Return whether the files have all events before ``next_seq`` that are not archived, by
        their lengths.
        """
        first = self._first_segment()
        segment, offset = self._place(next_seq)
        lengths = [self._segment_bytes] * (segment - first) + ([offset] if offset else [])
        return segment >= first and all(
            self._has(number) and self._file(number).size() >= length
            for number, length in enumerate(lengths, start=first)
        )

    def regenerate(self, events: bytes | memoryview) -> None:
        """Take the next ``events`` from replay: the same must be on disk, or nothing.

        Raises:
            EventLogDamaged: other bytes are there.
            OSError: the disk is full or failed.
        """
        if not self._pending and len(events) >= _COMPARE_BYTES:
            self._settle(events)
            return
        self._pending += events
        if len(self._pending) >= _COMPARE_BYTES:
            self._settle_pending()

    def has(self, first_seq: int, events: bytes | memoryview) -> bool:
        """Return whether ``events``, numbered from ``first_seq``, are all in the log; changes
        nothing.

        Raises:
            EventLogDamaged: other bytes are there.
            OSError: it cannot be read.
        """
        found = [
            self._has(segment) and not self._differing(segment, offset, part)
            for segment, offset, part in self._parts(first_seq, events)
        ]
        return all(found)

    def finish_replay(self, last_events: bytes) -> None:
        """Settle what ``regenerate`` was given, and check that the log goes on with
        ``last_events``, or a part of them, and ends there. These are not written: ``append`` them
        once the journal's last flush is known to be durable.

        Raises:
            EventLogDamaged: it differs, or holds events that the journal does not produce: a record
                that was acknowledged is lost.
            OSError: the disk is full or failed.
        """
        self._settle_pending()
        for segment, offset, part in self._parts(self._next_seq, last_events):
            if self._has(segment):
                self._differing(segment, offset, part)
        end_seq = self._next_seq + len(last_events) // EVENT_BYTES
        segment, offset = self._place(end_seq)
        while self._has(segment):
            rest = self._file(segment).read(self._segment_bytes, offset)
            if rest.strip(b"\0"):
                raise EventLogDamaged(
                    f"{self._directory.path}/{_name(segment)}, offset {offset}: the event log goes "
                    f"on past event {end_seq - 1}, where the journal ends. Events are released "
                    "only when durable, so the journal has lost acknowledged records. Nothing was "
                    "changed. Restore this data directory from a backup or a replica"
                )
            segment, offset = segment + 1, 0

    def append(self, events: bytes | memoryview) -> None:
        """Add released ``events``: n x 128 bytes.

        Raises:
            OSError: the disk is full or failed.
        """
        if not events:
            return
        segment, offset = self._place(self._next_seq)
        if offset + len(events) <= self._segment_bytes:  # nearly always
            self._file(segment, create=True).write(events, offset)
        else:
            for segment, offset, part in self._parts(self._next_seq, events):
                self._file(segment, create=True).write(part, offset)
        self._next_seq += len(events) // EVENT_BYTES

    def read(self, first_seq: int, count: int) -> bytes:
        """Return up to ``count`` events from ``first_seq`` on; fewer at the end of the log, none
        if the first ones are archived.
        """
        assert first_seq >= 1
        last_seq = min(first_seq + count, self._next_seq)
        parts = []
        while first_seq < last_seq:
            segment, offset = self._place(first_seq)
            length = min((last_seq - first_seq) * EVENT_BYTES, self._segment_bytes - offset)
            try:
                parts.append(self._file(segment).read(length, offset))
            except FileNotFoundError:
                return b""
            first_seq += length // EVENT_BYTES
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def sync(self, first_seq: int, next_seq: int) -> None:
        """Return once the files of the events from ``first_seq`` to before ``next_seq`` are on
        stable storage.

        Raises:
            OSError: the disk is full or failed.
        """
        for segment in range(self._place(first_seq)[0], self._place(max(next_seq - 1, 1))[0] + 1):
            if self._has(segment):
                self._file(segment).sync()
        self._directory.sync()

    def close(self) -> None:
        """Release the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    @property
    def _segment_bytes(self) -> int:
        return self._events_per_segment * EVENT_BYTES

    def _place(self, seq: int) -> tuple[int, int]:
        segment, position = divmod(seq - 1, self._events_per_segment)
        return segment + 1, position * EVENT_BYTES

    def _parts(
        self, seq: int, events: bytes | bytearray | memoryview
    ) -> Iterator[tuple[int, int, memoryview]]:
        assert len(events) % EVENT_BYTES == 0
        view = memoryview(events)
        while view:
            segment, offset = self._place(seq)
            part = view[: self._segment_bytes - offset]
            yield segment, offset, part
            seq += len(part) // EVENT_BYTES
            view = view[len(part) :]

    def _numbers(self) -> list[int]:
        names = map(_NAME.fullmatch, self._directory.names())
        return [int(found[1]) for found in names if found]

    def _first_segment(self) -> int:
        return min(self._numbers(), default=1)

    def _has(self, segment: int) -> bool:
        return segment in self._files or _name(segment) in self._directory.names()

    def _file(self, segment: int, *, create: bool = False) -> DataFile:
        file = self._files.get(segment)
        if file is None:
            if len(self._files) >= _OPEN_SEGMENTS_MAX:
                self._files.pop(next(iter(self._files))).close()
            file = self._files[segment] = self._directory.open(_name(segment), create=create)
        return file

    def _settle_pending(self) -> None:
        self._settle(self._pending)
        self._pending = bytearray()

    def _settle(self, events: bytes | bytearray | memoryview) -> None:
        for segment, offset, part in self._parts(self._next_seq, events):
            file = self._file(segment, create=True)
            if self._differing(segment, offset, part):
                file.write(part, offset)
        self._next_seq += len(events) // EVENT_BYTES

    def _differing(self, segment: int, offset: int, expected: memoryview) -> bool:
        # Without a flush of its own the log may lack a page after a power failure, or the end of an
        # event; what is there must be right. A torn last event has a length that is no multiple of
        # an event.
        found = self._file(segment).read(len(expected), offset)
        if found == bytes(expected):  # a view compares item by item, at a twentieth of the speed
            return False
        for at in range(0, len(found) - len(found) % EVENT_BYTES, EVENT_BYTES):
            event, wanted = found[at : at + EVENT_BYTES], bytes(expected[at : at + EVENT_BYTES])
            if event != wanted and not wanted.startswith(event.rstrip(b"\0")):
                at += offset
                seq = (segment - 1) * self._events_per_segment + at // EVENT_BYTES + 1
                raise EventLogDamaged(
                    f"{self._directory.path}/{_name(segment)}, offset {at}: event {seq} differs "
                    "from what the journal produces. Readers may have seen either. Nothing was "
                    "changed. Compare with a replica or a backup; if this file is known to be "
                    "damaged and the journal sound, move the event log aside and start again: it "
                    "is rebuilt"
                )
        return True


def _name(segment: int) -> str:
    return f"events-{segment:08d}.log"
