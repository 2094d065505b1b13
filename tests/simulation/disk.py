"""A disk in memory that forgets what was not synced, runs full, fails, and puts things in the wrong
place when told to.

What the process reads is the page cache: all it wrote. What a power cut leaves is the durable part,
and of what was not synced as much as the cut says:

* ``crash(survives)``: any subset. Each sector of 512 bytes holds what it held after one of the
  unsynced writes to it, or before them all; each unsynced creation, renaming and removal of a name
  happened or did not.
* ``cut(unsynced_bytes)``: the first so many bytes in the order of writing, the last write torn in
  the middle of a sector if need be.
"""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import count
from operator import attrgetter

from engine_service.errors import DirectoryInUse

SECTOR_BYTES = 512
NAME_CHANGE_BYTES = 1
"""What a change of a name counts as in ``cut``."""

Survives = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Written:
    order: int
    file: "SimulatedFile"
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """``file`` got the name ``to`` and lost the name ``name``; each may be None."""

    order: int
    file: "SimulatedFile"
    name: str | None
    to: str | None


Names = dict[str, "SimulatedFile"]
Contents = dict["SimulatedFile", bytearray]


class SimulatedFile:
    def __init__(self, disk: "SimulatedDisk", content: bytes = b"") -> None:
        self._disk = disk
        self.data = bytearray(content)
        self.durable = bytearray(content)
        self.unsynced: list[Written] = []
        self.syncs = 0
        self.writes = 0

    def fileno(self) -> int:
        return -1

    def size(self) -> int:
        return len(self.data)

    def read(self, length: int, offset: int) -> bytes:
        with memoryview(self.data) as data:  # one copy
            return bytes(data[offset : offset + length])

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        self._disk.draw_power()
        if self._disk.fail_writes:
            raise OSError(errno.EIO, "simulated write failure")
        self._disk.grow(max(offset + len(data) - len(self.data), 0))
        self.writes += 1
        _put(self.data, offset, data)
        lands_at = self._disk.lands(offset)
        if lands_at is not None:
            written = Written(next(self._disk.orders), self, lands_at, bytes(data))
            self.unsynced.append(written)

    def sync(self) -> None:
        self._disk.draw_power()
        if self._disk.fail_syncs:
            self.unsynced.clear()  # as Linux does: it counts the pages as written from then on
            raise OSError(errno.EIO, "simulated sync failure")
        self.syncs += 1
        for written in self.unsynced:
            _put(self.durable, written.offset, written.data)
        self.unsynced.clear()

    def close(self) -> None:
        pass


