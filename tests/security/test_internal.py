"""Accounts and market data serve signed calls only, and nobody reaches them through the gateway."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from accounts.rest.app import make_app
from market_data.app import build_app
from service.calls import INTERNAL_PREFIX, SIGNATURE_HEADER, SIGNATURE_VALID_S, sign
from service.health import Readiness
from tests.integration.gateway.venue import SECRET, Venue

OPEN = {"/healthz", "/readyz", "/metrics", "/.well-known/jwks.json"}
"""What anybody may read of a service: no user is in it."""


def routes(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


def internal_routes(service: str) -> list[tuple[str, str]]:
    unused: Any = None
    app = (
        make_app(unused, Readiness(), SECRET)
        if service == "accounts"
        else build_app(SECRET, unused, unused, _Subscribers(), Readiness())
    )
    found = routes(app)
    outside = {path for _, path in found if not path.startswith(INTERNAL_PREFIX)}
    assert outside <= OPEN, "what is not internal is open to everybody"
    return sorted((m, path) for m, path in found if path.startswith(INTERNAL_PREFIX))


class _Subscribers:
    async def serve(self, _: web.Request) -> web.Response: ...


def concrete(path: str) -> str:
    return path.replace("{", "").replace("}", "")


@pytest.mark.parametrize("service", ["accounts", "market_data"])
async def test_an_internal_call_needs_a_fresh_signature_of_exactly_itself(
    venue: Venue, service: str
) -> None:
    base, now_s = f"http://127.0.0.1:{venue.ports[service]}", int(time.time())
    known = internal_routes(service)
    assert known
    async with aiohttp.ClientSession() as http:
        for method, pattern in known:
            path = concrete(pattern)
            wrong = {
                "none": "",
                "garbage": "1.zz",
                "stale": sign(SECRET, method, path, b"", now_s - SIGNATURE_VALID_S - 5),
                "early": sign(SECRET, method, path, b"", now_s + SIGNATURE_VALID_S + 5),
                "another secret": sign("x" * 32, method, path, b"", now_s),
                "another path": sign(SECRET, method, path + "x", b"", now_s),
                "another method": sign(SECRET, "PUT", path, b"", now_s),
                "another body": sign(SECRET, method, path, b"{}", now_s),
            }
            for why, header in wrong.items():
                async with http.request(
                    method, base + path, headers={SIGNATURE_HEADER: header}
                ) as response:
                    assert response.status == 401, (why, method, path)
                    assert (await response.json())["error"]["code"] == "NOT_SIGNED"


async def test_nothing_internal_is_reached_through_the_gateway(venue: Venue) -> None:
    async with aiohttp.ClientSession() as http:
        for service in ("accounts", "market_data"):
            for method, pattern in internal_routes(service):
                path = concrete(pattern)
                header = sign(SECRET, method, path, b"", int(time.time()))
                for way in (path, "/api/v1" + path, "/api/v1/.." + path, "//" + path[1:]):
                    async with http.request(
                        method,
                        venue.gateway_url + way,
                        headers={SIGNATURE_HEADER: header},
                        allow_redirects=False,
                    ) as response:
                        is_page = response.content_type == "text/html"
                        assert response.status in (404, 405) or is_page, (method, way)
                await asyncio.sleep(0)
