# cython: language_level=3, cdivision=True
"""ReplaceOrder: a new price or total for an open order, all of it or nothing."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset

from engine_core._account_limits cimport asset_limit_refusal, note_open_lots
from engine_core._ahead cimport Expected
from engine_core._breakers cimport begin_taking
from engine_core._endings cimport (
    Taker,
    come_out,
    end_open,
    enter_book,
    instrument_of,
    say,
    take_lots_off,
    visible_change,
)
from engine_core._cancels cimport open_order_of
from engine_core._order_terms cimport (
    is_in_auction,
    is_in_few_slices,
    limit_refusal,
    shows_wrongly,
    stop_price_refusal,
    stop_size_refusal,
)
from engine_core._holds cimport hold_atoms, pending_hold_atoms
from engine_core._numbers cimport (
    CANCEL_REPLACED_TO_NOTHING,
    EVENT_ORDER_CANCELED,
    EVENT_ORDER_REPLACED,
    FLAG_POST_ONLY,
    INSTRUMENT_NOT_TRADING,
    INSUFFICIENT_FUNDS,
    NONE,
    NOTHING_TO_CHANGE,
    NOT_IN_AUCTION,
    POST_ONLY_WOULD_TAKE,
    REPLACE_KEPT_PLACE,
    REPLACE_RESTED,
    RESULT_DUPLICATE,
    STATUS_TRADING,
    TYPE_LIMIT,
    UNKNOWN_ORDER,
    UNSUPPORTED_COMBINATION,
    VENUE_HALTED,
    VENUE_OPEN,
    WOULD_TRIGGER_AT_ONCE,
)
from engine_core._retries cimport (
    Request,
    gate,
    reject_order,
    remember,
    sender_refusal,
)
from engine_core._slices cimport (
    filled_lots,
    open_lots,
    own_terms,
    terms_of,
)
from engine_core._state cimport Instrument, State
from engine_core._taking cimport plan_taking, take, would_take
from engine_core._triggers cimport run_triggers
from engine_core._waiting cimport (
    held_price_ticks,
    is_met,
    stop_waiting,
    takes_at_market,
    wait,
)
from engine_core._wire cimport OrderRejected, OrderReplaced, ReplaceOrder
from matching._machine cimport i128, likely, unlikely
from matching._orders cimport BookOrder, OrderDetail
from matching._sweep cimport EVENTS_BEFORE
from matching._terms cimport HAS_TERMS, LINKED, OrderTerms, PENDING
from risk._balances cimport BalanceRow, hold


cdef inline int64_t more_atoms(const State *state, const Instrument *instrument, uint32_t slot,
                               const ReplaceOrder *command) noexcept nogil:
    """Return how much more the order must hold afterwards; negative: how much less."""
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef int64_t leaves_lots = command.qty_lots - filled_lots(state, slot)
    return hold_atoms(instrument, order.side, command.price_ticks, leaves_lots) - hold_atoms(
        instrument, order.side, order.price_ticks, open_lots(state, slot)
    )


cdef inline int64_t display_of(const State *state, uint32_t slot) noexcept nogil:
    if likely(not state.orders.book[slot].flags & HAS_TERMS):
        return 0
    return state.terms.row[state.orders.terms_of[slot]].display_qty_lots


cdef inline int64_t display_after(const State *state, const ReplaceOrder *command,
                                  uint32_t slot) noexcept nogil:
    if command.display_qty_lots:
        return command.display_qty_lots
    return display_of(state, slot)


cdef inline bint would_show_wrongly(const State *state, const ReplaceOrder *command,
                                    uint32_t slot) noexcept nogil:
    cdef int64_t display_qty_lots = display_of(state, slot)
    if command.display_qty_lots != 0:
        return shows_wrongly(command.display_qty_lots, command.qty_lots)
    return display_qty_lots != 0 and not is_in_few_slices(display_qty_lots, command.qty_lots)


cdef inline uint16_t own_limit_refusal(const State *state, const ReplaceOrder *command,
                                       uint32_t slot, int64_t price_ticks) noexcept nogil:
    """Return why its owner's limits do not take an order with a new total at a price, or NONE."""
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const Instrument *instrument = &state.instrument[order.instrument]
    cdef int64_t more_lots = command.qty_lots - state.orders.detail[slot].qty_lots
    return asset_limit_refusal(
        state, instrument, order.account, order.side,
        <i128>price_ticks * command.qty_lots * instrument.k, more_lots if more_lots > 0 else -1
    )


