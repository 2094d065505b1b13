# cython: language_level=3, cdivision=True
"""Trading statuses: an instrument moves to another one, now or at a time."""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport qsort

from engine_core._auction cimport begin_uncross, give_up_uncross
from engine_core._deadlines cimport (
    DEADLINE_CHANGE,
    Deadline,
    NS_PER_S,
    deadline_add,
    deadline_remove,
)
from engine_core._endings cimport end_open, say
from engine_core._instrument_status cimport enter_status, forget_auction_end
from engine_core._instruments cimport named_refusal
from engine_core._numbers cimport (
    CANCEL_INSTRUMENT_CLOSED,
    CAPACITY,
    CAUSE_AUCTION_ENDED,
    CAUSE_REQUESTED,
    CAUSE_SCHEDULED,
    EVENT_ORDER_CANCELED,
    EVENT_TRADING_STATUS_SCHEDULED,
    INVALID_EXPIRY,
    INVALID_TRANSITION,
    NONE,
    SCHEDULED_CHANGES_MAX,
    STATUS_AUCTION,
    STATUS_CLOSED,
    STATUS_TRADING,
    UNKNOWN_INSTRUMENT,
    VENUE_HALTED,
    VENUE_OPEN,
)
from engine_core._schedule cimport change_add, change_link, change_remove
from engine_core._state cimport Instrument, NO_SLOT, State, id_slot
from engine_core._triggers cimport run_triggers
from engine_core._wire cimport (
    ScheduleTradingStatus,
    SetTradingStatus,
    TradingStatusScheduled,
)
from matching._book cimport level_at, no_key, side_after
from matching._far cimport far_after, far_first, far_leaf_key
from matching._orders cimport slot_of


cdef inline int compare_ids(const void *left, const void *right) noexcept nogil:
    cdef uint64_t a = (<const uint64_t *>left)[0]
    cdef uint64_t b = (<const uint64_t *>right)[0]
    return (a > b) - (a < b)


cdef inline uint64_t note_level(State *state, uint32_t slot, uint64_t count) noexcept nogil:
    """Note the ids of an order and of all behind it; return how many are noted by now."""
    while slot:
        state.closing[count] = state.orders.book[slot].order_id
        count += 1
        slot = state.orders.book[slot].newer
    return count


cdef inline void cancel_for_close(State *state, Instrument *instrument) noexcept nogil:
    """Cancel every order of an instrument, by order_id; there are fewer than events_max."""
    cdef uint64_t count = 0
    cdef uint64_t at
    cdef int64_t key
    cdef uint32_t leaf, slot
    cdef int side
    for side in range(1, 3):
        key = instrument.side[side].best_key
        while key != no_key():
            count = note_level(
                state, level_at(&instrument.side[side], &state.far, key).oldest, count
            )
            key = side_after(&instrument.side[side], &state.far, key)
    for side in range(2):
        leaf = far_first(&state.far, instrument.waiting[side]) if instrument.waiting[side] else 0
        while leaf:
            count = note_level(state, state.far.node[leaf].level.oldest, count)
            leaf = far_after(&state.far, instrument.waiting[side], far_leaf_key(&state.far, leaf))
    count = note_level(state, instrument.queue_oldest, count)
    qsort(state.closing, count, sizeof(uint64_t), compare_ids)
    for at in range(count):
        slot = slot_of(&state.orders, state.closing[at])
        if slot:  # else it ended with the other leg of its list
            end_open(state, slot, EVENT_ORDER_CANCELED, CANCEL_INSTRUMENT_CLOSED)


cdef inline uint16_t transition_refusal(const State *state, const Instrument *instrument,
                                        uint8_t target) noexcept nogil:
    """Return why an instrument cannot move to a status, or NONE. One that is being uncrossed can
    only give that up.
    """
    cdef bint opens = target == STATUS_TRADING or target == STATUS_AUCTION
    if instrument.trading_status == STATUS_CLOSED:
        return INVALID_TRANSITION
    if opens if instrument.uncross_price_ticks else target == instrument.trading_status:
        return INVALID_TRANSITION
    if target == STATUS_TRADING and state.venue_status != VENUE_OPEN:
        return VENUE_HALTED
    if target == STATUS_CLOSED and instrument.open_orders >= state.events_max:
        return CAPACITY
    return NONE


