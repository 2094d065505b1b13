# cython: language_level=3, cdivision=True
"""Where in the ring of keys each one lies, by its hash: lines of 15 entries, 64 bytes each.

A key's entry is in the line that its hash names or, if that was full, in the next that was not; how
many passed a full line is counted there. So an entry is taken out without a look at any other, and
nothing ever moves: all of it is one line of the cache, nearly always.
"""

from libc.stdint cimport uint32_t, uint64_t

from matching._machine cimport give_pages_back, likely, lowest_bit, pages


cdef extern from *:
    """
    #include <stdint.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #endif
    /* Return a bit for each of 16 numbers that equals ``wanted`` once shifted right. */
    static inline uint32_t openbell_places(const uint32_t *numbers, uint32_t wanted, int right) {
    #if defined(__SSE2__)
        const __m128i *four = (const __m128i *)numbers;
        const __m128i all = _mm_set1_epi32((int)wanted);
        __m128i a = _mm_cmpeq_epi32(_mm_srli_epi32(_mm_load_si128(four), right), all);
        __m128i b = _mm_cmpeq_epi32(_mm_srli_epi32(_mm_load_si128(four + 1), right), all);
        __m128i c = _mm_cmpeq_epi32(_mm_srli_epi32(_mm_load_si128(four + 2), right), all);
        __m128i d = _mm_cmpeq_epi32(_mm_srli_epi32(_mm_load_si128(four + 3), right), all);
        return (uint32_t)_mm_movemask_epi8(
            _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d)));
    #else
        uint32_t places = 0;
        for (int at = 0; at < 16; at++)
            places |= (uint32_t)(numbers[at] >> right == wanted) << at;
        return places;
    #endif
    }
    """
    uint32_t places_of "openbell_places"(const uint32_t *, uint32_t, int) noexcept nogil


cdef enum:
    KEY_POSITION_BITS = 24
    KEYS_LIMIT = (1 << KEY_POSITION_BITS) - 1
    LINE_ENTRIES = 15
    LINE_KEYS = 8           # on average, when there are as many keys as there may be
    LINE_MASK = (1 << LINE_ENTRIES) - 1


cdef struct KeyLine:
    uint32_t entry[LINE_ENTRIES]    # ring position + 1, above it bits of the hash; 0 is empty
    uint32_t passed         # keys that lie further on because this line was full


cdef struct KeyIndex:
    KeyLine *line
    uint64_t lines


cdef inline uint32_t key_tag(uint64_t hash_) noexcept nogil:
    """Return the bits of a hash that an entry carries: never 0, as in an empty one."""
    cdef uint32_t tag = <uint32_t>(hash_ >> 56)
    return tag if tag else 1


cdef inline uint32_t key_entry(uint64_t hash_, uint32_t place) noexcept nogil:
    return place | key_tag(hash_) << KEY_POSITION_BITS


cdef inline KeyLine *line_home(const KeyIndex *index, uint64_t hash_) noexcept nogil:
    return &index.line[<uint64_t><uint32_t>hash_ * index.lines >> 32]


cdef inline KeyLine *line_after(const KeyIndex *index, const KeyLine *line) noexcept nogil:
    cdef KeyLine *after = <KeyLine *>line + 1
    return index.line if after == index.line + index.lines else after


cdef inline uint32_t places_tagged(const KeyLine *line, uint32_t tag) noexcept nogil:
    """Return a bit for each entry of a line that may be of a hash with these bits."""
    return places_of(line.entry, tag, KEY_POSITION_BITS) & LINE_MASK


cdef inline void index_add(KeyIndex *index, uint64_t hash_, uint32_t place) noexcept nogil:
    """Enter a key that lies at ``place``, its position + 1. There is room: there are more entries
    than keys.
    """
    cdef KeyLine *line = line_home(index, hash_)
    cdef uint32_t empty = places_of(line.entry, 0, 0) & LINE_MASK
    while not likely(empty != 0):
        line.passed += 1
        line = line_after(index, line)
        empty = places_of(line.entry, 0, 0) & LINE_MASK
    line.entry[lowest_bit(empty)] = key_entry(hash_, place)


cdef inline void index_remove(KeyIndex *index, uint64_t hash_, uint32_t place) noexcept nogil:
    """Take out the key that lies at ``place``."""
    cdef KeyLine *line = line_home(index, hash_)
    cdef uint32_t found = places_of(line.entry, key_entry(hash_, place), 0) & LINE_MASK
    while not likely(found != 0):
        line.passed -= 1
        line = line_after(index, line)
        found = places_of(line.entry, key_entry(hash_, place), 0) & LINE_MASK
    line.entry[lowest_bit(found)] = 0


cdef inline void index_change(KeyIndex *index, uint64_t hash_, uint32_t old_place,
                              uint32_t new_place) noexcept nogil:
    """Note that the key at ``old_place`` lies at ``new_place`` now."""
    cdef KeyLine *line = line_home(index, hash_)
    cdef uint32_t found = places_of(line.entry, key_entry(hash_, old_place), 0) & LINE_MASK
    while not likely(found != 0):
        line = line_after(index, line)
        found = places_of(line.entry, key_entry(hash_, old_place), 0) & LINE_MASK
    line.entry[lowest_bit(found)] = key_entry(hash_, new_place)


cdef inline bint index_open(KeyIndex *index, uint64_t keys) noexcept nogil:
    """Get the memory for the entries of so many keys, once. False if memory is short."""
    index.lines = keys // LINE_KEYS + 1
    index.line = <KeyLine *>pages(index.lines * sizeof(KeyLine))
    return index.line != NULL


cdef inline void index_close(KeyIndex *index) noexcept nogil:
    give_pages_back(index.line, index.lines * sizeof(KeyLine))
