"""NewOrder: from request to accepted order, and on into the book."""

from domain.commands import NewOrder
from domain.events import OrderAccepted, OutcomeResult
from domain.orders import OrderFlag, OrderType, Side
from domain.reasons import RejectReason
from engine_core.account_limits import asset_limit_refusal
from engine_core.limits import OPEN_ORDERS_MAX, TRAILING_ORDERS_MAX
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
from engine_core.trading import enter, plan_taking
from engine_core.turn import Answer, Turn
from engine_core.validation import can_wait, new_order_refusal, trigger_ticks_of
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
        order = _order(turn, listing, command)
        # A market order has no price of its own: what it costs is known once it is planned.
        plan = plan_taking(turn, listing, order) if order.order_type is OrderType.MARKET else None
        reason = _book_refusal(turn, listing, order, plan)
    remember(turn, request, 0 if reason else order.order_id, reason)
    if reason:
        return reject_order(turn, command, reason)
    _enter(turn, listing, order, plan)
    run_triggers(turn, listing)
    return Answer(OutcomeResult.DONE, order_id=order.order_id)


def _terms_refusal(turn: Turn, command: NewOrder) -> RejectReason:
    if not turn.state.is_open:
        return RejectReason.VENUE_HALTED
    listing = turn.state.listings.get(command.instrument_id)
    if listing is None:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not listing.takes_orders:
        return RejectReason.INSTRUMENT_NOT_TRADING
    if listing.in_auction and not can_wait(command):
        return RejectReason.NOT_IN_AUCTION
    return new_order_refusal(command, listing, turn.ts_ns)


def _order(turn: Turn, listing: Listing, command: NewOrder) -> Order:
    order = Order(
        order_id=turn.state.next_order_id,
        group_id=turn.state.accounts[command.account_id].group_id,
        account_id=command.account_id,
        instrument_id=command.instrument_id,
        side=command.side,
        order_type=command.order_type,
        time_in_force=command.time_in_force,
        self_trade_prevention=command.self_trade_prevention,
        flags=command.flags,
        price_ticks=command.price_ticks,
        qty_lots=command.qty_lots,
        leaves_qty_lots=command.qty_lots,
        display_qty_lots=command.display_qty_lots,
        quote_budget_atoms=command.quote_budget_atoms,
        expire_s=command.expire_s,
        trigger_price_ticks=trigger_ticks_of(command, listing),
        trailing_bps=command.trailing_bps,
        water_ticks=listing.reference_ticks if command.trailing_bps else 0,
        client_order_id=command.client_order_id,
    )
    if order.is_pending and order.is_market and order.side is Side.BUY:
        order.hold_price_ticks = listing.stop_ticks(order.trigger_price_ticks)
    return order


def _book_refusal(
    turn: Turn, listing: Listing, order: Order, plan: Sweep[Order] | None
) -> RejectReason:
    """Return why the book, the engine's bounds or the owner's funds do not take ``order``."""
    state = turn.state
    best_ticks = listing.book.best_price_ticks(order.side.opposite)
    if plan and best_ticks is not None and not order.quote_budget_atoms:
        if _worth_atoms(listing, order, plan) < listing.terms.min_notional_atoms:
            return RejectReason.NOTIONAL_TOO_SMALL
    account = state.accounts[order.account_id]
    if len(account.open_orders) >= account.open_orders_max:
        return RejectReason.TOO_MANY_OPEN_ORDERS
    if order.trailing_bps and len(listing.trailing) >= TRAILING_ORDERS_MAX:
        return RejectReason.TOO_MANY_OPEN_ORDERS
    if OrderFlag.POST_ONLY in order.flags and listing.book.would_take(
        order.side, order.price_ticks
    ):
        return RejectReason.POST_ONLY_WOULD_TAKE
    if order.is_pending and order.condition.met_by(listing.last_trade_price_ticks):
        return RejectReason.WOULD_TRIGGER_AT_ONCE
    if plan and not _has_liquidity(listing, order, best_ticks):
        return RejectReason.NO_LIQUIDITY
    worth_atoms = _worth_atoms(listing, order, plan)
    buys_atoms = _buys_atoms(listing, order, plan)
    if reason := asset_limit_refusal(turn, listing, account, worth_atoms, buys_atoms):
        return reason
    if len(state.open_orders) >= OPEN_ORDERS_MAX:
        return RejectReason.CAPACITY
    if _hold_atoms(listing, order, plan) > turn.spent_balance(order).available_atoms:
        return RejectReason.INSUFFICIENT_FUNDS
    return RejectReason.NONE


def _has_liquidity(listing: Listing, order: Order, best_ticks: int | None) -> bool:
    if best_ticks is None:
        return False
    one_lot_atoms = listing.notional_atoms(best_ticks, 1)
    return not order.quote_budget_atoms or order.quote_budget_atoms >= one_lot_atoms


def _worth_atoms(listing: Listing, order: Order, plan: Sweep[Order] | None) -> int:
    """Return what ``order`` is worth: at its price, its trigger, or as planned."""
    if order.quote_budget_atoms:
        return order.quote_budget_atoms
    if plan:
        return plan.cost_tick_lots * listing.terms.quote_atoms_per_tick_lot
    price_ticks = order.trigger_price_ticks if order.is_market else order.price_ticks
    return listing.notional_atoms(price_ticks, order.qty_lots)


def _buys_atoms(listing: Listing, order: Order, plan: Sweep[Order] | None) -> int | None:
    """Return how much of the base asset ``order`` may buy; None if it sells."""
    if order.side is Side.SELL:
        return None
    lots = plan.filled_qty_lots if plan and order.quote_budget_atoms else order.qty_lots
    return lots * listing.terms.base_atoms_per_lot


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


def _enter(turn: Turn, listing: Listing, order: Order, plan: Sweep[Order] | None) -> None:
    turn.state.next_order_id += 1
    turn.hold(order, _hold_atoms(listing, order, plan))
    if order.is_pending:
        turn.state.wait(listing, order)
        _say_accepted(turn, order, book_seq=0)
        return
    enter(turn, listing, order, plan, lambda book_seq: _say_accepted(turn, order, book_seq))


def _say_accepted(turn: Turn, order: Order, book_seq: int) -> None:
    balance = turn.spent_balance(order)
    turn.emit(
        OrderAccepted(
            ts_ns=turn.ts_ns,
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            order_type=order.order_type,
            time_in_force=order.time_in_force,
            self_trade_prevention=order.self_trade_prevention,
            flags=order.flags,
            trailing_bps=order.trailing_bps,
            price_ticks=order.price_ticks,
            qty_lots=order.qty_lots,
            trigger_price_ticks=order.trigger_price_ticks,
            display_qty_lots=order.display_qty_lots,
            quote_budget_atoms=order.quote_budget_atoms,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
            book_seq=book_seq,
            client_order_id=order.client_order_id,
            expire_s=order.expire_s,
        )
    )
