"""How an order ends, or shrinks, without a trade."""

from domain.events import OrderCanceled, OrderExpired, OrderReduced
from domain.reasons import CancelReason
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.resting import refill
from engine_core.turn import Turn


def cancel_order(turn: Turn, order: Order, reason: CancelReason) -> None:
    """End ``order``, resting or not, by request or by rule, and with it the other of its list."""
    _end(turn, order, reason, OrderCanceled)


def cancel_orders(turn: Turn, order_ids: list[int], reason: CancelReason) -> None:
    """End these open orders; one that ends with another before it has its turn is done."""
    for order_id in order_ids:
        if order := turn.state.open_orders.get(order_id):
            cancel_order(turn, order, reason)


def expire_order(turn: Turn, order: Order, reason: CancelReason) -> None:
    """End ``order`` by its own terms, and with it the other of its list."""
    _end(turn, order, reason, OrderExpired)


_EndingEvent = type[OrderCanceled] | type[OrderExpired]


def end_sibling(turn: Turn, order: Order) -> None:
    """End the other order of the list of ``order``, if it is linked to one: it is about to trade,
    to shrink or to trigger. From then on it holds for itself alone.
    """
    sibling = turn.state.sibling_of(order)
    if sibling is None:
        return
    listing = turn.listing_of(order)
    saved_atoms = _pair_hold_atoms(listing, order, sibling) - _own_hold_atoms(listing, order)
    turn.state.unlink(order, sibling)
    _close(turn, sibling, CancelReason.OTHER_LEG, OrderCanceled, saved_atoms)


def _end(turn: Turn, order: Order, reason: CancelReason, event_type: _EndingEvent) -> None:
    listing = turn.listing_of(order)
    sibling = turn.state.sibling_of(order)
    if sibling is None:
        _close(turn, order, reason, event_type, _own_hold_atoms(listing, order))
        return
    held_atoms = _pair_hold_atoms(listing, order, sibling)
    turn.state.unlink(order, sibling)
    _close(turn, order, reason, event_type, held_atoms)
    _close(turn, sibling, CancelReason.OTHER_LEG, OrderCanceled, 0)


def _own_hold_atoms(listing: Listing, order: Order) -> int:
    return listing.hold_of(order, order.leaves_qty_lots)


def _pair_hold_atoms(listing: Listing, one: Order, other: Order) -> int:
    return max(_own_hold_atoms(listing, one), _own_hold_atoms(listing, other))


def _close(
    turn: Turn, order: Order, reason: CancelReason, event_type: _EndingEvent, released_atoms: int
) -> None:
    listing = turn.listing_of(order)
    turn.release(order, released_atoms)
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
    end_sibling(turn, order)
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
