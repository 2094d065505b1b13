"""The journal's files: fixed-size segments, written with zeros before they are used. The oldest may
be in the archive, where they are still read, or nowhere any more.

Overwriting a pre-written file needs no change of its length or its extents, so one fdatasync is one
disk write; and a full disk is met while a segment is prepared, not while a command waits.
"""

import re
import threading
from collections.abc import Callable
from typing import Final

from engine_service.archive import archived_names, read_archived
from engine_service.data_files import DataDirectory, DataFile
from engine_service.errors import JournalDamaged
from engine_service.journal_record import ALIGN_BYTES, HEADER_BYTES, PAYLOAD_BYTES_MAX

SEGMENT_BYTES: Final = 64 << 20
SEGMENTS_AHEAD: Final = 2
_ZEROS: Final = bytes(1 << 20)
_RECORD_BYTES_MAX: Final = HEADER_BYTES + PAYLOAD_BYTES_MAX + ALIGN_BYTES
_CHUNKS_BETWEEN_SYNCS: Final = 8
_PAUSE_S: Final = 0.01  # between chunks: commands share this disk
_RETRY_S: Final = 1.0
_PREFIX: Final = "journal-"
_NAME: Final = re.compile(r"journal-(\d{8})\.seg")


def segment_name(number: int) -> str:
    """Return the file name of segment ``number``, counted from 1."""
    return f"{_PREFIX}{number:08d}.seg"


