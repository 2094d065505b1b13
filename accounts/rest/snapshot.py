"""The venue as it is after one event: read in one REPEATABLE READ transaction."""

from dataclasses import astuple, fields
from typing import Final

from accounts.database import Connection
from accounts.rest.messages import (
    AccountAnswer,
    AssetAnswer,
    InstrumentAnswer,
    OrderAnswer,
    OrderListAnswer,
    SnapshotAnswer,
    VenueAnswer,
)
from accounts.settling.ledger_history_repository import all_balances
from accounts.settling.ledger_repository import read_cursor
from accounts.settling.order_history import OrderListRecord, OrderRecord
from accounts.settling.orders_repository import live_lists, open_orders
from accounts.settling.venue import InstrumentRecord
from accounts.settling.venue_repository import assets, engine_accounts, instruments, units
from accounts.settling.venue_settings_repository import (
    account_terms,
    asset_limits,
    scheduled_statuses,
    tier_fees,
    venue_state,
)
from domain.client_order_ids import unpack_client_order_id

_INSTRUMENT_FIELDS: Final = [
    field.name for field in fields(InstrumentRecord) if field.name != "created_seq"
]


async def snapshot(connection: Connection) -> SnapshotAnswer:
    """Return assets, instruments, accounts, balances and open orders, all at one cursor."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await read_cursor(connection)
        listed = await instruments(connection)
        tiers = {one.account_id: one.fee_tier for one in await account_terms(connection)}
        return SnapshotAnswer(
            cursor=cursor.last_seq,
            venue_status=(await venue_state(connection)).venue_status,
            units=[astuple(one) for one in await units(connection)],
            tier_fees=[astuple(one) for one in await tier_fees(connection)],
            order_lists=[list_answer(one) for one in await live_lists(connection, cursor.last_seq)],
            instruments=[_instrument(one) for one in listed.values()],
            assets=[
                AssetAnswer(one.asset_id, one.name, one.scale) for one in await assets(connection)
            ],
            accounts=[
                AccountAnswer(one.account_id, one.group_id, tiers.get(one.account_id, 0))
                for one in await engine_accounts(connection)
            ],
            balances=await all_balances(connection),
            open_orders=[
                order_answer(order, listed[order.instrument_id].symbol)
                for order in await open_orders(connection)
            ],
        )


async def venue(connection: Connection) -> VenueAnswer:
    """Return what is listed and what was set, all at one cursor."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await read_cursor(connection)
        state = await venue_state(connection)
        return VenueAnswer(
            cursor=cursor.last_seq,
            venue_status=state.venue_status,
            logic_version=state.logic_version,
            assets=[
                AssetAnswer(one.asset_id, one.name, one.scale) for one in await assets(connection)
            ],
            instruments=[_instrument(one) for one in (await instruments(connection)).values()],
            fees=await tier_fees(connection),
            scheduled=await scheduled_statuses(connection),
            account_terms=await account_terms(connection),
            asset_limits=await asset_limits(connection),
        )


def list_answer(order_list: OrderListRecord) -> OrderListAnswer:
    """Return a stored list as it is told."""
    return OrderListAnswer(
        list_id=order_list.list_id,
        account_id=order_list.account_id,
        instrument_id=order_list.instrument_id,
        contingency_type=order_list.contingency_type,
        second_order_id=order_list.second_order_id,
        client_order_id=unpack_client_order_id(order_list.client_order_id),
        created_ts_ns=order_list.created_ts_ns,
        created_seq=order_list.created_seq,
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
        trailing_bps=order.trailing_bps,
        quote_budget_atoms=order.quote_budget_atoms,
        leaves_qty_lots=order.leaves_qty_lots,
        visible_qty_lots=order.visible_qty_lots,
        cum_qty_lots=order.cum_qty_lots,
        cum_quote_atoms=order.cum_quote_atoms,
        fee_atoms=order.fee_atoms,
        status=order.status,
        reason=order.reason,
        list_id=order.list_id,
        contingency_type=order.contingency_type,
        expire_s=order.expire_s,
        created_ts_ns=order.created_ts_ns,
        updated_ts_ns=order.updated_ts_ns,
        seq=order.updated_seq,
    )


def _instrument(record: InstrumentRecord) -> InstrumentAnswer:
    return InstrumentAnswer(**{name: getattr(record, name) for name in _INSTRUMENT_FIELDS})
