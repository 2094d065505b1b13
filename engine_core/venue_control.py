"""Control of the venue as a whole: the kill switch, and by which logic the core goes."""

from domain.reasons import RejectReason
from domain.venue_commands import SetLogicVersion, SetVenueStatus
from domain.venue_events import LogicVersionChanged, VenueStatusChanged
from engine_core.limits import LOGIC_VERSION
from engine_core.refusals import reject_control
from engine_core.turn import Answer, Turn


def set_venue_status(turn: Turn, command: SetVenueStatus) -> Answer:
    """Halt the whole venue, or open it again; what waited goes on before the next command."""
    turn.state.venue_status = command.venue_status
    turn.emit(VenueStatusChanged(ts_ns=turn.ts_ns, venue_status=command.venue_status))
    return Answer()


def set_logic_version(turn: Turn, command: SetLogicVersion) -> Answer:
    """Move on to the next logic, if this core has it: so a replay changes where the first run
    did.
    """
    state = turn.state
    if command.logic_version != state.logic_version + 1 or command.logic_version > LOGIC_VERSION:
        return reject_control(turn, RejectReason.INVALID_TRANSITION, command.logic_version)
    state.logic_version = command.logic_version
    turn.emit(LogicVersionChanged(ts_ns=turn.ts_ns, logic_version=command.logic_version))
    return Answer()
