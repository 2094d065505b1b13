"""What an engine would be at the ledger's cursor, as far as the ledger knows: accounts, assets,
instruments, balances, open orders, numbers given out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.database import Connection, load_queries
from accounts.settling.ledger_history_repository import all_balances
from accounts.settling.ledger_repository import Cursor, read_cursor
from accounts.settling.order_history import OrderListRecord, OrderRecord
from accounts.settling.orders_repository import live_lists, open_orders
from accounts.settling.venue import InstrumentRecord
from accounts.settling.venue_repository import assets, engine_accounts, instruments
from accounts.settling.venue_settings_repository import (
    account_terms,
    asset_limits,
    scheduled_statuses,
    tier_fees,
    venue_state,
)
from domain.events import InstrumentCreated
from domain.orders import (
    AccountStatus,
    OrderFlag,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
    VenueStatus,
)
from domain.reasons import RejectReason
from domain.units import FEE_ACCOUNT_ID, NS_PER_S, PRICE_TICKS_MAX
from domain.venue_commands import SetInstrumentRules
from engine_core.account import Account, AssetLimits
from engine_core.deadlines import Deadline, Due
from engine_core.limits import DEDUPE_KEYS_MAX
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.request_keys import KeyRecord
from engine_core.state import AssetState, OpenWithdrawal, State
from risk.fees import FeeRates
from risk.reference import Balance

KEYS_RECOVERED_MAX = 1_000_000
"""So many of the last orders' client order ids are known again."""
ORDER_IDS_SKIPPED = 1_000_000
"""Past the last order the ledger knows: what the engine gave out after it is not given again."""
KEY_VALID_NS = 86_400 * NS_PER_S
"""For so long such an id is not forgotten, however full the memory for them is."""
_NO_DIGEST = 0
_SQL = load_queries("engine_rebuild")


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The state, the ledger's cursor, and orders that a command had not finished with there."""

    state: State
    cursor: Cursor
    unfinished: tuple[Order, ...]


