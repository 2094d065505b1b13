"""WebSocket frames as a server sends them (RFC 6455, section 5.2): whole, unmasked, as they are."""

import asyncio
import struct
from collections.abc import Sequence
from typing import Final

from aiohttp import web

_TEXT: Final = 0x81
"""FIN and the opcode of text."""
UNREAD_BYTES_MAX: Final = 1 << 16
"""Past it, what is pushed waits in the outbox, which has its own bounds."""
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


class SharedFrame:
    """The frame of the last message that was pushed: framed once, however many read it."""

    def __init__(self) -> None:
        self._message = self._frame = b""

    def of(self, message: bytes) -> bytes:
        """Return the frame of a message, the one made before if it is the same object."""
        if message is not self._message:
            self._message, self._frame = message, text_frames([message])
        return self._frame


_SHARED: Final = SharedFrame()


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

    def write_now(self, message: bytes) -> bool:
        """Write without waiting; False: the other side has too much unread, or is gone."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            return False
        transport.write(_SHARED.of(message))
        return True


def _head(size: int) -> bytes:
    if size <= _ONE_BYTE_MAX:
        return _SHORT(_TEXT, size)
    if size <= _TWO_BYTES_MAX:
        return _MEDIUM(_TEXT, 126, size)
    return _LONG(_TEXT, 127, size)
