# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""ITCH 5.0 and LOBSTER messages into flow records: the compiled twin of ``itch`` and ``lobster``,
where the layouts are told.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memcmp, memset

from replay.errors import BadStream

cdef enum:
    ADD = 1
    EXECUTE = 2
    EXECUTE_AT = 3
    REDUCE = 4
    DELETE = 5
    REPLACE = 6
    HIDDEN = 7
    CROSS = 8
    STATUS = 9
    SYSTEM = 10
    BUY = 1
    SELL = 2
    HEAD_BYTES = 11
    LINE_BYTES_MAX = 256
    LINE_BYTES_MIN = 10         # "0,7,,,0,1" and its end: what is shorter raises
    SECONDS_MAX = 999_999_999
    DIGITS_MAX = 18

cdef packed struct Record:
    int64_t ts_ns
    uint64_t order_ref
    uint64_t other_ref
    int64_t qty
    int64_t price
    uint16_t locate
    uint8_t kind
    uint8_t side
    uint32_t zero

assert sizeof(Record) == 48


cdef inline uint64_t number(const uint8_t *at, int width) noexcept nogil:
    cdef uint64_t value = 0
    cdef int i
    for i in range(width):
        value = value << 8 | at[i]
    return value


cdef inline int side_of(uint8_t letter) noexcept nogil:
    return BUY if letter == c"B" else SELL if letter == c"S" else 0


cdef class _Records:
    """Room for the records of one piece."""

    cdef Record *rows
    cdef size_t room

    def __dealloc__(self):
        free(self.rows)

    cdef int reserve(self, size_t count) except -1:
        if count > self.room:
            grown = realloc(self.rows, count * sizeof(Record))
            if grown == NULL:
                raise MemoryError
            self.rows = <Record *>grown
            self.room = count
        return 0


cdef inline int body_bytes(uint8_t kind) noexcept nogil:
    """Return how long the body of a kind is; -1: it is passed over."""
    if kind == c"A" or kind == c"C":
        return 25
    if kind == c"E":
        return 20
    if kind == c"D":
        return 8
    if kind == c"X":
        return 12
    if kind == c"U":
        return 24
    if kind == c"F" or kind == c"Q":
        return 29
    if kind == c"P":
        return 33
    if kind == c"R":
        return 28
    if kind == c"H":
        return 14
    if kind == c"S":
        return 1
    return -1


cdef int itch_body(uint8_t kind, const uint8_t *body, Record *row) noexcept nogil:
    """Fill ``row`` from a whole body; -1: not of its layout."""
    if kind == c"Q":
        row.qty = number(body, 8)
        row.price = number(body + 16, 4)
        row.other_ref = number(body + 20, 8)
        row.kind = CROSS
        return 1 if row.qty >= 0 else -1
    if kind == c"H":
        row.other_ref = body[8]
        row.kind = STATUS
        return 1
    if kind == c"S":
        row.other_ref = body[0]
        row.kind = SYSTEM
        return 1
    row.order_ref = number(body, 8)
    if kind == c"A" or kind == c"F" or kind == c"P":
        row.side = side_of(body[8])
        row.qty = number(body + 9, 4)
        row.price = number(body + 21, 4)
        row.kind = ADD
        if kind == c"P":
            row.other_ref = number(body + 25, 8)
            row.kind = HIDDEN
        return 1 if row.side else -1
    if kind == c"D":
        row.kind = DELETE
        return 1
    if kind == c"U":
        row.other_ref = number(body + 8, 8)
        row.qty = number(body + 16, 4)
        row.price = number(body + 20, 4)
        row.kind = REPLACE
        return 1
    row.qty = number(body + 8, 4)
    row.kind = REDUCE
    if kind != c"X":
        row.other_ref = number(body + 12, 8)
        row.kind = EXECUTE
    if kind == c"C":
        row.price = number(body + 21, 4)
        row.kind = EXECUTE_AT
    return 1


cdef str not_of_its_layout(uint64_t where):
    return f"the message at byte {where:,} is not of its layout"