class Segments:
    """The segment files of one journal."""

    def __init__(self, directory: DataDirectory, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._directory = directory
        self.segment_bytes = segment_bytes

    def count(self) -> int:
        """Return how many segments there are, with those that were archived: 1, 2, … count.

        Raises:
            JournalDamaged: one is missing, or longer than a segment is.
        """
        at_hand = self.at_hand()
        return at_hand[-1] if at_hand else 0

    def first(self) -> int:
        """Return the first segment that can be read, in the archive if not here; 1 if there is
        none.

        Raises:
            JournalDamaged: as ``count``.
        """
        at_hand, archived = self.at_hand(), set(archived_names(self._directory))
        first = at_hand[0] if at_hand else 1
        while segment_name(first - 1) in archived:
            first -= 1
        return first

    def at_hand(self) -> range:
        """Return the numbers of the segments that are not archived.

        Raises:
            JournalDamaged: as ``count``.
        """
        listed = self._directory.names()
        names = [name for name in listed if name.startswith(_PREFIX)]
        found = _NAME.fullmatch(names[0]) if names else None
        first = int(found[1]) if found else 1
        for number, name in enumerate(names, start=first):
            if name != segment_name(number):
                raise JournalDamaged(
                    f"{self.location(number)}: the segment is missing, or {name} does not belong "
                    "there; restore the directory from a backup"
                )
            if self._size(name) > self.segment_bytes:
                raise JournalDamaged(
                    f"{self.location(number)}: the segment is longer than {self.segment_bytes} "
                    "bytes; start with the OPENBELL_ENGINE_SEGMENT_BYTES it was written with"
                )
        if not names and any(_NAME.fullmatch(name) for name in archived_names(self._directory)):
            raise JournalDamaged(
                f"{self._directory.path}: the journal's older segments are in the archive, but "
                "those after them are missing; restore the directory from a backup"
            )
        return range(first, first + len(names))

    def _size(self, name: str) -> int:
        file = self._directory.open(name)
        try:
            return file.size()
        finally:
            file.close()

    def whole_count(self) -> int:
        """Return up to which segment all have their full length."""
        at_hand = self.at_hand()
        for number in at_hand:
            if self._size(segment_name(number)) < self.segment_bytes:
                return number - 1
        return at_hand[-1] if at_hand else 0

    def location(self, number: int) -> str:
        """Return segment ``number`` as messages name it."""
        return f"{self._directory.path}/{segment_name(number)}"

    def read(self, number: int) -> bytes:
        """Return a segment without the zeros at its end, but with so many of them that they do not
        cut a record short; what a short file lacks reads as zeros.

        Raises:
            ArchiveDamaged: it is in the archive, and damaged there.
            OSError: it cannot be read.
        """
        try:
            file = self.open(number)
        except FileNotFoundError:
            return read_archived(self._directory, segment_name(number))
        try:
            wanted = min(_used_bytes(file) + _RECORD_BYTES_MAX, self.segment_bytes)
            data = file.read(wanted, 0)
            return data if len(data) == wanted else data + bytes(wanted - len(data))
        finally:
            file.close()

    def open(self, number: int) -> DataFile:
        """Open a segment that is not archived."""
        return self._directory.open(segment_name(number))

    def prepare(self, number: int, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Create segment ``number``, or complete it, to its full length in zeros, and sync it.

        ``go_on`` is asked after every MiB; on False it returns False with the work half done.

        Raises:
            OSError: the disk is full, or failed.
        """
        file = self._directory.open(segment_name(number), create=True)
        try:
            offset = file.size()
            for chunk in range(-(-(self.segment_bytes - offset) // len(_ZEROS))):
                length = min(len(_ZEROS), self.segment_bytes - offset)
                file.write(memoryview(_ZEROS)[:length], offset)
                offset += length
                if chunk % _CHUNKS_BETWEEN_SYNCS == _CHUNKS_BETWEEN_SYNCS - 1:
                    file.sync()
                if not go_on():
                    return False
            file.sync()
        finally:
            file.close()
        self._directory.sync()
        return True


def _used_bytes(file: DataFile) -> int:
    # From the end, a piece at a time: a prepared segment is all zeros, and never held in memory.
    end = file.size()
    while end:
        start = max(end - len(_ZEROS), 0)
        used = file.read(end - start, start)
        if used != _ZEROS:
            used = used.rstrip(b"\0")
            if used:
                return start + len(used)
        end = start
    return 0


class SegmentSupply:
    """Keeps the next segments prepared, in a thread of its own."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._used = 0
        self._ready = 0
        self._error: OSError | None = None
        self._thread: threading.Thread | None = None

    def start(self, number: int) -> None:
        """Begin, with segment ``number`` in use; what an earlier run prepared is ready."""
        self._used = number
        self._ready = max(number, self._segments.whole_count())
        self._thread = threading.Thread(target=self._run, name="segment-supply", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> int:
        """The highest segment number that is prepared."""
        return self._ready

    @property
    def error(self) -> OSError | None:
        """Why the last attempt failed; None when it did not."""
        return self._error

    def take(self, number: int) -> None:
        """Return once segment ``number`` is prepared, and begin to prepare what comes after it.

        Raises:
            OSError: it is not, and preparing it failed just now.
        """
        self.wait(number)
        with self._changed:
            self._used = number
            self._changed.notify_all()

    def wait(self, number: int) -> None:
        """Return once segment ``number``, at most two ahead, is prepared.

        Raises:
            OSError: it is not, and preparing it failed just now.
        """
        assert number <= self._used + SEGMENTS_AHEAD
        with self._changed:
            while self._ready < number:
                if self._error is not None:
                    raise self._error
                self._changed.wait()

    def close(self) -> None:
        """End the thread; a half-prepared segment is completed next time."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                while self._ready >= self._used + SEGMENTS_AHEAD and not self._stop.is_set():
                    self._changed.wait()
                number = self._ready + 1
            try:
                done = not self._stop.is_set() and self._segments.prepare(number, self._go_on)
            except OSError as error:
                self._settle(self._ready, error)
                self._stop.wait(_RETRY_S)
            else:
                self._settle(number if done else self._ready, None)

    def _go_on(self) -> bool:
        # The disk is shared with the commands, so there is a pause while a segment is in reserve.
        spare = self._ready > self._used
        return not (self._stop.wait(_PAUSE_S) if spare else self._stop.is_set())

    def _settle(self, ready: int, error: OSError | None) -> None:
        with self._changed:
            self._ready = ready
            self._error = error
            self._changed.notify_all()
