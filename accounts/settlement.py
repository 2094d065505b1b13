"""Settlement: follows the event stream and posts every event to the ledger exactly once.

One batch, one transaction: the cursor first (it fences every other settler), then the rows, then
checks against what the database really holds. A crash anywhere leaves cursor and rows together.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import asyncpg
import structlog

from accounts.batch import Batch, StoredState, chain_after, footprint
from accounts.database import COMMAND_TIMEOUT_S, CONNECT_TIMEOUT_S, DATABASE_ERRORS, Connection
from accounts.errors import Disagreement, LedgerError
from accounts.event_buffer import EventBuffer
from accounts.event_rows import event_rows
from accounts.ledger_repository import (
    Cursor,
    advance_cursor,
    balances_of,
    insert_movements,
    read_back,
    read_cursor,
    schema_fingerprint,
    write_balances,
)
from accounts.metrics import SETTLED_EVENTS, SETTLED_SEQ, SETTLED_TRADES, SETTLEMENT_FAILURES
from accounts.orders_repository import list_of_leg, orders_by_id, write_orders
from accounts.settled_position import SettledPosition
from accounts.venue_repository import instruments_by_id, write_venue
from accounts.venue_settings_repository import write_settings
from schemas.errors import WireError
from schemas.layouts import EVENT_BYTES
from service.health import Readiness
from transport.errors import ReaderAhead, TransportError

BATCH_EVENTS_MAX: Final = 1_000
"""A batch is whatever is waiting, up to this: little latency when calm, large batches at peak."""
BACKOFF_FIRST_S: Final = 1
BACKOFF_MAX_S: Final = 10
SETTLEMENT: Final = "settlement"

EventSource = Callable[[int], AsyncGenerator[tuple[int, bytes]]]
"""Given the first sequence number wanted, yields (first_seq, n x 128 bytes), without gaps."""

_log = structlog.get_logger()


class Settler:
    """One connection that settles batches. Discard it after any error."""

    def __init__(self, connection: Connection, cursor: Cursor, fingerprint: str) -> None:
        self._connection = connection
        self._cursor = cursor
        self._fingerprint = fingerprint

    @classmethod
    async def on(cls, connection: Connection) -> "Settler":
        """Return a settler that goes on where the database says."""
        return cls(connection, await read_cursor(connection), await schema_fingerprint(connection))

    @property
    def next_seq(self) -> int:
        """The first event that is not settled."""
        return self._cursor.last_seq + 1

    async def settle(self, first_seq: int, data: bytes) -> Batch:
        """Post the events in ``data`` (n x 128 bytes, n ≥ 1) in one transaction.

        Raises:
            LedgerError: they do not fit what is stored; nothing was posted.
        """
        rows = event_rows(first_seq, data)
        last_seq = first_seq + len(rows) - 1
        after = Cursor(last_seq, chain_after(self._cursor.chain, data))
        before = Cursor(first_seq - 1, self._cursor.chain)
        connection = self._connection
        async with connection.transaction():
            await advance_cursor(connection, before, after)
            touched = footprint(rows)
            stored = StoredState(
                balances=await balances_of(connection, sorted(touched.account_ids)),
                orders=await orders_by_id(connection, sorted(touched.order_ids)),
                instruments=await instruments_by_id(connection, sorted(touched.instrument_ids)),
                lists=await list_of_leg(connection, touched.leg_order_id)
                if touched.leg_order_id
                else (),
            )
            batch = Batch.fold(rows, stored)
            await insert_movements(connection, batch)
            await write_venue(connection, batch)
            await write_settings(connection, batch)
            await write_orders(connection, batch)
            await write_balances(connection, batch)
            await read_back(connection, batch)
            if await schema_fingerprint(connection) != self._fingerprint:
                raise Disagreement("the schema changed under this connection")
        self._cursor = after
        return batch


class Settlement:
    """The task that settles for as long as the process lives, whatever goes away and returns."""

    def __init__(
        self,
        database_url: str,
        events: EventSource,
        position: SettledPosition,
        readiness: Readiness,
    ) -> None:
        self._database_url = database_url
        self._events = events
        self._position = position
        self._readiness = readiness
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
            except (LedgerError, WireError, TransportError, *DATABASE_ERRORS) as error:
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
            settler = await Settler.on(connection)
            self._position.advance(settler.next_seq - 1)
            if not self._is_stuck:
                self._readiness.have(SETTLEMENT)
            buffer = EventBuffer(settler.next_seq)
            parts = {
                asyncio.create_task(self._read(buffer, settler.next_seq), name="read events"),
                asyncio.create_task(self._settle(buffer, settler), name="settle events"),
            }
            await _first_to_end(parts)
        finally:
            connection.terminate()  # it may be in the middle of anything

    async def _read(self, buffer: EventBuffer, next_seq: int) -> None:
        async with aclosing(self._events(next_seq)) as stream:
            async for first_seq, data in stream:
                await buffer.put(first_seq, data)

    async def _settle(self, buffer: EventBuffer, settler: Settler) -> None:
        while True:
            first_seq, data = await buffer.take(BATCH_EVENTS_MAX)
            batch = await settler.settle(first_seq, data)
            self._backoff_s, self._is_stuck = BACKOFF_FIRST_S, False
            self._readiness.have(SETTLEMENT)
            self._position.advance(batch.last_seq)
            SETTLED_SEQ.set(batch.last_seq)
            SETTLED_EVENTS.inc(len(data) // EVENT_BYTES)
            SETTLED_TRADES.inc(len(batch.trades))


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
