# cython: language_level=3, cdivision=True
"""An order on its way: what it holds, how it rests, and how it ends or shrinks without a trade.

A taker is an order that is in no book: a new one, in the command's own memory, or one being
replaced, in its slot.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from engine_core._account_limits cimport note_open_lots
from engine_core._deadlines cimport DEADLINE_ORDER, NS_PER_S, deadline_add, deadline_remove
from engine_core._holds cimport (
    hold_atoms,
    open_hold_atoms,
    pair_hold_atoms,
    unlink_legs,
)
from engine_core._numbers cimport (
    CANCEL_OTHER_LEG,
    CANCEL_SELF_TRADE,
    EVENT_ORDER_CANCELED,
    EVENT_ORDER_REDUCED,
    EVENT_ORDER_RESTED,
    TIF_GTC,
    TIF_GTD,
)
from engine_core._slices cimport (
    hidden_lots,
    hide,
    open_lots,
    own_terms,
    slice_off,
    surface,
    terms_of,
)
from engine_core._state cimport Account, Instrument, State
from engine_core._trailing cimport begin_trailing, end_trailing
from engine_core._waiting cimport stop_waiting
from engine_core._wire cimport EVENT_BYTES, OrderClosed, OrderRested
from matching._book cimport join, leave, lessen
from matching._machine cimport clear_128_bytes, likely, unlikely
from matching._orders cimport BookOrder, OrderDetail, order_add, order_free
from matching._terms cimport HAS_TERMS, HIDES, LINKED, OrderTerms, PENDING, terms_free
from risk._balances cimport BalanceRow, hold


cdef struct Taker:
    BookOrder *order
    OrderDetail *detail
    int64_t budget_atoms    # of a market order by budget, whose quantity is 0; else 0
    uint32_t slot           # 0 for a new order
    const OrderTerms *terms # of a new order that has some; else NULL


cdef inline void *say(State *state) noexcept nogil:
    """Return the next event, all zero. There is room: ``reserve`` saw to it."""
    cdef char *event = state.events + state.event_count * EVENT_BYTES
    clear_128_bytes(event)
    state.event_count += 1
    return event


cdef inline Instrument *instrument_of(State *state, const BookOrder *order) noexcept nogil:
    return &state.instrument[order.instrument]


cdef inline uint64_t visible_change(Instrument *instrument) noexcept nogil:
    """Return the ``book_seq`` of one more visible change of the book."""
    instrument.book_seq += 1
    return instrument.book_seq


cdef inline bint may_rest(uint8_t time_in_force) noexcept nogil:
    return time_in_force == TIF_GTC or time_in_force == TIF_GTD


cdef inline void account_join(State *state, uint32_t slot) noexcept nogil:
    """Add a new order to its account's open ones. Ids only grow, so the list is in their order."""
    cdef Account *account = &state.account[state.orders.book[slot].account]
    cdef OrderDetail *detail = &state.orders.detail[slot]
    detail.account_newer = 0
    detail.account_older = account.open_newest
    if account.open_newest:
        state.orders.detail[account.open_newest].account_newer = slot
    else:
        account.open_oldest = slot
    account.open_newest = slot
    account.open_count += 1


cdef inline void account_leave(State *state, uint32_t slot) noexcept nogil:
    cdef Account *account = &state.account[state.orders.book[slot].account]
    cdef const OrderDetail *detail = &state.orders.detail[slot]
    if detail.account_older:
        state.orders.detail[detail.account_older].account_newer = detail.account_newer
    else:
        account.open_oldest = detail.account_newer
    if detail.account_newer:
        state.orders.detail[detail.account_newer].account_older = detail.account_older
    else:
        account.open_newest = detail.account_older
    account.open_count -= 1


cdef inline void attach_terms(State *state, uint32_t slot, const OrderTerms *terms) noexcept nogil:
    """Keep what an open order has beyond a plain one; watch its date, let its trigger follow."""
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef OrderTerms *row = own_terms(state, slot, terms)
    if row.expire_s:
        row.deadline = deadline_add(&state.deadlines, row.expire_s * <uint64_t>NS_PER_S,
                                    DEADLINE_ORDER, order.order_id, slot)
    if row.trailing_bps:
        begin_trailing(state, instrument_of(state, order), slot)


cdef inline void detach_terms(State *state, uint32_t slot) noexcept nogil:
    cdef const OrderTerms *row = terms_of(state, slot)
    if row.deadline:
        deadline_remove(&state.deadlines, row.deadline)
    if row.trailing_bps:
        end_trailing(state, instrument_of(state, &state.orders.book[slot]), row)
    terms_free(&state.terms, state.orders.terms_of[slot])


