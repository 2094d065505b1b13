"""Captures: what an engine executed, taken from its journal, to be sent to another engine.

A file of ``MAGIC`` and 104-byte records: log time in Unix nanoseconds, little-endian, and the
command (96 bytes). On another engine it is another day: every request's own times are moved by as
much as the first command's.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from domain.commands import NewOrder, ReplaceOrder
from domain.units import NS_PER_S
from engine_service.data_files import DiskDirectory
from engine_service.journal_record import RecordKind
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import SEGMENT_BYTES, Segments
from replay.errors import BadStream
from schemas.codec import decode_command, encode_command
from schemas.errors import Malformed
from schemas.layouts import COMMAND_BYTES

MAGIC: Final = b"OBCAP1\n\0"
RECORD: Final = struct.Struct(f"<q{COMMAND_BYTES}s")
_VALID_UNTIL_NS_MAX: Final = (1 << 63) - 1
_EXPIRE_S_MAX: Final = (1 << 32) - 1

Captured = tuple[int, bytes]
"""Log time in ns, command."""


def write_capture(data_dir: Path, path: Path, *, segment_bytes: int = SEGMENT_BYTES) -> int:
    """Write all commands of an engine's journal to ``path``; return how many.

    Raises:
        EngineServiceError: the journal cannot be read.
    """
    count = 0
    with path.open("wb") as file:
        file.write(MAGIC)
        for record in _journal(data_dir, segment_bytes):
            file.write(RECORD.pack(*record))
            count += 1
    return count


def is_capture(data: bytes) -> bool:
    """Return whether a file that begins with ``data`` is a capture."""
    return data.startswith(MAGIC)


def read_capture(data: bytes, prefix: int | None) -> list[Captured]:
    """Return the records of a capture, the first ``prefix`` of them.

    Raises:
        BadStream: it is torn or empty.
    """
    records = data[len(MAGIC) :]
    if not records or len(records) % RECORD.size:
        raise BadStream(f"the capture is not a whole number of {RECORD.size}-byte records")
    return list(RECORD.iter_unpack(records[: prefix * RECORD.size] if prefix else records))


def moved_to(captured: list[Captured], now_ns: int) -> list[bytes]:
    """Return the commands as if the first had been given at ``now_ns``."""
    seconds = (now_ns - captured[0][0]) // NS_PER_S + 1
    return [_moved(command, seconds) for _, command in captured]


def due_after_s(log_ts_ns: Sequence[int], speed: float) -> list[float]:
    """Return when commands of these times are due, in seconds from the first, at ``speed`` times
    the recorded pace.
    """
    return [(ts_ns - log_ts_ns[0]) / NS_PER_S / speed for ts_ns in log_ts_ns]


def _moved(data: bytes, seconds: int) -> bytes:
    try:
        command = decode_command(data)
    except Malformed:
        return data  # it was refused, and will be again
    if not isinstance(command, NewOrder | ReplaceOrder):
        return data
    valid_until_ns = command.valid_until_ns + seconds * NS_PER_S
    moved = replace(command, valid_until_ns=_within(valid_until_ns, _VALID_UNTIL_NS_MAX))
    if isinstance(moved, NewOrder) and moved.expire_s:
        moved = replace(moved, expire_s=_within(moved.expire_s + seconds, _EXPIRE_S_MAX))
    return encode_command(moved)


def _within(moment: int, latest: int) -> int:
    return min(max(moment, 1), latest)  # "for ever" stays what it is, and nothing becomes "never"


def _journal(data_dir: Path, segment_bytes: int) -> Iterator[Captured]:
    directory = DiskDirectory(data_dir)
    try:
        for record in JournalScan(Segments(directory, segment_bytes)).records():
            if record.entry.kind is RecordKind.COMMANDS:
                payload = record.entry.payload
                for at in range(0, len(payload), COMMAND_BYTES):
                    yield record.log_ts_ns, payload[at : at + COMMAND_BYTES]
    finally:
        directory.close()
