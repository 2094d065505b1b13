# cython: language_level=3, cdivision=True
"""Instruments: listed, and changed while they trade, with the fees of each tier and the rules that
guard their price.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcmp, memcpy

from engine_core._endings cimport say
from engine_core._numbers cimport (
    ALREADY_EXISTS,
    BAND_BPS_MAX,
    BOOK_NOT_EMPTY,
    CAPACITY,
    EVENT_FEES_CHANGED,
    EVENT_INSTRUMENT_CREATED,
    EVENT_INSTRUMENT_RULES_CHANGED,
    EVENT_INSTRUMENT_UPDATED,
    FEE_TIERS_MAX,
    INSTRUMENTS_MAX,
    INVALID_INSTRUMENT,
    INVALID_TRANSITION,
    MALFORMED,
    NONE,
    RULE_BPS_MAX,
    STATUS_CLOSED,
    STATUS_HALT,
    TICKS_LOTS_LOG2,
    UNKNOWN_ASSET,
    UNKNOWN_INSTRUMENT,
    WINDOW_S_MAX,
)
from engine_core._state cimport Instrument, NO_SLOT, State, id_add, id_slot
from engine_core._wire cimport (
    CreateInstrument,
    FeesChanged,
    InstrumentCreated,
    InstrumentRulesChanged,
    SetFees,
    SetInstrumentRules,
)
from matching._machine cimport ATOMS_MAX_LOG2
from risk._balances cimport PPM, balance_row


cdef inline bint is_text(const uint8_t *text, bint with_dash) noexcept nogil:
    """Return whether 24 zero-padded bytes are one or more of A-Z, 0-9 and, if so said, '-'."""
    cdef int at = 0
    cdef int length
    while at < 24 and (
        b"A" <= text[at] <= b"Z" or b"0" <= text[at] <= b"9" or (with_dash and text[at] == b"-")
    ):
        at += 1
    length = at
    while at < 24 and text[at] == 0:
        at += 1
    return length > 0 and at == 24


cdef inline bint is_within(int64_t value, int64_t first, int64_t last) noexcept nogil:
    return first <= value <= last


cdef inline bint is_exact(const CreateInstrument *command) noexcept nogil:
    """Return whether every number of an instrument is one the core can work with."""
    cdef int64_t atoms_max = <int64_t>1 << ATOMS_MAX_LOG2
    cdef int64_t bound = (<int64_t>1 << TICKS_LOTS_LOG2) - 1
    return (
        command.base_asset_id != command.quote_asset_id
        and is_within(command.quote_atoms_per_tick_lot, 1, atoms_max)
        and is_within(command.base_atoms_per_lot, 1, atoms_max)
        and command.maker_fee_ppm <= PPM
        and command.taker_fee_ppm <= PPM
        and command.band_bps <= BAND_BPS_MAX
        and command.min_notional_atoms >= 0
        and is_within(command.price_max_ticks, 0, bound)
        and is_within(command.qty_max_lots, 0, bound)
        and is_text(command.symbol, True)
    )


cdef inline void set_terms(Instrument *listed, const CreateInstrument *command) noexcept nogil:
    """Set all of an instrument that may change, every bound spelled out."""
    cdef int64_t bound = (<int64_t>1 << TICKS_LOTS_LOG2) - 1
    listed.k = command.quote_atoms_per_tick_lot
    listed.base_atoms_per_lot = command.base_atoms_per_lot
    listed.maker_fee_ppm = command.maker_fee_ppm
    listed.taker_fee_ppm = command.taker_fee_ppm
    listed.band_bps = command.band_bps
    listed.min_notional_atoms = command.min_notional_atoms
    listed.price_max_ticks = command.price_max_ticks if command.price_max_ticks else bound
    listed.qty_max_lots = command.qty_max_lots if command.qty_max_lots else bound


cdef inline void list_instrument(State *state, const CreateInstrument *command, uint32_t base,
                                 uint32_t quote) noexcept nogil:
    """Add an instrument, halted. The memory of its book is there already."""
    cdef uint32_t slot = id_add(&state.instrument_ids, command.instrument_id)
    cdef Instrument *listed = &state.instrument[slot]
    listed.instrument_id = command.instrument_id
    listed.base = base
    listed.quote = quote
    listed.base_fee_row = balance_row(&state.balances, 0, base)
    listed.quote_fee_row = balance_row(&state.balances, 0, quote)
    listed.next_trade_id = 1
    listed.trading_status = STATUS_HALT
    memcpy(listed.symbol, command.symbol, 24)
    set_terms(listed, command)


cdef inline void say_terms(State *state, const Instrument *listed, uint8_t kind) noexcept nogil:
    """State what an instrument is from here on."""
    cdef InstrumentCreated *event = <InstrumentCreated *>say(state)
    event.kind = kind
    event.instrument_id = listed.instrument_id
    event.base_asset_id = state.asset[listed.base].asset_id
    event.ts_ns = state.ts_ns
    event.quote_asset_id = state.asset[listed.quote].asset_id
    event.maker_fee_ppm = listed.maker_fee_ppm
    event.taker_fee_ppm = listed.taker_fee_ppm
    event.band_bps = listed.band_bps
    event.quote_atoms_per_tick_lot = listed.k
    event.base_atoms_per_lot = listed.base_atoms_per_lot
    event.min_notional_atoms = listed.min_notional_atoms
    event.price_max_ticks = listed.price_max_ticks
    event.qty_max_lots = listed.qty_max_lots
    memcpy(event.symbol, listed.symbol, 24)


cdef inline uint16_t create_instrument(State *state,
                                       const CreateInstrument *command) noexcept nogil:
    """Create an instrument; return why not, or NONE."""
    cdef uint32_t base = id_slot(&state.asset_ids, command.base_asset_id)
    cdef uint32_t quote = id_slot(&state.asset_ids, command.quote_asset_id)
    if command.instrument_id == 0:
        return MALFORMED
    if id_slot(&state.instrument_ids, command.instrument_id) != NO_SLOT:
        return ALREADY_EXISTS
    if base == NO_SLOT or quote == NO_SLOT:
        return UNKNOWN_ASSET
    if not is_exact(command):
        return INVALID_INSTRUMENT
    if state.instrument_ids.count >= INSTRUMENTS_MAX:
        return CAPACITY
    list_instrument(state, command, base, quote)
    say_terms(state, &state.instrument[state.instrument_ids.count - 1], EVENT_INSTRUMENT_CREATED)
    return NONE


cdef inline bint changes_units(const Instrument *listed,
                               const CreateInstrument *command) noexcept nogil:
    return (
        command.quote_atoms_per_tick_lot != listed.k
        or command.base_atoms_per_lot != listed.base_atoms_per_lot
    )


cdef inline uint16_t named_refusal(const State *state, uint32_t instrument_id) noexcept nogil:
    """Return why no instrument of that name can be changed, or NONE."""
    cdef uint32_t slot = id_slot(&state.instrument_ids, instrument_id)
    if instrument_id == 0:
        return MALFORMED
    if slot == NO_SLOT:
        return UNKNOWN_INSTRUMENT
    if state.instrument[slot].trading_status == STATUS_CLOSED:
        return INVALID_TRANSITION
    return NONE


cdef inline uint16_t update_refusal(const State *state, const Instrument *listed,
                                    const CreateInstrument *command) noexcept nogil:
    """Return why an instrument cannot have these terms, or NONE."""
    if (
        command.base_asset_id != state.asset[listed.base].asset_id
        or command.quote_asset_id != state.asset[listed.quote].asset_id
        or memcmp(command.symbol, listed.symbol, 24) != 0
        or not is_exact(command)
    ):
        return INVALID_INSTRUMENT
    if not changes_units(listed, command):
        return NONE
    if listed.trading_status != STATUS_HALT or listed.uncross_price_ticks != 0:
        return INVALID_TRANSITION
    return BOOK_NOT_EMPTY if listed.open_orders != 0 else NONE


cdef inline void close_window(Instrument *instrument) noexcept nogil:
    """Forget how far prices have moved: the breaker's next window starts anew."""
    instrument.breaker_reference_ticks = 0
    instrument.breaker_window_start_ns = 0


