# cython: language_level=3, cdivision=True
"""The one price of a call auction, as domain.auction says, from the two sides of a crossed book.

Best against best, level by level, trades the most there can be, and every price between the last
levels so met, ``ask`` and ``bid``, trades that much. Among those only five can have the least
imbalance: these two, the next level of each side, and the reference.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint32_t

from engine_core._breakers cimport reference_ticks
from engine_core._slices cimport open_lots
from engine_core._state cimport Instrument, State
from matching._book cimport BUY, BookSide, SELL, level_at, no_key, side_after


cdef struct SideLeft:
    # What greedy matching leaves of a side; keys, lower is better.
    int64_t last_key        # of the last level met
    int64_t rest_lots       # of that level
    int64_t next_key[2]     # the first levels not met; NO_KEY
    int64_t next_lots[2]


cdef struct Auction:
    int64_t price_ticks
    int64_t qty_lots
    int64_t imbalance_lots  # bids less asks


cdef inline int64_t level_lots(const State *state, const BookSide *half,
                               int64_t key) noexcept nogil:
    """Return all that is open at a price, hidden lots too."""
    cdef uint32_t slot = level_at(half, &state.far, key).oldest
    cdef int64_t lots = 0
    if state.refills == 0:
        return level_at(half, &state.far, key).qty_lots
    while slot:
        lots += open_lots(state, slot)
        slot = state.orders.book[slot].newer
    return lots


cdef inline void look_ahead(const State *state, const BookSide *half, SideLeft *left,
                            int64_t key) noexcept nogil:
    """Note the first two levels from ``key`` on that matching does not reach."""
    cdef int at
    if left.rest_lots:
        key = side_after(half, &state.far, key)
    for at in range(2):
        left.next_key[at] = key
        left.next_lots[at] = 0
        if key != no_key():
            left.next_lots[at] = level_lots(state, half, key)
            key = side_after(half, &state.far, key)


cdef inline int64_t match_best(const State *state, const Instrument *instrument, SideLeft *bids,
                               SideLeft *asks) noexcept nogil:
    """Return how much trades best against best in a crossed book; set what that leaves."""
    cdef const BookSide *buys = &instrument.side[BUY]
    cdef const BookSide *sells = &instrument.side[SELL]
    cdef int64_t bid_key = buys.best_key
    cdef int64_t ask_key = sells.best_key
    cdef int64_t volume = 0
    cdef int64_t lots
    bids.rest_lots = asks.rest_lots = 0
    while -bid_key >= ask_key:
        if bids.rest_lots == 0:
            bids.rest_lots = level_lots(state, buys, bid_key)
        if asks.rest_lots == 0:
            asks.rest_lots = level_lots(state, sells, ask_key)
        bids.last_key = bid_key
        asks.last_key = ask_key
        lots = min(bids.rest_lots, asks.rest_lots)
        volume += lots
        bids.rest_lots -= lots
        asks.rest_lots -= lots
        if bids.rest_lots == 0:
            bid_key = side_after(buys, &state.far, bid_key)
        if asks.rest_lots == 0:
            ask_key = side_after(sells, &state.far, ask_key)
    look_ahead(state, buys, bids, bid_key)
    look_ahead(state, sells, asks, ask_key)
    return volume


cdef inline int64_t left_over(const SideLeft *left, int64_t key) noexcept nogil:
    """Return what a side has left at a key or better, as far as it was looked at: beyond, there is
    too much for the least imbalance anyway.
    """
    cdef int64_t lots = left.rest_lots
    cdef int at
    for at in range(2):
        if left.next_key[at] <= key:
            lots += left.next_lots[at]
    return lots


cdef inline int64_t distance(int64_t one, int64_t other) noexcept nogil:
    return one - other if one > other else other - one


cdef inline bint is_preferred(int64_t price_ticks, int64_t best_ticks, int64_t reference,
                              bint bids_over, bint asks_over) noexcept nogil:
    """Return whether, of two prices that trade as much and leave as much over, one is taken before
    the other. Which side may be left over at such prices decides.
    """
    if asks_over and not bids_over:
        return price_ticks < best_ticks
    if reference and asks_over == bids_over:
        if distance(price_ticks, reference) != distance(best_ticks, reference):
            return distance(price_ticks, reference) < distance(best_ticks, reference)
    return price_ticks > best_ticks


cdef inline void find_price(const State *state, const Instrument *instrument,
                            Auction *found) noexcept nogil:
    """Set the price of a crossed book, what trades at it and what is left over."""
    cdef SideLeft bids, asks
    cdef int64_t reference = reference_ticks(instrument)
    cdef int64_t[5] prices
    cdef int64_t[5] lots
    cdef int64_t least = INT64_MAX
    cdef bint bids_over = False
    cdef bint asks_over = False
    cdef int at
    found.qty_lots = match_best(state, instrument, &bids, &asks)
    prices = [-bids.last_key, asks.last_key, -bids.next_key[0], asks.next_key[0], reference]
    for at in range(5):
        if not asks.last_key <= prices[at] <= -bids.last_key:
            prices[at] = 0
            continue
        lots[at] = left_over(&bids, -prices[at]) - left_over(&asks, prices[at])
        least = min(least, distance(lots[at], 0))
    for at in range(5):
        if prices[at] and distance(lots[at], 0) == least:
            bids_over |= lots[at] >= 0
            asks_over |= lots[at] <= 0
    found.price_ticks = 0
    for at in range(5):
        if prices[at] and distance(lots[at], 0) == least and (
            found.price_ticks == 0
            or is_preferred(prices[at], found.price_ticks, reference, bids_over, asks_over)
        ):
            found.price_ticks = prices[at]
            found.imbalance_lots = lots[at]
