"""User streams, over the WS-API and by listen key, and the WS-API's own rules."""

import asyncio
import base64
import json
import time
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.calls import ServiceClient
from tests.integration.binance.customer import SYMBOL, Customer, Json, Reader
from tests.integration.gateway.venue import SECRET

REPORT = set("eEscSofqpPFgCxXrilzLnNTtIwmMOZYQWV")


async def listening(reader: Reader) -> int:
    answer = await reader.ask_signed("userDataStream.subscribe.signature")
    assert answer["status"] == 200, answer
    return int(answer["result"]["subscriptionId"])


async def report(reader: Reader, kind: str) -> Json:
    message = await reader.until(lambda each: each["event"].get("x") == kind)
    return message["event"]


async def test_an_order_is_told_from_its_entry_to_its_end(me: Customer, other: Customer) -> None:
    async with me.socket("/ws-api/v3") as reader:
        number = await listening(reader)
        order = await me.order(
            quantity="0.03", price="64000", newClientOrderId=f"c{time.time_ns()}"
        )
        first = await reader.message()
        assert first["subscriptionId"] == number
        new = first["event"]
        assert set(new) == REPORT
        assert (new["e"], new["x"], new["X"], new["C"]) == ("executionReport", "NEW", "NEW", "")
        assert (new["c"], new["i"], new["w"]) == (order["clientOrderId"], order["orderId"], True)
        assert (new["q"], new["p"], new["z"]) == ("0.03000000", "64000.00000000", "0.00000000")
        held = (await reader.message())["event"]
        assert (held["e"], [each["a"] for each in held["B"]]) == (
            "outboundAccountPosition",
            ["USDT"],
        )
        sale = await other.order("SELL", quantity="0.01")
        fill = await report(reader, "TRADE")
        assert (fill["X"], fill["l"], fill["L"]) == (
            "PARTIALLY_FILLED",
            "0.01000000",
            "64000.00000000",
        )
        assert (fill["z"], fill["Z"], fill["Y"]) == (
            "0.01000000",
            "640.00000000",
            "640.00000000",
        )
        assert (fill["n"], fill["N"], fill["m"]) == ("0.00000500", "BTC", True)
        assert fill["t"] == sale["fills"][0]["tradeId"]
        moved = (await reader.message())["event"]
        assert {each["a"] for each in moved["B"]} == {"BTC", "USDT"}
        await me.cancel(orderId=order["orderId"], newClientOrderId="enough")
        over = await report(reader, "CANCELED")
        assert (over["X"], over["c"], over["C"]) == ("CANCELED", "enough", order["clientOrderId"])


async def test_an_order_that_takes_is_told_new_then_traded(me: Customer, other: Customer) -> None:
    await other.order("SELL", quantity="0.02", price="64000")
    async with me.socket("/ws-api/v3") as reader:
        await listening(reader)
        await me.order(type="MARKET", quantity="0.01")
        kinds = [(await reader.message())["event"] for _ in range(3)]
        assert [each.get("x") or each["e"] for each in kinds] == [
            "NEW",
            "TRADE",
            "outboundAccountPosition",
        ]
        assert (kinds[1]["X"], kinds[1]["w"], kinds[1]["N"]) == ("FILLED", False, "BTC")
        await me.order(timeInForce="IOC", quantity="0.05", price="64000")
        expired = await report(reader, "EXPIRED")
        assert (expired["X"], expired["z"]) == ("EXPIRED", "0.01000000")


async def test_a_stop_is_told_when_it_waits_and_when_it_works(
    me: Customer, other: Customer
) -> None:
    await me.order(quantity="0.01", price="64000")
    await other.order("SELL", quantity="0.01", price="64000")
    await other.order(quantity="0.02", price="63000")
    async with me.socket("/ws-api/v3") as reader:
        await listening(reader)
        stop = await me.order("SELL", type="STOP_LOSS", stopPrice="63500", quantity="0.01")
        waits = await report(reader, "NEW")
        assert (waits["w"], waits["W"], waits["P"]) == (False, -1, "63500.00000000")
        await me.order("SELL", type="MARKET", quantity="0.01")
        works = await reader.until(
            lambda each: each["event"].get("i") == stop["orderId"] and each["event"]["w"]
        )
        assert works["event"]["x"] == "NEW"
        sold = await reader.until(lambda each: each["event"].get("i") == stop["orderId"])
        assert (sold["event"]["x"], sold["event"]["X"]) == ("TRADE", "FILLED")


async def test_self_trade_prevention_is_told_as_such(me: Customer) -> None:
    async with me.socket("/ws-api/v3") as reader:
        await listening(reader)
        maker = await me.order(quantity="0.01")
        await me.order("SELL", quantity="0.01", selfTradePreventionMode="EXPIRE_MAKER")
        prevented = await report(reader, "TRADE_PREVENTION")
        assert (prevented["i"], prevented["X"]) == (maker["orderId"], "EXPIRED_IN_MATCH")