cdef inline uint16_t update_instrument(State *state,
                                       const CreateInstrument *command) noexcept nogil:
    """Change an instrument's terms; return why not, or NONE. In new units no old price counts."""
    cdef uint16_t reason = named_refusal(state, command.instrument_id)
    cdef Instrument *listed
    if reason != NONE:
        return reason
    listed = &state.instrument[id_slot(&state.instrument_ids, command.instrument_id)]
    reason = update_refusal(state, listed, command)
    if reason != NONE:
        return reason
    if changes_units(listed, command):
        listed.last_trade_price_ticks = 0
        listed.reference_price_ticks = 0
        close_window(listed)
    set_terms(listed, command)
    say_terms(state, listed, EVENT_INSTRUMENT_UPDATED)
    return NONE


cdef inline bint are_rules(const Instrument *listed,
                           const SetInstrumentRules *command) noexcept nogil:
    return (
        command.collar_bps <= RULE_BPS_MAX
        and command.breaker_bps <= RULE_BPS_MAX
        and (command.breaker_bps == 0 or command.breaker_window_s != 0)
        and command.breaker_window_s <= WINDOW_S_MAX
        and command.auction_s <= WINDOW_S_MAX
        and is_within(command.reference_price_ticks, 0, listed.price_max_ticks)
    )


