"""The events of a run, read from the engine in sequence and kept in a temporary file."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import BinaryIO, Final

from schemas.layouts import EVENT_BYTES

_READ_EVENTS: Final = 8_192

EventStream = AsyncGenerator[tuple[int, bytes]]
"""(sequence of the first, n x 128 bytes), without gap or repetition."""


class EventSpool:
    """Events from the first one read on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._grown = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self.events = 0
        self.last_seq = 0

    def start(self, stream: EventStream) -> None:
        """Keep everything that comes, until ``stop``."""
        self._reading = asyncio.create_task(self._read(stream))
        self._reading.add_done_callback(lambda _: self._grown.set())

    async def stop(self) -> None:
        """Read no more."""
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, stream: EventStream) -> None:
        async with aclosing(stream) as received:
            async for first_seq, data in received:
                count = len(data) // EVENT_BYTES
                self._file.write(data)
                self.events += count
                self.last_seq = first_seq + count - 1
                self._grown.set()

    async def until(self, last_seq: int) -> None:
        """Return once event ``last_seq`` has come.

        Raises:
            TransportError, WireError: what ended the stream.
        """
        assert self._reading is not None
        while self.last_seq < last_seq:
            if self._reading.done():
                await self._reading
            self._grown.clear()
            await self._grown.wait()

    def chunks(self) -> Iterator[bytes]:
        """Yield all events in order, many at a time."""
        self._file.seek(0)
        while data := self._file.read(_READ_EVENTS * EVENT_BYTES):
            yield data


@asynccontextmanager
async def spooling(stream: EventStream) -> AsyncIterator[EventSpool]:
    """Read ``stream`` in the background for the length of the block."""
    with tempfile.TemporaryFile(prefix="openbell-replay-") as file:
        spool = EventSpool(file)
        spool.start(stream)
        try:
            yield spool
        finally:
            await spool.stop()
