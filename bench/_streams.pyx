# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Streams as packed commands, and the fills in packed events, without an object for any of them.

``bench.streams`` does the same one record at a time, to be read; the tests hold the two together.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from engine_core._wire cimport COMMAND_BYTES, EVENT_BYTES, CancelOrder, NewOrder, Trade

cdef enum:
    OP_LIMIT = 0
    OP_CANCEL = 1
    NEW_ORDER = 1
    CANCEL_ORDER = 2
    TRADE = 3
    LIMIT = 1
    MARKET = 2
    GTC = 1
    IOC = 2
    DIGIT_ZERO = 1              # of the alphabet of client order ids
    CHAR_BITS = 6
    DIGITS_MAX = 20


cdef packed struct Record:
    uint8_t op
    uint8_t side
    uint16_t zero
    uint32_t qty_lots
    uint64_t price_ticks
    uint64_t order_id


cdef struct BookCommand:
    uint8_t kind, side, order_type, time_in_force, self_trade_prevention, flags
    uint16_t unused
    uint64_t order_id
    int64_t price_ticks, qty_lots
    uint32_t group_id, unused_tail


cdef struct BookEvent:
    uint8_t kind, side, flags, unused
    uint32_t group_id
    uint64_t seq, order_id, taker_order_id
    int64_t price_ticks, qty_lots, leaves_qty_lots
    uint64_t place


assert sizeof(Record) == 24 and sizeof(BookCommand) == 40 and sizeof(BookEvent) == 64


cdef void pack_id(uint64_t number, uint32_t *packed) noexcept nogil:
    """Write a number as ``pack_client_order_id`` does its decimal text."""
    cdef uint8_t digit[DIGITS_MAX]
    cdef uint64_t low = 0, high = 0
    cdef int length = 0, at
    while length == 0 or number:
        digit[length] = <uint8_t>(number % 10) + DIGIT_ZERO
        number //= 10
        length += 1
    for at in range(length):  # the first character lies lowest
        if at < 10:
            low |= <uint64_t>digit[length - 1 - at] << (CHAR_BITS * at)
        else:
            high |= <uint64_t>digit[length - 1 - at] << (CHAR_BITS * (at - 10))
    low |= high << 60
    high >>= 4
    memset(packed, 0, 28)
    memcpy(packed, &low, 8)
    memcpy(packed + 2, &high, 8)
    (<uint8_t *>packed)[27] = <uint8_t>length


def book_commands(bytes stream not None, *, int64_t price_max_ticks):
    """Return the records of ``stream`` as commands of the book; a market buy's bound is the given
    price.
    """
    cdef uint64_t count = <uint64_t>len(stream) // sizeof(Record)
    cdef const Record *record = <const Record *>PyBytes_AS_STRING(stream)
    cdef bytes made = PyBytes_FromStringAndSize(NULL, count * sizeof(BookCommand))
    cdef BookCommand *command = <BookCommand *>PyBytes_AS_STRING(made)
    cdef uint64_t at
    memset(command, 0, count * sizeof(BookCommand))
    for at in range(count):
        command[at].order_id = record[at].order_id
        if record[at].op == OP_CANCEL:
            command[at].kind = CANCEL_ORDER
            continue
        command[at].kind = NEW_ORDER
        command[at].side = record[at].side + 1
        command[at].qty_lots = record[at].qty_lots
        command[at].self_trade_prevention = 1
        if record[at].op == OP_LIMIT:
            command[at].order_type, command[at].time_in_force = LIMIT, GTC
            command[at].price_ticks = <int64_t>record[at].price_ticks
        else:
            command[at].order_type, command[at].time_in_force = MARKET, IOC
            command[at].price_ticks = 0 if record[at].side else price_max_ticks
    return made


def core_commands(bytes stream not None, bytes patterns not None, *, uint32_t first_account_id,
                  uint32_t accounts):
    """Return the records of ``stream`` as commands of the core, made after ``patterns``: a limit
    order, a cancel and a market order. Orders are dealt out to ``accounts``.
    """
    cdef uint64_t count = <uint64_t>len(stream) // sizeof(Record)
    cdef const Record *record = <const Record *>PyBytes_AS_STRING(stream)
    cdef const char *pattern = PyBytes_AS_STRING(patterns)
    cdef bytes made = PyBytes_FromStringAndSize(NULL, count * COMMAND_BYTES)
    cdef char *place = PyBytes_AS_STRING(made)
    cdef NewOrder *order
    cdef CancelOrder *cancel
    cdef uint32_t account_id
    cdef uint64_t at
    if len(patterns) != 3 * COMMAND_BYTES:
        raise ValueError(f"3 patterns have {3 * COMMAND_BYTES} bytes")
    for at in range(count):
        memcpy(place, pattern + record[at].op * COMMAND_BYTES, COMMAND_BYTES)
        account_id = first_account_id + <uint32_t>(record[at].order_id % accounts)
        if record[at].op == OP_CANCEL:
            cancel = <CancelOrder *>place
            cancel.account_id = account_id
            pack_id(record[at].order_id, cancel.client_order_id)
        else:
            order = <NewOrder *>place
            order.account_id = account_id
            order.side = record[at].side + 1
            order.price_ticks = <int64_t>record[at].price_ticks
            order.qty_lots = record[at].qty_lots
            pack_id(record[at].order_id, order.client_order_id)
        place += COMMAND_BYTES
    return made


