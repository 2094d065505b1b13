"""Each answer other than the one asked for: status, code and words, and what was not done."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from domain.clock import LogClock
from gateway.app import build_app
from gateway.binance.call import Dialect
from gateway.binance.cancel_ids import CancelIds
from gateway.binance.endpoints import Endpoints
from gateway.binance.listen_keys import ListenKeys
from gateway.binance.market_streams import MarketStreams
from gateway.binance.markets import Markets
from gateway.binance.user_streams import UserStreams
from gateway.binance.weights import Weights
from gateway.main import last_defence
from gateway.web_ui import WebUi
from tests.integration.binance.customer import SYMBOL, Customer
from tests.integration.gateway.rig import Rig
from tests.unit.gateway.exchange import ALICE

ORDER = "/api/v3/order"
TERMS = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


@pytest.mark.parametrize(
    ("terms", "code", "text"),
    [
        ({"quantity": "0.000001", "price": "60000"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.01", "price": "60000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"quantity": "0.00001", "price": "60000"}, -1013, "Filter failure: NOTIONAL"),
        (
            {"quantity": "900", "price": "60000"},
            -2010,
            "Account has insufficient balance for requested action.",
        ),
        (
            {"quantity": "0.01"},
            -1102,
            "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
        ),
        (
            {"quantity": "1e-2", "price": "60000"},
            -1100,
            "Illegal characters found in parameter 'quantity'; "
            r"legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        (
            {"quantity": "0.01", "price": "60000.123456789"},
            -1111,
            "Parameter 'price' has too much precision.",
        ),
        (
            {"quantity": "0.01", "price": "60000", "stopPrice": "1"},
            -1106,
            "Parameter 'stopPrice' sent when not required.",
        ),
        ({"quantity": "0.01", "price": "60000", "side": "HOLD"}, -1117, "Invalid side."),
        ({"quantity": "0.01", "price": "60000", "type": "MAGIC"}, -1116, "Invalid orderType."),
        (
            {"quantity": "0.01", "price": "60000", "timeInForce": "GTX"},
            -1115,
            "Invalid timeInForce.",
        ),
        ({"quantity": "0.01", "price": "60000", "symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        (
            {"quantity": "0.01", "price": "60000", "newClientOrderId": "no spaces"},
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; "
            "legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        (
            {"quantity": "0.01", "price": "60000", "icebergQty": "0.00001"},
            -1013,
            "Filter failure: ICEBERG_PARTS",
        ),
    ],
)
async def test_an_order_that_cannot_be_is_refused_in_known_words(
    me: Customer, terms: dict[str, str], code: int, text: str
) -> None:
    status, answer = await me.signed("POST", ORDER, **(TERMS | terms))
    assert (status, answer) == (400, {"code": code, "msg": text})
    assert await me.get("/api/v3/openOrders") == []


async def test_an_order_id_is_used_once(me: Customer) -> None:
    name = f"once-{time.time_ns()}"
    await me.order(newClientOrderId=name, price="60000")
    for price in ("60000", "60001"):
        status, answer = await me.signed(
            "POST", ORDER, **TERMS, quantity="0.01", price=price, newClientOrderId=name
        )
        assert (status, answer) == (400, {"code": -2010, "msg": "Duplicate order sent."})
    assert len(await me.get("/api/v3/openOrders")) == 1


async def test_what_would_trade_or_trigger_at_once_is_refused(
    me: Customer, other: Customer
) -> None:
    await other.order("SELL", price="65000")
    maker = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT_MAKER"}
    status, answer = await me.signed("POST", ORDER, **maker, quantity="0.01", price="65000")
    assert (status, answer["code"], answer["msg"]) == (
        400,
        -2010,
        "Order would immediately match and take.",
    )
    await me.order(type="MARKET", quantity="0.01")
    stop = {"symbol": SYMBOL, "side": "SELL", "type": "STOP_LOSS", "quantity": "0.01"}
    status, answer = await me.signed("POST", ORDER, **stop, stopPrice="66000")
    assert (status, answer["msg"]) == (400, "Order would trigger immediately.")


async def test_who_is_not_known_or_not_allowed_is_told_so(me: Customer) -> None:
    now_ms = time.time_ns() // 1_000_000
    path, payload = "/api/v3/account", f"timestamp={now_ms}"
    signature = f"&signature={me.sign(payload)}"
    nobody = "0" * 32
    for key, query, expected in (
        (None, payload + signature, (401, -2014, "API-key format invalid.")),
        ("not a key!", payload + signature, (401, -2014, "API-key format invalid.")),
        (
            nobody,
            payload + signature,
            (401, -2015, "Invalid API-key, IP, or permissions for action."),
        ),
        (
            me.api_key,
            payload + "&signature=00",
            (400, -1022, "Signature for this request is not valid."),
        ),
        (
            me.api_key,
            payload,
            (
                400,
                -1102,
                "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
            ),
        ),
        (
            me.api_key,
            "",
            (
                400,
                -1102,
                "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.",
            ),
        ),
    ):
        status, answer = await me.send("GET", path, query, key=key)
        assert (status, answer["code"], answer["msg"]) == expected
    assert await me.public("/api/v3/ping") == {}
    status, _ = await me.send("GET", "/api/v3/ping", key=nobody)
    assert status == 200, "a public call takes any key"


async def test_there_is_nothing_at_other_paths(me: Customer) -> None:
    for method, path in (
        ("GET", "/api/v3/nothing"),
        ("POST", "/api/v3/depth"),
        ("POST", "/sapi/v1/capital/withdraw/apply"),
    ):
        status, answer = await me.send(method, path)
        assert (status, answer["code"]) == (404, -1000)


class DialectRig(Rig):
    """One gateway whose other processes are stood in for, so that each can fail in time."""

    async def binance(self, method: str, path: str, **parameters: object) -> tuple[Any, Any]:
        payload = urlencode(parameters | {"timestamp": time.time_ns() // 1_000_000})
        signature = hmac.new(b"secret", payload.encode(), hashlib.sha256).hexdigest()
        url = f"{self.base_url}{path}?{payload}&signature={signature}"
        headers = {"X-MBX-APIKEY": f"key-{ALICE}-2"}
        async with self.http.request(method, url, headers=headers) as response:
            return response, await response.json()


@asynccontextmanager
async def dialect_rig(weights: Weights, *, listen_keys: bool = True) -> AsyncIterator[DialectRig]:
    async with aiohttp.ClientSession() as http:
        rig = DialectRig(http, {})
        cancel_ids, clock = CancelIds(), LogClock()
        streams, users = MarketStreams(clock), UserStreams(clock, cancel_ids)
        keys = ListenKeys(time.monotonic, offered=listen_keys)
        dialect = Dialect(rig.services, Markets(rig.feed), weights, cancel_ids, keys)
        web_ui = WebUi(Path("no-ui"))
        app = build_app(rig.services, rig.sockets, rig.readiness, web_ui, last_defence)
        Endpoints(dialect, streams, users).add_routes(app)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server(access_log=None, shutdown_timeout=1.0)
        rig.base_url = str(server.make_url("")).rstrip("/")
        tasks = [asyncio.create_task(part) for part in (rig.feed.run(), rig.feed.watch())]
        try:
            await rig.wait_live()
            yield rig
        finally:
            await server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_address_has_so_much_weight_a_minute() -> None:
    async with dialect_rig(Weights(weight_per_minute=50)) as rig:
        response, _ = await rig.binance("GET", "/api/v3/exchangeInfo")
        assert response.headers["X-MBX-USED-WEIGHT-1M"] == "20"
        assert response.headers["X-MBX-USED-WEIGHT"] == "20"
        await rig.binance("GET", "/api/v3/exchangeInfo")
        response, answer = await rig.binance("GET", "/api/v3/exchangeInfo")
        assert (response.status, answer["code"]) == (429, -1003)
        assert answer["msg"].startswith("Too many requests")
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        for _ in range(2):
            response, answer = await rig.binance("GET", "/api/v3/exchangeInfo")
        assert (response.status, answer["code"]) == (418, -1003)
        assert "banned" in answer["msg"] and int(response.headers["Retry-After"]) >= 1


async def test_an_account_has_so_many_orders_in_ten_seconds() -> None:
    async with dialect_rig(Weights(orders_per_10_s=2)) as rig:
        terms = TERMS | {"quantity": "0.01", "price": "60000"}
        for count in ("1", "2"):
            response, _ = await rig.binance("POST", ORDER, **terms)
            assert response.status == 200
            assert response.headers["X-MBX-ORDER-COUNT-10S"] == count
            assert response.headers["X-MBX-ORDER-COUNT-1D"] == count
        response, answer = await rig.binance("POST", ORDER, **terms)
        assert (response.status, answer["code"]) == (429, -1015)
        assert answer["msg"] == "Too many new orders; current limit is 2 orders per 10 SECONDS."
        _, limits = await rig.binance("GET", "/api/v3/rateLimit/order")
        assert [each["interval"] for each in limits] == ["SECOND", "DAY"]


async def test_an_unknown_fate_is_said_to_be_unknown() -> None:
    async with dialect_rig(Weights()) as rig:
        rig.engine.mute = True
        response, answer = await rig.binance(
            "POST", ORDER, **TERMS, quantity="0.01", price="60000", newClientOrderId="lost"
        )
        assert (response.status, answer["code"]) == (504, -1007)
        assert "execution status unknown" in answer["msg"]
        rig.engine.mute = False
        rig.engine.speak()
        await rig.wait_live()
        _, found = await rig.binance("GET", ORDER, symbol=SYMBOL, origClientOrderId="lost")
        assert found["status"] == "NEW", "it had been executed: the client asks and learns of it"


async def test_what_was_not_sent_may_be_sent_again() -> None:
    async with dialect_rig(Weights()) as rig:
        rig.engine.up = False
        terms = TERMS | {"quantity": "0.01", "price": "60000"}
        response, answer = await rig.binance("POST", ORDER, **terms)
        assert (response.status, answer["code"]) == (503, -1008)
        assert int(response.headers["Retry-After"]) >= 1
        rig.accounts.up = False
        await rig.wait_live(False)
        response, answer = await rig.binance("GET", "/api/v3/depth", symbol=SYMBOL)
        assert (response.status, answer["code"]) == (503, -1001)


async def test_a_venue_may_offer_no_listen_keys() -> None:
    async with dialect_rig(Weights(), listen_keys=False) as rig:
        for method in ("POST", "PUT", "DELETE"):
            response, _ = await rig.binance(method, "/api/v3/userDataStream", listenKey="x")
            assert response.status == 410
