"""The id by which one request can be followed through the logs of every process it reaches."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

REQUEST_ID_HEADER: Final = "X-Request-Id"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@web.middleware
async def named(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Name the request in every log line about it, in the calls it leads to and in the answer: as
    its sender does, else by an id made here.
    """
    told = request.headers.get(REQUEST_ID_HEADER, "")
    request_id = told if _ID.fullmatch(told) else secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        response = await handler(request)
    if not response.prepared:
        response.headers[REQUEST_ID_HEADER] = request_id
    return response
