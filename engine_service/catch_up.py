"""The TCP side: the event stream from any position on, first from the log, then live.

A reader has no queue here: the event log is its queue and holds everything. What is bounded is the
part on its way to the socket, and the time it may stand still.
"""

import asyncio
import errno
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from engine_service.event_log import EventLog
from schemas.errors import WireError
from schemas.framing import EVENTS_PER_FRAME_MAX
from schemas.layouts import EVENT_BYTES
from service.errors import PortInUse
from transport.catch_up_stream import CatchUpServer, NoCommonVersion
from transport.keys import MasterKey, as_key_ring
from transport.stream_frames import read_frame

READERS_MAX: Final = 64
HANDSHAKE_S: Final = 5.0
HEARTBEAT_S: Final = 1.0
BUFFER_BYTES_MAX: Final = 1 << 20
STALLED_S: Final = 10.0


class CatchUp:
    """All readers of the event stream over TCP."""

    def __init__(self, event_log: EventLog, master_key: MasterKey, epoch: int = 1) -> None:
        self._event_log = event_log
        self._epoch = epoch
        self._keys = as_key_ring(master_key)
        self._readers: dict[asyncio.Task[None], asyncio.Event] = {}
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
        self.dropped = 0
        """Readers that stood still for too long."""

    @property
    def reader_count(self) -> int:
        """How many readers are connected."""
        return len(self._readers)

    def wake(self) -> None:
        """Tell the readers that the event log has grown."""
        for woken in self._readers.values():
            woken.set()

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[None]:
        """Accept readers for the length of the block.

        Raises:
            PortInUse: another program has the port.
        """
        try:
            server = await asyncio.start_server(self._connected, host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUse(f"TCP port {port} on {host} is in use by another program") from error
        try:
            yield
        finally:
            server.close()
            tasks = list(self._readers)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._readers) >= READERS_MAX:
            self._log.warning("catch-up reader refused: too many", readers=READERS_MAX)
            writer.transport.abort()
            return
        woken = asyncio.Event()
        task = asyncio.create_task(self._serve(reader, writer, woken))
        self._readers[task] = woken
        task.add_done_callback(self._readers.pop)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, woken: asyncio.Event
    ) -> None:
        try:
            # A reader that goes away knows where it was.
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._stream(reader, writer, woken)
        except (WireError, TimeoutError) as error:
            self._log.warning("catch-up reader dropped", reason=str(error) or "too slow")
        finally:
            writer.transport.abort()

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, woken: asyncio.Event
    ) -> None:
        async with asyncio.timeout(HANDSHAKE_S):
            frame = await read_frame(reader)
        nonce = secrets.randbits(63) + 1
        released = self._event_log.next_seq
        try:
            stream, next_seq = CatchUpServer.open(
                frame,
                master_key=self._keys,
                nonce=nonce,
                next_event_seq=released,
                epoch=self._epoch,
            )
        except NoCommonVersion as refused:
            writer.write(refused.frame)
            await self._drain(writer)
            raise
        writer.transport.set_write_buffer_limits(BUFFER_BYTES_MAX)
        writer.write(stream.welcome())
        if next_seq > released:
            # Only what is durable was ever released, so this reader's past is not this journal's.
            self._log.error(
                "a reader is ahead of the journal: its data was made of another one, or of a newer "
                "copy; stop the exchange and restore both from one backup",
                wants=next_seq,
                next=released,
            )
            await self._drain(writer)
            return
        if next_seq < (first_seq := self._event_log.first_seq):
            self._log.error("a reader wants archived events", wants=next_seq, first=first_seq)
            writer.write(stream.heartbeat(first_seq))
            await self._drain(writer)
            return
        while stream.key_id in self._keys.ids:  # retired: the reader comes again under another
            woken.clear()
            events = self._event_log.read(next_seq, EVENTS_PER_FRAME_MAX)
            if events:
                writer.write(stream.events(next_seq, events))
                next_seq += len(events) // EVENT_BYTES
                await self._drain(writer)
                await asyncio.sleep(0)  # commands go first
            elif next_seq < self._event_log.next_seq:
                return  # archived meanwhile: the reader comes again and is told what is at hand
            elif not await _set_within(woken, HEARTBEAT_S):
                writer.write(stream.heartbeat(next_seq))
                await self._drain(writer)

    async def _drain(self, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(STALLED_S):
                await writer.drain()
        except TimeoutError:
            self.dropped += 1
            raise


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
