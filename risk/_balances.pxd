# cython: language_level=3, cdivision=True
"""Available and held atoms of every account and asset, and what fills, holds and fees do to them.

Rows are appended and never move: an order carries the numbers of the two rows it works with, so
that a trade looks nothing up. An account is named by its slot, an asset likewise.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memset

from matching._machine cimport i128, likely


cdef enum:
    PPM = 1_000_000
    ROWS_FIRST = 1 << 10


cdef struct BalanceRow:
    int64_t available_atoms
    int64_t held_atoms
    uint32_t account
    uint32_t asset


cdef struct BalanceTable:
    BalanceRow *row
    uint64_t count
    uint64_t capacity
    uint64_t *index         # half a hash, below it row number + 1; 0 is empty; at most half full
    uint64_t index_mask


cdef inline uint64_t balance_hash(uint32_t account, uint32_t asset) noexcept nogil:
    cdef uint64_t key = (<uint64_t>account << 32 | asset) * <uint64_t>0x9E3779B97F4A7C15
    key ^= key >> 29
    return key * <uint64_t>0xBF58476D1CE4E5B9


cdef inline uint64_t balance_home(const BalanceTable *table, uint64_t hash_) noexcept nogil:
    return hash_ >> 32 & table.index_mask


cdef inline uint64_t balance_at(const BalanceTable *table, uint32_t account,
                                uint32_t asset) noexcept nogil:
    """Return the index position of a row, or of the empty entry where it would go."""
    cdef uint64_t hash_ = balance_hash(account, asset)
    cdef uint64_t at = balance_home(table, hash_)
    cdef const BalanceRow *row
    while table.index[at] != 0:
        if table.index[at] >> 32 == hash_ >> 32:  # so that no other row is touched
            row = &table.row[<uint32_t>table.index[at] - 1]
            if row.account == account and row.asset == asset:
                return at
        at = (at + 1) & table.index_mask
    return at


cdef inline BalanceRow *balance_find(const BalanceTable *table, uint32_t account,
                                     uint32_t asset) noexcept nogil:
    """Return a row, NULL if that account never had that asset."""
    cdef uint32_t number = <uint32_t>table.index[balance_at(table, account, asset)]
    return &table.row[number - 1] if number else NULL


cdef inline uint32_t balance_row(BalanceTable *table, uint32_t account,
                                 uint32_t asset) noexcept nogil:
    """Return the number of a row, made if need be. There is room: reserve_balances saw to it."""
    cdef uint64_t at = balance_at(table, account, asset)
    cdef BalanceRow *row
    if likely(table.index[at] != 0):
        return <uint32_t>table.index[at] - 1
    row = &table.row[table.count]
    row.available_atoms = row.held_atoms = 0
    row.account = account
    row.asset = asset
    table.count += 1
    table.index[at] = balance_hash(account, asset) >> 32 << 32 | table.count
    return <uint32_t>(table.count - 1)


cdef inline void hold(BalanceRow *row, int64_t amount_atoms) noexcept nogil:
    """Move atoms from available to held; a negative amount releases them."""
    row.available_atoms -= amount_atoms
    row.held_atoms += amount_atoms


cdef inline int64_t charge(int64_t received_atoms, uint32_t fee_ppm,
                           uint32_t *fee_debt) noexcept nogil:
    """Return the fee on what a fill received. ``fee_debt``: what the order has paid ahead of its
    exact fee, in millionths of an atom; so the sum of an order's fees is rounded up once only.
    """
    cdef i128 due = <i128>received_atoms * fee_ppm - fee_debt[0]
    cdef int64_t fee_atoms
    if due <= 0:
        fee_debt[0] = <uint32_t>-due
        return 0
    if likely(due < <int64_t>1 << 62):
        fee_atoms = (<int64_t>due + (PPM - 1)) // PPM  # a 128-bit division costs ten times this
    else:
        fee_atoms = <int64_t>((due + (PPM - 1)) // PPM)
    fee_debt[0] = <uint32_t>(<i128>fee_atoms * PPM - due)
    return fee_atoms


cdef inline int64_t settle(BalanceRow *spent, int64_t released_atoms, int64_t spent_atoms,
                           BalanceRow *received, int64_t received_atoms, BalanceRow *fees,
                           uint32_t fee_ppm, uint32_t *fee_debt) noexcept nogil:
    """Apply one order's side of a trade; return its fee. ``released_atoms`` of its hold, less
    ``spent_atoms``, is a better price than its limit and becomes available again.
    """
    cdef int64_t fee_atoms = charge(received_atoms, fee_ppm, fee_debt)
    spent.held_atoms -= released_atoms
    spent.available_atoms += released_atoms - spent_atoms
    received.available_atoms += received_atoms - fee_atoms
    fees.available_atoms += fee_atoms
    return fee_atoms


cdef inline bint balances_grow_index(BalanceTable *table, uint64_t entries) noexcept nogil:
    cdef uint64_t *index = <uint64_t *>calloc(entries, sizeof(uint64_t))
    cdef uint64_t number, at, hash_
    if index == NULL:
        return False
    free(table.index)
    table.index = index
    table.index_mask = entries - 1
    for number in range(table.count):
        hash_ = balance_hash(table.row[number].account, table.row[number].asset)
        at = balance_home(table, hash_)
        while index[at] != 0:
            at = (at + 1) & table.index_mask
        index[at] = hash_ >> 32 << 32 | (number + 1)
    return True


cdef inline bint reserve_balances(BalanceTable *table, uint64_t more) noexcept nogil:
    """Make room for ``more`` rows; False if memory is short, and then nothing changed."""
    cdef uint64_t wanted = table.count + more
    cdef uint64_t capacity = max(table.capacity, <uint64_t>ROWS_FIRST)
    cdef BalanceRow *row
    while capacity < wanted:
        capacity *= 2
    if table.row == NULL or capacity > table.capacity:
        row = <BalanceRow *>realloc(table.row, capacity * sizeof(BalanceRow))
        if row == NULL:
            return False
        table.row = row
        table.capacity = capacity
    if table.index == NULL or 2 * capacity > table.index_mask + 1:
        return balances_grow_index(table, 2 * capacity)
    return True


cdef inline void balances_open(BalanceTable *table) noexcept nogil:
    """Start empty and without memory: reserve_balances must follow before anything else."""
    memset(table, 0, sizeof(BalanceTable))


cdef inline void balances_close(BalanceTable *table) noexcept nogil:
    free(table.row)
    free(table.index)
