"""Changing an order that is open: cancelReplace, and less quantity with its place kept."""

from typing import Any, Final

from domain.orders import OrderFlag, OrderStatus, OrderType
from gateway.binance import order_answers, orders, texts
from gateway.binance.call import Call
from gateway.binance.error_codes import translated
from gateway.binance.errors import BinanceError, fate_unknown, missing
from gateway.binance.order_terms import client_order_id, new_order_request
from gateway.errors import ApiError
from gateway.orders.order_terms import new_client_order_id, new_order
from gateway.state.account_view import OrderView
from gateway.state.market import Market
from gateway.types import trading as api

_MODES: Final = {"STOP_ON_FAILURE": True, "ALLOW_FAILURE": False}
_FATE_UNKNOWN: Final = -1007
_NOT_DONE: Final = 500
"""From this status on the venue could not try: nothing was refused."""
_SUCCESS, _FAILURE, _NOT_ATTEMPTED = "SUCCESS", "FAILURE", "NOT_ATTEMPTED"


async def cancel_replace(call: Call) -> dict[str, Any]:
    """Put new terms in the place of an order.

    Where only price, quantity, trigger or iceberg slice differ this is one command of the engine:
    either the order has its new terms or nothing changed, and it keeps its order id. A different
    side, type, time in force or trailing distance, a slice that is to go, and a trigger for an
    order that waits no more need two, as the caller of this dialect expects it.
    """
    stop = call.parameters.chosen("cancelReplaceMode", _MODES)
    market = call.markets.named(call.parameters)
    request = new_order_request(market.instrument, call.parameters)
    try:
        view = await orders.open_order(call, market, "cancelOrderId", "cancelOrigClientOrderId")
        orders.check_restrictions(call, view)
    except BinanceError as error:
        if error.code != -2011:
            raise
        return await _without_target(call, market, request, error, stop)
    if _same_kind(call, market, request, view):
        return await _replaced(call, market, request, view)
    return await _in_two_steps(call, market, request, stop)


def _same_kind(call: Call, market: Market, request: api.NewOrderRequest, view: OrderView) -> bool:
    wanted = new_order(market.instrument, call.account_id, request, new_client_order_id(), 0)
    if view.display_qty_lots and not wanted.display_qty_lots:
        return False  # amended without one it would keep its slice
    if wanted.trigger_price_ticks and view.status is not OrderStatus.PENDING_TRIGGER:
        return False
    return view.order_type is not OrderType.MARKET and (
        wanted.side,
        wanted.order_type,
        wanted.time_in_force,
        OrderFlag.POST_ONLY in wanted.flags,
        wanted.self_trade_prevention,
        wanted.trailing_bps,
    ) == (
        view.side,
        view.order_type,
        view.time_in_force,
        OrderFlag.POST_ONLY in view.flags,
        view.self_trade_prevention,
        view.trailing_bps,
    )


async def _replaced(
    call: Call, market: Market, request: api.NewOrderRequest, view: OrderView
) -> dict[str, Any]:
    instrument = market.instrument
    # The caller asks for so much more to trade; the engine counts what has traded in.
    total_lots = view.cum_qty_lots + instrument.qty_lots(str(request.qty))
    before = order_answers.canceled(market, view, call.dialect.cancel_ids)
    replace = api.ReplaceRequest(
        price=request.price,
        qty=instrument.qty_text(total_lots),
        trigger_price=request.trigger_price,
        display_qty=request.display_qty,
        request_id=request.client_order_id,
    )
    try:
        placed = await call.services.entry.replace(call.account_id, view.order_id, replace)
    except ApiError as error:
        refused = translated(error)
        if error.code != "NOTHING_TO_CHANGE":
            raise _failed(_FAILURE, _FAILURE, refused.body(), refused.body()) from error
        placed = view.order_id, view
    if isinstance(placed, api.FateUnknown):
        raise fate_unknown()
    return _done(before, order_answers.result(market, placed[1] or view))


