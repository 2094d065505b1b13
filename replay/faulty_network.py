"""A bad network between clients and an engine: a UDP relay on loopback that loses, repeats and
delays datagrams in both directions.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from replay.faults import FaultCounts, FaultRates, FaultyDirection
from transport.engine_address import EngineAddress
from transport.udp_socket import prepare

DATAGRAMS_A_WAKE_MAX: Final = 64
RELEASE_S: Final = 0.002
"""How long a delayed datagram waits for others to overtake it."""
_READ_BYTES: Final = 2_048
_PATHS_MAX: Final = 64
"""Clients at once; past it the one that has been silent longest is forgotten, as a router does."""


class FaultyNetwork:
    """``address`` is where clients find the engine: the relay for datagrams, itself for TCP."""

    def __init__(self, engine: EngineAddress, rates: FaultRates) -> None:
        self.to_engine = FaultCounts()
        self.to_clients = FaultCounts()
        self.undelivered = 0
        """Datagrams that met a full buffer or nobody, besides those lost on purpose."""
        self._engine = engine
        self._up_rates = self._down_rates = rates
        self._clients = 0
        self._loop = asyncio.get_running_loop()
        self._front = _udp_socket()
        self._front.bind(("127.0.0.1", 0))
        self._paths: dict[tuple[str, int], _Path] = {}
        self._loop.add_reader(self._front, self._from_clients)

    @property
    def address(self) -> EngineAddress:
        """Where clients are to connect."""
        port: int = self._front.getsockname()[1]
        return self._engine._replace(host="127.0.0.1", udp_port=port)

    def _from_clients(self) -> None:
        for _ in range(DATAGRAMS_A_WAKE_MAX):
            try:
                datagram, client = self._front.recvfrom(_READ_BYTES)
            except OSError:
                return
            path = self._paths.pop(client, None) or self._new_path(client)
            self._paths[client] = path  # the last is the one heard last
            path.up.take(datagram)

    def change(self, to_engine: FaultRates, to_clients: FaultRates) -> None:
        """Do from now on what these say; their seeds have no say any more."""
        self._up_rates, self._down_rates = to_engine, to_clients
        for path in self._paths.values():
            path.up.direction.rates, path.down.direction.rates = to_engine, to_clients

    def _new_path(self, client: tuple[str, int]) -> "_Path":
        if len(self._paths) == _PATHS_MAX:
            self._close_path(self._paths.pop(next(iter(self._paths))))
        number = self._clients
        self._clients += 1
        # Not connected: while the engine is away the kernel would report that, and uvloop no longer
        # reads from a socket with an error.
        back = _udp_socket()
        back.bind(("127.0.0.1", 0))
        engine = self._engine.host, self._engine.udp_port

        def to_client(datagram: bytes) -> None:
            self._send(lambda: self._front.sendto(datagram, client))

        def to_engine(datagram: bytes) -> None:
            self._send(lambda: back.sendto(datagram, engine))

        up = FaultyDirection(self._up_rates, self.to_engine, f"to the engine, client {number}")
        down = FaultyDirection(self._down_rates, self.to_clients, f"to client {number}")
        path = _Path(back, _Lane(self._loop, up, to_engine), _Lane(self._loop, down, to_client))
        self._loop.add_reader(back, self._from_engine, path)
        return path

    def _from_engine(self, path: "_Path") -> None:
        for _ in range(DATAGRAMS_A_WAKE_MAX):
            try:
                datagram = path.back.recv(_READ_BYTES)
            except OSError:
                return
            path.down.take(datagram)

    def _send(self, send: Callable[[], int]) -> None:
        try:
            send()
        except (BlockingIOError, ConnectionRefusedError):
            self.undelivered += 1

    def close(self) -> None:
        """Close every socket; what is still held is lost."""
        self._loop.remove_reader(self._front)
        self._front.close()
        for path in self._paths.values():
            self._close_path(path)

    def _close_path(self, path: "_Path") -> None:
        path.up.close()
        path.down.close()
        self._loop.remove_reader(path.back)
        path.back.close()


class _Lane:
    """One direction: what arrives is sent on, what nobody overtakes arrives a little later."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        direction: FaultyDirection,
        send: Callable[[bytes], None],
    ) -> None:
        self.direction = direction
        self._loop = loop
        self._send = send
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def take(self, datagram: bytes) -> None:
        for arriving in self.direction.pass_on(datagram):
            self._pass(arriving)
        if self.direction.holds and self._timer is None:
            self._timer = self._loop.call_later(RELEASE_S, self._release)

    def _pass(self, arriving: bytes) -> None:
        if delay_ms := self.direction.delay_ms():
            self._loop.call_later(delay_ms / 1_000, self._arrive, arriving)
        else:
            self._send(arriving)

    def _arrive(self, datagram: bytes) -> None:
        if not self._closed:
            self._send(datagram)

    def _release(self) -> None:
        self._timer = None
        for arriving in self.direction.release():
            self._pass(arriving)

    def close(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()


class _Path:
    """One client's way to the engine and back."""

    def __init__(self, back: socket.socket, up: _Lane, down: _Lane) -> None:
        self.back = back
        self.up = up
        self.down = down


def _udp_socket() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    prepare(udp)
    return udp


@asynccontextmanager
async def faulty_network(engine: EngineAddress, rates: FaultRates) -> AsyncIterator[FaultyNetwork]:
    """Yield a network to ``engine`` that does what ``rates`` say."""
    network = FaultyNetwork(engine, rates)
    try:
        yield network
    finally:
        network.close()
