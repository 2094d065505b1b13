"""Instruments: listed, changed while they trade, guarded by rules, with fees for each tier."""

import re
from dataclasses import replace
from typing import Final, TypeVar

from domain.commands import CreateInstrument
from domain.events import InstrumentCreated
from domain.orders import TradingStatus
from domain.reasons import RejectReason
from domain.units import NOTIONAL_ATOMS_MAX, PRICE_TICKS_MAX, QTY_LOTS_MAX
from domain.venue_commands import SetFees, SetInstrumentRules, UpdateInstrument
from domain.venue_events import FeesChanged, InstrumentRulesChanged, InstrumentUpdated
from engine_core.limits import (
    BAND_BPS_MAX,
    FEE_TIERS_MAX,
    INSTRUMENTS_MAX,
    RULE_BPS_MAX,
    WINDOW_S_MAX,
)
from engine_core.listing import Listing
from engine_core.refusals import reject_control
from engine_core.turn import Answer, Turn
from risk.fees import FEE_PPM_MAX, FeeRates

Terms = TypeVar("Terms", InstrumentCreated, InstrumentUpdated)

_SYMBOL: Final = re.compile(rb"[A-Z0-9-]+")


def create_instrument(turn: Turn, command: CreateInstrument) -> Answer:
    """Create an instrument, halted, with every bound spelled out."""
    if reason := _create_refusal(turn, command):
        return reject_control(turn, reason, command.instrument_id)
    terms = _spelled_out(turn, command, InstrumentCreated)
    rules = SetInstrumentRules(instrument_id=command.instrument_id)
    turn.state.listings[command.instrument_id] = Listing(terms, rules)
    turn.emit(terms)
    return Answer()


def _create_refusal(turn: Turn, command: CreateInstrument) -> RejectReason:
    assets = turn.state.assets
    if command.instrument_id == 0:
        return RejectReason.MALFORMED
    if command.instrument_id in turn.state.listings:
        return RejectReason.ALREADY_EXISTS
    if command.base_asset_id not in assets or command.quote_asset_id not in assets:
        return RejectReason.UNKNOWN_ASSET
    if not _is_exact(command):
        return RejectReason.INVALID_INSTRUMENT
    if len(turn.state.listings) >= INSTRUMENTS_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def _is_exact(command: CreateInstrument | UpdateInstrument) -> bool:
    """Return whether every number of an instrument is one the core can work with."""
    return (
        command.base_asset_id != command.quote_asset_id
        and 1 <= command.quote_atoms_per_tick_lot <= NOTIONAL_ATOMS_MAX
        and 1 <= command.base_atoms_per_lot <= NOTIONAL_ATOMS_MAX
        and command.maker_fee_ppm <= FEE_PPM_MAX
        and command.taker_fee_ppm <= FEE_PPM_MAX
        and command.band_bps <= BAND_BPS_MAX
        and command.min_notional_atoms >= 0
        and 0 <= command.price_max_ticks <= PRICE_TICKS_MAX
        and 0 <= command.qty_max_lots <= QTY_LOTS_MAX
        and _SYMBOL.fullmatch(command.symbol) is not None
    )


def _spelled_out(
    turn: Turn, command: CreateInstrument | UpdateInstrument, terms_type: type[Terms]
) -> Terms:
    return terms_type(
        ts_ns=turn.ts_ns,
        instrument_id=command.instrument_id,
        symbol=command.symbol,
        base_asset_id=command.base_asset_id,
        quote_asset_id=command.quote_asset_id,
        quote_atoms_per_tick_lot=command.quote_atoms_per_tick_lot,
        base_atoms_per_lot=command.base_atoms_per_lot,
        maker_fee_ppm=command.maker_fee_ppm,
        taker_fee_ppm=command.taker_fee_ppm,
        band_bps=command.band_bps,
        min_notional_atoms=command.min_notional_atoms,
        price_max_ticks=command.price_max_ticks or PRICE_TICKS_MAX,
        qty_max_lots=command.qty_max_lots or QTY_LOTS_MAX,
    )


