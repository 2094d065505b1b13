"""What an instrument lets people do, as it is told to or as it was scheduled."""

from domain.commands import SetTradingStatus
from domain.orders import StatusCause, TradingStatus
from domain.reasons import CancelReason, RejectReason
from domain.units import NS_PER_S
from domain.venue_commands import ScheduleTradingStatus
from domain.venue_events import TradingStatusScheduled
from engine_core.deadlines import Deadline, Due
from engine_core.endings import cancel_orders
from engine_core.instruments import listed_refusal
from engine_core.limits import LOG_TS_NS_MAX, SCHEDULED_CHANGES_MAX
from engine_core.listing import Listing
from engine_core.refusals import reject_control
from engine_core.status_changes import change_status
from engine_core.turn import Answer, Turn
from engine_core.uncrossing import give_up_uncross, open_trading


def set_trading_status(turn: Turn, command: SetTradingStatus) -> Answer:
    """Move an instrument to another status."""
    listing = turn.state.listings.get(command.instrument_id)
    if listing is None:
        return reject_control(turn, RejectReason.UNKNOWN_INSTRUMENT, command.instrument_id)
    if reason := _move(turn, listing, command.trading_status, StatusCause.REQUESTED):
        return reject_control(turn, reason, command.instrument_id)
    return Answer()


def _move(turn: Turn, listing: Listing, to: TradingStatus, cause: StatusCause) -> RejectReason:
    """Move to another status, or return why not. What crosses trades before trading begins, and
    to close an instrument cancels its orders.
    """
    if reason := _refusal(turn, listing, to):
        return reason
    if to is TradingStatus.TRADING:
        open_trading(turn, listing, cause)
        return RejectReason.NONE
    give_up_uncross(turn, listing)
    if to is TradingStatus.CLOSED:
        cancel_orders(turn, listing.open_order_ids(), CancelReason.INSTRUMENT_CLOSED)
    change_status(turn, listing, to, cause)
    return RejectReason.NONE


def _refusal(turn: Turn, listing: Listing, to: TradingStatus) -> RejectReason:
    now = listing.trading_status
    if now is TradingStatus.CLOSED or to in _unchanged_by(listing):
        return RejectReason.INVALID_TRANSITION
    if to is TradingStatus.TRADING and not turn.state.is_open:
        return RejectReason.VENUE_HALTED
    if to is TradingStatus.CLOSED and listing.open_orders >= turn.events_max:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def _unchanged_by(listing: Listing) -> tuple[TradingStatus, ...]:
    """Return the statuses that an instrument cannot move to: its own, unless that gives up an
    uncross that waits.
    """
    if listing.uncross_price_ticks:
        return TradingStatus.TRADING, TradingStatus.AUCTION
    return (listing.trading_status,)


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


def change_as_due(turn: Turn, deadline: Deadline) -> None:
    """Make a change whose time has come: an auction ends, or what was scheduled happens. One that
    is not allowed now is lost.
    """
    listing = turn.state.listings[deadline.subject_id]
    if deadline.ends_auction:
        _move(turn, listing, TradingStatus.TRADING, StatusCause.AUCTION_ENDED)
        return
    turn.state.deadlines.remove(deadline)
    to = listing.scheduled.pop(deadline.deadline_ns // NS_PER_S)
    _move(turn, listing, to, StatusCause.SCHEDULED)
