"""`openbell up --workers 2`: two gateways behind one port, as clients meet them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from cli.running.instance import worker_name
from client import OpenbellClient, Refused
from tests.integration.cli.test_up import Machine

pytestmark = pytest.mark.timeout(120)
WORKERS = (worker_name(1), worker_name(2))
ORDER: dict[str, Any] = {"type": "limit", "price": "40000.00", "qty": "0.001"}
PATIENCE_S = 10


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("workers") / "data")
    done = machine.up("--detach", "--no-bots", "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    yield machine
    machine.run("down")


def own_urls(exchange: Machine) -> list[str]:
    return [f"http://127.0.0.1:{exchange.facts().ports[name]}" for name in WORKERS]


@asynccontextmanager
async def customers(exchange: Machine) -> AsyncIterator[list[OpenbellClient]]:
    """The same customer at each of the two."""
    key = exchange.facts().demo["api_keys"][0]
    first, second = (
        OpenbellClient(url, api_key=key["api_key"], api_secret=key["api_secret"])
        for url in own_urls(exchange)
    )
    async with first, second:
        yield [first, second]


def test_both_are_ready_and_share_the_port(exchange: Machine) -> None:
    ready = {process["name"]: process["ready"] for process in exchange.status()["processes"]}
    assert ready[WORKERS[0]] and ready[WORKERS[1]] and "gateway" not in ready
    assert exchange.get("/readyz") == {"ready": True}


async def test_an_order_of_one_is_there_at_the_other_and_its_id_is_one(exchange: Machine) -> None:
    async with customers(exchange) as (first, second):
        order = await first.place("BTC-USDT", "buy", client_order_id="both-1", **ORDER)
        again = await second.place("BTC-USDT", "buy", client_order_id="both-1", **ORDER)
        assert again.order_id == order.order_id
        with pytest.raises(Refused, match="KEY_REUSED"):
            await second.place("BTC-USDT", "sell", client_order_id="both-1", **ORDER)
        assert (await second.order_by_client_id("both-1")).order_id == order.order_id
        ended = await second.cancel(order.order_id)
        assert ended.status == "canceled"


async def test_a_channel_tells_the_same_at_both(exchange: Machine) -> None:
    async with customers(exchange) as (first, second):
        streams = [await client.stream() for client in (first, second)]
        for stream in streams:
            await stream.subscribe("book", symbol="BTC-USDT", interval_ms=0)
        order = await first.place("BTC-USDT", "buy", **ORDER)
        told = []
        for stream in streams:
            async with asyncio.timeout(PATIENCE_S):
                async for message in stream:
                    if message.get("type") == "delta":
                        told.append((message["seq"], message["bids"], message["checksum"]))
                        break
        assert told[0] == told[1]
        await second.cancel(order.order_id)
        for stream in streams:
            await stream.close()


async def _signed(http: aiohttp.ClientSession, exchange: Machine, url: str, method: str, path: str,
                  **parameters: object) -> Any:  # fmt: skip
    key = exchange.facts().demo["api_keys"][0]
    payload = urlencode(parameters | {"timestamp": time.time_ns() // 1_000_000})
    mac = hmac.new(key["api_secret"].encode(), payload.encode(), hashlib.sha256).hexdigest()
    headers = {"X-MBX-APIKEY": key["api_key"]}
    question = f"{url}{path}?{payload}&signature={mac}"
    async with http.request(method, question, headers=headers) as answer:
        return await answer.json()


async def test_a_listen_key_of_one_opens_the_stream_at_the_other(exchange: Machine) -> None:
    first, second = own_urls(exchange)
    path = "/api/v3/userDataStream"
    async with aiohttp.ClientSession() as http:
        keys = [await _signed(http, exchange, url, "POST", path) for url in (second, first)]
        assert keys[0] == keys[1], "an account has one, wherever it asks"
        listen_key = keys[0]["listenKey"]
        for url in (first, second):
            told = await _signed(http, exchange, url, "PUT", path, listenKey=listen_key)
            assert told == {}
        stream_url = second.replace("http", "ws", 1) + f"/ws/{listen_key}"
        async with http.ws_connect(stream_url) as stream:
            terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
            terms |= {"quantity": "0.001", "price": "40000"}
            order = await _signed(http, exchange, first, "POST", "/api/v3/order", **terms)
            async with asyncio.timeout(PATIENCE_S):
                while (report := json.loads((await stream.receive()).data)).get("x") != "NEW":
                    pass
            assert report["i"] == order["orderId"]
        await _signed(http, exchange, first, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
        await _signed(http, exchange, second, "DELETE", path, listenKey=listen_key)
        gone = await _signed(http, exchange, first, "PUT", path, listenKey=listen_key)
        assert gone["code"] == -1125
        async with http.post(f"{first}/internal/listen-keys/owner", json={}) as answer:
            assert answer.status == 401, "only gateways may ask"


async def test_when_one_is_killed_the_port_still_answers_and_it_comes_back(
    exchange: Machine,
) -> None:
    before = exchange.facts().processes[WORKERS[1]].pid
    assert before is not None
    os.kill(before, 9)
    # The kernel may still hand out a connection that the dead one had not accepted.
    ends_s = time.monotonic() + PATIENCE_S
    answered = 0
    async with aiohttp.ClientSession() as http:
        while answered < 20 and time.monotonic() < ends_s:
            try:
                async with http.get(
                    f"{exchange.url}/api/v1/time", headers={"Connection": "close"}
                ) as answer:
                    answered += answer.status == 200
            except aiohttp.ClientError:
                continue
        assert answered == 20
        while not (await asyncio.to_thread(exchange.status))["processes"] or not all(
            process["ready"] for process in (await asyncio.to_thread(exchange.status))["processes"]
        ):
            assert time.monotonic() < ends_s + 20
    assert exchange.facts().processes[WORKERS[1]].pid != before
