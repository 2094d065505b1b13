"""The ids that cancels go by: clients name a cancel as they name an order, the engine does not."""

from collections import OrderedDict
from typing import Final

CANCELS_MAX: Final = 10_000
"""Past it the oldest is forgotten and gets the name it would have had without one."""


class CancelIds:
    """What clients called the cancels they sent, by order."""

    def __init__(self) -> None:
        self._named: OrderedDict[int, str] = OrderedDict()

    def name(self, order_id: int, cancel_id: str | None) -> None:
        """Note what the client calls the cancel of an order; None: it leaves that to us."""
        if cancel_id is None:
            return
        self._named[order_id] = cancel_id
        if len(self._named) > CANCELS_MAX:
            self._named.popitem(last=False)

    def of(self, order_id: int) -> str:
        """Return the name of an order's cancel."""
        return self._named.get(order_id) or f"cancel-{order_id}"