cdef inline int64_t trigger_after(const OrderTerms *terms,
                                  const ReplaceOrder *command) noexcept nogil:
    if command.trigger_price_ticks:
        return command.trigger_price_ticks
    return terms.trigger_price_ticks


cdef inline int64_t hold_price_after(const Instrument *instrument, const BookOrder *order,
                                     const OrderDetail *detail, const OrderTerms *terms,
                                     const ReplaceOrder *command) noexcept nogil:
    """Return the price at which a pending order without one holds its lots afterwards, else 0."""
    return held_price_ticks(
        instrument, order.side, detail.order_type, trigger_after(terms, command)
    )


cdef inline int64_t more_pending_atoms(const Instrument *instrument, const BookOrder *order,
                                       const OrderDetail *detail, const OrderTerms *terms,
                                       const ReplaceOrder *command) noexcept nogil:
    """Return how much more a pending order must hold afterwards; negative: how much less."""
    cdef int64_t price_ticks = hold_price_after(instrument, order, detail, terms, command)
    if price_ticks == 0:
        price_ticks = command.price_ticks
    return hold_atoms(instrument, order.side, price_ticks, command.qty_lots) - pending_hold_atoms(
        instrument, order, terms
    )


cdef inline uint16_t pending_terms_refusal(const Instrument *instrument, const BookOrder *order,
                                           const OrderDetail *detail, const OrderTerms *terms,
                                           const ReplaceOrder *command) noexcept nogil:
    """Return why a pending order cannot have the numbers it is to have, or NONE."""
    cdef int64_t trigger_price_ticks = trigger_after(terms, command)
    cdef int64_t notional = 0
    cdef uint16_t reason
    if command.display_qty_lots != 0:
        return UNSUPPORTED_COMBINATION
    if takes_at_market(detail.order_type) and command.price_ticks != 0:
        return UNSUPPORTED_COMBINATION
    if terms.trailing_bps and command.trigger_price_ticks != 0:
        return UNSUPPORTED_COMBINATION
    # A trigger that is kept stays good, whatever the bounds are by now.
    reason = stop_price_refusal(
        instrument, detail.order_type, command.price_ticks,
        command.trigger_price_ticks if command.trigger_price_ticks != 0 else 1
    )
    if reason != NONE:
        return reason
    return stop_size_refusal(instrument, order.side, detail.order_type, command.price_ticks,
                             trigger_price_ticks, command.qty_lots, &notional)


cdef inline uint16_t pending_refusal(State *state, const ReplaceOrder *command,
                                     uint32_t slot) noexcept nogil:
    """Return why a pending order cannot be amended so, or NONE."""
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const OrderDetail *detail = &state.orders.detail[slot]
    cdef const OrderTerms *terms = terms_of(state, slot)
    cdef const Instrument *instrument = instrument_of(state, order)
    cdef int64_t trigger_price_ticks = trigger_after(terms, command)
    cdef uint16_t reason = pending_terms_refusal(instrument, order, detail, terms, command)
    if reason != NONE:
        return reason
    if (
        command.price_ticks == order.price_ticks and command.qty_lots == detail.qty_lots
        and trigger_price_ticks == terms.trigger_price_ticks
    ):
        return NOTHING_TO_CHANGE
    if is_met(instrument, order.side, detail.order_type, trigger_price_ticks):
        return WOULD_TRIGGER_AT_ONCE
    reason = own_limit_refusal(
        state, command, slot, command.price_ticks if command.price_ticks else trigger_price_ticks
    )
    if reason != NONE:
        return reason
    if (
        more_pending_atoms(instrument, order, detail, terms, command)
        > state.balances.row[order.spent_row].available_atoms
    ):
        return INSUFFICIENT_FUNDS
    return NONE


