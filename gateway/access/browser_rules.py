"""What browsers are told: which pages may call, and that nothing here is a page but the pages."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from gateway.errors import ApiError
from gateway.rest.dispatch import error_response
from service.calls import Handler

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer that does not say otherwise: the pages do, see ``web_ui``."""
STRICT_TRANSPORT: Final = "max-age=31536000"
"""A year of TLS only, said where the request came by TLS."""
PREFLIGHT_S: Final = 600
SECURE: Final = web.RequestKey("secure", bool)
"""Set where a proxy says that the request came to it by TLS."""
_READS: Final = frozenset({"GET", "HEAD"})
_ALLOWED_HEADERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, Openbell-Account, X-Openbell-Key, "
    "X-Openbell-Timestamp, X-Openbell-Signature, X-Openbell-Code"
)
_EXPOSED_HEADERS: Final = "Retry-After, X-Request-Id, Content-Disposition"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers of an answer; for ``on_response_prepare``."""
    headers = response.headers
    for name, value in HEADERS.items():
        if name not in headers:
            headers[name] = value
    if request.secure or SECURE in request:
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT


def origins(allowed: frozenset[str]) -> Middleware:
    """Return the middleware that lets pages of this origin call, of ``allowed`` ones, and nobody.

    A page elsewhere cannot read an answer without being allowed to, but could have a request made:
    so what changes something, and WebSockets, are refused.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or _host_of(origin) == request.host:
            return await handler(request)
        if origin in allowed:
            return await _answer_allowed(request, handler, origin)
        if request.method in _READS and hdrs.UPGRADE not in request.headers:
            return await handler(request)
        return error_response(
            ApiError(403, "CROSS_ORIGIN", "pages of this origin may not call: see the operator")
        )

    return check


def _host_of(origin: str) -> str | None:
    """Return host and port of an origin; None if it is not one."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


async def _answer_allowed(
    request: web.Request, handler: Handler, origin: str
) -> web.StreamResponse:
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
    response: web.StreamResponse
    if request.method == "OPTIONS" and asked is not None:
        response = web.Response(status=204)
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = "GET, POST, PUT, PATCH, DELETE"
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = _ALLOWED_HEADERS
        response.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = str(PREFLIGHT_S)
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED_HEADERS
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
