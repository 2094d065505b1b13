"""The REST door of this dialect."""

from typing import Any, Final

import msgspec
from aiohttp import web

from gateway.binance.call import Dialect, Operation
from gateway.binance.errors import BinanceError, not_found
from gateway.binance.execution import Sent, execute
from gateway.binance.parameters import from_request, signed_payload
from gateway.binance.tables import REST, UNSERVED

_ENCODE: Final = msgspec.json.Encoder()


def add_routes(app: web.Application, dialect: Dialect) -> None:
    """Serve the table's paths from ``app``."""
    for method, path, operation in REST:
        app.router.add_route(method, path, _handler(dialect, operation))
    for prefix in UNSERVED:
        app.router.add_route("*", prefix + "/{tail:.*}", _nothing_here)


async def _nothing_here(_: web.Request) -> web.Response:
    return _failed(not_found())


def _handler(dialect: Dialect, operation: Operation) -> Any:
    async def handle(request: web.Request) -> web.Response:
        ip = request.remote or "unknown"
        account_id: int | None = None
        try:
            answer, account_id = await execute(dialect, operation, await _sent(request, ip))
            response = _json(answer, 200)
        except BinanceError as error:
            response = _failed(error)
        used = str(dialect.weights.weight_used(ip))
        response.headers["X-MBX-USED-WEIGHT"] = used
        response.headers["X-MBX-USED-WEIGHT-1M"] = used
        if operation.is_order and account_id is not None:
            short, day = dialect.weights.orders_used(account_id)
            response.headers["X-MBX-ORDER-COUNT-10S"] = str(short)
            response.headers["X-MBX-ORDER-COUNT-1D"] = str(day)
        return response

    return handle


async def _sent(request: web.Request, ip: str) -> Sent:
    body = await request.read() if request.body_exists else b""
    # As it stood in the request line: what was signed are these very bytes.
    query = request.raw_path.partition("?")[2].encode("utf-8", "surrogateescape")
    return Sent(
        ip,
        from_request(query, body),
        request.headers.get("X-MBX-APIKEY"),
        (signed_payload(query, body),),
    )


def _failed(error: BinanceError) -> web.Response:
    response = _json(error.body(), error.status)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _json(value: Any, status: int) -> web.Response:
    return web.Response(body=_ENCODE.encode(value), status=status, content_type="application/json")
