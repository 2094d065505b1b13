"""An order joins the back of a price level: the rest of a taker, or an iceberg's next slice."""

from domain.events import OrderRested
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.turn import Turn


def rest(turn: Turn, listing: Listing, order: Order) -> None:
    """Rest what is left of an order that traded."""
    turn.state.enter_book(listing, order)
    _say_rested(turn, listing, order)


def refill(turn: Turn, listing: Listing, order: Order) -> None:
    """Show an iceberg's next slice, if that before is used up and more is hidden."""
    if order.leaves_qty_lots and not order.visible_qty_lots:
        turn.state.refill_in_book(listing, order)
        _say_rested(turn, listing, order)


def _say_rested(turn: Turn, listing: Listing, order: Order) -> None:
    balance = turn.spent_balance(order)
    turn.emit(
        OrderRested(
            ts_ns=turn.ts_ns,
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            price_ticks=order.price_ticks,
            visible_qty_lots=order.visible_qty_lots,
            leaves_qty_lots=order.leaves_qty_lots,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
            book_seq=listing.count_visible_change(),
        )
    )
