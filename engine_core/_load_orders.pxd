# cython: language_level=3, cdivision=True
"""Open orders of a saved state: first each for itself, by id; then into queues, levels and trigger
prices, by place.
"""

from libc.stdint cimport UINT32_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from engine_core._endings cimport Taker, open_slot
from engine_core._holds cimport link_legs
from engine_core._numbers cimport (
    FLAGS_ALL,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    STP_LAST,
    TICKS_LOTS_LOG2,
    TIF_LAST,
    TYPE_LAST,
)
from engine_core._saved_state cimport ORDER_WORDS, Ordered, sort_rows
from engine_core._slices cimport hide, terms_of
from engine_core._state cimport Instrument, NO_SLOT, State, id_slot
from engine_core._waiting cimport is_stop, link_newest, wait
from matching._book cimport BUY, SELL, join
from matching._orders cimport BookOrder, OrderDetail, slot_of
from matching._terms cimport (
    HAS_TERMS,
    LINKED,
    OrderTerms,
    PENDING,
    STAGE_QUEUED,
    STAGE_TRIGGERED,
)
from risk._balances cimport PPM, balance_row


cdef enum OrderWord:        # as engine_core.order.Order.words
    ORDER_ID
    ORDER_ACCOUNT
    ORDER_INSTRUMENT
    ORDER_SIDE
    ORDER_TYPE
    ORDER_TIF
    ORDER_STP
    ORDER_FLAGS
    ORDER_PRICE
    ORDER_QTY
    ORDER_LEAVES
    ORDER_CUM
    ORDER_FEE_DEBT
    ORDER_PLACE
    ORDER_CLIENT_ID
    ORDER_EXPIRE = ORDER_CLIENT_ID + 4
    ORDER_TRIGGER
    ORDER_TRIGGERED
    ORDER_DISPLAY
    ORDER_VISIBLE
    ORDER_TRAILING
    ORDER_WATER
    ORDER_HOLD_PRICE
    ORDER_SIBLING


cdef inline bint waits(const uint64_t *row) noexcept nogil:
    """Return whether an order's trigger price is still to come, or its turn is."""
    return is_stop(<uint8_t>row[<int>ORDER_TYPE]) and not row[<int>ORDER_TRIGGERED]


cdef inline bint are_numbers(const uint64_t *row) noexcept nogil:
    """Return whether every number of an order is one the core can work with."""
    cdef uint64_t leaves = row[<int>ORDER_LEAVES]
    cdef uint64_t visible = row[<int>ORDER_VISIBLE]
    return (
        (
            row[<int>ORDER_PRICE] | row[<int>ORDER_QTY] | row[<int>ORDER_TRIGGER]
            | row[<int>ORDER_DISPLAY] | row[<int>ORDER_WATER] | row[<int>ORDER_CUM] | leaves
        ) >> TICKS_LOTS_LOG2 == 0
        and row[<int>ORDER_HOLD_PRICE] >> 62 == 0
        and leaves > 0 and row[<int>ORDER_QTY] == leaves + row[<int>ORDER_CUM]
        and row[<int>ORDER_FEE_DEBT] < PPM
        and row[<int>ORDER_EXPIRE] <= UINT32_MAX and row[<int>ORDER_CLIENT_ID + 3] <= UINT32_MAX
        and row[<int>ORDER_TRIGGERED] <= 1 and row[<int>ORDER_TRAILING] < 1 << 16
        and (visible == 0 if waits(row) else 0 < visible <= leaves)
        and (waits(row) or visible == leaves or row[<int>ORDER_DISPLAY] > 0)
        and (not row[<int>ORDER_TRAILING] or waits(row))
    )


