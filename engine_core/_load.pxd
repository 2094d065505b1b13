# cython: language_level=3, cdivision=True
"""A saved state read back, as engine_core.saved_rows does: what its rows leave out is built again
from them. Nothing in a row is believed before it is looked at: whatever the bytes are, the answer is
a state or why there is none.
"""

from libc.stdint cimport INT64_MAX, UINT32_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from engine_core._account_limits cimport open_buys_atoms
from engine_core._deadlines cimport (
    DEADLINE_AUCTION,
    DEADLINE_CHANGE,
    DEADLINE_SWITCH,
    NS_PER_S,
    deadline_add,
    reserve_deadlines,
)
from engine_core._keys cimport reserve_keys
from engine_core._load_keys cimport KEYS_AHEAD, expect_keys, load_key
from engine_core._load_orders cimport link_orders, load_order, load_queued, place_orders
from engine_core._numbers cimport (
    ACCOUNTS_MAX,
    ACCOUNT_STATUS_LAST,
    ASSETS_MAX,
    ASSET_LIMITS_MAX,
    FEE_ACCOUNT_ID,
    FEE_TIERS_MAX,
    INSTRUMENTS_MAX,
    KIND_CREATE_ASSET,
    KIND_CREATE_INSTRUMENT,
    KIND_DEPOSIT,
    KIND_OPEN_ACCOUNT,
    LOGIC_VERSION,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    SCHEDULED_CHANGES_MAX,
    SOURCES_MAX,
    STATUS_LAST,
    TICKS_LOTS_LOG2,
    VENUE_STATUS_LAST,
    WITHDRAWALS_MAX,
)
from engine_core._parked cimport LEGS, park, reserve_parked
from engine_core._saved_state cimport (
    HASH_WORDS,
    HEAD_WORDS,
    Ordered,
    SECTIONS,
    SECTION_ACCOUNTS,
    SECTION_ASSETS,
    SECTION_BALANCES,
    SECTION_CHANGES,
    SECTION_COUNTERS,
    SECTION_FEES,
    SECTION_INSTRUMENTS,
    SECTION_KEYS,
    SECTION_LIMITS,
    SECTION_ORDERS,
    SECTION_PARKED,
    SECTION_QUEUED,
    SECTION_SOURCES,
    SECTION_SWITCHES,
    SECTION_WITHDRAWALS,
    magic_word,
    tag_of_row,
    words_of_row,
)
from engine_core._schedule cimport change_add, reserve_changes
from engine_core._state cimport (
    Account,
    Asset,
    Instrument,
    NO_SLOT,
    State,
    account_add,
    id_add,
    id_slot,
    reserve_listings,
    reserve_parties,
)
from engine_core._state_hash cimport hash_state
from engine_core._things cimport HashSum, add, put_bytes, thing
from engine_core._wire cimport COMMAND_BYTES, NewOrder
from matching._far cimport reserve_far_nodes
from matching._orders cimport OPEN_ORDERS_MAX, reserve_orders
from matching._terms cimport reserve_terms
from risk._balances cimport BalanceRow, balance_find, balance_row, reserve_balances
from risk._limits cimport AssetLimit, limit_add, reserve_limits
from risk._withdrawals cimport Withdrawal, reserve_withdrawals, withdrawal_add


cdef inline uint32_t slot_of_word(const State *state, int section, uint64_t id_) noexcept nogil:
    """Return the slot of an account, asset or instrument, NO_SLOT if there is none."""
    if id_ > UINT32_MAX:
        return NO_SLOT
    if section == <int>SECTION_ACCOUNTS:
        return id_slot(&state.account_ids, <uint32_t>id_)
    if section == <int>SECTION_ASSETS:
        return id_slot(&state.asset_ids, <uint32_t>id_)
    return id_slot(&state.instrument_ids, <uint32_t>id_)


cdef inline bint load_counters(State *state, const uint64_t *row) noexcept nogil:
    state.next_order_id = row[0]
    state.next_event_seq = row[1]
    state.ts_ns = <int64_t>row[2]
    state.next_place = row[3]
    state.venue_status = <uint8_t>row[4]
    state.logic_version = <uint32_t>row[5]
    return row[2] <= INT64_MAX and 1 <= row[4] <= VENUE_STATUS_LAST


cdef inline bint load_asset(State *state, const uint64_t *row) noexcept nogil:
    cdef Asset *asset
    if row[0] > UINT32_MAX:
        return False
    asset = &state.asset[id_add(&state.asset_ids, <uint32_t>row[0])]
    asset.asset_id = <uint32_t>row[0]
    asset.scale = <uint8_t>row[1]
    asset.supply_atoms = <int64_t>row[2]
    memcpy(asset.name, &row[3], 24)
    return True


