"""What waits to be written to one WebSocket: bounded, so that a reader who lags is let go."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final

PUSHES_MAX: Final = 256
PUSHED_BYTES_MAX: Final = 1 << 20
SNAPSHOT_BYTES_MAX: Final = 16 << 20
"""Unread; a whole book is some 300 KiB."""
WRITE_BYTES_MAX: Final = 1 << 16
"""Messages that wait together are written together, up to about so much at once."""


class _Kind(Enum):
    PUSH = "push"
    ANSWER = "answer"
    SNAPSHOT = "snapshot"


class Outbox:
    """Messages in the order they were put in, written by ``run``.

    Pushes count against their bounds, snapshots against one of their own: after the engine was lost
    all subscriptions start over at once. Answers do not: their number is bounded by the requests
    that a connection may have under way.
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
        self._waiting: deque[tuple[bytes, _Kind]] = deque()
        self._pushes = 0
        self._pushed_bytes = 0
        self._answers = 0
        self._snapshot_bytes = 0
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
        self._put(data, _Kind.PUSH)
        return True

    def answer(self, data: bytes) -> None:
        """Take an answer."""
        self._answers += 1
        self._put(data, _Kind.ANSWER)

    def snapshot(self, data: bytes) -> bool:
        """Take a snapshot; False: too much of that waits already, and nothing was taken. One alone
        is taken whatever its size.
        """
        if self._snapshot_bytes and self._snapshot_bytes + len(data) > SNAPSHOT_BYTES_MAX:
            return False
        self._snapshot_bytes += len(data)
        self._put(data, _Kind.SNAPSHOT)
        return True

    @property
    def answers(self) -> int:
        """How many answers are not written yet."""
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
                    taken = self._next()
                    await self._write([data for data, _ in taken])
                    self._written(taken)
                self._filled.clear()
                self._drained.set()
        finally:
            # Nobody waits for ever for what will never be written.
            self._drained.set()

    def _next(self) -> list[tuple[bytes, _Kind]]:
        """Return what is to be written now."""
        taken, total_bytes = list[tuple[bytes, _Kind]](), 0
        while self._waiting and total_bytes < WRITE_BYTES_MAX:
            taken.append(self._waiting.popleft())
            total_bytes += len(taken[-1][0])
        return taken

    def _written(self, taken: list[tuple[bytes, _Kind]]) -> None:
        for data, kind in taken:
            if kind is _Kind.PUSH:
                self._pushes -= 1
                self._pushed_bytes -= len(data)
            elif kind is _Kind.SNAPSHOT:
                self._snapshot_bytes -= len(data)
            else:
                self._answers -= 1

    def _put(self, data: bytes, kind: _Kind) -> None:
        self._waiting.append((data, kind))
        self._filled.set()
        self._drained.clear()
