"""Orders: enter, test, look up, cancel, list."""

from typing import Any

from gateway.binance import commissions, order_answers, order_records
from gateway.binance.call import Call
from gateway.binance.errors import (
    BinanceError,
    fate_unknown,
    one_of,
    unknown_order,
)
from gateway.binance.order_terms import client_order_id, new_order_request
from gateway.errors import ApiError
from gateway.orders.order_terms import new_client_order_id, new_order
from gateway.state.account_view import OrderView
from gateway.state.market import Market
from gateway.types import trading as api

_RESPONSES = {"ACK": "ACK", "RESULT": "RESULT", "FULL": "FULL"}
_RESTRICTIONS = {"ONLY_NEW": 0, "ONLY_PARTIALLY_FILLED": 1}


async def place(call: Call) -> dict[str, Any]:
    """Enter an order."""
    market = call.markets.named(call.parameters)
    return await entered(call, market, new_order_request(market.instrument, call.parameters))


async def entered(call: Call, market: Market, request: api.NewOrderRequest) -> dict[str, Any]:
    """Enter an order and present it as the caller wants it.

    Raises:
        BinanceError: -1007, its fate is not known; ApiError: refused, or never sent.
    """
    wanted = call.parameters.choice("newOrderRespType", _RESPONSES)
    if wanted is None:
        wanted = "FULL" if request.type in ("limit", "market") else "ACK"
    placed = await call.services.entry.place(
        call.account_id, request, valid_for_ns=call.window_ns, refuse_repeat=True
    )
    view = await _state(call, market, placed)
    if wanted == "ACK":
        return order_answers.ack(market, view)
    if wanted == "RESULT":
        return order_answers.result(market, view)
    try:
        fills = await order_records.fills_of_order(call.services, call.account_id, view)
    except ApiError as error:
        raise fate_unknown() from error  # it was executed; not all of its fills can be told now
    return order_answers.full(market, view, fills)


async def test(call: Call) -> dict[str, Any]:
    """Check an order's terms; nothing is sent."""
    market = call.markets.named(call.parameters)
    instrument = market.instrument
    request = new_order_request(instrument, call.parameters)
    command = new_order(instrument, call.account_id, request, new_client_order_id(), 0)
    price_ticks = command.price_ticks or command.trigger_price_ticks
    notional_atoms = instrument.notional_atoms(price_ticks, command.qty_lots)
    if price_ticks and notional_atoms < instrument.min_notional_atoms:
        raise BinanceError(400, -1013, "Filter failure: NOTIONAL")
    if not call.parameters.flag("computeCommissionRates"):
        return {}
    fees = market.fees_of(call.account.fee_tier)
    return {
        "standardCommissionForOrder": commissions.rates(fees),
        "taxCommissionForOrder": commissions.rates(commissions.FREE),
        "discount": commissions.NO_DISCOUNT,
    }


async def look_up(call: Call) -> dict[str, Any]:
    """Look one order up."""
    market = call.markets.named(call.parameters)
    view = await named_order(call, market, "orderId", "origClientOrderId")
    return order_answers.order(market, view)


async def named_order(call: Call, market: Market, id_name: str, client_id_name: str) -> OrderView:
    """Return the order that either parameter names.

    Raises:
        BinanceError: -2013 or -1128; ApiError: the history cannot be reached.
    """
    order_id = call.parameters.integer(id_name)
    client_id = call.parameters.optional(client_id_name)
    if order_id is None and client_id is None:
        raise one_of(client_id_name, id_name)
    return await order_records.order(call.services, call.account_id, market, order_id, client_id)


async def cancel(call: Call) -> dict[str, Any]:
    """Cancel one order."""
    market = call.markets.named(call.parameters)
    return await canceled(call, market, "orderId", "origClientOrderId", "newClientOrderId")


