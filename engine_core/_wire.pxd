# cython: language_level=3
"""The commands and events of schemas/fbs as C structs: same order, same offsets, no hidden padding.

``_core`` checks every size when it is imported; the suite holds the bytes against the codec.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef enum:
    COMMAND_BYTES = 96
    COMMAND_WORDS = 12
    EVENT_BYTES = 128
    OUTCOME_BYTES = 24
    VALID_UNTIL_WORD = 7


cdef struct NewOrder:
    uint8_t kind, side, order_type, time_in_force, self_trade_prevention, flags
    uint16_t trailing_bps
    uint32_t account_id, instrument_id
    int64_t price_ticks, qty_lots, trigger_price_ticks, display_qty_lots, quote_budget_atoms
    int64_t valid_until_ns
    uint32_t client_order_id[7]
    uint32_t expire_s


cdef struct CancelOrder:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, instrument_id
    uint64_t order_id
    uint64_t reserved[5]
    uint32_t client_order_id[7]
    uint32_t reserved_tail


cdef struct ReplaceOrder:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, instrument_id
    int64_t price_ticks, qty_lots, trigger_price_ticks, display_qty_lots
    uint64_t order_id
    int64_t valid_until_ns
    uint32_t request_id[7]
    uint32_t reserved_tail


cdef struct CancelAll:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, instrument_id
    uint64_t reserved[10]


cdef struct CancelAllAfter:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, timeout_ms
    uint64_t reserved[10]


cdef struct OpenAccount:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, group_id
    uint64_t reserved[10]


cdef struct CreateAsset:
    uint8_t kind, scale
    uint8_t reserved_head[6]
    uint32_t asset_id, reserved_id
    uint64_t reserved[7]
    uint8_t name[24]


cdef struct CreateInstrument:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t instrument_id, base_asset_id, quote_asset_id, maker_fee_ppm, taker_fee_ppm, band_bps
    int64_t quote_atoms_per_tick_lot, base_atoms_per_lot, min_notional_atoms
    int64_t price_max_ticks, qty_max_lots
    uint8_t symbol[24]


cdef struct SetTradingStatus:
    uint8_t kind, trading_status
    uint8_t reserved_head[6]
    uint32_t instrument_id, reserved_id
    uint64_t reserved[10]


cdef struct Deposit:
    # HoldWithdrawal as well.
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, asset_id
    int64_t amount_atoms
    uint64_t source_seq
    uint32_t source_id, reserved_id
    uint64_t reserved[7]


cdef struct ResolveWithdrawal:
    # PostWithdrawal and VoidWithdrawal, which has no amount.
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, asset_id
    int64_t amount_atoms
    uint64_t source_seq
    uint32_t source_id, reserved_id
    uint64_t withdrawal_seq
    uint64_t reserved[6]


cdef struct Transfer:
    # As far as Deposit has fields, they lie where it has them: account_id is the sender's.
    uint8_t kind, transfer_reason
    uint8_t reserved_head[6]
    uint32_t from_account_id, asset_id
    int64_t amount_atoms
    uint64_t source_seq
    uint32_t source_id, to_account_id
    uint64_t reserved[7]


cdef struct SetInstrumentRules:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t instrument_id, collar_bps, breaker_bps, breaker_window_s, auction_s, reserved
    int64_t reference_price_ticks
    uint64_t reserved_tail[7]


cdef struct ScheduleTradingStatus:
    uint8_t kind, trading_status
    uint8_t reserved_head[6]
    uint32_t instrument_id, reserved_id
    uint64_t at_s
    uint64_t reserved[9]


cdef struct SetFees:
    uint8_t kind, tier
    uint8_t reserved_head[6]
    uint32_t instrument_id, reserved_id, maker_fee_ppm, taker_fee_ppm
    uint64_t reserved[9]


cdef struct SetFeeTier:
    uint8_t kind, tier
    uint8_t reserved_head[6]
    uint32_t account_id, reserved_id
    uint64_t reserved[10]


cdef struct SetAccountStatus:
    uint8_t kind, account_status
    uint8_t reserved_head[6]
    uint32_t account_id, reserved_id
    uint64_t reserved[10]


cdef struct SetAccountLimits:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, open_orders_max, orders_per_s, orders_burst
    uint64_t reserved[9]


cdef struct SetAssetLimits:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, asset_id
    int64_t position_max_atoms, order_notional_max_atoms
    uint64_t reserved[8]


cdef struct SetVenueStatus:
    uint8_t kind, venue_status
    uint8_t reserved_head[6]
    uint64_t reserved[11]


cdef struct SetLogicVersion:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t logic_version, reserved_id
    uint64_t reserved[10]


cdef struct NewOrderList:
    uint8_t kind, contingency_type
    uint8_t reserved_head[6]
    uint32_t account_id, instrument_id
    uint64_t reserved[5]
    int64_t valid_until_ns
    uint32_t client_order_id[7]
    uint32_t reserved_tail


cdef struct OrderAccepted:
    uint8_t kind, side, order_type, time_in_force, self_trade_prevention, flags
    uint16_t trailing_bps
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots, trigger_price_ticks, display_qty_lots, quote_budget_atoms
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint32_t client_order_id[7]
    uint32_t expire_s


cdef struct OrderRejected:
    uint8_t kind, side, request
    uint8_t reserved_head[3]
    uint16_t reason
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots
    uint64_t reserved[6]
    uint32_t client_order_id[7]
    uint32_t reserved_tail


cdef struct Trade:
    uint8_t kind, aggressor_side, maker_side, flags
    uint32_t taker_account_id, maker_account_id, instrument_id
    int64_t ts_ns
    uint64_t maker_order_id, taker_order_id
    int64_t price_ticks, qty_lots
    uint64_t trade_id, book_seq
    int64_t maker_fee_atoms, taker_fee_atoms
    int64_t maker_received_available_atoms, maker_held_atoms
    int64_t taker_received_available_atoms, taker_available_atoms, taker_held_atoms


cdef struct OrderClosed:
    # OrderCanceled, OrderExpired and, with leaves_qty_lots, OrderReduced.
    uint8_t kind, side
    uint8_t reserved_head[4]
    uint16_t reason
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots, cum_qty_lots
    uint64_t reserved
    int64_t leaves_qty_lots
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint32_t client_order_id[7]
    uint32_t reserved_tail


cdef struct OrderReplaced:
    uint8_t kind, side
    uint8_t reserved_head[3]
    uint8_t flags
    uint16_t reserved_reason
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots, trigger_price_ticks, display_qty_lots, leaves_qty_lots
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint32_t request_id[7]
    uint32_t reserved_tail


cdef struct OrderRested:
    uint8_t kind, side
    uint8_t reserved_head[6]
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks
    int64_t visible_qty_lots
    uint64_t reserved[2]
    int64_t leaves_qty_lots
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint64_t reserved_tail[4]


cdef struct OrderTriggered:
    uint8_t kind, side, order_type
    uint8_t reserved_head[5]
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t order_id
    int64_t price_ticks, qty_lots, trigger_price_ticks, last_price_ticks
    uint64_t reserved
    int64_t available_atoms, held_atoms
    uint64_t book_seq
    uint64_t reserved_tail[4]


cdef struct AccountOpened:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, group_id
    int64_t ts_ns
    uint64_t reserved[13]


cdef struct AssetCreated:
    uint8_t kind, scale
    uint8_t reserved_head[6]
    uint32_t asset_id, reserved_id
    int64_t ts_ns
    uint64_t reserved[10]
    uint8_t name[24]


cdef struct OrderListAccepted:
    uint8_t kind, contingency_type
    uint8_t reserved_head[6]
    uint32_t account_id, instrument_id
    int64_t ts_ns
    uint64_t list_id, first_order_id, second_order_id
    uint64_t reserved[6]
    uint32_t client_order_id[7]
    uint32_t reserved_tail


cdef struct InstrumentCreated:
    # InstrumentUpdated as well.
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t instrument_id, base_asset_id
    int64_t ts_ns
    uint32_t quote_asset_id, maker_fee_ppm, taker_fee_ppm, band_bps
    int64_t quote_atoms_per_tick_lot, base_atoms_per_lot, min_notional_atoms
    int64_t price_max_ticks, qty_max_lots
    uint64_t reserved[3]
    uint8_t symbol[24]


cdef struct TradingStatusChanged:
    uint8_t kind, trading_status, cause
    uint8_t reserved_head[5]
    uint32_t instrument_id, reserved_id
    int64_t ts_ns, auction_ends_ns
    uint64_t reserved[12]


cdef struct InstrumentRulesChanged:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t instrument_id, collar_bps
    int64_t ts_ns
    uint32_t breaker_bps, breaker_window_s, auction_s, reserved
    int64_t reference_price_ticks
    uint64_t reserved_tail[10]


cdef struct TradingStatusScheduled:
    uint8_t kind, trading_status
    uint8_t reserved_head[6]
    uint32_t instrument_id, reserved_id
    int64_t ts_ns
    uint64_t at_s
    uint64_t reserved[12]


cdef struct AuctionUncrossed:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t instrument_id, reserved_id
    int64_t ts_ns, price_ticks, qty_lots, imbalance_lots
    uint64_t reserved[10]


cdef struct FeesChanged:
    uint8_t kind, tier
    uint8_t reserved_head[6]
    uint32_t instrument_id, reserved_id
    int64_t ts_ns
    uint32_t maker_fee_ppm, taker_fee_ppm
    uint64_t reserved[12]


cdef struct AccountChanged:
    # FeeTierChanged and AccountStatusChanged: ``value`` is the tier or the status.
    uint8_t kind, value
    uint8_t reserved_head[6]
    uint32_t account_id, reserved_id
    int64_t ts_ns
    uint64_t reserved[13]


cdef struct AccountLimitsChanged:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, open_orders_max
    int64_t ts_ns
    uint32_t orders_per_s, orders_burst
    uint64_t reserved[12]


cdef struct AssetLimitsChanged:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t account_id, asset_id
    int64_t ts_ns, position_max_atoms, order_notional_max_atoms
    uint64_t reserved[11]


cdef struct VenueStatusChanged:
    uint8_t kind, venue_status
    uint8_t reserved_head[14]
    int64_t ts_ns
    uint64_t reserved[13]


cdef struct LogicVersionChanged:
    uint8_t kind
    uint8_t reserved_head[7]
    uint32_t logic_version, reserved_id
    int64_t ts_ns
    uint64_t reserved[13]


cdef struct BalanceChanged:
    uint8_t kind
    uint8_t reserved_head[5]
    uint16_t reason
    uint32_t account_id, asset_id
    int64_t ts_ns, amount_atoms
    uint64_t source_seq
    uint32_t source_id, reserved_id
    int64_t withdrawal_atoms
    uint64_t withdrawal_seq, reserved
    int64_t available_atoms, held_atoms
    uint64_t reserved_tail[5]


cdef struct Transferred:
    uint8_t kind, transfer_reason
    uint8_t reserved_head[6]
    uint32_t from_account_id, asset_id
    int64_t ts_ns, amount_atoms
    uint64_t source_seq
    uint32_t source_id, to_account_id
    int64_t from_available_atoms, from_held_atoms, to_available_atoms, to_held_atoms
    uint64_t reserved[6]


cdef struct ControlRejected:
    uint8_t kind, reserved_side, request
    uint8_t reserved_head[3]
    uint16_t reason
    uint32_t subject_id, source_id
    int64_t ts_ns
    uint64_t source_seq
    uint64_t reserved[12]


cdef struct Outcome:
    uint64_t order_id, last_event_seq
    uint32_t event_count
    uint16_t reason
    uint8_t result, reserved
