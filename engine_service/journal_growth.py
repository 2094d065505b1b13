"""How much a journal has grown since a point, by the lengths of its records alone: cheap enough to
ask every second. Nothing is verified: whoever acts on it reads again.
"""

import struct
from typing import Final

from engine_service.journal_record import HEADER_BYTES, MAGIC, RecordKind, padded_bytes
from engine_service.journal_scan import JournalPoint
from engine_service.journal_segments import Segments

_CHUNK_BYTES: Final = 1 << 20
_HEAD: Final = struct.Struct("<4s12xIB3xQ36xI")
"""Of a record's header: magic, length, kind, index, count."""


class JournalGrowth:
    """Counts on from where it was asked last."""

    def __init__(self, segments: Segments, point: JournalPoint) -> None:
        self._segments = segments
        self._segment = point.segment
        self._offset = point.offset
        self._next_index = point.next_index
        self._commands = 0

    def commands(self) -> int:
        """Return how many commands were journaled since the point.

        Raises:
            JournalDamaged: a segment is missing.
            OSError: it cannot be read.
        """
        at_hand = self._segments.at_hand()
        if at_hand and self._segment < at_hand[0]:
            self._go_on_at(at_hand[0])
        count = at_hand[-1] if at_hand else 0
        while self._segment <= count:
            self._read_on()
            if self._segment == count or not self._begins(self._segment + 1):
                break
            self._segment, self._offset = self._segment + 1, 0
        return self._commands

    def _go_on_at(self, segment: int) -> None:
        # No snapshot is as new as what was archived since: whatever was in it counts as a command.
        head = self._read(segment, 0, HEADER_BYTES)
        if len(head) == HEADER_BYTES:
            self._next_index = _HEAD.unpack_from(head)[3]
        self._segment, self._offset = segment, 0
        self._commands += 1

    def _read_on(self) -> None:
        while chunk := self._read(self._segment, self._offset):
            taken = self._take(chunk)
            if not taken:
                return
            self._offset += taken

    def _take(self, chunk: bytes) -> int:
        """Count the records at the start of ``chunk``; return how many bytes they are. The last one
        need not be whole.
        """
        at = 0
        while at + HEADER_BYTES <= len(chunk):
            magic, length, kind, index, count = _HEAD.unpack_from(chunk, at)
            if magic != MAGIC or index != self._next_index or length < HEADER_BYTES:
                break
            at += padded_bytes(length)
            self._next_index += 1
            if kind == RecordKind.COMMANDS:
                self._commands += count
        return at

    def _begins(self, segment: int) -> bool:
        head = self._read(segment, 0, HEADER_BYTES)
        if len(head) < HEADER_BYTES:
            return False
        magic, _, _, index, _ = _HEAD.unpack_from(head)
        return bool(magic == MAGIC and index == self._next_index)

    def _read(self, segment: int, offset: int, length: int = _CHUNK_BYTES) -> bytes:
        file = self._segments.open(segment)
        try:
            return file.read(length, offset)
        finally:
            file.close()
