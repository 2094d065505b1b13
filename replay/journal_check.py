"""What an engine's journal says after a run, beside what the commands alone must come to.

The journal is executed again, flush by flush: its commands must be those sent, each once and in
order, and its events those that were read. A stream's commands are also executed all at once, by a
core that never saw a network or a disk; a capture's, whose outcome may hang on the time, by the
other twin at the journal's times. Both must end in the same state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from engine_core import core_name, core_type, load_core
from engine_core.contract import Core
from engine_service.data_files import DiskDirectory
from engine_service.journal_record import Record, RecordKind
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import SEGMENT_BYTES, Segments
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What an engine was sent since it was made (n x 96 bytes), and BLAKE2b-128 of the events read
    from it, from ``first_event_seq`` on.
    """

    commands: bytes
    first_event_seq: int
    events_digest: bytes


@dataclass(frozen=True, kw_only=True)
class JournalCheck:
    """``differences``: one line for each thing that is not as it must be."""

    commands: int
    state_hash: str
    differences: list[str]


@dataclass(frozen=True, kw_only=True)
class _Executed:
    """A journal executed again. Digests as in ``Sent``."""

    commands: int
    commands_digest: bytes
    events_digest: bytes
    state_hash: str
    log_ts_ns: int


def check_stream(data_dir: Path, sent: Sent, *, segment_bytes: int = SEGMENT_BYTES) -> JournalCheck:
    """Check the journal of an engine that was stopped, whose commands do not hang on the time.

    Raises:
        EngineServiceError: the journal cannot be read.
    """
    executed = _execute(load_core()(), data_dir, segment_bytes, sent.first_event_seq)
    alone = load_core()()
    alone.apply(sent.commands, executed.log_ts_ns)
    return _compared(executed, sent, alone.state_hash().hex(), "the commands alone")


def check_capture(
    data_dir: Path, sent: Sent, *, segment_bytes: int = SEGMENT_BYTES
) -> JournalCheck:
    """Check the journal of an engine that was stopped, with the other twin beside.

    Raises:
        EngineServiceError: the journal cannot be read.
    """
    other_name = "compiled" if core_name() == "reference" else "reference"
    first_seq = sent.first_event_seq
    executed = _execute(load_core()(), data_dir, segment_bytes, first_seq)
    other = _execute(core_type(other_name)(), data_dir, segment_bytes, first_seq)
    check = _compared(executed, sent, other.state_hash, f"the {other_name} twin")
    if other.events_digest != executed.events_digest:
        check.differences.append(f"the {other_name} twin states other events")
    return check


def _compared(executed: _Executed, sent: Sent, wanted_hash: str, who: str) -> JournalCheck:
    wrong = []
    if executed.commands_digest != blake2b(sent.commands, digest_size=16).digest():
        wrong.append("the journal's commands are not those sent, each once, in order")
    if executed.events_digest != sent.events_digest:
        wrong.append("the events read are not those that the journal gives")
    if executed.state_hash != wanted_hash:
        wrong.append(f"state hash: {executed.state_hash}, from {who} {wanted_hash}")
    return JournalCheck(
        commands=executed.commands, state_hash=executed.state_hash, differences=wrong
    )


def _execute(core: Core, data_dir: Path, segment_bytes: int, first_seq: int) -> _Executed:
    commands, events, count = blake2b(digest_size=16), blake2b(digest_size=16), 0
    for record in _records(data_dir, segment_bytes):
        skip = max(0, first_seq - core.next_event_seq)
        said, _ = core.apply(record.entry.payload, record.log_ts_ns)
        commands.update(record.entry.payload)
        events.update(said[skip * EVENT_BYTES :])
        count += len(record.entry.payload) // COMMAND_BYTES
    return _Executed(
        commands=count,
        commands_digest=commands.digest(),
        events_digest=events.digest(),
        state_hash=core.state_hash().hex(),
        log_ts_ns=core.log_ts_ns,
    )


def _records(data_dir: Path, segment_bytes: int) -> Iterator[Record]:
    directory = DiskDirectory(data_dir)
    try:
        for record in JournalScan(Segments(directory, segment_bytes)).records():
            if record.entry.kind is not RecordKind.SESSION_OPENED:
                yield record
    finally:
        directory.close()
