"""What an engine's journal says after a run, beside what the stream alone must come to.

The journal is executed again, flush by flush; and the commands that were sent, in order and all at
once, are executed by a core that never saw a network or a disk. Both must be in the same state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from engine_core import load_core
from engine_service.data_files import DiskDirectory
from engine_service.journal_record import Record, RecordKind
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import SEGMENT_BYTES, Segments
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES


@dataclass(frozen=True, kw_only=True)
class JournalCheck:
    """``differences``: one line for each thing that is not as it must be."""

    commands: int
    state_hash: str
    differences: list[str]


def check_journal(data_dir: Path, sent: bytes, first_seq: int, read_digest: bytes) -> JournalCheck:
    """Check the journal in ``data_dir``, of an engine that was stopped.

    ``sent``: all commands it was sent since it was made (n x 96 bytes). ``read_digest``:
    BLAKE2b-128 of the events read from it, from ``first_seq`` on.

    Raises:
        EngineServiceError: the journal cannot be read.
    """
    core, executed, stated = load_core()(), blake2b(digest_size=16), blake2b(digest_size=16)
    commands = 0
    for record in _records(data_dir):
        skip = max(0, first_seq - core.next_event_seq)
        said, _ = core.apply(record.entry.payload, record.log_ts_ns)
        executed.update(record.entry.payload)
        stated.update(said[skip * EVENT_BYTES :])
        commands += len(record.entry.payload) // COMMAND_BYTES
    alone = load_core()()
    alone.apply(sent, core.log_ts_ns)
    state_hash, wanted_hash = core.state_hash().hex(), alone.state_hash().hex()
    wrong = []
    if executed.digest() != blake2b(sent, digest_size=16).digest():
        wrong.append("the journal's commands are not those sent, each once, in order")
    if stated.digest() != read_digest:
        wrong.append("the events read are not those that the journal gives")
    if state_hash != wanted_hash:
        wrong.append(f"state hash: {state_hash}, expected {wanted_hash}")
    return JournalCheck(commands=commands, state_hash=state_hash, differences=wrong)


def _records(data_dir: Path) -> Iterator[Record]:
    directory = DiskDirectory(data_dir)
    try:
        for record in JournalScan(Segments(directory, SEGMENT_BYTES)).records():
            if record.entry.kind is not RecordKind.SESSION_OPENED:
                yield record
    finally:
        directory.close()
