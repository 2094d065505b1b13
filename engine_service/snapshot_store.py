"""The snapshots in an engine's directory: written so that a name never stands for half a file, the
last few kept, the newest first.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine_service.data_files import DataDirectory
from engine_service.errors import SnapshotDamaged
from engine_service.journal_scan import JOURNAL_START, JournalPoint
from engine_service.snapshot_file import (
    HEAD_BYTES,
    Snapshot,
    decode_next_event_seq,
    decode_point,
    decode_snapshot,
    encode_snapshot,
)

KEPT: Final = 3
_WRITTEN: Final = "snapshot.new"
"""What is written under this name has no meaning yet."""
_NAME: Final = re.compile(r"snapshot-(\d{16})\.snap")
_FOUNDATION: Final = "foundation.snap"
"""What the first record of a journal stands on that was rebuilt from a ledger: never taken away."""


class SnapshotStore:
    """Snapshots by the index of their last record."""

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory

    def indexes(self) -> list[int]:
        """Return which there are, the newest first."""
        names = map(_NAME.fullmatch, self._directory.names())
        return sorted((int(found[1]) for found in names if found), reverse=True)

    def location(self, index: int) -> str:
        """Return a snapshot's file as messages name it."""
        return f"{self._directory.path}/{_name(index)}"

    def newest_point(self) -> JournalPoint:
        """Return where the newest snapshot says it stands, unproven; the journal's start if there
        is none.

        Raises:
            OSError: it cannot be read.
        """
        for index in self.indexes()[:1]:
            return decode_point(self._head(_name(index))) or JOURNAL_START
        return JOURNAL_START

    def points(self) -> list[tuple[JournalPoint, int]]:
        """Return where each snapshot says it stands, and the event that follows it, unproven. What
        is no snapshot stands at the journal's start.

        Raises:
            OSError: one cannot be read.
        """
        heads = map(self._head, map(_name, self.indexes()))
        return [
            (point, decode_next_event_seq(head))
            if (point := decode_point(head))
            else (JOURNAL_START, 1)
            for head in heads
        ]

    def read(self, index: int) -> Snapshot:
        """Return a snapshot.

        Raises:
            SnapshotDamaged: it is torn, damaged or of another form.
            OSError: it cannot be read.
        """
        snapshot = self._read(_name(index))
        if snapshot.last_index != index:
            raise SnapshotDamaged(f"{self.location(index)} is that of record {snapshot.last_index}")
        return snapshot

    def foundation(self) -> Snapshot | None:
        """Return what the journal begins on; None: on nothing, as nearly every one.

        Raises:
            SnapshotDamaged: it is torn, damaged or of another form.
            OSError: it cannot be read.
        """
        if _FOUNDATION not in self._directory.names():
            return None
        return self._read(_FOUNDATION)

    def founded_seq(self) -> int:
        """Return the first event that the journal can lead to: 1 unless it has a foundation.

        Raises:
            OSError: it cannot be read.
        """
        if _FOUNDATION not in self._directory.names():
            return 1
        head = self._head(_FOUNDATION)
        return decode_next_event_seq(head) if decode_point(head) else 1

    def found(self, snapshot: Snapshot) -> None:
        """Have the journal begin on ``snapshot``.

        Raises:
            OSError: the disk is full or failed.
        """
        self._write(snapshot, _FOUNDATION)

    def write(self, snapshot: Snapshot) -> int:
        """Add a snapshot; return its length in bytes. It is there for good when this returns, and
        if it raises or the machine stops, not at all.

        Raises:
            OSError: the disk is full or failed.
        """
        return self._write(snapshot, _name(snapshot.last_index))

    def prepare(self, snapshot: Snapshot) -> int:
        """Write a snapshot that does not count yet; return its length in bytes.

        Raises:
            OSError: the disk is full or failed.
        """
        if _WRITTEN in self._directory.names():
            self._directory.remove(_WRITTEN)
        file = self._directory.open(_WRITTEN, create=True)
        try:
            offset = 0
            for part in encode_snapshot(snapshot):
                file.write(part, offset)
                offset += len(part)
            file.sync()
        finally:
            file.close()
        return offset

    def prepared(self) -> Snapshot:
        """Return what was prepared, as it is on the disk.

        Raises:
            SnapshotDamaged: it is not what was written.
            OSError: it cannot be read.
        """
        return self._read(_WRITTEN)

    def keep(self, index: int) -> None:
        """Have what was prepared count from now on.

        Raises:
            OSError: the disk failed.
        """
        self._directory.rename(_WRITTEN, _name(index))
        self._directory.sync()

    def _write(self, snapshot: Snapshot, name: str) -> int:
        size_bytes = self.prepare(snapshot)
        self._directory.rename(_WRITTEN, name)
        self._directory.sync()
        return size_bytes

    def _head(self, name: str) -> bytes:
        file = self._directory.open(name)
        try:
            return file.read(HEAD_BYTES, 0)
        finally:
            file.close()

    def _read(self, name: str) -> Snapshot:
        file = self._directory.open(name)
        try:
            data = file.read(file.size(), 0)
        finally:
            file.close()
        return decode_snapshot(data, f"{self._directory.path}/{name}")

    def forget(self, index: int) -> None:
        """Take a snapshot away."""
        self._directory.remove(_name(index))

    def prune(self) -> Iterator[int]:
        """Take away all but the newest few; yield which."""
        for index in self.indexes()[KEPT:]:
            self.forget(index)
            yield index


def _name(index: int) -> str:
    return f"snapshot-{index:016d}.snap"
