"""The few file operations durability rests on, behind one seam that a test can replace."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from engine_service.errors import DirectoryInUse

ARCHIVE: Final = "archive/"
"""What is kept for good and rarely read."""


class DataFile(Protocol):
    """One open file. Every method may raise OSError."""

    def fileno(self) -> int:
        """Return the kernel's descriptor; -1 if it has none."""
        ...

    def size(self) -> int:
        """Return the length in bytes."""
        ...

    def read(self, length: int, offset: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end of the file."""
        ...

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        """Write all of ``data`` at ``offset``."""
        ...

    def sync(self) -> None:
        """Return once the data is on stable storage (fdatasync)."""
        ...

    def close(self) -> None:
        """Release the descriptor."""
        ...


class DataDirectory(Protocol):
    """A directory of the engine's own. Every method may raise OSError.

    A name that begins with ``ARCHIVE`` is that of a file in the directory below it, which is there
    once something is in it: it may be a link to another disk.
    """

    @property
    def path(self) -> str:
        """Its name in messages."""
        ...

    def lock(self) -> None:
        """Hold the directory until the process ends.

        Raises:
            DirectoryInUse: another process holds it.
        """
        ...

    def names(self) -> list[str]:
        """Return the names of the files in it, sorted."""
        ...

    def open(self, name: str, *, create: bool = False) -> DataFile:
        """Open a file for reading and writing; ``create`` it empty if it is not there."""
        ...

    def rename(self, name: str, to: str) -> None:
        """Give a file another name, in the place of one that has it; ``sync`` makes it last."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file."""
        ...

    def sync(self) -> None:
        """Return once created names are on stable storage."""
        ...

    def free_bytes(self) -> int:
        """Return how much the file system can still take."""
        ...

    def close(self) -> None:
        """Release the lock."""
        ...


class DiskFile:
    """A DataFile on disk."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        return self._fd

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, length: int, offset: int) -> bytes:
        data = os.pread(self._fd, length, offset)
        while 0 < len(data) < length:  # short at the end of the file, or for the kernel's reasons
            part = os.pread(self._fd, length - len(data), offset + len(data))
            if not part:
                break
            data += part
        return data

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        written = os.pwrite(self._fd, data, offset)
        if written == len(data):
            return
        rest = memoryview(data)
        while written < len(rest):
            written += os.pwrite(self._fd, rest[written:], offset + written)

    def sync(self) -> None:
        os.fdatasync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


class DiskDirectory:
    """A DataDirectory on disk, created with mode 0700 if it is not there."""

    def __init__(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    @property
    def path(self) -> str:
        return str(self._path)

    def lock(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DirectoryInUse(
                f"{self._path}: another engine is running on this directory; stop it first"
            ) from error

    def names(self) -> list[str]:
        names = os.listdir(self._fd)
        with suppress(FileNotFoundError):
            names += [ARCHIVE + name for name in os.listdir(self._path / ARCHIVE)]
        return sorted(names)

    def open(self, name: str, *, create: bool = False) -> DiskFile:
        if create and name.startswith(ARCHIVE):
            with suppress(FileExistsError):
                os.mkdir(ARCHIVE, 0o700, dir_fd=self._fd)
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        return DiskFile(os.open(name, flags, 0o600, dir_fd=self._fd))

    def rename(self, name: str, to: str) -> None:
        os.rename(name, to, src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def remove(self, name: str) -> None:
        os.unlink(name, dir_fd=self._fd)

    def sync(self) -> None:
        os.fsync(self._fd)
        with suppress(FileNotFoundError):
            archive = os.open(ARCHIVE, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._fd)
            try:
                os.fsync(archive)
            finally:
                os.close(archive)

    def free_bytes(self) -> int:
        state = os.fstatvfs(self._fd)
        return state.f_bavail * state.f_frsize

    def close(self) -> None:
        os.close(self._fd)
