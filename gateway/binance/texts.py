"""Numbers and names as this dialect writes them.

Prices, quantities and amounts have eight decimals, always: clients compare the very text of a zero.
"""

from functools import lru_cache
from typing import Final

from domain.instruments import Asset
from domain.orders import OrderFlag, OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from domain.reasons import CancelReason
from domain.units import NS_PER_MS
from gateway.state.account_view import OrderView
from gateway.state.market import Market, Texts
from gateway.types import trading as api

Units = Market | Texts
"""What ticks and lots are told in: an instrument's units of today, or those of another time."""

DECIMALS: Final = 8
ZERO: Final = "0.00000000"

SIDES: Final[dict[str, api.SideName]] = {"BUY": "buy", "SELL": "sell"}
TIMES_IN_FORCE: Final[dict[str, api.TimeInForceName]] = {"GTC": "gtc", "IOC": "ioc", "FOK": "fok"}
SELF_TRADE_MODES: Final = {
    "NONE": SelfTradePrevention.NONE,
    "EXPIRE_MAKER": SelfTradePrevention.CANCEL_MAKER,
    "EXPIRE_TAKER": SelfTradePrevention.CANCEL_TAKER,
    "EXPIRE_BOTH": SelfTradePrevention.CANCEL_BOTH,
    "DECREMENT": SelfTradePrevention.DECREMENT,
}
_MODE_NAMES: Final = {mode: name for name, mode in SELF_TRADE_MODES.items()}
_TYPE_NAMES: Final = {
    OrderType.LIMIT: "LIMIT",
    OrderType.MARKET: "MARKET",
    OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
    OrderType.TAKE_PROFIT: "TAKE_PROFIT",
    OrderType.TAKE_PROFIT_LIMIT: "TAKE_PROFIT_LIMIT",
    OrderType.TRAILING_STOP: "STOP_LOSS",
}
_FORCE_NAMES: Final = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    # Clients take no name they do not know; an order with a date rests until then as a GTC does.
    TimeInForce.GTD: "GTC",
}
_STATUS_NAMES: Final = {
    OrderStatus.PENDING_TRIGGER: "NEW",
    OrderStatus.NEW: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.EXPIRED: "EXPIRED",
}
assert _TYPE_NAMES.keys() == set(OrderType) and _STATUS_NAMES.keys() == set(OrderStatus)
assert _FORCE_NAMES.keys() == set(TimeInForce) and _MODE_NAMES.keys() == set(SelfTradePrevention)


@lru_cache(16_384)
def eight(text: str) -> str:
    """Return decimal text with at least eight decimals."""
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(DECIMALS, '0')}"


def price(units: Units, price_ticks: int) -> str:
    """Present a price; 0 where there is none."""
    return eight(units.price_text(price_ticks)) if price_ticks else ZERO


def qty(units: Units, qty_lots: int) -> str:
    """Present a quantity of the base asset."""
    return eight(units.qty_text(qty_lots)) if qty_lots else ZERO


def quote_atoms(units: Texts, price_ticks: int, qty_lots: int) -> int:
    """Return price x quantity in quote atoms, in the units of their time."""
    steps = units.measure.steps
    atoms = price_ticks * qty_lots * steps.tick_quote_atoms * steps.base_atoms_per_lot
    return atoms // steps.tick_base_atoms


def amount(asset: Asset, amount_atoms: int) -> str:
    """Present an amount of an asset."""
    return eight(asset.text(amount_atoms)) if amount_atoms else ZERO


def ms(ts_ns: int) -> int:
    """Return a time in Unix milliseconds."""
    return ts_ns // NS_PER_MS


def symbol_of(market: Market) -> str:
    """Return an instrument's symbol: BTC-USDT is BTCUSDT here."""
    return market.instrument.symbol.replace("-", "")


def type_of(order: OrderView) -> str:
    """Return an order's type; a post-only limit order is one of its own."""
    if OrderFlag.POST_ONLY in order.flags and order.order_type is OrderType.LIMIT:
        return "LIMIT_MAKER"
    return _TYPE_NAMES[order.order_type]


def side_of(side: Side) -> str:
    """Return a side's name."""
    return side.name


def time_in_force_of(order: OrderView) -> str:
    """Return an order's time in force. Market orders, which never rest, are shown as GTC."""
    return "GTC" if order.price_ticks == 0 else _FORCE_NAMES[order.time_in_force]


def mode_of(order: OrderView) -> str:
    """Return an order's self-trade prevention mode."""
    return _MODE_NAMES[order.self_trade_prevention]


def status_of(order: OrderView) -> str:
    """Return an order's status."""
    if order.reason is CancelReason.SELF_TRADE and not order.is_open:
        return "EXPIRED_IN_MATCH"
    return _STATUS_NAMES[order.status]
