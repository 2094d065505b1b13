"""The HTTP application: routes, the JSON form of every error, the web UI behind what is left."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import Counter

from gateway import asyncapi, openapi
from gateway.access import browser_rules, proxies
from gateway.access.connection_limits import Connections
from gateway.errors import ApiError
from gateway.metrics import REQUESTS
from gateway.rest.dispatch import add_routes, error_response, json_response
from gateway.rest.route import PREFIX
from gateway.rest.table import ROUTES
from gateway.services import SERVICES, Services
from gateway.web_ui import WebUi
from gateway.ws.endpoint import Sockets
from service import request_ids
from service.calls import Handler
from service.health import Readiness, add_health_routes
from service.version import VERSION

BODY_BYTES_MAX: Final = 64 * 1024
_API: Final = "/api/"
_CODES: Final = {
    400: "INVALID_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
}
_MESSAGES: Final = {
    404: "there is nothing at this path",
    405: "this path does not take this method",
    413: f"a body has at most {BODY_BYTES_MAX} bytes",
}


@dataclass(frozen=True, slots=True)
class Edge:
    """Whom the application believes and lets in, as the operator says."""

    origins: frozenset[str] = frozenset()
    """Whose pages may call, besides its own."""
    proxies: frozenset[str] = frozenset()
    """Addresses whose word on a request's origin is taken."""
    connections: Connections | None = None

    def middlewares(self) -> list[Middleware]:
        """Return what looks at a request before all others, the first one first."""
        first: list[Middleware] = []
        if self.connections is not None:
            first.append(self.connections.follow)
        if self.proxies:
            first.append(proxies.behind(self.proxies))
        return [*first, browser_rules.origins(self.origins)]


def build_app(
    services: Services,
    sockets: Sockets,
    readiness: Readiness,
    web_ui: WebUi,
    last_defence: Middleware,
    edge: Edge,
) -> web.Application:
    """Return the application, not yet listening. ``last_defence`` answers what nobody foresaw."""
    app = web.Application(
        client_max_size=BODY_BYTES_MAX,
        middlewares=[
            *edge.middlewares(),
            request_ids.named,
            _counted,
            last_defence,
            _errors_as_json(web_ui),
        ],
    )
    app.on_response_prepare.append(browser_rules.add_headers)
    app[SERVICES] = services
    add_health_routes(app, readiness)
    add_routes(app, ROUTES)
    sockets.add_route(app)
    web_ui.add_docs_routes(app)
    document = json_response(openapi.document(ROUTES, VERSION)).body

    async def openapi_json(_: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    app.router.add_get(f"{PREFIX}/openapi.json", openapi_json)
    events = json_response(asyncapi.document(VERSION)).body

    async def asyncapi_json(_: web.Request) -> web.Response:
        return web.Response(body=events, content_type="application/json")

    app.router.add_get(f"{PREFIX}/asyncapi.json", asyncapi_json)
    return app


@cache
def _answered(status: int) -> Counter:
    return REQUESTS.labels(status=status)


@web.middleware
async def _counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    _answered(response.status).inc()
    return response


def _errors_as_json(web_ui: WebUi) -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            is_page = request.method in ("GET", "HEAD") and not request.path.startswith(_API)
            if error.status == 404 and is_page and request.match_info.http_exception is error:
                return _page_or_error(web_ui, request)
            return _http_error(error)

    return answer


def _page_or_error(web_ui: WebUi, request: web.Request) -> web.StreamResponse:
    try:
        return web_ui.serve(request)
    except web.HTTPException as error:
        return _http_error(error)


def _http_error(error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        raise error
    code = _CODES.get(error.status, "HTTP_ERROR")
    message = _MESSAGES.get(error.status, error.reason)
    response = error_response(ApiError(error.status, code, message))
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = error.headers["Allow"]
    return response
