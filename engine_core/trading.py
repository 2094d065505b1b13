"""An arriving order meets the book: trades, self-trade prevention, and what is left of it."""

from collections.abc import Callable

from domain.orders import CONDITIONAL_TYPES, Side, StatusCause, TimeInForce, TradingStatus
from domain.reasons import CancelReason
from engine_core.breakers import past_breaker, roll_window
from engine_core.endings import cancel_order, decrement_order, expire_order
from engine_core.limits import BPS
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.order_types import RESTING_TERMS
from engine_core.resting import rest
from engine_core.status_changes import change_status
from engine_core.trades import trade
from engine_core.turn import Turn
from matching.sweep import (
    Appetite,
    ByBudget,
    ByQuantity,
    ByQuantityWithin,
    CancelMaker,
    Decrement,
    Ending,
    Fill,
    Sweep,
    sweep,
)


def band_bound_ticks(side: Side, best_ticks: int, band_bps: int) -> int:
    """Return the worst price a market order may trade at, ``band_bps`` away from the best."""
    if side is Side.BUY:
        return best_ticks * (BPS + band_bps) // BPS
    return -(-best_ticks * (BPS - band_bps) // BPS)


def plan_taking(
    turn: Turn, listing: Listing, taker: Order, spend_atoms_max: int = 0
) -> Sweep[Order]:
    """Return what ``taker``, once announced, would do to the book now; nothing changes.

    ``spend_atoms_max`` bounds what a market stop pays.
    """
    bound_ticks = taker.price_ticks
    if taker.is_market:
        best_ticks = listing.book.best_price_ticks(taker.side.opposite) or 0
        bound_ticks = band_bound_ticks(taker.side, best_ticks, listing.terms.band_bps)
    return sweep(
        listing.book.makers(taker.side, bound_ticks),
        _appetite(listing, taker, spend_atoms_max),
        group_id=turn.state.accounts[taker.account_id].group_id,
        self_trade_prevention=taker.self_trade_prevention,
        past_breaker=past_breaker(listing, turn.ts_ns),
        events_max=turn.events_max,
        events_before=len(turn.events),
    )


def _appetite(listing: Listing, taker: Order, spend_atoms_max: int) -> Appetite:
    k = listing.terms.quote_atoms_per_tick_lot
    if taker.quote_budget_atoms:
        return ByBudget(taker.quote_budget_atoms, k)
    if taker.order_type in CONDITIONAL_TYPES and taker.is_market and taker.side is Side.BUY:
        return ByQuantityWithin(taker.leaves_qty_lots, spend_atoms_max, k)
    return ByQuantity(taker.leaves_qty_lots)


def enter(
    turn: Turn,
    listing: Listing,
    order: Order,
    plan: Sweep[Order] | None,
    announce: Callable[[int], None],
) -> None:
    """Let ``order`` rest or trade. It is announced with its ``book_seq`` if it rests whole at once,
    and with 0 otherwise.
    """
    if rests_whole(listing, order):
        turn.state.enter_book(listing, order)
        announce(listing.count_visible_change())
        return
    plan = plan or plan_taking(turn, listing, order)
    roll_window(listing, turn.ts_ns)
    announce(0)
    if order.time_in_force is TimeInForce.FOK and plan.ending is not Ending.COMPLETE:
        expire_order(turn, order, CancelReason.FILL_OR_KILL)
        return
    take(turn, listing, order, plan)


def rests_whole(listing: Listing, order: Order) -> bool:
    """Return whether ``order`` would go into the book without meeting anyone."""
    if order.is_market or order.time_in_force not in RESTING_TERMS:
        return False
    if listing.in_auction:
        return True
    return not listing.book.would_take(order.side, order.price_ticks)


def take(turn: Turn, listing: Listing, taker: Order, plan: Sweep[Order]) -> None:
    """Carry out ``plan``, then rest or end what is left of ``taker``."""
    for step in plan.steps:
        match step:
            case Fill(maker, qty_lots):
                completed = plan.ending is Ending.COMPLETE and step is plan.last_take
                trade(turn, listing, maker, taker, qty_lots, completed)
            case CancelMaker(maker):
                cancel_order(turn, maker, CancelReason.SELF_TRADE)
            case Decrement(maker, qty_lots):
                decrement_order(turn, maker, qty_lots)
                decrement_order(turn, taker, qty_lots)
    match plan.ending:
        case Ending.COMPLETE:
            pass
        case Ending.SELF_TRADE:
            cancel_order(turn, taker, CancelReason.SELF_TRADE)
        case Ending.EVENT_LIMIT:
            cancel_order(turn, taker, CancelReason.EVENT_LIMIT)
        case Ending.BREAKER:
            change_status(turn, listing, TradingStatus.AUCTION, StatusCause.BREAKER)
            _rest_or_expire(turn, listing, taker)
        case Ending.NO_MAKER:
            _rest_or_expire(turn, listing, taker)


def _rest_or_expire(turn: Turn, listing: Listing, taker: Order) -> None:
    if taker.is_market:
        expire_order(turn, taker, CancelReason.MARKET_REMAINDER)
        return
    if taker.time_in_force not in RESTING_TERMS:
        expire_order(turn, taker, CancelReason.IMMEDIATE_OR_CANCEL)
        return
    rest(turn, listing, taker)
