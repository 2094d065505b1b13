"""WebSocket frames as a server sends them (RFC 6455, section 5.2): whole, unmasked, as they are."""

import asyncio
import struct
from collections.abc import Sequence
from typing import Final

from aiohttp import web

_TEXT: Final = 0x81
"""FIN and the opcode of text."""
_ONE_BYTE_MAX: Final = 125
_TWO_BYTES_MAX: Final = 0xFFFF
_SHORT: Final = struct.Struct(">BB").pack
_MEDIUM: Final = struct.Struct(">BBH").pack
_LONG: Final = struct.Struct(">BBQ").pack


def text_frames(messages: Sequence[bytes]) -> bytes:
    """Return ``messages`` (UTF-8) as text frames, one after the other: one write for all."""
    parts: list[bytes] = []
    for message in messages:
        parts += (_head(len(message)), message)
    return b"".join(parts)


class FrameWriter:
    """Writes messages to one WebSocket: many in one system call, where the library makes one each.

    Pings and the closing handshake stay the library's; it writes whole frames too.
    """

    def __init__(self, request: web.Request, response: web.WebSocketResponse) -> None:
        self.transport: asyncio.Transport | None = request.transport
        self._flow = request.writer
        self._response = response

    async def write(self, messages: Sequence[bytes]) -> None:
        """Write, and wait while the other side does not read.

        Raises:
            ConnectionError: the connection ends or has ended.
        """
        transport = self.transport
        if transport is None or transport.is_closing() or self._response.closed:
            raise ConnectionResetError("the WebSocket is closed")
        transport.write(text_frames(messages))
        await self._flow.drain()


def _head(size: int) -> bytes:
    if size <= _ONE_BYTE_MAX:
        return _SHORT(_TEXT, size)
    if size <= _TWO_BYTES_MAX:
        return _MEDIUM(_TEXT, 126, size)
    return _LONG(_TEXT, 127, size)