cdef inline uint16_t refusal(State *state, const ReplaceOrder *command,
                             uint32_t slot) noexcept nogil:
    """Return why an open order cannot be amended so, or NONE."""
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const OrderDetail *detail = &state.orders.detail[slot]
    cdef const Instrument *instrument = instrument_of(state, order)
    cdef int64_t notional = 0
    cdef int64_t available_atoms
    cdef uint16_t reason
    if instrument.trading_status != STATUS_TRADING:
        if not is_in_auction(instrument):
            return INSTRUMENT_NOT_TRADING
        if order.flags & FLAG_POST_ONLY:
            return NOT_IN_AUCTION
    if unlikely(order.flags & LINKED):
        return UNSUPPORTED_COMBINATION
    if unlikely(order.flags & PENDING):
        return pending_refusal(state, command, slot)
    if command.trigger_price_ticks != 0:
        return UNSUPPORTED_COMBINATION
    if command.display_qty_lots != 0 and detail.order_type != TYPE_LIMIT:
        return UNSUPPORTED_COMBINATION
    reason = limit_refusal(instrument, order.side, command.price_ticks, command.qty_lots,
                           would_show_wrongly(state, command, slot), &notional)
    if reason != NONE or command.qty_lots <= filled_lots(state, slot):
        return reason
    if (
        command.price_ticks == order.price_ticks and command.qty_lots == detail.qty_lots
        and display_after(state, command, slot) == display_of(state, slot)
    ):
        return NOTHING_TO_CHANGE
    if order.flags & FLAG_POST_ONLY and would_take(instrument, order.side, command.price_ticks):
        return POST_ONLY_WOULD_TAKE
    if unlikely(state.account[order.account].asset_limits != 0):
        reason = own_limit_refusal(state, command, slot, command.price_ticks)
        if reason != NONE:
            return reason
    available_atoms = state.balances.row[order.spent_row].available_atoms
    if more_atoms(state, instrument, slot, command) > available_atoms:
        return INSUFFICIENT_FUNDS
    return NONE


cdef inline OrderReplaced *say_replaced(State *state, const Instrument *instrument,
                                        const ReplaceOrder *command, uint32_t slot,
                                        int flags) noexcept nogil:
    cdef OrderReplaced *event = <OrderReplaced *>say(state)
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const BalanceRow *spent = &state.balances.row[order.spent_row]
    event.kind = EVENT_ORDER_REPLACED
    event.side = order.side
    event.flags = flags
    event.account_id = command.account_id
    event.instrument_id = instrument.instrument_id
    event.ts_ns = state.ts_ns
    event.order_id = order.order_id
    event.price_ticks = order.price_ticks
    event.qty_lots = state.orders.detail[slot].qty_lots
    event.leaves_qty_lots = open_lots(state, slot)
    event.available_atoms = spent.available_atoms
    event.held_atoms = spent.held_atoms
    memcpy(event.request_id, command.request_id, 28)
    if unlikely(order.flags & HAS_TERMS):
        event.trigger_price_ticks = terms_of(state, slot).trigger_price_ticks
        event.display_qty_lots = terms_of(state, slot).display_qty_lots
    return event


cdef inline void set_display(State *state, uint32_t slot, int64_t display_qty_lots) noexcept nogil:
    cdef OrderTerms none
    memset(&none, 0, sizeof(OrderTerms))
    own_terms(state, slot, &none).display_qty_lots = display_qty_lots


cdef inline void go_to_the_back(State *state, Instrument *instrument, const ReplaceOrder *command,
                                uint32_t slot) noexcept nogil:
    """Leave the queue, and arrive again at the new price with the new quantity."""
    cdef Taker taker
    cdef OrderReplaced *event
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderDetail *detail = &state.orders.detail[slot]
    cdef int64_t cum_qty_lots = filled_lots(state, slot)
    taker.order = order
    taker.detail = detail
    taker.budget_atoms = 0
    taker.slot = slot
    taker.terms = NULL
    come_out(state, instrument, slot)
    if unlikely(command.display_qty_lots != 0):
        set_display(state, slot, command.display_qty_lots)
    order.price_ticks = command.price_ticks
    order.leaves_qty_lots = command.qty_lots - cum_qty_lots
    detail.qty_lots = command.qty_lots
    if would_take(instrument, order.side, order.price_ticks) and likely(
        not is_in_auction(instrument)
    ):
        say_replaced(state, instrument, command, slot, 0).book_seq = visible_change(instrument)
        begin_taking(state, instrument)
        plan_taking(state, instrument, &taker, 0, EVENTS_BEFORE)
        take(state, instrument, &taker)
        return
    enter_book(state, instrument, &taker)
    event = say_replaced(state, instrument, command, slot, REPLACE_RESTED)
    event.book_seq = visible_change(instrument)


