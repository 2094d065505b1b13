"""What a page of another origin can do here: nothing, unless the operator names it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.access.browser_rules import HEADERS
from gateway.app import Edge
from gateway.rest.route import ACCOUNT_HEADER, CODE_HEADER, IDEMPOTENCY_KEY
from gateway.rest.table import ROUTES
from gateway.web_ui import WebUi
from tests.integration.gateway.rig import Rig, running_rig

FRIEND, STRANGER = "https://friend.example", "https://stranger.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    edge = Edge(origins=frozenset({FRIEND}), proxies=frozenset({"127.0.0.1"}))
    async with running_rig(WebUi(tmp_path), edge) as running:
        yield running


async def told(rig: Rig, method: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with rig.http.request(method, rig.base_url + path, headers=given) as response:
        return response.status, {name.lower(): text for name, text in response.headers.items()}


async def test_a_page_elsewhere_may_change_nothing(rig: Rig) -> None:
    for origin in (STRANGER, "null", "http://[", rig.base_url.replace("127.0.0.1", "localhost")):
        for method, path in (
            ("POST", "/api/v1/auth/logout"),
            ("POST", "/api/v1/auth/refresh"),
            ("DELETE", "/api/v1/orders"),
            ("POST", "/api/v3/order"),
            ("OPTIONS", "/api/v1/orders"),
        ):
            status, headers = await told(rig, method, path, Origin=origin)
            assert status == 403, (origin, method, path)
            assert "access-control-allow-origin" not in headers


async def test_a_page_elsewhere_may_read_nothing(rig: Rig) -> None:
    status, headers = await told(rig, "GET", "/api/v1/time", Origin=STRANGER)
    assert status == 200 and "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_page_elsewhere_opens_no_websocket(rig: Rig) -> None:
    status, _ = await told(rig, "GET", "/api/v1/ws", Origin=STRANGER, Upgrade="websocket")
    assert status == 403


async def test_its_own_page_and_a_named_one_may_call(rig: Rig) -> None:
    status, headers = await told(rig, "POST", "/api/v1/auth/logout", Origin=rig.base_url)
    assert status == 204 and "access-control-allow-origin" not in headers
    status, headers = await told(rig, "POST", "/api/v1/auth/logout", Origin=FRIEND)
    assert (status, headers["access-control-allow-origin"]) == (204, FRIEND)
    assert headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in headers, "cookies stay at home"
    status, headers = await told(rig, "OPTIONS", "/api/v1/orders", Origin=FRIEND, **PREFLIGHT)
    assert status == 204
    methods = set(headers["access-control-allow-methods"].split(", "))
    assert methods == {route.method for route in ROUTES}
    assert {ACCOUNT_HEADER, CODE_HEADER, IDEMPOTENCY_KEY} <= set(
        headers["access-control-allow-headers"].split(", ")
    )


async def test_every_answer_says_what_a_browser_may_make_of_it(rig: Rig) -> None:
    for path in ("/api/v1/time", "/api/v1/nowhere", "/api/v3/ping", "/healthz", "/internal/x"):
        _, headers = await told(rig, "GET", path)
        missing = {name for name in HEADERS if name.lower() not in headers}
        assert not missing, (path, missing)
    for path in ("/", "/docs"):
        _, headers = await told(rig, "GET", path)
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"


async def test_behind_tls_it_says_so(rig: Rig) -> None:
    _, plain = await told(rig, "POST", "/api/v1/auth/logout")
    assert "strict-transport-security" not in plain
    _, by_tls = await told(rig, "POST", "/api/v1/auth/logout", X_Forwarded_Proto="https")
    assert by_tls["strict-transport-security"].startswith("max-age=")


async def test_the_refresh_cookie_is_for_this_site_alone_and_behind_tls_for_tls(rig: Rig) -> None:
    cookie = {"Cookie": "openbell_refresh=the-old-one"}
    _, plain = await told(rig, "POST", "/api/v1/auth/refresh", **cookie)
    _, by_tls = await told(rig, "POST", "/api/v1/auth/refresh", **cookie, X_Forwarded_Proto="https")
    for headers in (plain, by_tls):
        attributes = headers["set-cookie"].split("; ")
        assert {"HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"} <= {*attributes}
    assert "Secure" in by_tls["set-cookie"].split("; ")
    assert "Secure" not in plain["set-cookie"].split("; ")


async def test_a_proxy_that_adds_a_line_below_the_clients_own_is_believed(tmp_path: Path) -> None:
    edge = Edge(proxies=frozenset({"127.0.0.1"}))
    async with running_rig(WebUi(tmp_path), edge, requests_per_ip="2/minute") as rig:
        for claimed, expected in (("7", 200), ("8", 200), ("9", 429)):
            lines = [
                ("X-Forwarded-For", f"198.51.100.{claimed}"),
                ("X-Forwarded-For", "203.0.113.1"),
            ]
            async with rig.http.get(f"{rig.base_url}/api/v1/time", headers=lines) as answer:
                assert answer.status == expected


async def test_only_a_named_proxy_is_believed(tmp_path: Path) -> None:
    strangers = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https"}
    async with running_rig(WebUi(tmp_path), requests_per_ip="2/minute") as rig:
        for last in (200, 200, 429):
            status, headers = await told(rig, "GET", "/api/v1/time", **strangers)
            assert status == last and "strict-transport-security" not in headers
            strangers["X_Forwarded_For"] += "9"
    edge = Edge(proxies=frozenset({"127.0.0.1"}))
    async with running_rig(WebUi(tmp_path), edge, requests_per_ip="2/minute") as rig:
        for ip, expected in (("1", 200), ("1", 200), ("1", 429), ("2", 200)):
            hops = f"198.51.100.{'7' * int(ip)}, 203.0.113.{ip}, 127.0.0.1"
            status, _ = await told(rig, "GET", "/api/v1/time", X_Forwarded_For=hops)
            assert status == expected
