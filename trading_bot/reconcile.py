"""From the orders that are open to the quotes that are wanted, in as few messages as possible."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.orders import Side
from trading_bot.strategy import Quote


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """One of our resting orders."""

    order_id: int
    side: Side
    price_ticks: int
    leaves_qty_lots: int
    cum_qty_lots: int


@dataclass(frozen=True, slots=True)
class Place:
    """Enter a new order."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class Amend:
    """Turn an open order into ``quote``; ``total_qty_lots`` includes what it has already filled."""

    order_id: int
    quote: Quote
    total_qty_lots: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take an order out."""

    order_id: int


Action = Place | Amend | Cancel


def reconcile(open_orders: Sequence[OpenOrder], quotes: Sequence[Quote]) -> list[Action]:
    """Return the actions that make ``open_orders`` equal ``quotes``.

    An order already at a wanted price keeps its place, whatever is left of it. Of the rest, those
    furthest from the market are amended first, so that our own two sides never meet on the way: a
    side that retreats moves before a side that advances.
    """
    actions: list[Action] = []
    for side in (Side.BUY, Side.SELL):
        ours = [order for order in open_orders if order.side is side]
        wanted = {quote.price_ticks: quote for quote in quotes if quote.side is side}
        moving = [order for order in ours if wanted.pop(order.price_ticks, None) is None]
        missing = list(wanted.values())
        for order, quote in zip(moving, missing, strict=False):
            total = quote.qty_lots + order.cum_qty_lots
            actions.append(Amend(order.order_id, quote, total))
        actions += [Cancel(order.order_id) for order in moving[len(missing) :]]
        actions += [Place(quote) for quote in missing[len(moving) :]]
    by_id = {order.order_id: order for order in open_orders}
    return sorted(actions, key=lambda action: _advance(action, by_id))


def _advance(action: Action, open_orders: dict[int, OpenOrder]) -> tuple[int, int]:
    """Return a sorting key: cancels, then the largest retreats, then advances and new orders."""
    match action:
        case Cancel():
            return (0, 0)
        case Amend(order_id, quote, _):
            moved = quote.price_ticks - open_orders[order_id].price_ticks
            return (1, moved if quote.side is Side.BUY else -moved)
        case Place():
            return (2, 0)
