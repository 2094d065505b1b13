"""Sends a long stream of commands through one session, as fast as the engine takes them."""

import asyncio
import secrets
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from replay.errors import CommandsLost
from schemas.codec import decode_outcomes
from schemas.framing import COMMANDS_MAX
from transport.client_endpoint import ClientEndpoint
from transport.client_session import Action, ClientSession, Ended, Expired, Opened, Resolved
from transport.engine_address import EngineAddress
from transport.keys import MasterKey

TIMEOUT_S: Final = 60.0
OPEN_S: Final = 10.0

Progress = Callable[[int], None]
"""Told how many commands have been answered so far."""


class CommandSender:
    """``in_flight_max``: most datagrams unanswered. The engine drops what comes behind a lost one,
    so on a bad network a deep pipeline is mostly sent in vain.
    """

    def __init__(self, client_id: int, master_key: MasterKey, in_flight_max: int) -> None:
        self._session = ClientSession(
            master_key=master_key,
            client_id=client_id,
            make_session_id=lambda: secrets.randbits(64),
        )
        self._endpoint: ClientEndpoint | None = None
        self._loop = asyncio.get_running_loop()
        self._in_flight_max = in_flight_max * COMMANDS_MAX
        self._commands: Sequence[bytes] = ()
        self._allowed = self._sent = self._answered = 0
        self._last_seq = 0
        self._last_outcome = b""
        self._pumping = False
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._opened = asyncio.Event()
        self.datagrams = 0
        """Datagrams of commands sent for the first time."""

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, address: EngineAddress, master_key: MasterKey, client_id: int, in_flight_max: int
    ) -> AsyncIterator["CommandSender"]:
        """Yield a sender with an open session.

        Raises:
            CommandsLost: nobody answers.
        """
        sender = cls(client_id, master_key, in_flight_max)
        sender._endpoint = await ClientEndpoint.open(address, sender._session, sender._on_action)
        try:
            async with asyncio.timeout(OPEN_S):
                await sender._opened.wait()
            yield sender
        except TimeoutError as error:
            raise CommandsLost(f"no answer from {address.host}:{address.udp_port}") from error
        finally:
            await sender._endpoint.close()

    async def send(
        self,
        commands: Sequence[bytes],
        *,
        rate_per_s: int | None = None,
        due_s: Sequence[float] | None = None,
        progress: Progress = lambda _: None,
    ) -> int:
        """Send ``commands`` (96 bytes each) in order; return the event sequence after the last.
        ``due_s``: when each may be sent, in seconds from now, rising.

        Raises:
            CommandsLost: the session ended, or one was not answered in time.
        """
        started_s = time.monotonic()
        self._commands = commands
        self._allowed = self._sent = self._answered = 0
        self._over = self._loop.create_future()
        is_free = rate_per_s is None and due_s is None
        while not self._over.done():
            if due_s is not None:
                self._allowed = bisect_right(due_s, time.monotonic() - started_s)
            elif rate_per_s is not None:
                self._allowed = int((time.monotonic() - started_s) * rate_per_s) + 1
            else:
                self._allowed = len(commands)
            self._pump()
            await asyncio.wait([self._over], timeout=0.25 if is_free else 0.02)
            progress(self._answered)
        await self._over
        return decode_outcomes(self._last_outcome)[0].last_event_seq

    def _pump(self) -> None:
        """Send as many commands as there is room for."""
        self._pumping = False
        assert self._endpoint is not None
        ready = min(self._allowed, len(self._commands)) - self._sent
        in_flight = self._sent - self._answered
        room = min(self._session.room(), self._in_flight_max - in_flight)
        room -= room % COMMANDS_MAX  # whole datagrams
        room = min(room, ready)
        if room <= 0 or self._over.done():
            return
        now_ns = time.monotonic_ns()
        deadline_ns = now_ns + int(TIMEOUT_S * 1e9)
        for command in self._commands[self._sent : self._sent + room]:
            self._session.submit(command, deadline_ns)
        self._sent += room
        for datagram in self._session.flush(now_ns):
            self.datagrams += 1
            self._endpoint.send(datagram)
        self._endpoint.arm()

    def _on_action(self, action: Action) -> None:
        if isinstance(action, Resolved):
            self._answered += 1
            if action.seq > self._last_seq:
                self._last_seq, self._last_outcome = action.seq, action.outcome
            if self._answered == len(self._commands):
                self._over.set_result(None)
            elif not self._pumping:
                self._pumping = True
                self._loop.call_soon(self._pump)
        elif isinstance(action, Opened):
            self._opened.set()
        elif isinstance(action, Ended | Expired) and not self._over.done():
            self._over.set_exception(CommandsLost(f"after {self._answered:,} answers: {action}"))