cdef inline bint load_account(State *state, const uint64_t *row) noexcept nogil:
    cdef Account *account = &state.account[0]  # the venue's own is there from the start
    if row[0] > UINT32_MAX or not 1 <= row[2] <= ACCOUNT_STATUS_LAST or row[3] >= FEE_TIERS_MAX:
        return False
    if row[0] != FEE_ACCOUNT_ID:
        account = account_add(state, <uint32_t>row[0])
    account.group_id = <uint32_t>row[1]
    account.account_status = <uint8_t>row[2]
    account.tier = <uint8_t>row[3]
    account.own_open_orders_max = <uint32_t>row[4]
    if row[4]:
        account.open_orders_max = min(<uint32_t>row[4], <uint32_t>OPEN_ORDERS_PER_ACCOUNT_MAX)
    account.orders_per_s = <uint32_t>row[5]
    account.orders_burst = <uint32_t>row[6]
    account.tat_ns = row[7]
    return True


cdef inline void load_rules(Instrument *listed, const uint64_t *row) noexcept nogil:
    listed.collar_bps = <uint32_t>row[0]
    listed.breaker_bps = <uint32_t>row[1]
    listed.breaker_window_s = <uint32_t>row[2]
    listed.auction_s = <uint32_t>row[3]
    listed.reference_price_ticks = <int64_t>row[4]
    listed.breaker_reference_ticks = <int64_t>row[5]
    listed.breaker_window_start_ns = <int64_t>row[6]
    listed.uncross_price_ticks = <int64_t>row[7]
    listed.uncross_cause = <uint8_t>row[8]
    listed.auction_ends_ns = <int64_t>row[9]


cdef inline void load_terms(Instrument *listed, const uint64_t *row) noexcept nogil:
    listed.instrument_id = <uint32_t>row[0]
    listed.k = <int64_t>row[3]
    listed.base_atoms_per_lot = <int64_t>row[4]
    listed.maker_fee_ppm = <uint32_t>row[5]
    listed.taker_fee_ppm = <uint32_t>row[6]
    listed.band_bps = <uint32_t>row[7]
    listed.min_notional_atoms = <int64_t>row[8]
    listed.price_max_ticks = <int64_t>row[9]
    listed.qty_max_lots = <int64_t>row[10]
    listed.trading_status = <uint8_t>row[11]
    listed.last_trade_price_ticks = <int64_t>row[12]
    listed.next_trade_id = row[13]
    listed.book_seq = row[14]
    memcpy(listed.symbol, &row[15], 24)


