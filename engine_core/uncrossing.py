"""The end of an auction: what crosses trades at one price, and then trading goes on."""

from domain.auction import uncross
from domain.orders import SelfTradePrevention, Side, StatusCause, TradingStatus
from domain.reasons import CancelReason
from domain.venue_events import AuctionUncrossed
from engine_core.breakers import restart_window
from engine_core.endings import cancel_order, decrement_order
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.status_changes import change_status, stop_auction_clock
from engine_core.stops import run_triggers
from engine_core.trades import trade_in_auction
from engine_core.turn import Turn


def go_on(turn: Turn) -> None:
    """Go on with what earlier commands had to leave, by instrument id: uncrosses and queues."""
    state = turn.state
    if not state.is_open:
        return
    for instrument_id in sorted(state.uncrossing | state.queued_in):
        listing = state.listings[instrument_id]
        if listing.uncross_price_ticks:
            open_trading(turn, listing, StatusCause(listing.uncross_cause))
        else:
            run_triggers(turn, listing)


def open_trading(turn: Turn, listing: Listing, cause: StatusCause) -> None:
    """Uncross the book, as much of it as one turn may, and once it is uncrossed let it trade."""
    stop_auction_clock(turn, listing)
    price_ticks = _uncross(turn, listing)
    if listing.uncross_price_ticks:
        listing.uncross_cause = cause
        turn.state.uncrossing.add(listing.terms.instrument_id)
        return
    give_up_uncross(turn, listing)
    restart_window(listing, price_ticks, turn.ts_ns)
    change_status(turn, listing, TradingStatus.TRADING, cause)
    run_triggers(turn, listing)


def give_up_uncross(turn: Turn, listing: Listing) -> None:
    """Let no uncross wait any more."""
    listing.uncross_price_ticks = listing.uncross_cause = 0
    turn.state.uncrossing.discard(listing.terms.instrument_id)


def _uncross(turn: Turn, listing: Listing) -> int:
    """Trade what crosses, at the price that waits or a new one; return the last price, 0 if
    nothing crossed.
    """
    price_ticks = 0
    while listing.uncross_price_ticks or _found_price(turn, listing):
        price_ticks = listing.uncross_price_ticks
        while pair := _pair(listing, price_ticks):
            if 2 * len(turn.events) > turn.events_max:
                return price_ticks
            _meet(turn, listing, *pair)
        # What self-trade prevention took away may leave a book that crosses at another price.
        listing.uncross_price_ticks = 0
    return price_ticks


def _found_price(turn: Turn, listing: Listing) -> bool:
    sides: dict[Side, list[tuple[int, int]]] = {Side.BUY: [], Side.SELL: []}
    for order in listing.book.orders():
        sides[order.side].append((order.price_ticks, order.leaves_qty_lots))
    found = uncross(sides[Side.BUY], sides[Side.SELL], listing.reference_ticks)
    if found is None:
        return False
    listing.uncross_price_ticks = found.price_ticks
    turn.emit(
        AuctionUncrossed(
            ts_ns=turn.ts_ns,
            instrument_id=listing.terms.instrument_id,
            price_ticks=found.price_ticks,
            qty_lots=found.qty_lots,
            imbalance_lots=found.imbalance_lots,
        )
    )
    return True


def _pair(listing: Listing, price_ticks: int) -> tuple[Order, Order] | None:
    """Return the two orders that are next to trade, the older first."""
    bid, ask = listing.book.front(Side.BUY), listing.book.front(Side.SELL)
    if bid is None or ask is None or not ask.price_ticks <= price_ticks <= bid.price_ticks:
        return None
    return (bid, ask) if bid.place < ask.place else (ask, bid)


def _meet(turn: Turn, listing: Listing, older: Order, younger: Order) -> None:
    qty_lots = min(older.leaves_qty_lots, younger.leaves_qty_lots)
    own = older.group_id == younger.group_id
    match younger.self_trade_prevention if own else SelfTradePrevention.NONE:
        case SelfTradePrevention.NONE:
            price_ticks = listing.uncross_price_ticks
            trade_in_auction(turn, listing, older, younger, price_ticks, qty_lots)
        case SelfTradePrevention.CANCEL_MAKER:
            cancel_order(turn, older, CancelReason.SELF_TRADE)
        case SelfTradePrevention.CANCEL_TAKER:
            cancel_order(turn, younger, CancelReason.SELF_TRADE)
        case SelfTradePrevention.CANCEL_BOTH:
            cancel_order(turn, older, CancelReason.SELF_TRADE)
            cancel_order(turn, younger, CancelReason.SELF_TRADE)
        case SelfTradePrevention.DECREMENT:
            decrement_order(turn, older, qty_lots, hidden_first=True)
            decrement_order(turn, younger, qty_lots, hidden_first=True)
