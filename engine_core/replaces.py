"""ReplaceOrder: a new price or total for an open order, all of it or nothing."""

from domain.commands import ReplaceOrder
from domain.events import OrderReplaced, OutcomeResult, ReplaceFlag
from domain.orders import OrderFlag, OrderType, Side
from domain.reasons import CancelReason, RejectReason
from engine_core.account_limits import asset_limit_refusal
from engine_core.breakers import roll_window
from engine_core.cancels import open_order_of
from engine_core.endings import cancel_order
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
from engine_core.trading import plan_taking, rests_whole, take
from engine_core.turn import Answer, Turn
from engine_core.validation import PricedTerms


def replace_order(turn: Turn, command: ReplaceOrder) -> Answer:
    """Amend an open order, or say why not and leave it and its hold untouched."""
    if reason := sender_refusal(turn, command.account_id, command.request_id):
        return reject_order(turn, command, reason)
    request = request_of(turn, command)
    if answer := original_answer(turn, request):
        return answer
    if reason := gate_refusal(turn, request):
        return reject_order(turn, command, reason)
    order = open_order_of(turn, command.account_id, command.order_id, command.instrument_id)
    if not turn.state.is_open:
        reason = RejectReason.VENUE_HALTED
    else:
        reason = _refusal(turn, command, order) if order else RejectReason.UNKNOWN_ORDER
    remember(turn, request, command.order_id, reason)
    if order is None or reason:
        return reject_order(turn, command, reason)
    _replace(turn, command, order)
    run_triggers(turn, turn.listing_of(order))
    return Answer(OutcomeResult.DONE, order_id=order.order_id)


def _refusal(turn: Turn, command: ReplaceOrder, order: Order) -> RejectReason:
    listing = turn.listing_of(order)
    if not listing.takes_orders:
        return RejectReason.INSTRUMENT_NOT_TRADING
    if listing.in_auction and OrderFlag.POST_ONLY in order.flags:
        return RejectReason.NOT_IN_AUCTION
    if order.sibling_order_id:
        return RejectReason.UNSUPPORTED_COMBINATION
    if reason := _terms_refusal(listing, command, order):
        return reason
    if command.qty_lots <= order.cum_qty_lots:
        return RejectReason.NONE
    if _changes_nothing(command, order):
        return RejectReason.NOTHING_TO_CHANGE
    if order.is_pending:
        condition = order.condition._replace(price_ticks=_trigger_ticks(command, order))
        if condition.met_by(listing.last_trade_price_ticks):
            return RejectReason.WOULD_TRIGGER_AT_ONCE
    if OrderFlag.POST_ONLY in order.flags and listing.book.would_take(
        order.side, command.price_ticks
    ):
        return RejectReason.POST_ONLY_WOULD_TAKE
    account = turn.state.accounts[order.account_id]
    worth_atoms = _priced_terms(command, order).notional_atoms(listing)
    buys_atoms = _more_bought_atoms(listing, order, command)
    if reason := asset_limit_refusal(turn, listing, account, worth_atoms, buys_atoms):
        return reason
    if _more_atoms(listing, order, command) > turn.spent_balance(order).available_atoms:
        return RejectReason.INSUFFICIENT_FUNDS
    return RejectReason.NONE


def _terms_refusal(listing: Listing, command: ReplaceOrder, order: Order) -> RejectReason:
    if command.display_qty_lots and order.order_type is not OrderType.LIMIT:
        return RejectReason.UNSUPPORTED_COMBINATION
    has_own_trigger = order.is_pending and not order.trailing_bps
    if command.trigger_price_ticks and not has_own_trigger:
        return RejectReason.UNSUPPORTED_COMBINATION
    if order.is_pending and order.is_market and command.price_ticks:
        return RejectReason.UNSUPPORTED_COMBINATION
    return _priced_terms(command, order).refusal(listing)


def _priced_terms(command: ReplaceOrder, order: Order) -> PricedTerms:
    """Return the order's terms afterwards; a triggered one has those of a limit order."""
    return PricedTerms(
        order.side,
        order.order_type if order.is_pending else OrderType.LIMIT,
        command.price_ticks,
        command.qty_lots,
        trigger_price_ticks=_trigger_ticks(command, order),
        display_qty_lots=_display_lots(command, order),
        keeps_display=command.display_qty_lots == 0,
        keeps_trigger=command.trigger_price_ticks == 0,
    )


def _trigger_ticks(command: ReplaceOrder, order: Order) -> int:
    """Return the trigger price afterwards."""
    return command.trigger_price_ticks or order.trigger_price_ticks


