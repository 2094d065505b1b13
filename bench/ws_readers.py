"""Many readers of WebSocket channels in one process: when each message was read, and which it was.

Run by the benchmarks as ``python -m bench.ws_readers PORT COUNT KEY [SUBSCRIBE…]``. Reader i sends
the i-th of the subscriptions, over and over; without one it only stays connected. It prints
``ready`` when every reader was answered, then reads until its input ends, and writes for each
message (monotonic ns, the number after KEY in it), as pairs of 64 bits, to its output.
"""

import asyncio
import base64
import os
import struct
import sys
import time
from array import array
from itertools import cycle
from typing import Final, cast

import uvloop

PATH: Final = "/api/v1/ws"
CONNECTING_MAX: Final = 200
_HEAD_END: Final = b"\r\n\r\n"


class Reader(asyncio.Protocol):
    """One connection. Frames of a server are never masked, and ours here are never split."""

    def __init__(self, key: bytes, subscribe: bytes, read: "array[int]") -> None:
        self._key, self._subscribe, self._read = key, subscribe, read
        self._buffer = b""
        self._upgraded = False
        self.ready = asyncio.get_running_loop().create_future()
        self.code = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        self._transport = transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        nonce = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}"
            "\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take whole frames out of what was received."""
        now_ns = time.monotonic_ns()
        data = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, end, data = data.partition(_HEAD_END)
            if not end:
                self._buffer = head
                return
            self._upgraded = True
            if self._subscribe:
                self._transport.write(_masked(0x81, self._subscribe))
            else:
                self.ready.set_result(None)
        at = 0
        while (frame := _frame_at(data, at)) is not None:
            opcode, begins, at = frame
            if opcode == 1:
                self._take(data, begins, at, now_ns)
            elif opcode == 9:
                self._transport.write(_masked(0x8A, data[begins:at]))
            elif opcode == 8:
                self.code = int.from_bytes(data[begins : begins + 2], "big")
        self._buffer = data[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for it any longer."""
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"closed before it was ready: {self.code}"))

    def _take(self, data: bytes, begins: int, ends: int, now_ns: int) -> None:
        found = data.find(self._key, begins, ends)
        if found < 0:
            return
        number = found + len(self._key)
        until = number
        while 48 <= data[until] < 58:
            until += 1
        self._read.append(now_ns)
        self._read.append(int(data[number:until]))
        if not self.ready.done():
            self.ready.set_result(None)


def _frame_at(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return (opcode, begin, end) of the payload of the frame that begins at ``at``, if whole."""
    left = len(data) - at
    if left < 2:
        return None
    length, begins = data[at + 1], at + 2
    if length == 126:
        if left < 4:
            return None
        length, begins = struct.unpack_from("!H", data, at + 2)[0], at + 4
    elif length == 127:
        if left < 10:
            return None
        length, begins = struct.unpack_from("!Q", data, at + 2)[0], at + 10
    if begins + length > len(data):
        return None
    return data[at] & 15, begins, begins + length


def _masked(first: int, payload: bytes) -> bytes:
    """Return a client's frame; a mask of nothing but zeros leaves the payload as it is."""
    length = len(payload)
    if length < 126:
        return bytes((first, 0x80 | length)) + bytes(4) + payload
    return bytes((first, 0x80 | 126)) + struct.pack("!H", length) + bytes(4) + payload


async def read(port: int, count: int, key: str, subscriptions: list[str]) -> None:
    """Hold ``count`` readers until the input ends."""
    loop, found = asyncio.get_running_loop(), array("q")
    turns = asyncio.Semaphore(CONNECTING_MAX)

    async def connect(subscribe: str) -> Reader:
        async with turns:
            _, reader = await loop.create_connection(
                lambda: Reader(f'"{key}":'.encode(), subscribe.encode(), found), "127.0.0.1", port
            )
            await reader.ready
            return reader

    wanted = cycle(subscriptions or [""])
    await asyncio.gather(*(connect(next(wanted)) for _ in range(count)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    sys.stdout.buffer.write(found.tobytes())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(read(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
