# cython: language_level=3, cdivision=True
"""Control of the venue: accounts, assets, and money from outside."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from engine_core._endings cimport say
from engine_core._instruments cimport is_text, is_within
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
    EVENT_BALANCE_CHANGED,
    INVALID_AMOUNT,
    INVALID_ASSET,
    MALFORMED,
    NONE,
    SOURCES_MAX,
    SOURCE_SEQ_GAP,
    SOURCE_SEQ_REPEATED,
    SUPPLY_LIMIT,
    UNKNOWN_ACCOUNT,
    UNKNOWN_ASSET,
)
from engine_core._retries cimport reject_control
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
    BalanceChanged,
    ControlRejected,
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


cdef inline uint16_t source_refusal(State *state, const Deposit *command,
                                    uint32_t asset) noexcept nogil:
    """Return why a deposit's number or amount is not the next one, or NONE."""
    cdef uint32_t source = id_slot(&state.source_ids, command.source_id)
    cdef uint64_t last = state.last_source_seq[source] if source != NO_SLOT else 0
    cdef int64_t atoms_max = <int64_t>1 << ATOMS_MAX_LOG2
    if not is_within(command.amount_atoms, 1, atoms_max):
        return INVALID_AMOUNT
    if command.source_seq <= last:
        return SOURCE_SEQ_REPEATED
    if command.source_seq != last + 1:
        return SOURCE_SEQ_GAP
    if command.amount_atoms > atoms_max - state.asset[asset].supply_atoms:
        return SUPPLY_LIMIT
    if source == NO_SLOT and state.source_ids.count >= SOURCES_MAX:
        return CAPACITY
    return NONE


cdef inline uint16_t credit(State *state, const Deposit *command) noexcept nogil:
    """Credit an account from outside, each number of a source once and in order; return why not,
    or NONE.
    """
    cdef uint32_t account = id_slot(&state.account_ids, command.account_id)
    cdef uint32_t asset = id_slot(&state.asset_ids, command.asset_id)
    cdef uint32_t source
    cdef uint16_t reason
    cdef BalanceRow *row
    cdef BalanceChanged *event
    if account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if account == 0 or state.account[account].account_status == ACCOUNT_CLOSED:
        return ACCOUNT_NOT_TRADABLE
    if asset == NO_SLOT:
        return UNKNOWN_ASSET
    reason = source_refusal(state, command, asset)
    if reason != NONE:
        return reason
    source = id_slot(&state.source_ids, command.source_id)
    if source == NO_SLOT:
        source = id_add(&state.source_ids, command.source_id)
    state.last_source_seq[source] = command.source_seq
    state.asset[asset].supply_atoms += command.amount_atoms
    row = &state.balances.row[balance_row(&state.balances, account, asset)]
    row.available_atoms += command.amount_atoms
    event = <BalanceChanged *>say(state)
    event.kind = EVENT_BALANCE_CHANGED
    event.reason = BALANCE_DEPOSIT
    event.account_id = command.account_id
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    event.amount_atoms = command.amount_atoms
    event.source_seq = command.source_seq
    event.source_id = command.source_id
    event.available_atoms = row.available_atoms
    event.held_atoms = row.held_atoms
    return NONE


cdef inline uint16_t deposit(State *state, const Deposit *command) noexcept nogil:
    """Credit an account from outside, or say why not."""
    cdef ControlRejected *event
    cdef uint16_t reason = credit(state, command)
    if reason != NONE:
        event = reject_control(state, command.kind, reason, command.account_id)
        event.source_id = command.source_id
        event.source_seq = command.source_seq
    return reason
