"""A backup's directory: a manifest with the digest of every file, and the files.

``manifest.json`` is written last: without it there is no backup. ``engine/`` has the newest
snapshot, the journal from its first record to one point, and the events at hand; all compressed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from engine_service.archive import read_archived
from engine_service.data_files import DataDirectory
from engine_service.journal_scan import JournalPoint
from engine_service.journal_segments import Segments, segment_name
from service.errors import ServiceError

VERSION = 1
MANIFEST = "manifest.json"
DATABASE = "postgres.dump"
ENGINE = "engine"
_EVENTS = re.compile(r"events-\d{8}\.log")
_LEVEL = 1
_READ_BYTES = 1 << 20

Said = Callable[[str], None]


class BadBackup(ServiceError):
    """A directory is not a backup, not a whole one, or not to be written to."""


@dataclass(slots=True, kw_only=True)
class Manifest:
    """What a backup holds. ``files``: name to sha256. ``segment`` and ``next_event_seq`` are those
    of its snapshot; 1 without one.
    """

    version: int = VERSION
    made_at: str = ""
    verified_at: str = ""
    journal_id: int = 0
    last_index: int = 0
    log_ts_ns: int = 0
    segment: int = 1
    next_event_seq: int = 1
    segment_bytes: int = 0
    settled_seq: int = 0
    charted_seq: int = 0
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Return the manifest in a backup's directory.

        Raises:
            BadBackup: there is none, or not one that this version reads.
        """
        try:
            stored: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
            manifest = cls(**stored)
        except (OSError, ValueError, TypeError) as error:
            raise BadBackup(f"{directory} is not a whole backup: {error}") from error
        if manifest.version != VERSION:
            raise BadBackup(f"{directory} was made by another version ({manifest.version})")
        return manifest

    def save(self, directory: Path) -> None:
        """Write it, so that it is there whole or as before."""
        written = directory / (MANIFEST + ".new")
        with written.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        written.rename(directory / MANIFEST)
        sync_directory(directory)

    def add(self, directory: Path, name: str) -> None:
        """Note a file that was written below ``directory``, once it is on the disk."""
        with (directory / name).open("rb") as file:
            os.fsync(file.fileno())
        self.files[name] = _sha256(directory / name)

    def check(self, directory: Path) -> None:
        """Compare every file with its digest.

        Raises:
            BadBackup: one is missing or another.
        """
        for name, sha256 in self.files.items():
            path = directory / name
            if not path.is_file() or _sha256(path) != sha256:
                raise BadBackup(f"{path} is missing or damaged: this backup cannot be restored")


def new_directory(path: Path) -> None:
    """Make the directory of a new backup.

    Raises:
        BadBackup: something is in it already.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise BadBackup(f"{path} is not empty: give every backup a directory of its own")
    path.chmod(0o700)
    (path / ENGINE).mkdir(mode=0o700)


def copy_events(directory: DataDirectory, target: Path) -> Iterator[str]:
    """Write the event segments at hand, to be called before the journal is copied; yield names."""
    for name in filter(_EVENTS.fullmatch, directory.names()):
        yield _packed(target, name, _content(directory, name))


def copy_foundation(directory: DataDirectory, target: Path) -> Iterator[str]:
    """Write what a journal that was rebuilt stands on; yield names."""
    for name in directory.names():
        if name.startswith("foundation."):
            yield _packed(target, name, _content(directory, name))


def copy_snapshot(directory: DataDirectory, name: str, target: Path) -> str:
    """Write a snapshot; return the name."""
    return _packed(target, name, _content(directory, name))


def copy_journal(
    directory: DataDirectory, segments: Segments, point: JournalPoint, target: Path
) -> Iterator[str]:
    """Write the journal from its first record that is kept up to ``point``; yield names.

    Raises:
        BadBackup: there is no journal.
    """
    at_hand = segments.at_hand()
    if not at_hand:
        raise BadBackup(f"{directory.path}: no engine ever ran here; there is nothing to back up")
    for number in range(segments.first(), point.segment + 1):
        name = segment_name(number)
        is_here = number in at_hand
        data = _content(directory, name) if is_here else read_archived(directory, name)
        yield _packed(target, name, data[: point.offset] if number == point.segment else data)


def unpack_engine(backup: Path, manifest: Manifest, target: Path) -> None:
    """Write an engine's directory of what is in a backup.

    Raises:
        BadBackup: a file cannot be unpacked.
    """
    target.mkdir(mode=0o700)
    for name in manifest.files:
        if not name.startswith(f"{ENGINE}/"):
            continue
        unpacked = target / Path(name).name.removesuffix(".gz")
        try:
            with gzip.open(backup / name) as packed, unpacked.open("wb") as file:
                shutil.copyfileobj(packed, file, _READ_BYTES)
                file.flush()
                os.fsync(file.fileno())
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BadBackup(f"{backup / name} cannot be unpacked: {error}") from error
        unpacked.chmod(0o600)
    sync_directory(target)


def sync_directory(path: Path) -> None:
    """Have the names in a directory on the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _content(directory: DataDirectory, name: str) -> bytes:
    file = directory.open(name)
    try:
        return file.read(file.size(), 0)
    finally:
        file.close()


def _packed(target: Path, name: str, data: bytes) -> str:
    packed = f"{ENGINE}/{name}.gz"
    (target / packed).write_bytes(gzip.compress(data, _LEVEL, mtime=0))
    return packed


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
