"""The exchange's state at one event, as accounts hands it out for a start. Integers throughout."""

from msgspec import Struct

from domain.instruments import Asset, Instrument
from domain.orders import (
    OrderFlag,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import CancelReason
from gateway.account_view import OrderView
from gateway.book import Book
from gateway.projection import Projection


class AssetState(Struct):
    """One asset."""

    asset_id: int
    name: str
    scale: int


class InstrumentState(Struct):
    """One instrument with its counters at the cursor."""

    instrument_id: int
    symbol: str
    base_asset_id: int
    quote_asset_id: int
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional_atoms: int
    price_max_ticks: int
    qty_max_lots: int
    trading_status: int
    book_seq: int
    last_trade_price_ticks: int
    next_trade_id: int


class AccountState(Struct):
    """One trading account."""

    account_id: int
    group_id: int


class OrderState(Struct):
    """One order as accounts keeps it; enumerations by number, 0 where there is none."""

    order_id: int
    account_id: int
    instrument_id: int
    side: int
    order_type: int
    time_in_force: int
    self_trade_prevention: int
    flags: int
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int
    display_qty_lots: int
    quote_budget_atoms: int
    leaves_qty_lots: int
    visible_qty_lots: int
    """What the book shows of it: 0 while it waits for a trigger, or its command is under way."""
    cum_qty_lots: int
    cum_quote_atoms: int
    client_order_id: str
    status: int
    reason: int
    created_ts_ns: int
    updated_ts_ns: int
    seq: int
    expire_s: int


class Snapshot(Struct):
    """Everything at event ``cursor``: whoever applies the events after it holds the present."""

    cursor: int
    instruments: list[InstrumentState]
    assets: list[AssetState]
    accounts: list[AccountState]
    balances: list[tuple[int, int, int, int]]
    """(account_id, asset_id, available_atoms, held_atoms)."""
    open_orders: list[OrderState]


def restore(snapshot: Snapshot) -> Projection:
    """Return the projection at the snapshot's cursor. Recent orders, fills and trades are empty.

    Raises:
        ValueError, KeyError, StreamContradicted: the snapshot contradicts itself.
    """
    projection = Projection(snapshot.cursor)
    for asset in snapshot.assets:
        projection.add_asset(Asset(asset.asset_id, asset.name, asset.scale))
    for state in snapshot.instruments:
        projection.add_market(_instrument(state, projection.assets), Book(state.book_seq))
        market = projection.markets[state.instrument_id]
        market.last_trade_id = state.next_trade_id - 1
        market.last_trade_price_ticks = state.last_trade_price_ticks
    for account in snapshot.accounts:
        projection.add_account(account.account_id)
    for account_id, asset_id, available_atoms, held_atoms in snapshot.balances:
        owner = projection.accounts.get(account_id) or projection.add_account(account_id)
        owner.set_balance(asset_id, available=available_atoms, held=held_atoms)
    for order in snapshot.open_orders:
        view = order_view(order)
        projection.add_open_order(view)
        if order.visible_qty_lots:
            projection.markets[view.instrument_id].book.load(
                view.order_id, view.side, view.price_ticks, order.visible_qty_lots
            )
    for market in projection.markets.values():
        market.book.changed.clear()
    return projection


def order_view(order: OrderState) -> OrderView:
    """Return an order of the book of record as the presenters take it, without its fills."""
    return OrderView(
        order_id=order.order_id,
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        client_order_id=order.client_order_id,
        side=Side(order.side),
        order_type=OrderType(order.order_type),
        time_in_force=TimeInForce(order.time_in_force),
        self_trade_prevention=SelfTradePrevention(order.self_trade_prevention),
        flags=OrderFlag(order.flags),
        price_ticks=order.price_ticks,
        qty_lots=order.qty_lots,
        trigger_price_ticks=order.trigger_price_ticks,
        display_qty_lots=order.display_qty_lots,
        expire_s=order.expire_s,
        quote_budget_atoms=order.quote_budget_atoms,
        leaves_qty_lots=order.leaves_qty_lots,
        cum_qty_lots=order.cum_qty_lots,
        cum_quote_atoms=order.cum_quote_atoms,
        status=OrderStatus(order.status),
        reason=CancelReason(order.reason),
        created_ts_ns=order.created_ts_ns,
        updated_ts_ns=order.updated_ts_ns,
        seq=order.seq,
        fills_complete=order.cum_qty_lots == 0,
    )


def _instrument(state: InstrumentState, assets: dict[int, Asset]) -> Instrument:
    return Instrument(
        instrument_id=state.instrument_id,
        symbol=state.symbol,
        base=assets[state.base_asset_id],
        quote=assets[state.quote_asset_id],
        quote_atoms_per_tick_lot=state.quote_atoms_per_tick_lot,
        base_atoms_per_lot=state.base_atoms_per_lot,
        maker_fee_ppm=state.maker_fee_ppm,
        taker_fee_ppm=state.taker_fee_ppm,
        band_bps=state.band_bps,
        min_notional_atoms=state.min_notional_atoms,
        price_max_ticks=state.price_max_ticks,
        qty_max_lots=state.qty_max_lots,
        trading_status=TradingStatus(state.trading_status),
    )
