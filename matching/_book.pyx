# cython: language_level=3, cdivision=True
"""The compiled book on its own: bytes in, bytes out, one instrument, no accounts and no money.

The core does not use this class; it works on the same structures through the .pxd files. It is
here so that the book can be measured and tested by itself.
"""

import os

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from matching._far cimport FarNodes, far_close, reserve_far_nodes
from matching._latency cimport Latencies, LatencyHistogram, lap, ticks
from matching._machine cimport likely, unlikely
from matching._orders cimport (
    BookOrder,
    OrderSlab,
    chain_of,
    expect_neighbours,
    expect_order,
    order_add_to,
    order_free,
    order_free_from,
    reserve_orders,
    slab_close,
    slab_open,
    slot_in,
)
from matching._sweep cimport (
    Appetite,
    CLOSING_EVENT,
    ENDING_COMPLETE,
    ENDING_EVENT_LIMIT,
    ENDING_NO_MAKER,
    EVENTS_BEFORE,
    EVENTS_PER_MAKER_MAX,
    STEP_CANCEL_MAKER,
    STEP_DECREMENT,
    Step,
    Sweep,
    sweep,
)

from matching._terms cimport TermsSlab


cdef enum:
    # CommandKind, EventKind, OrderType, TimeInForce and OrderFlag of domain.
    NEW_ORDER = 1
    ORDER_ACCEPTED = 1
    ORDER_REJECTED = 2
    TRADE = 3
    ORDER_CANCELED = 4
    ORDER_EXPIRED = 6
    ORDER_REDUCED = 7
    ORDER_RESTED = 8
    MARKET = 2
    GTC = 1
    FOK = 3
    POST_ONLY = 1
    TRADE_COMPLETES_MAKER = 1
    TRADE_COMPLETES_TAKER = 2
    AHEAD = 16              # commands between looking at one and executing it
    FEW = 16                # commands


cdef struct BookCommand:
    uint8_t kind            # NEW_ORDER; anything else cancels order_id
    uint8_t side
    uint8_t order_type
    uint8_t time_in_force
    uint8_t self_trade_prevention
    uint8_t flags
    uint16_t unused
    uint64_t order_id
    int64_t price_ticks     # of a market order: the worst price it accepts
    int64_t qty_lots
    uint32_t group_id
    uint32_t unused_tail


cdef struct BookEvent:
    # A trade is of two orders; every other event is of ``order_id``.
    uint64_t head           # from the low end: kind, side, flags, 8 bits unused, 32 bits group_id
    uint64_t seq
    uint64_t order_id
    uint64_t taker_order_id
    int64_t price_ticks
    int64_t qty_lots
    int64_t leaves_qty_lots
    uint64_t place


cdef struct BookState:
    BookSide side[3]
    OrderSlab orders
    TermsSlab terms         # empty: all orders are plain here
    FarNodes far
    Sweep plan
    BookEvent *events
    uint64_t event_count
    uint64_t event_capacity
    uint64_t first_seq      # of the batch under way
    uint64_t next_place
    uint32_t events_max


cdef inline BookEvent *say(BookState *book, uint8_t kind, const BookOrder *order,
                           int64_t qty_lots) noexcept nogil:
    cdef BookEvent *event = &book.events[book.event_count]
    event.head = kind | <uint32_t>order.side << 8 | <uint64_t>order.group_id << 32
    event.seq = book.first_seq + book.event_count
    event.order_id = order.order_id
    event.taker_order_id = 0
    event.price_ticks = order.price_ticks
    event.qty_lots = qty_lots
    event.leaves_qty_lots = order.leaves_qty_lots
    event.place = order.place
    book.event_count += 1
    return event


cdef inline void end(BookState *book, uint32_t slot, uint64_t chain, uint8_t kind) noexcept nogil:
    cdef BookOrder *order = &book.orders.book[slot]
    leave(&book.side[order.side], &book.far, &book.orders, slot)
    say(book, kind, order, order.leaves_qty_lots)
    order_free_from(&book.orders, chain, slot)


cdef inline void rest(BookState *book, const BookCommand *command, uint64_t chain,
                      int64_t leaves_qty_lots, uint8_t kind) noexcept nogil:
    cdef uint32_t slot = order_add_to(&book.orders, chain, command.order_id)
    cdef BookOrder *order = &book.orders.book[slot]
    order.price_ticks = command.price_ticks
    order.leaves_qty_lots = leaves_qty_lots
    order.group_id = command.group_id
    order.side = command.side
    order.flags = command.flags & POST_ONLY
    order.place = book.next_place
    book.next_place += 1
    join(&book.side[order.side], &book.far, &book.orders, slot)
    say(book, kind, order, order.leaves_qty_lots)


