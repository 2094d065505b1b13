# cython: language_level=3, cdivision=True
"""What the state is made of: the words of each thing that can change an answer to come, as
engine_core.entities says. The state hash is a sum over them, a saved state is a list of them.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from engine_core._deadlines cimport deadline_of
from engine_core._keys cimport KEY_ACCOUNT_BITS, KEY_ACCOUNT_MASK, Key, KeyTable, word_of
from engine_core._numbers cimport FLAGS_ALL
from engine_core._retries cimport lane_a
from engine_core._slices cimport filled_lots, open_lots
from engine_core._state cimport Account, Asset, Instrument, State
from engine_core._wire cimport COMMAND_WORDS, NewOrder
from matching._orders cimport BookOrder, OrderDetail
from matching._terms cimport HAS_TERMS, LINKED, OrderTerms, PENDING, STAGE_TRIGGERED
from risk._balances cimport BalanceRow
from risk._limits cimport AssetLimit
from risk._withdrawals cimport Withdrawal


cdef enum:
    HASH_TAG_BALANCE = 1
    HASH_TAG_ORDER = 2
    HASH_TAG_INSTRUMENT = 3
    HASH_TAG_ASSET = 4
    HASH_TAG_ACCOUNT = 5
    HASH_TAG_KEY = 6
    HASH_TAG_SOURCE = 7
    HASH_TAG_COUNTERS = 9
    HASH_TAG_SWITCH = 11
    HASH_TAG_QUEUED = 12
    HASH_TAG_CHANGE = 13
    HASH_TAG_FEES = 14
    HASH_TAG_ASSET_LIMIT = 15
    HASH_TAG_PARKED = 16
    HASH_TAG_WITHDRAWAL = 17
    HASH_WORDS_MAX = 32


cdef struct HashSum:
    uint64_t a, b           # 128 bits, a low
    uint64_t words[HASH_WORDS_MAX]
    uint32_t count          # words of the thing under way


cdef inline void thing(HashSum *total, uint64_t tag) noexcept nogil:
    """Begin with one thing."""
    total.words[0] = tag
    total.count = 1


cdef inline void put(HashSum *total, uint64_t word) noexcept nogil:
    total.words[total.count] = word
    total.count += 1


cdef inline void put_bytes(HashSum *total, const void *data, int words) noexcept nogil:
    memcpy(&total.words[total.count], data, 8 * words)
    total.count += words


cdef inline void put_client_order_id(HashSum *total, const uint32_t *id_) noexcept nogil:
    put(total, word_of(id_))
    put(total, word_of(id_ + 2))
    put(total, word_of(id_ + 4))
    put(total, id_[6])


cdef inline void add(HashSum *total) noexcept nogil:
    """Add the hash of the thing under way to the sum."""
    cdef uint64_t a = <uint64_t>0x9E3779B97F4A7C15
    cdef uint64_t b = <uint64_t>0xC2B2AE3D27D4EB4F
    cdef uint32_t at
    for at in range(total.count):
        a = lane_a(a, total.words[at])
        b = (b + total.words[at]) * <uint64_t>0xC4CEB9FE1A85EC53
        b ^= b >> 29
    total.a += a
    total.b += b + (total.a < a)


cdef inline void put_balance(HashSum *total, const State *state,
                             const BalanceRow *row) noexcept nogil:
    thing(total, HASH_TAG_BALANCE)
    put(total, state.account[row.account].account_id)
    put(total, state.asset[row.asset].asset_id)
    put(total, row.available_atoms)
    put(total, row.held_atoms)


cdef inline void put_withdrawal(HashSum *total, const State *state,
                                const Withdrawal *held) noexcept nogil:
    cdef const BalanceRow *row = &state.balances.row[held.balance]
    thing(total, HASH_TAG_WITHDRAWAL)
    put(total, held.source_id)
    put(total, held.source_seq)
    put(total, state.account[row.account].account_id)
    put(total, state.asset[row.asset].asset_id)
    put(total, held.amount_atoms)


cdef inline void put_terms(HashSum *total, const State *state, uint32_t slot) noexcept nogil:
    cdef const OrderTerms *terms = NULL
    if state.orders.book[slot].flags & HAS_TERMS:
        terms = &state.terms.row[state.orders.terms_of[slot]]
    put(total, terms.expire_s if terms != NULL else 0)
    put(total, terms.trigger_price_ticks if terms != NULL else 0)
    put(total, terms != NULL and terms.stage == STAGE_TRIGGERED)
    put(total, terms.display_qty_lots if terms != NULL else 0)
    if state.orders.book[slot].flags & PENDING:
        put(total, 0)
    else:
        put(total, state.orders.book[slot].leaves_qty_lots)
    put(total, terms.trailing_bps if terms != NULL else 0)
    put(total, terms.water_ticks if terms != NULL else 0)
    put(total, terms.hold_price_ticks if terms != NULL else 0)
    if state.orders.book[slot].flags & LINKED:
        put(total, state.orders.book[terms.other_leg].order_id)
    else:
        put(total, 0)


cdef inline void put_order(HashSum *total, const State *state, uint32_t slot) noexcept nogil:
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const OrderDetail *detail = &state.orders.detail[slot]
    thing(total, HASH_TAG_ORDER)
    put(total, order.order_id)
    put(total, state.account[order.account].account_id)
    put(total, state.instrument[order.instrument].instrument_id)
    put(total, order.side)
    put(total, detail.order_type)
    put(total, detail.time_in_force)
    put(total, detail.self_trade_prevention)
    put(total, order.flags & FLAGS_ALL)
    put(total, order.price_ticks)
    put(total, detail.qty_lots)
    put(total, open_lots(state, slot))
    put(total, filled_lots(state, slot))
    put(total, order.fee_debt)
    put(total, order.place)
    put_client_order_id(total, detail.client_order_id)
    put_terms(total, state, slot)


cdef inline void put_queued(HashSum *total, const State *state, const Instrument *listed,
                            uint64_t position, uint32_t slot) noexcept nogil:
    thing(total, HASH_TAG_QUEUED)
    put(total, listed.instrument_id)
    put(total, position)
    put(total, state.orders.book[slot].order_id)


cdef inline void put_change(HashSum *total, const State *state, const Instrument *listed,
                            uint32_t number) noexcept nogil:
    thing(total, HASH_TAG_CHANGE)
    put(total, listed.instrument_id)
    put(total, state.changes.row[number].at_s)
    put(total, state.changes.row[number].trading_status)


cdef inline bint has_fees(const Instrument *listed, uint32_t tier) noexcept nogil:
    """Return whether a tier pays other fees than the instrument's own."""
    return listed.fee_tiers >> tier & 1


