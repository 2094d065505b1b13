"""An instrument moves to another status, and an auction's clock starts and stops with it."""

from domain.events import TradingStatusChanged
from domain.orders import StatusCause, TradingStatus
from domain.units import NS_PER_S
from engine_core.deadlines import Deadline, Due
from engine_core.limits import LOG_TS_NS_MAX
from engine_core.listing import Listing
from engine_core.turn import Turn


def change_status(turn: Turn, listing: Listing, to: TradingStatus, cause: StatusCause) -> None:
    """Move ``listing`` to another status, whatever follows from that."""
    stop_auction_clock(turn, listing)
    if to is TradingStatus.AUCTION:
        _start_auction_clock(turn, listing)
    listing.trading_status = to
    turn.emit(
        TradingStatusChanged(
            ts_ns=turn.ts_ns,
            instrument_id=listing.terms.instrument_id,
            trading_status=to,
            cause=cause,
            auction_ends_ns=listing.auction_ends_ns,
        )
    )


def stop_auction_clock(turn: Turn, listing: Listing) -> None:
    """Let no auction of ``listing`` end by itself any more."""
    if listing.auction_ends_ns:
        turn.state.deadlines.remove(_auction_end(listing))
        listing.auction_ends_ns = 0


def _start_auction_clock(turn: Turn, listing: Listing) -> None:
    ends_ns = turn.ts_ns + listing.rules.auction_s * NS_PER_S
    if turn.ts_ns < ends_ns <= LOG_TS_NS_MAX:
        listing.auction_ends_ns = ends_ns
        turn.state.deadlines.add(_auction_end(listing))


def _auction_end(listing: Listing) -> Deadline:
    return Deadline(listing.auction_ends_ns, Due.AUCTION_END, listing.terms.instrument_id)
