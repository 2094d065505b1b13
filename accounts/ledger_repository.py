"""Cursor, balances, transfers, trades and deposits in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from accounts.balance_book import Balance, BalanceKey
from accounts.batch import SHARD, Batch
from accounts.database import Connection, load_queries
from accounts.errors import Disagreement, Fenced

EPOCH: Final = 1
"""The leadership the stream comes from; an older one may not settle after a newer one has."""
SCHEMA: Final = "accounts"
_SQL: Final = load_queries("ledger")
_TRANSFER_COLUMNS: Final = (
    "shard event_seq leg code asset_id debit_account_id credit_account_id amount_atoms "
    "debit_after_atoms credit_after_atoms ts_ns"
).split()
_TRADE_COLUMNS: Final = (
    "shard event_seq instrument_id trade_id maker_order_id taker_order_id maker_account_id "
    "taker_account_id maker_side aggressor_side price_ticks qty_lots quote_atoms maker_fee_atoms "
    "taker_fee_atoms ts_ns"
).split()
_DEPOSIT_COLUMNS: Final = (
    "shard event_seq source_id source_seq account_id asset_id amount_atoms ts_ns"
).split()
_PENDING_COLUMNS: Final = (
    "shard event_seq phase source_id source_seq pending_ref asset_id debit_account_id "
    "credit_account_id pending_atoms posted_atoms ts_ns"
).split()
_BALANCE_COLUMNS: Final = (
    "account_id asset_id posted_atoms available_atoms held_atoms updated_seq"
).split()
_AMOUNT_AT: Final = 7
_QUOTE_AT: Final = 12
_DEPOSIT_AT: Final = 6
_PENDING_AT: Final = 9


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to ``last_seq`` is settled; ``chain`` is the rolling hash of those events."""

    last_seq: int
    chain: bytes


async def read_cursor(connection: Connection) -> Cursor:
    """Return how far settlement has come."""
    row = await connection.fetchrow(_SQL["read_cursor"], SHARD)
    assert row is not None, "the migration made the cursor's row"
    return Cursor(row["last_seq"], row["chain"])


async def advance_cursor(connection: Connection, before: Cursor, after: Cursor) -> None:
    """Claim the events between two cursors for this transaction.

    Raises:
        Fenced: the cursor is not where this settler left it.
    """
    status = await connection.execute(
        _SQL["advance_cursor"], SHARD, before.last_seq, after.last_seq, after.chain, EPOCH
    )
    if status != "UPDATE 1":
        raise Fenced(f"the settlement cursor is not at {before.last_seq}: another settler runs")


async def schema_fingerprint(connection: Connection) -> str:
    """Return a digest of every column's type in the schema."""
    return str(await connection.fetchval(_SQL["schema_fingerprint"]))


async def balances_of(
    connection: Connection, account_ids: Sequence[int]
) -> dict[BalanceKey, Balance]:
    """Return the stored balances of ``account_ids``."""
    return {
        (row[0], row[1]): Balance(row[2], row[3], row[4])
        for row in await connection.fetch(_SQL["balances_of"], account_ids)
    }


async def insert_movements(connection: Connection, batch: Batch) -> None:
    """Write the trades, transfers, deposits and withdrawals of a batch."""
    await _copy(connection, "trades", _TRADE_COLUMNS, batch.trades)
    await _copy(connection, "transfers", _TRANSFER_COLUMNS, batch.transfers)
    await _copy(connection, "deposits", _DEPOSIT_COLUMNS, batch.deposits)
    await _copy(connection, "pending_transfers", _PENDING_COLUMNS, batch.pending)


async def write_balances(connection: Connection, batch: Batch) -> None:
    """Write the balances a batch touched.

    Raises:
        Disagreement: rows or sums written are not those sent.
    """
    rows = [
        (*key, one.posted_atoms, one.available_atoms, one.held_atoms, one.updated_seq, is_stored)
        for key, one, is_stored in batch.balances.touched()
    ]
    new = [row[:6] for row in rows if not row[6]]
    stored = [row[:6] for row in rows if row[6]]
    await _copy(connection, "balances", _BALANCE_COLUMNS, new)
    if not stored:
        return
    columns = list(zip(*stored, strict=True))
    written = await connection.fetchrow(_SQL["update_balances"], *columns)
    assert written is not None
    sent = (len(stored), *(str(sum(columns[at])) for at in (2, 3, 4)))
    if tuple(written) != sent:
        raise Disagreement(f"balances written {tuple(written)} are not those sent {sent}")


async def read_back(connection: Connection, batch: Batch) -> None:
    """Compare what the tables now hold for a batch's events with what was sent.

    Raises:
        Disagreement: a count or a sum differs.
    """
    stored = await connection.fetchrow(_SQL["read_back"], SHARD, batch.first_seq, batch.last_seq)
    assert stored is not None
    sent = (
        len(batch.transfers),
        str(sum(row[_AMOUNT_AT] for row in batch.transfers)),
        len(batch.trades),
        str(sum(row[_QUOTE_AT] for row in batch.trades)),
        len(batch.deposits),
        str(sum(row[_DEPOSIT_AT] for row in batch.deposits)),
        len(batch.pending),
        str(sum(row[_PENDING_AT] for row in batch.pending)),
    )
    if tuple(stored) != sent:
        raise Disagreement(f"rows stored {tuple(stored)} are not those sent {sent}")


async def _copy(
    connection: Connection,
    table: str,
    columns: list[str],
    records: Sequence[tuple[int | None, ...]],
) -> None:
    if records:
        status = await connection.copy_records_to_table(
            table, records=records, columns=columns, schema_name=SCHEMA
        )
        if status != f"COPY {len(records)}":
            raise Disagreement(f"{table}: {len(records)} rows sent, {status}")
