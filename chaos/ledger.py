"""The ledger's orders and trades, read for the comparison with what clients know."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg

from chaos.records import Asked, LedgerOrder, LedgerTrade
from domain.client_order_ids import unpack_client_order_id
from domain.orders import OrderStatus, Side, TimeInForce
from service.queries import load_queries

_SQL: Final = load_queries(Path(__file__).parent / "sql" / "queries" / "comparison.sql")


async def read_ledger(
    database_url: str, account_ids: Sequence[int]
) -> tuple[list[LedgerOrder], list[LedgerTrade]]:
    """Return the orders of ``account_ids`` and all trades.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached.
    """
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            orders = [
                _order(row) async for row in connection.cursor(_SQL["orders"], list(account_ids))
            ]
            trades = [LedgerTrade(*row) async for row in connection.cursor(_SQL["trades"])]
    finally:
        await connection.close()
    return orders, trades


def _order(row: Any) -> LedgerOrder:
    client_order_id, order_id, account_id, instrument_id, side, time_in_force = row[:6]
    price_ticks, qty_lots, status, cum_qty_lots = row[6:]
    asked = Asked(
        account_id, instrument_id, Side(side), TimeInForce(time_in_force), price_ticks, qty_lots
    )
    name = unpack_client_order_id(client_order_id)
    return LedgerOrder(name, order_id, asked, OrderStatus(status), cum_qty_lots)
