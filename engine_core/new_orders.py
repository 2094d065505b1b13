"""NewOrder: from request to accepted order, and on into the book."""

from domain.commands import NewOrder
from domain.events import OutcomeResult
from domain.orders import OrderType, Side
from domain.reasons import RejectReason
from engine_core.account_limits import asset_limit_refusal
from engine_core.entry import (
    bought_atoms,
    count_refusal,
    instrument_refusal,
    let_in,
    market_refusal,
    means_refusal,
    order_of,
    terms_refusal,
    worth_atoms,
)
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.refusals import reject_order
from engine_core.retries import (
    gate_refusal,
    original_answer,
    remember,
    request_of,
    sender_refusal,
)
from engine_core.stops import run_triggers
from engine_core.trading import plan_taking
from engine_core.turn import Answer, Turn
from matching.sweep import Sweep


def new_order(turn: Turn, command: NewOrder) -> Answer:
    """Enter an order, or say why not."""
    if reason := sender_refusal(turn, command.account_id, command.client_order_id):
        return reject_order(turn, command, reason)
    request = request_of(turn, command)
    if answer := original_answer(turn, request):
        return answer
    if reason := gate_refusal(turn, request):
        return reject_order(turn, command, reason)
    reason = _terms_refusal(turn, command)
    if not reason:
        listing = turn.state.listings[command.instrument_id]
        order = order_of(turn, listing, command, turn.state.next_order_id)
        # A market order has no price of its own: what it costs is known once it is planned.
        plan = plan_taking(turn, listing, order) if order.order_type is OrderType.MARKET else None
        reason = _refusal(turn, listing, order, plan)
    remember(turn, request, 0 if reason else order.order_id, reason)
    if reason:
        return reject_order(turn, command, reason)
    turn.hold(order, _hold_atoms(listing, order, plan))
    let_in(turn, listing, order, plan)
    run_triggers(turn, listing)
    return Answer(OutcomeResult.DONE, order_id=order.order_id)


def _terms_refusal(turn: Turn, command: NewOrder) -> RejectReason:
    if reason := instrument_refusal(turn, command.instrument_id):
        return reason
    return terms_refusal(turn, turn.state.listings[command.instrument_id], command)


def _refusal(turn: Turn, listing: Listing, order: Order, plan: Sweep[Order] | None) -> RejectReason:
    """Return why the book, a bound or the owner's funds do not take ``order``, or NONE."""
    return (
        _worth_refusal(listing, order, plan)
        or count_refusal(turn, listing, order)
        or market_refusal(listing, order)
        or _liquidity_refusal(listing, order, plan)
        or asset_limit_refusal(
            turn,
            listing,
            turn.state.accounts[order.account_id],
            worth_atoms(listing, order, plan),
            bought_atoms(listing, order, plan),
        )
        or means_refusal(turn, _hold_atoms(listing, order, plan), order)
    )


def _worth_refusal(listing: Listing, order: Order, plan: Sweep[Order] | None) -> RejectReason:
    """Return whether a market order by quantity buys or sells too little. If there is nobody to
    trade with, that is the reason.
    """
    if plan is None or order.quote_budget_atoms or _best_ticks(listing, order) is None:
        return RejectReason.NONE
    if worth_atoms(listing, order, plan) < listing.terms.min_notional_atoms:
        return RejectReason.NOTIONAL_TOO_SMALL
    return RejectReason.NONE


def _liquidity_refusal(listing: Listing, order: Order, plan: Sweep[Order] | None) -> RejectReason:
    if plan is None:
        return RejectReason.NONE
    best_ticks = _best_ticks(listing, order)
    if best_ticks is None:
        return RejectReason.NO_LIQUIDITY
    if 0 < order.quote_budget_atoms < listing.notional_atoms(best_ticks, 1):
        return RejectReason.NO_LIQUIDITY
    return RejectReason.NONE


def _best_ticks(listing: Listing, order: Order) -> int | None:
    return listing.book.best_price_ticks(order.side.opposite)


def _hold_atoms(listing: Listing, order: Order, plan: Sweep[Order] | None) -> int:
    """Return what ``order`` must hold as it enters.

    A market buy holds exactly what its fills cost, a market sell all its lots, and a sell by budget
    the lots it fills.
    """
    if plan is None:
        return listing.hold_of(order, order.qty_lots)
    quote_atoms = plan.cost_tick_lots * listing.terms.quote_atoms_per_tick_lot
    lots = plan.filled_qty_lots if order.quote_budget_atoms else order.qty_lots
    base_atoms = lots * listing.terms.base_atoms_per_lot
    return quote_atoms if order.side is Side.BUY else base_atoms
