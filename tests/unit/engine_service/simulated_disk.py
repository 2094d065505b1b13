"""A disk in memory that forgets what was not synced, runs full, and fails when told to."""

import errno
from collections.abc import Callable

from engine_service.errors import DirectoryInUse

SECTOR_BYTES = 512


class SimulatedFile:
    def __init__(self, disk: "SimulatedDisk", content: bytes = b"") -> None:
        self._disk = disk
        self.data = bytearray(content)
        self.durable = bytearray(content)
        self.dirty: set[int] = set()
        self.syncs = 0
        self.writes = 0

    def fileno(self) -> int:
        return -1

    def size(self) -> int:
        return len(self.data)

    def read(self, length: int, offset: int) -> bytes:
        return bytes(self.data[offset : offset + length])

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        end = offset + len(data)
        self._disk.grow(max(end - len(self.data), 0))
        self.writes += 1
        self.data.extend(bytes(max(end - len(self.data), 0)))
        self.data[offset:end] = data
        self.dirty.update(range(offset // SECTOR_BYTES, -(-end // SECTOR_BYTES)))

    def sync(self) -> None:
        if self._disk.fail_syncs:
            self.dirty.clear()  # as Linux does: it counts the pages as written from then on
            raise OSError(errno.EIO, "simulated sync failure")
        self.syncs += 1
        self.durable[:] = self.after_crash(lambda: True)
        self.dirty.clear()

    def after_crash(self, survives: Callable[[], bool]) -> bytes:
        content = bytearray(self.durable)
        for sector in sorted(self.dirty):
            if survives():
                start = sector * SECTOR_BYTES
                written = self.data[start : start + SECTOR_BYTES]
                content.extend(bytes(max(start + len(written) - len(content), 0)))
                content[start : start + len(written)] = written
        return bytes(content)

    def close(self) -> None:
        pass


class SimulatedDisk:
    """A DataDirectory. ``free_bytes_left`` None is endless."""

    path = "/simulated"

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = {name: SimulatedFile(self, data) for name, data in (files or {}).items()}
        self.durable_names = set(self.files)
        self.fail_syncs = False
        self.free_bytes_left: int | None = None
        self._locked = False

    def grow(self, by_bytes: int) -> None:
        if self.free_bytes_left is not None:
            if by_bytes > self.free_bytes_left:
                raise OSError(errno.ENOSPC, "simulated full disk")
            self.free_bytes_left -= by_bytes

    def crash(self, survives: Callable[[], bool]) -> "SimulatedDisk":
        """Return the disk as it is after a power failure; ``survives`` is asked for every unsynced
        sector and name.
        """
        return SimulatedDisk(
            {
                name: file.after_crash(survives)
                for name, file in self.files.items()
                if name in self.durable_names or survives()
            }
        )

    def content(self) -> dict[str, bytes]:
        return {name: bytes(file.data) for name, file in self.files.items()}

    def lock(self) -> None:
        if self._locked:
            raise DirectoryInUse("simulated")
        self._locked = True

    def names(self) -> list[str]:
        return sorted(self.files)

    def open(self, name: str, *, create: bool = False) -> SimulatedFile:
        if name not in self.files:
            if not create:
                raise FileNotFoundError(errno.ENOENT, name)
            self.files[name] = SimulatedFile(self)
        return self.files[name]

    def rename(self, name: str, to: str) -> None:
        self.files[to] = self.files.pop(name)

    def remove(self, name: str) -> None:
        del self.files[name]

    def sync(self) -> None:
        if self.fail_syncs:
            raise OSError(errno.EIO, "simulated sync failure")
        self.durable_names = set(self.files)

    def free_bytes(self) -> int:
        return 1 << 40 if self.free_bytes_left is None else self.free_bytes_left

    def close(self) -> None:
        self._locked = False