cdef inline void replace_pending(State *state, Instrument *instrument,
                                 const ReplaceOrder *command, uint32_t slot) noexcept nogil:
    """Amend an order that is in no book: it waits again, behind the others at its trigger."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderDetail *detail = &state.orders.detail[slot]
    cdef OrderTerms *terms = terms_of(state, slot)
    hold(&state.balances.row[order.spent_row],
         more_pending_atoms(instrument, order, detail, terms, command))
    stop_waiting(state, instrument, slot, terms)
    note_open_lots(state, order, command.qty_lots - order.leaves_qty_lots)
    order.price_ticks = command.price_ticks
    order.leaves_qty_lots = detail.qty_lots = command.qty_lots
    terms.hold_price_ticks = hold_price_after(instrument, order, detail, terms, command)
    terms.trigger_price_ticks = trigger_after(terms, command)
    wait(state, instrument, slot, terms)
    say_replaced(state, instrument, command, slot, 0)


cdef inline void replace(State *state, const ReplaceOrder *command, uint32_t slot) noexcept nogil:
    """Amend an order that may be amended so."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderDetail *detail = &state.orders.detail[slot]
    cdef Instrument *instrument = instrument_of(state, order)
    cdef OrderReplaced *event
    if unlikely(order.flags & PENDING):
        replace_pending(state, instrument, command, slot)
        return
    if command.qty_lots <= filled_lots(state, slot):
        end_open(state, slot, EVENT_ORDER_CANCELED, CANCEL_REPLACED_TO_NOTHING)
        return
    hold(&state.balances.row[order.spent_row], more_atoms(state, instrument, slot, command))
    note_open_lots(state, order, command.qty_lots - detail.qty_lots)
    if (
        command.price_ticks != order.price_ticks or command.qty_lots >= detail.qty_lots
        or display_after(state, command, slot) != display_of(state, slot)
    ):
        go_to_the_back(state, instrument, command, slot)
        return
    take_lots_off(state, instrument, slot, detail.qty_lots - command.qty_lots)
    detail.qty_lots = command.qty_lots
    event = say_replaced(
        state, instrument, command, slot, REPLACE_KEPT_PLACE | REPLACE_RESTED
    )
    event.book_seq = visible_change(instrument)


cdef inline uint16_t try_replace(State *state, const ReplaceOrder *command,
                                 const Request *request) noexcept nogil:
    """Amend an order by a request that is new, and remember the answer; return why not, or NONE."""
    cdef uint32_t slot = open_order_of(
        state, request.account, command.order_id, command.instrument_id
    )
    cdef uint16_t reason = UNKNOWN_ORDER
    cdef Instrument *instrument
    if unlikely(state.venue_status != VENUE_OPEN):
        reason = VENUE_HALTED
    elif slot:
        reason = refusal(state, command, slot)
    remember(state, request, command.order_id, reason)
    if reason == NONE:
        instrument = instrument_of(state, &state.orders.book[slot])
        replace(state, command, slot)
        run_triggers(state, instrument)
    return reason


cdef inline uint16_t replace_order(State *state, const ReplaceOrder *command,
                                  const Expected *expected) noexcept nogil:
    """Amend an open order, or say why not and leave it and its hold untouched."""
    cdef Request request
    cdef OrderRejected *event
    cdef uint16_t reason
    request.key = &command.request_id[0]
    request.valid_until_ns = command.valid_until_ns
    state.answer_order_id = command.order_id
    request.account = expected.account
    request.hash = expected.hash
    reason = sender_refusal(state, &request)
    if reason == NONE:
        reason = gate(state, command, &request)
        if state.result == RESULT_DUPLICATE:
            return reason
        if reason == NONE:
            reason = try_replace(state, command, &request)
    if reason != NONE:
        event = reject_order(state, command.kind, reason, &command.account_id, command.request_id)
        event.order_id = command.order_id
        event.price_ticks = command.price_ticks
        event.qty_lots = command.qty_lots
    return reason