cdef inline void forget(State *state, uint32_t slot) noexcept nogil:
    """An order is over; it is in no queue any more."""
    if unlikely(state.orders.book[slot].flags & HAS_TERMS):
        detach_terms(state, slot)
    instrument_of(state, &state.orders.book[slot]).open_orders -= 1
    note_open_lots(state, &state.orders.book[slot], -state.orders.book[slot].leaves_qty_lots)
    account_leave(state, slot)
    order_free(&state.orders, slot)


cdef inline uint32_t open_slot(State *state, Instrument *instrument,
                               const Taker *taker) noexcept nogil:
    """Return the slot of a new order, which is open from here on and in no book yet."""
    cdef uint32_t slot = order_add(&state.orders, taker.order.order_id)
    memcpy(&state.orders.book[slot], taker.order, sizeof(BookOrder))
    memcpy(&state.orders.detail[slot], taker.detail, sizeof(OrderDetail))
    account_join(state, slot)
    note_open_lots(state, taker.order, taker.order.leaves_qty_lots)
    instrument.open_orders += 1
    if unlikely(taker.terms != NULL):
        attach_terms(state, slot, taker.terms)
    return slot


cdef inline void join_tail(State *state, Instrument *instrument, uint32_t slot) noexcept nogil:
    cdef BookOrder *order = &state.orders.book[slot]
    order.place = state.next_place
    state.next_place += 1
    join(&instrument.side[order.side], &state.far, &state.orders, slot)


cdef inline uint32_t enter_book(State *state, Instrument *instrument,
                                const Taker *taker) noexcept nogil:
    """Rest a taker at the back of its price; return its slot."""
    cdef uint32_t slot = taker.slot
    if slot == 0:
        slot = open_slot(state, instrument, taker)
    if unlikely(state.orders.book[slot].flags & HAS_TERMS):
        slice_off(state, slot)
    join_tail(state, instrument, slot)
    return slot


cdef inline void say_rested(State *state, Instrument *instrument, uint32_t slot) noexcept nogil:
    """State that an order has joined the tail of its level."""
    cdef OrderRested *event = <OrderRested *>say(state)
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const BalanceRow *spent = &state.balances.row[order.spent_row]
    event.kind = EVENT_ORDER_RESTED
    event.side = order.side
    event.account_id = state.account[order.account].account_id
    event.instrument_id = instrument.instrument_id
    event.ts_ns = state.ts_ns
    event.order_id = order.order_id
    event.price_ticks = order.price_ticks
    event.visible_qty_lots = order.leaves_qty_lots
    event.leaves_qty_lots = open_lots(state, slot)
    event.available_atoms = spent.available_atoms
    event.held_atoms = spent.held_atoms
    event.book_seq = visible_change(instrument)


cdef inline void refill(State *state, Instrument *instrument, uint32_t slot) noexcept nogil:
    """Show the next slice of an iceberg whose last one is gone, behind all others at its price."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderTerms *terms = terms_of(state, slot)
    order.leaves_qty_lots = terms.hidden_qty_lots
    hide(state, order, terms, 0)
    slice_off(state, slot)
    join_tail(state, instrument, slot)
    say_rested(state, instrument, slot)


cdef inline OrderClosed *say_closed(State *state, uint8_t kind, uint16_t reason,
                                    const BookOrder *order,
                                    const OrderDetail *detail, uint64_t book_seq) noexcept nogil:
    """State that an order was canceled, expired or reduced, its balance as it is now; it hides
    nothing.
    """
    cdef OrderClosed *event = <OrderClosed *>say(state)
    cdef const BalanceRow *spent = &state.balances.row[order.spent_row]
    event.kind = kind
    event.side = order.side
    event.reason = reason
    event.account_id = state.account[order.account].account_id
    event.instrument_id = state.instrument[order.instrument].instrument_id
    event.ts_ns = state.ts_ns
    event.order_id = order.order_id
    event.price_ticks = order.price_ticks
    event.qty_lots = order.leaves_qty_lots
    event.cum_qty_lots = detail.qty_lots - order.leaves_qty_lots
    event.available_atoms = spent.available_atoms
    event.held_atoms = spent.held_atoms
    event.book_seq = book_seq
    memcpy(event.client_order_id, detail.client_order_id, 28)
    return event


cdef inline void release(State *state, const Instrument *instrument, const BookOrder *order,
                         int64_t qty_lots) noexcept nogil:
    """Give back what an order holds for lots."""
    hold(&state.balances.row[order.spent_row],
         -hold_atoms(instrument, order.side, order.price_ticks, qty_lots))


cdef inline void come_out(State *state, Instrument *instrument, uint32_t slot) noexcept nogil:
    """Take an order out of the book with all its leaves, those it hid too."""
    cdef const BookOrder *order = &state.orders.book[slot]
    leave(&instrument.side[order.side], &state.far, &state.orders, slot)
    if unlikely(order.flags & HIDES):
        surface(state, slot)


cdef inline void take_lots_off(State *state, Instrument *instrument, uint32_t slot,
                               int64_t qty_lots) noexcept nogil:
    """Take lots off an order in the book, hidden ones first: it keeps its place."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef int64_t hidden_qty_lots = hidden_lots(state, slot)
    cdef int64_t first_lots = min(qty_lots, hidden_qty_lots)
    if first_lots:
        hide(state, order, terms_of(state, slot), hidden_qty_lots - first_lots)
    if qty_lots != first_lots:
        lessen(&instrument.side[order.side], &state.far, &state.orders, slot,
               qty_lots - first_lots)


