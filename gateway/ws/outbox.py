"""What waits to be written to one WebSocket: bounded, so that a reader who lags is let go."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

PUSHES_MAX: Final = 256
PUSHED_BYTES_MAX: Final = 1 << 20
WRITE_BYTES_MAX: Final = 1 << 16
"""Messages that wait together are written together, up to about so much at once."""


class Outbox:
    """Messages in the order they were put in, written by ``run``.

    Pushes count against the bounds; answers and snapshots do not, because their number is bounded
    by the requests that a connection may have under way.
    """

    def __init__(
        self,
        write: Callable[[list[bytes]], Awaitable[None]],
        write_now: Callable[[bytes], bool] | None = None,
    ) -> None:
        """``write_now`` writes a push without waiting, or returns False if that cannot be: the
        reader has not read enough yet. It is used while nothing else waits.
        """
        self._write = write
        self._write_now = write_now
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._pushes = 0
        self._pushed_bytes = 0
        self._answers = 0
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def push(self, data: bytes) -> bool:
        """Take a push; False: the bounds are passed and nothing was taken."""
        if not self._waiting and self._write_now is not None and self._write_now(data):
            return True
        if self._pushes >= PUSHES_MAX or self._pushed_bytes + len(data) > PUSHED_BYTES_MAX:
            return False
        self._pushes += 1
        self._pushed_bytes += len(data)
        self._put(data, True)
        return True

    def answer(self, data: bytes) -> None:
        """Take an answer or snapshot."""
        self._answers += 1
        self._put(data, False)

    @property
    def answers(self) -> int:
        """How many answers and snapshots are not written yet."""
        return self._answers

    async def drained(self) -> None:
        """Wait until everything is written."""
        await self._drained.wait()

    async def run(self) -> None:
        """Write for ever.

        Raises:
            ConnectionError: the other side is gone.
        """
        try:
            while True:
                await self._filled.wait()
                while self._waiting:
                    messages, pushes, pushed_bytes = self._next()
                    await self._write(messages)
                    self._pushes -= pushes
                    self._pushed_bytes -= pushed_bytes
                    self._answers -= len(messages) - pushes
                self._filled.clear()
                self._drained.set()
        finally:
            # Nobody waits for ever for what will never be written.
            self._drained.set()

    def _next(self) -> tuple[list[bytes], int, int]:
        """Return what is to be written now: messages, and how many and how long the pushes are."""
        messages, total_bytes, pushes, pushed_bytes = list[bytes](), 0, 0, 0
        while self._waiting and total_bytes < WRITE_BYTES_MAX:
            data, counted = self._waiting.popleft()
            messages.append(data)
            total_bytes += len(data)
            if counted:
                pushes += 1
                pushed_bytes += len(data)
        return messages, pushes, pushed_bytes

    def _put(self, data: bytes, counted: bool) -> None:
        self._waiting.append((data, counted))
        self._filled.set()
        self._drained.clear()
