"""A key that an operator let see another account's fills sees those, and nothing else of it."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from client.rest import signature
from service.calls import ServiceClient
from service.errors import CallFailed
from tests.integration.gateway.owner import Owner
from tests.integration.gateway.test_venue import BID
from tests.integration.gateway.venue import SECRET, Venue


class Watcher:
    """A program with a key, which says which account it is about."""

    def __init__(self, exchange: Venue, http: aiohttp.ClientSession, key: dict[str, Any]) -> None:
        self.exchange, self.http, self.key = exchange, http, key

    def signed(self, method: str, path: str, account: str = "", body: str = "") -> tuple[int, str]:
        at_ms, secret = time.time_ns() // 1_000_000, self.key["api_secret"]
        mac = signature(secret, at_ms, method, path, account=account, body=body.encode())
        return at_ms, mac

    async def call(
        self, method: str, path: str, account_id: int, body: object = None
    ) -> tuple[int, Any]:
        data = "" if body is None else json.dumps(body)
        at_ms, mac = self.signed(method, f"/api/v1{path}", str(account_id), data)
        headers = {
            "X-Openbell-Key": self.key["api_key"],
            "X-Openbell-Timestamp": str(at_ms),
            "X-Openbell-Signature": mac,
            "Openbell-Account": str(account_id),
            "Content-Type": "application/json",
        }
        url = f"{self.exchange.gateway_url}/api/v1{path}"
        async with self.http.request(method, url, data=data or None, headers=headers) as response:
            return response.status, await response.json()


async def decided(exchange: Venue, http: aiohttp.ClientSession, **told: Any) -> list[int]:
    calls = ServiceClient(http, exchange.environment["OPENBELL_ACCOUNTS_URL"], SECRET)
    answer = await calls.call("POST", "/internal/drop-copies", dict[str, list[int]], body=told)
    return answer["account_ids"]


@pytest.fixture
async def watcher(exchange: Venue) -> AsyncIterator[Watcher]:
    async with aiohttp.ClientSession() as session:
        person = Owner(exchange, session)
        await person.sign_up("watcher")
        body = {"label": "drop copy", "permissions": ["read", "trade"]}
        _, key = await person.call("POST", "/api-keys", body)
        yield Watcher(exchange, session, key)


async def trade(exchange: Venue, owner: Owner) -> None:
    async with aiohttp.ClientSession() as session:
        seller = Owner(exchange, session)
        await seller.sign_up("seller")
        await seller.call("POST", "/faucet", {"asset": "ETH", "amount": "1"})
        await owner.place(symbol="ETH-USDT", price="90000", qty="0.001")
        await seller.place(symbol="ETH-USDT", side="sell", price="90000", qty="0.001")


async def test_a_granted_key_sees_fills_and_nothing_else(
    exchange: Venue, owner: Owner, watcher: Watcher
) -> None:
    account_id = (await owner.get("/me"))["account_id"]
    await trade(exchange, owner)
    async with aiohttp.ClientSession() as session:
        grant = {"api_key": watcher.key["api_key"], "account_id": account_id, "by": "grace"}
        for _ in range(2):
            assert await decided(exchange, session, **grant) == [account_id]
        async with session.ws_connect(f"{exchange.gateway_url}/api/v1/ws") as socket:
            watched = Watcher(exchange, session, watcher.key)
            status, told = await watched.call("GET", "/fills", account_id)
            assert status == 200
            assert (await watched.call("GET", "/fills", 4_000_000_000))[0] == 404
            assert [one["qty"] for one in told["fills"]] == ["0.0010"]
            assert await watched.call("GET", "/history/fills", account_id) == (
                200,
                {"rows": told["fills"], "cursor": None},
            )
            for path in ("/balances", "/orders", "/ledger", "/history/ledger", "/transfers"):
                assert (await watched.call("GET", path, account_id))[0] == 403
            assert (await watched.call("POST", "/orders", account_id, BID))[0] == 403
            at_ms, mac = watched.signed("WS", "/api/v1/ws")
            auth = {"op": "auth", "api_key": watcher.key["api_key"], "timestamp": at_ms, "id": 1}
            await socket.send_json(auth | {"signature": mac, "account_id": account_id})
            for at, channel in enumerate(("orders", "balances", "fills"), 2):
                await socket.send_json({"op": "subscribe", "channel": channel, "id": at})
            await socket.send_json({"op": "cancel_all", "id": 9})
            answers: dict[int, bool] = {}
            while len(answers) < 5:
                told = await socket.receive_json(timeout=5)
                if "ok" in told:
                    answers[told["id"]] = told["ok"]
            assert answers == {1: True, 2: False, 3: False, 4: True, 9: False}
            await trade(exchange, owner)
            while told.get("type") != "update":
                told = await socket.receive_json(timeout=5)
                assert told.get("channel") not in ("orders", "balances")
            assert told["fill"]["qty"] == "0.0010"
        assert await decided(exchange, session, **grant, is_ended=True) == []


async def test_only_what_there_is_is_granted(
    exchange: Venue, owner: Owner, watcher: Watcher
) -> None:
    account_id = (await owner.get("/me"))["account_id"]
    key = watcher.key["api_key"]
    for told in (
        {"api_key": "ob0", "account_id": account_id},
        {"api_key": key, "account_id": 4_000_000_000},
        {"api_key": key, "account_id": watcher.key["account_id"]},
        {"api_key": key, "account_id": account_id, "is_ended": True},
    ):
        with pytest.raises(CallFailed) as refused:
            await decided(exchange, owner.http, by="grace", **told)
        assert refused.value.status == 404


async def test_both_sides_see_who_sees_whose_fills_and_a_third_sees_nothing(
    exchange: Venue, owner: Owner, watcher: Watcher
) -> None:
    account_id = (await owner.get("/me"))["account_id"]
    async with aiohttp.ClientSession() as session:
        desk = Owner(exchange, session)
        await desk.sign_up("desk")
        _, key = await desk.call("POST", "/api-keys", {"label": "risk", "permissions": ["read"]})
        grant = {"api_key": key["api_key"], "account_id": account_id, "by": "grace"}
        assert await decided(exchange, session, **grant) == [account_id]
        received = await desk.get("/drop-copies")
        granted = await owner.get("/drop-copies")
        assert [
            (one["api_key"], one["label"], one["account_id"]) for one in received["received"]
        ] == [(key["api_key"], "risk", account_id)]
        assert received["granted"] == []
        assert [one["account_id"] for one in granted["granted"]] == [account_id]
        assert granted["received"] == []
        third = Owner(exchange, session)
        await third.sign_up("third")
        assert await third.get("/drop-copies") == {"received": [], "granted": []}
        await decided(exchange, session, **grant, is_ended=True)
        assert await owner.get("/drop-copies") == {"received": [], "granted": []}
