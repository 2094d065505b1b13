"""Byte streams between processes: in one, nothing is lost or reordered; it can stall and break."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.scheduler import Process, current_process

if TYPE_CHECKING:
    from tests.simulation.network import Address, Network

RETRY_S: Final = 0.2
"""Between two tries of the kernel to get something across."""
GIVES_UP_S: Final = 4.0
BUFFERED_BYTES_MAX: Final = 64 << 10


class StreamTransport(asyncio.Transport):
    """One end of a stream. What it writes arrives at ``peer``, in order, after a while."""

    def __init__(self, network: Network, process: Process) -> None:
        super().__init__()
        self.process = process
        self.context = process.context()
        self.protocol: Any = None
        self.peer: StreamTransport
        self._network = network
        self._queue: deque[bytes | BaseException | None] = deque()
        self._pumping = False
        self._closing = False
        self._lost = False
        self._stalled_since_s: float | None = None
        self._buffered_bytes = 0
        self._paused = False

    # ---- what asyncio asks for -----------------------------------------------------------------

    def write(self, data: Any) -> None:
        """Send bytes."""
        if not self._closing and self.process.alive:
            self._buffered_bytes += len(data)
            self._put(bytes(data))
            if self._buffered_bytes > BUFFERED_BYTES_MAX and not self._paused:
                self._paused = True
                self.protocol.pause_writing()

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Send what is written, then the end."""
        if not self._closing:
            self._closing = True
            if self.process.alive:
                self._put(None)
            self._lose(None)

    def abort(self) -> None:
        """Break the stream at once."""
        self.reset()
        self._lose(None)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Keep the own limits."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes are on their way."""
        return self._buffered_bytes

    def can_write_eof(self) -> bool:
        """Return False."""
        return False

    def pause_reading(self) -> None:
        """Tell asyncio that this cannot be done."""
        raise NotImplementedError

    # ---- the way across ------------------------------------------------------------------------

    def reset(self) -> None:
        """Have the other end hear that the stream broke, if anything gets across."""
        if not self._closing:
            self._closing = True
            self._queue.clear()
            self._put(ConnectionResetError("simulated"))

    def _put(self, item: bytes | BaseException | None) -> None:
        self._queue.append(item)
        if not self._pumping:
            self._pumping = True
            self._later(self._network.faults.delay_s)

    def _later(self, seconds: float) -> None:
        departs_s = max(self._network.loop.time(), self.process.stalled_until_s)
        self._network.loop.outside_at(departs_s + seconds, self._pump)

    def _pump(self) -> None:
        peer, now_s = self.peer, self._network.loop.time()
        if not peer.process.alive or peer._lost:
            self._queue.clear()
            return
        if not self._network.passes(self.process.host, peer.process.host):
            self._stall(now_s)
            return
        self._stalled_since_s = None
        if peer.process.stalled_until_s > now_s:
            self._network.loop.outside_at(peer.process.stalled_until_s, self._pump)
            return
        item = self._queue.popleft()
        if isinstance(item, bytes):
            self._buffered_bytes -= len(item)
            self._network.note(item)
            self._network.loop.call_soon(peer.protocol.data_received, item, context=peer.context)
            if self._paused and self._buffered_bytes < BUFFERED_BYTES_MAX // 4:
                self._paused = False
                self._network.loop.call_soon(self.protocol.resume_writing, context=self.context)
        elif item is None:
            self._network.loop.call_soon(peer._ended, context=peer.context)
        else:
            peer._lose(item)
        self._pumping = bool(self._queue)
        if self._pumping:
            self._later(self._network.faults.delay_s / 4)

    def _stall(self, now_s: float) -> None:
        if self._stalled_since_s is None:
            self._stalled_since_s = now_s
        if now_s - self._stalled_since_s > GIVES_UP_S:
            self._lose(TimeoutError("simulated: no answer from the other side"))
            self._queue.clear()
        else:
            self._network.loop.outside_later(RETRY_S, self._pump)

    def _ended(self) -> None:
        if not self._lost and not self.protocol.eof_received():
            self.close()

    def _lose(self, error: BaseException | None) -> None:
        self._closing = True
        if not self._lost:
            self._lost = True
            self._network.loop.call_soon(self.protocol.connection_lost, error, context=self.context)


class Listener:
    """An open port, as asyncio.Server is used."""

    def __init__(self, close: Callable[[], None]) -> None:
        self.close = close


class Streams:
    """Every port that takes streams, and the way to it."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ports: dict[Address, tuple[Callable[[], Any], Process]] = {}

    def listen(self, protocol_factory: Callable[[], Any], port: int) -> Listener:
        """Take streams in the current process."""
        process = current_process()
        assert process is not None
        address = (process.host, port)

        def close() -> None:
            self._ports.pop(address, None)

        self._ports[address] = (protocol_factory, process)
        process.on_end.append(close)
        return Listener(close)

    async def connect(
        self, protocol_factory: Callable[[], Any], target: Address
    ) -> tuple[StreamTransport, Any]:
        """Open a stream from the current process.

        Raises:
            ConnectionRefusedError: nobody listens there.
        """
        process = current_process()
        assert process is not None
        while not self._there_and_back(process.host, target[0]):
            await asyncio.sleep(RETRY_S)
        await asyncio.sleep(2 * self._network.faults.delay_s)
        factory, server = self._ports.get(target, (None, None))
        if factory is None or server is None:
            raise ConnectionRefusedError(111, "simulated: nobody listens")
        here = StreamTransport(self._network, process)
        there = StreamTransport(self._network, server)
        here.peer, there.peer = there, here
        for end, make in ((here, protocol_factory), (there, factory)):
            end.protocol = end.context.run(make) if end is there else make()
            end.process.on_end.append(end.reset)
        there.context.run(there.protocol.connection_made, there)
        here.protocol.connection_made(here)
        return here, here.protocol

    def _there_and_back(self, source: str, target: str) -> bool:
        passes = self._network.passes
        return passes(source, target) and passes(target, source)
