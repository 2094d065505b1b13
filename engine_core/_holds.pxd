# cython: language_level=3, cdivision=True
"""What open orders hold, and the two legs of a list that hold as one until one of them goes on.

Linked legs are of one account, instrument and side, and of the same quantity: neither has traded
or was reduced. At most one of them is in the book.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from engine_core._account_limits cimport note_open_lots
from engine_core._slices cimport open_lots, terms_of
from engine_core._state cimport Instrument, State
from matching._book cimport BUY
from matching._orders cimport BookOrder
from matching._terms cimport LINKED, OrderTerms, PENDING


cdef inline int64_t hold_atoms(const Instrument *instrument, uint8_t side, int64_t price_ticks,
                               int64_t qty_lots) noexcept nogil:
    """Return what an order holds for lots: quote for a buy, base for a sell. A market buy has no
    price and holds nothing beyond what its fills cost.
    """
    cdef int64_t lot_atoms = price_ticks * instrument.k
    if side != BUY:  # a select, no branch: nobody can predict the side
        lot_atoms = instrument.base_atoms_per_lot
    return qty_lots * lot_atoms


cdef inline int64_t pending_hold_atoms(const Instrument *instrument, const BookOrder *order,
                                       const OrderTerms *terms) noexcept nogil:
    """Return what a pending order holds: at its limit, or the price noted as it entered."""
    cdef int64_t price_ticks = terms.hold_price_ticks
    if price_ticks == 0:
        price_ticks = order.price_ticks
    return hold_atoms(instrument, order.side, price_ticks, order.leaves_qty_lots)


cdef inline int64_t open_hold_atoms(State *state, uint32_t slot) noexcept nogil:
    """Return what an open order holds on its own."""
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const Instrument *instrument = &state.instrument[order.instrument]
    if order.flags & PENDING:
        return pending_hold_atoms(instrument, order, terms_of(state, slot))
    return hold_atoms(instrument, order.side, order.price_ticks, open_lots(state, slot))


cdef inline int64_t pair_hold_atoms(State *state, uint32_t slot) noexcept nogil:
    """Return what a linked leg holds together with the other: what the larger needs."""
    return max(open_hold_atoms(state, slot),
               open_hold_atoms(state, terms_of(state, slot).other_leg))


cdef inline void link_legs(State *state, uint32_t one, uint32_t other) noexcept nogil:
    """Let two open orders count as one."""
    terms_of(state, one).other_leg = other
    terms_of(state, other).other_leg = one
    state.orders.book[one].flags |= LINKED
    state.orders.book[other].flags |= LINKED
    note_open_lots(state, &state.orders.book[other], -open_lots(state, other))


cdef inline uint32_t unlink_legs(State *state, uint32_t slot) noexcept nogil:
    """Let two legs be orders of their own; return the other."""
    cdef uint32_t other = terms_of(state, slot).other_leg
    state.orders.book[slot].flags &= <uint8_t>~LINKED
    state.orders.book[other].flags &= <uint8_t>~LINKED
    note_open_lots(state, &state.orders.book[other], open_lots(state, other))
    return other
