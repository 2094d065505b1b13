"""Orders in PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

import asyncpg

from accounts.database import Connection, load_queries
from accounts.errors import Disagreement
from accounts.settling.batch import Batch
from accounts.settling.ledger_repository import SCHEMA, copy_rows
from accounts.settling.order_history import OrderListRecord, OrderRecord
from domain.units import JSON_ID_MAX

_SQL: Final = load_queries("orders")
_LIST_COLUMNS: Final = [field.name for field in fields(OrderListRecord)]
_ALL_OF_LIST: Final = attrgetter(*_LIST_COLUMNS)


async def orders_by_id(
    connection: Connection, order_ids: Sequence[int], new_record: type[OrderRecord] = OrderRecord
) -> dict[int, OrderRecord]:
    """Return the stored orders among ``order_ids``."""
    rows = await connection.fetch(_SQL["orders_by_id"], order_ids)
    return {row["order_id"]: _record(row, new_record) for row in rows}


async def write_orders(connection: Connection, batch: Batch) -> None:
    """Write the orders and lists a batch accepted and the orders it changed.

    Raises:
        Disagreement: a row is missing.
    """
    await copy_rows(connection, batch.new_orders)
    lists = [_ALL_OF_LIST(one) for one in batch.orders.lists]
    if lists:
        await connection.copy_records_to_table(
            "order_lists", records=lists, columns=_LIST_COLUMNS, schema_name=SCHEMA
        )
    changed = batch.changed_orders
    if changed:
        columns = zip(*changed, strict=True)
        status = await connection.execute(_SQL["update_orders"], *columns)
        if status != f"UPDATE {len(changed)}":
            raise Disagreement(f"orders: {len(changed)} rows to change, {status}")


async def open_orders(connection: Connection) -> list[OrderRecord]:
    """Return every open order, by id."""
    return _records(await connection.fetch(_SQL["open_orders"]))


async def account_orders(
    connection: Connection,
    account_id: int,
    *,
    limit: int,
    before_order_id: int = JSON_ID_MAX,
    instrument_id: int | None = None,
    is_open: bool | None = None,
    client_order_id: bytes | None = None,
) -> list[OrderRecord]:
    """Return a page of an account's orders, newest first; None does not filter."""
    rows = await connection.fetch(
        _SQL["account_orders"],
        account_id,
        before_order_id,
        instrument_id,
        is_open,
        client_order_id,
        limit,
    )
    return _records(rows)


async def account_orders_between(
    connection: Connection,
    account_id: int,
    period_ns: tuple[int, int],
    *,
    limit: int,
    before_order_id: int = JSON_ID_MAX,
    instrument_id: int | None = None,
    side: int | None = None,
    statuses: list[int] | None = None,
) -> list[OrderRecord]:
    """Return a page of the orders that entered from the first time of ``period_ns`` on, before the
    second, newest first; None does not filter.
    """
    rows = await connection.fetch(
        _SQL["account_orders_between"],
        account_id,
        before_order_id,
        *period_ns,
        instrument_id,
        side,
        statuses,
        limit,
    )
    return _records(rows)


async def account_order(
    connection: Connection, account_id: int, order_id: int
) -> OrderRecord | None:
    """Return one order of an account; None if it is not there or another's."""
    row = await connection.fetchrow(_SQL["account_order"], account_id, order_id)
    return None if row is None else _record(row)


async def last_list(connection: Connection) -> list[OrderListRecord]:
    """Return the list told of last, if there is one."""
    rows = await connection.fetch(_SQL["last_list"])
    return [OrderListRecord(**row) for row in rows]


async def live_lists(connection: Connection, cursor: int) -> list[OrderListRecord]:
    """Return the lists with an open order, or whose orders' entries come after ``cursor``."""
    rows = await connection.fetch(_SQL["live_lists"], cursor)
    return [OrderListRecord(**row) for row in rows]


async def account_list(
    connection: Connection, account_id: int, list_id: int
) -> OrderListRecord | None:
    """Return one list of an account; None if it is not there or another's."""
    row = await connection.fetchrow(_SQL["account_list"], account_id, list_id)
    return None if row is None else OrderListRecord(**row)


async def account_list_by_client_id(
    connection: Connection, account_id: int, client_order_id: bytes
) -> OrderListRecord | None:
    """Return an account's list by the id its client chose."""
    row = await connection.fetchrow(_SQL["account_list_by_client_id"], account_id, client_order_id)
    return None if row is None else OrderListRecord(**row)


def _records(rows: Iterable[asyncpg.Record]) -> list[OrderRecord]:
    return [_record(row) for row in rows]


def _record(row: asyncpg.Record, new_record: type[OrderRecord] = OrderRecord) -> OrderRecord:
    values: dict[str, Any] = dict(row)
    values["cum_quote_atoms"] = int(values["cum_quote_atoms"])
    values["fee_atoms"] = int(values["fee_atoms"])
    return new_record(**values)
