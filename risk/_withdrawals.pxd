# cython: language_level=3, cdivision=True
"""Withdrawals that are held and neither posted nor voided: rows in the order of their names.

There are few at a time and they change by control commands only, so rows move to keep their order.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memmove


cdef enum:
    WITHDRAWALS_FIRST = 1 << 6


cdef struct Withdrawal:
    uint64_t source_seq     # with the source: its name
    int64_t amount_atoms
    uint32_t source_id
    uint32_t balance        # row that it is held in


cdef struct WithdrawalTable:
    Withdrawal *row
    uint64_t count
    uint64_t capacity


cdef inline uint64_t withdrawal_at(const WithdrawalTable *table, uint32_t source_id,
                                   uint64_t source_seq) noexcept nogil:
    """Return the number of a row, or of the one before which it would go."""
    cdef uint64_t low = 0
    cdef uint64_t high = table.count
    cdef uint64_t middle
    cdef const Withdrawal *row
    while low < high:
        middle = (low + high) // 2
        row = &table.row[middle]
        if row.source_id < source_id or (
            row.source_id == source_id and row.source_seq < source_seq
        ):
            low = middle + 1
        else:
            high = middle
    return low


cdef inline Withdrawal *withdrawal_find(const WithdrawalTable *table, uint32_t source_id,
                                        uint64_t source_seq) noexcept nogil:
    """Return a row, NULL if there is none."""
    cdef uint64_t at = withdrawal_at(table, source_id, source_seq)
    if at == table.count:
        return NULL
    if table.row[at].source_id != source_id or table.row[at].source_seq != source_seq:
        return NULL
    return &table.row[at]


cdef inline void withdrawal_add(WithdrawalTable *table, const Withdrawal *new) noexcept nogil:
    """Add a row of a name that there is none of. There is room: reserve_withdrawals saw to it."""
    cdef uint64_t at = withdrawal_at(table, new.source_id, new.source_seq)
    cdef Withdrawal *row = &table.row[at]
    memmove(row + 1, row, (table.count - at) * sizeof(Withdrawal))
    row[0] = new[0]
    table.count += 1


cdef inline void withdrawal_remove(WithdrawalTable *table, Withdrawal *row) noexcept nogil:
    """Take a row out."""
    cdef uint64_t after = table.count - <uint64_t>(row - table.row) - 1
    memmove(row, row + 1, after * sizeof(Withdrawal))
    table.count -= 1


cdef inline bint reserve_withdrawals(WithdrawalTable *table, uint64_t wanted) noexcept nogil:
    """Make room for ``wanted`` rows in all; False if memory is short, and then nothing changed."""
    cdef uint64_t capacity = max(table.capacity, <uint64_t>WITHDRAWALS_FIRST)
    cdef Withdrawal *row
    if wanted <= table.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    row = <Withdrawal *>realloc(table.row, capacity * sizeof(Withdrawal))
    if row == NULL:
        return False
    table.row = row
    table.capacity = capacity
    return True


cdef inline void withdrawals_close(WithdrawalTable *table) noexcept nogil:
    free(table.row)
