"""A strategy's open orders of one instrument, from answers and pushed updates that may overtake
each other.
"""

from collections import OrderedDict
from typing import Final

from trading_bot.reconcile import OpenOrder

CLOSED_REMEMBERED: Final = 1_000
"""Ids of ended orders kept, so that a late update cannot bring one back."""


class OpenOrders:
    """The orders that can still trade. ``seq`` orders the states of one order in time."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[int, OpenOrder]] = {}
        self._closed: OrderedDict[int, None] = OrderedDict()
        self.changes = 0
        """Grows whenever anything is taken in."""

    def update(self, order: OpenOrder, seq: int) -> None:
        """Take in one state of an open order; an older state than known is passed over."""
        if order.order_id in self._closed:
            return
        self.changes += 1
        known = self._open.get(order.order_id)
        if known is None or seq >= known[0]:
            self._open[order.order_id] = (seq, order)

    def close(self, order_id: int) -> None:
        """An order can trade no more: no late update brings it back."""
        self.changes += 1
        self._open.pop(order_id, None)
        self._closed[order_id] = None
        if len(self._closed) > CLOSED_REMEMBERED:
            self._closed.popitem(last=False)

    def forget(self, order_id: int) -> None:
        """Drop an order the exchange says it does not have open."""
        self.changes += 1
        self._open.pop(order_id, None)

    def get(self, order_id: int) -> OpenOrder | None:
        """Return an open order; None if it is not."""
        known = self._open.get(order_id)
        return known[1] if known else None

    def knew(self, order_id: int) -> bool:
        """Return whether an order is or was lately ours."""
        return order_id in self._open or order_id in self._closed

    def __len__(self) -> int:
        return len(self._open)

    def all(self) -> list[OpenOrder]:
        """Return them in the order they were entered."""
        return [self._open[order_id][1] for order_id in sorted(self._open)]
