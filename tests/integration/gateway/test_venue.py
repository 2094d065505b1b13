"""The gateway in front of a real engine, real accounts and real market data."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cli.running.embedded_postgres import EmbeddedPostgres
from tests.integration.gateway.venue import Venue, seeded_venue

PASSWORD = "openbell-demo"
BID = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000", "qty": "0.01"}


@pytest.fixture(scope="module")
def venue(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[Venue]:
    with seeded_venue(
        tmp_path_factory.mktemp("venue"), postgres_cluster, migrated_template, "gateway_venue"
    ) as running:
        yield running


class Customer:
    """One user over the public API."""

    def __init__(self, venue: Venue, http: aiohttp.ClientSession) -> None:
        self.venue = venue
        self.http = http
        self.token = ""

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.venue.gateway_url}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            text = await response.read()
            return response.status, json.loads(text or b"null")

    async def get(self, path: str) -> Any:
        status, answer = await self.call("GET", path)
        assert status == 200, answer
        return answer

    async def log_in(self, email: str) -> None:
        status, answer = await self.call(
            "POST", "/auth/login", {"email": email, "password": PASSWORD}
        )
        assert status == 200, answer
        self.token = answer["access_token"]

    async def place(self, **fields: Any) -> dict[str, Any]:
        status, order = await self.call("POST", "/orders", BID | fields)
        assert status == 201, order
        told: dict[str, Any] = order
        return told

    async def balance(self, asset: str) -> str:
        rows = (await self.get("/balances"))["balances"]
        return str(next(row["available"] for row in rows if row["asset"] == asset))


async def eventually(ask: Any, wanted: Any, within_s: float = 10.0) -> Any:
    """Ask until the answer satisfies ``wanted``; for what follows the stream on its own."""
    async with asyncio.timeout(within_s):
        while not wanted(answer := await ask()):
            await asyncio.sleep(0.05)
    return answer


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def demo(venue: Venue, http: aiohttp.ClientSession) -> Customer:
    customer = Customer(venue, http)
    await customer.log_in("demo@openbell.local")
    await customer.call("DELETE", "/orders")
    return customer


@pytest.fixture
async def trader(venue: Venue) -> AsyncIterator[Customer]:
    async with aiohttp.ClientSession() as session:
        customer = Customer(venue, session)
        await customer.log_in("trader@openbell.local")
        await customer.call("DELETE", "/orders")
        yield customer


async def test_the_story_from_sign_up_to_candle(venue: Venue, trader: Customer) -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name, too
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        new = Customer(venue, session)
        email = f"new-{time.time_ns()}@example.com"
        status, answer = await new.call(
            "POST", "/auth/sign-up", {"email": email, "password": "a long password"}
        )
        assert status == 201 and answer["user"]["email"] == email
        new.token = answer["access_token"]
        assert (await new.get("/me"))["account_id"] == answer["user"]["account_id"]
        status, funds = await new.call("POST", "/faucet", {"asset": "USDT", "amount": "1000"})
        assert (status, funds) == (
            200,
            {"asset": "USDT", "available": "1000.00000000", "held": "0.00000000"},
        )
        assert await new.balance("USDT") == "1000.00000000"
        order = await new.place(client_order_id="first")
        sold = await trader.place(side="sell", type="market", price=None)
        assert sold["status"] == "filled"
        assert await new.balance("USDT") == "360.00000000"
        assert await new.balance("BTC") == "0.00999500"
        found = await new.get("/orders/by-client-id/first")
        assert (found["order_id"], found["status"]) == (order["order_id"], "filled")
        entries = (await new.get("/ledger"))["entries"]
        assert {(entry["asset"], entry["code"], entry["amount"]) for entry in entries} == {
            ("USDT", "DEPOSIT", "1000.00000000"),
            ("USDT", "TRADE", "-640.00000000"),
            ("BTC", "TRADE", "0.01000000"),
            ("BTC", "FEE", "-0.00000500"),
        }
        latest = (await new.get("/trades?symbol=BTC-USDT&limit=1"))[0]
        assert (latest["price"], latest["qty"]) == ("64000.00", "0.01000")
        candles = await eventually(
            lambda: new.get("/candles?symbol=BTC-USDT&interval=1m"),
            lambda answer: answer["candles"],
        )
        assert candles["candles"][-1]["close"] == "64000.00"
        ticker = await eventually(
            lambda: new.get("/tickers?symbol=BTC-USDT"), lambda answer: answer[0]["last"]
        )
        assert ticker[0]["last"] == "64000.00"
        assert (await session.post(f"{venue.gateway_url}/api/v1/auth/refresh")).status == 200
        assert (await session.post(f"{venue.gateway_url}/api/v1/auth/logout")).status == 204
        assert (await session.post(f"{venue.gateway_url}/api/v1/auth/refresh")).status == 401


async def test_wrong_credentials_say_no_more_than_that(demo: Customer) -> None:
    for email in ("demo@openbell.local", "nobody@openbell.local"):
        status, answer = await demo.call(
            "POST", "/auth/login", {"email": email, "password": "wrong password"}
        )
        assert (status, answer["error"]["code"]) == (401, "INVALID_CREDENTIALS")
    status, answer = await demo.call(
        "POST", "/auth/sign-up", {"email": "demo@openbell.local", "password": "12345678"}
    )
    assert (status, answer["error"]["code"]) == (409, "EMAIL_TAKEN")


async def test_an_api_key_is_made_used_and_revoked(venue: Venue, demo: Customer) -> None:
    status, key = await demo.call("POST", "/api-keys", {"label": "t", "permissions": ["read"]})
    assert status == 201 and key["permissions"] == ["read"]

    async def ask() -> int:
        timestamp, path = str(time.time_ns() // 1_000_000), "/api/v1/balances"
        message = f"{timestamp}\nGET\n{path}\n\n\n".encode()
        headers = {
            "X-Openbell-Key": key["api_key"],
            "X-Openbell-Timestamp": timestamp,
            "X-Openbell-Signature": hmac.new(
                key["api_secret"].encode(), message, hashlib.sha256
            ).hexdigest(),
        }
        async with demo.http.get(venue.gateway_url + path, headers=headers) as response:
            return response.status

    assert await ask() == 200
    listed = (await demo.get("/api-keys"))["api_keys"]
    assert any(row["api_key"] == key["api_key"] and "api_secret" not in row for row in listed)
    assert (await demo.call("DELETE", f"/api-keys/{key['api_key']}"))[0] == 204
    assert (await demo.call("DELETE", f"/api-keys/{key['api_key']}"))[0] == 404
    await eventually(ask, lambda status: status == 401, within_s=20)


async def test_history_goes_on_beyond_what_the_gateway_remembers(
    venue: Venue, demo: Customer, trader: Customer
) -> None:
    order = await demo.place()
    await trader.place(side="sell", qty="0.004")
    closed = await demo.place(price="60000")
    await demo.call("DELETE", f"/orders/{closed['order_id']}")
    # What settles after the kill is in the snapshot of the next start or in the events after it.
    venue.kill("gateway")
    venue.start("gateway")
    found = await demo.get(f"/orders/{order['order_id']}")
    assert (found["status"], found["cum_qty"]) == ("partially_filled", "0.00400")
    assert [fill["qty"] for fill in found["fills"]] == ["0.00400"]
    assert found["avg_price"] == "64000.00"
    history = (await demo.get("/orders?status=closed&limit=1"))["orders"]
    assert [row["order_id"] for row in history] == [closed["order_id"]]
    fills = (await demo.get("/fills?limit=1"))["fills"]
    assert fills[0]["order_id"] == order["order_id"]
    depth = await demo.get("/depth?symbol=BTC-USDT")
    assert depth["bids"][0] == ["64000.00", "0.00600"]


async def test_a_crash_of_the_engine_loses_nothing_and_is_seen(
    venue: Venue, demo: Customer
) -> None:
    order = await demo.place(client_order_id=f"before-{time.time_ns()}")
    url = f"{venue.gateway_url}/api/v1/ws"
    async with demo.http.ws_connect(url, compress=0) as socket:
        await socket.send_json({"op": "subscribe", "channel": "book", "symbol": "BTC-USDT"})

        async def next_of(channel: str, **wanted: Any) -> dict[str, Any]:
            async with asyncio.timeout(15):
                while True:
                    message: dict[str, Any] = await socket.receive_json()
                    if message.get("channel") == channel and wanted.items() <= message.items():
                        return message

        before = await next_of("book", type="snapshot")
        venue.kill("engine")
        await next_of("heartbeat", live=False)
        status, answer = await demo.call("GET", "/depth?symbol=BTC-USDT")
        assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE")
        status, answer = await demo.call("POST", "/orders", BID)
        assert status in (202, 503), answer
        await asyncio.to_thread(venue.start, "engine")
        await next_of("heartbeat", live=True)
        after = await next_of("book", type="snapshot")
        assert after["bids"] == before["bids"] and after["seq"] == before["seq"]
    found = await demo.get(f"/orders/{order['order_id']}")
    assert found["status"] == "new"
    status, _ = await demo.call("DELETE", f"/orders/{order['order_id']}")
    assert status == 200


async def test_accounts_may_die_while_trading_goes_on(venue: Venue, demo: Customer) -> None:
    venue.kill("accounts")
    order = await demo.place()
    status, answer = await demo.call("GET", "/ledger")
    assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE")
    status, _ = await demo.call("DELETE", f"/orders/{order['order_id']}")
    assert status == 200
    await asyncio.to_thread(venue.start, "accounts")
    assert (await demo.call("GET", "/ledger"))[0] == 200


async def test_market_data_may_die_while_trading_goes_on(venue: Venue, demo: Customer) -> None:
    venue.kill("market_data")
    await eventually(lambda: demo.call("GET", "/tickers"), lambda answer: answer[0] == 503)
    await demo.place()
    await asyncio.to_thread(venue.start, "market_data")
    await eventually(lambda: demo.call("GET", "/tickers"), lambda answer: answer[0] == 200)


async def test_candles_arrive_over_the_socket(
    venue: Venue, demo: Customer, trader: Customer
) -> None:
    url = f"{venue.gateway_url}/api/v1/ws"
    async with demo.http.ws_connect(url, compress=0) as socket:
        for channel, fields in (("candles", {"interval": "1m"}), ("ticker", {})):
            await socket.send_json(
                {"op": "subscribe", "channel": channel, "symbol": "BTC-USDT"} | fields
            )
        await demo.place(price="64001")
        await trader.place(side="sell", price="64001")
        seen: set[str] = set()
        async with asyncio.timeout(10):
            while seen != {"candles", "ticker"}:
                message = await socket.receive_json()
                shown = message.get("candle", message.get("ticker", {}))
                if "64001.00" in (shown.get("close"), shown.get("last")):
                    seen.add(message["channel"])


async def test_ctrl_c_with_open_sockets_takes_less_than_two_seconds(
    venue: Venue, demo: Customer
) -> None:
    url = f"{venue.gateway_url}/api/v1/ws"
    sockets = [await demo.http.ws_connect(url, compress=0) for _ in range(20)]
    started_s = time.monotonic()
    code = await asyncio.to_thread(venue.interrupt, "gateway")
    assert (code, time.monotonic() - started_s < 2.0) == (0, True), venue.log("gateway")
    for socket in sockets:
        await socket.close()
    await asyncio.to_thread(venue.start, "gateway")


async def test_metrics_are_there(venue: Venue, demo: Customer) -> None:
    await demo.place()
    async with demo.http.get(f"{venue.gateway_url}/metrics") as answer:
        text = await answer.text()
    assert "openbell_gateway_rest_seconds_count" in text
    assert "openbell_gateway_event_seq" in text
    assert "openbell_gateway_order_seconds_count 0.0" not in text


def test_a_port_in_use_is_named(tmp_path: Path, venue: Venue) -> None:
    second = Venue(tmp_path, "postgresql://nowhere")
    second.environment = venue.environment
    second.start("gateway", wait=False)
    assert second._processes["gateway"].wait(15) == 1
    assert f"port {venue.ports['gateway']}" in second.log("gateway")
