"""`openbell snapshot`, and what `openbell status` says of snapshots."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.recovery.engine_files import NoJournal
from cli.screen import console, error_console, uptime
from engine_service.config import SnapshotsConfig
from engine_service.data_files import DiskDirectory
from engine_service.journal_growth import JournalGrowth
from engine_service.journal_segments import Segments
from engine_service.snapshot_store import SnapshotStore
from engine_service.snapshots import opened_maker


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """The newest snapshot; ``index`` 0: there is none. ``waiting_commands``: it does not have."""

    index: int
    size_bytes: int
    made_at_s: float
    waiting_commands: int

    @classmethod
    def of(cls, engine_dir: Path) -> SnapshotFacts | None:
        """Return what is there; None if there is no journal either."""
        if not engine_dir.is_dir():
            return None
        directory = DiskDirectory(engine_dir)
        try:
            store = SnapshotStore(directory)
            segments = Segments(directory, _config(engine_dir).engine_segment_bytes)
            waiting = JournalGrowth(segments, store.newest_point()).commands()
            for index in store.indexes()[:1]:
                state = Path(store.location(index)).stat()
                return cls(index, state.st_size, state.st_mtime, waiting)
            return cls(0, 0, 0.0, waiting)
        finally:
            directory.close()

    def as_text(self) -> str:
        """Return one line."""
        waiting = f"{self.waiting_commands:,} commands since"
        if not self.index:
            return f"Snapshot: none yet; {waiting}"
        size = f"{self.size_bytes / 1e6:,.1f} MB"
        age = uptime(self.made_at_s)
        return f"Snapshot: behind record {self.index:,}, {size}, {age} old; {waiting}"

    def as_json(self) -> dict[str, int | float]:
        """Return the same for programs."""
        return asdict(self)


def snapshot(engine_dir: Path) -> int:
    """Make a snapshot now, whether or not the engine runs, and say what was done; 0.

    Raises:
        NoJournal: there is no journal.
        EngineServiceError: it cannot be made; the message says why.
    """
    if not engine_dir.is_dir():
        raise NoJournal(f"there is no journal in {engine_dir}")
    config = _config(engine_dir)
    began_s = time.monotonic()
    with (
        console.status("making a snapshot"),
        opened_maker(engine_dir, error_console.print, config.engine_segment_bytes) as maker,
    ):
        made = maker.make()
        location = maker.store.location(made.index) if made else ""
    if made is None:
        console.print("No command came since the last snapshot: there is nothing to add.")
        return 0
    console.print(
        f"Snapshot behind record {made.index:,}: {made.commands:,} commands executed since the one "
        f"before it, {made.size_bytes / 1e6:,.1f} MB written, in {time.monotonic() - began_s:.1f} "
        f"s. Proven: read back, and {made.proven_commands:,} later commands replayed onto it.\n"
        f"{location}",
        soft_wrap=True,
    )
    return 0


def _config(engine_dir: Path) -> SnapshotsConfig:
    return SnapshotsConfig(engine_data_dir=engine_dir)
