"""How an order ends, or shrinks, without a trade."""

from domain.events import OrderCanceled, OrderExpired, OrderReduced
from domain.reasons import CancelReason
from engine_core.order import Order
from engine_core.resting import refill
from engine_core.turn import Turn


def cancel_order(turn: Turn, order: Order, reason: CancelReason) -> None:
    """End ``order``, resting or not, by request or by rule."""
    _end(turn, order, reason, OrderCanceled)


def expire_order(turn: Turn, order: Order, reason: CancelReason) -> None:
    """End ``order`` by its own terms."""
    _end(turn, order, reason, OrderExpired)


def _end(
    turn: Turn,
    order: Order,
    reason: CancelReason,
    event_type: type[OrderCanceled] | type[OrderExpired],
) -> None:
    listing = turn.listing_of(order)
    turn.release(order, listing.hold_of(order, order.leaves_qty_lots))
    book_seq = 0
    if order.is_pending:
        turn.state.stop_waiting(listing, order)
    elif order.place:
        turn.state.leave_book(listing, order)
        book_seq = listing.count_visible_change()
    balance = turn.spent_balance(order)
    turn.emit(
        event_type(
            ts_ns=turn.ts_ns,
            reason=reason,
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            price_ticks=order.price_ticks,
            qty_lots=order.leaves_qty_lots,
            cum_qty_lots=order.cum_qty_lots,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
            book_seq=book_seq,
            client_order_id=order.client_order_id,
        )
    )


def decrement_order(turn: Turn, order: Order, qty_lots: int, *, hidden_first: bool = False) -> None:
    """Take ``qty_lots`` off ``order``, resting or not, because it met one of its own group."""
    listing = turn.listing_of(order)
    turn.release(order, listing.hold_of(order, qty_lots))
    order.qty_lots -= qty_lots
    book_seq = 0
    rests = order.place > 0
    if rests:
        take = turn.state.take_from_book if hidden_first else turn.state.reduce_in_book
        take(listing, order, qty_lots)
        book_seq = listing.count_visible_change()
    else:
        order.leaves_qty_lots -= qty_lots
    balance = turn.spent_balance(order)
    turn.emit(
        OrderReduced(
            ts_ns=turn.ts_ns,
            reason=CancelReason.SELF_TRADE,
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            price_ticks=order.price_ticks,
            qty_lots=qty_lots,
            cum_qty_lots=order.cum_qty_lots,
            leaves_qty_lots=order.leaves_qty_lots,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
            book_seq=book_seq,
            client_order_id=order.client_order_id,
        )
    )
    if rests:
        refill(turn, listing, order)
