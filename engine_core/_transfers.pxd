# cython: language_level=3, cdivision=True
"""Money that stays in the venue: from one account to another, in one step."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from engine_core._endings cimport say
from engine_core._instruments cimport is_within
from engine_core._money cimport (
    answer_money,
    has_room_for_source,
    sequence_refusal,
    take_number,
)
from engine_core._numbers cimport (
    ACCOUNT_CLOSED,
    ACCOUNT_NOT_TRADABLE,
    ACCOUNT_SUSPENDED,
    CAPACITY,
    EVENT_TRANSFERRED,
    INSUFFICIENT_FUNDS,
    INVALID_AMOUNT,
    NONE,
    NOTHING_TO_CHANGE,
    TRANSFER_SUB_ACCOUNT,
    UNKNOWN_ACCOUNT,
    UNKNOWN_ASSET,
)
from engine_core._state cimport NO_SLOT, State, id_slot
from engine_core._wire cimport Deposit, Transfer, Transferred
from matching._machine cimport ATOMS_MAX_LOG2
from risk._balances cimport BalanceRow, balance_find, balance_row


cdef inline uint16_t pair_refusal(const State *state, const Transfer *command, uint32_t sender,
                                  uint32_t receiver) noexcept nogil:
    """Return why money never moves between these two for such a reason, or NONE."""
    if sender == NO_SLOT or receiver == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if (
        command.transfer_reason == TRANSFER_SUB_ACCOUNT
        and state.account[sender].group_id != state.account[receiver].group_id
    ):
        return UNKNOWN_ACCOUNT  # not yours and not there answer the same
    return NOTHING_TO_CHANGE if sender == receiver else NONE


cdef inline bint may_move_now(const State *state, const Transfer *command, uint32_t sender,
                              uint32_t receiver) noexcept nogil:
    """Return whether the status of both allows it."""
    cdef uint8_t status = state.account[sender].account_status
    if state.account[receiver].account_status == ACCOUNT_CLOSED:
        return False
    if command.transfer_reason != TRANSFER_SUB_ACCOUNT:
        return True
    return (
        sender != 0 and receiver != 0 and status != ACCOUNT_SUSPENDED and status != ACCOUNT_CLOSED
    )


cdef inline uint16_t transfer_refusal(const State *state, const Transfer *command,
                                      uint32_t sender, uint32_t receiver,
                                      uint32_t asset) noexcept nogil:
    cdef uint16_t reason = pair_refusal(state, command, sender, receiver)
    cdef const BalanceRow *row
    if reason != NONE:
        return reason
    if asset == NO_SLOT:
        return UNKNOWN_ASSET
    # Before all that may change between two sendings: one that was executed always says so.
    reason = sequence_refusal(state, command.source_id, command.source_seq)
    if reason != NONE:
        return reason
    if not may_move_now(state, command, sender, receiver):
        return ACCOUNT_NOT_TRADABLE
    if not is_within(command.amount_atoms, 1, <int64_t>1 << ATOMS_MAX_LOG2):
        return INVALID_AMOUNT
    row = balance_find(&state.balances, sender, asset)
    if row == NULL or command.amount_atoms > row.available_atoms:
        return INSUFFICIENT_FUNDS
    return NONE if has_room_for_source(state, command.source_id) else CAPACITY


cdef inline void say_transferred(State *state, const Transfer *command, const BalanceRow *sender,
                                 const BalanceRow *receiver) noexcept nogil:
    """State what moved, and what both have from here on."""
    cdef Transferred *event = <Transferred *>say(state)
    event.kind = EVENT_TRANSFERRED
    event.transfer_reason = command.transfer_reason
    event.from_account_id = command.from_account_id
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    event.amount_atoms = command.amount_atoms
    event.source_seq = command.source_seq
    event.source_id = command.source_id
    event.to_account_id = command.to_account_id
    event.from_available_atoms = sender.available_atoms
    event.from_held_atoms = sender.held_atoms
    event.to_available_atoms = receiver.available_atoms
    event.to_held_atoms = receiver.held_atoms


cdef inline uint16_t transfer(State *state, const Transfer *command) noexcept nogil:
    """Move money between two accounts, each number of a source once and in order, or say why not.
    """
    cdef uint32_t sender = id_slot(&state.account_ids, command.from_account_id)
    cdef uint32_t receiver = id_slot(&state.account_ids, command.to_account_id)
    cdef uint32_t asset = id_slot(&state.asset_ids, command.asset_id)
    cdef uint16_t reason = transfer_refusal(state, command, sender, receiver, asset)
    cdef BalanceRow *credit
    cdef BalanceRow *debit
    if reason != NONE:
        return answer_money(state, <const Deposit *>command, reason)
    take_number(state, command.source_id, command.source_seq)
    credit = &state.balances.row[balance_row(&state.balances, receiver, asset)]
    debit = balance_find(&state.balances, sender, asset)
    debit.available_atoms -= command.amount_atoms
    credit.available_atoms += command.amount_atoms
    say_transferred(state, command, debit, credit)
    return NONE
