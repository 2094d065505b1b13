"""The engine's state at any event, from its journal, beside a running engine: nothing is locked or
changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from accounts.settling.batch import FIRST_CHAIN, chain_after
from cli.recovery.foundation import tape_of_foundation
from domain.events import EventKind, Trade
from engine_core import load_core
from engine_core.contract import Core
from engine_service.data_files import DiskDirectory
from engine_service.errors import JournalDamaged
from engine_service.journal_record import RecordKind
from engine_service.journal_scan import JOURNAL_START, JournalScan
from engine_service.journal_segments import Segments
from engine_service.snapshot_store import SnapshotStore
from engine_service.warm_start import from_first_record
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, EVENTS

# Read while it is written, the end can look damaged for a moment.
_READS_MAX = 3
_TRADE = next(layout for layout in EVENTS if layout.domain_type is Trade)
_TRADE_ID_AT = 1 + _TRADE.fields.index("trade_id")
_INSTRUMENT_ID_AT = 1 + _TRADE.fields.index("instrument_id")


@dataclass(slots=True)
class Tape:
    """What the replayed events add up to: a rolling hash and the last trade of each instrument."""

    chain: bytes = FIRST_CHAIN
    last_trade_ids: dict[int, int] = field(default_factory=dict)

    def take(self, events: bytes) -> None:
        self.chain = chain_after(self.chain, events)
        for at in range(0, len(events), EVENT_BYTES):
            if events[at] == EventKind.TRADE:
                values = _TRADE.packer.unpack(events[at : at + EVENT_BYTES])
                self.last_trade_ids[values[_INSTRUMENT_ID_AT]] = values[_TRADE_ID_AT]


class EngineReplay:
    """Executes the journal again, command by command, as far as asked."""

    def __init__(self, data_dir: Path, segment_bytes: int) -> None:
        self._data_dir = data_dir
        self._segment_bytes = segment_bytes
        self.core, self.tape = _beginning(data_dir)
        self._point = JOURNAL_START
        self._commands: Iterator[tuple[bytes, int]] | None = None

    @property
    def seq(self) -> int:
        """The last event of what was executed."""
        return self.core.next_event_seq - 1

    def advance(self, to_seq: int | None = None) -> None:
        """Execute until ``seq`` ≥ ``to_seq``, or to the journal's end. Commands are whole: it may
        end past ``to_seq``.

        Raises:
            JournalDamaged: the journal cannot be read.
        """
        for _ in range(_READS_MAX - 1):
            try:
                return self._advance(to_seq)
            except JournalDamaged:
                self._commands = None
        self._advance(to_seq)

    def _advance(self, to_seq: int | None) -> None:
        is_fresh = False
        while to_seq is None or self.seq < to_seq:
            if self._commands is None:
                self._commands, is_fresh = self._unread(), True
            following = next(self._commands, None)
            if following is not None:
                events, _ = self.core.apply(*following)
                self.tape.take(events)
                continue
            self._commands = None
            if is_fresh:
                return  # what was read before this call may have grown since

    def _unread(self) -> Iterator[tuple[bytes, int]]:
        """Yield (command, log time) of everything that was not executed yet; the command is empty
        where only time passed.
        """
        directory = DiskDirectory(self._data_dir)
        try:
            scan = JournalScan(Segments(directory, self._segment_bytes), self._point)
            for record in scan.records():
                self._point = scan.point
                if record.entry.kind is RecordKind.TIME:
                    yield b"", record.log_ts_ns
                if record.entry.kind is not RecordKind.COMMANDS:
                    continue
                payload = record.entry.payload
                for at in range(0, len(payload), COMMAND_BYTES):
                    yield payload[at : at + COMMAND_BYTES], record.log_ts_ns
        finally:
            directory.close()


def _beginning(data_dir: Path) -> tuple[Core, Tape]:
    """Return a new core and tape, or those that a rebuilt journal stands on."""
    directory = DiskDirectory(data_dir)
    try:
        core = from_first_record(SnapshotStore(directory), load_core()).core
    finally:
        directory.close()
    tape = tape_of_foundation(data_dir)
    return core, Tape(*tape) if tape else Tape()
