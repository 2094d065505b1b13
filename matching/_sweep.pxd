# cython: language_level=3, cdivision=True
"""What an arriving order would do to the book, decided before anything is changed.

``sweep`` walks the makers in price-time order and writes down the steps. The same walk therefore
answers whether a fill-or-kill order can fill, what a market order costs, and what happens.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from matching._book cimport BookSide, key_of, level_at, side_after
from matching._far cimport FarNodes
from matching._machine cimport i128, lots_worth, unlikely
from matching._orders cimport BookOrder, OrderSlab
from matching._terms cimport HIDES, LINKED, OrderTerms, TermsSlab


cdef enum:
    # domain.orders.SelfTradePrevention
    STP_NONE = 1
    STP_CANCEL_MAKER = 2
    STP_CANCEL_TAKER = 3
    STP_CANCEL_BOTH = 4
    STP_DECREMENT = 5

    EVENTS_BEFORE = 1       # a command's own first event: the order was accepted, or replaced
    EVENTS_PER_MAKER_MAX = 2
    CLOSING_EVENT = 1


cdef enum StepKind:
    STEP_FILL
    STEP_CANCEL_MAKER
    STEP_DECREMENT


cdef enum Ending:
    ENDING_COMPLETE         # nothing is left of the quantity, or the budget buys no further lot
    ENDING_NO_MAKER         # no further maker inside the bound
    ENDING_SPENT            # its funds pay no further lot, and it is not complete
    ENDING_SELF_TRADE       # self-trade prevention ends the taker
    ENDING_EVENT_LIMIT      # the command may not produce more events


cdef struct Step:
    int64_t qty_lots
    uint32_t maker
    StepKind kind


cdef struct Appetite:
    # What a taker wants: lots, and if funds_atoms is not 0, for no more than that; by budget it is
    # complete when they pay no lot more, and else when it has its lots.
    int64_t qty_lots
    int64_t funds_atoms
    int64_t k               # quote atoms for one lot at a price of one tick
    int64_t reach_key       # worst key it accepts on the makers' side
    uint32_t group_id
    uint32_t events_before  # of this turn so far, the taker's own first one included
    uint32_t events_max
    uint8_t self_trade_prevention
    uint8_t maker_side
    bint by_budget


cdef struct Refilled:
    # Makers of one level that have joined its tail again in the walk under way.
    uint32_t oldest
    uint32_t newest


cdef struct Sweep:
    Step *steps             # room for events_max
    uint32_t count
    uint32_t fills
    uint32_t last_fill      # position of the last fill, if fills > 0
    Ending ending
    int64_t filled_qty_lots
    i128 cost_tick_lots     # sum of price x quantity over the fills


cdef inline Step *step(Sweep *plan, StepKind kind, uint32_t maker, int64_t qty_lots) noexcept nogil:
    cdef Step *next_step = &plan.steps[plan.count]
    next_step.kind = kind
    next_step.maker = maker
    next_step.qty_lots = qty_lots
    plan.count += 1
    return next_step


cdef inline int64_t paid_lots(const Sweep *plan, const Appetite *taker,
                              int64_t price) noexcept nogil:
    """Return how many lots at a price the rest of the taker's funds pays."""
    return lots_worth(
        taker.funds_atoms - <int64_t>(plan.cost_tick_lots * taker.k), price, taker.k
    )


cdef inline uint32_t prevent(Sweep *plan, const Appetite *taker, uint32_t maker,
                             int64_t qty_lots) noexcept nogil:
    """Write down what happens instead of a self-trade; return its events, 0 if the taker ends."""
    if taker.self_trade_prevention == STP_CANCEL_MAKER:
        step(plan, STEP_CANCEL_MAKER, maker, 0)
        return 1
    if taker.self_trade_prevention == STP_DECREMENT:
        step(plan, STEP_DECREMENT, maker, qty_lots)
        return 2
    if taker.self_trade_prevention == STP_CANCEL_BOTH:
        step(plan, STEP_CANCEL_MAKER, maker, 0)
    plan.ending = ENDING_SELF_TRADE
    return 0


cdef inline void fill(Sweep *plan, uint32_t maker, int64_t price_ticks,
                      int64_t qty_lots) noexcept nogil:
    plan.last_fill = plan.count
    plan.fills += 1
    step(plan, STEP_FILL, maker, qty_lots)
    plan.filled_qty_lots += qty_lots
    plan.cost_tick_lots += <i128>price_ticks * qty_lots


cdef inline bint is_own(const Appetite *taker, const BookOrder *maker) noexcept nogil:
    """Return whether self-trade prevention rules what the taker does to a maker."""
    return taker.self_trade_prevention != STP_NONE and maker.group_id == taker.group_id


cdef inline bint goes_on(Sweep *plan, const Appetite *taker, bint whole,
                         int64_t *rest) noexcept nogil:
    """Return whether a taker that may spend so much only has a use for the next maker, after a fill
    that was as large as it might be (``whole``) or as the rest of its funds paid.
    """
    if not whole:  # so the rest pays no lot more, here or at a worse price
        plan.ending = ENDING_COMPLETE if taker.by_budget else ENDING_SPENT
        return False
    if taker.by_budget and plan.cost_tick_lots * taker.k == taker.funds_atoms:
        rest[0] = 0
    return True