cdef inline bint load_instrument(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t base = slot_of_word(state, SECTION_ASSETS, row[1])
    cdef uint32_t quote = slot_of_word(state, SECTION_ASSETS, row[2])
    cdef uint32_t slot
    cdef Instrument *listed
    if row[0] > UINT32_MAX or base == NO_SLOT or quote == NO_SLOT:
        return False
    if not 1 <= row[11] <= STATUS_LAST or row[25] >> TICKS_LOTS_LOG2 or row[27] > INT64_MAX:
        return False
    slot = id_add(&state.instrument_ids, <uint32_t>row[0])
    listed = &state.instrument[slot]
    listed.base = base
    listed.quote = quote
    listed.base_fee_row = balance_row(&state.balances, 0, base)
    listed.quote_fee_row = balance_row(&state.balances, 0, quote)
    load_terms(listed, row)
    load_rules(listed, &row[18])
    state.uncrossing += listed.uncross_price_ticks != 0
    if listed.auction_ends_ns:
        listed.auction_end = deadline_add(
            &state.auction_ends, listed.auction_ends_ns, DEADLINE_AUCTION, listed.instrument_id, slot
        )
    return True


cdef inline bint load_fees(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t slot = slot_of_word(state, SECTION_INSTRUMENTS, row[0])
    if slot == NO_SLOT or row[1] >= FEE_TIERS_MAX:
        return False
    state.instrument[slot].fee_tiers |= <uint16_t>(1 << row[1])
    state.instrument[slot].tier_maker_fee_ppm[row[1]] = <uint32_t>row[2]
    state.instrument[slot].tier_taker_fee_ppm[row[1]] = <uint32_t>row[3]
    return True


cdef inline bint load_change(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t slot = slot_of_word(state, SECTION_INSTRUMENTS, row[0])
    cdef uint32_t number
    cdef Instrument *listed
    if slot == NO_SLOT or row[1] > <uint64_t>INT64_MAX // NS_PER_S:
        return False
    listed = &state.instrument[slot]
    if row[1] == 0 or not 1 <= row[2] <= STATUS_LAST or listed.change_count >= SCHEDULED_CHANGES_MAX:
        return False
    number = change_add(&state.changes, &listed.changes, row[1])
    state.changes.row[number].trading_status = <uint8_t>row[2]
    state.changes.row[number].handle = deadline_add(
        &state.deadlines, row[1] * NS_PER_S, DEADLINE_CHANGE, listed.instrument_id, slot
    )
    listed.change_count += 1
    return True


cdef inline bint load_source(State *state, const uint64_t *row) noexcept nogil:
    if row[0] > UINT32_MAX:
        return False
    state.last_source_seq[id_add(&state.source_ids, <uint32_t>row[0])] = row[1]
    return True


cdef inline bint load_balance(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t account = slot_of_word(state, SECTION_ACCOUNTS, row[0])
    cdef uint32_t asset = slot_of_word(state, SECTION_ASSETS, row[1])
    cdef BalanceRow *balance
    if account == NO_SLOT or asset == NO_SLOT:
        return False
    balance = &state.balances.row[balance_row(&state.balances, account, asset)]
    balance.available_atoms = <int64_t>row[2]
    balance.held_atoms = <int64_t>row[3]
    return True


cdef inline bint load_withdrawal(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t source
    cdef uint32_t account = slot_of_word(state, SECTION_ACCOUNTS, row[2])
    cdef uint32_t asset = slot_of_word(state, SECTION_ASSETS, row[3])
    cdef const BalanceRow *balance
    cdef Withdrawal held
    if row[0] > UINT32_MAX or account == NO_SLOT or asset == NO_SLOT:
        return False
    source = id_slot(&state.source_ids, <uint32_t>row[0])
    if source == NO_SLOT or row[1] > state.last_source_seq[source]:
        return False
    balance = balance_find(&state.balances, account, asset)
    held.source_id = <uint32_t>row[0]
    held.source_seq = row[1]
    held.amount_atoms = <int64_t>row[4]
    if balance == NULL or not 1 <= held.amount_atoms <= balance.held_atoms:
        return False
    held.balance = <uint32_t>(balance - state.balances.row)
    withdrawal_add(&state.withdrawals, &held)
    return True


cdef inline bint load_switch(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t slot = slot_of_word(state, SECTION_ACCOUNTS, row[0])
    if slot == NO_SLOT:
        return False
    state.account[slot].deadline = deadline_add(
        &state.deadlines, row[1], DEADLINE_SWITCH, <uint32_t>row[0], slot
    )
    return True


cdef inline bint load_parked(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t slot = slot_of_word(state, SECTION_ACCOUNTS, row[0])
    cdef uint32_t *parked
    cdef NewOrder leg
    if slot == NO_SLOT or row[1] >= LEGS:
        return False
    parked = &state.account[slot].parked
    if row[1] != (state.parked.row[parked[0]].count if parked[0] else 0):
        return False
    memcpy(&leg, &row[2], COMMAND_BYTES)
    park(&state.parked, parked, &leg)
    return True


cdef inline bint load_limit(State *state, const uint64_t *row) noexcept nogil:
    cdef uint32_t account = slot_of_word(state, SECTION_ACCOUNTS, row[0])
    cdef uint32_t asset = slot_of_word(state, SECTION_ASSETS, row[1])
    cdef AssetLimit *limit
    if account == NO_SLOT or asset == NO_SLOT:
        return False
    limit = limit_add(&state.limits, account, asset)
    limit.open_buys_atoms = open_buys_atoms(state, account, asset)
    limit.position_max_atoms = <int64_t>row[2]
    limit.order_notional_max_atoms = <int64_t>row[3]
    state.account[account].asset_limits += 1
    return True


cdef inline bint load_row(State *state, int section, const uint64_t *row) noexcept nogil:
    """Restore one thing; False if it cannot be."""
    if section == <int>SECTION_KEYS:
        return load_key(state, row)
    if section == <int>SECTION_ORDERS:
        return load_order(state, row)
    if section == <int>SECTION_BALANCES:
        return load_balance(state, row)
    if section == <int>SECTION_COUNTERS:
        return load_counters(state, row)
    if section == <int>SECTION_ASSETS:
        return load_asset(state, row)
    if section == <int>SECTION_ACCOUNTS:
        return load_account(state, row)
    if section == <int>SECTION_INSTRUMENTS:
        return load_instrument(state, row)
    if section == <int>SECTION_FEES:
        return load_fees(state, row)
    if section == <int>SECTION_CHANGES:
        return load_change(state, row)
    if section == <int>SECTION_SOURCES:
        return load_source(state, row)
    if section == <int>SECTION_WITHDRAWALS:
        return load_withdrawal(state, row)
    if section == <int>SECTION_QUEUED:
        return load_queued(state, row)
    if section == <int>SECTION_SWITCHES:
        return load_switch(state, row)
    if section == <int>SECTION_PARKED:
        return load_parked(state, row)
    return load_limit(state, row)


cdef inline bint is_named_twice(int section) noexcept nogil:
    """Return whether it takes the first two words of a row to name a thing."""
    return (
        section == <int>SECTION_FEES or section == <int>SECTION_CHANGES or section == <int>SECTION_BALANCES
        or section == <int>SECTION_QUEUED or section == <int>SECTION_PARKED or section == <int>SECTION_LIMITS
        or section == <int>SECTION_WITHDRAWALS
    )


cdef inline bint comes_after(int section, const uint64_t *row, uint64_t words) noexcept nogil:
    """Return whether a row comes after the one before it."""
    cdef const uint64_t *before = row - words
    if section == <int>SECTION_KEYS:
        return True  # by age; that none is there twice is seen when it is loaded
    if is_named_twice(section) and before[0] == row[0]:
        return before[1] < row[1]
    return before[0] < row[0]


cdef inline bint load_section(State *state, HashSum *total, int section, const uint64_t *rows,
                              uint64_t count) noexcept nogil:
    """Restore a section, and add its rows as they are written to ``total``."""
    cdef uint64_t words = words_of_row(section)
    cdef uint64_t tag = tag_of_row(section)
    cdef const uint64_t *row = rows
    cdef uint64_t at
    for at in range(count):
        if at and not comes_after(section, row, words):
            return False
        if section == <int>SECTION_KEYS and at % KEYS_AHEAD == 0:
            expect_keys(state, row, count - at, words)
        if not load_row(state, section, row):
            return False
        thing(total, tag)
        put_bytes(total, row, <int>words)
        add(total)
        row += words
    return True


cdef inline bint counts_fit(const State *state, const uint64_t *counts) noexcept nogil:
    """Return whether a state can have so many rows of each kind."""
    return (
        counts[<int>SECTION_COUNTERS] == 1
        and counts[<int>SECTION_ASSETS] <= ASSETS_MAX
        and 1 <= counts[<int>SECTION_ACCOUNTS] <= ACCOUNTS_MAX
        and counts[<int>SECTION_INSTRUMENTS] <= INSTRUMENTS_MAX
        and counts[<int>SECTION_FEES] <= FEE_TIERS_MAX * counts[<int>SECTION_INSTRUMENTS]
        and counts[<int>SECTION_CHANGES]
        <= SCHEDULED_CHANGES_MAX * counts[<int>SECTION_INSTRUMENTS]
        and counts[<int>SECTION_SOURCES] <= SOURCES_MAX
        and counts[<int>SECTION_BALANCES]
        <= counts[<int>SECTION_ACCOUNTS] * counts[<int>SECTION_ASSETS]
        and counts[<int>SECTION_WITHDRAWALS] <= WITHDRAWALS_MAX
        and counts[<int>SECTION_ORDERS] <= OPEN_ORDERS_MAX
        and counts[<int>SECTION_QUEUED] <= counts[<int>SECTION_ORDERS]
        and counts[<int>SECTION_SWITCHES] <= counts[<int>SECTION_ACCOUNTS]
        and counts[<int>SECTION_PARKED] <= LEGS * counts[<int>SECTION_ACCOUNTS]
        and counts[<int>SECTION_LIMITS] <= ASSET_LIMITS_MAX
        and counts[<int>SECTION_KEYS] <= state.keys.keys_max
    )


cdef inline bint reserve_rows(State *state, const uint64_t *counts) noexcept nogil:
    """Get the memory for everything; False if memory is short."""
    cdef uint64_t kinds[256]
    cdef uint64_t orders = counts[<int>SECTION_ORDERS]
    cdef uint64_t balances = counts[<int>SECTION_ACCOUNTS] * counts[<int>SECTION_ASSETS]
    memset(kinds, 0, sizeof(kinds))
    kinds[KIND_OPEN_ACCOUNT] = counts[<int>SECTION_ACCOUNTS]
    kinds[KIND_DEPOSIT] = counts[<int>SECTION_SOURCES]
    kinds[KIND_CREATE_ASSET] = counts[<int>SECTION_ASSETS]
    kinds[KIND_CREATE_INSTRUMENT] = counts[<int>SECTION_INSTRUMENTS]
    state.far.promised = 2 * orders  # a level of its own for each, at worst
    # Every order works with two rows of balances, which need not be among those saved.
    balances = min(balances, counts[<int>SECTION_BALANCES] + 2 * orders
                   + 2 * counts[<int>SECTION_INSTRUMENTS])
    return (
        reserve_parties(state, kinds)
        and reserve_listings(state, kinds)
        and reserve_orders(&state.orders, orders)
        and reserve_terms(&state.terms, orders)
        and reserve_deadlines(&state.deadlines, orders + counts[<int>SECTION_SWITCHES]
                              + counts[<int>SECTION_CHANGES])
        and reserve_deadlines(&state.auction_ends, state.instrument_capacity)
        and reserve_changes(&state.changes, counts[<int>SECTION_CHANGES])
        and reserve_limits(&state.limits, counts[<int>SECTION_LIMITS])
        and reserve_withdrawals(&state.withdrawals, counts[<int>SECTION_WITHDRAWALS])
        and reserve_far_nodes(&state.far, 0)
        and reserve_balances(&state.balances, balances)
        and reserve_keys(&state.keys)
        and reserve_parked(&state.parked, counts[<int>SECTION_PARKED])
    )


cdef inline bint load_rows(State *state, const uint64_t *counts, const uint64_t *rows,
                           Ordered *room, HashSum *total) noexcept nogil:
    """Restore everything; False if there is a row that cannot be. ``room``: twice as many as there
    are orders. ``total``: of all rows as they are written.
    """
    cdef const uint64_t *orders = NULL
    cdef uint64_t count
    cdef int section
    total.a = total.b = 0
    for section in range(<int>SECTIONS):
        count = counts[section]
        if section == <int>SECTION_ORDERS:
            orders = rows
        if not load_section(state, total, section, rows, count):
            return False
        rows += count * words_of_row(section)
        if section == <int>SECTION_QUEUED:
            count = counts[<int>SECTION_ORDERS]
            if not place_orders(state, orders, count, room) or not link_orders(state, orders, count):
                return False
    return state.account[0].account_status != 0


cdef inline bint is_hash(const HashSum *total, const uint64_t *words) noexcept nogil:
    return total.a == words[0] and total.b == words[1]


cdef inline int load_saved(State *state, const uint64_t *words, uint64_t size) except -1:
    """Take over a saved state of ``size`` bytes; ``state`` is a new one.

    Raises:
        ValueError, MemoryError: there is none; ``state`` is of no use then.
    """
    cdef uint64_t length = HEAD_WORDS + HASH_WORDS
    cdef Ordered *room
    cdef HashSum written, total
    cdef bint done
    cdef int section
    if size < 8 * length:
        raise ValueError(f"{size} bytes are no whole saved state")
    if words[0] != magic_word():
        raise ValueError("these bytes are no saved state, or one of another form")
    if not 1 <= words[1] <= LOGIC_VERSION:
        raise ValueError(f"a saved state of logic version {words[1]} is not for this core")
    refuse_counts(state, &words[2])
    for section in range(<int>SECTIONS):
        length += words[2 + section] * words_of_row(section)
    if size != 8 * length:
        raise ValueError("a saved state has another length than its counts say")
    room = <Ordered *>malloc((2 * words[2 + <int>SECTION_ORDERS] + 1) * sizeof(Ordered))
    if room == NULL or not reserve_rows(state, &words[2]):
        free(room)
        raise MemoryError
    with nogil:
        done = load_rows(state, &words[2], &words[HEAD_WORDS], room, &written)
        free(room)
    if not done or state.logic_version != words[1]:
        raise ValueError("a saved state has a row that cannot be")
    with nogil:
        hash_state(&total, state)
    if not is_hash(&written, &words[length - HASH_WORDS]) or (
        not is_hash(&total, &words[length - HASH_WORDS])
    ):
        raise ValueError("a saved state does not lead to the state hash it carries")
    return 0


cdef inline int refuse_counts(const State *state, const uint64_t *counts) except -1:
    cdef uint64_t keys = counts[<int>SECTION_KEYS]
    if keys > state.keys.keys_max:
        raise ValueError(f"a saved state with {keys} request keys needs dedupe_keys_max {keys}")
    if not counts_fit(state, counts):
        raise ValueError("a saved state has more rows than this core has room for")
    return 0