async def _in_two_steps(
    call: Call, market: Market, request: api.NewOrderRequest, stop: bool
) -> dict[str, Any]:
    try:
        ended = await orders.canceled(
            call,
            market,
            "cancelOrderId",
            "cancelOrigClientOrderId",
            "cancelNewClientOrderId",
        )
    except BinanceError as error:
        if error.code == _FATE_UNKNOWN:
            raise
        return await _without_target(call, market, request, error, stop)
    except ApiError as error:
        if error.status >= _NOT_DONE:
            raise
        return await _without_target(call, market, request, translated(error), stop)
    try:
        return _done(ended, await orders.entered(call, market, request))
    except ApiError as error:
        raise _failed(_SUCCESS, _FAILURE, ended, translated(error).body()) from error


async def _without_target(
    call: Call,
    market: Market,
    request: api.NewOrderRequest,
    cancel_refused: BinanceError,
    stop: bool,
) -> dict[str, Any]:
    if stop:
        raise _failed(_FAILURE, _NOT_ATTEMPTED, cancel_refused.body(), None)
    try:
        entered = await orders.entered(call, market, request)
    except ApiError as error:
        new = translated(error).body()
        raise _failed(_FAILURE, _FAILURE, cancel_refused.body(), new) from error
    raise _failed(_FAILURE, _SUCCESS, cancel_refused.body(), entered)


async def keep_priority(call: Call) -> dict[str, Any]:
    """Take quantity off an open order, which keeps its place in the book."""
    market = call.markets.named(call.parameters)
    request_id = client_order_id(call.parameters)
    qty = call.parameters.decimal("newQty")
    if qty is None:
        raise missing("newQty")
    view = await orders.open_order(call, market, "orderId", "origClientOrderId")
    try:
        less = view.cum_qty_lots < market.instrument.qty_lots(qty) < view.qty_lots
    except ValueError as error:
        raise BinanceError(400, -1013, "Filter failure: LOT_SIZE") from error
    if not less:
        text = "The new quantity must be less than the order's, and more than what has traded."
        raise BinanceError(400, -2038, text)
    replace = api.ReplaceRequest(qty=qty, request_id=request_id)
    placed = await call.services.entry.replace(call.account_id, view.order_id, replace)
    if isinstance(placed, api.FateUnknown):
        raise fate_unknown()
    return _amended(market, placed[1] or view, request_id)


def _amended(market: Market, view: OrderView, request_id: str | None) -> dict[str, Any]:
    return {
        "transactTime": texts.ms(view.updated_ts_ns),
        "executionId": view.seq,
        "amendedOrder": {
            "symbol": texts.symbol_of(market),
            "orderId": view.order_id,
            "orderListId": order_answers.list_id_of(view),
            "origClientOrderId": view.client_order_id,
            "clientOrderId": request_id or view.client_order_id,
            "price": texts.price(market.at(view.seq), view.price_ticks),
            "qty": texts.qty(market.at(view.seq), view.qty_lots),
            "executedQty": texts.qty(market.at(view.seq), view.cum_qty_lots),
            "preventedQty": texts.ZERO,
            "quoteOrderQty": texts.ZERO,
            "cumulativeQuoteQty": texts.amount(market.instrument.quote, view.cum_quote_atoms),
            "status": texts.status_of(view),
            "timeInForce": texts.time_in_force_of(view),
            "type": texts.type_of(view),
            "side": texts.side_of(view.side),
            "workingTime": texts.ms(view.created_ts_ns),
            "selfTradePreventionMode": texts.mode_of(view),
        },
    }


def _done(ended: dict[str, Any], entered: dict[str, Any]) -> dict[str, Any]:
    return {
        "cancelResult": _SUCCESS,
        "newOrderResult": _SUCCESS,
        "cancelResponse": ended,
        "newOrderResponse": entered,
    }


def _failed(
    cancel_result: str,
    new_result: str,
    cancel_answer: dict[str, Any] | None,
    new_answer: dict[str, Any] | None,
) -> BinanceError:
    data = {
        "cancelResult": cancel_result,
        "newOrderResult": new_result,
        "cancelResponse": cancel_answer,
        "newOrderResponse": new_answer,
    }
    if _SUCCESS in (cancel_result, new_result):
        return BinanceError(409, -2021, "Order cancel-replace partially failed.", data=data)
    return BinanceError(400, -2022, "Order cancel-replace failed.", data=data)
