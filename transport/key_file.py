"""The master keys of a process from its configuration, and their change while it runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from transport.errors import BadKeys
from transport.keys import KeyRing, parse_master_keys

LOOK_EVERY_S: Final = 1.0
"""How soon a changed file is noticed."""
FILE_BYTES_MAX: Final = 4_096

_log = logging.getLogger(__name__)


def read_keys(text: str, file: Path | None) -> KeyRing:
    """Return the keys in ``file`` or, without one, in ``text``.

    Raises:
        BadKeys: there are none, or they are written in another way; the message says where.
    """
    try:
        return KeyRing(parse_master_keys(_text_of(file) if file else text))
    except (OSError, BadKeys) as error:
        raise BadKeys(f"{file or 'OPENBELL_ENGINE_KEY'}: {error}") from error


@asynccontextmanager
async def live_keys(text: str, file: Path | None) -> AsyncIterator[KeyRing]:
    """Yield the keys as ``read_keys``; what is written to ``file`` during the block replaces them.

    Raises:
        BadKeys: as ``read_keys``. Later mistakes are logged, and the keys stay as they are.
    """
    keys = read_keys(text, file)
    if file is None:
        yield keys
        return
    watching = asyncio.create_task(_watch(keys, file))
    try:
        yield keys
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(keys: KeyRing, file: Path) -> None:
    said = ""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            if keys.replace(parse_master_keys(_text_of(file))):
                _log.warning("the engine's keys changed: now %s", list(keys.ids))
            said = ""
        except (OSError, BadKeys) as error:
            if str(error) != said:
                _log.error("%s: %s: the keys stay as they are", file, error)
            said = str(error)


def _text_of(file: Path) -> str:
    with file.open(encoding="ascii", errors="replace") as opened:
        return opened.read(FILE_BYTES_MAX)
