"""From the orders that are open to the quotes that are wanted, in as few messages as possible."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from domain.orders import Side
from trading_bot.strategy import Quote, Take


class OpenOrder(NamedTuple):
    """One of our resting orders."""

    order_id: int
    side: Side
    price_ticks: int
    leaves_qty_lots: int
    cum_qty_lots: int


class Place(NamedTuple):
    """Enter a new order."""

    quote: Quote


class Amend(NamedTuple):
    """Turn an open order into ``quote``; ``total_qty_lots`` includes what it has already filled."""

    order_id: int
    quote: Quote
    total_qty_lots: int


class Cancel(NamedTuple):
    """Take an order out."""

    order_id: int


Action = Place | Amend | Cancel
"""What changes a resting order."""
Sent = Action | Take
"""What a strategy's runner sends."""


def reconcile(
    open_orders: Sequence[OpenOrder],
    quotes: Sequence[Quote],
    price_slack_ticks: int = 0,
    qty_slack: float = 0.0,
) -> list[Action]:
    """Return the actions that make the ``open_orders`` of one instrument equal its ``quotes``.

    An order at a wanted price (or within the slack of it) keeps its place, whatever is left of it;
    one that is too large there is made smaller, which keeps its place too. Of the rest, those
    furthest from the market are amended first, so that our own two sides never meet on the way: a
    side that retreats moves before a side that advances.
    """
    actions: list[Action] = []
    for side in (Side.BUY, Side.SELL):
        wanted = {quote.price_ticks: quote for quote in quotes if quote.side is side}
        moving: list[OpenOrder] = []
        for order in open_orders:
            if order.side is not side:
                continue
            quote = _taken(wanted, order.price_ticks, price_slack_ticks)
            if quote is None:
                moving.append(order)
            elif order.leaves_qty_lots > quote.qty_lots * (1 + qty_slack):
                actions.append(_smaller(order, quote))
        if moving or wanted:
            actions += _moves(moving, list(wanted.values()))
    if len(actions) < 2:
        return actions
    prices = {order.order_id: order.price_ticks for order in open_orders}
    return sorted(actions, key=partial(_advance, prices))


def _taken(wanted: dict[int, Quote], price_ticks: int, slack_ticks: int) -> Quote | None:
    """Take the quote out of ``wanted`` that an order at ``price_ticks`` already is."""
    quote = wanted.pop(price_ticks, None)
    if quote is not None or not slack_ticks or not wanted:
        return quote
    nearest = min(wanted, key=lambda price: (abs(price - price_ticks), price))
    return wanted.pop(nearest) if abs(nearest - price_ticks) <= slack_ticks else None


def _smaller(order: OpenOrder, quote: Quote) -> Amend:
    here = quote._replace(price_ticks=order.price_ticks)
    return Amend(order.order_id, here, quote.qty_lots + order.cum_qty_lots)


def _moves(moving: list[OpenOrder], missing: list[Quote]) -> list[Action]:
    actions: list[Action] = [
        Amend(order.order_id, quote, quote.qty_lots + order.cum_qty_lots)
        for order, quote in zip(moving, missing, strict=False)
    ]
    actions += [Cancel(order.order_id) for order in moving[len(missing) :]]
    actions += [Place(quote) for quote in missing[len(moving) :]]
    return actions


def _advance(open_ticks: dict[int, int], action: Action) -> tuple[int, int]:
    """Return a sorting key: cancels, then the largest retreats, then advances and new orders."""
    if isinstance(action, Amend):
        moved = action.quote.price_ticks - open_ticks[action.order_id]
        return (1, moved if action.quote.side is Side.BUY else -moved)
    return (2, 0) if isinstance(action, Place) else (0, 0)
