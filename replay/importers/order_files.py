"""Order-level history of other venues: which layout a file has, and its records, piece by piece."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol, cast

from engine_core import core_name
from replay.errors import BadStream
from replay.importers import itch, lobster
from replay.order_flow import MAGIC, read_flow, read_terms

PIECE_BYTES: Final = 1 << 20
ITCH: Final = "itch-5.0"
LOBSTER: Final = "lobster"
FLOW: Final = "openbell-flow"
ORDER_SOURCES: Final = (ITCH, LOBSTER, FLOW)
_LOBSTER_COLUMNS: Final = 6
Progress = Callable[[int], None]
"""Told how many bytes of the file have been read."""


class Decoder(Protocol):
    """Bytes of a file in, flow records out."""

    @property
    def messages(self) -> int: ...

    def feed(self, data: bytes) -> bytes: ...

    def end(self) -> bytes: ...


def decoder(source: str, stock: str = "", twin: str | None = None) -> Decoder:
    """Return a new decoder of one layout: the compiled twin, or the one this process runs.

    Raises:
        BadStream: no decoder has that name.
    """
    compiled = (twin or core_name()) == "compiled"
    if compiled:
        from replay.importers import _order_messages as twins

        if source == ITCH:
            return twins.ItchDecoder(stock)
        if source == LOBSTER:
            return twins.LobsterDecoder()
    elif source == ITCH:
        return itch.ItchDecoder(stock)
    elif source == LOBSTER:
        return lobster.LobsterDecoder()
    raise BadStream(f"{source} is not one of {ITCH}, {LOBSTER}")


def detect_orders(path: Path) -> str | None:
    """Return which of ``ORDER_SOURCES`` a file is, by how it begins; None: none of them."""
    with _opened(path) as (file, _):
        begin = file.read(len(MAGIC) + 256)
    if begin.startswith(MAGIC):
        return FLOW
    # The first message of a day is a system event: 12 bytes, its type, no stock.
    if begin[:2] == b"\x00\x0c" and begin[2:3] == b"S" and begin[3:5] == b"\0\0":
        return ITCH
    if begin[:2] == b"\x00\x27" and begin[2:3] == b"R":
        return ITCH
    fields = begin.split(b"\n", 1)[0].rstrip(b"\r").split(b",")
    if len(fields) == _LOBSTER_COLUMNS and fields[5] in (b"1", b"-1") and len(fields[1]) == 1:
        return LOBSTER
    return None


def read_orders(
    path: Path, source: str, stock: str = "", progress: Progress = lambda _: None
) -> Iterator[bytes]:
    """Yield a file's flow records (n x 48 bytes), many at a time.

    Raises:
        BadStream: it is not of that layout; the text says where.
    """
    with _opened(path) as (file, position):
        if source == FLOW:
            read_terms(file)
            for records in read_flow(file):
                yield records
                progress(position())
            return
        reading = decoder(source, stock)
        while data := file.read(PIECE_BYTES):
            yield reading.feed(data)
            progress(position())
        yield reading.end()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        data = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if gzipped else file
        try:
            yield data, file.tell
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadStream(f"{path} cannot be unpacked: {error}") from error