def update_instrument(turn: Turn, command: UpdateInstrument) -> Answer:
    """Change an instrument's terms; what comes from here on goes by the new ones."""
    reason = listed_refusal(turn, command.instrument_id) or _update_refusal(turn, command)
    if reason:
        return reject_control(turn, reason, command.instrument_id)
    listing = turn.state.listings[command.instrument_id]
    if _changes_units(listing, command):
        # Prices of before are in ticks that are no more.
        listing.last_trade_price_ticks = 0
        listing.rules = replace(listing.rules, reference_price_ticks=0)
        listing.clear_breaker_window()
    terms = _spelled_out(turn, command, InstrumentUpdated)
    listing.terms = terms
    turn.emit(terms)
    return Answer()


def listed_refusal(turn: Turn, instrument_id: int) -> RejectReason:
    """Return why an instrument cannot be changed at all, or NONE."""
    if instrument_id == 0:
        return RejectReason.MALFORMED
    listing = turn.state.listings.get(instrument_id)
    if listing is None:
        return RejectReason.UNKNOWN_INSTRUMENT
    if listing.trading_status is TradingStatus.CLOSED:
        return RejectReason.INVALID_TRANSITION
    return RejectReason.NONE


def _update_refusal(turn: Turn, command: UpdateInstrument) -> RejectReason:
    listing = turn.state.listings[command.instrument_id]
    terms = listing.terms
    named = (terms.base_asset_id, terms.quote_asset_id, terms.symbol)
    if named != (command.base_asset_id, command.quote_asset_id, command.symbol):
        return RejectReason.INVALID_INSTRUMENT
    if not _is_exact(command):
        return RejectReason.INVALID_INSTRUMENT
    if not _changes_units(listing, command):
        return RejectReason.NONE
    if listing.trading_status is not TradingStatus.HALT or listing.uncross_price_ticks:
        return RejectReason.INVALID_TRANSITION
    if listing.open_orders:
        return RejectReason.BOOK_NOT_EMPTY
    return RejectReason.NONE


def _changes_units(listing: Listing, command: UpdateInstrument) -> bool:
    units = (listing.terms.quote_atoms_per_tick_lot, listing.terms.base_atoms_per_lot)
    return units != (command.quote_atoms_per_tick_lot, command.base_atoms_per_lot)


def set_instrument_rules(turn: Turn, command: SetInstrumentRules) -> Answer:
    """Set an instrument's collar, breaker, auction time and reference price."""
    reason = listed_refusal(turn, command.instrument_id)
    if not reason and not _are_rules(turn.state.listings[command.instrument_id], command):
        reason = RejectReason.INVALID_INSTRUMENT
    if reason:
        return reject_control(turn, reason, command.instrument_id)
    listing = turn.state.listings[command.instrument_id]
    listing.rules = command
    listing.clear_breaker_window()
    turn.emit(
        InstrumentRulesChanged(
            ts_ns=turn.ts_ns,
            instrument_id=command.instrument_id,
            collar_bps=command.collar_bps,
            breaker_bps=command.breaker_bps,
            breaker_window_s=command.breaker_window_s,
            auction_s=command.auction_s,
            reference_price_ticks=command.reference_price_ticks,
        )
    )
    return Answer()


def _are_rules(listing: Listing, command: SetInstrumentRules) -> bool:
    return (
        max(command.collar_bps, command.breaker_bps) <= RULE_BPS_MAX
        and max(command.breaker_window_s, command.auction_s) <= WINDOW_S_MAX
        and (command.breaker_bps == 0 or command.breaker_window_s > 0)
        and 0 <= command.reference_price_ticks <= listing.terms.price_max_ticks
    )


def set_fees(turn: Turn, command: SetFees) -> Answer:
    """Set what a fee tier pays in an instrument."""
    rates = FeeRates(command.maker_fee_ppm, command.taker_fee_ppm)
    reason = listed_refusal(turn, command.instrument_id)
    if not reason and not (1 <= command.tier < FEE_TIERS_MAX and max(rates) <= FEE_PPM_MAX):
        reason = RejectReason.INVALID_INSTRUMENT
    if reason:
        return reject_control(turn, reason, command.instrument_id)
    turn.state.listings[command.instrument_id].tier_rates[command.tier] = rates
    turn.emit(
        FeesChanged(
            ts_ns=turn.ts_ns,
            instrument_id=command.instrument_id,
            tier=command.tier,
            maker_fee_ppm=rates.maker_fee_ppm,
            taker_fee_ppm=rates.taker_fee_ppm,
        )
    )
    return Answer()
