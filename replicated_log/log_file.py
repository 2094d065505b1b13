"""One shard's log in one file that any number of processes append to, without a lock.

A record says which sequence its writer expected. The order of the records in the file decides: the
first one that expects what precedes it is the next entry, one that expects anything else is void.
So whoever reads the file sees the same entries, and a writer that was stopped in the middle of
anything holds nobody up.
"""

import ctypes
import fcntl
import os
import secrets
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from replicated_log.errors import LogDamaged, LogTrimmed, LogUnavailable
from replicated_log.log import ENTRY_BYTES_MAX, READ_BYTES_MAX, LogEntry

_START: Final = struct.Struct("<8s16s")
_MAGIC: Final = b"OBLOG\0\0\1"
_RECORD: Final = struct.Struct("<16sQI")  # the file's key, expected_seq, length of the entry
_CHECKSUM: Final = struct.Struct("<I")  # of the above and the entry
_KEPT: Final = struct.Struct("<QQI")  # first entry kept, its offset, checksum of both
_HEADER_BYTES: Final = _RECORD.size + _CHECKSUM.size
_RECORD_BYTES_MAX: Final = _HEADER_BYTES + ENTRY_BYTES_MAX
_BLOCK_BYTES: Final = 4 << 20
_INDEX_EVERY: Final = 64
_PUNCH_HOLE: Final = 0x01 | 0x02  # linux/falloc.h: KEEP_SIZE, PUNCH_HOLE
assert _BLOCK_BYTES >= 2 * _RECORD_BYTES_MAX

