"""The exchange's state at one event, as accounts hands it out for a start. Integers throughout."""

from msgspec import Struct

from domain.instruments import Asset, Instrument, Steps
from domain.orders import (
    ContingencyType,
    OrderFlag,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    StatusCause,
    TimeInForce,
    TradingStatus,
    VenueStatus,
)
from domain.reasons import CancelReason
from gateway.state.account_view import OrderListView, OrderView
from gateway.state.book import Book
from gateway.state.market import Fees, Market, Rules
from gateway.state.projection import Projection


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
    status_cause: int = 1
    auction_ends_ns: int = 0
    collar_bps: int = 0
    breaker_bps: int = 0
    breaker_window_s: int = 0
    auction_s: int = 0
    reference_price_ticks: int = 0


class AccountState(Struct):
    """One trading account."""

    account_id: int
    group_id: int
    fee_tier: int = 0


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
    trailing_bps: int = 0
    list_id: int = 0
    contingency_type: int = 0


class OrderListState(Struct):
    """Two orders entered as one; ``list_id`` is the first one's id."""

    list_id: int
    account_id: int
    instrument_id: int
    contingency_type: int
    second_order_id: int
    client_order_id: str
    created_ts_ns: int
    created_seq: int


class Snapshot(Struct):
    """Everything at event ``cursor``: whoever applies the events after it holds the present."""

    cursor: int
    instruments: list[InstrumentState]
    assets: list[AssetState]
    accounts: list[AccountState]
    balances: list[tuple[int, int, int, int]]
    """(account_id, asset_id, available_atoms, held_atoms)."""
    open_orders: list[OrderState]
    venue_status: int = 1
    units: list[tuple[int, int, int, int, int]] = []
    """(instrument_id, from_seq, first_trade_id, quote_atoms_per_tick_lot, base_atoms_per_lot)."""
    tier_fees: list[tuple[int, int, int, int]] = []
    """(instrument_id, tier, maker_fee_ppm, taker_fee_ppm) where they are not the terms'."""
    order_lists: list[OrderListState] = []
    """With an open order, or with one whose entry comes after the cursor."""


def restore(snapshot: Snapshot) -> Projection:
    """Return the projection at the snapshot's cursor. Recent orders, fills and trades are empty.

    Raises:
        ValueError, KeyError, StreamContradicted: the snapshot contradicts itself.
    """
    projection = Projection(snapshot.cursor)
    for asset in snapshot.assets:
        projection.add_asset(Asset(asset.asset_id, asset.name, asset.scale))
    projection.venue_status = VenueStatus(snapshot.venue_status)
    for state in snapshot.instruments:
        instrument = _instrument(state, projection.assets)
        _restore_market(projection.add_market(instrument, Book(state.book_seq)), state)
    for market in projection.markets.values():
        market.restore_units(
            (from_seq, first_trade_id, Steps.of(k, lot_atoms))
            for instrument_id, from_seq, first_trade_id, k, lot_atoms in snapshot.units
            if instrument_id == market.instrument.instrument_id
        )
    for instrument_id, tier, *fees_ppm in snapshot.tier_fees:
        projection.markets[instrument_id].tier_fees[tier] = Fees(*fees_ppm)
    for account in snapshot.accounts:
        projection.add_account(account.account_id).fee_tier = account.fee_tier
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
    for order_list in snapshot.order_lists:
        # Its own entry and those of its two orders follow each other directly.
        is_entering = order_list.created_seq > snapshot.cursor - 2
        projection.add_list(list_view(order_list), is_entering=is_entering)
    for market in projection.markets.values():
        market.book.take_changed()
    projection.take_changes()
    return projection


def _restore_market(market: Market, state: InstrumentState) -> None:
    market.rules = Rules(
        state.collar_bps,
        state.breaker_bps,
        state.breaker_window_s,
        state.auction_s,
        state.reference_price_ticks,
    )
    market.status_cause = StatusCause(state.status_cause)
    market.auction_ends_ns = state.auction_ends_ns
    market.last_trade_price_ticks = state.last_trade_price_ticks
    market.next_trade_id = state.next_trade_id


def list_view(order_list: OrderListState) -> OrderListView:
    """Return a list of the book of record as the presenters take it."""
    return OrderListView(
        list_id=order_list.list_id,
        account_id=order_list.account_id,
        instrument_id=order_list.instrument_id,
        contingency_type=ContingencyType(order_list.contingency_type),
        second_order_id=order_list.second_order_id,
        client_order_id=order_list.client_order_id,
        created_ts_ns=order_list.created_ts_ns,
    )


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
        trailing_bps=order.trailing_bps,
        display_qty_lots=order.display_qty_lots,
        expire_s=order.expire_s,
        list_id=order.list_id,
        contingency_type=ContingencyType(order.contingency_type) if order.list_id else None,
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
