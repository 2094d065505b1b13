"""A host's disk as the program on it sees it: operations at which it can die, fail or run full.

Underneath lies the disk that forgets what was not synced. A kill leaves the page cache as it is; a
power cut leaves what was synced and any part of what was not, and, if it is to, some of it in the
wrong place.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from random import Random
from typing import Final

from tests.simulation.disk import SECTOR_BYTES, SimulatedDisk, SimulatedFile
from tests.simulation.scheduler import PowerCut, Process

SYNC_S: Final = (0.0001, 0.0001, 0.0003, 0.001, 0.004, 0.012)
"""How long a sync keeps the process waiting: one of these."""


class HostDisk:
    """What stays when a process ends. ``operations_left`` counts down to a death, or is None."""

    def __init__(self, random: Random) -> None:
        self.disk = SimulatedDisk()
        self.random = random
        self.operations_left: int | None = None
        self.dies: Callable[[], None] = lambda: None
        self.fails_next_sync = False
        self.room_bytes: int | None = None
        """What a disk that runs full still takes; None: it does not."""
        self.syncs = 0
        self._astray: list[tuple[str, int, bytes]] = []

    def opened_by(self, process: Process) -> ProcessDirectory:
        """Return the directory as ``process`` sees it."""
        return ProcessDirectory(self, process)

    def operation(self, process: Process) -> None:
        """Count one operation of the process.

        Raises:
            PowerCut: it does not live to do it.
        """
        if not process.alive:
            raise PowerCut
        if self.operations_left is None:
            return
        self.operations_left -= 1
        if self.operations_left <= 0:
            self.operations_left = None
            self.dies()
            raise PowerCut

    def power_cut(self, survives: Callable[[], bool]) -> None:
        """Forget what was not synced, but what ``survives``."""
        self.disk = self.disk.crash(survives)

    def replica(self) -> dict[str, bytes]:
        """Return what a replica of the disk has: everything that was ever synced, all of it where
        it belongs, since what went astray here did so on this disk alone.
        """
        whole = HostDisk(self.random)
        whole.disk = self.disk.crash(lambda: False)
        whole._astray = [*self._astray]
        whole.put_right()
        return whole.disk.content()

    def restore(self, files: dict[str, bytes]) -> None:
        """Put a replica's files in the place of all others."""
        self.disk = SimulatedDisk(files)
        self._astray.clear()

    def misdirect(self) -> str | None:
        """Have some sectors of a journal segment be where others belong; return which, if any. The
        last ones stay: one disk alone cannot tell a lost last write from one that never was.
        """
        names = [name for name in self.disk.names() if name.startswith("journal-")]
        name = self.random.choice(names) if names else ""
        data = self.disk.files[name].data if names else bytearray()
        used = len(data.rstrip(b"\0")) // SECTOR_BYTES
        if used < 12:
            return None
        source = self.random.randrange(used - 8)
        target = self.random.randrange(used - 8)
        if source == target:
            return None
        start, end = source * SECTOR_BYTES, target * SECTOR_BYTES
        for offset in (start, end):
            self._astray.append((name, offset, bytes(data[offset : offset + SECTOR_BYTES])))
        self._put(name, end, bytes(data[start : start + SECTOR_BYTES]))
        self._put(name, start, bytes(SECTOR_BYTES))
        return f"{name}: sector {source} was written over sector {target}"

    def put_right(self) -> None:
        """Undo what went astray where nobody has looked since: a start from a snapshot does not
        read what is before it.
        """
        for name, offset, data in reversed(self._astray):
            self._put(name, offset, data)

    def _put(self, name: str, offset: int, data: bytes) -> None:
        file = self.disk.files[name]
        file.data[offset : offset + len(data)] = data
        file.durable[offset : offset + len(data)] = data

    def grow(self, by_bytes: int) -> None:
        """Take so many bytes more.

        Raises:
            OSError: there is no room for them.
        """
        if self.room_bytes is None or by_bytes <= 0:
            return
        if by_bytes > self.room_bytes:
            raise OSError(errno.ENOSPC, "simulated full disk")
        self.room_bytes -= by_bytes

    def has_unsynced(self, prefix: str) -> bool:
        """Return whether a file of that prefix has anything that a power cut would take."""
        for name, file in self.disk.files.items():
            if file.unsynced and name.startswith(prefix):
                return True
        return False


class ProcessFile:
    """A DataFile."""

    def __init__(self, owner: HostDisk, process: Process, file: SimulatedFile) -> None:
        self._owner = owner
        self._process = process
        self._file = file

    def fileno(self) -> int:
        """Return -1: the kernel knows nothing of it."""
        return -1

    def size(self) -> int:
        """Return the length in bytes."""
        return self._file.size()

    def read(self, length: int, offset: int) -> bytes:
        """Return up to ``length`` bytes."""
        return self._file.read(length, offset)

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        """Write all of ``data``, or die with a part of it written."""
        try:
            self._owner.operation(self._process)
        except PowerCut:
            self._file.write(data[: self._owner.random.randrange(len(data) + 1)], offset)
            raise
        self._owner.grow(offset + len(data) - self._file.size())
        self._file.write(data, offset)

    def sync(self) -> None:
        """Make it last, after a while."""
        owner = self._owner
        owner.operation(self._process)
        owner.syncs += 1
        self._process.stall(owner.random.choice(SYNC_S))
        if owner.fails_next_sync:
            owner.fails_next_sync = False
            # As Linux does: it counts the pages as written from then on.
            self._file.unsynced.clear()
            raise OSError(errno.EIO, "simulated sync failure")
        self._file.sync()

    def close(self) -> None:
        """Nothing is held."""


class ProcessDirectory:
    """A DataDirectory."""

    path = "/simulated"

    def __init__(self, owner: HostDisk, process: Process) -> None:
        self._owner = owner
        self._process = process

    def lock(self) -> None:
        """Hold the directory until the process ends."""
        disk = self._owner.disk
        disk.lock()
        self._process.on_end.append(disk.close)

    def names(self) -> list[str]:
        """Return the names of the files."""
        return self._owner.disk.names()

    def open(self, name: str, *, create: bool = False) -> ProcessFile:
        """Open a file."""
        if create and name not in self._owner.disk.files:
            self._owner.operation(self._process)
        file = self._owner.disk.open(name, create=create)
        return ProcessFile(self._owner, self._process, file)

    def rename(self, name: str, to: str) -> None:
        """Give a file another name."""
        self._owner.operation(self._process)
        self._owner.disk.rename(name, to)

    def remove(self, name: str) -> None:
        """Delete a file."""
        self._owner.operation(self._process)
        self._owner.disk.remove(name)

    def sync(self) -> None:
        """Make created names last."""
        self._owner.operation(self._process)
        self._owner.disk.sync()

    def free_bytes(self) -> int:
        """Return how much the disk can still take."""
        return 1 << 40 if self._owner.room_bytes is None else self._owner.room_bytes

    def close(self) -> None:
        """The lock goes with the process."""
