# cython: language_level=3, cdivision=True
"""One side of a book, best price first: a flat ladder of levels around the market, a bitmap that
finds the next one, and a tree for prices outside the ladder.

Both sides run the same code on keys in which lower is better: a sell's key is its price, a buy's
the price negated. No branch depends on the side.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from matching._far cimport (
    FarNodes,
    Level,
    far_after,
    far_find,
    far_first,
    far_insert,
    far_leaf_key,
    far_remove,
    reserve_far_nodes,
)
from matching._machine cimport likely, lowest_bit, put_pair, unlikely
from matching._orders cimport BookOrder, OrderSlab


cdef enum:
    BUY = 1
    SELL = 2
    WINDOW = 1 << 18        # levels in the ladder: 64 x 64 x 64, one bit each at the lowest rank
    WINDOW_WORDS = WINDOW >> 6
    NO_KEY_LOG2 = 62


cdef struct BookSide:
    int64_t best_key        # NO_KEY if the side is empty
    int64_t base_key        # key of ladder[0]
    Level *ladder           # NULL until the first order
    uint64_t *words         # a bit for each level that is not empty
    uint64_t *rows          # a bit for each word that is not 0
    uint64_t top            # a bit for each row that is not 0
    uint32_t window_levels
    uint32_t far_levels
    uint32_t far_root
    uint32_t misses         # joins outside the window since it last moved


cdef inline int64_t no_key() noexcept nogil:
    return <int64_t>1 << NO_KEY_LOG2


cdef inline int64_t key_of(uint8_t side, int64_t price_ticks) noexcept nogil:
    """Return a resting order's key; applied to a key it returns the price."""
    cdef int64_t flip = <int64_t>side - SELL  # -1 for a buy, 0 for a sell
    return (price_ticks ^ flip) - flip


cdef inline bint in_window(const BookSide *half, int64_t key) noexcept nogil:
    return <uint64_t>(key - half.base_key) < WINDOW


cdef inline void mark(BookSide *half, uint64_t at) noexcept nogil:
    half.words[at >> 6] |= <uint64_t>1 << (at & 63)
    half.rows[at >> 12] |= <uint64_t>1 << (at >> 6 & 63)
    half.top |= <uint64_t>1 << (at >> 12)


cdef inline void unmark(BookSide *half, uint64_t at) noexcept nogil:
    half.words[at >> 6] &= ~(<uint64_t>1 << (at & 63))
    if half.words[at >> 6] == 0:
        half.rows[at >> 12] &= ~(<uint64_t>1 << (at >> 6 & 63))
        if half.rows[at >> 12] == 0:
            half.top &= ~(<uint64_t>1 << (at >> 12))


cdef inline int64_t window_first(const BookSide *half) noexcept nogil:
    """Return the best key in the window, NO_KEY if it is empty."""
    cdef uint64_t row, word
    if half.top == 0:
        return no_key()
    row = lowest_bit(half.top)
    word = row << 6 | <uint64_t>lowest_bit(half.rows[row])
    return half.base_key + <int64_t>(word << 6 | <uint64_t>lowest_bit(half.words[word]))


cdef inline int64_t window_after(const BookSide *half, int64_t key) noexcept nogil:
    """Return the best key in the window that is worse than ``key``, NO_KEY if there is none."""
    cdef uint64_t at, row, word, rest
    if half.top == 0 or key < half.base_key:
        return window_first(half)
    at = <uint64_t>(key - half.base_key) + 1
    if at >= WINDOW:
        return no_key()
    word = at >> 6
    rest = half.words[word] >> (at & 63) << (at & 63)
    if rest == 0:
        row = word >> 6
        # Shifts by 64 are undefined: two steps reach past the last bit.
        rest = half.rows[row] >> (word & 63) >> 1 << 1 << (word & 63)
        if rest == 0:
            rest = half.top >> row >> 1 << 1 << row
            if rest == 0:
                return no_key()
            row = lowest_bit(rest)
            rest = half.rows[row]
        word = row << 6 | <uint64_t>lowest_bit(rest)
        rest = half.words[word]
    return half.base_key + <int64_t>(word << 6 | <uint64_t>lowest_bit(rest))


cdef inline int64_t side_after(const BookSide *half, const FarNodes *far,
                               int64_t key) noexcept nogil:
    """Return the next worse key that has orders, NO_KEY if ``key`` was the last."""
    cdef int64_t next_key = window_after(half, key)
    cdef uint32_t leaf
    if unlikely(half.far_root != 0):
        leaf = far_after(far, half.far_root, key)
        if leaf:
            next_key = min(next_key, far_leaf_key(far, leaf))
    return next_key


cdef inline Level *level_at(const BookSide *half, const FarNodes *far, int64_t key) noexcept nogil:
    """Return the level of a key that has orders."""
    if likely(in_window(half, key)):
        return &half.ladder[key - half.base_key]
    return far_find(far, half.far_root, key)


cdef inline void refresh_best(BookSide *half, const FarNodes *far) noexcept nogil:
    half.best_key = window_first(half)
    if unlikely(half.far_root != 0):
        half.best_key = min(half.best_key, far_leaf_key(far, far_first(far, half.far_root)))