async def test_money_from_outside_is_told(me: Customer, http: aiohttp.ClientSession) -> None:
    url = me.venue.environment["OPENBELL_ACCOUNTS_URL"]
    accounts = ServiceClient(http, url, SECRET)
    account_id = (await me.get("/api/v3/account"))["uid"]
    async with me.socket("/ws-api/v3") as reader:
        await listening(reader)
        body = {
            "account_id": account_id,
            "asset": "USDT",
            "amount_atoms": 5 * 10**8,
            "external_ref": f"gift-{time.time_ns()}",
        }
        await accounts.call("POST", "/internal/deposits", dict[str, int], body=body)
        event = (await reader.message())["event"]
        assert (event["e"], event["a"], event["d"]) == ("balanceUpdate", "USDT", "5.00000000")
        assert (await reader.message())["event"]["e"] == "outboundAccountPosition"


async def test_a_listen_key_is_read_on_either_path(me: Customer) -> None:
    status, started = await me.send("POST", "/api/v3/userDataStream", key=me.api_key)
    assert status == 200
    listen_key = started["listenKey"]
    assert (await me.send("POST", "/api/v3/userDataStream", key=me.api_key))[1] == started
    paths = (f"/ws/{listen_key}", f"/stream?streams={listen_key}", "/ws")
    async with (
        me.socket(paths[0]) as raw,
        me.socket(paths[1]) as combined,
        me.socket(paths[2]) as asked,
    ):
        assert (await asked.ask("SUBSCRIBE", [listen_key]))["result"] is None
        assert (await raw.ask("LIST_SUBSCRIPTIONS"))["result"] == [listen_key]
        await combined.ask("LIST_SUBSCRIPTIONS")
        order = await me.order()
        for reader in (raw, asked):
            assert (await reader.message())["i"] == order["orderId"]
        named = await combined.message()
        assert (named["stream"], named["data"]["i"]) == (listen_key, order["orderId"])
        query = f"listenKey={listen_key}"
        for in_body in (False, True):
            parts = ("", query) if in_body else (query, "")
            kept = await me.send("PUT", "/api/v3/userDataStream", *parts, key=me.api_key)
            assert kept == (200, {})
        ended = await me.send("DELETE", "/api/v3/userDataStream", query, key=me.api_key)
        assert ended == (200, {})
        expired = await raw.until(lambda each: each.get("e") == "listenKeyExpired")
        assert expired["listenKey"] == listen_key
    status, answer = await me.send("PUT", "/api/v3/userDataStream", query, key=me.api_key)
    assert (status, answer["code"], answer["msg"]) == (400, -1125, "This listenKey does not exist.")


async def test_a_listen_key_is_started_kept_and_stopped_over_the_ws_api(me: Customer) -> None:
    async with me.socket("/ws-api/v3") as api:
        key = {"apiKey": me.api_key}
        started = await api.ask("userDataStream.start", key)
        listen_key = started["result"]["listenKey"]
        async with me.socket(f"/ws/{listen_key}") as reader:
            await reader.ask("LIST_SUBSCRIPTIONS")
            order = await me.order()
            assert (await reader.message())["i"] == order["orderId"]
        named = key | {"listenKey": listen_key}
        for method in ("userDataStream.ping", "userDataStream.stop"):
            assert (await api.ask(method, named))["result"] == {}, method
        gone = await api.ask("userDataStream.ping", named)
        assert (gone["status"], gone["error"]["code"]) == (400, -1125)


async def test_somebody_elses_listen_key_is_none(me: Customer, other: Customer) -> None:
    _, started = await me.send("POST", "/api/v3/userDataStream", key=me.api_key)
    query = f"listenKey={started['listenKey']}"
    status, answer = await other.send("DELETE", "/api/v3/userDataStream", query, key=other.api_key)
    assert (status, answer["code"]) == (400, -1125)