def _display_lots(command: ReplaceOrder, order: Order) -> int:
    """Return the display quantity afterwards."""
    return command.display_qty_lots or order.display_qty_lots


def _changes_nothing(command: ReplaceOrder, order: Order) -> bool:
    return (
        command.price_ticks == order.price_ticks
        and command.qty_lots == order.qty_lots
        and _trigger_ticks(command, order) == order.trigger_price_ticks
        and _display_lots(command, order) == order.display_qty_lots
    )


def _more_atoms(listing: Listing, order: Order, command: ReplaceOrder) -> int:
    """Return how much more the order must hold afterwards; negative: how much less."""
    leaves_lots = command.qty_lots - order.cum_qty_lots
    price_ticks = command.price_ticks
    if order.is_pending and order.is_market:
        price_ticks = listing.stop_ticks(_trigger_ticks(command, order))
    before = listing.hold_of(order, order.leaves_qty_lots)
    return listing.hold_atoms(order.side, price_ticks, leaves_lots) - before


def _more_bought_atoms(listing: Listing, order: Order, command: ReplaceOrder) -> int | None:
    """Return how much more of the base asset may be bought; None if no more."""
    more_lots = command.qty_lots - order.cum_qty_lots - order.leaves_qty_lots
    if order.side is Side.SELL or more_lots <= 0:
        return None
    return more_lots * listing.terms.base_atoms_per_lot


def _replace(turn: Turn, command: ReplaceOrder, order: Order) -> None:
    if command.qty_lots <= order.cum_qty_lots:
        cancel_order(turn, order, CancelReason.REPLACED_TO_NOTHING)
        return
    listing = turn.listing_of(order)
    more_atoms = _more_atoms(listing, order, command)
    if more_atoms > 0:
        turn.hold(order, more_atoms)
    else:
        turn.release(order, -more_atoms)
    if order.is_pending:
        _wait_anew(turn, listing, command, order)
    elif _only_shrinks(command, order):
        _keep_place(turn, listing, command, order)
    else:
        _go_to_the_back(turn, listing, command, order)


def _only_shrinks(command: ReplaceOrder, order: Order) -> bool:
    return (
        command.price_ticks == order.price_ticks
        and command.qty_lots < order.qty_lots
        and _display_lots(command, order) == order.display_qty_lots
    )


def _wait_anew(turn: Turn, listing: Listing, command: ReplaceOrder, order: Order) -> None:
    turn.state.stop_waiting(listing, order)
    order.price_ticks = command.price_ticks
    order.qty_lots = order.leaves_qty_lots = command.qty_lots
    order.trigger_price_ticks = _trigger_ticks(command, order)
    if order.hold_price_ticks:
        order.hold_price_ticks = listing.stop_ticks(order.trigger_price_ticks)
    turn.state.wait(listing, order)
    _say_replaced(turn, command, order, ReplaceFlag(0), book_seq=0)


def _keep_place(turn: Turn, listing: Listing, command: ReplaceOrder, order: Order) -> None:
    listing.book.shrink(order, order.qty_lots - command.qty_lots)
    order.qty_lots = command.qty_lots
    flags = ReplaceFlag.KEPT_PLACE | ReplaceFlag.RESTED
    _say_replaced(turn, command, order, flags, listing.count_visible_change())


def _go_to_the_back(turn: Turn, listing: Listing, command: ReplaceOrder, order: Order) -> None:
    turn.state.leave_book(listing, order)
    order.price_ticks = command.price_ticks
    order.qty_lots = command.qty_lots
    order.display_qty_lots = _display_lots(command, order)
    order.leaves_qty_lots = command.qty_lots - order.cum_qty_lots
    if rests_whole(listing, order):
        turn.state.enter_book(listing, order)
        _say_replaced(turn, command, order, ReplaceFlag.RESTED, listing.count_visible_change())
        return
    plan = plan_taking(turn, listing, order)
    roll_window(listing, turn.ts_ns)
    _say_replaced(turn, command, order, ReplaceFlag(0), listing.count_visible_change())
    take(turn, listing, order, plan)


def _say_replaced(
    turn: Turn, command: ReplaceOrder, order: Order, flags: ReplaceFlag, book_seq: int
) -> None:
    balance = turn.spent_balance(order)
    turn.emit(
        OrderReplaced(
            ts_ns=turn.ts_ns,
            flags=flags,
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            price_ticks=order.price_ticks,
            qty_lots=order.qty_lots,
            trigger_price_ticks=order.trigger_price_ticks,
            display_qty_lots=order.display_qty_lots,
            leaves_qty_lots=order.leaves_qty_lots,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
            book_seq=book_seq,
            request_id=command.request_id,
        )
    )
