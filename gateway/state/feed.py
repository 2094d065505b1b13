"""Follows the engine's event stream: snapshot, then every event after it, for as long as it runs.

While the engine is away or the projection is being built, ``live`` is false: what the projection
shows is then history and is not served.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, Protocol

import structlog

from domain.events import Event
from domain.units import NS_PER_S
from gateway.errors import ApiError, StreamContradicted, unavailable
from gateway.metrics import EVENT_LAG_SECONDS
from gateway.state.projection import Changes, Projection
from gateway.state.snapshot import Snapshot, restore
from schemas.codec import decode_event
from schemas.errors import WireError
from schemas.layouts import EVENT_BYTES
from service.health import Readiness
from transport.errors import ReaderAhead, StreamBroken

EVENTS_PER_TURN: Final = 32
"""Then readers get their turn, so that none is dropped for what arrived in one piece."""
RETRY_FIRST_S: Final = 0.1
RETRY_MAX_S: Final = 2.0
FOREIGN_RETRY_MAX_S: Final = 30.0
"""An engine with another journal does not heal by being asked."""
WATCH_EVERY_S: Final = 0.05
FRESH_WITHIN_S: Final = 2.0
EVENT_STREAM: Final = "event stream"
"""What the process waits for until it is live."""

Witness = Callable[[Projection, int, Event], None]
"""Told of each event by itself, right after it was applied."""
FollowEvents = Callable[[int], AsyncGenerator[tuple[int, bytes]]]
"""From the first sequence wanted to (first_seq, n x 128 bytes), contiguous."""

log = structlog.get_logger()


class Readers(Protocol):
    """Those who are told what changes."""

    def changed(self, projection: Projection, changes: Changes) -> None:
        """A few events were applied."""
        ...

    def live_changed(self, projection: Projection, live: bool) -> None:
        """True: everything may be different, start over. False: nothing new arrives."""
        ...


class Feed:
    """Owns the projection and says whether it is the present."""

    def __init__(
        self,
        take_snapshot: Callable[[], Awaitable[Snapshot]],
        follow: FollowEvents,
        engine_next_seq: Callable[[], int | None],
        readers: Readers,
        readiness: Readiness,
        witness: Witness | None = None,
    ) -> None:
        """``engine_next_seq`` returns the engine's next event, None while it is not heard."""
        self._witness = witness
        self._take_snapshot = take_snapshot
        self._follow = follow
        self._engine_next_seq = engine_next_seq
        self._readers = readers
        self._readiness = readiness
        self._projection = Projection()
        self._built = False
        self._least_next_seq = 1
        self._waiting: list[tuple[int, int, asyncio.Future[bool]]] = []
        self._waiter_id = 0
        self.live = False

    @property
    def projection(self) -> Projection:
        """The state as far as the stream has been applied; empty before the first snapshot."""
        return self._projection

    @property
    def built(self) -> bool:
        """Whether there is a projection at all."""
        return self._built

    async def reached(self, seq: int, timeout_s: float) -> bool:
        """Return True once event ``seq`` is applied, False after ``timeout_s`` seconds."""
        if self._projection.seq >= seq:
            return True
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._waiter_id += 1
        heapq.heappush(self._waiting, (seq, self._waiter_id, future))
        too_late = loop.call_later(timeout_s, _give_up, future)
        try:
            return await future
        finally:
            too_late.cancel()

    async def fresh(self) -> Projection:
        """Return the projection once it has all that the engine had released when asked.

        Raises:
            ApiError: 503 while the engine is away or too far ahead.
        """
        next_seq = self._engine_next_seq()
        if not self.live or next_seq is None:
            raise unavailable("the engine")
        if not await self.reached(next_seq - 1, FRESH_WITHIN_S):
            raise unavailable("the engine")
        return self._projection

    def present(self) -> Projection:
        """Return the projection as it is.

        Raises:
            ApiError: 503 while it is not live.
        """
        if not self.live:
            raise unavailable("the engine")
        return self._projection

    async def run(self) -> None:
        """Follow for ever: each contradiction ends in a fresh start, with growing pauses."""
        pause_s = RETRY_FIRST_S
        while True:
            longest_s = RETRY_MAX_S
            try:
                snapshot = await self._take_snapshot()
                self._projection = restore(snapshot)
                self._built = True
                self._least_next_seq = self._projection.seq + 1
                log.info("projection restored", seq=self._projection.seq)
                await self._follow_from_here()
            except ApiError as error:
                log.info("waiting for a snapshot", reason=str(error))
            except ReaderAhead as error:
                longest_s = FOREIGN_RETRY_MAX_S
                log.error(
                    "this engine's journal is not the one that the ledger was made of",
                    reason=str(error),
                    retry_in_s=pause_s,
                )
            except (StreamContradicted, StreamBroken, WireError, ValueError, KeyError) as error:
                log.error("the projection is built anew", reason=str(error))
                pause_s = RETRY_FIRST_S if self._built else pause_s
            self._built = False
            self._note_live()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, longest_s)

    async def watch(self) -> None:
        """Notice for ever when the engine goes away and when the projection has caught up."""
        while True:
            self._note_live()
            await asyncio.sleep(WATCH_EVERY_S)

    async def _follow_from_here(self) -> None:
        async with aclosing(self._follow(self._projection.seq + 1)) as stream:
            async for first_seq, data in stream:
                await self._apply(first_seq, data)

    async def _apply(self, first_seq: int, data: bytes) -> None:
        projection = self._projection
        seq = first_seq
        for at in range(0, len(data), EVENT_BYTES):
            event = decode_event(data[at : at + EVENT_BYTES])
            projection.apply(seq, event)
            if self._witness is not None:
                self._witness(projection, seq, event)
            seq += 1
            if (seq - first_seq) % EVENTS_PER_TURN == 0:
                self._publish(projection)
                await asyncio.sleep(0)
        self._publish(projection)
        EVENT_LAG_SECONDS.observe(max(0, time.time_ns() - event.ts_ns) / NS_PER_S)

    def _publish(self, projection: Projection) -> None:
        changes = projection.take_changes()
        self._readers.changed(projection, changes)
        for instrument_id in changes.books:
            projection.markets[instrument_id].book.take_changed()
        while self._waiting and self._waiting[0][0] <= projection.seq:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(True)

    def _note_live(self) -> None:
        next_seq = self._engine_next_seq()
        if not self._built or next_seq is None:
            live = False
        else:
            # An engine that was not heard to have all of the snapshot may be another one.
            caught_up = self._least_next_seq <= next_seq <= self._projection.seq + 1
            live = self.live or caught_up
        if live != self.live:
            self.live = live
            (self._readiness.have if live else self._readiness.lost)(EVENT_STREAM)
            log.info("live" if live else "not live", seq=self._projection.seq)
            self._readers.live_changed(self._projection, live)


def _give_up(future: "asyncio.Future[bool]") -> None:
    if not future.done():
        future.set_result(False)
