# cython: language_level=3, cdivision=True
"""What guards an instrument's price: a collar around limit prices, and a breaker that calls an
auction before a trade leaves the band around the price with which the present window began.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from engine_core._deadlines cimport NS_PER_S
from engine_core._instrument_status cimport enter_status
from engine_core._numbers cimport BPS, CAUSE_BREAKER, STATUS_AUCTION
from engine_core._state cimport Instrument, State
from engine_core._waiting cimport scaled_bps
from matching._book cimport SELL
from matching._machine cimport i128, likely


cdef inline int64_t reference_ticks(const Instrument *instrument) noexcept nogil:
    """Return the price an instrument is measured by, 0 if there is none."""
    if instrument.last_trade_price_ticks:
        return instrument.last_trade_price_ticks
    return instrument.reference_price_ticks


cdef inline bint is_outside_collar(const Instrument *instrument,
                                   int64_t price_ticks) noexcept nogil:
    cdef i128 reference = reference_ticks(instrument)
    cdef i128 scaled = <i128>price_ticks * BPS
    cdef int64_t collar_bps = instrument.collar_bps
    if reference == 0:
        return False
    return scaled < reference * (BPS - collar_bps) or scaled > reference * (BPS + collar_bps)


cdef inline bint window_is_over(const State *state, const Instrument *instrument) noexcept nogil:
    cdef uint64_t ends_ns = (
        instrument.breaker_window_start_ns + instrument.breaker_window_s * <uint64_t>NS_PER_S
    )
    return instrument.breaker_reference_ticks == 0 or <uint64_t>state.ts_ns >= ends_ns


cdef inline void begin_taking(const State *state, Instrument *instrument) noexcept nogil:
    """Begin a new window if the last is over, for an accepted order that is about to take."""
    if likely(instrument.breaker_bps == 0):
        return
    if window_is_over(state, instrument) and reference_ticks(instrument) != 0:
        instrument.breaker_reference_ticks = reference_ticks(instrument)
        instrument.breaker_window_start_ns = state.ts_ns


cdef inline int64_t clipped_key(const State *state, const Instrument *instrument,
                                uint8_t maker_side, int64_t reach_key) noexcept nogil:
    """Return the worst key a taker may trade at: its own, or that where the breaker trips; none if
    even the best is too far on the other side.
    """
    cdef int64_t reference = instrument.breaker_reference_ticks
    cdef int64_t bps = instrument.breaker_bps
    cdef int64_t best_key = instrument.side[maker_side].best_key
    cdef int64_t low_ticks, high_ticks
    if window_is_over(state, instrument):
        reference = reference_ticks(instrument)
    if reference == 0:
        return reach_key
    high_ticks = scaled_bps(reference, BPS + bps, 0)
    low_ticks = scaled_bps(reference, BPS - bps, BPS - 1) if bps < BPS else 0
    if maker_side == SELL:
        return min(reach_key, high_ticks if best_key >= low_ticks else best_key - 1)
    return min(reach_key, -low_ticks if best_key >= -high_ticks else best_key - 1)


cdef inline void trip_beyond(State *state, Instrument *instrument,
                             uint8_t maker_side) noexcept nogil:
    """Call an auction if a taker that found no further maker would find one but for the breaker."""
    if instrument.side[maker_side].best_key <= state.own_reach_key:
        enter_status(state, instrument, STATUS_AUCTION, CAUSE_BREAKER)
