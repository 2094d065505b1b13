"""Orders: place, look up, cancel, replace."""

from typing import Final

from gateway.rest.route import Access, Call, Limit, Route
from gateway.state.account_view import OrderView
from gateway.types import trading as api

Placed = tuple[int, OrderView | None] | api.FateUnknown


async def _shown(call: Call, placed: Placed) -> api.Order | api.FateUnknown:
    if isinstance(placed, api.FateUnknown):
        return placed
    return await call.services.lookup.placed(call.account_id, *placed)


async def place(call: Call) -> api.Order | api.FateUnknown:
    """Enter an order."""
    return await _shown(call, await call.services.entry.place(call.account_id, call.body))


async def replace(call: Call) -> api.Order | api.FateUnknown:
    """Amend an open order."""
    placed = await call.services.entry.replace(call.account_id, call.order_id, call.body)
    return await _shown(call, placed)


async def cancel(call: Call) -> api.Order | api.FateUnknown:
    """Cancel one open order."""
    placed = await call.services.entry.cancel(call.account_id, order_id=call.order_id)
    return await _shown(call, placed)


async def cancel_all(call: Call) -> api.CanceledOrders | api.FateUnknown:
    """Cancel all open orders."""
    return await call.services.entry.cancel_all(call.account_id, call.query.symbol)


async def cancel_all_after(call: Call) -> api.CancelAllAfter | api.FateUnknown:
    """Arm the dead-man switch."""
    return await call.services.entry.cancel_all_after(call.account_id, call.body.timeout_ms)


async def order(call: Call) -> api.Order:
    """Look one order up."""
    return await call.services.lookup.order(call.account_id, call.order_id)


async def order_by_client_id(call: Call) -> api.Order:
    """Look one order up by the id its client chose."""
    client_order_id = call.request.match_info["client_order_id"]
    return await call.services.lookup.order_by_client_id(call.account_id, client_order_id)


async def orders(call: Call) -> api.Orders:
    """List orders."""
    return api.Orders(orders=await call.services.lookup.orders(call.account_id, call.query))


_TAG: Final = "Orders"
ROUTES: Final = (
    Route(
        method="POST",
        path="/orders",
        handler=place,
        tag=_TAG,
        summary="Place an order",
        body=api.NewOrderRequest,
        answer=api.Order,
        status=201,
        access=Access.TRADE,
        limit=Limit.ORDERS,
        may_be_unknown=True,
    ),
    Route(
        method="GET",
        path="/orders",
        weight=2,
        handler=orders,
        tag=_TAG,
        summary="List my orders, newest first",
        query=api.OrderListQuery,
        answer=api.Orders,
        access=Access.READ,
    ),
    Route(
        method="DELETE",
        path="/orders",
        handler=cancel_all,
        tag=_TAG,
        summary="Cancel all my open orders, of one instrument or of all",
        query=api.SymbolQuery,
        answer=api.CanceledOrders,
        access=Access.TRADE,
        may_be_unknown=True,
    ),
    Route(
        method="POST",
        path="/cancel-all-after",
        handler=cancel_all_after,
        tag=_TAG,
        summary="Cancel all my open orders after a while, unless I ask again before",
        body=api.CancelAllAfterRequest,
        answer=api.CancelAllAfter,
        access=Access.TRADE,
        may_be_unknown=True,
    ),
    Route(
        method="GET",
        path="/orders/by-client-id/{client_order_id}",
        handler=order_by_client_id,
        tag=_TAG,
        summary="Look one of my orders up by the id I chose",
        answer=api.Order,
        access=Access.READ,
    ),
    Route(
        method="GET",
        path="/orders/{order_id}",
        handler=order,
        tag=_TAG,
        summary="Look one of my orders up, with its fills",
        answer=api.Order,
        access=Access.READ,
    ),
    Route(
        method="PATCH",
        path="/orders/{order_id}",
        handler=replace,
        tag=_TAG,
        summary="Replace price, quantity, trigger or display quantity of an open order",
        body=api.ReplaceRequest,
        answer=api.Order,
        access=Access.TRADE,
        limit=Limit.ORDERS,
        may_be_unknown=True,
    ),
    Route(
        method="DELETE",
        path="/orders/{order_id}",
        handler=cancel,
        tag=_TAG,
        summary="Cancel an open order",
        answer=api.Order,
        access=Access.TRADE,
        may_be_unknown=True,
    ),
)
