"""What an engine executed and when, read from its journal alone."""

from collections.abc import Iterator
from pathlib import Path

from engine_service.data_files import DiskDirectory
from engine_service.journal_record import RecordKind
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import Segments
from schemas.layouts import COMMAND_BYTES


def journal_commands(data_dir: Path, segment_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Yield (command, log time in ns) in order; the command is empty where only time passed."""
    directory = DiskDirectory(data_dir)
    try:
        for record in JournalScan(Segments(directory, segment_bytes)).records():
            if record.entry.kind is RecordKind.TIME:
                yield b"", record.log_ts_ns
            if record.entry.kind is RecordKind.COMMANDS:
                payload = record.entry.payload
                for at in range(0, len(payload), COMMAND_BYTES):
                    yield payload[at : at + COMMAND_BYTES], record.log_ts_ns
    finally:
        directory.close()
