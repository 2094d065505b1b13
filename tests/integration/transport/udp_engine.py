"""The model engine on real sockets, and a proxy in front of it that misbehaves as its seed says."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

from schemas.errors import WireError
from tests.model_engine import MASTER_KEY, ModelEngine
from transport.catch_up_stream import CatchUpServer
from transport.engine_address import EngineAddress
from transport.server_session import HEARTBEAT_NS, Address, Send
from transport.stream_frames import read_frame
from transport.udp_socket import prepare

LOCALHOST = "127.0.0.1"


class UdpEngine(asyncio.DatagramProtocol):
    """Answers on one UDP port; serves its events on one TCP port."""

    def __init__(self, model: ModelEngine) -> None:
        self.model = model
        self.catch_ups = 0
        self.hang_ups: asyncio.Queue[Exception] = asyncio.Queue()
        self.deaf = False
        self._loop = asyncio.get_running_loop()
        self._released = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._udp = cast(asyncio.DatagramTransport, transport)
        prepare(transport.get_extra_info("socket"))
        self._beat()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self.deaf:
            return
        self.send(self.model.receive(data, (addr[0], addr[1]), time.monotonic_ns()))
        self._loop.create_task(self._wake())

    def send(self, sends: list[Send]) -> None:
        for send in sends:
            self._udp.sendto(send.datagram, send.address)

    def _beat(self) -> None:
        self._timer = self._loop.call_later(HEARTBEAT_NS / 1e9, self._beat)
        self.send(self.model.sessions.heartbeat(time.monotonic_ns()))

    async def _wake(self) -> None:
        async with self._released:
            self._released.notify_all()

    async def serve_catch_up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One reader's connection, until it leaves or is cut."""
        self._writers.add(writer)
        try:
            stream, seq = CatchUpServer.open(
                await read_frame(reader),
                master_key=MASTER_KEY,
                nonce=1,
                next_event_seq=len(self.model.executed) + 1,
            )
            self.catch_ups += 1
            writer.write(stream.welcome())
            while not writer.is_closing():
                while seq <= len(self.model.executed):
                    last = min(seq + 4_095, len(self.model.executed))
                    writer.write(stream.events(seq, self.model.events(seq, last)))
                    await writer.drain()
                    seq = last + 1
                writer.write(stream.heartbeat(seq))
                async with self._released:
                    await self._released.wait()
        except (WireError, OSError, asyncio.IncompleteReadError) as error:
            self.hang_ups.put_nowait(error)
        finally:
            self._writers.discard(writer)
            writer.close()

    def cut(self) -> None:
        """Drop every TCP connection, as a dying engine does."""
        for writer in self._writers:
            writer.transport.abort()

    def close(self) -> None:
        """Stop everything."""
        self._timer.cancel()
        self._udp.close()
        self.cut()


class Proxy(asyncio.DatagramProtocol):
    """Between one client and the engine: loses, repeats and swaps datagrams, both ways."""

    def __init__(self, engine_port: int, seed: int, *, loss: float, repeats: float) -> None:
        self._engine_port = engine_port
        self._source = random.Random(seed)
        self._loss = loss
        self._repeats = repeats
        self._loop = asyncio.get_running_loop()
        self._held: Callable[[], None] | None = None
        self._client: Any = None
        self.passed = 0
        self.lost = 0

    async def connect(self) -> None:
        """Open the side that faces the engine."""
        proxy = self

        class EngineSide(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: Any) -> None:
                proxy.carry(lambda: proxy.to_client(data))

        self._engine_side, _ = await self._loop.create_datagram_endpoint(
            EngineSide, remote_addr=(LOCALHOST, self._engine_port)
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._client_side = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._client = addr
        self.carry(lambda: self._engine_side.sendto(data))

    def to_client(self, data: bytes) -> None:
        self._client_side.sendto(data, self._client)

    def carry(self, deliver: Callable[[], None]) -> None:
        if self._source.random() < self._loss:
            self.lost += 1
            return
        self.passed += 1
        held, self._held = self._held, None
        if held is None and self._source.random() < 0.2:
            self._held = deliver  # until the next one has overtaken it
            return
        for _ in range(2 if self._source.random() < self._repeats else 1):
            deliver()
        if held:
            held()

    def close(self) -> None:
        """Close both sides."""
        self._client_side.close()
        self._engine_side.close()


@asynccontextmanager
async def running_engine(
    model: ModelEngine | None = None,
) -> AsyncIterator[tuple[UdpEngine, EngineAddress]]:
    """Yield an engine and where it is."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        _, engine = await loop.create_datagram_endpoint(
            lambda: UdpEngine(model or ModelEngine()), local_addr=(LOCALHOST, 0)
        )
        stack.callback(engine.close)
        server = await asyncio.start_server(engine.serve_catch_up, LOCALHOST, 0)
        stack.callback(server.close)
        udp_port = engine._udp.get_extra_info("sockname")[1]
        yield engine, EngineAddress(LOCALHOST, udp_port, server.sockets[0].getsockname()[1])


@asynccontextmanager
async def bad_network(
    address: EngineAddress, seed: int, *, loss: float = 0.2, repeats: float = 0.2
) -> AsyncIterator[tuple[Proxy, EngineAddress]]:
    """Yield a proxy and the address under which the engine is reached through it."""
    loop = asyncio.get_running_loop()
    _, proxy = await loop.create_datagram_endpoint(
        lambda: Proxy(address.udp_port, seed, loss=loss, repeats=repeats),
        local_addr=(LOCALHOST, 0),
    )
    await proxy.connect()
    try:
        port = proxy._client_side.get_extra_info("sockname")[1]
        yield proxy, address._replace(udp_port=port)
    finally:
        proxy.close()
