# cython: language_level=3, cdivision=True
"""Legs of order lists that were sent before their list: an account's last two, as they came."""

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from engine_core._wire cimport COMMAND_BYTES, NewOrder


cdef enum:
    LEGS = 2
    PARKED_FIRST = 1 << 4


cdef struct Parked:
    NewOrder leg[LEGS]      # the older first
    uint32_t count
    uint32_t next_free


cdef struct ParkedSlab:
    Parked *row             # rows 1..capacity exist
    uint64_t capacity
    uint32_t fresh          # lowest row never used
    uint32_t free_head
    uint64_t live


cdef inline void park(ParkedSlab *slab, uint32_t *account_row, const NewOrder *leg) noexcept nogil:
    """Keep a leg in an account's row, made if need be; a third drops the oldest. There is room."""
    cdef uint32_t number = account_row[0]
    cdef Parked *row
    if number == 0:
        number = slab.free_head
        if number:
            slab.free_head = slab.row[number].next_free
        else:
            number = slab.fresh
            slab.fresh += 1
        slab.live += 1
        slab.row[number].count = 0
        account_row[0] = number
    row = &slab.row[number]
    if row.count == LEGS:
        memcpy(&row.leg[0], &row.leg[1], COMMAND_BYTES)
        row.count -= 1
    memcpy(&row.leg[row.count], leg, COMMAND_BYTES)
    row.count += 1


cdef inline void drop_parked(ParkedSlab *slab, uint32_t *account_row) noexcept nogil:
    if account_row[0]:
        slab.row[account_row[0]].next_free = slab.free_head
        slab.free_head = account_row[0]
        slab.live -= 1
        account_row[0] = 0


cdef inline bint reserve_parked(ParkedSlab *slab, uint64_t more) noexcept nogil:
    """Make room for ``more`` rows; False if memory is short, and then nothing changed."""
    cdef uint64_t wanted = slab.live + more
    cdef uint64_t capacity = max(slab.capacity, <uint64_t>PARKED_FIRST)
    cdef Parked *row
    if slab.row != NULL and wanted <= slab.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    row = <Parked *>realloc(slab.row, (capacity + 1) * sizeof(Parked))
    if row == NULL:
        return False
    slab.row = row
    slab.capacity = capacity
    slab.fresh = max(slab.fresh, <uint32_t>1)
    return True


cdef inline void parked_close(ParkedSlab *slab) noexcept nogil:
    free(slab.row)