cdef inline bint meet(Sweep *plan, const Appetite *taker, const OrderSlab *slab, uint32_t maker,
                      int64_t shown_lots, uint8_t rare, int64_t *rest,
                      uint32_t *events) noexcept nogil:
    """Deal with the lots that a maker shows; False if the walk ends here. One that HIDES more of
    itself shows that with one event more once those are gone; one that is LINKED ends the other leg
    with one event first. ``rare``: those of the two flags that it has.
    """
    cdef const BookOrder *order = &slab.book[maker]
    cdef int64_t qty_lots = min(rest[0], shown_lots)
    cdef int64_t paid = qty_lots
    cdef uint32_t room = EVENTS_PER_MAKER_MAX + CLOSING_EVENT
    cdef uint32_t said
    cdef bint hides = False
    if unlikely(rare != 0):
        hides = rare & HIDES != 0
        if rare & LINKED:
            room += 1
        if hides and is_own(taker, order) and taker.self_trade_prevention == STP_DECREMENT:
            room += 1
    if events[0] + room > taker.events_max:
        plan.ending = ENDING_EVENT_LIMIT
        return False
    if unlikely(taker.funds_atoms != 0):
        paid = min(paid, paid_lots(plan, taker, order.price_ticks))
        if paid == 0:
            plan.ending = ENDING_COMPLETE if taker.by_budget and plan.fills else ENDING_SPENT
            return False
    if unlikely(rare & LINKED):
        events[0] += 1
    if is_own(taker, order):
        said = prevent(plan, taker, maker, qty_lots)
        events[0] += said
        if taker.self_trade_prevention == STP_DECREMENT:
            events[0] += hides and qty_lots == shown_lots
            rest[0] -= qty_lots
        return said != 0
    fill(plan, maker, order.price_ticks, paid)
    events[0] += 1
    if unlikely(hides):
        events[0] += paid == shown_lots
    rest[0] -= paid
    if unlikely(taker.funds_atoms != 0):
        return goes_on(plan, taker, paid == qty_lots, rest)
    return True


cdef inline void note_refill(const Sweep *plan, const OrderSlab *slab, TermsSlab *terms,
                             Refilled *refilled, uint32_t maker) noexcept nogil:
    """Note that a maker whose shown lots are gone joins its level's tail, unless it was canceled."""
    if plan.steps[plan.count - 1].kind == STEP_CANCEL_MAKER:
        return
    terms.row[slab.terms_of[maker]].again = 0
    if refilled.newest:
        terms.row[slab.terms_of[refilled.newest]].again = maker
    else:
        refilled.oldest = maker
    refilled.newest = maker


cdef inline bint meet_again(Sweep *plan, const Appetite *taker, const OrderSlab *slab,
                            TermsSlab *terms, uint32_t maker, int64_t *rest,
                            uint32_t *events) noexcept nogil:
    """Deal with a level of which only slices are left, in the order in which their makers joined
    its tail, round after round; False if the walk ends here. Until then a round takes a whole slice
    of every maker in it.
    """
    cdef const OrderTerms *row
    cdef Refilled refilled
    cdef int64_t rounds = 0
    cdef int64_t hidden_lots
    cdef uint32_t next_maker
    while maker:
        refilled.oldest = refilled.newest = 0
        while maker:
            if rest[0] == 0:
                return False
            row = &terms.row[slab.terms_of[maker]]
            next_maker = row.again
            hidden_lots = row.hidden_qty_lots - rounds * row.display_qty_lots
            if not meet(plan, taker, slab, maker, min(hidden_lots, row.display_qty_lots),
                        HIDES * (hidden_lots > row.display_qty_lots), rest, events):
                return False
            if hidden_lots > row.display_qty_lots:
                note_refill(plan, slab, terms, &refilled, maker)
            maker = next_maker
        maker = refilled.oldest
        rounds += 1
    return True


cdef inline void sweep(Sweep *plan, const Appetite *taker, const BookSide *makers,
                       const FarNodes *far, const OrderSlab *slab,
                       TermsSlab *terms) noexcept nogil:
    """Fill ``plan`` with what the taker does to ``makers``."""
    cdef int64_t key = makers.best_key
    cdef int64_t rest = taker.qty_lots
    cdef uint32_t events = taker.events_before
    cdef Refilled refilled
    cdef uint32_t maker
    cdef uint8_t rare
    refilled.oldest = refilled.newest = 0
    plan.count = plan.fills = 0
    plan.filled_qty_lots = 0
    plan.cost_tick_lots = 0
    plan.ending = ENDING_COMPLETE
    while key <= taker.reach_key:
        maker = level_at(makers, far, key).oldest
        while maker:
            if rest == 0:
                return
            rare = slab.book[maker].flags & (HIDES | LINKED)
            if not meet(plan, taker, slab, maker, slab.book[maker].leaves_qty_lots, rare, &rest,
                        &events):
                return
            if unlikely(rare & HIDES):
                note_refill(plan, slab, terms, &refilled, maker)
            maker = slab.book[maker].newer
        if unlikely(refilled.oldest != 0):
            if not meet_again(plan, taker, slab, terms, refilled.oldest, &rest, &events):
                return
            refilled.oldest = refilled.newest = 0
        key = side_after(makers, far, key)
    if rest != 0:
        plan.ending = ENDING_NO_MAKER
