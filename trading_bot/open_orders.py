"""Our open orders, from answers and pushed updates that may overtake each other."""

from collections import OrderedDict
from typing import Final

from client.types import Order
from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.reconcile import OpenOrder

CLOSED_REMEMBERED: Final = 1_000
"""Ids of ended orders kept, so that a late update cannot bring one back."""


class OpenOrders:
    """The orders of one instrument that can still trade."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._open: dict[int, tuple[int, OpenOrder]] = {}
        self._closed: OrderedDict[int, None] = OrderedDict()

    def update(self, order: Order) -> None:
        """Take in one state of an order; an older state than known is passed over."""
        if order.symbol != self._instrument.symbol or order.order_id in self._closed:
            return
        if not order.open:
            self._open.pop(order.order_id, None)
            self._closed[order.order_id] = None
            if len(self._closed) > CLOSED_REMEMBERED:
                self._closed.popitem(last=False)
            return
        known = self._open.get(order.order_id)
        if order.price is not None and (known is None or order.seq >= known[0]):
            self._open[order.order_id] = (order.seq, self._converted(order, order.price))

    def _converted(self, order: Order, price: str) -> OpenOrder:
        return OpenOrder(
            order_id=order.order_id,
            side=Side.BUY if order.side == "buy" else Side.SELL,
            price_ticks=self._instrument.price_ticks(price),
            leaves_qty_lots=self._instrument.qty_lots(order.leaves_qty),
            cum_qty_lots=self._instrument.qty_lots(order.cum_qty),
        )

    def forget(self, order_id: int) -> None:
        """Drop an order the exchange says it does not have open."""
        self._open.pop(order_id, None)

    def all(self) -> list[OpenOrder]:
        """Return them in the order they were entered."""
        return [order for _, (_, order) in sorted(self._open.items())]
