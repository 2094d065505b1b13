"""From the route table to aiohttp: limits, authentication, decoding, the handler, encoding."""

import re
import time
from typing import Any, Final

import msgspec
from aiohttp import web

from gateway import json_body
from gateway.access.auth import Principal, unauthenticated
from gateway.access.own_accounts import DROP_COPY
from gateway.access.signatures import signed_text
from gateway.errors import ApiError, invalid
from gateway.metrics import ERRORS, REST_SECONDS
from gateway.orders.order_times import OrderWay
from gateway.rest.route import (
    ACCOUNT_DIGITS_MAX,
    ACCOUNT_HEADER,
    IDEMPOTENCY_KEY,
    PREFIX,
    REFRESH_COOKIE,
    REFRESH_COOKIE_PATH,
    Access,
    Call,
    Limit,
    Reply,
    Route,
    idempotency_key,
)
from gateway.services import SERVICES, Services
from gateway.types import trading as api

PROBLEM: Final = "application/problem+json"
_NAME: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.:@,+=~-]{0,127}")
"""What a path may name."""
_ENCODE: Final = msgspec.json.Encoder()
_NEEDS: Final = {Access.READ: "read", Access.TRADE: "trade", Access.WITHDRAW: "withdraw"}
_OPERATORS: Final = {Access.SUPPORT: {"support", "admin"}, Access.ADMIN: {"admin"}}


def add_routes(app: web.Application, routes: tuple[Route, ...]) -> None:
    """Register every route of the table."""
    for route in routes:
        app.router.add_route(route.method, PREFIX + route.path, _handler(route))


def json_response(value: Any, status: int = 200) -> web.Response:
    """Return ``value`` as a JSON response."""
    return web.Response(body=_ENCODE.encode(value), status=status, content_type="application/json")


def error_response(error: ApiError) -> web.Response:
    """Return an error as a JSON response."""
    ERRORS.labels(code=error.code).inc()
    body = _ENCODE.encode(error.problem())
    response = web.Response(body=body, status=error.status, content_type=PROBLEM)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


async def authenticate(request: web.Request, services: Services, body: bytes) -> Principal:
    """Return who sent a request, by its bearer token or its API key's signature.

    Raises:
        ApiError: 401, or 503 while accounts cannot say.
    """
    headers = request.headers
    api_key = headers.get("X-Openbell-Key")
    if api_key is not None:
        payload = signed_text(
            request.method,
            request.raw_path,
            headers.get(ACCOUNT_HEADER, ""),
            headers.get(IDEMPOTENCY_KEY, ""),
            body,
        )
        return await services.authenticator.api_key(
            api_key,
            headers.get("X-Openbell-Timestamp", ""),
            headers.get("X-Openbell-Signature", ""),
            payload,
            request.remote or "",
        )
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated("log in, or sign the request with an API key")
    return await services.authenticator.token(token.strip())


def _handler(route: Route) -> Any:
    decoder = None if route.body is None else msgspec.json.Decoder(route.body)
    seconds = REST_SECONDS.labels(route=f"{route.method} {route.path}")

    async def handle(request: web.Request) -> web.StreamResponse:
        started_s = time.perf_counter()
        try:
            with OrderWay():
                call = await _call(route, decoder, request)
                answer = await route.handler(call)
                return _response(route, request, answer)
        except ApiError as error:
            return error_response(error)
        finally:
            seconds.observe(time.perf_counter() - started_s)

    return handle


async def _call(
    route: Route, decoder: "msgspec.json.Decoder[Any] | None", request: web.Request
) -> Call:
    services = request.app[SERVICES]
    ip = request.remote or "unknown"
    services.limits.request(ip, route.weight)
    if route.limit is Limit.CREDENTIALS:
        services.limits.credentials(ip)
    data = await request.read() if request.body_exists else b""
    principal = None
    if route.access is not Access.PUBLIC:
        principal = await authenticate(request, services, data)
        if route.is_idempotent:
            _allow(route, principal)
            idempotency_key(request)  # refused before anything is looked at
        principal = await services.own_accounts.chosen(principal, _account_header(request))
        _allow(route, principal)
        services.limits.caller(principal.account_id, principal.api_key, route.weight)
        await _admit_operator(route, principal, services)
        if route.limit is Limit.ORDERS:
            services.limits.order(principal.account_id)
    if not all(map(_NAME.fullmatch, request.match_info.values())):
        # It would be part of a path to another service: no dots or slashes that lead elsewhere.
        raise ApiError(404, "NOT_FOUND", "there is nothing of this name")
    body = None if decoder is None else json_body.decode(decoder, data)
    pairs = list(request.query.items())
    query = None if route.query is None else json_body.query(route.query, pairs)
    call = Call(request, services, body, query, principal)
    # Last: a code is used up by this.
    if route.is_act:
        code, is_fresh = call.second_factor_code, route.second_factor
        await services.accounts.check_operator(call.caller, code, ip, is_fresh=is_fresh)
    elif route.second_factor and call.caller.is_login:
        code = call.second_factor_code
        await services.accounts.check_second_factor(call.caller.user_id, code, ip)
    return call


async def _admit_operator(route: Route, principal: Principal, services: Services) -> None:
    """Ask accounts which role it is now: one that was taken away is gone with the next request."""
    if route.access not in _OPERATORS:
        return
    operator = await services.admin.operator(principal.user_id)
    if operator.role not in _OPERATORS[route.access]:
        raise ApiError(403, "FORBIDDEN", f"the role {operator.role} is not for this")


def _account_header(request: web.Request) -> int | None:
    text = request.headers.get(ACCOUNT_HEADER)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= ACCOUNT_DIGITS_MAX):
        raise invalid(f"{ACCOUNT_HEADER}: the number of one of your accounts")
    return int(text)


def _allow(route: Route, principal: Principal) -> None:
    if (route.access is Access.LOGIN or route.access in _OPERATORS) and not principal.is_login:
        raise ApiError(403, "FORBIDDEN", "an API key cannot do this: log in")
    if route.is_copied and DROP_COPY in principal.permissions:
        return
    needed = _NEEDS.get(route.access)
    if needed is not None and needed not in principal.permissions:
        raise ApiError(403, "FORBIDDEN", f"this API key lacks the permission '{needed}'")


def _response(route: Route, request: web.Request, answer: Any) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    if route.answer is None:
        response = web.Response(status=route.status)
    elif isinstance(reply.value, api.FateUnknown):
        response = json_response(reply.value, 202)
    else:
        response = json_response(reply.value, route.status)
    if reply.cookie == "":
        response.del_cookie(REFRESH_COOKIE, path=REFRESH_COOKIE_PATH)
    elif reply.cookie is not None:
        response.set_cookie(
            REFRESH_COOKIE,
            reply.cookie,
            path=REFRESH_COOKIE_PATH,
            max_age=reply.cookie_max_age_s,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
    return response
