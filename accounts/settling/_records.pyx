# cython: language_level=3, boundscheck=False, wraparound=False
"""What the compiled twin of settlement keeps balances, orders and rows in."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

from accounts.settling.copy_rows import COPY_END, COPY_HEAD, ORDERS

cdef enum:
    FIRST_BYTES = 4096
    DIGIT_BASE = 10000
    NUMERIC_DIGITS_MAX = 10  # numeric(38, 0)

cdef int64_t TOTAL_MAX = 1 << 61


cdef class Balance:
    """``accounts.settling.balance_book.Balance``."""

    def __init__(
        self, int64_t posted_atoms=0, int64_t available_atoms=0, int64_t held_atoms=0,
        int64_t updated_seq=0, bint is_stored=False, int64_t posted_before_atoms=0,
    ):
        self.posted_atoms = posted_atoms
        self.available_atoms = available_atoms
        self.held_atoms = held_atoms
        self.updated_seq = updated_seq
        self.is_stored = is_stored
        self.posted_before_atoms = posted_before_atoms


cdef class OrderRecord:
    """``accounts.settling.order_history.OrderRecord``."""

    def __init__(self, **fields):
        for name in ORDERS.columns:
            setattr(self, name, fields.pop(name))
        if fields:
            raise TypeError(f"an order has no {', '.join(fields)}")


cdef class CopyRows:
    """``accounts.settling.copy_rows.CopyRows``, as bytes."""

    def __cinit__(self, table):
        self.table = table
        self._types = table.types
        self._total_at = table.total_at
        self._total = 0
        self._size = FIRST_BYTES
        self._data = <char *>malloc(self._size)
        if self._data is NULL:
            raise MemoryError
        self._used = len(COPY_HEAD)
        memcpy(self._data, <const char *><bytes>COPY_HEAD, self._used)

    def __dealloc__(self):
        free(self._data)

    def __len__(self):
        return self._count

    def total(self):
        """Return the sum of the table's summed column."""
        assert self._total_at is not None, f"no column of {self.table.name} is summed"
        return self._total + self._small_total

    def payload(self):
        """Return everything COPY is to be sent."""
        return self._data[:self._used] + COPY_END

    def append(self, tuple row):
        """Write a row given as a tuple."""
        cdef str type_
        self.begin(len(self._types))
        for at, type_ in enumerate(self._types):
            if row[at] is None:
                self.raw4(-1)
            elif type_ == "int8":
                self.put8(row[at])
            elif type_ == "int4":
                self.put4(row[at])
            elif type_ == "int2":
                self.put2(row[at])
            else:
                raise TypeError(f"{self.table.name}: {type_}")
        if self._total_at is not None:
            self.add(row[self._total_at])

    cdef int begin(self, int columns) except -1:
        """Make room for a row of up to 16 bytes a column, and begin it."""
        cdef size_t needed = self._used + 2 + 64 + 16 * columns
        cdef char *data
        if needed > self._size:
            self._size = 2 * needed
            data = <char *>realloc(self._data, self._size)
            if data is NULL:
                raise MemoryError
            self._data = data
        self.raw2(columns)
        self._count += 1
        return 0

    cdef int add(self, int64_t amount) except -1:
        self._small_total += amount
        if self._small_total > TOTAL_MAX or self._small_total < 0:
            self._total += <uint64_t>self._small_total
            self._small_total = 0
        return 0

    cdef void raw2(self, int value) noexcept:
        self._data[self._used] = <char>(value >> 8)
        self._data[self._used + 1] = <char>value
        self._used += 2

    cdef void raw4(self, int32_t value) noexcept:
        self.raw2((value >> 16) & 0xFFFF)
        self.raw2(value & 0xFFFF)

    cdef void put1(self, bint value) noexcept:
        self.raw4(1)
        self._data[self._used] = <char>value
        self._used += 1

    cdef void put2(self, int value) noexcept:
        self.raw4(2)
        self.raw2(value)

    cdef void put4(self, int32_t value) noexcept:
        self.raw4(4)
        self.raw4(value)

    cdef void put8(self, int64_t value) noexcept:
        self.raw4(8)
        self.raw4(<int32_t>(value >> 32))
        self.raw4(<int32_t><uint32_t>value)

    cdef int put_bytes(self, bytes text) except -1:
        cdef Py_ssize_t size = len(text)
        if size > 64:
            raise ValueError(f"{size} bytes in one field")
        self.raw4(<int32_t>size)
        memcpy(self._data + self._used, <char *>text, size)
        self._used += size
        return 0

    cdef int put_numeric(self, object number) except -1:
        """A whole number ≥ 0 in digits of base 10,000, the lowest left out while they are zero."""
        cdef int digits[NUMERIC_DIGITS_MAX]
        cdef int count = 0, first = 0, at
        cdef uint64_t small
        if number > 0xFFFFFFFFFFFFFFFF:
            while number:
                if count == NUMERIC_DIGITS_MAX:
                    raise ValueError(f"{number} does not fit")
                number, digits[count] = divmod(number, DIGIT_BASE)
                count += 1
        else:
            small = number
            while small:
                digits[count] = small % DIGIT_BASE
                small = small // DIGIT_BASE
                count += 1
        while first < count and digits[first] == 0:
            first += 1
        self.raw4(8 + 2 * (count - first))
        self.raw2(count - first)
        self.raw2(count - 1 if count else 0)
        self.raw4(0)
        for at in range(count - 1, first - 1, -1):
            self.raw2(digits[at])
        return 0


def order_rows(records):
    """``accounts.settling.copy_rows.order_rows``."""
    cdef CopyRows rows = CopyRows(ORDERS)
    cdef OrderRecord one
    for one in records:
        rows.begin(31)
        rows.put8(one.order_id)
        rows.put8(one.account_id)
        rows.put8(one.instrument_id)
        rows.put_bytes(one.client_order_id)
        rows.put2(one.side)
        rows.put2(one.order_type)
        rows.put2(one.time_in_force)
        rows.put2(one.self_trade_prevention)
        rows.put2(one.flags)
        rows.put8(one.price_ticks)
        rows.put8(one.qty_lots)
        rows.put8(one.trigger_price_ticks)
        rows.put4(one.trailing_bps)
        rows.put8(one.hold_price_ticks)
        rows.put8(one.display_qty_lots)
        rows.put8(one.quote_budget_atoms)
        rows.put8(one.leaves_qty_lots)
        rows.put8(one.visible_qty_lots)
        rows.put8(one.cum_qty_lots)
        rows.put_numeric(one.cum_quote_atoms)
        rows.put_numeric(one.fee_atoms)
        rows.put2(one.status)
        rows.put2(one.reason)
        rows.put1(one.is_open)
        rows.put8(one.list_id)
        rows.put2(one.contingency_type)
        rows.put8(one.expire_s)
        rows.put8(one.created_ts_ns)
        rows.put8(one.updated_ts_ns)
        rows.put8(one.created_seq)
        rows.put8(one.updated_seq)
    return rows
