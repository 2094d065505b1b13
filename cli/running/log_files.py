"""Log files of the processes: written by them, kept within bounds by the supervisor."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

LOG_BYTES_MAX = 8 * 1024 * 1024
KEPT_FILES = 2  # service.log.1 (newest) and service.log.2
_COPY_BYTES = 1024 * 1024
_FOLLOW_INTERVAL_S = 0.2
_TAIL_BYTES = 256 * 1024


def open_for_append(path: Path) -> int:
    """Open the log a child writes to; appending is what lets it be emptied under the writer."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def append_line(path: Path, line: str) -> None:
    """Add one line of our own, with the time."""
    fd = open_for_append(path)
    try:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        os.write(fd, f"{stamp} {line}\n".encode())
    finally:
        os.close(fd)


def rotate_if_large(path: Path, bytes_max: int = LOG_BYTES_MAX) -> bool:
    """Move the content to ``path.1`` and empty ``path`` once it is larger than ``bytes_max``.

    The file itself stays, because the process has it open.
    """
    try:
        if path.stat().st_size <= bytes_max:
            return False
    except FileNotFoundError:
        return False
    for number in range(KEPT_FILES, 1, -1):
        older = path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    _move_content(path, path.with_name(f"{path.name}.1"))
    return True


def tail(path: Path, lines: int, from_offset: int = 0) -> list[str]:
    """The last lines of a log from ``from_offset`` bytes on, without their line ends."""
    try:
        with path.open("rb") as file:
            file.seek(max(from_offset, path.stat().st_size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-lines:]


class Follower:
    """Sees what is added to some logs from now on; survives their rotation."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self._paths = paths
        self._offsets = {name: _size(path) for name, path in paths.items()}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """(name, line) for every whole line added since the last call."""
        for name, path in self._paths.items():
            size = _size(path)
            if size < self._offsets[name]:  # emptied by a rotation
                self._offsets[name] = 0
            if size > self._offsets[name]:
                for line in self._read(name, path):
                    yield name, line

    def _read(self, name: str, path: Path) -> list[str]:
        with path.open("rb") as file:
            file.seek(self._offsets[name])
            content = file.read()
        complete = content[: content.rfind(b"\n") + 1]
        self._offsets[name] += len(complete)
        return complete.decode(errors="replace").splitlines()


def follow(paths: dict[str, Path]) -> Iterator[tuple[str, str]]:
    """Yield (name, line) for every line added from now on, for ever."""
    follower = Follower(paths)
    while True:
        yield from follower.new_lines()
        time.sleep(_FOLLOW_INTERVAL_S)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _move_content(source: Path, target: Path) -> None:
    building = target.with_name(target.name + ".new")
    with source.open("r+b") as old, building.open("wb") as new:
        # The writer goes on meanwhile: copy until its end is reached, then empty at once.
        while True:
            shutil.copyfileobj(old, new, _COPY_BYTES)
            if old.tell() >= os.fstat(old.fileno()).st_size:
                break
        os.ftruncate(old.fileno(), 0)
    building.replace(target)
