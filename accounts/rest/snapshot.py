"""The venue as it is after one event: read in one REPEATABLE READ transaction."""

from dataclasses import fields
from typing import Final

from accounts.database import Connection
from accounts.ledger_history_repository import all_balances
from accounts.ledger_repository import read_cursor
from accounts.order_history import OrderRecord
from accounts.orders_repository import open_orders
from accounts.rest.messages import (
    AccountAnswer,
    AssetAnswer,
    InstrumentAnswer,
    OrderAnswer,
    SnapshotAnswer,
)
from accounts.venue import InstrumentRecord
from accounts.venue_repository import assets, engine_accounts, instruments
from domain.client_order_ids import unpack_client_order_id

_INSTRUMENT_FIELDS: Final = [
    field.name for field in fields(InstrumentRecord) if field.name != "created_seq"
]


async def snapshot(connection: Connection) -> SnapshotAnswer:
    """Return assets, instruments, accounts, balances and open orders, all at one cursor."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await read_cursor(connection)
        listed = await instruments(connection)
        return SnapshotAnswer(
            cursor=cursor.last_seq,
            instruments=[_instrument(one) for one in listed.values()],
            assets=[
                AssetAnswer(one.asset_id, one.name, one.scale) for one in await assets(connection)
            ],
            accounts=[
                AccountAnswer(one.account_id, one.group_id)
                for one in await engine_accounts(connection)
            ],
            balances=await all_balances(connection),
            open_orders=[
                order_answer(order, listed[order.instrument_id].symbol)
                for order in await open_orders(connection)
            ],
        )


def order_answer(order: OrderRecord, symbol: str) -> OrderAnswer:
    """Return a stored order as it is told."""
    return OrderAnswer(
        order_id=order.order_id,
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        symbol=symbol,
        client_order_id=unpack_client_order_id(order.client_order_id),
        side=order.side,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        self_trade_prevention=order.self_trade_prevention,
        flags=order.flags,
        price_ticks=order.price_ticks,
        qty_lots=order.qty_lots,
        trigger_price_ticks=order.trigger_price_ticks,
        display_qty_lots=order.display_qty_lots,
        quote_budget_atoms=order.quote_budget_atoms,
        leaves_qty_lots=order.leaves_qty_lots,
        visible_qty_lots=order.visible_qty_lots,
        cum_qty_lots=order.cum_qty_lots,
        cum_quote_atoms=order.cum_quote_atoms,
        fee_atoms=order.fee_atoms,
        status=order.status,
        reason=order.reason,
        expire_s=order.expire_s,
        created_ts_ns=order.created_ts_ns,
        updated_ts_ns=order.updated_ts_ns,
        seq=order.updated_seq,
    )


def _instrument(record: InstrumentRecord) -> InstrumentAnswer:
    return InstrumentAnswer(**{name: getattr(record, name) for name in _INSTRUMENT_FIELDS})
