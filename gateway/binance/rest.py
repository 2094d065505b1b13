"""The REST door of this dialect."""

from typing import Any, Final

import msgspec
from aiohttp import web

from gateway.binance.call import Call, Dialect, Operation
from gateway.binance.errors import BinanceError, not_found, too_large, unknown_error
from gateway.binance.execution import Sent, admitted, answered
from gateway.binance.parameters import from_request, signed_payload
from gateway.binance.tables import REST, UNSERVED
from gateway.metrics import ERRORS
from gateway.orders.order_times import OrderWay

_ENCODE: Final = msgspec.json.Encoder()


def add_routes(app: web.Application, dialect: Dialect) -> None:
    """Serve the table's paths from ``app``."""
    for method, path, operation in REST:
        app.router.add_route(method, path, _handler(dialect, operation))
    for prefix in UNSERVED:
        app.router.add_route("*", prefix + "/{tail:.*}", _nothing_here(dialect))


def is_served_here(path: str) -> bool:
    """Return whether a path is answered in this dialect."""
    return path.startswith(UNSERVED)


def unforeseen() -> web.Response:
    """Return the answer when something failed here: what became of an order is not known."""
    return _failed(unknown_error())


def _nothing_here(dialect: Dialect) -> Any:
    async def handle(request: web.Request) -> web.Response:
        return _weighed(_failed(not_found()), dialect, _ip_of(request))

    return handle


def _handler(dialect: Dialect, operation: Operation) -> Any:
    async def handle(request: web.Request) -> web.Response:
        call: Call | None = None
        try:
            with OrderWay():
                call = await admitted(dialect, operation, await _sent(request))
                response = _json(await answered(operation, call), 200)
        except BinanceError as error:
            response = _failed(error)
        if operation.is_order and call is not None:
            short, day = dialect.weights.orders_used(call.account_id)
            response.headers["X-MBX-ORDER-COUNT-10S"] = str(short)
            response.headers["X-MBX-ORDER-COUNT-1D"] = str(day)
        return _weighed(response, dialect, _ip_of(request))

    return handle


def _weighed(response: web.Response, dialect: Dialect, ip: str) -> web.Response:
    used = str(dialect.weights.weight_used(ip))
    response.headers["X-MBX-USED-WEIGHT"] = used
    response.headers["X-MBX-USED-WEIGHT-1M"] = used
    return response


def _ip_of(request: web.Request) -> str:
    return request.remote or "unknown"


async def _sent(request: web.Request) -> Sent:
    try:
        body = await request.read() if request.body_exists else b""
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    # As it stood in the request line: what was signed are these very bytes.
    query = request.raw_path.partition("?")[2].encode("utf-8", "surrogateescape")
    return Sent(
        _ip_of(request),
        from_request(query, body),
        request.headers.get("X-MBX-APIKEY"),
        (signed_payload(query, body),),
    )


def _failed(error: BinanceError) -> web.Response:
    ERRORS.labels(code=str(error.code)).inc()
    response = _json(error.body(), error.status)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _json(value: Any, status: int) -> web.Response:
    return web.Response(body=_ENCODE.encode(value), status=status, content_type="application/json")
