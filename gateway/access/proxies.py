"""Whose word is taken on where a request came from: that of the proxies the operator names."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.access.browser_rules import SECURE
from service.calls import Handler
from service.client_addresses import plain_address

FORWARDED_FOR: Final = "X-Forwarded-For"
FORWARDED_PROTO: Final = "X-Forwarded-Proto"


def behind(proxies: frozenset[str]) -> Middleware:
    """Return the middleware that takes address and scheme from a proxy's headers.

    The address is the last one that is none of ``proxies``: what is before it, anybody can write.
    """

    @web.middleware
    async def look_behind(request: web.Request, handler: Handler) -> web.StreamResponse:
        if plain_address(request.remote or "") not in proxies:
            return await handler(request)
        # A proxy may add a line of its own below the one that the client wrote.
        told_of = ",".join(request.headers.getall(FORWARDED_FOR, []))
        hops = [plain_address(hop.strip()) for hop in told_of.split(",")]
        strangers = [hop for hop in hops if hop and hop not in proxies]
        is_secure = request.headers.get(FORWARDED_PROTO, request.scheme) == "https"
        if is_secure:
            request[SECURE] = True
        told = request.clone(
            remote=strangers[-1] if strangers else plain_address(request.remote or ""),
            scheme="https" if is_secure else "http",
        )
        return await handler(told)

    return look_behind
