"""What a process needs to command the engine: submit, and learn what became of it.

Commands submitted within one turn of the event loop share datagrams. Works on asyncio and uvloop.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from domain.commands import Command
from domain.events import Outcome
from schemas.codec import decode_outcomes, encode_command
from schemas.errors import Malformed
from schemas.session_layouts import MINOR, VERSIONS, SessionRejectCode
from transport.client_endpoint import ClientEndpoint
from transport.client_session import (
    Action,
    ClientSession,
    Ended,
    Expired,
    Opened,
    Released,
    Resolved,
)
from transport.engine_address import EngineAddress, Engines, each_of
from transport.errors import EngineUnreachable, FateUnknown, NotSent, SessionLost, TransportError
from transport.keys import MasterKey
from transport.session_counters import SessionCounters

__all__ = [
    "EngineAddress",
    "EngineClient",
    "EngineUnreachable",
    "FateUnknown",
    "NotSent",
    "SessionLost",
]

_log: Final = logging.getLogger(__name__)

TIMEOUT_S: Final = 2.0
"""How long an outcome is waited for by default."""


class _Waiter:
    """One call of submit or submit_many: outcomes by position, and the first thing that went
    wrong.
    """

    __slots__ = ("done", "error", "open", "outcomes")

    def __init__(self, count: int, done: asyncio.Future[None]) -> None:
        self.outcomes: list[Outcome | None] = [None] * count
        self.open = 0
        self.done = done
        self.error: TransportError | None = None

    def settle(self, error: TransportError | None) -> None:
        self.open -= 1
        self.error = self.error or error
        if not self.open and not self.done.done():
            self.done.set_result(None)


class EngineClient:
    """One session with the engine; opens the next one by itself when the engine ends it."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self._endpoint: ClientEndpoint | None = None
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, tuple[_Waiter, int]] = {}
        self._flushing = False
        self._engine_minor = MINOR
        self._refused_for_version = False
        self.next_event_seq: int | None = None
        """First event the engine had not released when it last said so; None: it said nothing."""
        self._changed = asyncio.Event()
        """Set whenever a session opened or ended, or an outcome came: there may be room again."""

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        engines: Engines,
        master_key: MasterKey,
        client_id: int,
        *,
        ready_within_s: float = 10.0,
    ) -> AsyncIterator["EngineClient"]:
        """Yield a client once the engine, or the one of several that leads, has welcomed it;
        0 ``ready_within_s``: without waiting.

        ``client_id`` only tells people who it is. Closing does not wait for outcomes.

        Raises:
            EngineUnreachable: no WELCOME in time.
        """
        session = ClientSession(
            master_key=master_key,
            client_id=client_id,
            make_session_id=lambda: secrets.randbits(64),
            several=len(each_of(engines)) > 1,
        )
        client = cls(session)
        client._endpoint = await ClientEndpoint.open(engines, session, client._on_action)
        try:
            if ready_within_s:
                await client._wait_ready(ready_within_s)
            yield client
        finally:
            await client._endpoint.close()
            client._fail_all(SessionLost("the client was closed"))

    @property
    def _spoken_to(self) -> tuple[str, int]:
        assert self._endpoint is not None
        return self._endpoint.address[:2]

    @property
    def ready(self) -> bool:
        """Whether the engine has welcomed this client and was heard within the last second."""
        return self._session.ready

    @property
    def counters(self) -> SessionCounters:
        """What happened to its sessions so far."""
        return self._session.counters

    @property
    def in_flight(self) -> int:
        """How many commands wait for their outcome."""
        return len(self._waiting)

    @property
    def credits(self) -> int:
        """How many more commands can be submitted now, the reserve for cancels not counted."""
        return self._session.room()

    async def submit(self, command: Command | bytes, *, timeout_s: float = TIMEOUT_S) -> Outcome:
        """Return the outcome of one command (an object, or its 96 bytes).

        Raises:
            NotSent: no session or no credit; it was never sent.
            FateUnknown: no outcome in time, or the session was lost; it may have been executed.
        """
        data = command if isinstance(command, bytes) else encode_command(command)
        waiter = _Waiter(1, self._loop.create_future())
        self._take(waiter, 0, data, time.monotonic_ns() + int(timeout_s * 1e9))
        await waiter.done
        if waiter.error:
            raise waiter.error
        outcome = waiter.outcomes[0]
        assert outcome is not None
        return outcome

    async def submit_many(
        self, commands: Sequence[Command | bytes], *, timeout_s: float = TIMEOUT_S
    ) -> list[Outcome]:
        """Return the outcomes of ``commands``, executed in that order; waits for credits.

        Raises:
            NotSent: none of them was sent.
            FateUnknown: some have no outcome in time; ``outcomes`` of the error tells which
                (None: not sent, or unknown).
        """
        if not commands:
            return []
        deadline_ns = time.monotonic_ns() + int(timeout_s * 1e9)
        waiter = _Waiter(len(commands), self._loop.create_future())
        waiter.open = 1  # for the loop below, which may wait between commands
        for position, command in enumerate(commands):
            data = command if isinstance(command, bytes) else encode_command(command)
            if not await self._room_until(deadline_ns) or waiter.error:
                waiter.error = waiter.error or NotSent("no credit in time")
                break
            self._take(waiter, position, data, deadline_ns)
        waiter.settle(None)
        await waiter.done
        outcomes = [outcome for outcome in waiter.outcomes if outcome is not None]
        if len(outcomes) == len(commands):
            return outcomes
        raise self._partial(waiter)

    def _partial(self, waiter: _Waiter) -> TransportError:
        sent_any = any(waiter.outcomes) or isinstance(waiter.error, FateUnknown)
        if not sent_any:
            return waiter.error or NotSent("not sent")
        return FateUnknown(str(waiter.error), waiter.outcomes)

    def _take(self, waiter: _Waiter, position: int, command: bytes, deadline_ns: int) -> None:
        seq = self._session.submit(command, deadline_ns)
        waiter.open += 1
        self._waiting[seq] = (waiter, position)
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        assert self._endpoint is not None
        for datagram in self._session.flush(time.monotonic_ns()):
            self._endpoint.send(datagram)
        self._endpoint.arm()

    async def _room_until(self, deadline_ns: int) -> bool:
        while not self._session.room():
            if not await self._changes_until(deadline_ns):
                return False
        return True

    async def _changes_until(self, deadline_ns: int) -> bool:
        self._changed.clear()
        left_s = (deadline_ns - time.monotonic_ns()) / 1e9
        try:
            await asyncio.wait_for(self._changed.wait(), max(0, left_s))
        except TimeoutError:
            return False
        return True

    async def _wait_ready(self, within_s: float) -> None:
        deadline_ns = time.monotonic_ns() + int(within_s * 1e9)
        while not self._session.ready:
            if not await self._changes_until(deadline_ns):
                refused = self._session.ended_by
                host, udp_port = self._spoken_to
                raise EngineUnreachable(
                    f"no WELCOME from {host}:{udp_port} in {within_s} s"
                    + (f": {refused.name}" if refused else "")
                )

    # ---- what the session tells --------------------------------------------------------------

    def _on_action(self, action: Action) -> None:
        if isinstance(action, Opened | Released):
            self.next_event_seq = action.next_event_seq
        if isinstance(action, Opened):
            self._compare_minor(action.minor)
        if isinstance(action, Resolved):
            self._resolve(action)
        elif isinstance(action, Expired):
            self._fail(action.seq, FateUnknown("no outcome in time"))
        elif isinstance(action, Ended):
            self._on_ended(action)
        elif not isinstance(action, Opened | Released):  # a heartbeat may bring credits
            return
        self._changed.set()

    def _resolve(self, action: Resolved) -> None:
        waiting = self._waiting.pop(action.seq, None)
        if waiting is None:  # its deadline passed before
            return
        waiter, position = waiting
        try:
            waiter.outcomes[position] = decode_outcomes(action.outcome)[0]
        except Malformed as error:  # an engine with newer reasons than this client knows
            waiter.settle(FateUnknown(f"an outcome that cannot be read: {error}"))
        else:
            waiter.settle(None)

    def _fail(self, seq: int, error: TransportError) -> None:
        waiting = self._waiting.pop(seq, None)
        if waiting is not None:
            waiting[0].settle(error)

    def _compare_minor(self, engines: int) -> None:
        if engines != self._engine_minor and engines != MINOR:
            _log.warning(
                "the engine speaks minor version %s, this process %s: the one that is behind "
                "refuses what it does not know",
                engines,
                MINOR,
            )
        self._engine_minor = engines

    def _on_ended(self, ended: Ended) -> None:
        why = ended.code.name if ended.code else "the engine does not know it any more"
        if ended.code is SessionRejectCode.VERSION and not self._refused_for_version:
            _log.error(
                "the engine at %s:%s refuses this process: it speaks versions %s to %s of the "
                "protocol, this process %s to %s",
                *self._spoken_to,
                *divmod(ended.detail, 256),
                *VERSIONS,
            )
        self._refused_for_version = ended.code is SessionRejectCode.VERSION
        for seq in list(self._waiting):
            if seq >= ended.first_unsent_seq:
                self._fail(seq, NotSent(f"the session ended: {why}"))
            else:
                self._fail(seq, SessionLost(f"the session ended: {why}"))

    def _fail_all(self, error: TransportError) -> None:
        for seq in list(self._waiting):
            self._fail(seq, error)