async def ledger_state(connection: Connection) -> LedgerState:
    """Return the state at the ledger's cursor."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        state, cursor = State(DEDUPE_KEYS_MAX), await read_cursor(connection)
        await _restore_venue(connection, state)
        await _restore_accounts(connection, state)
        for instrument_id, listing in (await _listings(connection)).items():
            state.listings[instrument_id] = listing
            if listing.auction_ends_ns:
                ends = Deadline(listing.auction_ends_ns, Due.AUCTION_END, instrument_id)
                state.deadlines.add(ends)
        for one in await scheduled_statuses(connection):
            status = TradingStatus(one.trading_status)
            state.listings[one.instrument_id].scheduled[one.at_s] = status
            state.deadlines.add(Deadline(one.at_s * NS_PER_S, Due.STATUS, one.instrument_id))
        lists = await live_lists(connection, cursor.last_seq)
        unfinished = _restore_orders(state, await open_orders(connection), lists)
        await _restore_numbers(connection, state, cursor)
    return LedgerState(state, cursor, tuple(unfinished))


async def _restore_venue(connection: Connection, state: State) -> None:
    venue = await venue_state(connection)
    state.venue_status = VenueStatus(venue.venue_status)
    state.logic_version = venue.logic_version
    supply: dict[int, int] = {}
    for account_id, asset_id, available_atoms, held_atoms in await all_balances(connection):
        state.balances.restore(account_id, asset_id, Balance(available_atoms, held_atoms))
        supply[asset_id] = supply.get(asset_id, 0) + available_atoms + held_atoms
    for row in await connection.fetch(_SQL["held_withdrawals"]):
        source_id, source_seq, *held = row
        state.withdrawals[source_id, source_seq] = OpenWithdrawal(*held)
    for asset in await assets(connection):
        name = asset.name.encode("ascii")
        state.assets[asset.asset_id] = AssetState(
            asset.asset_id, asset.scale, name, supply.get(asset.asset_id, 0)
        )


async def _restore_accounts(connection: Connection, state: State) -> None:
    for account in await engine_accounts(connection):
        state.accounts[account.account_id] = Account(account.account_id, account.group_id)
    state.accounts.setdefault(FEE_ACCOUNT_ID, Account(FEE_ACCOUNT_ID, group_id=0))
    for terms in await account_terms(connection):
        known = state.accounts[terms.account_id]
        known.status, known.fee_tier = AccountStatus(terms.account_status), terms.fee_tier
        known.own_orders_max = terms.open_orders_max
        known.orders_per_s, known.orders_burst = terms.orders_per_s, terms.orders_burst
    for limits in await asset_limits(connection):
        state.accounts[limits.account_id].asset_limits[limits.asset_id] = AssetLimits(
            limits.position_max_atoms, limits.order_notional_max_atoms
        )
        state.asset_limits += 1


async def _listings(connection: Connection) -> dict[int, Listing]:
    listings = {id_: _listing(one) for id_, one in (await instruments(connection)).items()}
    for fees in await tier_fees(connection):
        rates = FeeRates(fees.maker_fee_ppm, fees.taker_fee_ppm)
        listings[fees.instrument_id].tier_rates[fees.tier] = rates
    return listings


def _listing(one: InstrumentRecord) -> Listing:
    terms = InstrumentCreated(
        ts_ns=0,
        instrument_id=one.instrument_id,
        symbol=one.symbol.encode("ascii"),
        base_asset_id=one.base_asset_id,
        quote_asset_id=one.quote_asset_id,
        quote_atoms_per_tick_lot=one.quote_atoms_per_tick_lot,
        base_atoms_per_lot=one.base_atoms_per_lot,
        maker_fee_ppm=one.maker_fee_ppm,
        taker_fee_ppm=one.taker_fee_ppm,
        band_bps=one.band_bps,
        min_notional_atoms=one.min_notional_atoms,
        price_max_ticks=one.price_max_ticks,
        qty_max_lots=one.qty_max_lots,
    )
    rules = SetInstrumentRules(
        instrument_id=one.instrument_id,
        collar_bps=one.collar_bps,
        breaker_bps=one.breaker_bps,
        breaker_window_s=one.breaker_window_s,
        auction_s=one.auction_s,
        reference_price_ticks=one.reference_price_ticks,
    )
    listing = Listing(terms, rules, TradingStatus(one.trading_status))
    listing.last_trade_price_ticks = one.last_trade_price_ticks
    listing.next_trade_id, listing.book_seq = one.next_trade_id, one.book_seq
    if listing.in_auction:
        listing.auction_ends_ns = one.auction_ends_ns
    return listing


def _restore_orders(
    state: State, records: Iterable[OrderRecord], lists: Iterable[OrderListRecord]
) -> list[Order]:
    """Restore the open orders in the order in which they came; return those in neither the book nor
    the queue of stops: a command was not finished with them.
    """
    siblings = {one.list_id: one.second_order_id for one in lists}
    siblings |= {second: first for first, second in siblings.items()}
    ordered = sorted(records, key=lambda one: one.created_seq)
    is_open = {one.order_id for one in ordered}
    orders, unfinished = [], []
    for record in ordered:
        sibling = siblings.get(record.order_id, 0)
        order = _order(state, record, sibling if sibling in is_open else 0)
        orders.append(order)
        if not order.is_pending and not record.visible_qty_lots:
            unfinished.append(order)
    for order in unfinished:
        if not order.price_ticks:
            _hold_what_is_held(state, order, orders)
    for order in orders:
        state.restore(state.listings[order.instrument_id], order)
    return unfinished


def _hold_what_is_held(state: State, order: Order, orders: Iterable[Order]) -> None:
    """Give an order at the market, stopped among its trades, such a price and quantity that its
    cancel releases what is still held for it.
    """
    listing = state.listings[order.instrument_id]
    asset_id = listing.spent_asset_id(order.side)
    held_atoms = state.balances.of(order.account_id, asset_id).held_atoms
    of_others: dict[int, int] = {}
    for one in orders:
        its = state.listings[one.instrument_id]
        if one.account_id == order.account_id and its.spent_asset_id(one.side) == asset_id:
            pair = min(one.order_id, one.sibling_order_id or one.order_id)
            if one is not order:
                hold = its.hold_of(one, one.leaves_qty_lots)
                of_others[pair] = max(of_others.get(pair, 0), hold)
    leaving_atoms = sum(
        one.amount_atoms
        for one in state.withdrawals.values()
        if (one.account_id, one.asset_id) == (order.account_id, asset_id)
    )
    rest_atoms = held_atoms - sum(of_others.values()) - leaving_atoms
    if order.side is Side.SELL and rest_atoms:
        order.leaves_qty_lots = rest_atoms // listing.terms.base_atoms_per_lot
        order.price_ticks = PRICE_TICKS_MAX
    else:
        order.side, order.leaves_qty_lots = Side.BUY, 1
        order.price_ticks = rest_atoms // listing.terms.quote_atoms_per_tick_lot
    order.qty_lots, order.hidden_qty_lots = order.cum_qty_lots + order.leaves_qty_lots, 0


def _order(state: State, one: OrderRecord, sibling_order_id: int) -> Order:
    state.next_place += 1
    order = Order(
        order_id=one.order_id,
        group_id=state.accounts[one.account_id].group_id,
        side=Side(one.side),
        price_ticks=one.price_ticks,
        leaves_qty_lots=one.leaves_qty_lots,
        display_qty_lots=one.display_qty_lots,
        account_id=one.account_id,
        instrument_id=one.instrument_id,
        order_type=OrderType(one.order_type),
        time_in_force=TimeInForce(one.time_in_force),
        self_trade_prevention=SelfTradePrevention(one.self_trade_prevention),
        flags=OrderFlag(one.flags),
        qty_lots=one.qty_lots,
        cum_qty_lots=one.cum_qty_lots,
        place=state.next_place - 1,
        client_order_id=one.client_order_id,
        expire_s=one.expire_s,
        trigger_price_ticks=one.trigger_price_ticks,
        triggered=one.trigger_price_ticks > 0 and one.status != OrderStatus.PENDING_TRIGGER,
        trailing_bps=one.trailing_bps,
        hold_price_ticks=one.hold_price_ticks,
        sibling_order_id=sibling_order_id,
    )
    if order.is_pending:
        if order.trailing_bps:
            order.water_ticks = state.listings[one.instrument_id].reference_ticks
    else:
        order.hidden_qty_lots = one.leaves_qty_lots - (one.visible_qty_lots or one.leaves_qty_lots)
    return order


async def _restore_numbers(connection: Connection, state: State, cursor: Cursor) -> None:
    numbers = await connection.fetchrow(_SQL["numbers"])
    assert numbers is not None
    state.next_event_seq = cursor.last_seq + 1
    state.next_order_id = numbers["last_order_id"] + 1 + ORDER_IDS_SKIPPED
    state.log_ts_ns = numbers["last_ts_ns"]
    for source_id, last_seq in await connection.fetch(_SQL["last_source_seqs"]):
        state.last_source_seq[source_id] = last_seq
    valid_until_ns = state.log_ts_ns + KEY_VALID_NS
    for row in await connection.fetch(_SQL["request_keys"], KEYS_RECOVERED_MAX):
        # No request has this digest: a retry is refused as KEY_REUSED, and never executed again.
        record = KeyRecord(_NO_DIGEST, row["order_id"], RejectReason.NONE, valid_until_ns)
        state.keys.remember(row["account_id"], row["client_order_id"], record)
