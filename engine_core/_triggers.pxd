# cython: language_level=3, cdivision=True
"""Stops and take-profits whose condition was met: they become the orders they stand for, one after
the other, each after the one before is done.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from engine_core._auction cimport go_on_uncross
from engine_core._breakers cimport begin_taking
from engine_core._endings cimport (
    Taker,
    end_other_leg,
    end_taker,
    enter_book,
    may_rest,
    say,
    visible_change,
)
from engine_core._holds cimport pending_hold_atoms
from engine_core._numbers cimport (
    CANCEL_FILL_OR_KILL,
    EVENT_ORDER_EXPIRED,
    EVENT_ORDER_TRIGGERED,
    STATUS_TRADING,
    TIF_FOK,
    TRIGGERS_PER_COMMAND_MAX,
    VENUE_OPEN,
)
from engine_core._slices cimport terms_of
from engine_core._state cimport Instrument, State, turn_is_half_over
from engine_core._taking cimport plan_taking, take, would_take
from engine_core._trailing cimport queue_newly_met
from engine_core._waiting cimport stop_waiting, takes_at_market
from engine_core._wire cimport OrderTriggered
from matching._book cimport BUY
from matching._machine cimport likely, unlikely
from matching._orders cimport BookOrder, OrderDetail
from matching._sweep cimport ENDING_COMPLETE
from matching._terms cimport LINKED, OrderTerms, STAGE_TRIGGERED
from risk._balances cimport BalanceRow, hold


cdef inline OrderTriggered *say_triggered(State *state, const Instrument *instrument,
                                          const Taker *taker,
                                          const OrderTerms *terms) noexcept nogil:
    cdef OrderTriggered *event = <OrderTriggered *>say(state)
    cdef const BookOrder *order = taker.order
    cdef const BalanceRow *spent = &state.balances.row[order.spent_row]
    event.kind = EVENT_ORDER_TRIGGERED
    event.side = order.side
    event.order_type = taker.detail.order_type
    event.account_id = state.account[order.account].account_id
    event.instrument_id = instrument.instrument_id
    event.ts_ns = state.ts_ns
    event.order_id = order.order_id
    event.price_ticks = order.price_ticks
    event.qty_lots = order.leaves_qty_lots
    event.trigger_price_ticks = terms.trigger_price_ticks
    event.last_price_ticks = instrument.last_trade_price_ticks
    event.available_atoms = spent.available_atoms
    event.held_atoms = spent.held_atoms
    return event


cdef inline void plan_market_stop(State *state, const Instrument *instrument, const Taker *taker,
                                  const OrderTerms *terms, uint32_t events) noexcept nogil:
    """Plan what a triggered order without a price takes. A buy takes no more than its hold pays,
    and from here on holds exactly that.
    """
    cdef BookOrder *order = taker.order
    cdef int64_t held_atoms = 0
    if order.side == BUY:
        held_atoms = pending_hold_atoms(instrument, order, terms)
    plan_taking(state, instrument, taker, held_atoms, events)
    if order.side == BUY:
        held_atoms -= <int64_t>(state.plan.cost_tick_lots * instrument.k)
        hold(&state.balances.row[order.spent_row], -held_atoms)


cdef inline void trigger(State *state, Instrument *instrument, uint32_t slot) noexcept nogil:
    """Turn a queued order into the one it stands for, and let that rest or trade."""
    cdef BookOrder *order = &state.orders.book[slot]
    cdef OrderDetail *detail = &state.orders.detail[slot]
    cdef OrderTerms *terms = terms_of(state, slot)
    cdef uint32_t events
    cdef Taker taker
    if unlikely(order.flags & LINKED):
        end_other_leg(state, slot)
    events = <uint32_t>(state.event_count - state.turn_first_event) + 1
    taker.order = order
    taker.detail = detail
    taker.budget_atoms = 0
    taker.slot = slot
    taker.terms = NULL
    stop_waiting(state, instrument, slot, terms)
    terms.stage = STAGE_TRIGGERED
    if takes_at_market(detail.order_type):
        begin_taking(state, instrument)
        plan_market_stop(state, instrument, &taker, terms, events)
        say_triggered(state, instrument, &taker, terms)
    elif may_rest(detail.time_in_force) and not would_take(
        instrument, order.side, order.price_ticks
    ):
        enter_book(state, instrument, &taker)
        say_triggered(state, instrument, &taker, terms).book_seq = visible_change(instrument)
        return
    else:
        say_triggered(state, instrument, &taker, terms)
        begin_taking(state, instrument)
        plan_taking(state, instrument, &taker, 0, events)
        if detail.time_in_force == TIF_FOK and state.plan.ending != ENDING_COMPLETE:
            end_taker(state, &taker, EVENT_ORDER_EXPIRED, CANCEL_FILL_OR_KILL)
            return
    take(state, instrument, &taker)


cdef inline void begin_turn(State *state) noexcept nogil:
    """Count events and triggers from here on: a command's own, or of time before one."""
    state.turn_first_event = state.event_count
    state.turn_runs_left = TRIGGERS_PER_COMMAND_MAX


cdef inline bint can_run(const State *state, const Instrument *instrument) noexcept nogil:
    """Return whether orders of an instrument may trigger."""
    return instrument.trading_status == STATUS_TRADING and state.venue_status == VENUE_OPEN


cdef inline void run_queue(State *state, Instrument *instrument) noexcept nogil:
    """Trigger queued orders of an instrument that may run, and those they set off, as far as the
    turn under way may.
    """
    queue_newly_met(state, instrument)
    while (
        instrument.queue_oldest and state.turn_runs_left and not turn_is_half_over(state)
        and can_run(state, instrument)
    ):
        state.turn_runs_left -= 1
        trigger(state, instrument, instrument.queue_oldest)
        if can_run(state, instrument):
            queue_newly_met(state, instrument)


cdef inline void run_triggers(State *state, Instrument *instrument) noexcept nogil:
    """Do what the turn under way has set off in an instrument."""
    if likely((instrument.waiting[0] | instrument.waiting[1] | instrument.queue_oldest) == 0):
        return
    if can_run(state, instrument):
        run_queue(state, instrument)


cdef inline bint waits_for_its_turn(const State *state,
                                    const Instrument *instrument) noexcept nogil:
    """Return whether an instrument has something to go on with before the next command."""
    if instrument.uncross_price_ticks:
        return state.venue_status == VENUE_OPEN
    return instrument.queue_oldest != 0 and can_run(state, instrument)


cdef inline Instrument *next_to_run(State *state, const Instrument *before) noexcept nogil:
    """Return the instrument with the next higher id that waits for its turn, or NULL."""
    cdef Instrument *found = NULL
    cdef Instrument *instrument
    cdef uint64_t at
    for at in range(state.instrument_ids.count):
        instrument = &state.instrument[at]
        if not waits_for_its_turn(state, instrument):
            continue
        if before != NULL and instrument.instrument_id <= before.instrument_id:
            continue
        if found == NULL or instrument.instrument_id < found.instrument_id:
            found = instrument
    return found


cdef inline void run_queues(State *state) noexcept nogil:
    """Go on with what earlier commands left, as far as one turn may."""
    cdef Instrument *instrument
    begin_turn(state)
    instrument = next_to_run(state, NULL)
    while instrument != NULL:
        if instrument.uncross_price_ticks:
            go_on_uncross(state, instrument)
        run_triggers(state, instrument)
        instrument = next_to_run(state, instrument)
