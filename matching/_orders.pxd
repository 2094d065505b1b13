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

from matching._machine cimport likely, prefetch, unlikely


cdef enum:
    OPEN_ORDERS_MAX = 8_000_000
    ORDERS_FIRST = 1 << 10
    CHAINS_FIRST_LOG2 = 14
    CHAINS_FIRST = 1 << CHAINS_FIRST_LOG2
    CHAINS_MAX = 1 << 22    # beyond so many orders some share a chain: that saves 3 bytes an order


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
    uint32_t *chain         # a slot, from which next_in_chain leads on
    uint32_t *next_in_chain
    uint64_t chains_mask
    uint64_t seed


cdef inline uint64_t chain_of(const OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return the chain an id belongs to. In a run of CHAINS_FIRST ids each has its own, and
    neighbours lie side by side; which run shares which chains with another, only the seed knows: it
    is secret, and nobody can choose which of its orders to leave open so that they collide.
    """
    return (order_id ^ (order_id >> CHAINS_FIRST_LOG2) * slab.seed >> 32) & slab.chains_mask


cdef inline uint32_t slot_in(const OrderSlab *slab, uint64_t chain,
                             uint64_t order_id) noexcept nogil:
    """Return the slot of an open order whose chain is known, 0 if there is none with that id."""
    cdef uint32_t slot = slab.chain[chain]
    while slot and slab.book[slot].order_id != order_id:
        slot = slab.next_in_chain[slot]
    return slot


cdef inline uint32_t slot_of(const OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return the slot of an open order, 0 if there is none with that id."""
    return slot_in(slab, chain_of(slab, order_id), order_id)


cdef inline uint32_t first_in_chain(const OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return the slot of the newest order in the chain of an id, 0 if there is none."""
    return slab.chain[chain_of(slab, order_id)]


cdef inline void expect_order(const OrderSlab *slab, uint64_t chain) noexcept nogil:
    """Have the cache fetch the first order of a chain."""
    prefetch(&slab.book[slab.chain[chain]])


cdef inline void expect_neighbours(const OrderSlab *slab, uint64_t chain) noexcept nogil:
    """Have the cache fetch the orders beside one that was expected a while ago."""
    cdef const BookOrder *order = &slab.book[slab.chain[chain]]
    prefetch(&slab.book[order.older])
    prefetch(&slab.book[order.newer])


cdef inline uint32_t order_add_to(OrderSlab *slab, uint64_t chain,
                                  uint64_t order_id) noexcept nogil:
    """As ``order_add``, of an order whose chain is known."""
    cdef uint32_t slot = slab.free_head
    if likely(slot != 0):
        slab.free_head = slab.book[slot].newer
    else:
        slot = slab.fresh
        slab.fresh += 1
    slab.live += 1
    slab.book[slot].order_id = order_id
    slab.next_in_chain[slot] = slab.chain[chain]
    slab.chain[chain] = slot
    return slot


cdef inline uint32_t order_add(OrderSlab *slab, uint64_t order_id) noexcept nogil:
    """Return a slot for a new order. There is room: reserve_orders saw to it."""
    return order_add_to(slab, chain_of(slab, order_id), order_id)


cdef inline void order_free_from(OrderSlab *slab, uint64_t chain, uint32_t slot) noexcept nogil:
    """Forget an order whose chain is known."""
    cdef uint32_t *link = &slab.chain[chain]
    while unlikely(link[0] != slot):
        link = &slab.next_in_chain[link[0]]
    link[0] = slab.next_in_chain[slot]
    slab.book[slot].newer = slab.free_head
    slab.book[slot].order_id = 0
    slab.free_head = slot
    slab.live -= 1


cdef inline void order_free(OrderSlab *slab, uint32_t slot) noexcept nogil:
    """Forget an order."""
    order_free_from(slab, chain_of(slab, slab.book[slot].order_id), slot)


cdef inline bint chains_grow(OrderSlab *slab, uint64_t chains) noexcept nogil:
    """Deal the orders out to more chains. There is a link for each slot."""
    cdef uint32_t *chain = <uint32_t *>calloc(chains, sizeof(uint32_t))
    cdef uint32_t *first
    cdef uint32_t slot
    if chain == NULL:
        return False
    free(slab.chain)
    slab.chain = chain
    slab.chains_mask = chains - 1
    for slot in range(1, slab.fresh):
        if slab.book[slot].order_id != 0:
            first = &chain[chain_of(slab, slab.book[slot].order_id)]
            slab.next_in_chain[slot] = first[0]
            first[0] = slot
    return True


cdef inline bint slots_grow(OrderSlab *slab, uint64_t capacity) noexcept nogil:
    cdef void *book = NULL
    cdef OrderDetail *detail
    cdef uint32_t *terms_of
    cdef uint32_t *next_in_chain
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
    next_in_chain = <uint32_t *>realloc(slab.next_in_chain, (capacity + 1) * sizeof(uint32_t))
    if next_in_chain == NULL:
        free(book)
        return False
    slab.next_in_chain = next_in_chain
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
    cdef uint64_t chains = max(slab.chains_mask + 1, <uint64_t>CHAINS_FIRST)
    while capacity < wanted:
        capacity *= 2
    while chains < min(wanted, <uint64_t>CHAINS_MAX):
        chains *= 2
    if capacity > slab.capacity and not slots_grow(slab, min(capacity, <uint64_t>OPEN_ORDERS_MAX)):
        return False
    if slab.chain == NULL or chains > slab.chains_mask + 1:
        return chains_grow(slab, chains)
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
    free(slab.chain)
    free(slab.next_in_chain)
