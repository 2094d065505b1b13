"""From this dialect's parameters of an order to the request the gateway's order entry takes."""

import re
from typing import Final, cast

from domain.instruments import Instrument, InvalidDecimal
from gateway.binance.errors import BinanceError, illegal, missing, not_needed, unsupported
from gateway.binance.parameters import Parameters
from gateway.binance.texts import SELF_TRADE_MODES, SIDES, TIMES_IN_FORCE
from gateway.types import trading as api

TRAILING_MIN_BPS: Final = 1
TRAILING_MAX_BPS: Final = 9_999
CLIENT_ORDER_ID_LEGAL: Final = "^[a-zA-Z0-9-_]{1,36}$"
_CLIENT_ORDER_ID: Final = re.compile("[a-zA-Z0-9_-]{1,36}")
_TYPES: Final[dict[str, api.OrderTypeName]] = {
    "LIMIT": "limit",
    "LIMIT_MAKER": "limit",
    "MARKET": "market",
    "STOP_LOSS": "stop",
    "STOP_LOSS_LIMIT": "stop_limit",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_LIMIT": "take_profit_limit",
}
ORDER_TYPES: Final = tuple(_TYPES)
_WITH_PRICE: Final = frozenset({"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
_WITH_TRIGGER: Final = frozenset(
    {"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"}
)
_WITH_FORCE: Final = _WITH_PRICE - {"LIMIT_MAKER"}

INVALID_SIDE: Final = (400, -1117, "Invalid side.")
INVALID_TYPE: Final = (400, -1116, "Invalid orderType.")
INVALID_FORCE: Final = (400, -1115, "Invalid timeInForce.")


def client_order_id(parameters: Parameters, name: str = "newClientOrderId") -> str | None:
    """Return an id the client chose, None if it chose none.

    Raises:
        BinanceError: -1100, it has characters it may not have, or too many.
    """
    found = parameters.optional(name)
    if found is not None and not _CLIENT_ORDER_ID.fullmatch(found):
        raise illegal(name, CLIENT_ORDER_ID_LEGAL)
    return found


def new_order_request(instrument: Instrument, parameters: Parameters) -> api.NewOrderRequest:
    """Return an order as the gateway's order entry takes it.

    Raises:
        BinanceError: a parameter is missing, malformed, or one that the type excludes.
    """
    side = parameters.chosen("side", SIDES, BinanceError(*INVALID_SIDE))
    kind = parameters.chosen("type", _TYPES, BinanceError(*INVALID_TYPE))
    order_type = parameters.text("type")
    qty, budget = _size(instrument, parameters, order_type)
    trailing_bps = trailing(parameters, "trailingDelta", order_type)
    has_trigger = order_type in _WITH_TRIGGER and trailing_bps is None
    if trailing_bps is not None and parameters.has("stopPrice"):
        raise unsupported()  # it trails from where the price is, not from when it gets somewhere
    return api.NewOrderRequest(
        symbol=instrument.symbol,
        side=side,
        type="trailing_stop" if trailing_bps is not None else kind,
        qty=qty,
        quote_budget=budget,
        price=_where(parameters, "price", order_type in _WITH_PRICE),
        trigger_price=_where(parameters, "stopPrice", has_trigger),
        trailing_bps=trailing_bps,
        display_qty=_iceberg(parameters, order_type),
        time_in_force=_time_in_force(parameters, order_type),
        post_only=order_type == "LIMIT_MAKER",
        self_trade_prevention=self_trade_prevention(parameters),
        client_order_id=client_order_id(parameters),
    )


def self_trade_prevention(parameters: Parameters) -> api.SelfTradePreventionName:
    """Return what is done about orders of one owner that meet.

    Raises:
        BinanceError: -1130, there is no such mode.
    """
    mode = parameters.choice("selfTradePreventionMode", SELF_TRADE_MODES)
    return "none" if mode is None else cast(api.SelfTradePreventionName, mode.name.lower())


def trailing(parameters: Parameters, name: str, order_type: str) -> int | None:
    """Return the distance of a stop that trails the price, in basis points.

    Raises:
        BinanceError: -1106; -1014, only a STOP_LOSS trails here; or it is outside its bounds.
    """
    found = parameters.integer(name)
    if found is None:
        return None
    if order_type not in _WITH_TRIGGER:
        raise not_needed(name)
    if order_type != "STOP_LOSS":
        raise unsupported()
    if not TRAILING_MIN_BPS <= found <= TRAILING_MAX_BPS:
        raise BinanceError(400, -1013, "Filter failure: TRAILING_DELTA")
    return found


def _where(parameters: Parameters, name: str, needed: bool) -> str | None:
    """Return a decimal that the type needs; refuse one that it excludes."""
    found = parameters.decimal(name)
    if needed and found is None:
        raise missing(name)
    if not needed and found is not None:
        raise not_needed(name)
    return found


def _size(
    instrument: Instrument, parameters: Parameters, order_type: str
) -> tuple[str | None, str | None]:
    """Return (quantity, quote budget), one of which is None."""
    qty, budget = parameters.decimal("quantity"), parameters.decimal("quoteOrderQty")
    if budget is not None and order_type != "MARKET":
        raise not_needed("quoteOrderQty")
    if budget is not None and qty is not None:
        raise not_needed("quoteOrderQty")
    if budget is None and qty is None:
        raise missing("quantity")
    if qty is not None and order_type == "MARKET" and not _is_quantity(instrument, qty):
        raise BinanceError(400, -1013, "Filter failure: MARKET_LOT_SIZE")
    return qty, budget


def _is_quantity(instrument: Instrument, text: str) -> bool:
    try:
        return 0 < instrument.qty_lots(text) <= instrument.qty_max_lots
    except InvalidDecimal:
        return False


def _iceberg(parameters: Parameters, order_type: str) -> str | None:
    found = parameters.decimal("icebergQty")
    if found is not None and order_type not in _WITH_PRICE:
        raise not_needed("icebergQty")
    return found


def _time_in_force(parameters: Parameters, order_type: str) -> api.TimeInForceName | None:
    if order_type not in _WITH_FORCE:
        if parameters.has("timeInForce"):
            raise not_needed("timeInForce")
        return None
    return parameters.chosen("timeInForce", TIMES_IN_FORCE, BinanceError(*INVALID_FORCE))
