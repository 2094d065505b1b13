"""Signed service calls: only the holder of the secret is let in, and only for what was signed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from service.calls import SIGNATURE_VALID_S, ServiceClient, sign, signature_middleware, verify
from service.errors import CallFailed, CallUnanswered, NotSigned

SECRET = "s" * 40
NOW_S = 1_700_000_000


def test_a_signed_call_is_admitted_until_it_is_too_old() -> None:
    header = sign(SECRET, "GET", "/internal/x?y=1", b"", NOW_S)
    verify(SECRET, header, "GET", "/internal/x?y=1", b"", NOW_S + SIGNATURE_VALID_S)
    with pytest.raises(NotSigned, match="too old"):
        verify(SECRET, header, "GET", "/internal/x?y=1", b"", NOW_S + SIGNATURE_VALID_S + 1)


@pytest.mark.parametrize(
    ("secret", "method", "path", "body"),
    [
        ("t" * 40, "GET", "/internal/x", b""),
        (SECRET, "POST", "/internal/x", b""),
        (SECRET, "GET", "/internal/y", b""),
        (SECRET, "GET", "/internal/x", b"{}"),
    ],
)
def test_a_signature_covers_secret_method_path_and_body(
    secret: str, method: str, path: str, body: bytes
) -> None:
    header = sign(SECRET, "GET", "/internal/x", b"", NOW_S)
    with pytest.raises(NotSigned, match="does not match"):
        verify(secret, header, method, path, body, NOW_S)


@pytest.mark.parametrize("header", ["", ".", "abc", "１.ff", "9" * 13 + ".ff", "-1.ff"])
def test_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(NotSigned):
        verify(SECRET, header, "GET", "/internal/x", b"", NOW_S)


class Order(msgspec.Struct):
    order_id: int
    text: str


@asynccontextmanager
async def _service() -> AsyncIterator[str]:
    async def echo(request: web.Request) -> web.Response:
        order = msgspec.json.decode(await request.read(), type=Order)
        return web.json_response({"order_id": order.order_id, "text": request.query["note"]})

    async def busy(_: web.Request) -> web.Response:
        answer = {"error": {"code": "BUSY", "message": "later"}}
        return web.json_response(answer, status=503, headers={"Retry-After": "2"})

    async def silent(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    app = web.Application(middlewares=[signature_middleware(SECRET)])
    app.router.add_post("/internal/echo", echo)
    app.router.add_get("/internal/busy", busy)
    app.router.add_get("/internal/silent", silent)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_call_crosses_real_sockets_with_query_and_body() -> None:
    async with _service() as url, aiohttp.ClientSession() as http:
        answer = await ServiceClient(http, url, SECRET).call(
            "POST", "/internal/echo", Order, query={"note": "ä b/c&d"}, body=Order(7, "x")
        )
        assert answer == Order(7, "ä b/c&d")


async def test_an_unsigned_or_wrongly_signed_call_gets_401() -> None:
    async with _service() as url, aiohttp.ClientSession() as http:
        async with http.get(url + "/internal/busy") as response:
            assert response.status == 401
        with pytest.raises(CallFailed) as failure:
            await ServiceClient(http, url, "w" * 40).call("GET", "/internal/busy", type(None))
        assert (failure.value.status, failure.value.code) == (401, "NOT_SIGNED")


async def test_an_error_answer_keeps_its_code_and_when_to_retry() -> None:
    async with _service() as url, aiohttp.ClientSession() as http:
        with pytest.raises(CallFailed) as failure:
            await ServiceClient(http, url, SECRET).call("GET", "/internal/busy", type(None))
        assert (failure.value.code, failure.value.retry_after_s) == ("BUSY", 2)


async def test_no_answer_in_time_is_unknown_not_failed() -> None:
    async with _service() as url, aiohttp.ClientSession() as http:
        with pytest.raises(CallUnanswered):
            await ServiceClient(http, url, SECRET).call(
                "GET", "/internal/silent", type(None), timeout_s=0.05
            )
