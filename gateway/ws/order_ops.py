"""Order entry over the WebSocket."""

from gateway.errors import invalid
from gateway.services import Services
from gateway.types import trading as api
from gateway.ws.requests import (
    Cancel,
    CancelAll,
    CancelAllAfter,
    CancelList,
    OrderRequest,
    Place,
    PlaceList,
    Replace,
)


async def run(
    services: Services, account_id: int, request: OrderRequest
) -> api.Order | api.OrderList | api.CanceledOrders | api.CancelAllAfter | api.FateUnknown:
    """Execute one request and return what to answer.

    Raises:
        ApiError: invalid, refused, over the limit, or never sent.
    """
    if isinstance(request, Place):  # first: most are
        services.limits.order(account_id)
        placed = await services.entry.place(account_id, request)
    elif isinstance(request, Replace):
        services.limits.order(account_id)
        placed = await services.entry.replace(account_id, request.order_id, request)
    elif isinstance(request, Cancel):
        if (request.order_id is None) == (request.client_order_id is None):
            raise invalid("name the order by order_id or by client_order_id")
        placed = await services.entry.cancel(
            account_id, order_id=request.order_id or 0, client_order_id=request.client_order_id
        )
    elif isinstance(request, CancelAll):
        return await services.entry.cancel_all(account_id, request.symbol)
    elif isinstance(request, CancelAllAfter):
        return await services.entry.cancel_all_after(account_id, request.timeout_ms)
    else:
        return await _run_list(services, account_id, request)
    if isinstance(placed, api.FateUnknown):
        return placed
    return await services.lookup.placed(account_id, *placed)


async def _run_list(
    services: Services, account_id: int, request: PlaceList | CancelList
) -> api.OrderList | api.FateUnknown:
    if isinstance(request, PlaceList):
        services.limits.order(account_id)
        entered = await services.entry.place_list(account_id, request)
        if isinstance(entered, api.FateUnknown):
            return entered
        view = await services.lookup.list_view(account_id, entered)
        return await services.lookup.order_list(account_id, view)
    view = await services.lookup.list_view(account_id, request.list_id)
    unknown = await services.entry.cancel_list(account_id, view)
    return unknown or await services.lookup.order_list(account_id, view)