async def test_the_ws_api_does_what_rest_does(me: Customer) -> None:
    async with me.socket("/ws-api/v3") as reader:
        assert await reader.ask("ping") | {"id": 0, "rateLimits": 0} == {
            "id": 0,
            "status": 200,
            "result": {},
            "rateLimits": 0,
        }
        assert (await reader.ask("time"))["result"]["serverTime"] > 0
        quiet = await reader.ask("depth", {"symbol": SYMBOL, "returnRateLimits": False})
        assert "rateLimits" not in quiet
        assert quiet["result"] == await me.public("/api/v3/depth", symbol=SYMBOL)
        terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        placed = await reader.ask_signed("order.place", **terms, quantity="0.01", price="60000")
        assert (placed["status"], placed["result"]["status"]) == (200, "NEW")
        which = {"symbol": SYMBOL, "orderId": placed["result"]["orderId"]}
        assert (await reader.ask_signed("order.status", **which))["result"]["price"]
        assert len((await reader.ask_signed("openOrders.status"))["result"]) == 1
        ended = await reader.ask_signed("order.cancel", **which)
        assert ended["result"]["status"] == "CANCELED"
        for method, params in (
            ("order.test", terms | {"quantity": "0.01", "price": "60000"}),
            ("allOrders", {"symbol": SYMBOL}),
            ("myTrades", {"symbol": SYMBOL}),
            ("account.status", {}),
            ("account.commission", {"symbol": SYMBOL}),
            ("account.rateLimits.orders", {}),
            ("myPreventedMatches", {"symbol": SYMBOL}),
        ):
            assert (await reader.ask_signed(method, **params))["status"] == 200, method
        resting = await me.order(quantity="0.03", price="60000")
        chosen = {"symbol": SYMBOL, "orderId": resting["orderId"]}
        less = await reader.ask_signed("order.amend.keepPriority", **chosen, newQty="0.02")
        assert less["result"]["amendedOrder"]["qty"] == "0.02000000"
        moved = await reader.ask_signed(
            "order.cancelReplace",
            **terms,
            cancelReplaceMode="STOP_ON_FAILURE",
            cancelOrderId=resting["orderId"],
            quantity="0.01",
            price="60001",
        )
        assert moved["result"]["newOrderResponse"]["price"] == "60001.00000000"
        assert len((await reader.ask_signed("openOrders.cancelAll", symbol=SYMBOL))["result"]) == 1
        for method, asked in (
            ("exchangeInfo", {}),
            ("trades.recent", {"symbol": SYMBOL}),
            ("trades.historical", {"symbol": SYMBOL, "fromId": 1}),
            ("trades.aggregate", {"symbol": SYMBOL}),
            ("klines", {"symbol": SYMBOL, "interval": "1m"}),
            ("ticker.24hr", {"symbols": [SYMBOL]}),
            ("ticker.price", {}),
            ("ticker.book", {"symbol": SYMBOL}),
            ("avgPrice", {"symbol": SYMBOL}),
            ("uiKlines", {"symbol": SYMBOL, "interval": "1m"}),
            ("ticker", {"symbol": SYMBOL, "windowSize": "2h"}),
            ("ticker.tradingDay", {"symbol": SYMBOL}),
        ):
            assert (await reader.ask(method, asked))["status"] == 200, method


