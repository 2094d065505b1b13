# cython: language_level=3, cdivision=True
"""Stops and take-profits before their condition is met: two trees of trigger prices an instrument,
first in first out at each price, and the queue of those whose condition was met.

A pending order is in no book. It stands in its tree or in the queue, in the same links that tie a
level of the book together.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from engine_core._numbers cimport (
    BPS,
    TYPE_MARKET,
    TYPE_STOP,
    TYPE_STOP_LIMIT,
    TYPE_TAKE_PROFIT,
    TYPE_TRAILING_STOP,
)
from engine_core._state cimport Instrument, State
from matching._book cimport BUY
from matching._far cimport (
    Level,
    far_find,
    far_first,
    far_insert,
    far_leaf_key,
    far_remove,
)
from matching._orders cimport BookOrder
from matching._terms cimport OrderTerms, PENDING, STAGE_QUEUED, STAGE_WAITING


cdef inline bint is_stop(uint8_t order_type) noexcept nogil:
    """Return whether an order of this type waits for a trade at its trigger price."""
    return order_type > TYPE_MARKET


cdef inline bint takes_at_market(uint8_t order_type) noexcept nogil:
    return (
        (1 << TYPE_MARKET | 1 << TYPE_STOP | 1 << TYPE_TAKE_PROFIT | 1 << TYPE_TRAILING_STOP)
        >> order_type & 1
    )


cdef inline bint rises(uint8_t side, uint8_t order_type) noexcept nogil:
    """Return whether a stop waits for a price at or above its trigger, not at or below it."""
    return (side == BUY) == (
        (1 << TYPE_STOP | 1 << TYPE_STOP_LIMIT | 1 << TYPE_TRAILING_STOP) >> order_type & 1
    )


cdef inline bint is_met(const Instrument *instrument, uint8_t side, uint8_t order_type,
                        int64_t trigger_price_ticks) noexcept nogil:
    """Return whether the last trade meets a condition."""
    cdef int64_t last_ticks = instrument.last_trade_price_ticks
    if last_ticks == 0:
        return False
    if rises(side, order_type):
        return last_ticks >= trigger_price_ticks
    return last_ticks <= trigger_price_ticks


cdef inline int64_t scaled_bps(int64_t price_ticks, int64_t bps, int64_t round_up) noexcept nogil:
    """Return price x bps / 10,000. The whole part first: the product would not fit 64 bits."""
    return price_ticks // BPS * bps + (price_ticks % BPS * bps + round_up) // BPS


cdef inline int64_t held_price_ticks(const Instrument *instrument, uint8_t side,
                                     uint8_t order_type,
                                     int64_t trigger_price_ticks) noexcept nogil:
    """Return the price at which an order without one holds its lots while it waits: to buy, at the
    far end of the band around its trigger as it is now; 0 for any other order.
    """
    if side == BUY and takes_at_market(order_type):
        return scaled_bps(trigger_price_ticks, BPS + <int64_t>instrument.band_bps, BPS - 1)
    return 0


cdef inline int64_t trigger_key(bint rising, int64_t trigger_price_ticks) noexcept nogil:
    """Return a key in which what is met first is lowest; applied to a key it returns the price."""
    return trigger_price_ticks if rising else -trigger_price_ticks


cdef inline void link_newest(State *state, uint32_t *oldest, uint32_t *newest,
                             uint32_t slot) noexcept nogil:
    cdef BookOrder *order = &state.orders.book[slot]
    order.newer = 0
    order.older = newest[0]
    if newest[0]:
        state.orders.book[newest[0]].newer = slot
    else:
        oldest[0] = slot
    newest[0] = slot


cdef inline void unlink(State *state, uint32_t *oldest, uint32_t *newest,
                        uint32_t slot) noexcept nogil:
    cdef const BookOrder *order = &state.orders.book[slot]
    if order.older:
        state.orders.book[order.older].newer = order.newer
    else:
        oldest[0] = order.newer
    if order.newer:
        state.orders.book[order.newer].older = order.older
    else:
        newest[0] = order.older


cdef inline void wait(State *state, Instrument *instrument, uint32_t slot,
                      OrderTerms *terms) noexcept nogil:
    """Let an open order that is in no book wait for its trigger, behind those already there."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef bint rising = rises(order.side, state.orders.detail[slot].order_type)
    cdef int64_t key = trigger_key(rising, terms.trigger_price_ticks)
    cdef Level *level = far_find(&state.far, instrument.waiting[rising], key)
    if level == NULL:
        level = far_insert(&state.far, &instrument.waiting[rising], key)
    order.place = state.next_place
    state.next_place += 1
    order.flags |= PENDING
    terms.stage = STAGE_WAITING
    state.pending_orders += 1
    link_newest(state, &level.oldest, &level.newest, slot)


cdef inline void stop_waiting(State *state, Instrument *instrument, uint32_t slot,
                              const OrderTerms *terms) noexcept nogil:
    """Take a pending order from where it stands."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef bint rising
    cdef int64_t key
    cdef Level *level
    order.flags &= <uint8_t>~PENDING
    state.pending_orders -= 1
    if terms.stage == STAGE_QUEUED:
        unlink(state, &instrument.queue_oldest, &instrument.queue_newest, slot)
        state.queued_orders -= 1
        return
    rising = rises(order.side, state.orders.detail[slot].order_type)
    key = trigger_key(rising, terms.trigger_price_ticks)
    level = far_find(&state.far, instrument.waiting[rising], key)
    unlink(state, &level.oldest, &level.newest, slot)
    if level.oldest == 0:
        far_remove(&state.far, &instrument.waiting[rising], key)


cdef inline void queue_level(State *state, Instrument *instrument, bint rising,
                             uint32_t leaf) noexcept nogil:
    """Move all orders of one trigger price to the back of the queue."""
    cdef int64_t key = far_leaf_key(&state.far, leaf)
    cdef uint32_t slot = state.far.node[leaf].level.oldest
    cdef uint32_t newer
    while slot:
        newer = state.orders.book[slot].newer
        state.terms.row[state.orders.terms_of[slot]].stage = STAGE_QUEUED
        state.queued_orders += 1
        link_newest(state, &instrument.queue_oldest, &instrument.queue_newest, slot)
        slot = newer
    far_remove(&state.far, &instrument.waiting[rising], key)


cdef inline void queue_met(State *state, Instrument *instrument) noexcept nogil:
    """Queue what the last trade meets: rising conditions first, each side's nearest first."""
    cdef int64_t last_ticks = instrument.last_trade_price_ticks
    cdef uint32_t leaf
    cdef int rising
    if last_ticks == 0:
        return
    for rising in range(1, -1, -1):
        while instrument.waiting[rising]:
            leaf = far_first(&state.far, instrument.waiting[rising])
            if far_leaf_key(&state.far, leaf) > trigger_key(rising, last_ticks):
                break
            queue_level(state, instrument, rising, leaf)
