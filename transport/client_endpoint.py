"""The asyncio shell of a client session: one UDP socket, one timer, one clock."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any, cast

from transport.client_session import Action, ClientSession, Transmit
from transport.engine_address import EngineAddress
from transport.udp_socket import prepare


class ClientEndpoint(asyncio.DatagramProtocol):
    """Runs ``session`` and hands every action that is not a datagram to ``on_action``.

    ``next_due_ns`` adds a timer of the owner's: ``on_tick`` is called at every tick.
    """

    def __init__(
        self,
        session: ClientSession,
        on_action: Callable[[Action], None],
        *,
        on_tick: Callable[[int], None] = lambda now_ns: None,
        next_due_ns: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._session = session
        self._on_action = on_action
        self._on_tick = on_tick
        self._next_due_ns = next_due_ns
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0
        self._closed = self._loop.create_future()

    @classmethod
    async def open(cls, address: EngineAddress, *args: Any, **kwargs: Any) -> "ClientEndpoint":
        """Open the socket, connected to ``address``, and send the first HELLO.

        Raises:
            OSError: no such host.
        """
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(
            lambda: cls(*args, **kwargs),
            remote_addr=(address.host, address.udp_port),
            family=socket.AF_INET,
        )
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        prepare(transport.get_extra_info("socket"))
        self._tick()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._obey(self._session.receive(data, time.monotonic_ns()))
        self.arm()

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there just now: the session's timers try again."""

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def send(self, datagram: bytes) -> None:
        """Send one datagram to the engine."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(datagram)

    def _obey(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Transmit):
                self.send(action.datagram)
            else:
                self._on_action(action)

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
        if self._transport is None or self._transport.is_closing():
            return
        self._timer_ns = due_ns
        delay_s = max(0, due_ns - time.monotonic_ns()) / 1e9
        self._timer = self._loop.call_later(delay_s, self._tick)

    async def close(self) -> None:
        """Say BYE, close the socket and wait until it is closed."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is None:
            return
        bye = self._session.bye()
        if bye:
            self.send(bye)
        self._transport.close()
        await self._closed
