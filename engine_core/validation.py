"""What can be wrong with an order before its owner's funds and the book are looked at."""

from dataclasses import dataclass
from typing import Final

from domain.commands import NewOrder
from domain.orders import (
    CONDITIONAL_TYPES,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from domain.reasons import RejectReason
from domain.units import NOTIONAL_ATOMS_MAX, NS_PER_S
from engine_core.breakers import is_outside_collar
from engine_core.limits import ICEBERG_SLICES_MAX
from engine_core.listing import Listing
from engine_core.order_types import MARKET_TYPES, RESTING_TERMS
from engine_core.trailing import trailing_refusal, trailing_trigger_ticks

_LIMIT_TERMS: Final = frozenset(TimeInForce)
_MARKET_TERMS: Final = frozenset({TimeInForce.IOC})


def can_wait(order: NewOrder) -> bool:
    """Return whether ``order`` may come while nobody meets anyone."""
    if order.order_type in CONDITIONAL_TYPES:
        return True
    is_limit = order.order_type is OrderType.LIMIT
    return is_limit and not order.flags and order.time_in_force in RESTING_TERMS


def new_order_refusal(order: NewOrder, listing: Listing, ts_ns: int) -> RejectReason:
    """Return why the terms of ``order`` cannot be now, whatever is in the book; or NONE."""
    is_market = order.order_type in MARKET_TYPES
    if order.time_in_force not in (_MARKET_TERMS if is_market else _LIMIT_TERMS):
        return RejectReason.UNSUPPORTED_TIME_IN_FORCE
    if not _has_right_expiry(order, ts_ns):
        return RejectReason.INVALID_EXPIRY
    if _excludes_itself(order):
        return RejectReason.UNSUPPORTED_COMBINATION
    if order.order_type is OrderType.MARKET:
        return _market_size_refusal(order, listing)
    trails = order.order_type is OrderType.TRAILING_STOP
    if trails and (reason := trailing_refusal(listing, order.trailing_bps)):
        return reason
    terms = PricedTerms(
        order.side,
        order.order_type,
        order.price_ticks,
        order.qty_lots,
        trigger_ticks_of(order, listing),
        order.display_qty_lots,
        keeps_trigger=trails,
    )
    return terms.refusal(listing) or (
        RejectReason.NOTIONAL_TOO_SMALL
        if terms.notional_atoms(listing) < listing.terms.min_notional_atoms
        else RejectReason.NONE
    )


def trigger_ticks_of(order: NewOrder, listing: Listing) -> int:
    """Return the trigger price that ``order`` has as it enters; 0: none."""
    if order.order_type is not OrderType.TRAILING_STOP:
        return order.trigger_price_ticks
    return trailing_trigger_ticks(order.side, listing.reference_ticks, order.trailing_bps)


@dataclass(frozen=True, slots=True)
class PricedTerms:
    """What is asked of an order that names a price, a trigger price or both."""

    side: Side
    order_type: OrderType
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int
    display_qty_lots: int = 0
    keeps_display: bool = False
    """Whether it is that of before, and only the quantity is new."""
    keeps_trigger: bool = False
    """Whether the trigger is that of before, or none that was asked for: it is not judged."""

    def refusal(self, listing: Listing) -> RejectReason:
        """Return why a price or a size is out of bounds, or NONE."""
        ticks = range(1, listing.terms.price_max_ticks + 1)
        if self.order_type not in MARKET_TYPES and self.price_ticks not in ticks:
            return RejectReason.INVALID_PRICE
        if self.order_type not in MARKET_TYPES and is_outside_collar(listing, self.price_ticks):
            return RejectReason.PRICE_OUTSIDE_COLLAR
        if self._has_new_trigger() and self.trigger_price_ticks not in ticks:
            return RejectReason.INVALID_TRIGGER_PRICE
        if not 1 <= self.qty_lots <= listing.terms.qty_max_lots:
            return RejectReason.INVALID_QUANTITY
        if self.display_qty_lots and not self._makes_slices():
            return RejectReason.INVALID_DISPLAY_QUANTITY
        if self.notional_atoms(listing) > NOTIONAL_ATOMS_MAX:
            return RejectReason.NOTIONAL_TOO_LARGE
        if self.order_type in MARKET_TYPES and self.side is Side.BUY:
            worst_ticks = listing.stop_ticks(self.trigger_price_ticks)
            if listing.notional_atoms(worst_ticks, self.qty_lots) > NOTIONAL_ATOMS_MAX:
                return RejectReason.NOTIONAL_TOO_LARGE
        return _base_refusal(listing, self.side, self.qty_lots)

    def _has_new_trigger(self) -> bool:
        return self.order_type in CONDITIONAL_TYPES and not self.keeps_trigger

    def _makes_slices(self) -> bool:
        if not self.keeps_display and not 1 <= self.display_qty_lots < self.qty_lots:
            return False
        return -(-self.qty_lots // self.display_qty_lots) <= ICEBERG_SLICES_MAX

    def notional_atoms(self, listing: Listing) -> int:
        """Return what it is worth at its price, or at its trigger if it has no other."""
        is_market = self.order_type in MARKET_TYPES
        price_ticks = self.trigger_price_ticks if is_market else self.price_ticks
        return listing.notional_atoms(price_ticks, self.qty_lots)


def _has_right_expiry(order: NewOrder, ts_ns: int) -> bool:
    if order.time_in_force is TimeInForce.GTD:
        return order.expire_s * NS_PER_S > ts_ns
    return order.expire_s == 0


def _excludes_itself(order: NewOrder) -> bool:
    """Return whether options are set that exclude each other, or that no order here can have."""
    decrements = order.self_trade_prevention is SelfTradePrevention.DECREMENT
    trails = order.order_type is OrderType.TRAILING_STOP
    if order.trailing_bps and not trails:
        return True
    if order.display_qty_lots and not _can_be_iceberg(order):
        return True
    if order.order_type in CONDITIONAL_TYPES:
        if order.flags:
            return True  # post-only: once triggered it is to trade
        if trails and order.trigger_price_ticks:
            return True  # it follows the price
    elif order.trigger_price_ticks:
        return True
    if order.order_type in MARKET_TYPES and (order.flags or order.price_ticks):
        return True
    if order.order_type is OrderType.MARKET:
        if decrements and order.quote_budget_atoms:
            return True  # a budget has no quantity to take the own order's off
        return bool(order.qty_lots) == bool(order.quote_budget_atoms)
    if OrderFlag.POST_ONLY in order.flags and order.time_in_force not in RESTING_TERMS:
        return True
    if decrements and order.time_in_force is TimeInForce.FOK:
        return True
    return bool(order.quote_budget_atoms)


def _can_be_iceberg(order: NewOrder) -> bool:
    return order.order_type is OrderType.LIMIT and order.time_in_force in RESTING_TERMS


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
