"""What an engine does not need at hand any more: moved to the archive below its directory,
compressed, and never deleted.

A file leaves the directory only once its archived form is on the disk and was read back.
"""

import gzip
import time
import zlib
from typing import Final

from engine_service.data_files import ARCHIVE, DataDirectory
from engine_service.errors import ArchiveDamaged

_SUFFIX: Final = ".gz"
_WRITTEN: Final = ARCHIVE + "written.new"
"""What is written under this name has no meaning yet."""
_LEVEL: Final = 1  # most of what there is to gain, at a tenth of the time of the highest
_CHUNK_BYTES: Final = 1 << 20
_CHUNKS_BETWEEN_SYNCS: Final = 8
_PAUSE_S: Final = 0.01  # between syncs: commands share this disk


def archived_names(directory: DataDirectory) -> list[str]:
    """Return the names of what is in the archive, as they were in the directory."""
    return [
        name.removeprefix(ARCHIVE).removesuffix(_SUFFIX)
        for name in directory.names()
        if name.startswith(ARCHIVE) and name.endswith(_SUFFIX)
    ]


def read_archived(directory: DataDirectory, name: str) -> bytes:
    """Return the content of a file that is in the archive.

    Raises:
        ArchiveDamaged: it is torn or damaged.
        OSError: it is not there, or cannot be read.
    """
    path = ARCHIVE + name + _SUFFIX
    file = directory.open(path)
    try:
        packed = file.read(file.size(), 0)
    finally:
        file.close()
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error) as error:
        raise ArchiveDamaged(
            f"{directory.path}/{path} is torn or damaged ({error}). Put the same file of a backup "
            "in its place"
        ) from error


def archive(directory: DataDirectory, name: str) -> None:
    """Move a file that nobody writes any more to the archive.

    Raises:
        ArchiveDamaged: what was written is not what is read back; the file stays where it was.
        OSError: the disk is full or failed; as well.
    """
    file = directory.open(name)
    try:
        data = file.read(file.size(), 0)
    finally:
        file.close()
    _write(directory, gzip.compress(data, _LEVEL, mtime=0))
    directory.rename(_WRITTEN, ARCHIVE + name + _SUFFIX)
    directory.sync()
    if read_archived(directory, name) != data:
        raise ArchiveDamaged(f"{directory.path}/{name} is not read back as it was archived")
    directory.remove(name)
    directory.sync()


def _write(directory: DataDirectory, packed: bytes) -> None:
    if _WRITTEN in directory.names():
        directory.remove(_WRITTEN)
    file = directory.open(_WRITTEN, create=True)
    try:
        view = memoryview(packed)
        for chunk, offset in enumerate(range(0, len(packed), _CHUNK_BYTES), start=1):
            file.write(view[offset : offset + _CHUNK_BYTES], offset)
            if chunk % _CHUNKS_BETWEEN_SYNCS == 0:
                file.sync()
                time.sleep(_PAUSE_S)
        file.sync()
    finally:
        file.close()
