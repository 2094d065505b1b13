"""Trailing stops: the trigger follows the best price traded, a set distance behind it."""

from domain.orders import Side
from domain.reasons import RejectReason
from domain.units import PRICE_TICKS_MAX
from engine_core.limits import BPS, TRAILING_BPS_MAX
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.state import State


def trailing_refusal(listing: Listing, trailing_bps: int) -> RejectReason:
    """Return why a stop cannot trail at this distance now, or NONE."""
    if not 1 <= trailing_bps <= TRAILING_BPS_MAX:
        return RejectReason.INVALID_TRIGGER_PRICE
    if not listing.reference_ticks:
        return RejectReason.NO_REFERENCE_PRICE
    return RejectReason.NONE


def trailing_trigger_ticks(side: Side, water_ticks: int, trailing_bps: int) -> int:
    """Return the trigger that trails ``water_ticks``: a sell's below it, a buy's above."""
    if side is Side.SELL:
        return max(water_ticks * (BPS - trailing_bps) // BPS, 1)
    return min(-(-water_ticks * (BPS + trailing_bps) // BPS), PRICE_TICKS_MAX)


def follow_last_trade(state: State, listing: Listing) -> None:
    """Move the triggers of the trailing stops that wait, by order id, if the last trade was at a
    better price than any before.
    """
    last_ticks = listing.last_trade_price_ticks
    for order_id in sorted(listing.trailing):
        order = listing.trailing[order_id]
        if listing.triggers.is_queued(order_id) or not _is_better(order, last_ticks):
            continue
        order.water_ticks = last_ticks
        trigger_ticks = trailing_trigger_ticks(order.side, last_ticks, order.trailing_bps)
        if trigger_ticks != order.trigger_price_ticks:
            state.wait_for(listing, order, trigger_ticks)


def _is_better(order: Order, last_ticks: int) -> bool:
    if order.side is Side.SELL:
        return last_ticks > order.water_ticks
    return 0 < last_ticks < order.water_ticks