async def canceled(
    call: Call, market: Market, id_name: str, client_id_name: str, cancel_id_name: str
) -> dict[str, Any]:
    """Cancel the open order that a parameter names, and present it.

    Raises:
        BinanceError: -2011, -1007 or -1128; ApiError: no longer open, or never sent.
    """
    cancel_id = client_order_id(call.parameters, cancel_id_name)
    view = await open_order(call, market, id_name, client_id_name)
    check_restrictions(call, view)
    call.dialect.cancel_ids.name(view.order_id, cancel_id)
    placed = await call.services.entry.cancel(call.account_id, order_id=view.order_id)
    ended = await _state(call, market, placed)
    return order_answers.canceled(market, ended, call.dialect.cancel_ids)


def check_restrictions(call: Call, view: OrderView) -> None:
    """Return if the order may be canceled as it stands.

    Raises:
        BinanceError: -2011, its fills are not what the caller allows.
    """
    restriction = call.parameters.choice("cancelRestrictions", _RESTRICTIONS)
    if restriction is not None and restriction != (view.cum_qty_lots > 0):
        text = "Order was not canceled due to cancel restrictions."
        raise BinanceError(400, -2011, text)


async def open_order(call: Call, market: Market, id_name: str, client_id_name: str) -> OrderView:
    """Return the open order that either parameter names.

    Raises:
        BinanceError: -2011 or -1128; ApiError: 503 while the engine is away.
    """
    order_id = call.parameters.integer(id_name)
    client_id = call.parameters.optional(client_id_name)
    if order_id is None and client_id is None:
        raise one_of(client_id_name, id_name)
    account = (await call.services.feed.fresh()).account(call.account_id)
    if order_id is not None:
        view = account.open_orders.get(order_id)
    else:
        view = account.order_by_client_id(client_id or "")
    if view is None or not view.is_open or view.instrument_id != market.instrument.instrument_id:
        raise unknown_order()
    return view


async def cancel_all(call: Call) -> list[dict[str, Any]]:
    """Cancel all open orders of one instrument."""
    market = call.markets.named(call.parameters)
    symbol = market.instrument.symbol
    done = await call.services.entry.cancel_all(call.account_id, symbol)
    if isinstance(done, api.FateUnknown):
        raise fate_unknown()
    if not done.canceled:
        raise unknown_order()
    account = call.services.feed.projection.account(call.account_id)
    views = [account.order(order_id) for order_id in done.canceled]
    return [
        order_answers.canceled(market, view, call.dialect.cancel_ids)
        for view in views
        if view is not None
    ]


async def open_orders(call: Call) -> list[dict[str, Any]]:
    """List open orders, of one instrument or all."""
    chosen = call.markets.chosen(call.parameters)
    ids = {market.instrument.instrument_id: market for market in chosen}
    account = (await call.services.feed.fresh()).account(call.account_id)
    return [
        order_answers.order(ids[view.instrument_id], view)
        for _, view in sorted(account.open_orders.items())
        if view.instrument_id in ids
    ]


async def all_orders(call: Call) -> list[dict[str, Any]]:
    """List orders of one instrument, open and ended."""
    market = call.markets.named(call.parameters)
    wanted = order_records.asked_range(call.parameters, "orderId")
    views = await order_records.orders(call.services, call.account_id, market, wanted)
    return [order_answers.order(market, view) for view in views]


async def _state(
    call: Call, market: Market, placed: tuple[int, OrderView | None] | api.FateUnknown
) -> OrderView:
    """Return the order as it is after a command.

    Raises:
        BinanceError: -1007, the command's fate is not known.
    """
    if isinstance(placed, api.FateUnknown):
        raise fate_unknown()
    order_id, view = placed
    if view is not None:
        return view
    try:
        return await order_records.order(call.services, call.account_id, market, order_id, None)
    except (ApiError, BinanceError) as error:
        # It was executed; it only ended so long ago that its record is elsewhere.
        raise fate_unknown() from error
