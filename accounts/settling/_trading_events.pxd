# cython: language_level=3
# The events that trading is made of, as they lie in bytes: the layouts of schemas/layouts.py.

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    EVENT_BYTES = 128

cdef packed struct AcceptedEvent:
    uint8_t kind, side, order_type, time_in_force, self_trade_prevention, flags
    uint16_t trailing_bps
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots, trigger_price_ticks, display_qty_lots, quote_budget_atoms
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint8_t client_order_id[28]
    uint32_t expire_s

cdef packed struct TradeEvent:
    uint8_t kind, aggressor_side, maker_side, flags
    uint32_t taker_account_id, maker_account_id, instrument_id
    int64_t ts_ns
    uint64_t maker_order_id, taker_order_id
    int64_t price_ticks, qty_lots
    uint64_t trade_id, book_seq
    int64_t maker_fee_atoms, taker_fee_atoms, maker_received_available_atoms, maker_held_atoms
    int64_t taker_received_available_atoms, taker_available_atoms, taker_held_atoms

cdef packed struct ClosedEvent:
    uint8_t kind, side
    uint8_t reserved1[4]
    uint16_t reason
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots, cum_qty_lots
    uint8_t reserved2[16]
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint8_t client_order_id[28]
    uint8_t reserved3[4]
