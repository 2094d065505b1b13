# cython: language_level=3, cdivision=True
"""Resting orders in slabs: 64 bytes that matching touches, 48 that it does not, order_id -> slot.

A slot is an index from 1; 0 means none. Slots never leave the process: ids do. Freed slots are
reused last in, first out, so that a busy book stays in the cache. Growth happens in
``reserve_orders``, before a batch of commands, never in the middle of one.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset
from posix.stdlib cimport posix_memalign

from matching._machine cimport likely


cdef enum:
    # An index entry is a slot and, above it, some bits of the id's hash: a probe that meets
    # another order's entry nearly always sees it without touching that order.
    SLOT_BITS = 23
    SLOT_MASK = (1 << SLOT_BITS) - 1
    OPEN_ORDERS_MAX = 8_000_000
    ORDERS_FIRST = 1 << 10
    INDEX_FIRST = 1 << 11


cdef struct BookOrder:
    # 64 bytes, one cache line: all that a trade reads or writes of a maker.
    uint64_t order_id
    int64_t price_ticks
    int64_t leaves_qty_lots
    uint64_t place          # counts joins of a level's tail; carried for the state hash
    uint32_t newer          # in the same level; in a free slot: the next free one
    uint32_t older
    uint32_t group_id       # owner, for self-trade prevention
    uint32_t account        # the rest is carried for the core, matching does not read it
    uint32_t fee_debt
    uint32_t spent_row
    uint32_t received_row
    uint16_t instrument
    uint8_t side
    uint8_t flags


cdef struct OrderDetail:
    # 48 bytes that only entry, amendment and end of an order touch. qty = leaves + cum, always.
    int64_t qty_lots
    uint32_t client_order_id[7]
    uint32_t account_newer
    uint32_t account_older
    uint8_t order_type
    uint8_t time_in_force
    uint8_t self_trade_prevention
    uint8_t unused


cdef struct OrderSlab:
    BookOrder *book
    OrderDetail *detail
    uint32_t *terms_of      # row in TermsSlab of an order with HAS_TERMS; else anything
    uint32_t capacity       # slots 1..capacity exist
    uint32_t fresh          # lowest slot never used
    uint32_t free_head
    uint32_t live
    uint32_t *index
    uint64_t index_mask
    uint64_t seed


cdef inline uint64_t mixed(uint64_t value, uint64_t seed) noexcept nogil:
    """Return a hash whose high bits depend on every bit of ``value``."""
    value *= <uint64_t>0x9E3779B97F4A7C15
    value ^= value >> 32
    # The seed is secret: nobody can choose which of its orders to leave open so that they collide.
    return value * seed


cdef inline uint64_t index_home(const OrderSlab *slab, uint64_t hash_) noexcept nogil:
    return (hash_ >> 32) & slab.index_mask


cdef inline uint32_t index_tag(uint64_t hash_) noexcept nogil:
    return <uint32_t>(hash_ >> 23) & 0x1FF


cdef inline uint64_t index_find(const OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return the index position of ``order_id``, or of the empty entry where it would go."""
    cdef uint64_t hash_ = mixed(order_id, slab.seed)
    cdef uint64_t at = index_home(slab, hash_)
    cdef uint32_t tag = index_tag(hash_)
    cdef uint32_t entry
    while True:
        entry = slab.index[at]
        if entry == 0:
            return at
        if entry >> SLOT_BITS == tag and slab.book[entry & SLOT_MASK].order_id == order_id:
            return at
        at = (at + 1) & slab.index_mask


