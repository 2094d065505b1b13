# cython: language_level=3, cdivision=True
"""Request keys of a saved state, oldest first."""

from libc.stdint cimport UINT32_MAX, int64_t, uint32_t, uint64_t

from engine_core._keys cimport (
    KEY_ACCOUNT_BITS,
    Key,
    expect_key,
    key_add,
    key_find,
    key_hash,
)
from engine_core._state cimport NO_SLOT, State, id_slot


cdef enum:
    KEYS_AHEAD = 16


cdef inline void expect_keys(const State *state, const uint64_t *rows, uint64_t count,
                             uint64_t words) noexcept nogil:
    """Have the cache fetch where the next few of ``count`` keys will go: each lies elsewhere."""
    cdef const uint64_t *row = rows
    cdef uint32_t account
    cdef uint64_t at
    for at in range(min(count, <uint64_t>KEYS_AHEAD)):
        if row[0] <= UINT32_MAX:
            account = id_slot(&state.account_ids, <uint32_t>row[0])
            expect_key(&state.keys, key_hash(&state.keys, account, <const uint32_t *>&row[1]))
        row += words


cdef inline bint load_key(State *state, const uint64_t *row) noexcept nogil:
    cdef const uint32_t *id_ = <const uint32_t *>&row[1]
    cdef uint32_t account
    cdef uint64_t hash_
    cdef Key *key
    if row[0] > UINT32_MAX or row[4] > UINT32_MAX or row[7] >> (32 - KEY_ACCOUNT_BITS):
        return False
    account = id_slot(&state.account_ids, <uint32_t>row[0])
    if account == NO_SLOT:
        return False
    hash_ = key_hash(&state.keys, account, id_)
    if key_find(&state.keys, hash_, account, id_) != NULL:
        return False
    key = key_add(&state.keys, hash_, account, id_)
    key.digest = row[5]
    key.order_id = row[6]
    key.account_reason |= <uint32_t>(row[7] << KEY_ACCOUNT_BITS)
    key.valid_until_ns = <int64_t>row[8]
    return True