cdef inline bint are_names(const uint64_t *row) noexcept nogil:
    """Return whether an order's type and the like are ones there are."""
    return (
        row[<int>ORDER_ID] > 0
        and BUY <= row[<int>ORDER_SIDE] <= SELL
        and 1 <= row[<int>ORDER_TYPE] <= TYPE_LAST
        and 1 <= row[<int>ORDER_TIF] <= TIF_LAST
        and 1 <= row[<int>ORDER_STP] <= STP_LAST
        and row[<int>ORDER_FLAGS] & ~<uint64_t>FLAGS_ALL == 0
        and row[<int>ORDER_ACCOUNT] <= UINT32_MAX and row[<int>ORDER_INSTRUMENT] <= UINT32_MAX
    )


cdef inline const OrderTerms *terms_in(const uint64_t *row, OrderTerms *terms) noexcept nogil:
    """Return what an order has beyond a plain one, NULL if nothing."""
    cdef int at
    cdef uint64_t any_ = 0
    for at in range(<int>ORDER_EXPIRE, ORDER_WORDS):
        if at != <int>ORDER_VISIBLE:
            any_ |= row[at]
    if any_ == 0 and not waits(row):
        return NULL
    memset(terms, 0, sizeof(OrderTerms))
    terms.expire_s = <uint32_t>row[<int>ORDER_EXPIRE]
    terms.trigger_price_ticks = <int64_t>row[<int>ORDER_TRIGGER]
    if row[<int>ORDER_TRIGGERED]:
        terms.stage = STAGE_TRIGGERED
    terms.display_qty_lots = <int64_t>row[<int>ORDER_DISPLAY]
    terms.trailing_bps = <uint16_t>row[<int>ORDER_TRAILING]
    terms.water_ticks = <int64_t>row[<int>ORDER_WATER]
    terms.hold_price_ticks = <int64_t>row[<int>ORDER_HOLD_PRICE]
    return terms


cdef inline void fill_order_from(State *state, const uint64_t *row, uint32_t account,
                                 uint32_t instrument, BookOrder *order,
                                 OrderDetail *detail) noexcept nogil:
    cdef const Instrument *listed = &state.instrument[instrument]
    cdef uint32_t base_row = balance_row(&state.balances, account, listed.base)
    cdef uint32_t quote_row = balance_row(&state.balances, account, listed.quote)
    memset(order, 0, sizeof(BookOrder))
    memset(detail, 0, sizeof(OrderDetail))
    order.order_id = row[<int>ORDER_ID]
    order.price_ticks = <int64_t>row[<int>ORDER_PRICE]
    order.leaves_qty_lots = <int64_t>row[<int>ORDER_LEAVES]
    order.place = row[<int>ORDER_PLACE]
    order.group_id = state.account[account].group_id
    order.account = account
    order.fee_debt = <uint32_t>row[<int>ORDER_FEE_DEBT]
    order.spent_row = quote_row if row[<int>ORDER_SIDE] == BUY else base_row
    order.received_row = base_row if row[<int>ORDER_SIDE] == BUY else quote_row
    order.instrument = <uint16_t>instrument
    order.side = <uint8_t>row[<int>ORDER_SIDE]
    order.flags = <uint8_t>row[<int>ORDER_FLAGS]
    detail.qty_lots = <int64_t>row[<int>ORDER_QTY]
    memcpy(detail.client_order_id, &row[<int>ORDER_CLIENT_ID], 28)
    detail.order_type = <uint8_t>row[<int>ORDER_TYPE]
    detail.time_in_force = <uint8_t>row[<int>ORDER_TIF]
    detail.self_trade_prevention = <uint8_t>row[<int>ORDER_STP]