cdef inline void carry_out(BookState *book, const Step *step, BookOrder *taker) noexcept nogil:
    """Do what one step of the plan says."""
    cdef BookOrder *maker = &book.orders.book[step.maker]
    cdef BookEvent *event
    if unlikely(step.kind == STEP_CANCEL_MAKER):
        end(book, step.maker, chain_of(&book.orders, maker.order_id), ORDER_CANCELED)
        return
    lessen(&book.side[maker.side], &book.far, &book.orders, step.maker, step.qty_lots)
    taker.leaves_qty_lots -= step.qty_lots
    if unlikely(step.kind == STEP_DECREMENT):
        say(book, ORDER_REDUCED, maker, step.qty_lots)
        say(book, ORDER_REDUCED, taker, step.qty_lots)
    else:
        event = say(book, TRADE, maker, step.qty_lots)
        event.taker_order_id = taker.order_id
        event.head |= TRADE_COMPLETES_MAKER << 16 if maker.leaves_qty_lots == 0 else 0
        event.head |= TRADE_COMPLETES_TAKER << 16 if taker.leaves_qty_lots == 0 else 0
    if maker.leaves_qty_lots == 0:
        order_free(&book.orders, step.maker)


cdef inline void new_order(BookState *book, const BookCommand *command,
                           uint64_t chain) noexcept nogil:
    cdef uint8_t opposite = 3 - command.side
    cdef const BookSide *makers = &book.side[opposite]
    cdef int64_t reach_key = key_of(opposite, command.price_ticks)
    if (
        makers.best_key > reach_key and command.order_type != MARKET
        and command.time_in_force == GTC
    ):
        rest(book, command, chain, command.qty_lots, ORDER_ACCEPTED)
    else:
        arrive(book, command, chain, makers, reach_key)


cdef inline void arrive(BookState *book, const BookCommand *command, uint64_t chain,
                        const BookSide *makers, int64_t reach_key) noexcept nogil:
    cdef BookOrder taker
    cdef Appetite appetite
    cdef uint32_t at
    taker.order_id = command.order_id
    taker.price_ticks = command.price_ticks
    taker.leaves_qty_lots = command.qty_lots
    taker.side = command.side
    taker.group_id = command.group_id
    taker.flags = command.flags
    taker.place = 0
    appetite.reach_key = reach_key
    if unlikely(command.flags & POST_ONLY):
        say(book, ORDER_REJECTED, &taker, command.qty_lots)
        return
    appetite.qty_lots = command.qty_lots
    appetite.funds_atoms = 0
    appetite.by_budget = False
    appetite.events_before = EVENTS_BEFORE
    appetite.k = 1
    appetite.group_id = command.group_id
    appetite.events_max = book.events_max
    appetite.self_trade_prevention = command.self_trade_prevention
    sweep(&book.plan, &appetite, makers, &book.far, &book.orders, &book.terms)
    say(book, ORDER_ACCEPTED, &taker, command.qty_lots)
    if command.time_in_force == FOK and book.plan.ending != ENDING_COMPLETE:
        say(book, ORDER_EXPIRED, &taker, taker.leaves_qty_lots)
        return
    for at in range(book.plan.count):
        carry_out(book, &book.plan.steps[at], &taker)
    if book.plan.ending == ENDING_COMPLETE:
        return
    if book.plan.ending != ENDING_NO_MAKER:
        say(book, ORDER_CANCELED, &taker, taker.leaves_qty_lots)
    elif command.order_type == MARKET or command.time_in_force != GTC:
        say(book, ORDER_EXPIRED, &taker, taker.leaves_qty_lots)
    else:
        rest(book, command, chain, taker.leaves_qty_lots, ORDER_RESTED)


cdef inline void refuse(BookState *book, const BookCommand *command) noexcept nogil:
    cdef BookOrder nothing
    memset(&nothing, 0, sizeof(BookOrder))
    nothing.order_id = command.order_id
    say(book, ORDER_REJECTED, &nothing, 0)


cdef inline void execute(BookState *book, const BookCommand *command,
                         uint64_t chain) noexcept nogil:
    cdef uint32_t slot = slot_in(&book.orders, chain, command.order_id)
    if command.kind == NEW_ORDER:
        if (
            unlikely(command.qty_lots < 1 or command.price_ticks < 0)
            or unlikely(<uint8_t>(command.side - BUY) > 1 or command.order_id == 0)
            or unlikely(slot != 0)
        ):
            refuse(book, command)
        else:
            new_order(book, command, chain)
        return
    if slot:
        end(book, slot, chain, ORDER_CANCELED)
    else:
        refuse(book, command)


