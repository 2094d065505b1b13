"""What an instrument lets people do, as it is told to or as it was scheduled."""

from domain.commands import SetTradingStatus
from domain.events import TradingStatusChanged
from domain.orders import StatusCause, TradingStatus
from domain.reasons import CancelReason, RejectReason
from domain.units import NS_PER_S
from domain.venue_commands import ScheduleTradingStatus
from domain.venue_events import TradingStatusScheduled
from engine_core.deadlines import Deadline, Due
from engine_core.endings import cancel_order
from engine_core.instruments import listed_refusal
from engine_core.limits import LOG_TS_NS_MAX, SCHEDULED_CHANGES_MAX
from engine_core.listing import Listing
from engine_core.refusals import reject_control
from engine_core.stops import run_triggers
from engine_core.turn import Answer, Turn


def set_trading_status(turn: Turn, command: SetTradingStatus) -> Answer:
    """Move an instrument to another status."""
    listing = turn.state.listings.get(command.instrument_id)
    if listing is None:
        return reject_control(turn, RejectReason.UNKNOWN_INSTRUMENT, command.instrument_id)
    if reason := _move(turn, listing, command.trading_status, StatusCause.REQUESTED):
        return reject_control(turn, reason, command.instrument_id)
    return Answer()


def _move(turn: Turn, listing: Listing, to: TradingStatus, cause: StatusCause) -> RejectReason:
    """Move to another status, or return why not; to close an instrument cancels its orders
    first.
    """
    if reason := _refusal(turn, listing, to):
        return reason
    if to is TradingStatus.CLOSED:
        for order_id in listing.open_order_ids():
            cancel_order(turn, turn.state.open_orders[order_id], CancelReason.INSTRUMENT_CLOSED)
    listing.trading_status = to
    turn.emit(
        TradingStatusChanged(
            ts_ns=turn.ts_ns,
            instrument_id=listing.terms.instrument_id,
            trading_status=to,
            cause=cause,
        )
    )
    run_triggers(turn, listing)
    return RejectReason.NONE


def _refusal(turn: Turn, listing: Listing, to: TradingStatus) -> RejectReason:
    now = listing.trading_status
    if to in (now, TradingStatus.AUCTION) or now is TradingStatus.CLOSED:
        return RejectReason.INVALID_TRANSITION
    if to is TradingStatus.TRADING and not turn.state.is_open:
        return RejectReason.VENUE_HALTED
    if to is TradingStatus.CLOSED and listing.open_orders >= turn.events_max:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def schedule_trading_status(turn: Turn, command: ScheduleTradingStatus) -> Answer:
    """Schedule a change of status, or forget all that are scheduled."""
    reason = listed_refusal(turn, command.instrument_id) or _schedule_refusal(turn, command)
    if reason:
        return reject_control(turn, reason, command.instrument_id)
    listing = turn.state.listings[command.instrument_id]
    if command.at_s:
        if command.at_s not in listing.scheduled:
            turn.state.deadlines.add(_deadline(listing, command.at_s))
        listing.scheduled[command.at_s] = command.trading_status
    else:
        for at_s in listing.scheduled:
            turn.state.deadlines.remove(_deadline(listing, at_s))
        listing.scheduled.clear()
    turn.emit(
        TradingStatusScheduled(
            ts_ns=turn.ts_ns,
            instrument_id=command.instrument_id,
            trading_status=command.trading_status,
            at_s=command.at_s,
        )
    )
    return Answer()


def _schedule_refusal(turn: Turn, command: ScheduleTradingStatus) -> RejectReason:
    if not command.at_s:
        return RejectReason.NONE
    if not turn.ts_ns < command.at_s * NS_PER_S <= LOG_TS_NS_MAX:
        return RejectReason.INVALID_EXPIRY
    scheduled = turn.state.listings[command.instrument_id].scheduled
    if command.at_s not in scheduled and len(scheduled) >= SCHEDULED_CHANGES_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def _deadline(listing: Listing, at_s: int) -> Deadline:
    return Deadline(at_s * NS_PER_S, Due.STATUS, listing.terms.instrument_id)


def change_as_scheduled(turn: Turn, deadline: Deadline) -> None:
    """Make a scheduled change that is due. One that is not allowed now is lost."""
    listing = turn.state.listings[deadline.subject_id]
    turn.state.deadlines.remove(deadline)
    to = listing.scheduled.pop(deadline.deadline_ns // NS_PER_S)
    _move(turn, listing, to, StatusCause.SCHEDULED)
