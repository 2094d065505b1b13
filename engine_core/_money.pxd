# cython: language_level=3, cdivision=True
"""What commands about money have in common: numbers that their source gives without gaps, and the
balance they are answered with.
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t

from engine_core._endings cimport say
from engine_core._numbers cimport (
    EVENT_BALANCE_CHANGED,
    NONE,
    SOURCES_MAX,
    SOURCE_SEQ_GAP,
    SOURCE_SEQ_REPEATED,
)
from engine_core._retries cimport reject_control
from engine_core._state cimport NO_SLOT, State, id_add, id_slot
from engine_core._wire cimport BalanceChanged, ControlRejected, Deposit
from risk._balances cimport BalanceRow


cdef inline uint16_t sequence_refusal(const State *state, uint32_t source_id,
                                      uint64_t source_seq) noexcept nogil:
    """Return why a number is not the next of its source, or NONE."""
    cdef uint32_t source = id_slot(&state.source_ids, source_id)
    cdef uint64_t last = state.last_source_seq[source] if source != NO_SLOT else 0
    if source_seq <= last:
        return SOURCE_SEQ_REPEATED
    return SOURCE_SEQ_GAP if source_seq != last + 1 else NONE


cdef inline bint has_room_for_source(const State *state, uint32_t source_id) noexcept nogil:
    """Return whether a source is known, or can become so."""
    return (
        state.source_ids.count < SOURCES_MAX or id_slot(&state.source_ids, source_id) != NO_SLOT
    )


cdef inline void take_number(State *state, uint32_t source_id, uint64_t source_seq) noexcept nogil:
    """Have a number be the last of its source. There is room for it."""
    cdef uint32_t source = id_slot(&state.source_ids, source_id)
    if source == NO_SLOT:
        source = id_add(&state.source_ids, source_id)
    state.last_source_seq[source] = source_seq


cdef inline BalanceChanged *say_balance(State *state, const Deposit *command, uint16_t reason,
                                        const BalanceRow *row) noexcept nogil:
    """State what a command made of its account's balance. ``command``: any whose number and source
    lie where a deposit has them.
    """
    cdef BalanceChanged *event = <BalanceChanged *>say(state)
    event.kind = EVENT_BALANCE_CHANGED
    event.reason = reason
    event.account_id = command.account_id
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    event.source_seq = command.source_seq
    event.source_id = command.source_id
    event.available_atoms = row.available_atoms
    event.held_atoms = row.held_atoms
    return event


cdef inline uint16_t answer_money(State *state, const Deposit *command,
                                  uint16_t reason) noexcept nogil:
    """Say why a command was refused, unless it was not; return ``reason``."""
    cdef ControlRejected *event
    if reason != NONE:
        event = reject_control(state, command.kind, reason, command.account_id)
        event.source_id = command.source_id
        event.source_seq = command.source_seq
    return reason