cdef inline void run(BookState *book, const BookCommand *commands, uint64_t count,
                     Latencies *took) noexcept nogil:
    """Execute a batch, and have the cache fetch what the commands soon to come will touch. Counts
    what each command takes if ``took`` is not NULL.
    """
    cdef uint64_t chains[AHEAD]  # of the orders that the next commands name
    cdef uint64_t at, chain
    cdef uint64_t since_ticks = ticks() if took != NULL else 0
    memset(chains, 0, sizeof(chains))
    for at in range(min(count, <uint64_t>AHEAD)):
        chains[at] = chain_of(&book.orders, commands[at].order_id)
    for at in range(count):
        chain = chains[at % AHEAD]
        if likely(at + AHEAD < count):
            chains[at % AHEAD] = chain_of(&book.orders, commands[at + AHEAD].order_id)
            expect_order(&book.orders, chains[at % AHEAD])
        expect_neighbours(&book.orders, chains[(at + AHEAD // 2) % AHEAD])
        execute(book, &commands[at], chain)
        if took != NULL:
            since_ticks = lap(took, since_ticks)


cdef inline bint reserve(BookState *book, uint64_t commands) noexcept nogil:
    """Get all memory that a batch may need: a resting order ends once, with at most two events."""
    cdef uint64_t wanted = 6 * commands + 2 * <uint64_t>book.orders.live
    book.far.promised = 2 * commands
    if not reserve_orders(&book.orders, commands) or not reserve_far_nodes(&book.far, 0):
        return False
    if wanted > book.event_capacity:
        free(book.events)
        book.event_capacity = 0
        book.events = <BookEvent *>malloc(2 * wanted * sizeof(BookEvent))
        if book.events == NULL:
            return False
        book.event_capacity = 2 * wanted
    return True


cdef class OrderBook:
    """One instrument's book by price and time. Ids come from the caller and are unique."""

    cdef BookState state

    def __cinit__(self, *, events_per_command_max=65_536):
        memset(&self.state, 0, sizeof(BookState))
        if events_per_command_max < EVENTS_BEFORE + EVENTS_PER_MAKER_MAX + CLOSING_EVENT:
            raise ValueError("too few events a command")
        self.state.events_max = events_per_command_max
        self.state.first_seq = self.state.next_place = 1
        slab_open(&self.state.orders, int.from_bytes(os.urandom(8), "little"))
        self.state.plan.steps = <Step *>malloc(self.state.events_max * sizeof(Step))
        if (
            self.state.plan.steps == NULL
            or not side_open(&self.state.side[BUY])
            or not side_open(&self.state.side[SELL])
            or not reserve(&self.state, 0)
        ):
            raise MemoryError

    def __dealloc__(self):
        side_close(&self.state.side[BUY])
        side_close(&self.state.side[SELL])
        slab_close(&self.state.orders)
        far_close(&self.state.far)
        free(self.state.plan.steps)
        free(self.state.events)

    def apply(self, bytes commands not None):
        """Execute n x 40 bytes; return the events, m x 64 bytes.

        Raises:
            ValueError: a torn command.
            MemoryError: nothing was executed.
        """
        self.do(commands)
        return self.said()

    def execute(self, bytes commands not None):
        """As ``apply``, but the events stay where they are, until the next call."""
        self.do(commands)

    def execute_timed(self, bytes commands not None, LatencyHistogram took not None):
        """As ``execute``; counts what each command takes, one by one."""
        cdef uint64_t count = self.prepare(commands)
        cdef const BookCommand *command = <const BookCommand *>PyBytes_AS_STRING(commands)
        with nogil:
            run(&self.state, command, count, &took.latencies)

    cdef int do(self, bytes commands) except -1:
        cdef uint64_t count = self.prepare(commands)
        cdef const BookCommand *command = <const BookCommand *>PyBytes_AS_STRING(commands)
        if count <= FEW:  # to let another thread have the interpreter would take longer
            run(&self.state, command, count, NULL)
        else:
            with nogil:
                run(&self.state, command, count, NULL)
        return 0

    cdef bytes said(self):
        return PyBytes_FromStringAndSize(
            <const char *>self.state.events, self.state.event_count * sizeof(BookEvent)
        )

    cdef uint64_t prepare(self, bytes commands) except? 0:
        """Return the number of commands, once there is memory for all they may do."""
        cdef uint64_t length = <uint64_t>len(commands)
        cdef uint64_t count = length // sizeof(BookCommand)
        if length != count * sizeof(BookCommand):
            raise ValueError(f"{length} bytes are not whole commands")
        if not reserve(&self.state, count):
            raise MemoryError
        self.state.first_seq += self.state.event_count
        self.state.event_count = 0
        return count

    @property
    def events(self):
        """The events of the last call, m x 64 bytes."""
        return self.said()

    @property
    def open_orders(self):
        """Number of orders in the book."""
        return self.state.orders.live

    def depth(self, side, levels):
        """Return up to ``levels`` of (price_ticks, qty_lots) of a side, best first."""
        cdef uint8_t number = SELL if side == SELL else BUY
        cdef const BookSide *half = &self.state.side[number]
        cdef int64_t key = half.best_key
        if side != number:
            raise ValueError(f"a side is {BUY} or {SELL}, not {side}")
        rows = []
        while key != no_key() and len(rows) < levels:
            rows.append((key_of(number, key), level_at(half, &self.state.far, key).qty_lots))
            key = side_after(half, &self.state.far, key)
        return rows


assert sizeof(BookCommand) == 40
assert sizeof(BookEvent) == sizeof(BookOrder) == 64
