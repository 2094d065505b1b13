# cython: language_level=3, cdivision=True
"""What is due before a command: orders good till now, accounts whose dead-man switch was not
renewed, changes of status. And the command that arms the switch.
"""

from libc.stdint cimport INT64_MAX, uint16_t, uint32_t, uint64_t

from engine_core._deadlines cimport (
    DEADLINE_CHANGE,
    DEADLINE_ORDER,
    DEADLINE_SWITCH,
    Deadline,
    NS_PER_MS,
    comes_first,
    deadline_add,
    deadline_remove,
    first_of,
)
from engine_core._endings cimport end_open
from engine_core._numbers cimport (
    ACCOUNT_NOT_TRADABLE,
    CANCEL_DEAD_MAN_SWITCH,
    CANCEL_GOOD_TILL_DATE,
    DEADLINE_EVENTS_MAX,
    EVENT_ORDER_CANCELED,
    EVENT_ORDER_EXPIRED,
    INVALID_TIMEOUT,
    NONE,
    TIMEOUT_MS_MAX,
    UNKNOWN_ACCOUNT,
    VENUE_OPEN,
)
from engine_core._retries cimport reject_order
from engine_core._state cimport Account, NO_SLOT, State, id_slot
from engine_core._statuses cimport end_auction, make_change
from engine_core._triggers cimport begin_turn
from engine_core._wire cimport CancelAllAfter


cdef inline void disarm(State *state, Account *account) noexcept nogil:
    if account.deadline:
        deadline_remove(&state.deadlines, account.deadline)
        account.deadline = 0


cdef inline void pull_switch(State *state, Account *account) noexcept nogil:
    """Do one step of a switch that was not renewed."""
    if account.open_oldest:
        end_open(state, account.open_oldest, EVENT_ORDER_CANCELED, CANCEL_DEAD_MAN_SWITCH)
    else:
        disarm(state, account)


cdef inline const Deadline *next_deadline(const State *state) noexcept nogil:
    """Return what has its time next, NULL if nothing has. Auctions do not end while the venue is
    halted.
    """
    cdef const Deadline *first = first_of(&state.deadlines)
    cdef const Deadline *auction = first_of(&state.auction_ends)
    if auction == NULL or state.venue_status != VENUE_OPEN:
        return first
    if first == NULL or comes_first(auction, first):
        return auction
    return first


cdef inline void end_due(State *state) noexcept nogil:
    """End what has reached its time, the earliest first; what is beyond one turn's bound waits for
    the next. A switch stays armed until no order of its account is open.
    """
    cdef int steps = DEADLINE_EVENTS_MAX
    cdef const Deadline *first = next_deadline(state)
    begin_turn(state)
    while steps and first != NULL and first.deadline_ns <= <uint64_t>state.ts_ns:
        steps -= 1
        if first.kind == DEADLINE_ORDER:
            end_open(state, first.slot, EVENT_ORDER_EXPIRED, CANCEL_GOOD_TILL_DATE)
        elif first.kind == DEADLINE_SWITCH:
            pull_switch(state, &state.account[first.slot])
        elif first.kind == DEADLINE_CHANGE:
            make_change(state, first)
        else:
            end_auction(state, first)
        first = next_deadline(state)


cdef inline uint16_t cancel_all_after(State *state, const CancelAllAfter *command) noexcept nogil:
    """Arm, renew or disarm an account's dead-man switch, or say why not."""
    cdef uint32_t slot = id_slot(&state.account_ids, command.account_id)
    cdef uint64_t deadline_ns = state.ts_ns + command.timeout_ms * <uint64_t>NS_PER_MS
    cdef uint16_t reason = NONE
    cdef uint32_t ids[2]
    cdef Account *account
    if slot == NO_SLOT:
        reason = UNKNOWN_ACCOUNT
    elif slot == 0:  # the fee account
        reason = ACCOUNT_NOT_TRADABLE
    elif command.timeout_ms > TIMEOUT_MS_MAX or deadline_ns > INT64_MAX:
        reason = INVALID_TIMEOUT
    if reason != NONE:
        ids[0] = command.account_id
        ids[1] = 0
        reject_order(state, command.kind, reason, ids, NULL)
        return reason
    account = &state.account[slot]
    disarm(state, account)
    if command.timeout_ms:
        account.deadline = deadline_add(&state.deadlines, deadline_ns, DEADLINE_SWITCH,
                                        command.account_id, slot)
    return NONE
