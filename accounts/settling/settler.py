"""One connection that settles: folds events on what it knows of the stored books and writes what
comes of it, one batch in one transaction.

The cursor first (it fences every other settler), then the rows, then checks against what the
database really holds. A crash anywhere leaves cursor and rows together.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from accounts.database import Connection
from accounts.errors import Fenced, OutOfSequence, SchemaChanged
from accounts.settling.batch import Batch, Footprint, StoredState, chain_after
from accounts.settling.fold import Fold, fold_name, load_fold
from accounts.settling.ledger_repository import (
    PARTITION_BITS,
    Cursor,
    add_transfer_partition,
    advance_cursor,
    balances_of,
    check_column_types,
    insert_movements,
    read_back,
    read_cursor,
    schema_fingerprint,
    take_settlement_role,
    write_balances,
)
from accounts.settling.orders_repository import last_list, orders_by_id, write_orders
from accounts.settling.venue_repository import instruments, write_venue
from accounts.settling.venue_settings_repository import write_settings
from schemas.codec import event_ts_ns
from schemas.layouts import EVENT_BYTES
from transport.event_follower import HeardEpoch

KNOWN_ORDERS_MAX: Final = 200_000
KNOWN_BALANCES_MAX: Final = 200_000
"""Past either everything known is forgotten, and read again when it is needed."""
SLICE_EVENTS: Final = 256
"""Folded at a time: between two slices the batch before goes on to the database."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A batch that is ready to be written, between two cursors."""

    before: Cursor
    after: Cursor
    batch: Batch
    last_ts_ns: int
    """The engine's time of its last event."""


class Settler:
    """Discard it after any error: what it knows may be what was never stored."""

    def __init__(
        self,
        connection: Connection,
        cursor: Cursor,
        fingerprint: str,
        fold: Fold,
        heard: HeardEpoch,
    ) -> None:
        self._connection = connection
        self.heard: Final = heard
        heard.raise_to(cursor.epoch)
        self._cursor = cursor
        self._fingerprint = fingerprint
        self._fold = fold
        self._stored = StoredState()
        self._written = asyncio.Event()
        self._written.set()
        self._partition = 0
        """The last one that is known to be there; 0: none is known."""

    @classmethod
    async def on(
        cls, connection: Connection, twin: str | None = None, heard: HeardEpoch | None = None
    ) -> "Settler":
        """Return a settler that goes on where the database says; ``heard`` learns the epoch of what
        is settled, and tells that of what will be.

        Raises:
            Disagreement: the tables do not have the columns that this version writes.
        """
        await check_column_types(connection)
        await take_settlement_role(connection)
        settler = cls(
            connection,
            await read_cursor(connection),
            await schema_fingerprint(connection),
            load_fold(twin or fold_name()),
            heard or HeardEpoch(),
        )
        settler._stored.instruments = await instruments(connection)
        settler._stored.lists = await last_list(connection)
        await settler._make_room(settler.next_seq)
        return settler

    @property
    def next_seq(self) -> int:
        """The first event that was not folded."""
        return self._cursor.last_seq + 1

    @property
    def is_writing(self) -> bool:
        """Whether a folded batch is not written yet."""
        return not self._written.is_set()

    async def settle(self, first_seq: int, data: bytes) -> Batch:
        """Post the events in ``data`` (n x 128 bytes, n ≥ 1) in one transaction.

        Raises:
            LedgerError: they do not fit what is stored; nothing was posted.
        """
        return await self.write(await self.fold(first_seq, data))

    async def fold(self, first_seq: int, data: bytes) -> Folded:
        """Return the batch of the events in ``data``, on top of all that was folded before, written
        or not. Only what must be read first waits until that is written.

        Raises:
            LedgerError: they do not fit what is known.
        """
        if first_seq != self.next_seq:
            raise OutOfSequence(f"event {first_seq} follows {self.next_seq - 1}")
        unknown = self._fold.unknown(first_seq, data, self._stored)
        if unknown.order_ids or unknown.account_ids:
            await self._written.wait()
            await self._read(first_seq, data)
        batch = self._fold.begin(first_seq, self._stored)
        chain = self._cursor.chain
        for at in range(0, len(data), SLICE_EVENTS * EVENT_BYTES):
            part = data[at : at + SLICE_EVENTS * EVENT_BYTES]
            self._fold.take(batch, part)
            chain = chain_after(chain, part)
            await asyncio.sleep(0)
        batch.close(self._stored)
        before = self._cursor
        self._cursor = Cursor(batch.last_seq, chain, self.heard.value)
        self._written.clear()
        last_ts_ns = event_ts_ns(data, len(data) - EVENT_BYTES)
        return Folded(before, self._cursor, batch, last_ts_ns)

    async def write(self, folded: Folded) -> Batch:
        """Write a folded batch; they are written one by one, in their order.

        Raises:
            LedgerError: the database does not hold what was sent, or is another settler's; nothing
                was posted.
        """
        connection, batch = self._connection, folded.batch
        await self._make_room(batch.last_seq)
        async with connection.transaction():
            await advance_cursor(connection, folded.before, folded.after)
            await insert_movements(connection, batch)
            await write_venue(connection, batch)
            await write_settings(connection, batch)
            await write_orders(connection, batch)
            await write_balances(connection, batch)
            await read_back(connection, batch)
            if await schema_fingerprint(connection) != self._fingerprint:
                raise SchemaChanged("the schema changed under this connection")
        if folded.after is self._cursor:
            self._written.set()
        return batch

    async def _make_room(self, seq: int) -> None:
        """Have the partition of event ``seq`` and the one behind it."""
        if self._partition <= seq >> PARTITION_BITS:
            self._partition = (seq >> PARTITION_BITS) + 1
            await add_transfer_partition(self._connection, self._partition - 1)
            await add_transfer_partition(self._connection, self._partition)

    async def _read(self, first_seq: int, data: bytes) -> None:
        """Read what the events need and is not known."""
        stored = self._stored
        if len(stored.orders) > KNOWN_ORDERS_MAX or len(stored.balances) > KNOWN_BALANCES_MAX:
            stored.forget()
        unknown: Footprint = self._fold.unknown(first_seq, data, stored)
        if unknown.account_ids:
            stored.balances |= await balances_of(
                self._connection, sorted(unknown.account_ids), self._fold.kinds.balance
            )
            stored.account_ids |= unknown.account_ids
        if unknown.order_ids:
            stored.orders |= await orders_by_id(
                self._connection, sorted(unknown.order_ids), self._fold.kinds.order
            )
        found = await read_cursor(self._connection)
        if found != self._cursor:
            raise Fenced(f"the settlement cursor is at {found.last_seq}: another settler runs")