def spread_orders(bytes pattern not None, *, uint64_t first_key, uint64_t count,
                  uint32_t first_account_id, uint32_t accounts, int64_t mid_ticks,
                  uint32_t levels, uint64_t seed, bint crossing=False):
    """Return ``count`` orders after ``pattern``: keys count from ``first_key``, sides and prices
    are drawn, buys 1 to ``levels`` ticks below ``mid_ticks``, sells as far above. If they are
    ``crossing``, each is priced past every order of the other side.
    """
    cdef bytes made = PyBytes_FromStringAndSize(NULL, count * COMMAND_BYTES)
    cdef char *place = PyBytes_AS_STRING(made)
    cdef NewOrder *order
    cdef uint64_t at, draw = seed | 1
    cdef int64_t away_ticks
    if len(pattern) != COMMAND_BYTES:
        raise ValueError(f"a pattern has {COMMAND_BYTES} bytes")
    for at in range(count):
        draw ^= draw << 13
        draw ^= draw >> 7
        draw ^= draw << 17
        memcpy(place, PyBytes_AS_STRING(pattern), COMMAND_BYTES)
        order = <NewOrder *>place
        order.account_id = first_account_id + <uint32_t>((first_key + at) % accounts)
        away_ticks = 1 + <int64_t>((draw >> 32) % levels)
        order.side = 1 + (draw >> 8 & 1)
        if crossing:
            away_ticks = -<int64_t>levels
        if order.side == 1:
            away_ticks = -away_ticks
        order.price_ticks = mid_ticks + away_ticks
        pack_id(first_key + at, order.client_order_id)
        place += COMMAND_BYTES
    return made


def cancels_of(bytes pattern not None, keys, *, uint32_t first_account_id, uint32_t accounts):
    """Return cancels after ``pattern`` of orders that ``spread_orders`` made."""
    cdef bytearray made = bytearray()
    cdef CancelOrder cancel
    memcpy(&cancel, PyBytes_AS_STRING(pattern), sizeof(CancelOrder))
    for key in keys:
        cancel.account_id = first_account_id + <uint32_t>(key % accounts)
        pack_id(key, cancel.client_order_id)
        made += (<char *>&cancel)[:sizeof(CancelOrder)]
    return bytes(made)


cdef class FillDigest:
    """Number and FNV-1a 64 of fills, over maker, taker, price and quantity, 8 bytes each.
    ``ids_before``: so many order ids were given out before the stream began.
    """

    cdef readonly uint64_t fills
    cdef uint64_t hash_
    cdef uint64_t ids_before

    def __cinit__(self, *, ids_before=0):
        self.ids_before = ids_before
        self.hash_ = 0xCBF29CE484222325

    cdef void feed(self, uint64_t number) noexcept nogil:
        cdef int at
        for at in range(8):
            self.hash_ = (self.hash_ ^ (number & 0xFF)) * <uint64_t>0x100000001B3
            number >>= 8

    cdef void fill(self, uint64_t maker, uint64_t taker, int64_t price_ticks,
                   int64_t qty_lots) noexcept nogil:
        self.fills += 1
        self.feed(maker - self.ids_before)
        self.feed(taker - self.ids_before)
        self.feed(<uint64_t>price_ticks)
        self.feed(<uint64_t>qty_lots)

    def take_book(self, bytes events not None):
        """Count the fills in a book's events."""
        cdef const BookEvent *event = <const BookEvent *>PyBytes_AS_STRING(events)
        cdef uint64_t at
        for at in range(<uint64_t>len(events) // sizeof(BookEvent)):
            if event[at].kind == TRADE:
                self.fill(event[at].order_id, event[at].taker_order_id, event[at].price_ticks,
                          event[at].qty_lots)

    def take_core(self, bytes events not None):
        """Count the fills in a core's events. Order ids are the stream's: both count all orders."""
        cdef const char *place = PyBytes_AS_STRING(events)
        cdef const Trade *trade
        cdef uint64_t at
        for at in range(<uint64_t>len(events) // EVENT_BYTES):
            if place[at * EVENT_BYTES] == TRADE:
                trade = <const Trade *>(place + at * EVENT_BYTES)
                self.fill(trade.maker_order_id, trade.taker_order_id, trade.price_ticks,
                          trade.qty_lots)

    def take(self, maker, taker, price_ticks, qty_lots):
        """Count one fill."""
        self.fill(maker, taker, price_ticks, qty_lots)

    def hexdigest(self):
        """Return the hash of everything so far, 16 hex digits."""
        return f"{self.hash_:016x}"
