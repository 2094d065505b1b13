"""The files of one engine, for commands that only read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.screen import error_console
from engine_core import load_core
from engine_service.config import SnapshotsConfig
from engine_service.data_files import DiskDirectory
from engine_service.errors import DirectoryInUse
from engine_service.journal_scan import JOURNAL_START, JournalPoint
from engine_service.journal_segments import Segments
from engine_service.snapshot_store import SnapshotStore
from engine_service.warm_start import WarmStart, start_where
from service.errors import ServiceError


class NoJournal(ServiceError):
    """There is no engine's directory."""


@dataclass(frozen=True, slots=True)
class EngineFiles:
    """An engine's directory. ``is_running``: an engine writes in it."""

    directory: DiskDirectory
    segments: Segments
    is_running: bool

    @property
    def store(self) -> SnapshotStore:
        """Its snapshots."""
        return SnapshotStore(self.directory)

    def start_before(self, index: int) -> JournalPoint:
        """Return the last point known, unproven, from which record ``index`` is still to come."""
        points = (point for point, _ in self.store.points() if point.next_index <= index)
        return next(points, JOURNAL_START)

    def warm_start_before(self, index: int) -> WarmStart:
        """Return the start from the newest snapshot that does not have record ``index``, or from
        none.

        Raises:
            SnapshotRefused: the snapshot is not of this journal.
        """
        return start_where(
            lambda point, _: point.next_index <= index,
            self.store,
            self.segments,
            load_core(),
            partial(error_console.print, markup=False, soft_wrap=True),
        )


@contextmanager
def opened_files(engine_dir: Path) -> Iterator[EngineFiles]:
    """Open the files in ``engine_dir`` to read them.

    Raises:
        NoJournal: it is not there.
    """
    if not engine_dir.is_dir():
        raise NoJournal(f"there is no journal in {engine_dir}")
    with ExitStack() as stack:
        directory = DiskDirectory(engine_dir)
        stack.callback(directory.close)
        segment_bytes = SnapshotsConfig(engine_data_dir=engine_dir).engine_segment_bytes
        segments = Segments(directory, segment_bytes)
        yield EngineFiles(directory, segments, is_locked(engine_dir))


def is_locked(engine_dir: Path) -> bool:
    """Return whether an engine runs on a directory."""
    directory = DiskDirectory(engine_dir)
    try:
        directory.lock()
    except DirectoryInUse:
        return True
    finally:
        directory.close()
    return False