cdef inline void put_fees(HashSum *total, const Instrument *listed, uint32_t tier) noexcept nogil:
    thing(total, HASH_TAG_FEES)
    put(total, listed.instrument_id)
    put(total, tier)
    put(total, listed.tier_maker_fee_ppm[tier])
    put(total, listed.tier_taker_fee_ppm[tier])


cdef inline void put_rules(HashSum *total, const Instrument *listed) noexcept nogil:
    put(total, listed.collar_bps)
    put(total, listed.breaker_bps)
    put(total, listed.breaker_window_s)
    put(total, listed.auction_s)
    put(total, listed.reference_price_ticks)
    put(total, listed.breaker_reference_ticks)
    put(total, listed.breaker_window_start_ns)
    put(total, listed.uncross_price_ticks)
    put(total, listed.uncross_cause)
    put(total, listed.auction_ends_ns)


cdef inline void put_instrument(HashSum *total, const State *state,
                                const Instrument *listed) noexcept nogil:
    thing(total, HASH_TAG_INSTRUMENT)
    put(total, listed.instrument_id)
    put(total, state.asset[listed.base].asset_id)
    put(total, state.asset[listed.quote].asset_id)
    put(total, listed.k)
    put(total, listed.base_atoms_per_lot)
    put(total, listed.maker_fee_ppm)
    put(total, listed.taker_fee_ppm)
    put(total, listed.band_bps)
    put(total, listed.min_notional_atoms)
    put(total, listed.price_max_ticks)
    put(total, listed.qty_max_lots)
    put(total, listed.trading_status)
    put(total, listed.last_trade_price_ticks)
    put(total, listed.next_trade_id)
    put(total, listed.book_seq)
    put_bytes(total, listed.symbol, 3)
    put_rules(total, listed)


cdef inline void put_parked(HashSum *total, uint32_t account_id, uint32_t position,
                            const NewOrder *leg) noexcept nogil:
    thing(total, HASH_TAG_PARKED)
    put(total, account_id)
    put(total, position)
    put_bytes(total, leg, COMMAND_WORDS)


cdef inline void put_account(HashSum *total, const Account *account) noexcept nogil:
    thing(total, HASH_TAG_ACCOUNT)
    put(total, account.account_id)
    put(total, account.group_id)
    put(total, account.account_status)
    put(total, account.tier)
    put(total, account.own_open_orders_max)
    put(total, account.orders_per_s)
    put(total, account.orders_burst)
    put(total, account.tat_ns)


cdef inline void put_switch(HashSum *total, const State *state,
                            const Account *account) noexcept nogil:
    thing(total, HASH_TAG_SWITCH)
    put(total, account.account_id)
    put(total, deadline_of(&state.deadlines, account.deadline).deadline_ns)


cdef inline void put_limit(HashSum *total, const State *state,
                           const AssetLimit *limit) noexcept nogil:
    thing(total, HASH_TAG_ASSET_LIMIT)
    put(total, state.account[limit.account].account_id)
    put(total, state.asset[limit.asset].asset_id)
    put(total, limit.position_max_atoms)
    put(total, limit.order_notional_max_atoms)


cdef inline void put_asset(HashSum *total, const Asset *asset) noexcept nogil:
    thing(total, HASH_TAG_ASSET)
    put(total, asset.asset_id)
    put(total, asset.scale)
    put(total, asset.supply_atoms)
    put_bytes(total, asset.name, 3)


cdef inline void put_source(HashSum *total, const State *state, uint64_t entry) noexcept nogil:
    """``entry``: of the source in its map of ids."""
    thing(total, HASH_TAG_SOURCE)
    put(total, entry >> 32)
    put(total, state.last_source_seq[<uint32_t>entry - 1])


cdef inline const Key *nth_key(const KeyTable *table, uint64_t number) noexcept nogil:
    """Return a key by its age: 0 is the oldest."""
    cdef uint64_t position = table.head + number
    if position >= table.capacity:
        position -= table.capacity
    return &table.ring[position]


cdef inline void put_key(HashSum *total, const State *state, const Key *key) noexcept nogil:
    thing(total, HASH_TAG_KEY)
    put(total, state.account[key.account_reason & KEY_ACCOUNT_MASK].account_id)
    put_client_order_id(total, key.client_order_id)
    put(total, key.digest)
    put(total, key.order_id)
    put(total, key.account_reason >> KEY_ACCOUNT_BITS)
    put(total, key.valid_until_ns)


cdef inline void put_counters(HashSum *total, const State *state) noexcept nogil:
    thing(total, HASH_TAG_COUNTERS)
    put(total, state.next_order_id)
    put(total, state.next_event_seq)
    put(total, state.ts_ns)
    put(total, state.next_place)
    put(total, state.venue_status)
    put(total, state.logic_version)