cdef inline bint load_order(State *state, const uint64_t *row) noexcept nogil:
    """Open an order, in no queue yet."""
    cdef uint32_t account, instrument
    cdef BookOrder order
    cdef OrderDetail detail
    cdef OrderTerms terms
    cdef Taker taker
    if not are_names(row) or not are_numbers(row):
        return False
    account = id_slot(&state.account_ids, <uint32_t>row[<int>ORDER_ACCOUNT])
    instrument = id_slot(&state.instrument_ids, <uint32_t>row[<int>ORDER_INSTRUMENT])
    if account == NO_SLOT or instrument == NO_SLOT:
        return False
    if state.account[account].open_count >= OPEN_ORDERS_PER_ACCOUNT_MAX:
        return False
    fill_order_from(state, row, account, instrument, &order, &detail)
    taker.order = &order
    taker.detail = &detail
    taker.budget_atoms = 0
    taker.slot = 0
    taker.terms = terms_in(row, &terms)
    open_slot(state, &state.instrument[instrument], &taker)
    return True


cdef inline bint load_queued(State *state, const uint64_t *row) noexcept nogil:
    """Put a pending order at the back of its instrument's queue."""
    cdef uint32_t slot = slot_of(&state.orders, row[2])
    cdef BookOrder *order
    cdef Instrument *instrument
    if slot == 0:
        return False
    order = &state.orders.book[slot]
    instrument = &state.instrument[order.instrument]
    if instrument.instrument_id != row[0] or order.flags & PENDING or not order.flags & HAS_TERMS:
        return False
    if not is_stop(state.orders.detail[slot].order_type):
        return False
    if terms_of(state, slot).stage == STAGE_TRIGGERED:
        return False
    order.flags |= PENDING
    terms_of(state, slot).stage = STAGE_QUEUED
    state.pending_orders += 1
    state.queued_orders += 1
    link_newest(state, &instrument.queue_oldest, &instrument.queue_newest, slot)
    return True


cdef inline void rest_again(State *state, uint32_t slot, int64_t visible_lots) noexcept nogil:
    """Put an order into the book, showing so much of it."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef int64_t hidden_lots = order.leaves_qty_lots - visible_lots
    if hidden_lots:
        hide(state, order, terms_of(state, slot), hidden_lots)
        order.leaves_qty_lots = visible_lots
    join(&state.instrument[order.instrument].side[order.side], &state.far, &state.orders, slot)


cdef inline void place_order(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t slot = slot_of(&state.orders, row[<int>ORDER_ID])
    cdef BookOrder *order = &state.orders.book[slot]
    cdef uint64_t next_place = state.next_place
    if order.flags & PENDING:  # queued already
        return
    if not waits(row):
        rest_again(state, slot, <int64_t>row[<int>ORDER_VISIBLE])
        return
    state.next_place = order.place  # the one it had
    wait(state, &state.instrument[order.instrument], slot, terms_of(state, slot))
    state.next_place = next_place


cdef inline bint place_orders(State *state, const uint64_t *rows, uint64_t count,
                              Ordered *room) noexcept nogil:
    """Put open orders where they stood; False if two had one place."""
    cdef const Ordered *sorted_
    cdef uint64_t at
    for at in range(count):
        room[at].key = rows[at * ORDER_WORDS + <int>ORDER_PLACE]
        room[at].number = at
    sorted_ = sort_rows(room, room + count, count)
    for at in range(count):
        if at and sorted_[at].key == sorted_[at - 1].key:
            return False
        place_order(state, &rows[sorted_[at].number * ORDER_WORDS])
    return True


cdef inline bint link_orders(State *state, const uint64_t *rows, uint64_t count) noexcept nogil:
    """Link the legs of lists that hold as one; False if a leg's other one is not there."""
    cdef const uint64_t *row = rows
    cdef uint32_t slot, other
    cdef uint64_t at
    for at in range(count):
        if row[<int>ORDER_SIBLING] > row[<int>ORDER_ID]:
            slot = slot_of(&state.orders, row[<int>ORDER_ID])
            other = slot_of(&state.orders, row[<int>ORDER_SIBLING])
            if other == 0 or not state.orders.book[other].flags & HAS_TERMS:
                return False
            if state.orders.book[other].flags & LINKED:
                return False
            link_legs(state, slot, other)
        row += ORDER_WORDS
    return True