cdef inline void move_window(BookSide *half, FarNodes *far) noexcept nogil:
    """Center the window on the best price. Costs a step a level; the joins outside paid for it."""
    cdef int64_t base = half.best_key - (WINDOW >> 1)
    cdef int64_t key = window_first(half)
    cdef uint32_t leaf
    cdef Level *level
    if not reserve_far_nodes(far, 2 * <uint64_t>half.window_levels):
        return  # short of memory: the tree serves as well, only slower
    while key != no_key():
        level = &half.ladder[key - half.base_key]
        far_insert(far, &half.far_root, key)[0] = level[0]
        level.oldest = level.newest = 0
        level.qty_lots = 0
        unmark(half, <uint64_t>(key - half.base_key))
        key = window_first(half)
    half.far_levels += half.window_levels
    half.window_levels = 0
    half.base_key = base
    leaf = far_first(far, half.far_root)
    while leaf and far_leaf_key(far, leaf) < base + WINDOW:
        key = far_leaf_key(far, leaf)
        half.ladder[key - base] = far.node[leaf].level
        mark(half, <uint64_t>(key - base))
        far_remove(far, &half.far_root, key)
        half.far_levels -= 1
        half.window_levels += 1
        leaf = far_first(far, half.far_root)


cdef inline Level *far_level(BookSide *half, FarNodes *far, int64_t key) noexcept nogil:
    """Return the level of a key outside the window, made if need be."""
    cdef Level *level = far_find(far, half.far_root, key)
    if level == NULL:
        level = far_insert(far, &half.far_root, key)
        half.far_levels += 1
    return level


cdef inline void append(OrderSlab *slab, Level *level, uint32_t slot) noexcept nogil:
    """Put an order at the back of a queue."""
    cdef BookOrder *order = &slab.book[slot]
    put_pair(&order.newer, 0, level.newest)
    slab.book[level.newest].newer = slot  # of no order's, if there is none: slot 0 is nobody's
    level.oldest = level.oldest if level.oldest else slot
    level.newest = slot
    level.qty_lots += order.leaves_qty_lots


cdef inline void join_far(BookSide *half, FarNodes *far, OrderSlab *slab, uint32_t slot,
                          int64_t key) noexcept nogil:
    """Join outside the window, which follows the best price if that has left its middle."""
    append(slab, far_level(half, far, key), slot)
    half.best_key = min(half.best_key, key)
    half.misses += 1
    if half.misses > half.window_levels + half.far_levels:
        half.misses = 0
        if <uint64_t>(half.best_key - half.base_key - (WINDOW >> 2)) >= (WINDOW >> 1):
            move_window(half, far)


cdef inline void join(BookSide *half, FarNodes *far, OrderSlab *slab, uint32_t slot) noexcept nogil:
    """Put an order at the back of its price's queue. Its side, price and leaves are set."""
    cdef const BookOrder *order = &slab.book[slot]
    cdef int64_t key = key_of(order.side, order.price_ticks)
    cdef Level *level
    if unlikely(not in_window(half, key)):
        if half.best_key != no_key():
            join_far(half, far, slab, slot, key)
            return
        half.base_key = key - (WINDOW >> 1)
    level = &half.ladder[key - half.base_key]
    if level.oldest == 0:
        mark(half, <uint64_t>(key - half.base_key))
        half.window_levels += 1
    append(slab, level, slot)
    half.best_key = min(half.best_key, key)


cdef inline void end_level(BookSide *half, FarNodes *far, int64_t key) noexcept nogil:
    """The last order of a price has left."""
    if likely(in_window(half, key)):
        half.window_levels -= 1
        unmark(half, <uint64_t>(key - half.base_key))
    else:
        half.far_levels -= 1
        far_remove(far, &half.far_root, key)
    if key == half.best_key:
        refresh_best(half, far)


cdef inline void leave(BookSide *half, FarNodes *far, OrderSlab *slab,
                       uint32_t slot) noexcept nogil:
    """Take an order out of its queue. Its slot and its fields stay as they are."""
    cdef BookOrder *order = &slab.book[slot]
    cdef int64_t key = key_of(order.side, order.price_ticks)
    cdef Level *level = level_at(half, far, key)
    cdef uint32_t older = order.older
    cdef uint32_t newer = order.newer
    level.qty_lots -= order.leaves_qty_lots
    slab.book[older].newer = newer
    slab.book[newer].older = older
    level.oldest = level.oldest if older else newer
    level.newest = level.newest if newer else older
    if level.oldest == 0:
        end_level(half, far, key)


cdef inline void lessen(BookSide *half, FarNodes *far, OrderSlab *slab, uint32_t slot,
                        int64_t qty_lots) noexcept nogil:
    """Take lots off a resting order, which leaves the queue if they were its last."""
    cdef BookOrder *order = &slab.book[slot]
    if qty_lots == order.leaves_qty_lots:
        leave(half, far, slab, slot)
    else:
        level_at(half, far, key_of(order.side, order.price_ticks)).qty_lots -= qty_lots
    order.leaves_qty_lots -= qty_lots


cdef inline bint side_open(BookSide *half) noexcept nogil:
    """Get the memory of a side, once; pages of it become real when touched."""
    cdef char *block
    if half.ladder != NULL:
        return True
    block = <char *>calloc(1, WINDOW * sizeof(Level) + (WINDOW_WORDS + 64) * sizeof(uint64_t))
    if block == NULL:
        return False
    half.ladder = <Level *>block
    half.words = <uint64_t *>(block + WINDOW * sizeof(Level))
    half.rows = half.words + WINDOW_WORDS
    half.best_key = no_key()
    return True


cdef inline void side_close(BookSide *half) noexcept nogil:
    free(half.ladder)
