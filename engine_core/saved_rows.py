"""From the rows of a saved state to the state: what the rows leave out is built again from them."""

from collections.abc import Callable
from typing import Final

from domain.client_order_ids import PACKED_BYTES
from domain.events import InstrumentCreated
from domain.orders import (
    AccountStatus,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    StatusCause,
    TimeInForce,
    TradingStatus,
    VenueStatus,
)
from domain.reasons import RejectReason
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from domain.venue_commands import SetInstrumentRules
from engine_core.account import Account, AssetLimits
from engine_core.deadlines import Deadline, Due
from engine_core.entities import Row, hash_of
from engine_core.limits import LOG_TS_NS_MAX
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.request_keys import KeyRecord
from engine_core.saved_state import hash_of_rows, sections_of
from engine_core.state import AssetState, OpenWithdrawal, State
from engine_core.state_hash import STATE_HASH_BYTES, Tag, bytes_of
from risk.fees import FeeRates
from risk.reference import Balance


def load(data: bytes | memoryview, dedupe_keys_max: int) -> State:
    """Return the state that was saved as ``data``.

    Raises:
        ValueError: it is torn, of another form or version, has more keys than ``dedupe_keys_max``,
            or does not lead to the state whose hash it carries.
    """
    sections = sections_of(data)
    keys = len(sections[Tag.KEY])
    if keys > dedupe_keys_max:
        raise ValueError(f"a saved state with {keys} request keys needs dedupe_keys_max {keys}")
    state = State(dedupe_keys_max)
    state.accounts.clear()
    try:
        for tag, restore in _RESTORE.items():
            for row in sections[tag]:
                restore(state, *row)
        _restore_orders(state, sections[Tag.ORDER], sections[Tag.TRIGGER])
        _restore_counters(state, *sections[Tag.COUNTERS][0])
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"a saved state has a row that cannot be: {error!r}") from error
    said = bytes(data[-STATE_HASH_BYTES:])
    if FEE_ACCOUNT_ID not in state.accounts or not said == hash_of_rows(sections) == hash_of(state):
        raise ValueError("a saved state does not lead to the state hash it carries")
    return state


def _restore_counters(
    state: State,
    next_order_id: int,
    next_event_seq: int,
    log_ts_ns: int,
    next_place: int,
    venue_status: int,
    logic_version: int,
) -> None:
    if log_ts_ns > LOG_TS_NS_MAX:
        raise ValueError(f"log time {log_ts_ns}")
    state.next_order_id = next_order_id
    state.next_event_seq = next_event_seq
    state.log_ts_ns = log_ts_ns
    state.next_place = next_place
    state.venue_status = VenueStatus(venue_status)
    state.logic_version = logic_version


def _restore_asset(
    state: State, asset_id: int, scale: int, supply_atoms: int, *name_words: int
) -> None:
    name = bytes_of(name_words).rstrip(b"\0")
    state.assets[asset_id] = AssetState(asset_id, scale, name, supply_atoms)


def _restore_account(state: State, *words: int) -> None:
    account_id, group_id, status, fee_tier, own_orders_max, orders_per_s, orders_burst, tat_ns = (
        words
    )
    state.accounts[account_id] = Account(
        account_id=account_id,
        group_id=group_id,
        status=AccountStatus(status),
        fee_tier=fee_tier,
        own_orders_max=own_orders_max,
        orders_per_s=orders_per_s,
        orders_burst=orders_burst,
        rate_tat_ns=tat_ns,
    )


def _restore_instrument(state: State, *words: int) -> None:
    instrument_id, base_asset_id, quote_asset_id = words[:3]
    if not {base_asset_id, quote_asset_id} <= state.assets.keys():
        raise LookupError(f"instrument {instrument_id} of no asset")
    listing = Listing(_terms(words), _rules(words))
    listing.trading_status = TradingStatus(words[11])
    listing.last_trade_price_ticks, listing.next_trade_id, listing.book_seq = words[12:15]
    listing.breaker_reference_ticks, listing.breaker_window_start_ns = words[23:25]
    listing.uncross_price_ticks, cause, listing.auction_ends_ns = words[25:]
    listing.uncross_cause = StatusCause(cause) if cause else 0
    state.listings[instrument_id] = listing
    if listing.uncross_price_ticks:
        state.uncrossing.add(instrument_id)
    if listing.auction_ends_ns:
        ends = Deadline(listing.auction_ends_ns, Due.AUCTION_END, instrument_id)
        state.deadlines.add(ends)


def _terms(words: Row) -> InstrumentCreated:
    instrument_id, base_asset_id, quote_asset_id, tick_lot_atoms, lot_atoms = words[:5]
    maker_fee_ppm, taker_fee_ppm, band_bps, min_notional_atoms = words[5:9]
    return InstrumentCreated(
        ts_ns=0,
        instrument_id=instrument_id,
        symbol=bytes_of(words[15:18]).rstrip(b"\0"),
        base_asset_id=base_asset_id,
        quote_asset_id=quote_asset_id,
        quote_atoms_per_tick_lot=tick_lot_atoms,
        base_atoms_per_lot=lot_atoms,
        maker_fee_ppm=maker_fee_ppm,
        taker_fee_ppm=taker_fee_ppm,
        band_bps=band_bps,
        min_notional_atoms=min_notional_atoms,
        price_max_ticks=words[9],
        qty_max_lots=words[10],
    )


