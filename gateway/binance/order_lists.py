"""Order lists: two orders of which one cancels the other (OCO)."""

from typing import Any, Final

from domain.units import JSON_ID_MAX
from gateway.binance import order_answers, order_records, texts
from gateway.binance.call import Call
from gateway.binance.errors import (
    BinanceError,
    fate_unknown,
    missing,
    not_needed,
    one_of,
    unsupported,
)
from gateway.binance.order_terms import (
    INVALID_FORCE,
    INVALID_SIDE,
    INVALID_TYPE,
    client_order_id,
    self_trade_prevention,
    trailing,
)
from gateway.binance.parameters import Parameters
from gateway.binance.texts import SIDES, TIMES_IN_FORCE
from gateway.errors import unknown_list
from gateway.state.account_view import OrderListView, OrderView
from gateway.state.market import Market
from gateway.types import trading as api

_LEG_TYPES: Final[dict[str, api.LegTypeName]] = {
    "LIMIT_MAKER": "limit",
    "STOP_LOSS": "stop",
    "STOP_LOSS_LIMIT": "stop_limit",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_LIMIT": "take_profit_limit",
}
_WITH_PRICE: Final = frozenset({"LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
_WITH_FORCE: Final = _WITH_PRICE - {"LIMIT_MAKER"}


async def place(call: Call) -> dict[str, Any]:
    """Enter an OCO list: what trades, triggers or ends first ends the other."""
    market = call.markets.named(call.parameters)
    legs = [_leg(call.parameters, where) for where in ("above", "below")]
    return await _entered(call, market, legs)


async def place_old(call: Call) -> dict[str, Any]:
    """Enter an OCO list as it was asked for before its legs had types of their own: a limit order
    that makes, and a stop on the other side of the price.
    """
    sent = call.parameters
    market = call.markets.named(sent)
    for name in ("price", "stopPrice"):
        if sent.decimal(name) is None:
            raise missing(name)
    limit = api.LegRequest(
        type="limit",
        price=sent.decimal("price"),
        display_qty=sent.decimal("limitIcebergQty"),
        client_order_id=client_order_id(sent, "limitClientOrderId"),
    )
    stop_price = sent.decimal("stopLimitPrice")
    force = sent.choice("stopLimitTimeInForce", TIMES_IN_FORCE, BinanceError(*INVALID_FORCE))
    stop = api.LegRequest(
        type="stop" if stop_price is None else "stop_limit",
        price=stop_price,
        trigger_price=sent.decimal("stopPrice"),
        time_in_force=force if stop_price is not None else None,
        client_order_id=client_order_id(sent, "stopClientOrderId"),
    )
    return await _entered(call, market, [limit, stop])


async def place_oto(_: Call) -> dict[str, Any]:
    """Refuse a list in which one order waits for another to be filled: there are none here."""
    raise BinanceError(400, -2010, "OTO orders are not supported for this symbol.")


async def look_up(call: Call) -> dict[str, Any]:
    """Look one list up."""
    view = await _named(call, "origClientOrderId")
    market = call.services.feed.projection.markets[view.instrument_id]
    return shown(market, view, await _orders(call, market, view))


async def open_lists(call: Call) -> list[dict[str, Any]]:
    """List the lists that have an open order."""
    projection = await call.services.feed.fresh()
    account = projection.account(call.account_id)
    found = []
    for view in account.order_lists():
        market = projection.markets[view.instrument_id]
        legs = [account.order(order_id) for order_id in view.order_ids]
        if any(leg is not None and leg.is_open for leg in legs):
            found.append(shown(market, view, [leg for leg in legs if leg is not None]))
    return found


async def all_lists(call: Call) -> list[dict[str, Any]]:
    """List the open and the latest lists."""
    projection = await call.services.feed.fresh()
    account = projection.account(call.account_id)
    wanted = order_records.asked_range(call.parameters, "fromId", id_alone=True)
    views = [view for view in account.order_lists() if wanted.has(view.list_id, view.created_ts_ns)]
    found = []
    for view in wanted.chosen(views):
        market = projection.markets[view.instrument_id]
        found.append(shown(market, view, await _orders(call, market, view)))
    return found


async def cancel(call: Call) -> dict[str, Any]:
    """Cancel both orders of a list."""
    market = call.markets.named(call.parameters)
    cancel_id = client_order_id(call.parameters)
    view = await _named(call, "listClientOrderId")
    if view.instrument_id != market.instrument.instrument_id:
        raise unknown_list()
    for order_id in view.order_ids:
        call.dialect.cancel_ids.name(order_id, cancel_id)
    if await call.services.entry.cancel_list(call.account_id, view) is not None:
        raise fate_unknown()
    legs = await _orders(call, market, view)
    return shown(market, view, legs) | {
        "orderReports": [
            order_answers.canceled(market, leg, call.dialect.cancel_ids) for leg in legs
        ]
    }


def shown(market: Market, view: OrderListView, legs: list[OrderView]) -> dict[str, Any]:
    """Present a list."""
    is_open = any(leg.is_open for leg in legs)
    return {
        "orderListId": view.list_id,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED" if is_open else "ALL_DONE",
        "listOrderStatus": "EXECUTING" if is_open else "ALL_DONE",
        "listClientOrderId": view.client_order_id,
        "transactionTime": texts.ms(view.created_ts_ns),
        "symbol": texts.symbol_of(market),
        "orders": [
            {
                "symbol": texts.symbol_of(market),
                "orderId": leg.order_id,
                "clientOrderId": leg.client_order_id,
            }
            for leg in legs
        ],
    }


def _leg(parameters: Parameters, where: str) -> api.LegRequest:
    """Return one of the two orders, by whether it waits above or below the price."""
    kind = parameters.chosen(f"{where}Type", _LEG_TYPES, BinanceError(*INVALID_TYPE))
    order_type = parameters.text(f"{where}Type")
    trailing_bps = trailing(parameters, f"{where}TrailingDelta", order_type)
    if trailing_bps is not None and parameters.has(f"{where}StopPrice"):
        raise unsupported()
    needed = {
        f"{where}Price": order_type in _WITH_PRICE,
        f"{where}StopPrice": order_type != "LIMIT_MAKER" and trailing_bps is None,
        f"{where}TimeInForce": order_type in _WITH_FORCE,
    }
    for name, is_needed in needed.items():
        if is_needed and not parameters.has(name):
            raise missing(name)
        if not is_needed and parameters.has(name):
            raise not_needed(name)
    force = parameters.choice(f"{where}TimeInForce", TIMES_IN_FORCE, BinanceError(*INVALID_FORCE))
    return api.LegRequest(
        type="trailing_stop" if trailing_bps is not None else kind,
        price=parameters.decimal(f"{where}Price"),
        trigger_price=parameters.decimal(f"{where}StopPrice"),
        trailing_bps=trailing_bps,
        display_qty=parameters.decimal(f"{where}IcebergQty"),
        time_in_force=force,
        client_order_id=client_order_id(parameters, f"{where}ClientOrderId"),
    )


async def _entered(call: Call, market: Market, legs: list[api.LegRequest]) -> dict[str, Any]:
    parameters = call.parameters
    side = parameters.chosen("side", SIDES, BinanceError(*INVALID_SIDE))
    qty = parameters.decimal("quantity")
    if qty is None:
        raise missing("quantity")
    request = api.NewOrderListRequest(
        symbol=market.instrument.symbol,
        side=side,
        qty=qty,
        legs=legs,
        self_trade_prevention=self_trade_prevention(parameters),
        client_order_id=client_order_id(parameters, "listClientOrderId"),
    )
    entered = await call.services.entry.place_list(call.account_id, request)
    if isinstance(entered, api.FateUnknown):
        raise fate_unknown()
    view = await call.services.lookup.list_view(call.account_id, entered)
    orders = await _orders(call, market, view)
    return shown(market, view, orders) | {
        "orderReports": [order_answers.result(market, order) for order in orders]
    }


async def _named(call: Call, client_id_name: str) -> OrderListView:
    list_id = call.parameters.integer("orderListId", high=JSON_ID_MAX)
    client_id = client_order_id(call.parameters, client_id_name)
    if list_id is not None:
        return await call.services.lookup.list_view(call.account_id, list_id)
    if client_id is None:
        raise one_of(client_id_name, "orderListId")
    return await call.services.lookup.list_view_by_client_id(call.account_id, client_id)


async def _orders(call: Call, market: Market, view: OrderListView) -> list[OrderView]:
    return [
        await order_records.order(call.services, call.account_id, market, order_id, None)
        for order_id in view.order_ids
    ]
