"""Stops and take-profits whose price was traded: each becomes the order it stands for."""

from domain.events import OrderTriggered
from domain.orders import Side, TradingStatus
from engine_core.endings import end_sibling
from engine_core.limits import TRIGGERS_PER_COMMAND_MAX
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.trading import enter, plan_taking
from engine_core.trailing import follow_last_trade
from engine_core.turn import Turn
from matching.sweep import Sweep


def run_triggers(turn: Turn, listing: Listing) -> None:
    """Queue what the last trade triggers, and run the queue, as much of it as one turn may."""
    _queue_met(turn, listing)
    while listing.trading_status is TradingStatus.TRADING and _has_room(turn):
        order_id = listing.triggers.next_queued()
        if order_id is None:
            return
        turn.triggers += 1
        _trigger(turn, listing, turn.state.open_orders[order_id])
        _queue_met(turn, listing)


def _has_room(turn: Turn) -> bool:
    return turn.triggers < TRIGGERS_PER_COMMAND_MAX and 2 * len(turn.events) <= turn.events_max


def _queue_met(turn: Turn, listing: Listing) -> None:
    if listing.trading_status is TradingStatus.TRADING:
        follow_last_trade(turn.state, listing)
        turn.state.queue_met(listing)


def _trigger(turn: Turn, listing: Listing, order: Order) -> None:
    end_sibling(turn, order)
    held_atoms = listing.hold_of(order, order.leaves_qty_lots)
    turn.state.stop_waiting(listing, order)
    plan = None
    if order.is_market:
        plan = plan_taking(turn, listing, order, held_atoms)
        if order.side is Side.BUY:
            # It holds for the worst that it may pay; from here on, exactly what its fills cost.
            turn.release(order, held_atoms - _cost_atoms(listing, plan))
    order.triggered = True
    enter(turn, listing, order, plan, lambda book_seq: _say_triggered(turn, order, book_seq))


def _cost_atoms(listing: Listing, plan: Sweep[Order]) -> int:
    return plan.cost_tick_lots * listing.terms.quote_atoms_per_tick_lot


def _say_triggered(turn: Turn, order: Order, book_seq: int) -> None:
    balance = turn.spent_balance(order)
    turn.emit(
        OrderTriggered(
            ts_ns=turn.ts_ns,
            order_id=order.order_id,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            order_type=order.order_type,
            price_ticks=order.price_ticks,
            qty_lots=order.leaves_qty_lots,
            trigger_price_ticks=order.trigger_price_ticks,
            last_price_ticks=turn.listing_of(order).last_trade_price_ticks,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
            book_seq=book_seq,
        )
    )
