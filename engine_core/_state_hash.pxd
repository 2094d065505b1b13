# cython: language_level=3, cdivision=True
"""One number for the whole state, as engine_core.state_hash defines it: the sum of a hash for each
thing in it.
"""

from libc.stdint cimport uint32_t, uint64_t

from engine_core._numbers cimport FEE_TIERS_MAX
from engine_core._parked cimport Parked
from engine_core._state cimport Account, Instrument, State
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


cdef inline void hash_balances(HashSum *total, const State *state) noexcept nogil:
    cdef const BalanceRow *row
    cdef uint64_t at
    for at in range(state.balances.count):
        row = &state.balances.row[at]
        if row.available_atoms != 0 or row.held_atoms != 0:
            put_balance(total, state, row)
            add(total)


cdef inline void hash_orders(HashSum *total, const State *state) noexcept nogil:
    cdef uint32_t slot
    for slot in range(1, state.orders.fresh):
        if state.orders.book[slot].order_id != 0:
            put_order(total, state, slot)
            add(total)


cdef inline void hash_queue(HashSum *total, const State *state,
                            const Instrument *listed) noexcept nogil:
    cdef uint32_t slot = listed.queue_oldest
    cdef uint64_t position = 0
    while slot:
        put_queued(total, state, listed, position, slot)
        add(total)
        position += 1
        slot = state.orders.book[slot].newer


cdef inline void hash_changes(HashSum *total, const State *state,
                              const Instrument *listed) noexcept nogil:
    """Add an instrument's scheduled changes, and the fees of its tiers."""
    cdef uint32_t number = listed.changes
    cdef uint32_t tier
    while number:
        put_change(total, state, listed, number)
        add(total)
        number = state.changes.row[number].older
    for tier in range(FEE_TIERS_MAX):
        if has_fees(listed, tier):
            put_fees(total, listed, tier)
            add(total)


cdef inline void hash_instruments(HashSum *total, const State *state) noexcept nogil:
    cdef uint64_t at
    for at in range(state.instrument_ids.count):
        put_instrument(total, state, &state.instrument[at])
        add(total)
        hash_queue(total, state, &state.instrument[at])
        hash_changes(total, state, &state.instrument[at])


cdef inline void hash_parked(HashSum *total, const State *state,
                             const Account *account) noexcept nogil:
    cdef const Parked *parked = &state.parked.row[account.parked]
    cdef uint32_t at
    for at in range(parked.count):
        put_parked(total, account.account_id, at, &parked.leg[at])
        add(total)


cdef inline void hash_accounts(HashSum *total, const State *state) noexcept nogil:
    """Add accounts with their dead-man switches and limits."""
    cdef const Account *account
    cdef uint64_t at
    for at in range(state.account_ids.count):
        account = &state.account[at]
        put_account(total, account)
        add(total)
        if account.deadline:
            put_switch(total, state, account)
            add(total)
        if account.parked:
            hash_parked(total, state, account)
    for at in range(state.limits.count):
        put_limit(total, state, &state.limits.row[at])
        add(total)


cdef inline void hash_money(HashSum *total, const State *state) noexcept nogil:
    """Add assets, sources of money, and what is held to be taken out."""
    cdef uint64_t at
    for at in range(state.asset_ids.count):
        put_asset(total, &state.asset[at])
        add(total)
    for at in range(state.source_ids.mask + 1):
        if state.source_ids.entry[at] != 0:
            put_source(total, state, state.source_ids.entry[at])
            add(total)
    for at in range(state.withdrawals.count):
        put_withdrawal(total, state, &state.withdrawals.row[at])
        add(total)


cdef inline void hash_keys(HashSum *total, const State *state) noexcept nogil:
    cdef uint64_t at
    for at in range(state.keys.count):
        put_key(total, state, nth_key(&state.keys, at))
        add(total)


cdef inline void hash_state(HashSum *total, const State *state) noexcept nogil:
    """Set ``total`` to the hash of everything."""
    total.a = total.b = 0
    hash_balances(total, state)
    hash_orders(total, state)
    hash_instruments(total, state)
    hash_accounts(total, state)
    hash_money(total, state)
    hash_keys(total, state)
    put_counters(total, state)
    add(total)