async def test_a_request_gets_its_own_id_back(me: Customer) -> None:
    async with me.socket("/ws-api/v3") as reader:
        for request_id in (7, "seven", None, -1):
            await reader.socket.send_str(json.dumps({"id": request_id, "method": "ping"}))
            assert (await reader.message())["id"] == request_id
        for wrong in ({"id": 1.5}, {"id": [1]}, {"id": "x" * 37}):
            await reader.socket.send_str(json.dumps(wrong | {"method": "ping"}))
            answer = await reader.message()
            assert (answer["status"], answer["id"]) == (400, None)
        await reader.socket.send_str("{")
        assert (await reader.message())["status"] == 400
        answer = await reader.ask("dance")
        assert (answer["status"], answer["error"]["code"]) == (400, -1000)
        refused = await reader.ask_signed("order.status", symbol=SYMBOL, orderId=999_999_999)
        assert (refused["status"], refused["error"]) == (
            400,
            {"code": -2013, "msg": "Order does not exist."},
        )
        unsigned = await reader.ask("account.status", {"timestamp": time.time_ns() // 1_000_000})
        assert (unsigned["status"], unsigned["error"]["code"]) == (401, -2014)


async def _api_key(
    me: Customer, http: aiohttp.ClientSession, public_key: str, permissions: list[str]
) -> str:
    """Make a key of the demo user's for a key pair; return its name."""
    accounts = ServiceClient(http, me.venue.environment["OPENBELL_ACCOUNTS_URL"], SECRET)
    query = {"email": "demo@openbell.local"}
    user = await accounts.call("GET", "/internal/users", dict[str, Any], query=query)
    body = {
        "user_id": user["user_id"],
        "label": "of a key pair",
        "permissions": permissions,
        "public_key": public_key,
    }
    made = await accounts.call("POST", "/internal/api-keys", dict[str, Any], body=body)
    assert made["api_secret"] == ""
    return str(made["api_key"])


class Ed25519Customer(Customer):
    """One who signs with a private key."""

    private: Ed25519PrivateKey

    def sign(self, payload: str) -> str:
        return base64.b64encode(self.private.sign(payload.encode())).decode()


@pytest.fixture
async def signer(me: Customer, http: aiohttp.ClientSession) -> Ed25519Customer:
    private = Ed25519PrivateKey.generate()
    public_key = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    customer = Ed25519Customer(me.venue, http, await _api_key(me, http, public_key, ["read"]), "")
    customer.private = private
    return customer


class RsaCustomer(Customer):
    """One who signs with a private key of the older kind."""

    private: RSAPrivateKey

    def sign(self, payload: str) -> str:
        signature = self.private.sign(payload.encode(), PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode()


async def test_an_rsa_key_trades_over_rest_and_reads_over_the_ws_api(
    me: Customer, http: aiohttp.ClientSession
) -> None:
    private = generate_private_key(65_537, 2_048)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    api_key = await _api_key(me, http, pem.decode(), ["read", "trade"])
    customer = RsaCustomer(me.venue, http, api_key, "")
    customer.private = private
    order = await customer.order(price="60000")
    async with customer.socket("/ws-api/v3") as reader:
        await listening(reader)
        await customer.cancel(orderId=order["orderId"])
        assert (await report(reader, "CANCELED"))["i"] == order["orderId"]
    payload = f"timestamp={time.time_ns() // 1_000_000}"
    forged = quote(customer.sign(payload + "0"), safe="")
    status, answer = await customer.send(
        "GET", "/api/v3/account", f"{payload}&signature={forged}", key=api_key
    )
    assert (status, answer["code"]) == (400, -1022)


async def test_an_ed25519_session_needs_no_more_signatures(
    me: Customer, signer: Ed25519Customer
) -> None:
    async with signer.socket("/ws-api/v3") as reader:
        early = await reader.ask("userDataStream.subscribe")
        assert early["status"] == 401
        logged_on = await reader.ask_signed("session.logon")
        assert logged_on["result"]["apiKey"] == signer.api_key
        state = await reader.ask("account.status", {"timestamp": time.time_ns() // 1_000_000})
        assert state["result"]["balances"]
        number = (await reader.ask("userDataStream.subscribe"))["result"]["subscriptionId"]
        listed = await reader.ask("session.subscriptions")
        assert listed["result"] == [{"subscriptionId": number}]
        order = await me.order()
        assert (await reader.message())["event"]["i"] == order["orderId"]
        terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        terms |= {"quantity": "0.01", "price": "60000"}
        now_ms = time.time_ns() // 1_000_000
        refused = await reader.ask("order.place", terms | {"timestamp": now_ms})
        assert (refused["status"], refused["error"]["code"]) == (401, -2015), "it may only read"
        await reader.ask("session.logout")
        ended = await reader.until(lambda each: each["event"]["e"] == "eventStreamTerminated")
        assert ended["subscriptionId"] == number
        assert (await reader.ask("session.status"))["result"]["apiKey"] is None


async def test_an_ed25519_key_signs_rest_with_its_base64_escaped(signer: Ed25519Customer) -> None:
    payload = f"timestamp={time.time_ns() // 1_000_000}"
    signature = quote(signer.sign(payload), safe="")
    status, answer = await signer.send(
        "GET", "/api/v3/account", f"{payload}&signature={signature}", key=signer.api_key
    )
    assert status == 200 and not answer["canTrade"]


async def test_unsubscribing_ends_the_stream(me: Customer) -> None:
    async with me.socket("/ws-api/v3") as reader:
        first, second = await listening(reader), await listening(reader)
        done = await reader.ask("userDataStream.unsubscribe", {"subscriptionId": first})
        assert (done["status"], done["result"]) == (200, {})
        ended = await reader.message()
        assert (ended["subscriptionId"], ended["event"]["e"]) == (first, "eventStreamTerminated")
        await me.order()
        told = await reader.message()
        assert (told["subscriptionId"], told["event"]["x"]) == (second, "NEW")


async def test_the_first_message_is_the_answer_to_the_subscription(me: Customer) -> None:
    """Whatever happens meanwhile: a client takes what comes first for that answer."""
    placing = asyncio.create_task(me.order(price="60000"))
    async with me.socket("/ws-api/v3") as reader:
        sent: dict[str, Any] = {
            "apiKey": me.api_key,
            "timestamp": time.time_ns() // 1_000_000,
        }
        payload = "&".join(f"{name}={sent[name]}" for name in sorted(sent))
        request = {"id": "first", "method": "userDataStream.subscribe.signature"}
        request |= {"params": sent | {"signature": me.sign(payload)}}  # type: ignore[dict-item]
        await reader.socket.send_str(json.dumps(request))
        assert (await reader.message())["id"] == "first"
    await placing
