"""Order lists: enter, look up, cancel."""

from typing import Final

from gateway.rest.route import Access, Call, Limit, Route
from gateway.types import trading as api


async def place_list(call: Call) -> api.OrderList | api.FateUnknown:
    """Enter two orders of which one cancels the other."""
    entered = await call.services.entry.place_list(call.account_id, call.body)
    if isinstance(entered, api.FateUnknown):
        return entered
    return await _shown(call, entered)


async def order_list(call: Call) -> api.OrderList:
    """Look one list up."""
    return await _shown(call, call.list_id)


async def order_list_by_client_id(call: Call) -> api.OrderList:
    """Look one list up by the id its client chose."""
    client_order_id = call.request.match_info["client_order_id"]
    lookup = call.services.lookup
    view = await lookup.list_view_by_client_id(call.account_id, client_order_id)
    return await lookup.order_list(call.account_id, view)


async def cancel_list(call: Call) -> api.OrderList | api.FateUnknown:
    """Cancel what is open of a list."""
    lookup = call.services.lookup
    view = await lookup.list_view(call.account_id, call.list_id)
    unknown = await call.services.entry.cancel_list(call.account_id, view)
    return unknown or await lookup.order_list(call.account_id, view)


async def _shown(call: Call, list_id: int) -> api.OrderList:
    lookup = call.services.lookup
    return await lookup.order_list(
        call.account_id, await lookup.list_view(call.account_id, list_id)
    )


_TAG: Final = "Order lists"
ROUTES: Final = (
    Route(
        method="POST",
        path="/order-lists",
        handler=place_list,
        tag=_TAG,
        summary="Place two orders of which one cancels the other",
        body=api.NewOrderListRequest,
        answer=api.OrderList,
        status=201,
        access=Access.TRADE,
        limit=Limit.ORDERS,
        may_be_unknown=True,
    ),
    Route(
        method="GET",
        path="/order-lists/by-client-id/{client_order_id}",
        handler=order_list_by_client_id,
        tag=_TAG,
        summary="Look one of my order lists up by the id I chose",
        answer=api.OrderList,
        access=Access.READ,
    ),
    Route(
        method="GET",
        path="/order-lists/{list_id}",
        handler=order_list,
        tag=_TAG,
        summary="Look one of my order lists up, with its orders",
        answer=api.OrderList,
        access=Access.READ,
    ),
    Route(
        method="DELETE",
        path="/order-lists/{list_id}",
        handler=cancel_list,
        tag=_TAG,
        summary="Cancel what is open of an order list",
        answer=api.OrderList,
        access=Access.TRADE,
        may_be_unknown=True,
    ),
)