def _rules(words: Row) -> SetInstrumentRules:
    collar_bps, breaker_bps, breaker_window_s, auction_s, reference_price_ticks = words[18:23]
    return SetInstrumentRules(
        instrument_id=words[0],
        collar_bps=collar_bps,
        breaker_bps=breaker_bps,
        breaker_window_s=breaker_window_s,
        auction_s=auction_s,
        reference_price_ticks=reference_price_ticks,
    )


def _restore_fees(state: State, instrument_id: int, tier: int, *rates: int) -> None:
    state.listings[instrument_id].tier_rates[tier] = FeeRates(*rates)


def _restore_change(state: State, instrument_id: int, at_s: int, status: int) -> None:
    state.listings[instrument_id].scheduled[at_s] = TradingStatus(status)
    state.deadlines.add(Deadline(at_s * NS_PER_S, Due.STATUS, instrument_id))


def _restore_source(state: State, source_id: int, last_seq: int) -> None:
    state.last_source_seq[source_id] = last_seq


def _restore_balance(
    state: State, account_id: int, asset_id: int, available_atoms: int, held_atoms: int
) -> None:
    if account_id not in state.accounts or asset_id not in state.assets:
        raise LookupError(f"balance of account {account_id} in asset {asset_id}")
    state.balances.restore(account_id, asset_id, Balance(available_atoms, held_atoms))


def _restore_withdrawal(
    state: State, source_id: int, source_seq: int, account_id: int, asset_id: int, atoms: int
) -> None:
    held_atoms = state.balances.of(account_id, asset_id).held_atoms
    if not 1 <= atoms <= held_atoms or source_seq > state.last_source_seq[source_id]:
        raise ValueError(f"withdrawal {source_seq} of source {source_id}")
    withdrawal = OpenWithdrawal(account_id, asset_id, atoms)
    state.withdrawals[source_id, source_seq] = withdrawal


def _restore_switch(state: State, account_id: int, deadline_ns: int) -> None:
    if account_id not in state.accounts:
        raise LookupError(f"account {account_id}")
    state.deadlines.arm(account_id, deadline_ns)


def _restore_parked_leg(state: State, account_id: int, position: int, *words: int) -> None:
    legs = state.accounts[account_id].parked_legs
    if position != len(legs):
        raise ValueError(f"parked leg {position}")
    legs.append(bytes_of(words))


def _restore_asset_limits(state: State, account_id: int, asset_id: int, *caps: int) -> None:
    state.accounts[account_id].asset_limits[asset_id] = AssetLimits(*caps)
    state.asset_limits += 1


def _restore_key(state: State, account_id: int, *words: int) -> None:
    key = bytes_of(words[:4])[:PACKED_BYTES]
    digest, order_id, reason, valid_until_ns = words[4:]
    record = KeyRecord(digest, order_id, RejectReason(reason), valid_until_ns)
    state.keys.remember(account_id, key, record)


_RESTORE: Final[dict[Tag, Callable[..., None]]] = {
    Tag.ASSET: _restore_asset,
    Tag.ACCOUNT: _restore_account,
    Tag.INSTRUMENT: _restore_instrument,
    Tag.FEES: _restore_fees,
    Tag.SCHEDULED: _restore_change,
    Tag.SOURCE: _restore_source,
    Tag.BALANCE: _restore_balance,
    Tag.WITHDRAWAL: _restore_withdrawal,
    Tag.SWITCH: _restore_switch,
    Tag.PARKED_LEG: _restore_parked_leg,
    Tag.ASSET_LIMITS: _restore_asset_limits,
    Tag.KEY: _restore_key,
}
"""What one row alone restores."""


def _restore_orders(state: State, rows: list[Row], queued: list[Row]) -> None:
    """Restore orders by place: then each level and each trigger price has them in their order."""
    orders = sorted((_order(state, row) for row in rows), key=lambda order: order.place)
    for order in orders:
        state.restore(state.listings[order.instrument_id], order)
    for instrument_id, _, order_id in queued:
        state.restore_queued(state.listings[instrument_id], state.open_orders[order_id])


def _order(state: State, words: Row) -> Order:
    order_id, account_id, instrument_id, side, order_type, tif, stp, flags = words[:8]
    price_ticks, qty_lots, leaves_qty_lots, cum_qty_lots, fee_debt, place = words[8:14]
    expire_s, trigger_price_ticks, triggered, display_qty_lots, visible_qty_lots = words[18:23]
    trailing_bps, water_ticks, hold_price_ticks, sibling_order_id = words[23:]
    order = Order(
        order_id=order_id,
        group_id=state.accounts[account_id].group_id,
        side=Side(side),
        price_ticks=price_ticks,
        leaves_qty_lots=leaves_qty_lots,
        display_qty_lots=display_qty_lots,
        account_id=account_id,
        instrument_id=instrument_id,
        order_type=OrderType(order_type),
        time_in_force=TimeInForce(tif),
        self_trade_prevention=SelfTradePrevention(stp),
        flags=OrderFlag(flags),
        qty_lots=qty_lots,
        cum_qty_lots=cum_qty_lots,
        fee_debt=fee_debt,
        place=place,
        client_order_id=bytes_of(words[14:18])[:PACKED_BYTES],
        expire_s=expire_s,
        trigger_price_ticks=trigger_price_ticks,
        triggered=bool(triggered),
        trailing_bps=trailing_bps,
        water_ticks=water_ticks,
        hold_price_ticks=hold_price_ticks,
        sibling_order_id=sibling_order_id,
    )
    if not order.is_pending:
        order.hidden_qty_lots = leaves_qty_lots - visible_qty_lots
    return order