class SimulatedDisk:
    """A DataDirectory. ``free_bytes_left`` None is endless. ``lands`` is asked where a write at an
    offset really goes (misdirected; None: it is lost); reading shows the truth only after a crash.
    ``power_left`` is how many more changes and syncs succeed: then the power is off; None is
    endless.
    """

    path = "/simulated"

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = {name: SimulatedFile(self, data) for name, data in (files or {}).items()}
        self.durable_files = dict(self.files)
        self.unsynced_names: list[Named] = []
        self.orders = count()
        self.fail_syncs = False
        self.fail_writes = False
        self.free_bytes_left: int | None = None
        self.power_left: int | None = None
        self.lands: Callable[[int], int | None] = lambda offset: offset
        self._locked = False

    @property
    def is_off(self) -> bool:
        """Whether the power went while something was to be changed or synced."""
        return self.power_left is not None and self.power_left < 0

    def draw_power(self) -> None:
        """Let one change or sync happen, unless the power is off."""
        if self.power_left is not None:
            self.power_left = max(self.power_left - 1, -1)
            if self.power_left < 0:
                raise OSError(errno.EIO, "simulated power failure")

    def grow(self, by_bytes: int) -> None:
        if self.free_bytes_left is not None:
            if by_bytes > self.free_bytes_left:
                raise OSError(errno.ENOSPC, "simulated full disk")
            self.free_bytes_left -= by_bytes

    def crash(self, survives: Survives) -> "SimulatedDisk":
        """Return the disk as it is after a power failure; ``survives`` is asked for every unsynced
        state of a sector, and for every change of a name.
        """
        names, contents = dict(self.durable_files), self._durable()
        gone: set[tuple[SimulatedFile, int]] = set()
        for change in self._unsynced():
            if isinstance(change, Named):
                if survives():
                    _rename(names, change)
                continue
            for offset, part in _sectors(change):
                sector = change.file, offset // SECTOR_BYTES
                if sector not in gone and survives():
                    _put(contents[change.file], offset, part)
                else:
                    gone.add(sector)
        return _disk_of(names, contents)

    def cut(self, unsynced_bytes: int) -> "SimulatedDisk":
        """Return the disk as it is after a power failure that only the first ``unsynced_bytes`` of
        what was not synced outlast.
        """
        names, contents = dict(self.durable_files), self._durable()
        for change in self._unsynced():
            if unsynced_bytes <= 0:
                break
            if isinstance(change, Named):
                _rename(names, change)
                unsynced_bytes -= NAME_CHANGE_BYTES
            else:
                _put(contents[change.file], change.offset, change.data[:unsynced_bytes])
                unsynced_bytes -= len(change.data)
        return _disk_of(names, contents)

    @property
    def unsynced_bytes(self) -> int:
        """How many bytes ``cut`` has to choose from."""
        return sum(
            NAME_CHANGE_BYTES if isinstance(change, Named) else len(change.data)
            for change in self._unsynced()
        )

    def content(self) -> dict[str, bytes]:
        """Return what the process sees: what is there after it is killed."""
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
            self._change(SimulatedFile(self), None, name)
        return self.files[name]

    def rename(self, name: str, to: str) -> None:
        self._change(self.files[name], name, to)

    def remove(self, name: str) -> None:
        self._change(self.files[name], name, None)

    def sync(self) -> None:
        self.draw_power()
        if self.fail_syncs:
            raise OSError(errno.EIO, "simulated sync failure")
        self.durable_files = dict(self.files)
        self.unsynced_names.clear()

    def free_bytes(self) -> int:
        return 1 << 40 if self.free_bytes_left is None else self.free_bytes_left

    def close(self) -> None:
        self._locked = False

    def _change(self, file: SimulatedFile, name: str | None, to: str | None) -> None:
        self.draw_power()
        named = Named(next(self.orders), file, name, to)
        _rename(self.files, named)
        self.unsynced_names.append(named)

    def _unsynced(self) -> Iterator[Written | Named]:
        """What a crash may lose, in the order in which it was done."""
        files = {*self.files.values(), *self.durable_files.values()}
        files.update(named.file for named in self.unsynced_names)
        changes: list[list[Written] | list[Named]] = [file.unsynced for file in files]
        return merge(*changes, self.unsynced_names, key=attrgetter("order"))

    def _durable(self) -> Contents:
        files = {*self.files.values(), *self.durable_files.values()}
        files.update(named.file for named in self.unsynced_names)
        return {file: bytearray(file.durable) for file in files}


def _put(content: bytearray, offset: int, data: bytes | bytearray | memoryview) -> None:
    end = offset + len(data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[offset:end] = data


def _rename(names: Names, change: Named) -> None:
    if change.name is not None and names.get(change.name) is change.file:
        del names[change.name]
    if change.to is not None:
        names[change.to] = change.file


def _sectors(written: Written) -> Iterator[tuple[int, bytes]]:
    at, end = written.offset, written.offset + len(written.data)
    while at < end:
        next_at = min(at - at % SECTOR_BYTES + SECTOR_BYTES, end)
        yield at, written.data[at - written.offset : next_at - written.offset]
        at = next_at


def _disk_of(names: Names, contents: Contents) -> SimulatedDisk:
    return SimulatedDisk({name: bytes(contents[file]) for name, file in names.items()})
