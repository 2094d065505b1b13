# cython: language_level=3, cdivision=True
"""The gate every NewOrder and ReplaceOrder passes: a retry gets the first answer, never a second
execution.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from engine_core._account_limits cimport rate_refusal
from engine_core._endings cimport say
from engine_core._keys cimport (
    KEY_ACCOUNT_BITS,
    KEY_ROTATIONS_MAX,
    Key,
    id_is_canonical,
    id_is_none,
    key_add,
    key_find,
    key_forget_oldest,
    key_rotate,
)
from engine_core._numbers cimport (
    ACCOUNT_ACTIVE,
    ACCOUNT_NOT_TRADABLE,
    DEDUPE_FULL,
    EVENT_CONTROL_REJECTED,
    EVENT_ORDER_REJECTED,
    INVALID_CLIENT_ORDER_ID,
    KEY_REUSED,
    NONE,
    RESULT_DUPLICATE,
    STALE,
    UNKNOWN_ACCOUNT,
)
from engine_core._state cimport NO_SLOT, State
from engine_core._wire cimport (
    COMMAND_WORDS,
    ControlRejected,
    OrderRejected,
    VALID_UNTIL_WORD,
)
from matching._machine cimport unlikely
from matching._orders cimport slot_of


cdef enum:
    HASH_TAG_CONTENT = 10


cdef struct Request:
    # The part of a command that a retry repeats.
    const uint32_t *key
    uint64_t hash
    uint64_t digest
    int64_t valid_until_ns
    uint32_t account        # slot


cdef inline uint64_t lane_a(uint64_t lane, uint64_t word) noexcept nogil:
    lane = (lane ^ word) * <uint64_t>0xFF51AFD7ED558CCD
    return lane ^ lane >> 32


cdef inline uint64_t digest_more(uint64_t lane, const void *command) noexcept nogil:
    """Return a digest that goes on over the content of a command, its validity apart."""
    cdef const uint64_t *words = <const uint64_t *>command
    cdef int at
    for at in range(COMMAND_WORDS):
        lane = lane_a(lane, 0 if at == VALID_UNTIL_WORD else words[at])
    return lane


cdef inline uint64_t content_digest(const void *command) noexcept nogil:
    """Return 64 bits over the content of a command, its validity apart."""
    return digest_more(lane_a(<uint64_t>0x9E3779B97F4A7C15, HASH_TAG_CONTENT), command)


cdef inline uint16_t sender_refusal(State *state, const Request *request) noexcept nogil:
    """Return why an account may not send a request under its key, or NONE."""
    if request.account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if request.account == 0:  # the fee account: it was there first
        return ACCOUNT_NOT_TRADABLE
    if unlikely(state.account[request.account].account_status != ACCOUNT_ACTIVE):
        return ACCOUNT_NOT_TRADABLE
    if id_is_none(request.key) or not id_is_canonical(request.key):
        return INVALID_CLIENT_ORDER_ID
    return NONE


cdef inline bint make_room(State *state, uint64_t keys) noexcept nogil:
    """Return whether there is room for so many keys, forgetting old ones only if there is none."""
    cdef int rotations = 0
    cdef const Key *oldest
    while (
        state.keys.count + keys > state.keys.keys_max and rotations < KEY_ROTATIONS_MAX
        and state.keys.count != 0
    ):
        oldest = &state.keys.ring[state.keys.head]
        if oldest.valid_until_ns < state.ts_ns and not slot_of(&state.orders, oldest.order_id):
            key_forget_oldest(&state.keys)
        else:
            key_rotate(&state.keys)
            rotations += 1
    return state.keys.count + keys <= state.keys.keys_max


cdef inline uint16_t gate(State *state, const void *command, Request *request) noexcept nogil:
    """Return why a request may not be executed now, or NONE: only then will it be remembered. Its
    hash is set. For a retry ``state.result`` becomes DUPLICATE and the reason is the original's.
    """
    cdef const Key *known
    request.digest = content_digest(command)
    known = key_find(&state.keys, request.hash, request.account, request.key)
    if known != NULL:
        if known.digest != request.digest:
            return KEY_REUSED
        state.result = RESULT_DUPLICATE
        state.answer_order_id = known.order_id
        return <uint16_t>(known.account_reason >> KEY_ACCOUNT_BITS)
    if state.ts_ns > request.valid_until_ns:
        return STALE
    if unlikely(state.keys.count >= state.keys.keys_max) and not make_room(state, 1):
        return DEDUPE_FULL
    if unlikely(state.account[request.account].orders_per_s != 0):
        return rate_refusal(&state.account[request.account], state.ts_ns)
    return NONE


cdef inline void remember(State *state, const Request *request, uint64_t order_id,
                          uint16_t reason) noexcept nogil:
    """Keep the answer to a request for its retries."""
    cdef Key *key = key_add(&state.keys, request.hash, request.account, request.key)
    key.order_id = order_id
    key.digest = request.digest
    key.valid_until_ns = request.valid_until_ns
    key.account_reason |= <uint32_t>reason << KEY_ACCOUNT_BITS


cdef inline OrderRejected *reject_order(State *state, uint8_t request, uint16_t reason,
                                        const uint32_t *ids, const uint32_t *key) noexcept nogil:
    """Refuse an order command. ``ids``: its account and instrument as they came; ``key`` NULL if it
    has none.
    """
    cdef OrderRejected *event = <OrderRejected *>say(state)
    event.kind = EVENT_ORDER_REJECTED
    event.request = request
    event.reason = reason
    event.account_id = ids[0]
    event.instrument_id = ids[1]
    event.ts_ns = state.ts_ns
    if key != NULL and id_is_canonical(key):
        memcpy(event.client_order_id, key, 28)
    return event


cdef inline ControlRejected *reject_control(State *state, uint8_t request, uint16_t reason,
                                            uint32_t subject_id) noexcept nogil:
    """Refuse a control command, or one of unknown kind."""
    cdef ControlRejected *event = <ControlRejected *>say(state)
    event.kind = EVENT_CONTROL_REJECTED
    event.request = request
    event.reason = reason
    event.subject_id = subject_id
    event.ts_ns = state.ts_ns
    return event
