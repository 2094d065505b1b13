"""Frames on a TCP stream: a little-endian u32 length, then that many bytes."""

import asyncio
import struct
from typing import Final

from schemas.errors import Malformed
from schemas.framing import FRAME_BYTES_MAX, HEADER_BYTES
from schemas.mac import TAG_BYTES

PREFIX: Final = struct.Struct("<I")
FRAME_BYTES_MIN: Final = HEADER_BYTES + TAG_BYTES


def with_prefix(frame: bytes) -> bytes:
    """Return ``frame`` behind its length."""
    return PREFIX.pack(len(frame)) + frame


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Return the next frame, without its length.

    Raises:
        Malformed: no frame has the length announced; the stream cannot be read on.
        asyncio.IncompleteReadError: the other side closed.
    """
    (length,) = PREFIX.unpack(await reader.readexactly(PREFIX.size))
    if not FRAME_BYTES_MIN <= length <= FRAME_BYTES_MAX:
        raise Malformed(f"no frame is {length} bytes long")
    return await reader.readexactly(length)