cdef inline void end_holding(State *state, uint32_t slot, uint8_t kind, uint16_t reason,
                             int64_t held_atoms) noexcept nogil:
    """End an open order, in the book or pending, and release so much."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef Instrument *instrument = instrument_of(state, order)
    cdef uint64_t book_seq = 0
    hold(&state.balances.row[order.spent_row], -held_atoms)
    if likely(not order.flags & PENDING):
        come_out(state, instrument, slot)
        book_seq = visible_change(instrument)
    else:
        stop_waiting(state, instrument, slot, terms_of(state, slot))
    say_closed(state, kind, reason, order, &state.orders.detail[slot], book_seq)
    forget(state, slot)


cdef inline void end_pair(State *state, uint32_t slot, uint8_t kind,
                          uint16_t reason) noexcept nogil:
    """End a linked leg, and the other at once: what they held is released with the first."""
    cdef int64_t held_atoms = pair_hold_atoms(state, slot)
    cdef uint32_t other = unlink_legs(state, slot)
    end_holding(state, slot, kind, reason, held_atoms)
    end_holding(state, other, EVENT_ORDER_CANCELED, CANCEL_OTHER_LEG, 0)


cdef inline void end_other_leg(State *state, uint32_t slot) noexcept nogil:
    """A linked leg is about to trade, to be reduced or to trigger: end the other, and release what
    the pair held beyond the leg that goes on.
    """
    cdef int64_t held_atoms = pair_hold_atoms(state, slot) - open_hold_atoms(state, slot)
    end_holding(state, unlink_legs(state, slot), EVENT_ORDER_CANCELED, CANCEL_OTHER_LEG,
                held_atoms)


cdef inline void end_open(State *state, uint32_t slot, uint8_t kind,
                          uint16_t reason) noexcept nogil:
    """End an open order, in the book or pending."""
    if unlikely(state.orders.book[slot].flags & LINKED):
        end_pair(state, slot, kind, reason)
    else:
        end_holding(state, slot, kind, reason, open_hold_atoms(state, slot))


cdef inline void end_taker(State *state, const Taker *taker, uint8_t kind,
                           uint16_t reason) noexcept nogil:
    """End an order that is in no book, whatever is left of it."""
    release(state, instrument_of(state, taker.order), taker.order, taker.order.leaves_qty_lots)
    say_closed(state, kind, reason, taker.order, taker.detail, 0)
    if taker.slot:
        forget(state, taker.slot)


cdef inline void say_reduced(State *state, const BookOrder *order, const OrderDetail *detail,
                             int64_t qty_lots, uint64_t book_seq) noexcept nogil:
    cdef OrderClosed *event = say_closed(
        state, EVENT_ORDER_REDUCED, CANCEL_SELF_TRADE, order, detail, book_seq
    )
    event.qty_lots = qty_lots
    event.leaves_qty_lots = order.leaves_qty_lots


cdef inline void decrement(State *state, const Taker *taker, uint32_t maker,
                           int64_t qty_lots) noexcept nogil:
    """Take lots off both orders, because they are one owner's."""
    cdef BookOrder *order = &state.orders.book[maker]
    cdef OrderDetail *detail = &state.orders.detail[maker]
    cdef Instrument *instrument = instrument_of(state, order)
    cdef int64_t hidden_qty_lots = hidden_lots(state, maker)
    release(state, instrument, order, qty_lots)
    lessen(&instrument.side[order.side], &state.far, &state.orders, maker, qty_lots)
    note_open_lots(state, order, -qty_lots)
    detail.qty_lots -= qty_lots
    order.leaves_qty_lots += hidden_qty_lots
    say_reduced(state, order, detail, qty_lots, visible_change(instrument))
    order.leaves_qty_lots -= hidden_qty_lots
    if order.leaves_qty_lots == 0:
        if hidden_qty_lots:
            refill(state, instrument, maker)
        else:
            forget(state, maker)
    release(state, instrument, taker.order, qty_lots)
    if taker.slot:
        note_open_lots(state, taker.order, -qty_lots)
    taker.order.leaves_qty_lots -= qty_lots
    taker.detail.qty_lots -= qty_lots
    say_reduced(state, taker.order, taker.detail, qty_lots, 0)
    if taker.slot and taker.order.leaves_qty_lots == 0:
        forget(state, taker.slot)
