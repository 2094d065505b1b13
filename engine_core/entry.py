"""What every order passes on its way in, alone or in a list, and how it enters."""

from domain.commands import NewOrder
from domain.events import OrderAccepted
from domain.orders import OrderFlag, Side
from domain.reasons import RejectReason
from engine_core.limits import OPEN_ORDERS_MAX, TRAILING_ORDERS_MAX
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.trading import enter
from engine_core.turn import Turn
from engine_core.validation import can_wait, new_order_refusal, trigger_ticks_of
from matching.sweep import Sweep


def instrument_refusal(turn: Turn, instrument_id: int) -> RejectReason:
    """Return why no order can enter an instrument now, or NONE."""
    if not turn.state.is_open:
        return RejectReason.VENUE_HALTED
    listing = turn.state.listings.get(instrument_id)
    if listing is None:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not listing.takes_orders:
        return RejectReason.INSTRUMENT_NOT_TRADING
    return RejectReason.NONE


def terms_refusal(turn: Turn, listing: Listing, command: NewOrder) -> RejectReason:
    """Return why the terms of an order cannot be now, or NONE."""
    if listing.in_auction and not can_wait(command):
        return RejectReason.NOT_IN_AUCTION
    return new_order_refusal(command, listing, turn.ts_ns)


def count_refusal(turn: Turn, listing: Listing, *orders: Order) -> RejectReason:
    """Return why the owner or the instrument has no room for these orders of one owner, or NONE."""
    account = turn.state.accounts[orders[0].account_id]
    if len(account.open_orders) + len(orders) > account.open_orders_max:
        return RejectReason.TOO_MANY_OPEN_ORDERS
    trailing = sum(order.trailing_bps > 0 for order in orders)
    if trailing and len(listing.trailing) + trailing > TRAILING_ORDERS_MAX:
        return RejectReason.TOO_MANY_OPEN_ORDERS
    return RejectReason.NONE


def market_refusal(listing: Listing, order: Order) -> RejectReason:
    """Return why the market as it is does not let ``order`` wait, which it must, or NONE."""
    if OrderFlag.POST_ONLY in order.flags and listing.book.would_take(
        order.side, order.price_ticks
    ):
        return RejectReason.POST_ONLY_WOULD_TAKE
    if order.is_pending and order.condition.met_by(listing.last_trade_price_ticks):
        return RejectReason.WOULD_TRIGGER_AT_ONCE
    return RejectReason.NONE


def means_refusal(turn: Turn, hold_atoms: int, *orders: Order) -> RejectReason:
    """Return why the engine's bound or the owner's funds do not take these orders, or NONE."""
    if len(turn.state.open_orders) + len(orders) > OPEN_ORDERS_MAX:
        return RejectReason.CAPACITY
    if hold_atoms > turn.spent_balance(orders[0]).available_atoms:
        return RejectReason.INSUFFICIENT_FUNDS
    return RejectReason.NONE


def order_of(turn: Turn, listing: Listing, command: NewOrder, order_id: int) -> Order:
    """Return the order that ``command`` asks for, before it has entered."""
    order = Order(
        order_id=order_id,
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


def worth_atoms(listing: Listing, order: Order, plan: Sweep[Order] | None = None) -> int:
    """Return what ``order`` is worth: at its price, its trigger, or as planned."""
    if order.quote_budget_atoms:
        return order.quote_budget_atoms
    if plan:
        return plan.cost_tick_lots * listing.terms.quote_atoms_per_tick_lot
    price_ticks = order.trigger_price_ticks if order.is_market else order.price_ticks
    return listing.notional_atoms(price_ticks, order.qty_lots)


def bought_atoms(listing: Listing, order: Order, plan: Sweep[Order] | None = None) -> int | None:
    """Return how much of the base asset ``order`` may buy; None if it sells."""
    if order.side is Side.SELL:
        return None
    lots = plan.filled_qty_lots if plan and order.quote_budget_atoms else order.qty_lots
    return lots * listing.terms.base_atoms_per_lot


def let_in(turn: Turn, listing: Listing, order: Order, plan: Sweep[Order] | None = None) -> None:
    """Let an accepted ``order``, whose hold is taken, wait, rest or trade."""
    turn.state.next_order_id += 1
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
