# cython: language_level=3, cdivision=True
"""The form of a state as bytes, as engine_core.saved_state says, and rows put in order."""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset


cdef enum Section:
    SECTION_COUNTERS
    SECTION_ASSETS
    SECTION_ACCOUNTS
    SECTION_INSTRUMENTS
    SECTION_FEES
    SECTION_CHANGES
    SECTION_SOURCES
    SECTION_BALANCES
    SECTION_WITHDRAWALS
    SECTION_ORDERS
    SECTION_QUEUED
    SECTION_SWITCHES
    SECTION_PARKED
    SECTION_LIMITS
    SECTION_KEYS
    SECTIONS


cdef enum:
    HEAD_WORDS = 2 + SECTIONS
    HASH_WORDS = 2          # the state hash, at the end
    ORDER_WORDS = 27
    DIGIT_BITS = 11
    DIGITS = 6              # of a 64-bit key
    BUCKETS = 1 << DIGIT_BITS


cdef inline uint64_t magic_word() noexcept nogil:
    return <uint64_t>0x324554415453424F  # the bytes OBSTATE2


cdef inline uint64_t words_of_row(int section) noexcept nogil:
    """Return how many words a row of a section has."""
    cdef uint64_t[SECTIONS] words = [6, 6, 8, 28, 4, 3, 2, 4, 5, ORDER_WORDS, 3, 2, 14, 4, 9]
    return words[section]


cdef inline uint64_t tag_of_row(int section) noexcept nogil:
    """Return what the state hash calls a thing of a section."""
    cdef uint64_t[SECTIONS] tags = [9, 4, 5, 3, 14, 13, 7, 1, 17, 2, 12, 11, 16, 15, 6]
    return tags[section]


cdef struct Ordered:
    uint64_t key
    uint64_t number         # of what the key is of


cdef inline void sort_by_digit(const Ordered *rows, Ordered *sorted_, uint64_t count, int shift,
                               uint64_t *starts) noexcept nogil:
    cdef uint64_t at, bucket
    for at in range(count):
        bucket = rows[at].key >> shift & (BUCKETS - 1)
        sorted_[starts[bucket]] = rows[at]
        starts[bucket] += 1


cdef inline Ordered *sort_rows(Ordered *rows, Ordered *spare, uint64_t count) noexcept nogil:
    """Return rows by ascending key, in one of the two places. Digit by digit, those left out that
    are the same in every key.
    """
    cdef uint64_t starts[BUCKETS]
    cdef uint64_t at, before, here
    cdef int digit, shift
    for digit in range(DIGITS):
        shift = digit * DIGIT_BITS
        memset(starts, 0, sizeof(starts))
        for at in range(count):
            starts[rows[at].key >> shift & (BUCKETS - 1)] += 1
        if count == 0 or starts[rows[0].key >> shift & (BUCKETS - 1)] == count:
            continue
        before = 0
        for at in range(BUCKETS):
            here = starts[at]
            starts[at] = before
            before += here
        sort_by_digit(rows, spare, count, shift, starts)
        rows, spare = spare, rows
    return rows
