"""From the text of an order to the engine's command: every decimal becomes whole units here."""

import secrets
from collections.abc import Callable
from typing import Final

from domain.client_order_ids import InvalidClientOrderId, pack_client_order_id
from domain.commands import NewOrder, ReplaceOrder
from domain.instruments import Instrument, InvalidDecimal
from domain.orders import (
    CONDITIONAL_TYPES,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from domain.reasons import RejectReason
from domain.units import NOTIONAL_ATOMS_MAX, PRICE_TICKS_MAX, QTY_LOTS_MAX
from gateway.errors import ApiError, invalid
from gateway.state.account_view import OrderView
from gateway.types import trading as api

ORDER_TYPES: Final = {
    "limit": OrderType.LIMIT,
    "market": OrderType.MARKET,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "take_profit": OrderType.TAKE_PROFIT,
    "take_profit_limit": OrderType.TAKE_PROFIT_LIMIT,
    "trailing_stop": OrderType.TRAILING_STOP,
}
TIMES_IN_FORCE: Final = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "gtd": TimeInForce.GTD,
}
SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
SELF_TRADE_PREVENTIONS: Final = {each.name.lower(): each for each in SelfTradePrevention}
_WITH_LIMIT: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT})


def new_client_order_id() -> str:
    """Return an id for a request that came without one."""
    return "gw-" + secrets.token_urlsafe(18)


def packed(client_order_id: str) -> bytes:
    """Return a client order id in the engine's form.

    Raises:
        ApiError: it is none.
    """
    try:
        return pack_client_order_id(client_order_id)
    except InvalidClientOrderId as error:
        raise ApiError(422, RejectReason.INVALID_CLIENT_ORDER_ID.name, str(error)) from error


def new_order(
    instrument: Instrument,
    account_id: int,
    request: api.NewOrderRequest,
    client_order_id: str,
    valid_until_ns: int,
) -> NewOrder:
    """Return the command for a request.

    Raises:
        ApiError: a decimal that is none or no whole number of units, or a field the type excludes.
    """
    order_type = ORDER_TYPES[request.type]
    has_limit = order_type in _WITH_LIMIT
    price_ticks = _price_ticks(instrument, request.price) if has_limit else 0
    if not has_limit and request.price is not None:
        raise _excluded(f"a {request.type} order has no price")
    qty_lots, budget_atoms = _size(instrument, order_type, request)
    return NewOrder(
        account_id=account_id,
        instrument_id=instrument.instrument_id,
        side=SIDES[request.side],
        order_type=order_type,
        time_in_force=_time_in_force(request, TimeInForce.GTC if has_limit else TimeInForce.IOC),
        self_trade_prevention=SELF_TRADE_PREVENTIONS[request.self_trade_prevention],
        flags=OrderFlag.POST_ONLY if request.post_only else OrderFlag(0),
        trailing_bps=_trailing_bps(order_type, request),
        price_ticks=price_ticks,
        qty_lots=qty_lots,
        trigger_price_ticks=_trigger_ticks(instrument, order_type, request),
        display_qty_lots=_display_lots(instrument, request.display_qty),
        quote_budget_atoms=budget_atoms,
        valid_until_ns=valid_until_ns,
        client_order_id=packed(client_order_id),
        expire_s=request.expire_at_s or 0,
    )


def replace_order(
    instrument: Instrument, order: OrderView, request: api.ReplaceRequest, valid_until_ns: int
) -> ReplaceOrder:
    """Return the command for a request; what it leaves out stays as it is.

    Raises:
        ApiError: nothing is asked for, or a decimal that is none or no whole number of units.
    """
    price, qty, trigger = request.price, request.qty, request.trigger_price
    if price is None and qty is None and trigger is None and request.display_qty is None:
        raise invalid("name a new price, qty, trigger_price or display_qty")
    return ReplaceOrder(
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        order_id=order.order_id,
        price_ticks=order.price_ticks if price is None else _price_ticks(instrument, price),
        qty_lots=order.qty_lots if qty is None else _qty_lots(instrument, qty),
        trigger_price_ticks=0 if trigger is None else _trigger_price_ticks(instrument, trigger),
        display_qty_lots=_display_lots(instrument, request.display_qty),
        valid_until_ns=valid_until_ns,
        request_id=packed(request.request_id or new_client_order_id()),
    )


