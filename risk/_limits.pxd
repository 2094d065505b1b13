# cython: language_level=3, cdivision=True
"""What an account may own of an asset, and pay or get of it in one order: rows for those accounts
and assets that have such a limit.

Rows lie side by side; the last one moves into a hole. Beside a position cap stands what the
account's open buys may still bring, counted only while the row is there.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc

from matching._machine cimport i128


cdef enum:
    LIMITS_FIRST = 1 << 6


cdef struct AssetLimit:
    i128 open_buys_atoms
    int64_t position_max_atoms      # 0: none
    int64_t order_notional_max_atoms
    uint32_t account        # slots
    uint32_t asset


cdef struct LimitTable:
    AssetLimit *row
    uint64_t count
    uint64_t capacity
    uint32_t *index         # row number + 1, at most half full
    uint64_t index_mask


cdef inline uint64_t limit_home(const LimitTable *table, uint32_t account,
                                uint32_t asset) noexcept nogil:
    cdef uint64_t key = (<uint64_t>account << 32 | asset) * <uint64_t>0x9E3779B97F4A7C15
    key ^= key >> 29
    return (key * <uint64_t>0xBF58476D1CE4E5B9) >> 32 & table.index_mask


cdef inline uint64_t limit_at(const LimitTable *table, uint32_t account,
                              uint32_t asset) noexcept nogil:
    """Return the index position of a row, or of the empty entry where it would go."""
    cdef uint64_t at = limit_home(table, account, asset)
    cdef const AssetLimit *row
    while table.index[at] != 0:
        row = &table.row[table.index[at] - 1]
        if row.account == account and row.asset == asset:
            return at
        at = (at + 1) & table.index_mask
    return at


cdef inline AssetLimit *limit_find(const LimitTable *table, uint32_t account,
                                   uint32_t asset) noexcept nogil:
    """Return a row, NULL if there is none."""
    cdef uint32_t number
    if table.count == 0:
        return NULL
    number = table.index[limit_at(table, account, asset)]
    return &table.row[number - 1] if number else NULL


cdef inline AssetLimit *limit_add(LimitTable *table, uint32_t account,
                                  uint32_t asset) noexcept nogil:
    """Return a new row without limits. There is room: reserve_limits saw to it."""
    cdef uint64_t at = limit_at(table, account, asset)
    cdef AssetLimit *row = &table.row[table.count]
    row.open_buys_atoms = 0
    row.position_max_atoms = row.order_notional_max_atoms = 0
    row.account = account
    row.asset = asset
    table.count += 1
    table.index[at] = <uint32_t>table.count
    return row


cdef inline void limit_unindex(LimitTable *table, uint64_t hole) noexcept nogil:
    """Empty an index entry; those after it move back."""
    cdef uint64_t at = hole
    cdef uint64_t home
    cdef const AssetLimit *row
    while True:
        at = (at + 1) & table.index_mask
        if table.index[at] == 0:
            break
        row = &table.row[table.index[at] - 1]
        home = limit_home(table, row.account, row.asset)
        if ((at - home) & table.index_mask) >= ((at - hole) & table.index_mask):
            table.index[hole] = table.index[at]
            hole = at
    table.index[hole] = 0


cdef inline void limit_remove(LimitTable *table, AssetLimit *row) noexcept nogil:
    """Take a row out."""
    cdef AssetLimit *last = &table.row[table.count - 1]
    cdef uint32_t number = <uint32_t>(row - table.row) + 1
    limit_unindex(table, limit_at(table, row.account, row.asset))
    if last != row:
        table.index[limit_at(table, last.account, last.asset)] = number
        row[0] = last[0]
    table.count -= 1


cdef inline bint limits_grow_index(LimitTable *table, uint64_t entries) noexcept nogil:
    cdef uint32_t *index = <uint32_t *>calloc(entries, sizeof(uint32_t))
    cdef uint64_t number
    if index == NULL:
        return False
    free(table.index)
    table.index = index
    table.index_mask = entries - 1
    for number in range(table.count):
        index[limit_at(table, table.row[number].account, table.row[number].asset)] = (
            <uint32_t>number + 1
        )
    return True


cdef inline bint reserve_limits(LimitTable *table, uint64_t wanted) noexcept nogil:
    """Make room for ``wanted`` rows in all; False if memory is short, and then nothing changed."""
    cdef uint64_t capacity = max(table.capacity, <uint64_t>LIMITS_FIRST)
    cdef AssetLimit *row
    if wanted <= table.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    row = <AssetLimit *>realloc(table.row, capacity * sizeof(AssetLimit))
    if row == NULL:
        return False
    table.row = row
    if not limits_grow_index(table, 2 * capacity):
        return False
    table.capacity = capacity
    return True


cdef inline void limits_close(LimitTable *table) noexcept nogil:
    free(table.row)
    free(table.index)
