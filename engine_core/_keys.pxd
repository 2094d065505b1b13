# cython: language_level=3, cdivision=True
"""What was answered to which client order id: at most 64 bytes a key.

Keys lie in a ring in the order they came, 56 bytes each: they only ever leave at the front, so the
ring is also the queue of what to forget. Beside it lies an index, 8 bytes for each of them.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from engine_core._key_index cimport (
    KEYS_LIMIT,
    KeyIndex,
    KeyLine,
    index_add,
    index_change,
    index_close,
    index_open,
    index_remove,
    key_tag,
    line_after,
    line_home,
    places_tagged,
)
from matching._machine cimport give_pages_back, likely, lowest_bit, pages, prefetch


cdef enum:
    KEY_ROTATIONS_MAX = 64
    KEYS_READ_AHEAD = 16    # where keys are forgotten one after the other
    KEY_ACCOUNT_BITS = 20   # an account's slot: there are at most 1,000,000
    KEY_ACCOUNT_MASK = (1 << KEY_ACCOUNT_BITS) - 1
    CLIENT_ORDER_ID_CHARS_MAX = 36
    BITS_PER_CHAR = 6


cdef struct Key:
    uint64_t order_id
    uint64_t digest
    int64_t valid_until_ns
    uint32_t client_order_id[7]
    uint32_t account_reason         # account slot, and above it the reason


cdef struct KeyTable:
    Key *ring
    KeyIndex index
    uint64_t capacity       # of the ring
    uint64_t head
    uint64_t count
    uint64_t keys_max
    uint64_t seed[5]


cdef inline bint id_is_none(const uint32_t *id_) noexcept nogil:
    return (id_[0] | id_[1] | id_[2] | id_[3] | id_[4] | id_[5] | id_[6]) == 0


cdef inline bint id_is_canonical(const uint32_t *id_) noexcept nogil:
    """Return whether 28 bytes are a packed client order id, or that of none: a length of at most 36
    in the last byte and no bit set past its characters.
    """
    cdef uint32_t used_bits = (id_[6] >> 24) * BITS_PER_CHAR
    cdef uint32_t word = used_bits >> 5
    cdef uint32_t rest
    if used_bits < 64:  # as most ids are
        return (
            word_of(id_) >> used_bits | word_of(id_ + 2) | word_of(id_ + 4) | id_[6] & 0x00FFFFFF
        ) == 0
    if used_bits > CLIENT_ORDER_ID_CHARS_MAX * BITS_PER_CHAR:
        return False
    rest = (id_[word] & 0x00FFFFFF if word == 6 else id_[word]) >> (used_bits & 31)
    word += 1
    while word < 7:
        rest |= id_[word] & 0x00FFFFFF if word == 6 else id_[word]
        word += 1
    return rest == 0


cdef inline uint64_t word_of(const uint32_t *halves) noexcept nogil:
    return halves[0] | <uint64_t>halves[1] << 32


cdef inline uint64_t key_hash(const KeyTable *table, uint32_t account,
                              const uint32_t *id_) noexcept nogil:
    """Return a hash under secret seeds: ids are chosen by clients, collisions must not be."""
    cdef uint64_t hash_ = word_of(id_) * table.seed[0]
    hash_ += word_of(id_ + 2) * table.seed[1]
    hash_ += word_of(id_ + 4) * table.seed[2]
    hash_ += (id_[6] | <uint64_t>account << 32) * table.seed[3]
    hash_ ^= hash_ >> 32
    hash_ *= table.seed[4]
    return hash_ ^ hash_ >> 29


cdef inline bint key_is(const Key *key, uint32_t account, const uint32_t *id_) noexcept nogil:
    return (
        key.account_reason & KEY_ACCOUNT_MASK == account
        and memcmp(key.client_order_id, id_, 28) == 0
    )


cdef inline Key *key_find(const KeyTable *table, uint64_t hash_, uint32_t account,
                          const uint32_t *id_) noexcept nogil:
    """Return what is remembered under a key, NULL if nothing is."""
    cdef const KeyLine *line = line_home(&table.index, hash_)
    cdef uint32_t places
    cdef Key *key
    while True:
        places = places_tagged(line, key_tag(hash_))
        while places:
            key = &table.ring[(line.entry[lowest_bit(places)] & KEYS_LIMIT) - 1]
            if likely(key_is(key, account, id_)):
                return key
            places &= places - 1
        if likely(line.passed == 0):
            return NULL
        line = line_after(&table.index, line)


cdef inline void expect_key(const KeyTable *table, uint64_t hash_) noexcept nogil:
    """Have the cache fetch where a lookup begins."""
    prefetch(line_home(&table.index, hash_))


cdef inline void expect_known_key(const KeyTable *table, uint64_t hash_) noexcept nogil:
    """Have the cache fetch the key that a lookup expected a while ago will most likely find."""
    cdef const KeyLine *line = line_home(&table.index, hash_)
    cdef uint32_t places = places_tagged(line, key_tag(hash_))
    cdef const char *key
    if places:
        key = <const char *>&table.ring[(line.entry[lowest_bit(places)] & KEYS_LIMIT) - 1]
        prefetch(key)
        prefetch(key + sizeof(Key) - 1)


cdef inline void expect_forgotten(const KeyTable *table, uint64_t keys) noexcept nogil:
    """Have the cache fetch what it takes to forget a key, ``keys`` behind the front, if the table
    is that full.
    """
    cdef uint64_t position = table.head + keys
    cdef const Key *key
    if table.count + keys < table.keys_max or keys >= table.count:
        return
    if position >= table.capacity:
        position -= table.capacity
    key = &table.ring[position]
    expect_key(table, hash_of(table, key))
    prefetch(key + KEYS_READ_AHEAD)  # past the end of the ring it fetches nothing


cdef inline Key *key_add(KeyTable *table, uint64_t hash_, uint32_t account,
                         const uint32_t *id_) noexcept nogil:
    """Return a new key at the back of the ring, its answer not set. There is room for it."""
    cdef uint64_t position = table.head + table.count
    cdef Key *key
    if position >= table.capacity:
        position -= table.capacity
    key = &table.ring[position]
    table.count += 1
    memcpy(key.client_order_id, id_, 28)
    key.account_reason = account
    index_add(&table.index, hash_, <uint32_t>(position + 1))
    return key


cdef inline uint64_t hash_of(const KeyTable *table, const Key *key) noexcept nogil:
    return key_hash(table, key.account_reason & KEY_ACCOUNT_MASK, key.client_order_id)


cdef inline void key_forget_oldest(KeyTable *table) noexcept nogil:
    """Take out the key at the front."""
    index_remove(&table.index, hash_of(table, &table.ring[table.head]),
                 <uint32_t>(table.head + 1))
    key_step_head(table)
    table.count -= 1


cdef inline void key_step_head(KeyTable *table) noexcept nogil:
    table.head = 0 if table.head + 1 == table.capacity else table.head + 1


cdef inline void key_rotate(KeyTable *table) noexcept nogil:
    """Put the key at the front behind all others."""
    cdef uint64_t back = table.head + table.count
    # A full ring's front is also the place behind its back: nothing has to move.
    if table.count != table.capacity:
        if back >= table.capacity:
            back -= table.capacity
        index_change(&table.index, hash_of(table, &table.ring[table.head]),
                     <uint32_t>(table.head + 1), <uint32_t>(back + 1))
        table.ring[back] = table.ring[table.head]
    key_step_head(table)


cdef inline bint reserve_keys(KeyTable *table) noexcept nogil:
    """Get the memory for all keys there may ever be, once: no growth can hold up a command later,
    and what is never used is never real. False if memory is short.
    """
    cdef uint64_t capacity = table.keys_max
    if likely(table.index.line != NULL):
        return True
    if table.ring == NULL:
        table.ring = <Key *>pages(capacity * sizeof(Key))
    if table.ring == NULL or not index_open(&table.index, capacity):
        return False
    table.capacity = capacity
    return True


cdef inline void keys_open(KeyTable *table, uint64_t keys_max,
                           const uint64_t *seeds) noexcept nogil:
    """Start empty and without memory: reserve_keys must follow before anything else."""
    cdef int at
    memset(table, 0, sizeof(KeyTable))
    table.keys_max = keys_max
    for at in range(5):
        table.seed[at] = seeds[at] | 1


cdef inline void keys_close(KeyTable *table) noexcept nogil:
    give_pages_back(table.ring, table.keys_max * sizeof(Key))
    index_close(&table.index)
