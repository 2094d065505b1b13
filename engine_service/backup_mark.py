"""What an engine's directory knows of its last verified backup: up to where nothing is needed of it
that the backup does not have.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from engine_service.data_files import DataDirectory
from engine_service.errors import BackupMarkDamaged

_NAME: Final = "backup.json"
_WRITTEN: Final = "backup.json.new"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMark:
    """Where the last verified backup stands. ``segment``: the journal's, of its snapshot's last
    record. ``settled_seq`` and ``charted_seq``: the cursors of settlement and market data in it.
    """

    segment: int
    settled_seq: int
    charted_seq: int
    made_ts_ns: int

    @property
    def next_event_seq(self) -> int:
        """The first event that a reader restored from the backup asks for."""
        return min(self.settled_seq, self.charted_seq) + 1


def write_mark(directory: DataDirectory, mark: BackupMark) -> None:
    """Note that a backup was verified.

    Raises:
        OSError: the disk is full or failed.
    """
    if _WRITTEN in directory.names():
        directory.remove(_WRITTEN)
    file = directory.open(_WRITTEN, create=True)
    try:
        file.write(json.dumps(asdict(mark)).encode(), 0)
        file.sync()
    finally:
        file.close()
    directory.rename(_WRITTEN, _NAME)
    directory.sync()


def read_mark(directory: DataDirectory) -> BackupMark | None:
    """Return what the last verified backup stands for; None if there never was one.

    Raises:
        BackupMarkDamaged: the note cannot be read.
    """
    if _NAME not in directory.names():
        return None
    file = directory.open(_NAME)
    try:
        return BackupMark(**json.loads(file.read(file.size(), 0)))
    except (ValueError, TypeError) as error:
        raise BackupMarkDamaged(
            f"{directory.path}/{_NAME} cannot be read ({error}): delete it. Nothing is archived "
            "until the next backup is verified"
        ) from error
    finally:
        file.close()