cdef class ItchDecoder:
    """Turns pieces of a file into flow records; ``stock``: only of this one, "" for all."""

    cdef bytes stock, waiting
    cdef bint everything
    cdef int locate
    cdef uint64_t at
    cdef _Records out
    cdef readonly uint64_t messages

    def __init__(self, str stock=""):
        self.stock = stock.encode("ascii").ljust(8)
        self.everything = not stock
        self.locate = -1
        self.waiting = b""
        self.out = _Records()

    def feed(self, bytes data not None):
        cdef bytes whole = self.waiting + data if self.waiting else data
        cdef const uint8_t *begin = <const uint8_t *>PyBytes_AS_STRING(whole)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(whole), at = 0, length
        cdef size_t count = 0
        cdef const uint8_t *message
        cdef Record *row
        cdef int expected, locate
        self.out.reserve(size // (HEAD_BYTES + 2) + 1)
        while at + 2 <= size:
            length = number(begin + at, 2)
            if at + 2 + length > size:
                break
            at += 2
            if not length:
                continue
            message = begin + at
            at += length
            self.messages += 1
            expected = body_bytes(message[0]) if length >= HEAD_BYTES else -2
            if expected == -1:
                continue
            if expected != length - HEAD_BYTES:
                raise BadStream(not_of_its_layout(self.at + at - length))
            locate = number(message + 1, 2)
            if message[0] == c"R":
                if memcmp(message + HEAD_BYTES, PyBytes_AS_STRING(self.stock), 8) == 0:
                    self.locate = locate
                continue
            row = &self.out.rows[count]
            memset(row, 0, sizeof(Record))
            row.ts_ns = number(message + 5, 6)
            row.locate = locate
            if itch_body(message[0], message + HEAD_BYTES, row) < 0:
                raise BadStream(not_of_its_layout(self.at + at - length))
            if self.everything or locate == self.locate or locate == 0:
                count += 1
        self.waiting = whole[at:]
        self.at += at
        return PyBytes_FromStringAndSize(<const char *>self.out.rows, count * sizeof(Record))

    def end(self):
        if self.waiting:
            raise BadStream(f"the message at byte {self.at:,} is torn")
        return b""


cdef inline const uint8_t *whole_number(
    const uint8_t *at, const uint8_t *stop, int64_t *value
) noexcept nogil:
    """Read digits; return what comes behind them, NULL if there are none or too many."""
    cdef const uint8_t *begin = at
    value[0] = 0
    while at < stop and c"0" <= at[0] <= c"9":
        if at - begin == DIGITS_MAX:
            return NULL
        value[0] = value[0] * 10 + (at[0] - c"0")
        at += 1
    return at if at > begin else NULL


cdef inline const uint8_t *comma(const uint8_t *at, const uint8_t *stop) noexcept nogil:
    return at + 1 if at != NULL and at < stop and at[0] == c"," else NULL


cdef const uint8_t *moment(
    const uint8_t *at, const uint8_t *stop, int64_t *ts_ns
) noexcept nogil:
    cdef int64_t seconds, part = 0
    cdef int digits = 0
    at = whole_number(at, stop, &seconds)
    if at == NULL or seconds > SECONDS_MAX:
        return NULL
    if at < stop and at[0] == c".":
        at += 1
        while at < stop and c"0" <= at[0] <= c"9":
            if digits < 9:
                part = part * 10 + (at[0] - c"0")
                digits += 1
            at += 1
    while digits < 9:
        part *= 10
        digits += 1
    ts_ns[0] = seconds * 1_000_000_000 + part
    return at


cdef bint lobster_line(const uint8_t *at, const uint8_t *stop, Record *row) noexcept nogil:
    cdef int64_t value
    cdef const uint8_t *field
    cdef bint negative
    memset(row, 0, sizeof(Record))
    at = comma(moment(at, stop, &row.ts_ns), stop)
    if at == NULL or at + 1 >= stop or at[1] != c",":
        return False
    if at[0] == c"1": row.kind = ADD
    elif at[0] == c"2": row.kind = REDUCE
    elif at[0] == c"3": row.kind = DELETE
    elif at[0] == c"4": row.kind = EXECUTE
    elif at[0] == c"5": row.kind = HIDDEN
    elif at[0] == c"6": row.kind = CROSS
    elif at[0] == c"7": row.kind = STATUS
    else: return False
    at += 2
    if row.kind == HIDDEN or row.kind == CROSS or row.kind == STATUS:
        field = <const uint8_t *>memchr(at, c",", stop - at)
        if field == NULL:
            return False
        at = field + 1
    else:
        at = comma(whole_number(at, stop, &value), stop)
        if at == NULL:
            return False
        row.order_ref = value
    if row.kind == STATUS:
        at = <const uint8_t *>memchr(at, c",", stop - at)
        if at == NULL:
            return False
        at += 1
        if stop - at >= 3 and at[0] == c"-" and at[1] == c"1" and at[2] == c",":
            row.other_ref = c"H"
            at += 3
        elif stop - at >= 2 and at[0] == c"0" and at[1] == c",":
            row.other_ref = c"Q"
            at += 2
        elif stop - at >= 2 and at[0] == c"1" and at[1] == c",":
            row.other_ref = c"T"
            at += 2
        else:
            return False
    else:
        at = comma(whole_number(at, stop, &row.qty), stop)
        if at == NULL:
            return False
        at = comma(whole_number(at, stop, &row.price), stop)
        if at == NULL:
            return False
    negative = at < stop and at[0] == c"-"
    if negative:
        at += 1
    if stop - at != 1 or at[0] != c"1":
        return False
    row.side = 0 if row.kind == STATUS else SELL if negative else BUY
    return True


cdef class LobsterDecoder:
    """Turns pieces of a file into flow records."""

    cdef bytes waiting
    cdef _Records out
    cdef readonly uint64_t messages

    def __init__(self):
        self.waiting = b""
        self.out = _Records()

    def feed(self, bytes data not None):
        cdef bytes whole = self.waiting + data if self.waiting else data
        cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(whole)
        cdef const uint8_t *begin = at
        cdef const uint8_t *stop = at + PyBytes_GET_SIZE(whole)
        cdef const uint8_t *line_end
        cdef const uint8_t *text_end
        cdef size_t count = 0
        self.out.reserve(PyBytes_GET_SIZE(whole) // LINE_BYTES_MIN + 1)
        while True:
            line_end = <const uint8_t *>memchr(at, c"\n", stop - at) if at < stop else NULL
            if line_end == NULL:
                break
            self.messages += 1
            text_end = line_end
            while text_end > at and (text_end - 1)[0] == c"\r":
                text_end -= 1
            if not lobster_line(at, text_end, &self.out.rows[count]):
                raise BadStream(f"line {self.messages} is no LOBSTER message")
            count += 1
            at = line_end + 1
        self.waiting = whole[at - begin:]
        if len(self.waiting) > LINE_BYTES_MAX:
            raise BadStream(f"line {self.messages + 1} is too long")
        return PyBytes_FromStringAndSize(<const char *>self.out.rows, count * sizeof(Record))

    def end(self):
        return self.feed(b"\n") if self.waiting else b""