def _size(
    instrument: Instrument, order_type: OrderType, request: api.NewOrderRequest
) -> tuple[int, int]:
    """Return (qty_lots, quote_budget_atoms), one of which is 0."""
    if order_type is not OrderType.MARKET:
        if request.quote_budget is not None:
            raise _excluded(f"a {request.type} order has no quote_budget")
        return _qty_lots(instrument, request.qty), 0
    if (request.qty is None) == (request.quote_budget is None):
        raise _excluded("a market order has either qty or quote_budget")
    if request.qty is not None:
        return _qty_lots(instrument, request.qty), 0
    invalid_size = RejectReason.INVALID_QUANTITY
    budget = request.quote_budget
    return 0, _units(
        instrument.quote.atoms, budget, NOTIONAL_ATOMS_MAX, invalid_size, "quote_budget"
    )


def _time_in_force(request: api.NewOrderRequest, default: TimeInForce) -> TimeInForce:
    asked = request.time_in_force
    if (asked == "gtd") != (request.expire_at_s is not None):
        reason = RejectReason.INVALID_EXPIRY
        raise ApiError(422, reason.name, "time_in_force gtd and expire_at_s go together")
    return default if asked is None else TIMES_IN_FORCE[asked]


def _trigger_ticks(
    instrument: Instrument, order_type: OrderType, request: api.NewOrderRequest
) -> int:
    if order_type in CONDITIONAL_TYPES and order_type is not OrderType.TRAILING_STOP:
        return _trigger_price_ticks(instrument, request.trigger_price)
    if request.trigger_price is not None:
        raise _excluded(f"a {request.type} order has no trigger_price")
    return 0


def _trailing_bps(order_type: OrderType, request: api.NewOrderRequest) -> int:
    if (order_type is OrderType.TRAILING_STOP) != (request.trailing_bps is not None):
        raise _excluded("a trailing_stop has trailing_bps, and no other order")
    return request.trailing_bps or 0


def _display_lots(instrument: Instrument, text: str | None) -> int:
    if text is None:
        return 0
    reason = RejectReason.INVALID_DISPLAY_QUANTITY
    return _units(instrument.qty_lots, text, QTY_LOTS_MAX, reason, "display_qty")


def _price_ticks(instrument: Instrument, text: str | None) -> int:
    reason = RejectReason.INVALID_PRICE
    return _units(instrument.price_ticks, text, PRICE_TICKS_MAX, reason, "price")


def _trigger_price_ticks(instrument: Instrument, text: str | None) -> int:
    reason = RejectReason.INVALID_TRIGGER_PRICE
    return _units(instrument.price_ticks, text, PRICE_TICKS_MAX, reason, "trigger_price")


def _qty_lots(instrument: Instrument, text: str | None) -> int:
    reason = RejectReason.INVALID_QUANTITY
    return _units(instrument.qty_lots, text, QTY_LOTS_MAX, reason, "qty")


def _units(
    parse: Callable[[str], int], text: str | None, units_max: int, reason: RejectReason, field: str
) -> int:
    """Return decimal ``text`` in whole units, 1 to ``units_max``; refuse with ``reason``."""
    if text is None:
        raise ApiError(422, reason.name, f"{field} is missing", field=field)
    try:
        units = parse(text)
    except InvalidDecimal as error:
        raise ApiError(422, reason.name, str(error), field=field) from error
    if not 0 < units <= units_max:
        raise ApiError(422, reason.name, f"{field} is outside its bounds", field=field)
    return units


def _excluded(message: str) -> ApiError:
    return ApiError(422, RejectReason.UNSUPPORTED_COMBINATION.name, message)
