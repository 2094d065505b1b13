# cython: language_level=3, cdivision=True
"""What was answered to which client order id: at most 64 bytes a key.

Keys lie in a ring in the order they came, 56 bytes each: they only ever leave at the front, so the
ring is also the queue of what to forget. Beside it lies an index of two 4-byte entries for each
place in the ring.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from matching._machine cimport give_pages_back, likely, pages, prefetch


cdef enum:
    KEY_ROTATIONS_MAX = 64
    KEY_POSITION_BITS = 24
    KEYS_LIMIT = (1 << KEY_POSITION_BITS) - 1
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
    uint32_t *index         # ring position + 1, above it bits of the hash; 0 is empty
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


cdef inline uint64_t key_home(const KeyTable *table, uint64_t hash_) noexcept nogil:
    return <uint64_t><uint32_t>hash_ * (2 * table.capacity) >> 32


cdef inline uint32_t key_tag(uint64_t hash_) noexcept nogil:
    return <uint32_t>(hash_ >> 56)


cdef inline uint64_t key_step(const KeyTable *table, uint64_t at) noexcept nogil:
    at += 1
    return 0 if at == 2 * table.capacity else at


cdef inline uint64_t key_index_of(const KeyTable *table, uint64_t hash_, uint32_t account,
                                  const uint32_t *id_) noexcept nogil:
    """Return the index position of a key, or of the empty entry where it would go."""
    cdef uint64_t at = key_home(table, hash_)
    cdef uint32_t tag = key_tag(hash_)
    cdef uint32_t entry
    cdef const Key *key
    while True:
        entry = table.index[at]
        if entry == 0:
            return at
        if entry >> KEY_POSITION_BITS == tag:
            key = &table.ring[(entry & KEYS_LIMIT) - 1]
            if (
                key.account_reason & KEY_ACCOUNT_MASK == account
                and memcmp(key.client_order_id, id_, 28) == 0
            ):
                return at
        at = key_step(table, at)


cdef inline Key *key_find(const KeyTable *table, uint64_t hash_, uint32_t account,
                          const uint32_t *id_) noexcept nogil:
    """Return what is remembered under a key, NULL if nothing is."""
    cdef uint32_t entry = table.index[key_index_of(table, hash_, account, id_)]
    return &table.ring[(entry & KEYS_LIMIT) - 1] if entry else NULL


cdef inline void expect_key(const KeyTable *table, uint64_t hash_) noexcept nogil:
    """Have the cache fetch where a lookup begins."""
    prefetch(&table.index[key_home(table, hash_)])


cdef inline void expect_known_key(const KeyTable *table, uint64_t hash_) noexcept nogil:
    """Have the cache fetch the key that a lookup expected a while ago will most likely find."""
    cdef uint64_t at = key_home(table, hash_)
    cdef uint32_t tag = key_tag(hash_)
    cdef const char *key
    while table.index[at] != 0:
        if table.index[at] >> KEY_POSITION_BITS == tag:
            key = <const char *>&table.ring[(table.index[at] & KEYS_LIMIT) - 1]
            prefetch(key)
            prefetch(key + sizeof(Key) - 1)
            return
        at = key_step(table, at)


cdef inline Key *key_add(KeyTable *table, uint64_t hash_, uint32_t account,
                         const uint32_t *id_) noexcept nogil:
    """Return a new key at the back of the ring, its answer not set. There is room for it."""
    cdef uint64_t position = table.head + table.count
    cdef uint64_t at = key_home(table, hash_)
    cdef Key *key
    if position >= table.capacity:
        position -= table.capacity
    key = &table.ring[position]
    table.count += 1
    memcpy(key.client_order_id, id_, 28)
    key.account_reason = account
    while table.index[at] != 0:
        at = key_step(table, at)
    table.index[at] = <uint32_t>(position + 1) | key_tag(hash_) << KEY_POSITION_BITS
    return key


cdef inline uint64_t key_distance(const KeyTable *table, uint64_t from_,
                                  uint64_t to) noexcept nogil:
    return to - from_ if to >= from_ else to + 2 * table.capacity - from_


cdef inline void key_forget_oldest(KeyTable *table) noexcept nogil:
    """Take out the key at the front; the index entries after its own move back."""
    cdef Key *key = &table.ring[table.head]
    cdef uint32_t account = key.account_reason & KEY_ACCOUNT_MASK
    cdef uint64_t hash_ = key_hash(table, account, key.client_order_id)
    cdef uint64_t hole = key_index_of(table, hash_, account, key.client_order_id)
    cdef uint64_t at = hole
    cdef uint64_t home
    while True:
        at = key_step(table, at)
        if table.index[at] == 0:
            break
        key = &table.ring[(table.index[at] & KEYS_LIMIT) - 1]
        hash_ = key_hash(table, key.account_reason & KEY_ACCOUNT_MASK, key.client_order_id)
        home = key_home(table, hash_)
        if key_distance(table, home, at) >= key_distance(table, hole, at):
            table.index[hole] = table.index[at]
            hole = at
    table.index[hole] = 0
    key_step_head(table)
    table.count -= 1


cdef inline void key_step_head(KeyTable *table) noexcept nogil:
    table.head = 0 if table.head + 1 == table.capacity else table.head + 1


cdef inline void key_rotate(KeyTable *table) noexcept nogil:
    """Put the key at the front behind all others."""
    cdef const Key *front = &table.ring[table.head]
    cdef uint32_t account = front.account_reason & KEY_ACCOUNT_MASK
    cdef uint64_t back = table.head + table.count
    cdef uint64_t hash_, at
    # A full ring's front is also the place behind its back: nothing has to move.
    if table.count != table.capacity:
        if back >= table.capacity:
            back -= table.capacity
        hash_ = key_hash(table, account, front.client_order_id)
        at = key_index_of(table, hash_, account, front.client_order_id)
        table.index[at] = <uint32_t>(back + 1) | key_tag(hash_) << KEY_POSITION_BITS
        table.ring[back] = front[0]
    key_step_head(table)


cdef inline bint reserve_keys(KeyTable *table) noexcept nogil:
    """Get the memory for all keys there may ever be, once: no growth can hold up a command later,
    and what is never used is never real. False if memory is short.
    """
    cdef uint64_t capacity = table.keys_max
    if likely(table.index != NULL):
        return True
    if table.ring == NULL:
        table.ring = <Key *>pages(capacity * sizeof(Key))
    if table.ring == NULL:
        return False
    table.index = <uint32_t *>pages(2 * capacity * sizeof(uint32_t))
    if table.index == NULL:
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
    give_pages_back(table.index, 2 * table.keys_max * sizeof(uint32_t))