cdef inline uint16_t set_instrument_rules(State *state,
                                          const SetInstrumentRules *command) noexcept nogil:
    """Set what guards an instrument's price; return why not, or NONE."""
    cdef uint16_t reason = named_refusal(state, command.instrument_id)
    cdef Instrument *listed
    cdef InstrumentRulesChanged *event
    if reason != NONE:
        return reason
    listed = &state.instrument[id_slot(&state.instrument_ids, command.instrument_id)]
    if not are_rules(listed, command):
        return INVALID_INSTRUMENT
    listed.collar_bps = command.collar_bps
    listed.breaker_bps = command.breaker_bps
    listed.breaker_window_s = command.breaker_window_s
    listed.auction_s = command.auction_s
    listed.reference_price_ticks = command.reference_price_ticks
    close_window(listed)
    event = <InstrumentRulesChanged *>say(state)
    event.kind = EVENT_INSTRUMENT_RULES_CHANGED
    event.instrument_id = command.instrument_id
    event.collar_bps = command.collar_bps
    event.ts_ns = state.ts_ns
    event.breaker_bps = command.breaker_bps
    event.breaker_window_s = command.breaker_window_s
    event.auction_s = command.auction_s
    event.reference_price_ticks = command.reference_price_ticks
    return NONE


cdef inline uint16_t set_fees(State *state, const SetFees *command) noexcept nogil:
    """Set what a tier of accounts pays in an instrument; return why not, or NONE."""
    cdef uint16_t reason = named_refusal(state, command.instrument_id)
    cdef Instrument *listed
    cdef FeesChanged *event
    if reason != NONE:
        return reason
    if (
        not 1 <= command.tier < FEE_TIERS_MAX
        or command.maker_fee_ppm > PPM or command.taker_fee_ppm > PPM
    ):
        return INVALID_INSTRUMENT
    listed = &state.instrument[id_slot(&state.instrument_ids, command.instrument_id)]
    listed.fee_tiers |= <uint16_t>(1 << command.tier)
    listed.tier_maker_fee_ppm[command.tier] = command.maker_fee_ppm
    listed.tier_taker_fee_ppm[command.tier] = command.taker_fee_ppm
    event = <FeesChanged *>say(state)
    event.kind = EVENT_FEES_CHANGED
    event.tier = command.tier
    event.instrument_id = command.instrument_id
    event.ts_ns = state.ts_ns
    event.maker_fee_ppm = command.maker_fee_ppm
    event.taker_fee_ppm = command.taker_fee_ppm
    return NONE
