# cython: language_level=3, cdivision=True
"""Money on its way out, in two steps: held when asked for, then posted (it has left) or voided."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from engine_core._instruments cimport is_within
from engine_core._money cimport (
    answer_money,
    has_room_for_source,
    say_balance,
    sequence_refusal,
    take_number,
)
from engine_core._numbers cimport (
    ACCOUNT_CLOSED,
    ACCOUNT_NOT_TRADABLE,
    ACCOUNT_SUSPENDED,
    BALANCE_WITHDRAWAL_HELD,
    BALANCE_WITHDRAWAL_POSTED,
    BALANCE_WITHDRAWAL_VOIDED,
    CAPACITY,
    INSUFFICIENT_FUNDS,
    INVALID_AMOUNT,
    NONE,
    UNKNOWN_ACCOUNT,
    UNKNOWN_ASSET,
    WITHDRAWALS_MAX,
    WITHDRAWAL_NOT_OPEN,
)
from engine_core._state cimport NO_SLOT, State, id_slot
from engine_core._wire cimport BalanceChanged, Deposit, ResolveWithdrawal
from matching._machine cimport ATOMS_MAX_LOG2
from risk._balances cimport BalanceRow, balance_find, hold
from risk._withdrawals cimport Withdrawal, withdrawal_add, withdrawal_find, withdrawal_remove


cdef inline uint16_t taking_out_refusal(const State *state, const Deposit *command,
                                        uint32_t account) noexcept nogil:
    """Return why so much may not be held for an account now, or NONE. Its number is the next."""
    cdef uint32_t asset = id_slot(&state.asset_ids, command.asset_id)
    cdef uint8_t status = state.account[account].account_status
    cdef const BalanceRow *row
    if account == 0 or status == ACCOUNT_SUSPENDED or status == ACCOUNT_CLOSED:
        return ACCOUNT_NOT_TRADABLE
    if not is_within(command.amount_atoms, 1, <int64_t>1 << ATOMS_MAX_LOG2):
        return INVALID_AMOUNT
    row = balance_find(&state.balances, account, asset)
    if row == NULL or command.amount_atoms > row.available_atoms:
        return INSUFFICIENT_FUNDS
    if not has_room_for_source(state, command.source_id):
        return CAPACITY
    return CAPACITY if state.withdrawals.count >= WITHDRAWALS_MAX else NONE


cdef inline uint16_t hold_refusal(const State *state, const Deposit *command,
                                  uint32_t account) noexcept nogil:
    cdef uint16_t reason
    if account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if id_slot(&state.asset_ids, command.asset_id) == NO_SLOT:
        return UNKNOWN_ASSET
    # Before all that may change between two sendings: a hold that was executed always says so.
    reason = sequence_refusal(state, command.source_id, command.source_seq)
    return reason if reason != NONE else taking_out_refusal(state, command, account)


cdef inline uint16_t hold_withdrawal(State *state, const Deposit *command) noexcept nogil:
    """Hold what is to leave, or say why not. Its number is the withdrawal's from here on."""
    cdef uint32_t account = id_slot(&state.account_ids, command.account_id)
    cdef uint16_t reason = hold_refusal(state, command, account)
    cdef Withdrawal held
    cdef BalanceRow *row
    cdef BalanceChanged *event
    if reason != NONE:
        return answer_money(state, command, reason)
    take_number(state, command.source_id, command.source_seq)
    row = balance_find(&state.balances, account, id_slot(&state.asset_ids, command.asset_id))
    hold(row, command.amount_atoms)
    held.source_id = command.source_id
    held.source_seq = command.source_seq
    held.amount_atoms = command.amount_atoms
    held.balance = <uint32_t>(row - state.balances.row)
    withdrawal_add(&state.withdrawals, &held)
    event = say_balance(state, command, BALANCE_WITHDRAWAL_HELD, row)
    event.withdrawal_seq = command.source_seq
    event.withdrawal_atoms = command.amount_atoms
    return NONE


cdef inline bint is_of(const State *state, const Withdrawal *held,
                       const ResolveWithdrawal *command) noexcept nogil:
    """Return whether a withdrawal is of the account and the asset that a command names."""
    cdef const BalanceRow *row = &state.balances.row[held.balance]
    return (
        state.account[row.account].account_id == command.account_id
        and state.asset[row.asset].asset_id == command.asset_id
    )


cdef inline uint16_t resolve(State *state, const ResolveWithdrawal *command, uint16_t reason,
                             int64_t least_atoms) noexcept nogil:
    """End a withdrawal: post ``amount_atoms`` (at least ``least_atoms``) and give back the rest."""
    cdef const Deposit *money = <const Deposit *>command
    cdef Withdrawal *held = withdrawal_find(&state.withdrawals, command.source_id,
                                            command.withdrawal_seq)
    cdef uint16_t refusal = sequence_refusal(state, command.source_id, command.source_seq)
    cdef BalanceRow *row
    cdef BalanceChanged *event
    cdef int64_t held_atoms
    if refusal != NONE:
        return answer_money(state, money, refusal)
    if held == NULL or not is_of(state, held, command):
        return answer_money(state, money, WITHDRAWAL_NOT_OPEN)
    held_atoms = held.amount_atoms
    if not is_within(command.amount_atoms, least_atoms, held_atoms):
        return answer_money(state, money, INVALID_AMOUNT)
    take_number(state, command.source_id, command.source_seq)
    row = &state.balances.row[held.balance]
    withdrawal_remove(&state.withdrawals, held)
    hold(row, -held_atoms)
    row.available_atoms -= command.amount_atoms
    state.asset[row.asset].supply_atoms -= command.amount_atoms
    event = say_balance(state, money, reason, row)
    event.amount_atoms = -command.amount_atoms
    event.withdrawal_seq = command.withdrawal_seq
    event.withdrawal_atoms = held_atoms
    return NONE


cdef inline uint16_t post_withdrawal(State *state,
                                     const ResolveWithdrawal *command) noexcept nogil:
    """Let what was held leave the venue, or say why not."""
    return resolve(state, command, BALANCE_WITHDRAWAL_POSTED, 1)


cdef inline uint16_t void_withdrawal(State *state,
                                     const ResolveWithdrawal *command) noexcept nogil:
    """Give back all that was held, or say why not. Its amount is 0, as every void's."""
    return resolve(state, command, BALANCE_WITHDRAWAL_VOIDED, 0)
