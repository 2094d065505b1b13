# cython: language_level=3, cdivision=True
"""What the commands soon to come will touch, fetched into the cache while earlier ones run.

A command passes five stages on its way to execution; each fetches what the one before has found
the way to. It is all a hint: nothing is changed, and what changes in between is looked up again;
what cannot change, whom a command is from and the hash of its key, is handed over.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from engine_core._keys cimport (
    Key,
    expect_forgotten,
    expect_key,
    expect_known_key,
    key_find,
    key_hash,
)
from engine_core._numbers cimport KIND_NEW_ORDER, KIND_REPLACE_ORDER
from engine_core._state cimport Account, NO_SLOT, State, expect_id, id_slot
from engine_core._wire cimport COMMAND_BYTES, CancelOrder
from matching._machine cimport likely, prefetch, unlikely
from matching._orders cimport BookOrder, OrderDetail, first_in_chain


cdef enum:
    # Commands between a stage and execution.
    AHEAD_SENDER = 24
    AHEAD_KEY = 18
    AHEAD_ENTRY = 12
    AHEAD_ORDER = 7
    AHEAD_NEIGHBOURS = 3
    AHEAD_PLACES = 32       # a power of two above them all


cdef struct Expected:
    uint64_t hash
    uint32_t account        # slot; NO_SLOT if it is of another kind, or from nobody known so far
    uint32_t order          # slot; 0 if not known
    bint enters             # a new order; else it names one by its client order id


cdef struct Ahead:
    Expected place[AHEAD_PLACES]    # of command n: n % AHEAD_PLACES
    uint64_t entering       # new orders among them, each of which will have a key forgotten


cdef inline bint names_an_order(uint8_t kind) noexcept nogil:
    """Return whether a command is one of those that carry a client order id, at one offset."""
    return KIND_NEW_ORDER <= kind <= KIND_REPLACE_ORDER


cdef inline const uint32_t *id_of(const char *command) noexcept nogil:
    return (<const CancelOrder *>command).client_order_id


cdef inline void expect_sender(const State *state, const char *command) noexcept nogil:
    expect_id(&state.account_ids, (<const CancelOrder *>command).account_id)


cdef inline void expect_request(const State *state, const char *command,
                                Ahead *ahead, uint64_t at) noexcept nogil:
    cdef Expected *expected = &ahead.place[at % AHEAD_PLACES]
    cdef const Account *account
    expected.order = 0
    expected.account = NO_SLOT
    expected.enters = False
    if not names_an_order(<uint8_t>command[0]):
        return
    expected.account = id_slot(&state.account_ids, (<const CancelOrder *>command).account_id)
    if expected.account == NO_SLOT:
        return
    expected.hash = key_hash(&state.keys, expected.account, id_of(command))
    expect_key(&state.keys, expected.hash)
    account = &state.account[expected.account]
    prefetch(account)
    prefetch(&account.quote_row)
    if <uint8_t>command[0] == KIND_NEW_ORDER:
        expected.enters = True
        expect_forgotten(&state.keys, ahead.entering)
        ahead.entering += 1


cdef inline void expect_entry(const State *state, const Expected *expected) noexcept nogil:
    cdef const Account *account
    if expected.account == NO_SLOT:
        return
    if not expected.enters:
        expect_known_key(&state.keys, expected.hash)
        return
    account = &state.account[expected.account]
    prefetch(&state.balances.row[account.base_row])
    prefetch(&state.balances.row[account.quote_row])


cdef inline void expect_named_order(const State *state, const char *command,
                                    Expected *expected) noexcept nogil:
    cdef const Key *key
    cdef const char *detail
    if expected.account == NO_SLOT or expected.enters:
        return
    key = key_find(&state.keys, expected.hash, expected.account, id_of(command))
    if key == NULL:
        return
    # Most likely the one: to see would be to wait for it.
    expected.order = first_in_chain(&state.orders, key.order_id)
    detail = <const char *>&state.orders.detail[expected.order]
    prefetch(&state.orders.book[expected.order])
    prefetch(detail)
    prefetch(detail + sizeof(OrderDetail) - 1)


cdef inline void expect_neighbours_of(const State *state, const Expected *expected) noexcept nogil:
    cdef const BookOrder *order = &state.orders.book[expected.order]
    cdef const OrderDetail *detail = &state.orders.detail[expected.order]
    if expected.order == 0:
        return
    prefetch(&state.orders.book[order.older])
    prefetch(&state.orders.book[order.newer])
    prefetch(&state.orders.detail[detail.account_older].account_newer)
    prefetch(&state.orders.detail[detail.account_newer].account_older)
    prefetch(&state.balances.row[order.spent_row])


cdef inline void look_at_first(const State *state, const char *commands, uint64_t count,
                               Ahead *ahead) noexcept nogil:
    """Take the first commands of a batch as far as ``look_ahead`` expects them."""
    cdef uint64_t at
    ahead.entering = 0
    for at in range(min(count, <uint64_t>AHEAD_SENDER)):
        expect_sender(state, commands + at * COMMAND_BYTES)
    for at in range(min(count, <uint64_t>AHEAD_KEY)):
        expect_request(state, commands + at * COMMAND_BYTES, ahead, at)
    for at in range(min(count, <uint64_t>AHEAD_ENTRY)):
        expect_entry(state, &ahead.place[at])
    for at in range(min(count, <uint64_t>AHEAD_ORDER)):
        expect_named_order(state, commands + at * COMMAND_BYTES, &ahead.place[at])
    for at in range(min(count, <uint64_t>AHEAD_NEIGHBOURS)):
        expect_neighbours_of(state, &ahead.place[at])


cdef inline void look_ahead(const State *state, const char *commands, uint64_t count, uint64_t at,
                            Ahead *ahead) noexcept nogil:
    """Before command ``at`` runs, take each command not far behind it one stage on."""
    cdef const char *command = commands + at * COMMAND_BYTES
    if likely(at + AHEAD_SENDER < count):
        expect_sender(state, command + AHEAD_SENDER * COMMAND_BYTES)
    if likely(at + AHEAD_KEY < count):
        expect_request(state, command + AHEAD_KEY * COMMAND_BYTES, ahead, at + AHEAD_KEY)
    if likely(at + AHEAD_ENTRY < count):
        expect_entry(state, &ahead.place[(at + AHEAD_ENTRY) % AHEAD_PLACES])
    if likely(at + AHEAD_ORDER < count):
        expect_named_order(state, command + AHEAD_ORDER * COMMAND_BYTES,
                           &ahead.place[(at + AHEAD_ORDER) % AHEAD_PLACES])
    if likely(at + AHEAD_NEIGHBOURS < count):
        expect_neighbours_of(state, &ahead.place[(at + AHEAD_NEIGHBOURS) % AHEAD_PLACES])


cdef inline const Expected *now_here(const State *state, const char *command, Ahead *ahead,
                                     uint64_t at) noexcept nogil:
    """Return what is known of command ``at``, which runs next."""
    cdef Expected *expected = &ahead.place[at % AHEAD_PLACES]
    ahead.entering -= expected.enters
    if unlikely(expected.account == NO_SLOT):  # an account may have been opened since
        expect_request(state, command, ahead, at)
        ahead.entering -= expected.enters
    return expected
