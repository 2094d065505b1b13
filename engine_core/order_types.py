"""What kind of order each order type is."""

from typing import Final

from domain.orders import OrderType, Side, TimeInForce

MARKET_TYPES: Final = frozenset(
    {OrderType.MARKET, OrderType.STOP, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP}
)
"""They have no price of their own."""
RESTING_TERMS: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})
"""With these, what an order cannot take waits in the book."""

_PROTECTIVE: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


def waits_for_rise(side: Side, order_type: OrderType) -> bool:
    """Return whether a stop or take-profit triggers as the price goes up, and not down.

    A stop follows the price away from it, a take-profit goes against it.
    """
    return (side is Side.BUY) == (order_type in _PROTECTIVE)
