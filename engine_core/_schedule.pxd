# cython: language_level=3, cdivision=True
"""Changes of trading status that wait for their time: a short list for each instrument."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc


cdef enum:
    CHANGES_FIRST = 1 << 6


cdef struct Change:
    uint64_t at_s
    uint32_t handle         # of its deadline
    uint32_t older          # the one of the same instrument that was there before; 0: none
    uint8_t trading_status


cdef struct ChangeSlab:
    Change *row             # rows 1..capacity exist
    uint64_t capacity
    uint32_t fresh          # lowest row never used
    uint32_t free_head
    uint64_t live


cdef inline uint32_t *change_link(ChangeSlab *slab, uint32_t *newest,
                                  uint64_t at_s) noexcept nogil:
    """Return the link in an instrument's list that leads to the change of a time, or the last link,
    which is 0.
    """
    cdef uint32_t *link = newest
    while link[0] and slab.row[link[0]].at_s != at_s:
        link = &slab.row[link[0]].older
    return link


cdef inline uint32_t change_add(ChangeSlab *slab, uint32_t *newest, uint64_t at_s) noexcept nogil:
    """Return a new row at the head of an instrument's list. There is room for it."""
    cdef uint32_t number = slab.free_head
    if number:
        slab.free_head = slab.row[number].older
    else:
        number = slab.fresh
        slab.fresh += 1
    slab.live += 1
    slab.row[number].at_s = at_s
    slab.row[number].older = newest[0]
    newest[0] = number
    return number


cdef inline void change_remove(ChangeSlab *slab, uint32_t *link) noexcept nogil:
    """Take out the change that a link leads to."""
    cdef uint32_t number = link[0]
    link[0] = slab.row[number].older
    slab.row[number].older = slab.free_head
    slab.free_head = number
    slab.live -= 1


cdef inline bint reserve_changes(ChangeSlab *slab, uint64_t more) noexcept nogil:
    """Make room for ``more`` changes; False if memory is short, and then nothing changed."""
    cdef uint64_t wanted = slab.live + more
    cdef uint64_t capacity = max(slab.capacity, <uint64_t>CHANGES_FIRST)
    cdef Change *row
    if slab.row != NULL and wanted <= slab.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    row = <Change *>realloc(slab.row, (capacity + 1) * sizeof(Change))
    if row == NULL:
        return False
    slab.row = row
    slab.capacity = capacity
    slab.fresh = max(slab.fresh, <uint32_t>1)
    return True


cdef inline void changes_close(ChangeSlab *slab) noexcept nogil:
    free(slab.row)
