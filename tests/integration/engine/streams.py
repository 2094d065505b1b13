"""Reading the event stream in a test: up to an event, or in the background."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from schemas.layouts import EVENT_BYTES
from tests.integration.engine_process import EngineHandle
from transport.event_follower import follow_events

READ_S = 10.0


class Reader:
    """What was read so far; ``events`` holds event 1 at its start if it began there."""

    def __init__(self, first_seq: int) -> None:
        self.first_seq = first_seq
        self.events = bytearray()
        self._grown = asyncio.Event()

    @property
    def next_seq(self) -> int:
        return self.first_seq + len(self.events) // EVENT_BYTES

    def take(self, first_seq: int, events: bytes) -> None:
        assert first_seq == self.next_seq, "a gap or a repetition"
        self.events += events
        self._grown.set()

    async def until(self, last_seq: int) -> bytes:
        """Return everything once ``last_seq`` is there."""
        async with asyncio.timeout(READ_S):
            while self.next_seq <= last_seq:
                self._grown.clear()
                await self._grown.wait()
        return bytes(self.events)


@asynccontextmanager
async def reading(stream: AsyncIterator[tuple[int, bytes]], first_seq: int):
    """Read ``stream`` in the background for the length of the block."""
    reader = Reader(first_seq)

    async def read() -> None:
        async for seq, events in stream:
            reader.take(seq, events)

    task = asyncio.create_task(read())
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def events_between(engine: EngineHandle, first_seq: int, last_seq: int) -> bytes:
    """Return events ``first_seq`` to ``last_seq`` by TCP."""
    stream = follow_events(engine.address, engine.master_key, first_seq, 77)
    async with reading(stream, first_seq) as reader:
        events = await reader.until(last_seq)
    return events[: (last_seq - first_seq + 1) * EVENT_BYTES]


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait until nothing is left of it."""
    writer.close()
    with suppress(ConnectionError):  # the other side was faster
        await writer.wait_closed()
