# cython: language_level=3, cdivision=True
"""Control of the venue: accounts, assets, and money from outside."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

from engine_core._endings cimport say
from engine_core._instruments cimport is_text, is_within
from engine_core._money cimport (
    answer_money,
    has_room_for_source,
    say_balance,
    sequence_refusal,
    take_number,
)
from engine_core._numbers cimport (
    ACCOUNTS_MAX,
    ACCOUNT_CLOSED,
    ACCOUNT_NOT_TRADABLE,
    ALREADY_EXISTS,
    ASSETS_MAX,
    ASSET_SCALE_MAX,
    BALANCE_DEPOSIT,
    CAPACITY,
    EVENT_ACCOUNT_OPENED,
    EVENT_ASSET_CREATED,
    INVALID_AMOUNT,
    INVALID_ASSET,
    MALFORMED,
    NONE,
    SUPPLY_LIMIT,
    UNKNOWN_ACCOUNT,
    UNKNOWN_ASSET,
)
from engine_core._state cimport (
    Account,
    Asset,
    NO_SLOT,
    State,
    account_add,
    id_add,
    id_slot,
)
from engine_core._wire cimport (
    AccountOpened,
    AssetCreated,
    CreateAsset,
    Deposit,
    OpenAccount,
)
from matching._machine cimport ATOMS_MAX_LOG2
from risk._balances cimport BalanceRow, balance_row


cdef inline uint16_t open_account(State *state, const OpenAccount *command) noexcept nogil:
    """Open a trading account; return why not, or NONE."""
    cdef Account *account
    cdef AccountOpened *event
    if command.account_id == 0:
        return MALFORMED
    if id_slot(&state.account_ids, command.account_id) != NO_SLOT:
        return ALREADY_EXISTS
    if state.account_ids.count >= ACCOUNTS_MAX:
        return CAPACITY
    account = account_add(state, command.account_id)
    account.group_id = command.group_id
    event = <AccountOpened *>say(state)
    event.kind = EVENT_ACCOUNT_OPENED
    event.account_id = command.account_id
    event.group_id = command.group_id
    event.ts_ns = state.ts_ns
    return NONE


cdef inline uint16_t create_asset(State *state, const CreateAsset *command) noexcept nogil:
    """Create an asset, none of which exists yet; return why not, or NONE."""
    cdef Asset *asset
    cdef AssetCreated *event
    if command.asset_id == 0:
        return MALFORMED
    if id_slot(&state.asset_ids, command.asset_id) != NO_SLOT:
        return ALREADY_EXISTS
    if command.scale > ASSET_SCALE_MAX or not is_text(command.name, False):
        return INVALID_ASSET
    if state.asset_ids.count >= ASSETS_MAX:
        return CAPACITY
    asset = &state.asset[id_add(&state.asset_ids, command.asset_id)]
    asset.asset_id = command.asset_id
    asset.scale = command.scale
    memcpy(asset.name, command.name, 24)
    event = <AssetCreated *>say(state)
    event.kind = EVENT_ASSET_CREATED
    event.scale = command.scale
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    memcpy(event.name, command.name, 24)
    return NONE


cdef inline uint16_t deposit_refusal(State *state, const Deposit *command, uint32_t account,
                                     uint32_t asset) noexcept nogil:
    """Return why an account may not be credited so, or NONE."""
    cdef int64_t atoms_max = <int64_t>1 << ATOMS_MAX_LOG2
    cdef uint16_t reason
    if account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if account == 0 or state.account[account].account_status == ACCOUNT_CLOSED:
        return ACCOUNT_NOT_TRADABLE
    if asset == NO_SLOT:
        return UNKNOWN_ASSET
    if not is_within(command.amount_atoms, 1, atoms_max):
        return INVALID_AMOUNT
    reason = sequence_refusal(state, command.source_id, command.source_seq)
    if reason != NONE:
        return reason
    if command.amount_atoms > atoms_max - state.asset[asset].supply_atoms:
        return SUPPLY_LIMIT
    return NONE if has_room_for_source(state, command.source_id) else CAPACITY


cdef inline uint16_t deposit(State *state, const Deposit *command) noexcept nogil:
    """Credit an account from outside, each number of a source once and in order, or say why not."""
    cdef uint32_t account = id_slot(&state.account_ids, command.account_id)
    cdef uint32_t asset = id_slot(&state.asset_ids, command.asset_id)
    cdef uint16_t reason = deposit_refusal(state, command, account, asset)
    cdef BalanceRow *row
    if reason != NONE:
        return answer_money(state, command, reason)
    take_number(state, command.source_id, command.source_seq)
    state.asset[asset].supply_atoms += command.amount_atoms
    row = &state.balances.row[balance_row(&state.balances, account, asset)]
    row.available_atoms += command.amount_atoms
    say_balance(state, command, BALANCE_DEPOSIT, row).amount_atoms = command.amount_atoms
    return NONE