cdef inline uint32_t slot_of(const OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return the slot of an open order, 0 if there is none with that id."""
    return slab.index[index_find(slab, order_id)] & SLOT_MASK


cdef inline uint32_t order_add(OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return a slot for a new order. There is room: reserve_orders saw to it."""
    cdef uint32_t slot = slab.free_head
    cdef uint64_t hash_ = mixed(order_id, slab.seed)
    cdef uint64_t at = index_home(slab, hash_)
    if likely(slot != 0):
        slab.free_head = slab.book[slot].newer
    else:
        slot = slab.fresh
        slab.fresh += 1
    slab.live += 1
    slab.book[slot].order_id = order_id
    while slab.index[at] != 0:
        at = (at + 1) & slab.index_mask
    slab.index[at] = slot | index_tag(hash_) << SLOT_BITS
    return slot


cdef inline void order_free(OrderSlab *slab, uint32_t slot) noexcept nogil:
    """Forget an order. The entries after it move back, so no tombstone stays behind."""
    cdef uint64_t hole = index_find(slab, slab.book[slot].order_id)
    cdef uint64_t at = hole
    cdef uint64_t home
    cdef uint32_t entry
    while True:
        at = (at + 1) & slab.index_mask
        entry = slab.index[at]
        if entry == 0:
            break
        home = index_home(slab, mixed(slab.book[entry & SLOT_MASK].order_id, slab.seed))
        if ((at - home) & slab.index_mask) >= ((at - hole) & slab.index_mask):
            slab.index[hole] = entry
            hole = at
    slab.index[hole] = 0
    slab.book[slot].newer = slab.free_head
    slab.book[slot].order_id = 0
    slab.free_head = slot
    slab.live -= 1


cdef inline bint index_grow(OrderSlab *slab, uint64_t entries) noexcept nogil:
    cdef uint32_t *old = slab.index
    cdef uint64_t old_entries = slab.index_mask + 1 if old != NULL else 0
    cdef uint32_t *index = <uint32_t *>calloc(entries, sizeof(uint32_t))
    cdef uint64_t at, home, hash_
    if index == NULL:
        return False
    slab.index = index
    slab.index_mask = entries - 1
    for at in range(old_entries):
        if old[at] != 0:
            hash_ = mixed(slab.book[old[at] & SLOT_MASK].order_id, slab.seed)
            home = index_home(slab, hash_)
            while index[home] != 0:
                home = (home + 1) & slab.index_mask
            index[home] = old[at]
    free(old)
    return True


cdef inline bint slots_grow(OrderSlab *slab, uint64_t capacity) noexcept nogil:
    cdef void *book = NULL
    cdef OrderDetail *detail
    cdef uint32_t *terms_of
    if posix_memalign(&book, 64, (capacity + 1) * sizeof(BookOrder)) != 0:
        return False
    detail = <OrderDetail *>realloc(slab.detail, (capacity + 1) * sizeof(OrderDetail))
    if detail == NULL:
        free(book)
        return False
    slab.detail = detail
    terms_of = <uint32_t *>realloc(slab.terms_of, (capacity + 1) * sizeof(uint32_t))
    if terms_of == NULL:
        free(book)
        return False
    slab.terms_of = terms_of
    if slab.book != NULL:
        memcpy(book, slab.book, slab.fresh * sizeof(BookOrder))
        free(slab.book)
    slab.book = <BookOrder *>book
    slab.capacity = <uint32_t>capacity
    return True


cdef inline bint reserve_orders(OrderSlab *slab, uint64_t more) noexcept nogil:
    """Make room for ``more`` orders; False if memory is short, and then nothing changed."""
    cdef uint64_t wanted = min(slab.live + more, <uint64_t>OPEN_ORDERS_MAX)
    cdef uint64_t capacity = max(slab.capacity, <uint64_t>ORDERS_FIRST)
    cdef uint64_t entries = max(slab.index_mask + 1, <uint64_t>INDEX_FIRST)
    while capacity < wanted:
        capacity *= 2
    while entries < 2 * wanted:  # at most half full: probes stay short
        entries *= 2
    if capacity > slab.capacity and not slots_grow(slab, min(capacity, <uint64_t>OPEN_ORDERS_MAX)):
        return False
    if slab.index == NULL or entries > slab.index_mask + 1:
        return index_grow(slab, entries)
    return True


cdef inline void slab_open(OrderSlab *slab, uint64_t seed) noexcept nogil:
    """Start empty and without memory: reserve_orders must follow before anything else."""
    memset(slab, 0, sizeof(OrderSlab))
    slab.fresh = 1
    slab.seed = seed | 1


cdef inline void slab_close(OrderSlab *slab) noexcept nogil:
    free(slab.book)
    free(slab.detail)
    free(slab.terms_of)
    free(slab.index)