cdef inline uint16_t change_status(State *state, Instrument *instrument, uint8_t target,
                                   uint8_t cause) noexcept nogil:
    """Move an instrument to another status, closing its orders or uncrossing its book first if need
    be; return why not, or NONE.
    """
    cdef uint16_t reason = transition_refusal(state, instrument, target)
    if reason != NONE:
        return reason
    give_up_uncross(state, instrument)
    if target == STATUS_TRADING:
        begin_uncross(state, instrument, cause)
        run_triggers(state, instrument)
        return NONE
    if target == STATUS_CLOSED:
        cancel_for_close(state, instrument)
    enter_status(state, instrument, target, cause)
    return NONE


cdef inline uint16_t set_trading_status(State *state,
                                        const SetTradingStatus *command) noexcept nogil:
    """Move an instrument to another status by request; return why not, or NONE."""
    cdef uint32_t slot = id_slot(&state.instrument_ids, command.instrument_id)
    if slot == NO_SLOT:
        return UNKNOWN_INSTRUMENT
    return change_status(
        state, &state.instrument[slot], command.trading_status, CAUSE_REQUESTED
    )


cdef inline void unschedule(State *state, Instrument *instrument, uint32_t *link) noexcept nogil:
    """Forget the change that a link of an instrument's list leads to."""
    deadline_remove(&state.deadlines, state.changes.row[link[0]].handle)
    change_remove(&state.changes, link)
    instrument.change_count -= 1


cdef inline void schedule(State *state, Instrument *instrument, uint8_t target,
                          uint64_t at_s) noexcept nogil:
    """Let a change wait for its time, in the place of one for the same time."""
    cdef uint32_t *link = change_link(&state.changes, &instrument.changes, at_s)
    cdef uint32_t number
    if link[0]:
        state.changes.row[link[0]].trading_status = target
        return
    number = change_add(&state.changes, &instrument.changes, at_s)
    state.changes.row[number].trading_status = target
    state.changes.row[number].handle = deadline_add(
        &state.deadlines, at_s * NS_PER_S, DEADLINE_CHANGE, instrument.instrument_id,
        <uint32_t>(instrument - state.instrument)
    )
    instrument.change_count += 1


cdef inline uint16_t time_refusal(State *state, Instrument *instrument,
                                  uint64_t at_s) noexcept nogil:
    """Return why a change cannot wait for a time, or NONE."""
    if at_s > <uint64_t>INT64_MAX // NS_PER_S or at_s * NS_PER_S <= <uint64_t>state.ts_ns:
        return INVALID_EXPIRY
    if (
        instrument.change_count >= SCHEDULED_CHANGES_MAX
        and change_link(&state.changes, &instrument.changes, at_s)[0] == 0
    ):
        return CAPACITY
    return NONE


cdef inline uint16_t schedule_trading_status(State *state,
                                             const ScheduleTradingStatus *command) noexcept nogil:
    """Schedule a change of status, or forget all of an instrument; return why not, or NONE."""
    cdef uint16_t reason = named_refusal(state, command.instrument_id)
    cdef Instrument *instrument
    cdef TradingStatusScheduled *event
    if reason != NONE:
        return reason
    instrument = &state.instrument[id_slot(&state.instrument_ids, command.instrument_id)]
    if command.at_s == 0:
        while instrument.changes:
            unschedule(state, instrument, &instrument.changes)
    else:
        reason = time_refusal(state, instrument, command.at_s)
        if reason != NONE:
            return reason
        schedule(state, instrument, command.trading_status, command.at_s)
    event = <TradingStatusScheduled *>say(state)
    event.kind = EVENT_TRADING_STATUS_SCHEDULED
    event.trading_status = command.trading_status
    event.instrument_id = command.instrument_id
    event.ts_ns = state.ts_ns
    event.at_s = command.at_s
    return NONE


cdef inline void make_change(State *state, const Deadline *due) noexcept nogil:
    """A scheduled change has reached its time. If it cannot be made it is lost."""
    cdef Instrument *instrument = &state.instrument[due.slot]
    cdef uint32_t *link = change_link(
        &state.changes, &instrument.changes, due.deadline_ns // NS_PER_S
    )
    cdef uint8_t target = state.changes.row[link[0]].trading_status
    unschedule(state, instrument, link)
    change_status(state, instrument, target, CAUSE_SCHEDULED)


cdef inline void end_auction(State *state, const Deadline *due) noexcept nogil:
    """An auction's time is over."""
    cdef Instrument *instrument = &state.instrument[due.slot]
    forget_auction_end(state, instrument)
    change_status(state, instrument, STATUS_TRADING, CAUSE_AUCTION_ENDED)
