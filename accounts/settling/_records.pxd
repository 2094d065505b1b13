# cython: language_level=3

from libc.stdint cimport int32_t, int64_t


cdef class Balance:
    cdef public int64_t posted_atoms, available_atoms, held_atoms, updated_seq
    cdef public bint is_stored
    cdef public int64_t posted_before_atoms


cdef class OrderRecord:
    cdef public int64_t order_id, account_id, instrument_id
    cdef public bytes client_order_id
    cdef public int side, order_type, time_in_force, self_trade_prevention, flags
    cdef public int64_t price_ticks, qty_lots, trigger_price_ticks
    cdef public int trailing_bps
    cdef public int64_t hold_price_ticks, display_qty_lots, quote_budget_atoms
    cdef public int64_t leaves_qty_lots, visible_qty_lots, cum_qty_lots
    cdef public object cum_quote_atoms, fee_atoms
    cdef public int status, reason
    cdef public bint is_open
    cdef public int64_t list_id
    cdef public int contingency_type
    cdef public int64_t expire_s, created_ts_ns, updated_ts_ns, created_seq, updated_seq


cdef class CopyRows:
    cdef readonly object table
    cdef char *_data
    cdef size_t _used, _size
    cdef Py_ssize_t _count
    cdef object _total
    cdef int64_t _small_total
    cdef object _total_at
    cdef tuple _types

    cdef int begin(self, int columns) except -1
    cdef int add(self, int64_t amount) except -1
    cdef void raw2(self, int value) noexcept
    cdef void raw4(self, int32_t value) noexcept
    cdef void put1(self, bint value) noexcept
    cdef void put2(self, int value) noexcept
    cdef void put4(self, int32_t value) noexcept
    cdef void put8(self, int64_t value) noexcept
    cdef int put_bytes(self, bytes text) except -1
    cdef int put_numeric(self, object number) except -1
