"""Settlement: follows the event stream and posts every event to the ledger exactly once.

Three tasks in a row: one reads the stream, one folds a batch while the batch before is on its way
into the database, one writes.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import asyncpg
import structlog

from accounts.database import COMMAND_TIMEOUT_S, CONNECT_TIMEOUT_S, DATABASE_ERRORS
from accounts.errors import LedgerError, SchemaChanged
from accounts.metrics import (
    BUFFERED_EVENTS,
    SETTLED_EVENTS,
    SETTLED_SEQ,
    SETTLED_TRADES,
    SETTLEMENT_FAILURES,
    SETTLEMENT_LAG_S,
)
from accounts.settling.event_buffer import EventBuffer
from accounts.settling.order_traces import SettledOrders
from accounts.settling.settled_position import SettledPosition
from accounts.settling.settler import Folded, Settler
from domain.units import NS_PER_S
from schemas.errors import WireError
from service.health import Readiness
from transport.errors import ReaderAhead, TransportError
from transport.event_follower import HeardEpoch

BATCH_EVENTS_MAX: Final = 49_152
"""A batch is whatever is waiting, up to this: little latency when calm, large batches at peak."""
AHEAD_EVENTS_MIN: Final = 2_048
"""While a batch is written the next one is folded once so many events wait for it: fewer are better
off in a larger batch.
"""
BACKOFF_FIRST_S: Final = 1
BACKOFF_MAX_S: Final = 10
SETTLEMENT: Final = "settlement"

EventSource = Callable[[int], AsyncGenerator[tuple[int, bytes]]]
"""Given the first sequence number wanted, yields (first_seq, n x 128 bytes), without gaps."""

_log = structlog.get_logger()


class Settlement:
    """The task that settles for as long as the process lives, whatever goes away and returns."""

    def __init__(
        self,
        database_url: str,
        events: EventSource,
        position: SettledPosition,
        readiness: Readiness,
        heard: HeardEpoch | None = None,
        traced: SettledOrders | None = None,
    ) -> None:
        self._heard = heard or HeardEpoch()
        self._database_url = database_url
        self._events = events
        self._position = position
        self._readiness = readiness
        self._traced = traced
        self._backoff_s = BACKOFF_FIRST_S
        self._is_stuck = False
        """A check refused a batch, or the engine's journal is another one, and nothing was settled
        since: connecting heals nothing.
        """

    async def run(self) -> None:
        """Settle until cancelled. Errors are logged, waited out and tried again from the cursor."""
        while True:
            try:
                await self._follow()
            except (
                LedgerError,
                SchemaChanged,
                WireError,
                TransportError,
                *DATABASE_ERRORS,
            ) as error:
                self._is_stuck = self._is_stuck or isinstance(error, (LedgerError, ReaderAhead))
                self._readiness.lost(SETTLEMENT)
                SETTLEMENT_FAILURES.inc()
                _log.error(
                    "settlement_interrupted",
                    error=f"{type(error).__name__}: {error}",
                    settled_seq=self._position.seq,
                    retry_in_s=self._backoff_s,
                )
                await asyncio.sleep(self._backoff_s)
                self._backoff_s = min(BACKOFF_MAX_S, 2 * self._backoff_s)

    async def _follow(self) -> None:
        connection = await asyncpg.connect(
            self._database_url, command_timeout=COMMAND_TIMEOUT_S, timeout=CONNECT_TIMEOUT_S
        )
        try:
            settler = await Settler.on(connection, heard=self._heard)
            self._position.advance(settler.next_seq - 1)
            if not self._is_stuck:
                self._readiness.have(SETTLEMENT)
            buffer = EventBuffer(settler.next_seq)
            folded: asyncio.Queue[Folded] = asyncio.Queue(maxsize=1)
            parts = {
                asyncio.create_task(self._read(buffer, settler.next_seq), name="read events"),
                asyncio.create_task(_fold(buffer, settler, folded), name="fold events"),
                asyncio.create_task(self._write(buffer, settler, folded), name="write batches"),
            }
            await _first_to_end(parts)
        finally:
            connection.terminate()  # it may be in the middle of anything

    async def _read(self, buffer: EventBuffer, next_seq: int) -> None:
        async with aclosing(self._events(next_seq)) as stream:
            async for first_seq, data in stream:
                if self._traced is not None:
                    self._traced.heard(first_seq, data)
                await buffer.put(first_seq, data)

    async def _write(
        self, buffer: EventBuffer, settler: Settler, folded: asyncio.Queue[Folded]
    ) -> None:
        while True:
            ready = await folded.get()
            batch = await settler.write(ready)
            self._backoff_s, self._is_stuck = BACKOFF_FIRST_S, False
            self._readiness.have(SETTLEMENT)
            self._position.advance(batch.last_seq)
            SETTLED_SEQ.set(batch.last_seq)
            SETTLED_EVENTS.inc(batch.last_seq - batch.first_seq + 1)
            SETTLED_TRADES.inc(len(batch.trades))
            SETTLEMENT_LAG_S.observe(max(0, time.time_ns() - ready.last_ts_ns) / NS_PER_S)
            if self._traced is not None:
                self._traced.settled(batch.last_seq)
            BUFFERED_EVENTS.set(buffer.waiting)
            await buffer.look_again()


async def _fold(buffer: EventBuffer, settler: Settler, folded: asyncio.Queue[Folded]) -> None:
    def enough() -> int:
        return AHEAD_EVENTS_MIN if settler.is_writing else 1

    while True:
        first_seq, data = await buffer.take(BATCH_EVENTS_MAX, enough)
        await folded.put(await settler.fold(first_seq, data))


async def _first_to_end(tasks: set[asyncio.Task[None]]) -> None:
    """Wait until one of ``tasks`` ends, end the others, and raise what it raised."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
