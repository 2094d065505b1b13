# cython: language_level=3, cdivision=True
"""CancelOrder and CancelAll. They carry no key: to cancel twice does no harm."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t

from engine_core._ahead cimport Expected
from engine_core._endings cimport end_open, instrument_of
from engine_core._keys cimport Key, id_is_canonical, id_is_none, key_find
from engine_core._numbers cimport (
    CANCEL_CANCEL_ALL,
    CANCEL_REQUESTED,
    EVENT_ORDER_CANCELED,
    INVALID_CLIENT_ORDER_ID,
    NONE,
    UNKNOWN_ACCOUNT,
    UNKNOWN_INSTRUMENT,
    UNKNOWN_ORDER,
)
from engine_core._retries cimport reject_order
from engine_core._state cimport NO_SLOT, State, id_slot
from engine_core._wire cimport CancelAll, CancelOrder, OrderRejected
from matching._machine cimport unlikely
from matching._orders cimport BookOrder, slot_of
from matching._terms cimport LINKED


cdef inline uint32_t open_order_of(State *state, uint32_t account, uint64_t order_id,
                                   uint32_t instrument_id) noexcept nogil:
    """Return the slot of the account's open order; 0 if it is not open, another's, or not in
    ``instrument_id`` (0: in any).
    """
    cdef uint32_t slot = slot_of(&state.orders, order_id)
    cdef const BookOrder *order = &state.orders.book[slot]
    if slot == 0 or order.account != account:
        return 0
    if instrument_id != 0 and instrument_of(state, order).instrument_id != instrument_id:
        return 0
    return slot


cdef inline uint16_t try_cancel(State *state, const CancelOrder *command,
                                const Expected *expected) noexcept nogil:
    """Cancel one open order; return why not, or NONE."""
    cdef const uint32_t *id_ = &command.client_order_id[0]
    cdef uint64_t order_id = command.order_id
    cdef uint32_t account = expected.account
    cdef const Key *key
    cdef uint32_t slot
    if account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if not id_is_canonical(id_) or (order_id == 0 and id_is_none(id_)):
        return INVALID_CLIENT_ORDER_ID
    if order_id == 0:
        key = key_find(&state.keys, expected.hash, account, id_)
        if key != NULL:
            order_id = key.order_id
    slot = open_order_of(state, account, order_id, command.instrument_id)
    if slot == 0:
        return UNKNOWN_ORDER
    state.answer_order_id = order_id
    end_open(state, slot, EVENT_ORDER_CANCELED, CANCEL_REQUESTED)
    return NONE


cdef inline uint16_t cancel_order(State *state, const CancelOrder *command,
                                  const Expected *expected) noexcept nogil:
    """Cancel one open order, or say why not."""
    cdef OrderRejected *event
    cdef uint16_t reason
    state.answer_order_id = command.order_id
    reason = try_cancel(state, command, expected)
    if reason != NONE:
        event = reject_order(
            state, command.kind, reason, &command.account_id, command.client_order_id
        )
        event.order_id = command.order_id
    return reason


cdef inline bint has_room_for_end(const State *state, uint32_t slot) noexcept nogil:
    """Return whether one command may also say that an order ended, and with it the other leg."""
    cdef uint64_t said = state.event_count - state.turn_first_event
    return said + 1 + ((state.orders.book[slot].flags & LINKED) != 0) <= state.events_max


cdef inline uint32_t newer_beside_pair(const State *state, uint32_t slot) noexcept nogil:
    """Return the account's next order that does not end with this one."""
    cdef uint32_t newer = state.orders.detail[slot].account_newer
    if unlikely(state.orders.book[slot].flags & LINKED) and (
        newer == state.terms.row[state.orders.terms_of[slot]].other_leg
    ):
        return state.orders.detail[newer].account_newer
    return newer


cdef inline uint16_t cancel_all(State *state, const CancelAll *command) noexcept nogil:
    """Cancel an account's open orders, oldest id first, as many as one command may."""
    cdef uint32_t account = id_slot(&state.account_ids, command.account_id)
    cdef uint32_t instrument = id_slot(&state.instrument_ids, command.instrument_id)
    cdef uint16_t reason = NONE
    cdef uint32_t slot, newer
    if account == NO_SLOT:
        reason = UNKNOWN_ACCOUNT
    elif command.instrument_id != 0 and instrument == NO_SLOT:
        reason = UNKNOWN_INSTRUMENT
    if reason != NONE:
        reject_order(state, command.kind, reason, &command.account_id, NULL)
        return reason
    slot = state.account[account].open_oldest
    while slot:
        newer = newer_beside_pair(state, slot)
        if command.instrument_id == 0 or state.orders.book[slot].instrument == instrument:
            if not has_room_for_end(state, slot):
                break
            end_open(state, slot, EVENT_ORDER_CANCELED, CANCEL_CANCEL_ALL)
        slot = newer
    return NONE
