"""The network: datagrams that get lost, doubled, late, overtaken and damaged; who may reach whom.

Hosts are known by name. A link is one direction between two hosts.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from zlib import crc32

from tests.simulation.scheduler import Process, SimulatedLoop, current_process
from tests.simulation.streams import Streams

Address = tuple[str, int]
INBOX_DATAGRAMS_MAX: Final = 256
"""What a socket's buffer holds; past it the kernel drops."""
REPLAYED_AFTER_S_MAX: Final = 6.0


@dataclass(slots=True)
class LinkFaults:
    """Shares (0 to 1) of datagrams, and seconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    damage: float = 0.0
    late: float = 0.0
    """Share of those that take up to ``late_s`` longer: others overtake them."""
    late_s: float = 0.06
    replay: float = 0.0
    """Share of those that come again much later, as somebody who listens could send them."""
    delay_s: float = 0.0005


class Socket:
    """What a process sees of a datagram socket: the calls of socket.socket that it makes."""

    def __init__(self, network: Network, address: Address, number: int) -> None:
        self.address = address
        self.inbox: deque[tuple[bytes, Address]] = deque()
        self._network = network
        self._number = number
        self.process = current_process()

    def fileno(self) -> int:
        """Return its number."""
        return self._number

    def recvfrom(self, length: int) -> tuple[bytes, Address]:
        """Return the next datagram, cut to ``length``, and where it came from."""
        if not self.inbox:
            raise BlockingIOError
        data, sender = self.inbox.popleft()
        return data[:length], sender

    def sendto(self, data: bytes, address: Address) -> None:
        """Send a datagram."""
        self._network.send(self.process, self.address, address, bytes(data))

    def getsockopt(self, level: int, option: int) -> int:
        """Return how many bytes its buffer holds."""
        return INBOX_DATAGRAMS_MAX * 2_304

    def setsockopt(self, level: int, option: int, value: int, /) -> None:
        """Take any option."""

    def close(self) -> None:
        """Give the address back."""
        self._network.close(self)


class DatagramTransport(asyncio.DatagramTransport):
    """A connected datagram socket as asyncio shows it."""

    def __init__(
        self, network: Network, socket: Socket, protocol: Any, remote: Address, context: Context
    ) -> None:
        super().__init__({"socket": socket})
        self.socket = socket
        self.remote = remote
        self.context = context
        self.protocol = protocol
        self._network = network
        self._closing = False

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send a datagram to where it is connected to."""
        if not self._closing:
            self.socket.sendto(data, self.remote)

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Close it; the protocol hears of it soon."""
        if not self._closing:
            self._closing = True
            self.socket.close()
            self._network.loop.call_soon(self.protocol.connection_lost, None, context=self.context)

    def abort(self) -> None:
        """Close it."""
        self.close()


class Network:
    """All hosts, and what can go wrong between them."""

    def __init__(self, loop: SimulatedLoop, random: Random) -> None:
        self.loop = loop
        self.faults = LinkFaults()
        self.streams = Streams(self)
        self.blocked: set[tuple[str, str]] = set()
        """Links that nothing passes."""
        self.sent = 0
        self.digest = 0
        """Of everything that was delivered, and when."""
        self.before_send: Callable[[Process], None] = lambda process: None
        self._random = random
        self._sockets: dict[Address, Socket | DatagramTransport] = {}
        self._readers: dict[int, tuple[Socket, Callable[..., Any], Context]] = {}
        self._by_number: dict[int, Socket] = {}
        self._numbers = 10

    # ---- sockets -------------------------------------------------------------------------------

    def bind(self, port: int) -> Socket:
        """Return a socket of the current process, with an address of its host."""
        process = current_process()
        assert process is not None
        self._numbers += 1
        socket = Socket(self, (process.host, port or 40_000 + self._numbers), self._numbers)
        if socket.address in self._sockets:
            raise OSError(98, "address in use")
        self._sockets[socket.address] = socket
        self._by_number[socket.fileno()] = socket
        process.on_end.append(socket.close)
        return socket

    def open_datagrams(self, protocol: Any, remote: Address) -> DatagramTransport:
        """Return a connected socket of the current process that feeds ``protocol``."""
        process = current_process()
        assert process is not None
        socket = self.bind(0)
        transport = DatagramTransport(self, socket, protocol, remote, process.context())
        self._sockets[socket.address] = transport
        return transport

    def close(self, socket: Socket) -> None:
        """Nobody reaches it any more."""
        self._sockets.pop(socket.address, None)
        self._readers.pop(socket.fileno(), None)
        self._by_number.pop(socket.fileno(), None)

    def add_reader(self, number: int, callback: Callable[..., Any]) -> None:
        """Call back in the current process when a socket has something."""
        process = current_process()
        assert process is not None
        self._readers[number] = (self._by_number[number], callback, process.context())

    def remove_reader(self, number: int) -> bool:
        """Do so no longer."""
        return self._readers.pop(number, None) is not None

    # ---- datagrams -----------------------------------------------------------------------------

    def passes(self, source: str, target: str) -> bool:
        """Return whether anything passes from one host to another now."""
        return (source, target) not in self.blocked

    def send(self, process: Process | None, source: Address, target: Address, data: bytes) -> None:
        """Take a datagram from a process and let happen to it what happens."""
        if process is not None:
            if not process.alive:
                return
            self.before_send(process)
            if not process.alive:
                return
        self.sent += 1
        faults, random = self.faults, self._random
        if faults.loss and random.random() < faults.loss:
            return
        departs_s = max(self.loop.now_s, process.stalled_until_s if process else 0.0)
        self._carry(source, target, data, departs_s)
        if faults.duplicate and random.random() < faults.duplicate:
            self._carry(source, target, data, departs_s)
        if faults.replay and random.random() < faults.replay:
            self._carry(source, target, data, departs_s + random.random() * REPLAYED_AFTER_S_MAX)

    def _carry(self, source: Address, target: Address, data: bytes, departs_s: float) -> None:
        faults, random = self.faults, self._random
        takes_s = faults.delay_s * (0.5 + random.random())
        if faults.late and random.random() < faults.late:
            takes_s += random.random() * faults.late_s
        if faults.damage and random.random() < faults.damage:
            data = self._damaged(data)
        self.loop.outside_at(departs_s + takes_s, self._deliver, source, target, data)

    def _damaged(self, data: bytes) -> bytes:
        damaged = bytearray(data)
        kind = self._random.randrange(4)
        if kind == 0:
            return bytes(damaged[: self._random.randrange(len(damaged))])
        for _ in range(1 if kind < 3 else 16):
            damaged[self._random.randrange(len(damaged))] ^= 1 << self._random.randrange(8)
        return bytes(damaged)

    def _deliver(self, source: Address, target: Address, data: bytes) -> None:
        if not self.passes(source[0], target[0]):
            return
        found = self._sockets.get(target)
        if found is None:
            return
        socket = found if isinstance(found, Socket) else found.socket
        process = socket.process
        assert process is not None
        if process.stalled_until_s > self.loop.now_s:
            if len(socket.inbox) < INBOX_DATAGRAMS_MAX:  # counts as buffered meanwhile
                self.loop.outside_at(process.stalled_until_s, self._deliver, source, target, data)
            return
        self.note(data)
        if isinstance(found, DatagramTransport):
            if source == found.remote:
                self.loop.call_soon(
                    found.protocol.datagram_received, data, source, context=found.context
                )
            return
        if len(socket.inbox) < INBOX_DATAGRAMS_MAX:
            socket.inbox.append((data, source))
            if len(socket.inbox) == 1:
                self.loop.call_soon(self._wake, socket, context=self.loop.outside)

    def note(self, data: bytes) -> None:
        """Let the digest know of a delivery."""
        self.digest = crc32(data, self.digest ^ (self.loop.now_ns & 0xFFFFFFFF))

    def _wake(self, socket: Socket) -> None:
        reader = self._readers.get(socket.fileno())
        if reader is None or not socket.inbox:
            return
        process = socket.process
        assert process is not None
        if process.stalled_until_s > self.loop.now_s:
            self.loop.outside_at(process.stalled_until_s, self._wake, socket)
            return
        _, callback, context = reader
        self.loop.call_soon(_read, process, callback, context=context)
        self.loop.call_soon(self._wake, socket, context=self.loop.outside)


def _read(process: Process, callback: Callable[..., Any]) -> None:
    if process.alive:
        callback()
