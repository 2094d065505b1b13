# cython: language_level=3, cdivision=True
"""Trailing stops: the trigger price follows the market at a distance, and never turns back.

An instrument's pending ones are linked by order_id. All of them have been moved by what traded so
far: only a price beyond the nearest of their best prices yet can move one again.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint32_t

from engine_core._numbers cimport BPS, TICKS_LOTS_LOG2
from engine_core._slices cimport terms_of
from engine_core._state cimport Instrument, State
from engine_core._waiting cimport queue_met, scaled_bps, stop_waiting, wait
from matching._book cimport SELL
from matching._machine cimport likely
from matching._terms cimport OrderTerms, STAGE_WAITING


cdef inline int64_t trailing_trigger_ticks(uint8_t side, int64_t water_ticks,
                                           int64_t trailing_bps) noexcept nogil:
    """Return the trigger price at a distance from the best price there was."""
    cdef int64_t bound = (<int64_t>1 << TICKS_LOTS_LOG2) - 1
    if side == SELL:
        return max(scaled_bps(water_ticks, BPS - trailing_bps, 0), <int64_t>1)
    return min(scaled_bps(water_ticks, BPS + trailing_bps, BPS - 1), bound)


cdef inline void note_water(Instrument *instrument, uint8_t side,
                            int64_t water_ticks) noexcept nogil:
    if side == SELL:
        instrument.lowest_sell_water_ticks = min(instrument.lowest_sell_water_ticks, water_ticks)
    else:
        instrument.highest_buy_water_ticks = max(instrument.highest_buy_water_ticks, water_ticks)


cdef inline void forget_water(Instrument *instrument) noexcept nogil:
    instrument.lowest_sell_water_ticks = INT64_MAX
    instrument.highest_buy_water_ticks = 0


cdef inline void begin_trailing(State *state, Instrument *instrument, uint32_t slot) noexcept nogil:
    """Add a new trailing stop to its instrument's. Ids only grow, so it is the last."""
    cdef OrderTerms *terms = terms_of(state, slot)
    if instrument.trailing_count == 0:
        forget_water(instrument)
    terms.trails_newer = 0
    terms.trails_older = instrument.trailing_newest
    if instrument.trailing_newest:
        terms_of(state, instrument.trailing_newest).trails_newer = slot
    else:
        instrument.trailing_oldest = slot
    instrument.trailing_newest = slot
    instrument.trailing_count += 1
    note_water(instrument, state.orders.book[slot].side, terms.water_ticks)


cdef inline void end_trailing(State *state, Instrument *instrument,
                              const OrderTerms *terms) noexcept nogil:
    if terms.trails_older:
        terms_of(state, terms.trails_older).trails_newer = terms.trails_newer
    else:
        instrument.trailing_oldest = terms.trails_newer
    if terms.trails_newer:
        terms_of(state, terms.trails_newer).trails_older = terms.trails_older
    else:
        instrument.trailing_newest = terms.trails_older
    instrument.trailing_count -= 1


cdef inline void follow(State *state, Instrument *instrument, uint32_t slot,
                        int64_t last_ticks) noexcept nogil:
    """Let the trigger of a waiting order follow a new best price, behind those already there."""
    cdef OrderTerms *terms = terms_of(state, slot)
    cdef uint8_t side = state.orders.book[slot].side
    cdef int64_t trigger_ticks
    if last_ticks <= terms.water_ticks if side == SELL else last_ticks >= terms.water_ticks:
        return
    terms.water_ticks = last_ticks
    trigger_ticks = trailing_trigger_ticks(side, last_ticks, terms.trailing_bps)
    if trigger_ticks != terms.trigger_price_ticks:
        stop_waiting(state, instrument, slot, terms)
        terms.trigger_price_ticks = trigger_ticks
        wait(state, instrument, slot, terms)


cdef inline void move_trailing(State *state, Instrument *instrument) noexcept nogil:
    """Let every waiting trailing stop follow the last trade, by order_id."""
    cdef int64_t last_ticks = instrument.last_trade_price_ticks
    cdef uint32_t slot = instrument.trailing_oldest
    cdef const OrderTerms *terms
    if last_ticks == 0 or (
        last_ticks <= instrument.lowest_sell_water_ticks
        and last_ticks >= instrument.highest_buy_water_ticks
    ):
        return
    forget_water(instrument)
    while slot:
        terms = terms_of(state, slot)
        if terms.stage == STAGE_WAITING:
            follow(state, instrument, slot, last_ticks)
        note_water(instrument, state.orders.book[slot].side, terms.water_ticks)
        slot = terms.trails_newer


cdef inline void queue_newly_met(State *state, Instrument *instrument) noexcept nogil:
    """Queue what the last trade meets, trailing stops moved first."""
    if not likely(instrument.trailing_count == 0):
        move_trailing(state, instrument)
    queue_met(state, instrument)
