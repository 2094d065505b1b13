"""The bots as they were last started, stopped and set, kept over restarts."""

import os
from pathlib import Path

import msgspec

from trading_bot.bot import BotSpec
from trading_bot.errors import BotError


class BadFleetFile(BotError):
    """The file of the bots cannot be read; the message names it."""


class FleetFile:
    """Without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> list[BotSpec] | None:
        """Return the bots that are kept; None if none ever were.

        Raises:
            BadFleetFile: the file is not what was written.
        """
        if self._path is None or not self._path.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[BotSpec])
        except OSError as error:
            raise BadFleetFile(f"{self._path}: {error.strerror}") from error
        except msgspec.MsgspecError as error:
            raise BadFleetFile(f"{self._path}: {error}; delete it to begin anew") from error

    def write(self, specs: list[BotSpec]) -> None:
        """Keep ``specs``, in one step."""
        if self._path is None:
            return
        building = self._path.with_name(f"{self._path.name}.new")
        building.write_bytes(msgspec.json.format(msgspec.json.encode(specs)))
        os.replace(building, self._path)
