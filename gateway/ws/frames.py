"""A message as it goes over the wire: framed once, however many read it."""

import struct
from typing import Final

_TEXT_FINAL: Final = 0x81  # RFC 6455, 5.2: FIN, opcode 1; what a server sends is not masked
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127


class TextFrames:
    """Frames messages; the last one is kept, for the next reader of the same."""

    def __init__(self) -> None:
        self._data = b""
        self._frame = self._framed(b"")

    def of(self, data: bytes) -> bytes:
        """Return the frame of a text message."""
        if data is not self._data:
            self._data, self._frame = data, self._framed(data)
        return self._frame

    def _framed(self, data: bytes) -> bytes:
        length = len(data)
        if length < _TWO_BYTES:
            header = struct.pack("!BB", _TEXT_FINAL, length)
        elif length < 1 << 16:
            header = struct.pack("!BBH", _TEXT_FINAL, _TWO_BYTES, length)
        else:
            header = struct.pack("!BBQ", _TEXT_FINAL, _EIGHT_BYTES, length)
        return header + data
