# cython: language_level=3, cdivision=True
"""The state written down, in the form of engine_core.saved_state: the same bytes for the same state."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from engine_core._numbers cimport FEE_TIERS_MAX
from engine_core._parked cimport Parked
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
    sort_rows,
    words_of_row,
)
from engine_core._state cimport Account, IdMap, Instrument, State
from engine_core._things cimport (
    HashSum,
    add,
    has_fees,
    nth_key,
    put_account,
    put_asset,
    put_balance,
    put_change,
    put_counters,
    put_fees,
    put_instrument,
    put_key,
    put_limit,
    put_order,
    put_parked,
    put_queued,
    put_source,
    put_switch,
    put_withdrawal,
)
from risk._balances cimport BalanceRow
from risk._limits cimport AssetLimit


cdef struct Saving:
    const State *state
    HashSum total           # of what is written so far
    uint64_t *at            # where the next word goes
    Ordered *rows           # room to put the rows of a section in order
    Ordered *spare


cdef inline void write(Saving *saving) noexcept nogil:
    """Write the thing under way."""
    cdef uint32_t count = saving.total.count - 1  # its tag is left out: the section says it
    add(&saving.total)
    memcpy(saving.at, &saving.total.words[1], 8 * count)
    saving.at += count


cdef inline bint is_worth_saving(const BalanceRow *row) noexcept nogil:
    return row.available_atoms != 0 or row.held_atoms != 0


cdef inline void count_rows(const State *state, uint64_t *counts) noexcept nogil:
    cdef const Instrument *listed
    cdef uint64_t at
    cdef uint32_t tier
    memset(counts, 0, SECTIONS * sizeof(uint64_t))
    counts[<int>SECTION_COUNTERS] = 1
    counts[<int>SECTION_ASSETS] = state.asset_ids.count
    counts[<int>SECTION_ACCOUNTS] = state.account_ids.count
    counts[<int>SECTION_INSTRUMENTS] = state.instrument_ids.count
    for at in range(state.instrument_ids.count):
        listed = &state.instrument[at]
        for tier in range(FEE_TIERS_MAX):
            counts[<int>SECTION_FEES] += has_fees(listed, tier)
    counts[<int>SECTION_CHANGES] = state.changes.live
    counts[<int>SECTION_SOURCES] = state.source_ids.count
    for at in range(state.balances.count):
        counts[<int>SECTION_BALANCES] += is_worth_saving(&state.balances.row[at])
    counts[<int>SECTION_WITHDRAWALS] = state.withdrawals.count
    counts[<int>SECTION_ORDERS] = state.orders.live
    counts[<int>SECTION_QUEUED] = state.queued_orders
    for at in range(state.account_ids.count):
        counts[<int>SECTION_SWITCHES] += state.account[at].deadline != 0
        if state.account[at].parked:
            counts[<int>SECTION_PARKED] += state.parked.row[state.account[at].parked].count
    counts[<int>SECTION_LIMITS] = state.limits.count
    counts[<int>SECTION_KEYS] = state.keys.count


cdef inline Ordered *by_id(Saving *saving, const IdMap *ids) noexcept nogil:
    """Return the slots of a map, by ascending id; its entry is what a row's number is of."""
    cdef uint64_t count = 0
    cdef uint64_t at
    for at in range(ids.mask + 1 if ids.entry != NULL else 0):
        if ids.entry[at] != 0:
            saving.rows[count].key = ids.entry[at] >> 32
            saving.rows[count].number = ids.entry[at]
            count += 1
    return sort_rows(saving.rows, saving.spare, count)


cdef inline uint32_t slot_in(const Ordered *row) noexcept nogil:
    return <uint32_t>row.number - 1


cdef inline void save_assets(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.asset_ids)
    cdef uint64_t at
    for at in range(state.asset_ids.count):
        put_asset(&saving.total, &state.asset[slot_in(&row[at])])
        write(saving)


cdef inline void save_accounts(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.account_ids)
    cdef uint64_t at
    for at in range(state.account_ids.count):
        put_account(&saving.total, &state.account[slot_in(&row[at])])
        write(saving)


cdef inline void save_switches(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.account_ids)
    cdef const Account *account
    cdef uint64_t at
    for at in range(state.account_ids.count):
        account = &state.account[slot_in(&row[at])]
        if account.deadline:
            put_switch(&saving.total, state, account)
            write(saving)


cdef inline void save_parked(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.account_ids)
    cdef const Account *account
    cdef const Parked *parked
    cdef uint64_t at
    cdef uint32_t position
    for at in range(state.account_ids.count):
        account = &state.account[slot_in(&row[at])]
        if account.parked:
            parked = &state.parked.row[account.parked]
            for position in range(parked.count):
                put_parked(&saving.total, account.account_id, position, &parked.leg[position])
                write(saving)


cdef inline void save_instruments(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.instrument_ids)
    cdef uint64_t at
    for at in range(state.instrument_ids.count):
        put_instrument(&saving.total, state, &state.instrument[slot_in(&row[at])])
        write(saving)


cdef inline void save_fees(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.instrument_ids)
    cdef const Instrument *listed
    cdef uint64_t at
    cdef uint32_t tier
    for at in range(state.instrument_ids.count):
        listed = &state.instrument[slot_in(&row[at])]
        for tier in range(FEE_TIERS_MAX):
            if has_fees(listed, tier):
                put_fees(&saving.total, listed, tier)
                write(saving)


