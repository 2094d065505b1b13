"""Every event from a cursor on, by UDP as it is released: the shortest way from the engine.

Small losses are asked for again; a wide gap (a start far behind, a long pause) is read from the TCP
stream until the datagrams have been reached.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from schemas.framing import EVENTS_MAX
from transport.client_endpoint import ClientEndpoint
from transport.client_session import Action, ClientSession, Events, Opened, Released
from transport.engine_address import EngineAddress, Engines, each_of
from transport.errors import ReaderAhead, StreamBroken
from transport.event_follower import follow_events
from transport.event_receiver import NAK_EVENTS_MAX, EventReceiver
from transport.keys import MasterKey
from transport.session_counters import SessionCounters

__all__ = ["EngineAddress", "StreamBroken", "live_events"]

BEHIND_MAX: Final = 20
"""So many heartbeats in a row (2 s) that are behind what was delivered are of another journal."""
WAITING_EVENTS_MAX: Final = 65_536
"""Events held for a busy reader; past it datagrams are dropped and asked for again later."""


async def live_events(
    engines: Engines,
    master_key: MasterKey,
    from_seq: int,
    client_id: int,
    counters: SessionCounters | None = None,
) -> AsyncGenerator[tuple[int, bytes]]:
    """Yield (sequence of the first, n x 128 bytes), without gap or repetition from ``from_seq``
    (≥ 1) on, for ever, from whichever of ``engines`` leads; while none does, wait for it. What
    happens is counted in ``counters``.

    Raises:
        ReaderAhead, StreamBroken, WireError: as ``follow_events``, which fills wide gaps.
    """
    counted, several = counters or SessionCounters(), len(each_of(engines)) > 1
    listener = _Listener(master_key, from_seq, client_id, counted, several=several)
    endpoint = await listener.open(engines)
    try:
        while True:
            await listener.anything.wait()
            listener.anything.clear()
            listener.check()
            waiting = listener.take()
            if waiting:
                yield waiting
            if not listener.receiver.must_catch_up:
                continue
            next_seq = listener.receiver.next_seq
            async with aclosing(follow_events(engines, master_key, next_seq, client_id)) as stream:
                async for first_seq, events in stream:
                    listener.deliver(first_seq, events)
                    waiting = listener.take()
                    if waiting:
                        yield waiting
                    if listener.receiver.missing <= NAK_EVENTS_MAX:
                        break
    finally:
        await endpoint.close()


class _Listener:
    def __init__(
        self,
        master_key: MasterKey,
        from_seq: int,
        client_id: int,
        counters: SessionCounters,
        *,
        several: bool,
    ) -> None:
        self.receiver = EventReceiver(from_seq)
        self.anything = asyncio.Event()
        self._session = ClientSession(
            master_key=master_key,
            client_id=client_id,
            make_session_id=lambda: secrets.randbits(64),
            next_event_seq=from_seq,
            several=several,
        )
        self._session.counters = counters
        self._endpoint: ClientEndpoint | None = None
        self._loop = asyncio.get_running_loop()
        self._from_seq = from_seq
        self._engine_next_seq: int | None = None
        self._behind = self._behind_next_seq = 0
        self._first_waiting_seq = from_seq
        self._waiting: list[bytes] = []

    async def open(self, engines: Engines) -> ClientEndpoint:
        self._endpoint = await ClientEndpoint.open(
            engines,
            self._session,
            self._on_action,
            on_tick=self._on_tick,
            next_due_ns=lambda: self.receiver.due_ns,
        )
        return self._endpoint

    def check(self) -> None:
        # One later answer tells nothing: it may have been overtaken on its way.
        if self._engine_next_seq is not None and self._from_seq > self._engine_next_seq:
            raise ReaderAhead(self._from_seq, self._engine_next_seq)
        if self._behind >= BEHIND_MAX:
            raise ReaderAhead(self.receiver.next_seq, self._behind_next_seq)

    def take(self) -> tuple[int, bytes] | None:
        if not self._waiting:
            return None
        taken = (self._first_waiting_seq, b"".join(self._waiting))
        self._waiting.clear()
        self._first_waiting_seq = self.receiver.next_seq
        return taken

    def deliver(self, first_seq: int, events: bytes) -> None:
        continuous = self.receiver.receive(first_seq, events, time.monotonic_ns())
        if continuous:
            self._waiting.append(continuous)
            self._session.next_event_seq = self.receiver.next_seq
        if continuous or self.receiver.must_catch_up:
            self.anything.set()

    def _on_action(self, action: Action) -> None:
        if isinstance(action, Events):
            if self._has_room():
                self.deliver(action.first_seq, action.events)
        elif isinstance(action, Opened | Released):
            if self._engine_next_seq is None:
                self._engine_next_seq = action.next_event_seq
                self.anything.set()
            self._compare(action.next_event_seq)
            self.receiver.heartbeat(action.next_event_seq, time.monotonic_ns())
            if self.receiver.must_catch_up:
                self.anything.set()

    def _compare(self, engines_next_seq: int) -> None:
        if engines_next_seq >= self.receiver.next_seq:
            self._behind = 0
            return
        self._behind += 1
        self._behind_next_seq = engines_next_seq
        if self._behind >= BEHIND_MAX:
            self.anything.set()

    def _has_room(self) -> bool:
        waiting = self.receiver.next_seq - self._first_waiting_seq
        return waiting + EVENTS_MAX <= WAITING_EVENTS_MAX

    def _on_tick(self, now_ns: int) -> None:
        ranges = self.receiver.due_naks(now_ns)
        datagram = self._session.nak(ranges) if ranges and self._has_room() else None
        if datagram and self._endpoint:
            self._session.counters.event_gaps += len(ranges)
            self._endpoint.send(datagram)
