# cython: language_level=3, cdivision=True
"""What the machine offers beyond Cython's own types: 128-bit products, bit scans, branch hints."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef extern from *:
    """
    typedef __int128 openbell_i128;
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    #error "the wire structs are little-endian and are used in place"
    #endif
    #include <stddef.h>
    #include <sys/mman.h>
    #ifndef MAP_NORESERVE
    #define MAP_NORESERVE 0
    #endif
    static inline void *openbell_pages(size_t bytes) {
        void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (pages == MAP_FAILED) return NULL;
    #ifdef MADV_HUGEPAGE
        if (bytes >= 4u << 20) (void)madvise(pages, bytes, MADV_HUGEPAGE);
    #endif
        return pages;
    }
    static inline void openbell_give_pages_back(void *pages, size_t bytes) {
        if (pages != NULL) (void)munmap(pages, bytes);
    }
    typedef long long openbell_pair __attribute__((vector_size(16), aligned(1), may_alias));
    /* Eight plain stores: gcc makes of a memset of 128 bytes a rep stos, which takes ten times as
       long. */
    static inline void openbell_clear_128(void *at) {
        openbell_pair *pair = (openbell_pair *)at;
        const openbell_pair zero = {0, 0};
        pair[0] = zero; pair[1] = zero; pair[2] = zero; pair[3] = zero;
        pair[4] = zero; pair[5] = zero; pair[6] = zero; pair[7] = zero;
    }
    #define openbell_likely(x) __builtin_expect(!!(x), 1)
    #define openbell_unlikely(x) __builtin_expect(!!(x), 0)
    /* Without the empty statement gcc takes a function that only prefetches for one without effect
       and leaves its calls out. */
    #define openbell_prefetch(p) do { __builtin_prefetch(p); __asm__ volatile(""); } while (0)
    """
    # Wider than Cython knows: never let one become a Python object, and divide with // only.
    ctypedef long long i128 "openbell_i128"
    int lowest_bit "__builtin_ctzll"(unsigned long long) noexcept nogil
    int leading_zeros "__builtin_clzll"(unsigned long long) noexcept nogil
    bint likely "openbell_likely"(bint) noexcept nogil
    bint unlikely "openbell_unlikely"(bint) noexcept nogil
    void clear_128_bytes "openbell_clear_128"(void *) noexcept nogil
    void prefetch "openbell_prefetch"(const void *) noexcept nogil
    # Zero bytes that become real when touched, on large pages where the system has them; NULL if
    # memory is short. For what is large and looked up at random.
    void *pages "openbell_pages"(size_t bytes) noexcept nogil
    void give_pages_back "openbell_give_pages_back"(void *, size_t bytes) noexcept nogil


# Every amount, supply and notional stays at or below this, so that a sum of two fits 64 bits.
cdef enum: ATOMS_MAX_LOG2 = 62

# Everything below and in the modules that cimport this one is noexcept: no function in the core's
# loop can raise (no Python object is touched, memory is reserved before it starts).


cdef inline void put_pair(uint32_t *at, uint32_t first, uint32_t second) noexcept nogil:
    """Write two neighbours at once: where little else is done, stores are what takes the time."""
    cdef uint64_t both = first | <uint64_t>second << 32
    memcpy(at, &both, sizeof(both))


cdef inline int64_t notional_atoms(int64_t price_ticks, int64_t qty_lots, int64_t k) noexcept nogil:
    """Return price x quantity x k, or -1 past 2**62. Price and quantity are below 2**53."""
    cdef i128 product = <i128>price_ticks * qty_lots
    if product > (<int64_t>1 << ATOMS_MAX_LOG2):
        return -1
    product = product * k
    if product > (<int64_t>1 << ATOMS_MAX_LOG2):
        return -1
    return <int64_t>product


cdef inline int64_t lots_worth(int64_t budget_atoms, int64_t price_ticks, int64_t k) noexcept nogil:
    """Return how many whole lots ``budget_atoms`` is worth at a price."""
    cdef i128 lot_atoms = <i128>price_ticks * k
    if lot_atoms > budget_atoms:
        return 0
    return budget_atoms // <int64_t>lot_atoms