cdef inline void save_changes(Saving *saving) noexcept nogil:
    """Write scheduled changes by instrument and time. Each instrument has few: they are looked
    through again for each.
    """
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.instrument_ids)
    cdef const Instrument *listed
    cdef uint64_t at, before_s
    cdef uint32_t number, next_number, left
    for at in range(state.instrument_ids.count):
        listed = &state.instrument[slot_in(&row[at])]
        before_s = 0
        for left in range(listed.change_count):
            next_number = 0
            number = listed.changes
            while number:
                if state.changes.row[number].at_s > before_s and (
                    next_number == 0
                    or state.changes.row[number].at_s < state.changes.row[next_number].at_s
                ):
                    next_number = number
                number = state.changes.row[number].older
            before_s = state.changes.row[next_number].at_s
            put_change(&saving.total, state, listed, next_number)
            write(saving)


cdef inline void save_queued(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row = by_id(saving, &state.instrument_ids)
    cdef const Instrument *listed
    cdef uint64_t at, position
    cdef uint32_t slot
    for at in range(state.instrument_ids.count):
        listed = &state.instrument[slot_in(&row[at])]
        position = 0
        slot = listed.queue_oldest
        while slot:
            put_queued(&saving.total, state, listed, position, slot)
            write(saving)
            position += 1
            slot = state.orders.book[slot].newer


cdef inline void save_sources(Saving *saving) noexcept nogil:
    cdef const Ordered *row = by_id(saving, &saving.state.source_ids)
    cdef uint64_t at
    for at in range(saving.state.source_ids.count):
        put_source(&saving.total, saving.state, row[at].number)
        write(saving)


cdef inline void save_balances(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const BalanceRow *balance
    cdef const Ordered *row
    cdef uint64_t at
    cdef uint64_t count = 0
    for at in range(state.balances.count):
        balance = &state.balances.row[at]
        if is_worth_saving(balance):
            saving.rows[count].key = (
                <uint64_t>state.account[balance.account].account_id << 32
                | state.asset[balance.asset].asset_id
            )
            saving.rows[count].number = at
            count += 1
    row = sort_rows(saving.rows, saving.spare, count)
    for at in range(count):
        put_balance(&saving.total, state, &state.balances.row[row[at].number])
        write(saving)


cdef inline void save_withdrawals(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef uint64_t at
    for at in range(state.withdrawals.count):
        put_withdrawal(&saving.total, state, &state.withdrawals.row[at])
        write(saving)


cdef inline void save_orders(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const Ordered *row
    cdef uint64_t at
    cdef uint64_t count = 0
    cdef uint32_t slot
    for slot in range(1, state.orders.fresh):
        if state.orders.book[slot].order_id != 0:
            saving.rows[count].key = state.orders.book[slot].order_id
            saving.rows[count].number = slot
            count += 1
    row = sort_rows(saving.rows, saving.spare, count)
    for at in range(count):
        put_order(&saving.total, state, <uint32_t>row[at].number)
        write(saving)


cdef inline void save_limits(Saving *saving) noexcept nogil:
    cdef const State *state = saving.state
    cdef const AssetLimit *limit
    cdef const Ordered *row
    cdef uint64_t at
    for at in range(state.limits.count):
        limit = &state.limits.row[at]
        saving.rows[at].key = (
            <uint64_t>state.account[limit.account].account_id << 32
            | state.asset[limit.asset].asset_id
        )
        saving.rows[at].number = at
    row = sort_rows(saving.rows, saving.spare, state.limits.count)
    for at in range(state.limits.count):
        put_limit(&saving.total, state, &state.limits.row[row[at].number])
        write(saving)


cdef inline void save_keys(Saving *saving) noexcept nogil:
    cdef uint64_t at
    for at in range(saving.state.keys.count):
        put_key(&saving.total, saving.state, nth_key(&saving.state.keys, at))
        write(saving)


cdef inline void save_all(Saving *saving) noexcept nogil:
    """Write every section, and the hash of all."""
    saving.total.a = saving.total.b = 0
    put_counters(&saving.total, saving.state)
    write(saving)
    save_assets(saving)
    save_accounts(saving)
    save_instruments(saving)
    save_fees(saving)
    save_changes(saving)
    save_sources(saving)
    save_balances(saving)
    save_withdrawals(saving)
    save_orders(saving)
    save_queued(saving)
    save_switches(saving)
    save_parked(saving)
    save_limits(saving)
    save_keys(saving)
    saving.at[0] = saving.total.a
    saving.at[1] = saving.total.b


cdef inline uint64_t rows_to_order(const uint64_t *counts) noexcept nogil:
    """Return how many rows of one section there are at most."""
    cdef uint64_t most = 1
    cdef int section
    for section in range(<int>SECTION_KEYS):  # but for the keys, which have their order
        most = max(most, counts[section])
    return most


cdef inline bytes saved(const State *state):
    """Return the whole state as bytes."""
    cdef Saving saving
    cdef uint64_t counts[SECTIONS]
    cdef uint64_t words = HEAD_WORDS + HASH_WORDS
    cdef int section
    count_rows(state, counts)
    for section in range(<int>SECTIONS):
        words += counts[section] * words_of_row(section)
    data = PyBytes_FromStringAndSize(NULL, 8 * words)
    saving.state = state
    saving.at = <uint64_t *>PyBytes_AS_STRING(data)
    saving.at[0] = magic_word()
    saving.at[1] = state.logic_version
    memcpy(&saving.at[2], counts, sizeof(counts))
    saving.at += HEAD_WORDS
    saving.rows = <Ordered *>malloc(rows_to_order(counts) * sizeof(Ordered))
    saving.spare = <Ordered *>malloc(rows_to_order(counts) * sizeof(Ordered))
    if saving.rows != NULL and saving.spare != NULL:
        with nogil:
            save_all(&saving)
    short_of_memory = saving.rows == NULL or saving.spare == NULL
    free(saving.rows)
    free(saving.spare)
    if short_of_memory:
        raise MemoryError
    return data
