# cython: language_level=3, cdivision=True
"""Accounts changed while they trade: what they may do, what they pay, and what bounds them."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from engine_core._account_limits cimport open_buys_atoms
from engine_core._endings cimport end_open, say
from engine_core._instruments cimport is_within
from engine_core._numbers cimport (
    ACCOUNT_CLOSED,
    ACCOUNT_NOT_TRADABLE,
    ACCOUNT_SUSPENDED,
    ASSET_LIMITS_MAX,
    CANCEL_ACCOUNT_SUSPENDED,
    CAPACITY,
    EVENT_ACCOUNT_LIMITS_CHANGED,
    EVENT_ACCOUNT_STATUS_CHANGED,
    EVENT_ASSET_LIMITS_CHANGED,
    EVENT_FEE_TIER_CHANGED,
    EVENT_ORDER_CANCELED,
    FEE_TIERS_MAX,
    INVALID_AMOUNT,
    INVALID_TRANSITION,
    MALFORMED,
    NONE,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    ORDERS_BURST_MAX,
    ORDERS_PER_S_MAX,
    UNKNOWN_ACCOUNT,
    UNKNOWN_ASSET,
)
from engine_core._state cimport Account, NO_SLOT, State, id_slot
from engine_core._wire cimport (
    AccountChanged,
    AccountLimitsChanged,
    AssetLimitsChanged,
    SetAccountLimits,
    SetAccountStatus,
    SetAssetLimits,
    SetFeeTier,
)
from matching._machine cimport ATOMS_MAX_LOG2
from risk._limits cimport AssetLimit, limit_add, limit_find, limit_remove


cdef inline void say_account(State *state, uint8_t kind, uint32_t account_id,
                             uint8_t value) noexcept nogil:
    cdef AccountChanged *event = <AccountChanged *>say(state)
    event.kind = kind
    event.value = value
    event.account_id = account_id
    event.ts_ns = state.ts_ns


cdef inline uint16_t set_fee_tier(State *state, const SetFeeTier *command) noexcept nogil:
    """Put an account into a fee tier; return why not, or NONE."""
    cdef uint32_t slot = id_slot(&state.account_ids, command.account_id)
    if command.account_id == 0:
        return MALFORMED
    if slot == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if command.tier >= FEE_TIERS_MAX:
        return INVALID_AMOUNT
    state.account[slot].tier = command.tier
    say_account(state, EVENT_FEE_TIER_CHANGED, command.account_id, command.tier)
    return NONE


cdef inline uint16_t set_account_status(State *state,
                                        const SetAccountStatus *command) noexcept nogil:
    """Say what an account may do; return why not, or NONE. One that is suspended or closed loses
    its open orders first.
    """
    cdef uint32_t slot = id_slot(&state.account_ids, command.account_id)
    cdef uint8_t status = command.account_status
    cdef Account *account
    if command.account_id == 0:
        return MALFORMED
    if slot == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if slot == 0:
        return ACCOUNT_NOT_TRADABLE
    account = &state.account[slot]
    if account.account_status == ACCOUNT_CLOSED:
        return INVALID_TRANSITION
    if status == ACCOUNT_SUSPENDED or status == ACCOUNT_CLOSED:
        if account.open_count >= state.events_max:
            return CAPACITY
        while account.open_oldest:
            end_open(state, account.open_oldest, EVENT_ORDER_CANCELED, CANCEL_ACCOUNT_SUSPENDED)
    account.account_status = status
    say_account(state, EVENT_ACCOUNT_STATUS_CHANGED, command.account_id, status)
    return NONE


cdef inline uint16_t set_account_limits(State *state,
                                        const SetAccountLimits *command) noexcept nogil:
    """Limit how many orders an account has and sends; return why not, or NONE."""
    cdef uint32_t slot = id_slot(&state.account_ids, command.account_id)
    cdef Account *account
    cdef AccountLimitsChanged *event
    if command.account_id == 0:
        return MALFORMED
    if slot == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if (
        command.open_orders_max > OPEN_ORDERS_PER_ACCOUNT_MAX
        or command.orders_per_s > ORDERS_PER_S_MAX or command.orders_burst > ORDERS_BURST_MAX
        or (command.orders_per_s == 0) != (command.orders_burst == 0)
    ):
        return INVALID_AMOUNT
    account = &state.account[slot]
    account.own_open_orders_max = command.open_orders_max
    account.open_orders_max = OPEN_ORDERS_PER_ACCOUNT_MAX
    if command.open_orders_max:
        account.open_orders_max = command.open_orders_max
    account.orders_per_s = command.orders_per_s
    account.orders_burst = command.orders_burst
    account.tat_ns = 0
    event = <AccountLimitsChanged *>say(state)
    event.kind = EVENT_ACCOUNT_LIMITS_CHANGED
    event.account_id = command.account_id
    event.open_orders_max = command.open_orders_max
    event.ts_ns = state.ts_ns
    event.orders_per_s = command.orders_per_s
    event.orders_burst = command.orders_burst
    return NONE


cdef inline void keep_limit(State *state, uint32_t account, uint32_t asset,
                            const SetAssetLimits *command) noexcept nogil:
    """Have the limits of an account in an asset as commanded; none is no row."""
    cdef AssetLimit *limit = limit_find(&state.limits, account, asset)
    if command.position_max_atoms == 0 and command.order_notional_max_atoms == 0:
        if limit != NULL:
            limit_remove(&state.limits, limit)
            state.account[account].asset_limits -= 1
        return
    if limit == NULL:
        limit = limit_add(&state.limits, account, asset)
        limit.open_buys_atoms = open_buys_atoms(state, account, asset)
        state.account[account].asset_limits += 1
    limit.position_max_atoms = command.position_max_atoms
    limit.order_notional_max_atoms = command.order_notional_max_atoms


cdef inline uint16_t asset_limits_refusal(const State *state, uint32_t account, uint32_t asset,
                                          const SetAssetLimits *command) noexcept nogil:
    """Return why an account cannot have these limits in an asset, or NONE."""
    cdef int64_t atoms_max = <int64_t>1 << ATOMS_MAX_LOG2
    if command.account_id == 0:
        return MALFORMED
    if account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if asset == NO_SLOT:
        return UNKNOWN_ASSET
    if not is_within(command.position_max_atoms, 0, atoms_max):
        return INVALID_AMOUNT
    if not is_within(command.order_notional_max_atoms, 0, atoms_max):
        return INVALID_AMOUNT
    if (
        state.limits.count >= ASSET_LIMITS_MAX
        and (command.position_max_atoms != 0 or command.order_notional_max_atoms != 0)
        and limit_find(&state.limits, account, asset) == NULL
    ):
        return CAPACITY
    return NONE


cdef inline uint16_t set_asset_limits(State *state, const SetAssetLimits *command) noexcept nogil:
    """Limit what an account has and trades of an asset; return why not, or NONE."""
    cdef uint32_t account = id_slot(&state.account_ids, command.account_id)
    cdef uint32_t asset = id_slot(&state.asset_ids, command.asset_id)
    cdef uint16_t reason = asset_limits_refusal(state, account, asset, command)
    cdef AssetLimitsChanged *event
    if reason != NONE:
        return reason
    keep_limit(state, account, asset, command)
    event = <AssetLimitsChanged *>say(state)
    event.kind = EVENT_ASSET_LIMITS_CHANGED
    event.account_id = command.account_id
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    event.position_max_atoms = command.position_max_atoms
    event.order_notional_max_atoms = command.order_notional_max_atoms
    return NONE
