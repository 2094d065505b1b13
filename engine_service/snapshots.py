"""``python -m engine_service.snapshots``: makes snapshots of an engine, in a process of its own,
and moves to the archive what they and the last backup make old.
"""

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import structlog
import uvloop
from prometheus_client import Counter, Gauge

from engine_core import CoreNotBuilt, core_name, load_core
from engine_service.config import SnapshotsConfig
from engine_service.data_files import DiskDirectory
from engine_service.errors import EngineServiceError, SnapshotBusy
from engine_service.journal_growth import JournalGrowth
from engine_service.journal_segments import SEGMENT_BYTES, Segments
from engine_service.snapshot_making import Made, Say, SnapshotMaker
from engine_service.snapshot_store import SnapshotStore
from service.health import Readiness, health_app, serving
from service.process import run_process, run_until
from service.signals import stop_on_signals

NICE: Final = 10
"""Below everything else: who waits for an answer comes first."""
_LOOK_EVERY_S: Final = 1.0
_AFTER_FAILURE_S: Final = 60.0
LAST_S: Final = 20.0
"""For the last snapshot, when told to stop."""
_LOCK: Final = "snapshots.lock"

LAST_INDEX = Gauge("openbell_snapshots_last_index", "Last record in the newest snapshot")
LAST_BYTES = Gauge("openbell_snapshots_last_bytes", "Size of the last one made")
LAST_SECONDS = Gauge("openbell_snapshots_last_seconds", "What it took to make and prove it")
MADE = Counter("openbell_snapshots_made", "Snapshots made since start")
FAILED = Counter("openbell_snapshots_failed", "Attempts that failed since start")
ARCHIVED = Counter("openbell_snapshots_archived", "Files moved to the archive since start")
WAITING = Gauge("openbell_snapshots_waiting_commands", "Commands that no snapshot has yet")


@contextmanager
def opened_maker(
    path: Path, say: Say, segment_bytes: int = SEGMENT_BYTES
) -> Iterator[SnapshotMaker]:
    """Open what makes snapshots of the engine in ``path``, alone.

    Raises:
        SnapshotBusy: another process does.
    """
    with ExitStack() as stack:
        directory = DiskDirectory(path)
        stack.callback(directory.close)
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SnapshotBusy(
                f"{path}: another process is making a snapshot; its log says when it is done"
            ) from None
        yield SnapshotMaker(
            directory,
            segment_bytes=segment_bytes,
            pure_python=core_name() == "reference",
            say=say,
        )


class Snapshots:
    """Makes a snapshot whenever one is due, and a last one when it is told to stop. It blocks its
    thread; what it has not finished when the process ends is as if it had not been begun.
    """

    def __init__(self, config: SnapshotsConfig) -> None:
        self._config = config
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
        self._last_s = time.monotonic()
        self._stop = threading.Event()

    def stop(self) -> None:
        """Have ``run`` make the last one and return."""
        self._stop.set()

    def run(self) -> None:
        """Go on until ``stop``: then the next start of the engine has nothing to execute."""
        while not self._stop.is_set():
            if not self._tried(self._is_due):
                self._stop.wait(_AFTER_FAILURE_S)
        self._tried(lambda commands: commands > 0)

    def _tried(self, is_due: Callable[[int], bool]) -> bool:
        """Make the next snapshot; False if it failed."""
        try:
            self._make_when(is_due)
        except (EngineServiceError, OSError) as error:
            FAILED.inc()
            self._log.error("no snapshot could be made", error=str(error))
            return False
        return True

    def _make_when(self, is_due: Callable[[int], bool]) -> None:
        """Wait until a snapshot is due, and make it; once told to stop, only if it is due now."""
        config = self._config
        with ExitStack() as stack:
            directory = DiskDirectory(config.engine_data_dir)
            stack.callback(directory.close)
            store = SnapshotStore(directory)
            LAST_INDEX.set(next(iter(store.indexes()), 0))
            segments = Segments(directory, config.engine_segment_bytes)
            growth = JournalGrowth(segments, store.newest_point())
            while not is_due(self._waiting(growth)):
                if self._stop.wait(_LOOK_EVERY_S):
                    return
        with opened_maker(
            config.engine_data_dir, self._log.warning, config.engine_segment_bytes
        ) as maker:
            made = maker.make()
            self._last_s = time.monotonic()
            if made is not None:
                self._note(made)
            if not self._stop.is_set():
                self._archive(maker)

    def _waiting(self, growth: JournalGrowth) -> int:
        commands = growth.commands()
        WAITING.set(commands)
        return commands

    def _is_due(self, commands: int) -> bool:
        waited_s = time.monotonic() - self._last_s
        return commands >= self._config.snapshot_every_commands or (
            commands > 0 and waited_s >= 60 * self._config.snapshot_every_minutes
        )

    def _archive(self, maker: SnapshotMaker) -> None:
        try:
            for name in maker.archive_old(self._config.engine_events_kept):
                ARCHIVED.inc()
                self._log.info("archived", name=name)
        except (EngineServiceError, OSError) as error:
            self._log.error("not everything could be archived", error=str(error))

    def _note(self, made: Made) -> None:
        MADE.inc()
        LAST_BYTES.set(made.size_bytes)
        LAST_SECONDS.set(made.took_ns / 1_000_000_000)
        self._log.info(
            "snapshot made",
            index=made.index,
            commands=made.commands,
            proven_commands=made.proven_commands,
            bytes=made.size_bytes,
            ms=made.took_ns // 1_000_000,
        )


async def run(config: SnapshotsConfig) -> None:
    """Make snapshots until SIGTERM or SIGINT."""
    load_core()  # none, or none that is built: said before anything waits for a snapshot
    stop = stop_on_signals()
    os.nice(NICE)
    snapshots = Snapshots(config)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def make_them() -> None:
        try:
            snapshots.run()
        finally:
            loop.call_soon_threadsafe(ended.set)

    async def must_not_end() -> None:
        await ended.wait()
        raise EngineServiceError("the thread that makes snapshots failed: its traceback is above")

    # A daemon: half a snapshot is none, so what takes too long at the end may be cut off.
    thread = threading.Thread(target=make_them, name="snapshots", daemon=True)
    thread.start()
    async with serving(health_app(Readiness()), config.bind_host, config.snapshots_http_port):
        structlog.get_logger().info("snapshots are made", directory=str(config.engine_data_dir))
        await run_until(stop, [must_not_end()])
        snapshots.stop()
        await asyncio.to_thread(thread.join, LAST_S)


def main() -> None:
    """Run the process."""
    run_process(
        "snapshots",
        SnapshotsConfig,
        run,
        uvloop.run,
        cannot_run=(EngineServiceError, CoreNotBuilt),
    )


if __name__ == "__main__":
    main()
