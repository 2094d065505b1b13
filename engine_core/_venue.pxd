# cython: language_level=3
"""The whole venue: its kill switch, and the version of its rules."""

from libc.stdint cimport uint16_t

from engine_core._endings cimport say
from engine_core._numbers cimport (
    EVENT_LOGIC_VERSION_CHANGED,
    EVENT_VENUE_STATUS_CHANGED,
    INVALID_TRANSITION,
    LOGIC_VERSION,
    NONE,
)
from engine_core._state cimport State
from engine_core._wire cimport (
    LogicVersionChanged,
    SetLogicVersion,
    SetVenueStatus,
    VenueStatusChanged,
)


cdef inline uint16_t set_venue_status(State *state, const SetVenueStatus *command) noexcept nogil:
    """Stop all trading, or open again."""
    cdef VenueStatusChanged *event = <VenueStatusChanged *>say(state)
    state.venue_status = command.venue_status
    event.kind = EVENT_VENUE_STATUS_CHANGED
    event.venue_status = command.venue_status
    event.ts_ns = state.ts_ns
    return NONE


cdef inline uint16_t set_logic_version(State *state,
                                       const SetLogicVersion *command) noexcept nogil:
    """Behave as the next version says; return why not, or NONE."""
    cdef LogicVersionChanged *event
    if command.logic_version != state.logic_version + 1 or command.logic_version > LOGIC_VERSION:
        return INVALID_TRANSITION
    state.logic_version = command.logic_version
    event = <LogicVersionChanged *>say(state)
    event.kind = EVENT_LOGIC_VERSION_CHANGED
    event.logic_version = command.logic_version
    event.ts_ns = state.ts_ns
    return NONE
