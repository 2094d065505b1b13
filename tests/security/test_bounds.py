"""Every bound of the gateway's edge, met from outside over real sockets: what is past it is refused
with an answer that says so, and the next one is served.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType
from yarl import URL

from gateway import json_body
from gateway.access.connection_limits import RECEIVE_WITHIN_S, SILENT_S, Connections
from gateway.app import BODY_BYTES_MAX, Edge
from gateway.web_ui import WebUi
from gateway.ws.endpoint import MESSAGE_BYTES_MAX
from tests.integration.gateway.rig import Rig, running_rig
from tests.unit.gateway.exchange import ALICE

TIME = b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def guarded(tmp_path: Path, connections: Connections, **limits: Any) -> AsyncIterator[Rig]:
    async with running_rig(WebUi(tmp_path), Edge(connections=connections), **limits) as rig:
        yield rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running_rig(WebUi(tmp_path)) as running:
        yield running


Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[Rig], Awaitable[Wire]]


@pytest.fixture
async def connected() -> AsyncIterator[Connect]:
    """Opens connections, and closes what a test leaves."""
    wires: list[Wire] = []

    async def connect(rig: Rig) -> Wire:
        port = int(rig.base_url.rpartition(":")[2])
        wires.append(await asyncio.open_connection("127.0.0.1", port))
        return wires[-1]

    yield connect
    for _, writer in wires:
        writer.transport.abort()
    await asyncio.gather(*(w.wait_closed() for _, w in wires), return_exceptions=True)


async def status_of(connected: Connect, rig: Rig, sent: bytes) -> int:
    """Send bytes; return the status of the answer."""
    reader, writer = await connected(rig)
    writer.write(sent)
    async with asyncio.timeout(5):
        return int((await reader.readuntil(b"\r\n\r\n")).split()[1])


async def test_a_body_past_its_bound_is_refused_before_it_is_read(
    rig: Rig, connected: Connect
) -> None:
    for path in ("/api/v1/orders", "/api/v1/auth/login", "/api/v3/order"):
        promised = BODY_BYTES_MAX + 1
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {promised}\r\n\r\n"
        status = await status_of(connected, rig, head.encode() + b"{" * promised)
        assert status in (401, 404, 413), path
    status, told = await rig.call("POST", "/orders", account_id=ALICE, raw=b" " * promised)
    assert (status, told["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 9_000 + b"\r\n\r\n",
        b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 200 + b"\r\n",
    ],
    ids=["line", "field", "fields"],
)
async def test_a_head_past_its_bounds_is_refused(rig: Rig, connected: Connect, head: bytes) -> None:
    assert await status_of(connected, rig, head) == 400
    assert await status_of(connected, rig, TIME) == 200


async def test_json_is_no_deeper_than_a_request_needs(rig: Rig) -> None:
    deep = b"[" * 30_000
    for raw in (
        deep,
        b'{"symbol":' + deep,
        b'{"a":' * 10_000,
        b"[]" * (json_body.CONTAINERS_MAX + 1),
    ):
        status, told = await rig.call("POST", "/orders", account_id=ALICE, raw=raw)
        assert (status, told["code"]) == (400, "INVALID_REQUEST")
        assert "objects and lists" in told["detail"]


async def test_a_request_that_does_not_arrive_in_time_ends_its_connection(
    tmp_path: Path, connected: Connect
) -> None:
    connections = Connections(10)
    async with guarded(tmp_path, connections) as rig:
        half_head = await connected(rig)
        half_head[1].write(TIME[:-10])
        half_body = await connected(rig)
        half_body[1].write(b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        whole = await connected(rig)
        whole[1].write(TIME)
        assert b"200 OK" in await whole[0].readuntil(b"\r\n")
        await rig.call("GET", "/time")
        now_s = asyncio.get_running_loop().time()
        connections.sweep(now_s + RECEIVE_WITHIN_S - 1)
        await rig.call("GET", "/time")
        connections.sweep(now_s + RECEIVE_WITHIN_S + 1)
        for reader, _ in (half_head, half_body):
            await _ended(reader)
        whole[1].write(TIME)
        assert b"ts_ns" in await whole[0].readuntil(b"ts_ns"), "it was late with nothing"


async def test_a_connection_that_says_nothing_does_not_stay(
    tmp_path: Path, connected: Connect
) -> None:
    connections = Connections(10)
    async with guarded(tmp_path, connections) as rig:
        silent, _ = await connected(rig)
        async with rig.http.ws_connect(rig.base_url + "/api/v1/ws") as socket:
            await socket.receive()
            connections.sweep(asyncio.get_running_loop().time() + SILENT_S + 1)
            await _ended(silent)
            await socket.send_str('{"op":"ping","id":1}')
            message = await socket.receive()
            while "ok" not in message.json():
                message = await socket.receive()
            assert message.json()["ok"], "a WebSocket may be silent: it is pinged"


async def _ended(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(5):
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_an_address_has_so_many_connections_and_gets_one_back(
    tmp_path: Path, connected: Connect
) -> None:
    async with guarded(tmp_path, Connections(2)) as rig:
        first, second = await connected(rig), await connected(rig)
        for _, writer in (first, second):
            writer.write(TIME)
        for reader, _ in (first, second):
            assert b"200 OK" in await reader.readuntil(b"\r\n")
        third, _ = await connected(rig)
        await _ended(third)
        first[1].close()
        await first[1].wait_closed()
        async with asyncio.timeout(5):
            while True:
                reader, writer = await connected(rig)
                writer.write(TIME)
                try:
                    if b"200 OK" in await reader.readline():
                        break
                except ConnectionResetError:
                    continue


async def test_all_addresses_together_have_so_many_connections(
    tmp_path: Path, connected: Connect
) -> None:
    async with guarded(tmp_path, Connections(10, total_max=1)) as rig:
        _, writer = await connected(rig)
        writer.write(TIME)
        over, _ = await connected(rig)
        await _ended(over)


async def test_an_address_has_so_many_websockets(tmp_path: Path) -> None:
    async with running_rig(WebUi(tmp_path), sockets_open_per_ip=1) as rig:
        url = rig.base_url + "/api/v1/ws"
        async with rig.http.ws_connect(url):
            async with rig.http.get(url, headers=_upgrade()) as refused:
                told = await refused.json(content_type=None)
                assert (refused.status, told["code"]) == (429, "RATE_LIMIT")
                assert told["error"]["details"] == {"limit": "sockets_open_per_ip"}
                assert int(refused.headers["Retry-After"]) >= 1
        async with rig.http.ws_connect(url) as again:
            assert (await again.receive()).json()["channel"] == "heartbeat"


def _upgrade() -> dict[str, str]:
    return {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }


async def test_a_message_past_its_bound_ends_the_websocket(rig: Rig) -> None:
    async with rig.http.ws_connect(rig.base_url + "/api/v1/ws") as socket:
        await socket.send_str("x" * (MESSAGE_BYTES_MAX + 1))
        while (await socket.receive()).type is WSMsgType.TEXT:
            pass
        assert socket.close_code == 1009


@pytest.mark.parametrize(
    ("limit", "path"),
    [("requests_per_account", "/orders"), ("requests_per_key", "/orders")],
)
async def test_an_account_and_a_key_have_limits_of_their_own(
    tmp_path: Path, limit: str, path: str
) -> None:
    async with running_rig(WebUi(tmp_path), **{limit: "5/minute"}) as rig:
        headers = rig.signed("GET", path, key=f"key-{ALICE}-1")
        statuses = [(await rig.call("GET", path, headers=headers))[0] for _ in range(3)]
        assert statuses == [200, 200, 429], "this route counts as two"
        _, told = await rig.call("GET", path, headers=headers)
        assert told["error"]["details"] == {"limit": limit}
        by_login = await rig.call("GET", path, account_id=ALICE)
        assert by_login[0] == (429 if limit == "requests_per_account" else 200)
        assert (await rig.call("GET", "/time"))[0] == 200


async def test_a_number_where_money_is_meant_is_refused_with_what_to_do(rig: Rig) -> None:
    terms = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "qty": "0.01"}
    for price in (64_000.5, 64_000):
        raw = json.dumps(terms | {"price": price}).encode()
        status, told = await rig.call("POST", "/orders", account_id=ALICE, raw=raw)
        assert (status, told["code"], told["field"]) == (400, "INVALID_REQUEST", "price")
        assert told["detail"] == (
            "price is text: write it in quotes; a number in JSON is not exact"
        )
    raw = json.dumps({"asset": "USDT", "amount": 10.1}).encode()
    _, told = await rig.call("POST", "/faucet", account_id=ALICE, raw=raw)
    assert told["field"] == "amount"


async def test_no_text_has_a_nul_in_it(rig: Rig) -> None:
    for raw in (
        b'{"email":"a\\u0000@example.com","password":"12345678"}',
        b'{"email":"a@example.com","password":"1234\\u000056789"}',
    ):
        status, told = await rig.call("POST", "/auth/login", raw=raw)
        assert (status, told["detail"]) == (400, "a text has no NUL in it")
    raw = b'{"email":"a","password":"a backslash before \\\\u0000 makes it text"}'
    _, told = await rig.call("POST", "/auth/sign-up", raw=raw)
    assert told["field"] == "email"
    status, told = await rig.call("GET", "/orders?symbol=BTC%00", account_id=ALICE)
    assert (status, told["detail"]) == (400, "a text has no NUL in it")


@pytest.mark.parametrize(
    "name", ["..", "..%2Fusers%2F1", "a%2Fsecret", "%00", ".well-known", "a" * 129]
)
async def test_no_name_in_a_path_leads_elsewhere(rig: Rig, name: str) -> None:
    url = URL(f"{rig.base_url}/api/v1/api-keys/{name}", encoded=True)
    headers = {"Authorization": f"Bearer {rig.accounts.token(ALICE)}"}
    async with rig.http.delete(url, headers=headers) as answer:
        assert answer.status == 404
