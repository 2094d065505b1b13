"""What can be wrong with an order before its owner's funds and the book are looked at."""

from typing import Final

from domain.commands import NewOrder, ReplaceOrder
from domain.orders import OrderFlag, OrderType, SelfTradePrevention, Side, TimeInForce
from domain.reasons import RejectReason
from domain.units import NOTIONAL_ATOMS_MAX, NS_PER_S
from engine_core.state import Listing

_LIMIT_TERMS = frozenset(TimeInForce)
_MARKET_TERMS = frozenset({TimeInForce.IOC})
_TERMS = {OrderType.LIMIT: _LIMIT_TERMS, OrderType.MARKET: _MARKET_TERMS}
RESTING_TERMS: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})
"""With these, what an order cannot take waits in the book."""


def new_order_refusal(order: NewOrder, listing: Listing, ts_ns: int) -> RejectReason:
    """Return why the terms of ``order`` cannot be now, whatever is in the book; or NONE."""
    terms_in_force = _TERMS.get(order.order_type)
    if terms_in_force is None:
        return RejectReason.UNSUPPORTED_ORDER_TYPE
    if order.time_in_force not in terms_in_force:
        return RejectReason.UNSUPPORTED_TIME_IN_FORCE
    if not _has_right_expiry(order, ts_ns):
        return RejectReason.INVALID_EXPIRY
    if _excludes_itself(order):
        return RejectReason.UNSUPPORTED_COMBINATION
    if order.order_type is OrderType.MARKET:
        return _market_size_refusal(order, listing)
    return limit_refusal(listing, order.side, order.price_ticks, order.qty_lots) or (
        RejectReason.NOTIONAL_TOO_SMALL
        if listing.notional_atoms(order.price_ticks, order.qty_lots)
        < listing.terms.min_notional_atoms
        else RejectReason.NONE
    )


def limit_refusal(listing: Listing, side: Side, price_ticks: int, qty_lots: int) -> RejectReason:
    """Return why an order at ``price_ticks`` for ``qty_lots`` is out of bounds, or NONE."""
    if not 1 <= price_ticks <= listing.terms.price_max_ticks:
        return RejectReason.INVALID_PRICE
    if not 1 <= qty_lots <= listing.terms.qty_max_lots:
        return RejectReason.INVALID_QUANTITY
    if listing.notional_atoms(price_ticks, qty_lots) > NOTIONAL_ATOMS_MAX:
        return RejectReason.NOTIONAL_TOO_LARGE
    return _base_refusal(listing, side, qty_lots)


def replace_options_refusal(request: ReplaceOrder) -> RejectReason:
    """Return UNSUPPORTED_COMBINATION if ``request`` amends what an order here does not have."""
    if request.trigger_price_ticks or request.display_qty_lots:
        return RejectReason.UNSUPPORTED_COMBINATION
    return RejectReason.NONE


def _has_right_expiry(order: NewOrder, ts_ns: int) -> bool:
    if order.time_in_force is TimeInForce.GTD:
        return order.expire_s * NS_PER_S > ts_ns
    return order.expire_s == 0


def _excludes_itself(order: NewOrder) -> bool:
    """Return whether options are set that exclude each other, or that no order here can have."""
    decrements = order.self_trade_prevention is SelfTradePrevention.DECREMENT
    if order.display_qty_lots or order.trigger_price_ticks or order.trailing_bps:
        return True
    if order.order_type is OrderType.MARKET:
        if order.flags or order.price_ticks:
            return True
        if decrements and order.quote_budget_atoms:
            return True  # a budget has no quantity to take the own order's off
        return bool(order.qty_lots) == bool(order.quote_budget_atoms)
    if OrderFlag.POST_ONLY in order.flags and order.time_in_force not in RESTING_TERMS:
        return True
    if decrements and order.time_in_force is TimeInForce.FOK:
        return True
    return bool(order.quote_budget_atoms)


def _market_size_refusal(order: NewOrder, listing: Listing) -> RejectReason:
    if order.quote_budget_atoms:
        if not 1 <= order.quote_budget_atoms <= NOTIONAL_ATOMS_MAX:
            return RejectReason.INVALID_QUANTITY
        if order.quote_budget_atoms < listing.terms.min_notional_atoms:
            return RejectReason.NOTIONAL_TOO_SMALL
        return RejectReason.NONE
    if not 1 <= order.qty_lots <= listing.terms.qty_max_lots:
        return RejectReason.INVALID_QUANTITY
    return _base_refusal(listing, order.side, order.qty_lots)


def _base_refusal(listing: Listing, side: Side, qty_lots: int) -> RejectReason:
    if side is Side.SELL and qty_lots * listing.terms.base_atoms_per_lot > NOTIONAL_ATOMS_MAX:
        return RejectReason.NOTIONAL_TOO_LARGE
    return RejectReason.NONE
