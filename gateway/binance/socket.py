"""One WebSocket of this dialect: what is written waits in a bounded outbox, what is read is
counted.
"""

import asyncio
import time
from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from gateway.metrics import MESSAGES_SENT, SLOW_READERS
from gateway.ws.frames import FrameWriter
from gateway.ws.outbox import Outbox

ABORT_AFTER_S: Final = 5.0
LIFETIME_S: Final = 86_400.0
MESSAGES_PER_S_MAX: Final = 50
"""What a client may send; clients that hold themselves to five a second never come near."""
_ENCODE: Final = msgspec.json.Encoder()


class Socket:
    """Writes in order, closes without waiting for whoever does not read."""

    def __init__(self, response: web.WebSocketResponse, writer: FrameWriter, ip: str) -> None:
        self.ip = ip
        self._response = response
        self._writer = writer
        self._outbox = Outbox(writer.write)
        self._closing: asyncio.Task[None] | None = None
        self._second = 0
        self._in_second = 0

    @property
    def closing(self) -> bool:
        """Whether a close has begun: nothing more is written."""
        return self._closing is not None

    def answer(self, value: Any) -> None:
        """Send what was asked for."""
        if self._closing is None:
            self._outbox.answer(_ENCODE.encode(value))

    def push(self, data: bytes) -> None:
        """Send an event; whoever lags too far is let go."""
        if self._closing is not None:
            return
        if self._outbox.push(data):
            MESSAGES_SENT.inc()
        else:
            SLOW_READERS.inc()
            self.close(WSCloseCode.POLICY_VIOLATION, "slow consumer")

    def close(self, code: int, reason: str) -> None:
        """Close soon; later calls change nothing."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason))

    async def drained(self) -> None:
        """Wait until what was put in is written."""
        if self._closing is None:
            await self._outbox.drained()

    async def closed(self) -> None:
        """Wait for a close that has begun."""
        if self._closing is not None:
            await self._closing

    def is_too_fast(self) -> bool:
        """Count a message; return whether the client sends more than it may."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        return self._in_second > MESSAGES_PER_S_MAX

    async def read(self) -> str | None:
        """Return the next text, None once the connection ends."""
        while True:
            message = await self._response.receive()
            if message.type is WSMsgType.TEXT:
                return str(message.data)
            if message.type in (
                WSMsgType.CLOSE,
                WSMsgType.CLOSING,
                WSMsgType.CLOSED,
                WSMsgType.ERROR,
            ):
                return None
            if message.type is WSMsgType.BINARY:
                self.close(WSCloseCode.UNSUPPORTED_DATA, "send text")

    async def write_for_ever(self) -> None:
        """Write what is put in, until the other side is gone or the day is over."""
        try:
            async with asyncio.timeout(LIFETIME_S):
                await self._outbox.run()
        except ConnectionError:
            self.close(WSCloseCode.GOING_AWAY, "the connection is gone")
        except TimeoutError:
            self.close(WSCloseCode.GOING_AWAY, "a connection lives for a day")

    async def _close(self, code: int, reason: str) -> None:
        if self._writer.transport is not None:
            # A client that reads nothing would keep what is unread, and the socket, for ever.
            asyncio.get_running_loop().call_later(ABORT_AFTER_S, self._writer.transport.abort)
        await self._response.close(code=code, message=reason.encode(), drain=False)