_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class LogFile:
    """For one thread at a time; other processes, and other objects, may use the same file."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, created with its directory if it is not there.

        Raises:
            LogDamaged: it is something else.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._kept_path = path.with_suffix(".kept")
        with suppress(FileExistsError):
            _create(path)
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        start = os.pread(self._fd, _START.size, 0)
        if len(start) < _START.size or not start.startswith(_MAGIC):
            raise LogDamaged(f"{path} is not a log of this version")
        self._key = _START.unpack(start)[1]
        self._first_seq, self._first_offset = self._kept_from()
        self.head_seq = self._first_seq - 1
        self._offset = self._first_offset
        self._index_first = self._first_seq
        self._index = array("Q")
        self._synced_offset = 0

    def append(self, expected_seq: int, data: bytes) -> bool:
        """Return whether ``data`` became entry ``expected_seq + 1``; either way it is durable.

        Raises:
            LogUnavailable: the file cannot take it: the disk is full, say.
            LogDamaged: the disk failed; the process must end.
        """
        self.look()
        if self.head_seq != expected_seq:
            return False
        record = self._record(expected_seq, data)
        try:
            written = os.write(self._fd, record)
        except OSError as error:
            raise LogUnavailable(f"{self._path} cannot be written: {error}") from error
        if written < len(record):  # its remains fit no checksum: they are void
            raise LogUnavailable(f"{self._path} cannot be written: the disk is full")
        at = os.lseek(self._fd, 0, os.SEEK_CUR) - len(record)
        self._sync()
        return any(offset == at for _, offset, _ in self._advance())

    def read(self, from_seq: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries from ``from_seq`` on: durable, final.

        Raises:
            LogTrimmed: the first is not kept any more.
            LogDamaged: one is unreadable.
        """
        self.look()
        if from_seq < self._first_seq:
            raise LogTrimmed(self._first_seq)
        if from_seq > self.head_seq:
            return []
        if self._synced_offset < self._offset:  # its writer may have been killed before it had
            self._sync()
        return list(self._entries(from_seq, min(limit, self.head_seq - from_seq + 1)))

    def look(self) -> None:
        """Take note of what was trimmed and appended meanwhile."""
        self._first_seq, self._first_offset = self._kept_from()
        if self.head_seq < self._first_seq - 1:
            self.head_seq, self._offset = self._first_seq - 1, self._first_offset
            self._index_first = self._first_seq
            self._index = array("Q")
        if os.fstat(self._fd).st_size > self._offset:
            for _ in self._advance():
                pass

    def trim(self, before_seq: int) -> None:
        """Give back the space of entries below ``before_seq``; the last one stays."""
        with open(self._kept_path.with_suffix(".lock"), "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.look()
            before_seq = min(before_seq, self.head_seq)
            if before_seq <= self._first_seq:
                return
            offset = self._offset_of(before_seq)
            self._keep_from(before_seq, offset)
            if _LIBC is not None:  # where holes cannot be made the space stays in use
                start, length = ctypes.c_longlong(_START.size), offset - _START.size
                _LIBC.fallocate(self._fd, _PUNCH_HOLE, start, ctypes.c_longlong(length))

    def close(self) -> None:
        """Release the descriptor."""
        os.close(self._fd)

    def _record(self, expected_seq: int, data: bytes) -> bytes:
        head = _RECORD.pack(self._key, expected_seq, len(data))
        return head + _CHECKSUM.pack(zlib.crc32(data, zlib.crc32(head))) + data

    def _advance(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (seq, offset, data) of entries not seen before."""
        for offset, end, expected_seq, data in self._records(self._offset):
            self._offset = end
            if expected_seq == self.head_seq:
                self.head_seq += 1
                if (self.head_seq - self._index_first) % _INDEX_EVERY == 0:
                    self._index.append(offset)
                yield self.head_seq, offset, data

    def _records(self, offset: int) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield (offset, end, expected_seq, data) of every whole record from ``offset`` on. What
        no checksum fits is skipped if something whole follows, and waited for if not: writes end
        in the order in which they begin.
        """
        block = os.pread(self._fd, _BLOCK_BYTES, offset)
        at = 0
        while block:
            found = self._whole_record(block, at)
            if found is not None:
                start, end, expected_seq, data = found
                yield offset + start, offset + end, expected_seq, data
                at = end
                continue
            # What may be the beginning of a record is looked at again with what follows it.
            done = max(at, len(block) - _RECORD_BYTES_MAX)
            if len(block) < _BLOCK_BYTES or done == 0:
                return
            offset += done
            at = 0
            block = os.pread(self._fd, _BLOCK_BYTES, offset)

    def _whole_record(self, block: bytes, at: int) -> tuple[int, int, int, bytes] | None:
        while (at := block.find(self._key, at)) >= 0:
            if at + _HEADER_BYTES <= len(block):
                _, expected_seq, length = _RECORD.unpack_from(block, at)
                body, end = at + _HEADER_BYTES, at + _HEADER_BYTES + length
                if length <= ENTRY_BYTES_MAX and end <= len(block):
                    data = block[body:end]
                    checksum = zlib.crc32(data, zlib.crc32(block[at : at + _RECORD.size]))
                    if checksum == _CHECKSUM.unpack_from(block, at + _RECORD.size)[0]:
                        return at, end, expected_seq, data
            at += 1
        return None

    def _entries(self, from_seq: int, limit: int) -> Iterator[LogEntry]:
        seq, offset = self._indexed(from_seq)
        size_bytes = 0
        for _, _, expected_seq, data in self._records(offset):
            if expected_seq != seq - 1:
                continue
            if seq >= from_seq:
                size_bytes += len(data)
                if seq > from_seq and size_bytes > READ_BYTES_MAX:
                    return
                yield LogEntry(seq, data)
            seq += 1
            if seq == from_seq + limit:
                return
        raise LogDamaged(f"{self._path}: entry {seq} is unreadable")

    def _indexed(self, seq: int) -> tuple[int, int]:
        """The nearest entry at or before ``seq`` whose offset is known, and that offset."""
        slot = (seq - self._index_first) // _INDEX_EVERY
        at = self._index_first + slot * _INDEX_EVERY
        if at < self._first_seq:
            return self._first_seq, self._first_offset
        return at, self._index[slot]

    def _offset_of(self, seq: int) -> int:
        at, offset = self._indexed(seq)
        for start, _, expected_seq, _ in self._records(offset):
            if expected_seq == at - 1:
                if at == seq:
                    return start
                at += 1
        raise LogDamaged(f"{self._path}: entry {seq} is unreadable")

    def _sync(self) -> None:
        size = os.fstat(self._fd).st_size
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            raise LogDamaged(f"{self._path} cannot be made durable: {error}") from error
        self._synced_offset = size

    def _kept_from(self) -> tuple[int, int]:
        try:
            kept = self._kept_path.read_bytes()
        except FileNotFoundError:
            return 1, _START.size
        first_seq, offset, checksum = _KEPT.unpack(kept)
        if checksum != zlib.crc32(kept[: -_CHECKSUM.size]):
            raise LogDamaged(f"{self._kept_path} is damaged")
        return first_seq, offset

    def _keep_from(self, first_seq: int, offset: int) -> None:
        kept = _KEPT.pack(first_seq, offset, 0)[: -_CHECKSUM.size]
        _write_durably(self._kept_path.with_suffix(".new"), kept + _CHECKSUM.pack(zlib.crc32(kept)))
        os.rename(self._kept_path.with_suffix(".new"), self._kept_path)
        _sync_directory(self._kept_path.parent)


def _create(path: Path) -> None:
    """Whole or not at all; FileExistsError if another process was first."""
    if path.exists():
        raise FileExistsError
    building = path.with_suffix(f".{secrets.token_hex(8)}")
    _write_durably(building, _START.pack(_MAGIC, secrets.token_bytes(16)))
    try:
        os.link(building, path)
    finally:
        building.unlink()
    _sync_directory(path.parent)


def _write_durably(path: Path, data: bytes) -> None:
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
