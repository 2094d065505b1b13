# cython: language_level=3, cdivision=True
"""Icebergs: what of a resting order the book shows, and what it hides.

In the book an iceberg's ``leaves_qty_lots`` is its slice, so that matching, levels and depth see
nothing else. What is behind the slice stands in its terms, and only while the order rests: a taker
and an order on its way out have all their lots in ``leaves_qty_lots``.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from engine_core._state cimport State
from matching._machine cimport likely
from matching._orders cimport BookOrder, OrderDetail
from matching._terms cimport HIDES, HAS_TERMS, OrderTerms, terms_add


cdef inline OrderTerms *terms_of(State *state, uint32_t slot) noexcept nogil:
    """Return the terms of an order that has some."""
    return &state.terms.row[state.orders.terms_of[slot]]


cdef inline OrderTerms *own_terms(State *state, uint32_t slot, const OrderTerms *new) noexcept nogil:
    """Return the terms of an order, ``new`` ones if it had none."""
    cdef BookOrder *order = &state.orders.book[slot]
    if not order.flags & HAS_TERMS:
        order.flags |= HAS_TERMS
        state.orders.terms_of[slot] = terms_add(&state.terms, new)
    return terms_of(state, slot)


cdef inline int64_t hidden_lots(const State *state, uint32_t slot) noexcept nogil:
    if likely(not state.orders.book[slot].flags & HIDES):
        return 0
    return state.terms.row[state.orders.terms_of[slot]].hidden_qty_lots


cdef inline int64_t open_lots(const State *state, uint32_t slot) noexcept nogil:
    """Return all that is open of an order, shown or not."""
    return state.orders.book[slot].leaves_qty_lots + hidden_lots(state, slot)


cdef inline int64_t filled_lots(const State *state, uint32_t slot) noexcept nogil:
    return state.orders.detail[slot].qty_lots - open_lots(state, slot)


cdef inline uint64_t refills_of(const OrderTerms *terms) noexcept nogil:
    """Return how many slices are still to come."""
    if terms.hidden_qty_lots == 0:
        return 0
    return (terms.hidden_qty_lots - 1) // terms.display_qty_lots + 1


cdef inline void hide(State *state, BookOrder *order, OrderTerms *terms,
                      int64_t qty_lots) noexcept nogil:
    """Let so many lots be hidden."""
    state.refills -= refills_of(terms)
    terms.hidden_qty_lots = qty_lots
    state.refills += refills_of(terms)
    if qty_lots:
        order.flags |= HIDES
    else:
        order.flags &= ~HIDES


cdef inline void slice_off(State *state, uint32_t slot) noexcept nogil:
    """Before an order with terms joins the book: show one slice of it."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderTerms *terms = terms_of(state, slot)
    if 0 < terms.display_qty_lots < order.leaves_qty_lots:
        hide(state, order, terms, order.leaves_qty_lots - terms.display_qty_lots)
        order.leaves_qty_lots = terms.display_qty_lots


cdef inline void surface(State *state, uint32_t slot) noexcept nogil:
    """After an order that hides something left the book: have all of it in one number again."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderTerms *terms = terms_of(state, slot)
    order.leaves_qty_lots += terms.hidden_qty_lots
    hide(state, order, terms, 0)
