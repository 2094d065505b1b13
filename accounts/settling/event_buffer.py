"""Events between the stream and settlement: whatever is waiting is taken at once, up to a bound."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from accounts.errors import OutOfSequence
from schemas.layouts import EVENT_BYTES

BUFFERED_EVENTS_MAX: Final = 131_072
"""Events read ahead; past it the stream is not read, and the engine's side waits."""


class EventBuffer:
    """A bounded queue of consecutive events, cut as the taker likes."""

    def __init__(self, next_seq: int) -> None:
        self._next_seq = next_seq
        self._chunks: deque[bytes] = deque()
        self._count = 0
        self._changed = asyncio.Condition()

    @property
    def waiting(self) -> int:
        """How many events were put and not taken."""
        return self._count

    async def put(self, first_seq: int, data: bytes) -> None:
        """Append the events in ``data`` (n x 128 bytes), waiting while the buffer is full.

        Raises:
            OutOfSequence: they do not follow what was put before.
        """
        expected_seq = self._next_seq + self._count
        if first_seq != expected_seq:
            raise OutOfSequence(f"the stream goes on at event {first_seq}, not {expected_seq}")
        async with self._changed:
            await self._changed.wait_for(lambda: self._count < BUFFERED_EVENTS_MAX)
            self._chunks.append(data)
            self._count += len(data) // EVENT_BYTES
            self._changed.notify_all()

    async def look_again(self) -> None:
        """Tell who waits that ``enough`` may have changed."""
        async with self._changed:
            self._changed.notify_all()

    async def take(
        self, events_max: int, enough: Callable[[], int] = lambda: 1
    ) -> tuple[int, bytes]:
        """Wait for ``enough()`` events (≥ 1); return the first's sequence number and up to
        ``events_max`` of them.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._count >= enough())
            taken: list[bytes] = []
            room = events_max
            while room and self._chunks:
                chunk = self._chunks.popleft()
                cut = room * EVENT_BYTES
                if len(chunk) > cut:
                    self._chunks.appendleft(chunk[cut:])
                    chunk = chunk[:cut]
                taken.append(chunk)
                room -= len(chunk) // EVENT_BYTES
            count = events_max - room
            first_seq = self._next_seq
            self._next_seq += count
            self._count -= count
            self._changed.notify_all()
            return first_seq, b"".join(taken)
