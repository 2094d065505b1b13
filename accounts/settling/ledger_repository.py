"""Cursor, balances, transfers, trades and deposits in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from accounts.database import Connection, load_queries
from accounts.errors import Disagreement, Fenced
from accounts.settling.balance_book import Balance, BalanceKey
from accounts.settling.batch import SHARD, Batch
from accounts.settling.copy_rows import COPY_TABLES, CopyRows

EPOCH: Final = 1
"""That of an engine without replicas."""
SCHEMA: Final = "accounts"
PARTITION_BITS: Final = 26
"""A partition of transfers holds 2**26 events; the migration says so too."""
_SQL: Final = load_queries("ledger")
_PENDING_AT: Final = 9
_MOVED_AT: Final = 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to ``last_seq`` is settled; ``chain`` is the rolling hash of those events.
    ``epoch``: the leadership they came from; an older one may not settle after a newer one has.
    """

    last_seq: int
    chain: bytes
    epoch: int = field(default=EPOCH, compare=False)


async def read_cursor(connection: Connection) -> Cursor:
    """Return how far settlement has come."""
    row = await connection.fetchrow(_SQL["read_cursor"], SHARD)
    assert row is not None, "the migration made the cursor's row"
    return Cursor(row["last_seq"], row["chain"], row["epoch"])


async def advance_cursor(connection: Connection, before: Cursor, after: Cursor) -> None:
    """Claim the events between two cursors for this transaction.

    Raises:
        Fenced: the cursor is not where this settler left it, or of a later epoch.
    """
    status = await connection.execute(
        _SQL["advance_cursor"], SHARD, before.last_seq, after.last_seq, after.chain, after.epoch
    )
    if status != "UPDATE 1":
        raise Fenced(
            f"the settlement cursor is not at {before.last_seq}, or came from a later leader than "
            f"that of epoch {after.epoch}: another settler runs"
        )


async def schema_fingerprint(connection: Connection) -> str:
    """Return a digest of every column's type in the schema."""
    return str(await connection.fetchval(_SQL["schema_fingerprint"]))


async def take_settlement_role(connection: Connection) -> None:
    """Give up every right that settlement does not need: it may add to the history, not change it.
    Where the server has no such role the tables' triggers alone refuse.
    """
    if await connection.fetchval(_SQL["settlement_role"]):
        await connection.execute(_SQL["take_settlement_role"])


async def leave_settlement_role(connection: Connection) -> None:
    """Have the rights again that the connection began with."""
    await connection.execute(_SQL["leave_settlement_role"])


async def add_transfer_partition(connection: Connection, partition: int) -> None:
    """See that the transfers of the events from ``partition`` << PARTITION_BITS on have a place."""
    await connection.execute(_SQL["add_transfer_partition"], partition)


async def balances_of(
    connection: Connection, account_ids: Sequence[int], new_balance: type[Balance] = Balance
) -> dict[BalanceKey, Balance]:
    """Return the stored balances of ``account_ids``."""
    return {
        (row[0], row[1]): new_balance(row[2], row[3], row[4], 0, True)
        for row in await connection.fetch(_SQL["balances_of"], account_ids)
    }


async def check_column_types(connection: Connection) -> None:
    """Return if the columns that rows are sent to in binary have the types they are sent in.

    Raises:
        Disagreement: one has not; it would be filled with wrong values.
    """
    rows = await connection.fetch(_SQL["column_types"], [table.name for table in COPY_TABLES])
    found = {(row["table_name"], row["column_name"]): row["type_name"] for row in rows}
    wrong = [
        f"{table.name}.{column} is {found.get((table.name, column))}, not {type_}"
        for table in COPY_TABLES
        for column, type_ in zip(table.columns, table.types, strict=True)
        if found.get((table.name, column)) != type_
    ]
    if wrong:
        raise Disagreement(f"columns have other types: {', '.join(wrong)}")


async def copy_rows(connection: Connection, rows: CopyRows) -> None:
    """Write rows of one table.

    Raises:
        Disagreement: the server took another number of them.
    """
    if not rows:
        return
    table = rows.table
    status = await connection.copy_to_table(
        table.name,
        source=_whole(rows.payload()),
        columns=table.columns,
        schema_name=SCHEMA,
        format="binary",
    )
    if status != f"COPY {len(rows)}":
        raise Disagreement(f"{table.name}: {len(rows)} rows sent, {status}")


def _whole(payload: bytes) -> Any:
    """As the driver takes a buffer, which it sends at once (bytes would be a path to it). Fed piece
    by piece it waits for room for ever once the server is gone.
    """
    return memoryview(payload)


async def insert_movements(connection: Connection, batch: Batch) -> None:
    """Write the trades, transfers, deposits and withdrawals of a batch."""
    await copy_rows(connection, batch.trades)
    await copy_rows(connection, batch.transfers)
    await copy_rows(connection, batch.deposits)
    if batch.pending:
        await connection.executemany(_SQL["insert_pending"], batch.pending)
    if batch.between_accounts:
        await connection.executemany(_SQL["insert_account_transfer"], batch.between_accounts)


async def write_balances(connection: Connection, batch: Batch) -> None:
    """Write the balances a batch touched.

    Raises:
        Disagreement: rows or sums written are not those sent.
    """
    await copy_rows(connection, batch.new_balances)
    columns = batch.stored_balances
    if not columns:
        return
    written = await connection.fetchrow(_SQL["update_balances"], *columns)
    assert written is not None
    sent = (len(columns[0]), *batch.balance_totals)
    if tuple(written) != sent:
        raise Disagreement(f"balances written {tuple(written)} are not those sent {sent}")


async def read_back(connection: Connection, batch: Batch) -> None:
    """Compare what the tables now hold for a batch's events with what was sent.

    Raises:
        Disagreement: a count or a sum differs.
    """
    order_ids = batch.order_id_range
    stored = await connection.fetchrow(
        _SQL["read_back"], SHARD, batch.first_seq, batch.last_seq, *order_ids
    )
    assert stored is not None
    sent = (
        len(batch.transfers),
        str(batch.transfers.total()),
        len(batch.trades),
        str(batch.trades.total()),
        len(batch.deposits),
        str(batch.deposits.total()),
        len(batch.new_orders),
        len(batch.pending),
        str(sum(row[_PENDING_AT] for row in batch.pending)),
        len(batch.between_accounts),
        str(sum(row[_MOVED_AT] for row in batch.between_accounts)),
    )
    if tuple(stored) != sent:
        raise Disagreement(f"rows stored {tuple(stored)} are not those sent {sent}")
