# cython: language_level=3, cdivision=True
"""An instrument's status, and the time at which an auction ends by itself."""

from libc.stdint cimport INT64_MAX, uint8_t, uint32_t, uint64_t

from engine_core._deadlines cimport DEADLINE_AUCTION, NS_PER_S, deadline_add, deadline_remove
from engine_core._endings cimport say
from engine_core._numbers cimport EVENT_TRADING_STATUS_CHANGED, STATUS_AUCTION
from engine_core._state cimport Instrument, State
from engine_core._wire cimport TradingStatusChanged


cdef inline void forget_auction_end(State *state, Instrument *instrument) noexcept nogil:
    if instrument.auction_ends_ns:
        deadline_remove(&state.auction_ends, instrument.auction_end)
        instrument.auction_ends_ns = 0


cdef inline void set_auction_end(State *state, Instrument *instrument) noexcept nogil:
    """Let an auction that begins now end in its time, if it has one that can come."""
    cdef uint64_t ends_ns = state.ts_ns + instrument.auction_s * <uint64_t>NS_PER_S
    if instrument.auction_s == 0 or ends_ns > <uint64_t>INT64_MAX:
        return
    instrument.auction_ends_ns = ends_ns
    instrument.auction_end = deadline_add(
        &state.auction_ends, ends_ns, DEADLINE_AUCTION, instrument.instrument_id,
        <uint32_t>(instrument - state.instrument)
    )


cdef inline void enter_status(State *state, Instrument *instrument, uint8_t target,
                              uint8_t cause) noexcept nogil:
    """Put an instrument into a status, and say so."""
    cdef TradingStatusChanged *event
    forget_auction_end(state, instrument)
    instrument.trading_status = target
    if target == STATUS_AUCTION:
        set_auction_end(state, instrument)
    event = <TradingStatusChanged *>say(state)
    event.kind = EVENT_TRADING_STATUS_CHANGED
    event.trading_status = target
    event.cause = cause
    event.instrument_id = instrument.instrument_id
    event.ts_ns = state.ts_ns
    event.auction_ends_ns = instrument.auction_ends_ns
