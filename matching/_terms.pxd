# cython: language_level=3, cdivision=True
"""What only some orders have: a date they are good till, a trigger price that may move, lots that
the book does not show.

It lies in rows of its own, so that a plain order is not one byte larger for it. An order that has a
row carries HAS_TERMS among its flags, and OrderSlab.terms_of says which row.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc


cdef enum:
    # Above the flags an order is entered with.
    HAS_TERMS = 1 << 7
    PENDING = 1 << 6        # in no book: it waits for its trigger price
    HIDES = 1 << 5          # in the book, and hidden_qty_lots of its terms is not 0
    LINKED = 1 << 4         # one of two legs; when either goes on or ends, the other ends
    TERMS_FIRST = 1 << 8


cdef enum Stage:
    STAGE_NONE              # never waits for a price
    STAGE_WAITING
    STAGE_QUEUED            # its price has come, its turn has not
    STAGE_TRIGGERED


cdef struct OrderTerms:
    int64_t trigger_price_ticks
    int64_t display_qty_lots
    int64_t hidden_qty_lots # of a resting order, behind what it shows
    int64_t hold_price_ticks        # at which a stop to buy at market holds its lots; else 0
    int64_t water_ticks     # of a trailing stop: the best price since it was entered
    uint32_t trails_newer   # the instrument's next trailing stop, by order_id
    uint32_t trails_older
    uint32_t other_leg      # slot, if LINKED
    uint32_t expire_s       # 0: none
    uint32_t deadline       # handle; 0: none
    uint32_t again          # the next to be met again in the walk under way
    uint32_t next_free
    uint16_t trailing_bps   # 0: its trigger stays where it is
    uint8_t stage


cdef struct TermsSlab:
    OrderTerms *row         # rows 1..capacity exist
    uint64_t capacity
    uint32_t fresh          # lowest row never used
    uint32_t free_head
    uint64_t live


cdef inline uint32_t terms_add(TermsSlab *slab, const OrderTerms *terms) noexcept nogil:
    """Return a new row that holds ``terms``. There is room: reserve_terms saw to it."""
    cdef uint32_t number = slab.free_head
    if number:
        slab.free_head = slab.row[number].next_free
    else:
        number = slab.fresh
        slab.fresh += 1
    slab.live += 1
    slab.row[number] = terms[0]
    return number


cdef inline void terms_free(TermsSlab *slab, uint32_t number) noexcept nogil:
    slab.row[number].next_free = slab.free_head
    slab.free_head = number
    slab.live -= 1


cdef inline bint reserve_terms(TermsSlab *slab, uint64_t more) noexcept nogil:
    """Make room for ``more`` rows; False if memory is short, and then nothing changed."""
    cdef uint64_t wanted = slab.live + more
    cdef uint64_t capacity = max(slab.capacity, <uint64_t>TERMS_FIRST)
    cdef OrderTerms *row
    if slab.row != NULL and wanted <= slab.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    row = <OrderTerms *>realloc(slab.row, (capacity + 1) * sizeof(OrderTerms))
    if row == NULL:
        return False
    slab.row = row
    slab.capacity = capacity
    slab.fresh = max(slab.fresh, <uint32_t>1)
    return True


cdef inline void terms_close(TermsSlab *slab) noexcept nogil:
    free(slab.row)
