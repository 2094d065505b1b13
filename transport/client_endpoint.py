"""The asyncio shell of a client session: one UDP socket, one timer, one clock."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from typing import Any, Final, cast

from transport.client_session import Action, ClientSession, Follow, Opened, Transmit
from transport.engine_address import EngineAddress, Engines, each_of
from transport.udp_socket import prepare

_log: Final = logging.getLogger(__name__)


class _Socket(asyncio.DatagramProtocol):
    """One socket of an endpoint, connected to one engine."""

    def __init__(
        self, address: EngineAddress, on_datagram: Callable[[bytes, EngineAddress], None]
    ) -> None:
        self._address = address
        self._on_datagram = on_datagram
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls, address: EngineAddress, on_datagram: Callable[[bytes, EngineAddress], None]
    ) -> "_Socket":
        _, opened = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(address, on_datagram),
            remote_addr=(address.host, address.udp_port),
            family=socket.AF_INET,
        )
        return opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        prepare(transport.get_extra_info("socket"))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._on_datagram(data, self._address)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there just now: the session's timers try again."""

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def send(self, datagram: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(datagram)

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            await self._closed


class ClientEndpoint:
    """Runs ``session`` and hands every action that is not of the way there to ``on_action``.

    ``next_due_ns`` adds a timer of the owner's: ``on_tick`` is called at every tick.

    An engine answers a session where it first heard it, so each is spoken to from one socket for
    good, and an answer that comes late from one that was given up is still taken.
    """

    def __init__(
        self,
        engines: Engines,
        session: ClientSession,
        on_action: Callable[[Action], None],
        *,
        on_tick: Callable[[int], None] = lambda now_ns: None,
        next_due_ns: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._engines = each_of(engines)
        self._known = 0
        """Which of them was asked last."""
        self._address = self._engines[0]
        self._session = session
        self._on_action = on_action
        self._on_tick = on_tick
        self._next_due_ns = next_due_ns
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[EngineAddress, _Socket] = {}
        self._moving: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0
        self._closing = False

    @classmethod
    async def open(cls, engines: Engines, *args: Any, **kwargs: Any) -> "ClientEndpoint":
        """Open the socket, connected to the first of ``engines``, and send the first HELLO.

        Raises:
            OSError: no such host.
        """
        endpoint = cls(engines, *args, **kwargs)
        there = endpoint.address
        endpoint._sockets[there] = await _Socket.open(there, endpoint._received)
        endpoint._tick()
        return endpoint

    @property
    def address(self) -> EngineAddress:
        """The engine spoken to: one of those known, or the leader that it named."""
        return self._address

    def _received(self, data: bytes, sender: EngineAddress) -> None:
        actions = self._session.receive(data, time.monotonic_ns())
        if any(isinstance(action, Opened) for action in actions):
            self._address = sender
        self._obey(actions)
        self.arm()

    def send(self, datagram: bytes) -> None:
        """Send one datagram to the engine."""
        there = self._sockets.get(self._address)
        if there is not None:
            there.send(datagram)

    def _obey(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Transmit):
                self.send(action.datagram)
            elif isinstance(action, Follow):
                self._follow(action.address or self._next_known())
            else:
                self._on_action(action)

    def _next_known(self) -> EngineAddress:
        if len(self._engines) > 1:
            self._known = (self._known + 1) % len(self._engines)
        return self._engines[self._known]

    def _follow(self, address: EngineAddress) -> None:
        if address == self._address or self._closing:
            return
        say = _log.info if len(self._engines) > 1 else _log.warning
        say("the engine that leads is looked for at %s:%s", address.host, address.udp_port)
        self._address = address
        if address in self._sockets:
            self._session.moved(time.monotonic_ns())
        elif self._moving is None:
            self._moving = self._loop.create_task(self._move())

    async def _move(self) -> None:
        there = self._address
        while there not in self._sockets and not self._closing:
            try:
                self._sockets[there] = await _Socket.open(there, self._received)
            except OSError as error:
                _log.error("the engine that leads cannot be spoken to: %s", error)
                break
            there = self._address  # another may have been named meanwhile
        self._moving = None
        if not self._closing:
            self._session.moved(time.monotonic_ns())
            self.arm()

    def _tick(self) -> None:
        self._timer = None
        now_ns = time.monotonic_ns()
        self._obey(self._session.tick(now_ns))
        self._on_tick(now_ns)
        self.arm()

    def arm(self) -> None:
        """Set the timer for whatever is due first."""
        due_ns = self._session.due_ns
        owners_ns = self._next_due_ns()
        if owners_ns is not None:
            due_ns = min(due_ns, owners_ns)
        if self._timer is not None:
            if self._timer_ns <= due_ns:  # it rings earlier: it will be set anew then
                return
            self._timer.cancel()
        if self._closing:
            return
        self._timer_ns = due_ns
        delay_s = max(0, due_ns - time.monotonic_ns()) / 1e9
        self._timer = self._loop.call_later(delay_s, self._tick)

    async def close(self) -> None:
        """Say BYE, close the sockets and wait until they are closed."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        if self._moving is not None:
            await self._moving
        bye = self._session.bye()
        if bye:
            self.send(bye)
        for opened in self._sockets.values():
            await opened.close()
