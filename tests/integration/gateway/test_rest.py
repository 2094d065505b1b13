"""The native API over HTTP."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from gateway.rest.table import ROUTES
from gateway.web_ui import WebUi
from tests.integration.gateway.rig import Rig, running_rig
from tests.unit.gateway.exchange import ALICE, BOB, BUY, SELL


async def test_an_order_lives_from_entry_to_fill_as_text(rig: Rig) -> None:
    resting = await rig.place(ALICE, client_order_id="bid-1", post_only=True)
    assert resting["status"] == "new" and resting["price"] == "64000.00"
    assert resting["qty"] == resting["leaves_qty"] == "0.01000"
    assert resting["avg_price"] is None and resting["reason"] is None
    sold = await rig.place(BOB, side="sell", type="market", price=None, qty="0.004")
    assert sold["status"] == "filled" and sold["avg_price"] == "64000.00"
    (fill,) = sold["fills"]
    assert (fill["fee"], fill["fee_asset"]) == ("0.25600000", "USDT")
    assert fill["liquidity"] == "taker"
    status, seen = await rig.call("GET", f"/orders/{resting['order_id']}", account_id=ALICE)
    assert status == 200 and seen["status"] == "partially_filled"
    assert seen["cum_qty"] == "0.00400" and seen["fills"][0]["fee_asset"] == "BTC"
    assert (await rig.call("GET", "/orders/by-client-id/bid-1", account_id=ALICE))[1] == seen
    status, canceled = await rig.call("DELETE", f"/orders/{resting['order_id']}", account_id=ALICE)
    assert status == 200 and canceled["status"] == "canceled"
    assert canceled["reason"] == "REQUESTED" and canceled["leaves_qty"] == "0.00000"


async def test_a_client_reads_its_own_writes_everywhere(rig: Rig) -> None:
    await rig.place(ALICE)
    await rig.place(BOB, side="sell", qty="0.004")
    _, balances = await rig.call("GET", "/balances", account_id=BOB)
    usdt = next(row for row in balances["balances"] if row["asset"] == "USDT")
    assert usdt["available"] == "10000255.74400000" and usdt["held"] == "0.00000000"
    assert usdt["total"] == usdt["available"]
    _, orders = await rig.call("GET", "/orders", account_id=ALICE)
    assert [order["cum_qty"] for order in orders["orders"]] == ["0.00400"]
    _, fills = await rig.call("GET", "/fills?symbol=BTC-USDT", account_id=ALICE)
    assert [fill["qty"] for fill in fills["fills"]] == ["0.00400"]
    _, depth = await rig.call("GET", "/depth?symbol=BTC-USDT")
    assert depth["bids"] == [["64000.00", "0.00600"]] and depth["asks"] == []
    _, trades = await rig.call("GET", "/trades?symbol=BTC-USDT")
    assert [(trade["trade_id"], trade["aggressor_side"]) for trade in trades] == [(1, "sell")]


async def test_closed_orders_join_the_history(rig: Rig) -> None:
    first, second = await rig.place(ALICE), await rig.place(ALICE)
    await rig.call("DELETE", f"/orders/{first['order_id']}", account_id=ALICE)
    for status, ids in (
        ("open", [second["order_id"]]),
        ("closed", [first["order_id"]]),
        ("all", [second["order_id"], first["order_id"]]),
    ):
        _, answer = await rig.call("GET", f"/orders?status={status}", account_id=ALICE)
        assert [order["order_id"] for order in answer["orders"]] == ids
    _, page = await rig.call(
        "GET", f"/orders?status=all&before_order_id={second['order_id']}", account_id=ALICE
    )
    assert [order["order_id"] for order in page["orders"]] == [first["order_id"]]


async def test_replace_and_cancel_all(rig: Rig) -> None:
    order = await rig.place(ALICE)
    status, replaced = await rig.call(
        "PATCH", f"/orders/{order['order_id']}", account_id=ALICE, body={"price": "63000.00"}
    )
    assert status == 200 and replaced["price"] == "63000.00"
    await rig.place(ALICE, symbol="ETH-USDT", price="3000.00", qty="1")
    status, answer = await rig.call("DELETE", "/orders?symbol=BTC-USDT", account_id=ALICE)
    assert (status, answer) == (200, {"canceled": [order["order_id"]]})


async def test_nobody_sees_somebody_elses_order(rig: Rig) -> None:
    order = await rig.place(ALICE, client_order_id="secret-1")
    not_there = [
        await rig.call(method, path, account_id=BOB, body=body)
        for method, path, body in (
            ("GET", f"/orders/{order['order_id']}", None),
            ("GET", "/orders/999", None),
            ("GET", "/orders/99999999999999999999", None),
            ("GET", "/orders/by-client-id/secret-1", None),
            ("DELETE", f"/orders/{order['order_id']}", None),
            ("DELETE", "/orders/999", None),
            ("PATCH", f"/orders/{order['order_id']}", {"qty": "1"}),
            ("PATCH", "/orders/999", {"qty": "1"}),
        )
    ]
    (only,) = {json.dumps(answer) for answer in not_there}
    status, answer = json.loads(only)
    assert (status, answer["status"], answer["title"]) == (404, 404, "Not Found")
    assert answer["error"] == {"code": "UNKNOWN_ORDER", "message": "no such order of yours"}
    assert (answer["code"], answer["detail"]) == tuple(answer["error"].values())
    for path in ("/orders?status=all", "/fills"):
        _, answer = await rig.call("GET", path, account_id=BOB)
        assert list(answer.values()) == [[]]
    _, mine = await rig.call("GET", "/orders", account_id=ALICE)
    assert len(mine["orders"]) == 1


async def test_an_unknown_fate_says_how_to_ask(rig: Rig) -> None:
    rig.engine.mute = True
    body = {
        "symbol": "BTC-USDT",
        "side": "buy",
        "type": "limit",
        "price": "64000",
        "qty": "0.01",
        "client_order_id": "lost",
    }
    status, answer = await rig.call("POST", "/orders", account_id=ALICE, body=body)
    assert status == 202
    assert answer == {
        "status": "unknown",
        "client_order_id": "lost",
        "ask": "/api/v1/orders/by-client-id/lost",
    }
    await rig.wait_live(False)
    rig.engine.mute = False
    rig.engine.speak()
    await rig.wait_live()
    status, order = await rig.call("GET", "/orders/by-client-id/lost", account_id=ALICE)
    assert (status, order["status"]) == (200, "new")
    status, again = await rig.call("POST", "/orders", account_id=ALICE, body=body)
    assert (status, again["order_id"]) == (201, order["order_id"])


async def test_without_the_engine_nothing_old_is_shown_as_live(rig: Rig) -> None:
    await rig.place(ALICE)
    rig.engine.up = False
    await rig.wait_live(False)
    for method, path, body in (
        ("GET", "/depth?symbol=BTC-USDT", None),
        ("GET", "/balances", None),
        ("GET", "/orders", None),
        ("GET", "/instruments", None),
    ):
        status, answer = await rig.call(method, path, account_id=ALICE, body=body)
        assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE"), path
    status, answer = await rig.call("DELETE", "/orders/1", account_id=ALICE)
    assert (status, answer["error"]["code"]) == (503, "NOT_SENT")
    async with rig.http.get(f"{rig.base_url}/readyz") as ready:
        assert ready.status == 503
    async with rig.http.get(f"{rig.base_url}/healthz") as healthy:
        assert healthy.status == 200
    rig.engine.up = True
    await rig.wait_live()
    assert (await rig.call("GET", "/depth?symbol=BTC-USDT"))[0] == 200


async def test_trading_goes_on_without_accounts(rig: Rig) -> None:
    await rig.place(ALICE)
    rig.accounts.up = False
    order = await rig.place(ALICE)
    assert (await rig.call("GET", "/orders", account_id=ALICE))[0] == 200
    assert (await rig.call("GET", f"/orders/{order['order_id']}", account_id=ALICE))[0] == 200
    status, answer = await rig.call("GET", "/orders?status=all", account_id=ALICE)
    assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE")
    rig.accounts.up = True
    assert (await rig.call("GET", "/orders?status=all", account_id=ALICE))[0] == 200


async def test_trading_goes_on_without_market_data(rig: Rig) -> None:
    rig.market_data.up = False
    for path in ("/candles?symbol=BTC-USDT&interval=1m", "/trades?symbol=BTC-USDT", "/tickers"):
        assert (await rig.call("GET", path))[0] == 503, path
    await rig.place(ALICE)
    await rig.place(BOB, side="sell")
    status, trades = await rig.call("GET", "/trades?symbol=BTC-USDT")
    assert (status, len(trades)) == (200, 1), "all trades there are: nobody needs asking"


async def test_a_broken_stream_is_built_anew_from_a_fresh_snapshot(rig: Rig) -> None:
    order = await rig.place(ALICE)
    rig.engine.breaks = True
    rig.engine.speak()
    await rig.wait_live(False)
    await rig.wait_live()
    assert rig.accounts.snapshots == 2
    _, orders = await rig.call("GET", "/orders", account_id=ALICE)
    assert [each["order_id"] for each in orders["orders"]] == [order["order_id"]]
    await rig.place(ALICE)


async def test_candles_are_decimal_text(rig: Rig) -> None:
    _, answer = await rig.call("GET", "/candles?symbol=BTC-USDT&interval=1m&limit=1")
    assert answer == {
        "symbol": "BTC-USDT",
        "interval": "1m",
        "candles": [
            {
                "ts_open_ns": "60000000000",
                "open": "64000.00",
                "high": "64001.00",
                "low": "63999.00",
                "close": "64000.50",
                "volume": "0.00007",
                "quote_volume": "0.00000070",
                "trades": 2,
                "vwap": "0.01",
                "taker_buy_volume": "0.00003",
                "taker_buy_quote_volume": "0.00000030",
            }
        ],
    }


async def test_the_book_is_shown_in_steps_of_prices(rig: Rig) -> None:
    await rig.place(ALICE, price="63999.20")
    await rig.place(ALICE, price="63999.70")
    _, depth = await rig.call("GET", "/depth?symbol=BTC-USDT&group=1&levels=5")
    assert depth["bids"] == [["63999.00", "0.02000"]]
    status, answer = await rig.call("GET", "/depth?symbol=BTC-USDT&group=0.005")
    assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST")


async def test_a_list_of_markets_has_rules_ticker_and_statistics(rig: Rig) -> None:
    rig.market_feed.connected = True
    await rig.place(ALICE, price="63990.00", qty="0.5")
    await rig.place(ALICE, price="63300.00", qty="9")
    await rig.place(BOB, side="sell", price="64010.00", qty="0.25")
    _, markets = await rig.call("GET", "/markets")
    assert [market["instrument"]["symbol"] for market in markets] == ["BTC-USDT", "ETH-USDT"]
    _, (statistics,) = await rig.call("GET", "/statistics?symbol=BTC-USDT")
    assert statistics == markets[0]["statistics"]
    assert statistics == {
        "symbol": "BTC-USDT",
        "bid": "63990.00",
        "ask": "64010.00",
        "spread": "20.00",
        "spread_ppm": 312,
        "bid_depth": "0.50000",
        "ask_depth": "0.25000",
        "volatility_ppm": 0,
    }
    assert markets[0]["ticker"]["bid"] == "63990.00"


async def test_tickers_show_the_best_prices_of_the_book(rig: Rig) -> None:
    rig.market_feed.connected = True
    await rig.place(ALICE)
    _, (ticker,) = await rig.call("GET", "/tickers?symbol=BTC-USDT")
    assert (ticker["bid"], ticker["ask"], ticker["last"]) == ("64000.00", None, None)
    assert len((await rig.call("GET", "/tickers"))[1]) == 2


BAD_ORDERS: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b"[" * 60_000,
    b'{"a":' * 12_000,
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":64000,"qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":NaN,"qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":1e400,"qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"-1","qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"Infinity","qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"1e400","qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"BUY","type":"limit","price":"64000","qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"twap","price":"64000","qty":"0.01"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"64000","qty":"0.01","x":1}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"64000","qty":"0.01","qty":"9"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"64000","qty":"0.01",'
    b'"post_only":"yes"}',
    b'{"symbol":"BTC-USDT","side":"buy","type":"limit","price":"64000","qty":"0.01",'
    b'"client_order_id":"no spaces"}',
]


@pytest.mark.parametrize("raw", BAD_ORDERS, ids=range(len(BAD_ORDERS)))
async def test_a_malformed_order_is_refused_and_changes_nothing(rig: Rig, raw: bytes) -> None:
    before = rig.engine.exchange.core.state_hash()
    status, answer = await rig.call("POST", "/orders", account_id=ALICE, raw=raw)
    assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST")
    assert rig.engine.exchange.core.state_hash() == before
    await rig.place(ALICE)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"price": "64000.001"}, "INVALID_PRICE"),
        ({"qty": "0.000001"}, "INVALID_QUANTITY"),
        ({"qty": "0"}, "INVALID_QUANTITY"),
        ({"qty": "9999999999999999999"}, "INVALID_QUANTITY"),
        ({"qty": "90000000"}, "NOTIONAL_TOO_LARGE"),
        ({"qty": "0.00001"}, "NOTIONAL_TOO_SMALL"),
        ({"qty": "100000"}, "INSUFFICIENT_FUNDS"),
        ({"time_in_force": "fok", "post_only": True}, "UNSUPPORTED_COMBINATION"),
    ],
)
async def test_a_refused_order_says_why_and_changes_no_balance(
    rig: Rig, fields: dict[str, Any], code: str
) -> None:
    terms = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000", "qty": "0.01"}
    before = rig.engine.exchange.core.balances()
    status, answer = await rig.call("POST", "/orders", account_id=ALICE, body=terms | fields)
    assert (status, answer["error"]["code"]) == (422, code)
    assert rig.engine.exchange.core.balances() == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/depth", 400),
        ("/depth?symbol=BTC-USDT&levels=0", 400),
        ("/depth?symbol=BTC-USDT&levels=1e400", 400),
        ("/depth?symbol=BTC-USDT&levels=NaN", 400),
        ("/depth?symbol=BTC-USDT&levels=" + "9" * 5_000, 400),
        ("/depth?symbol=BTC-USDT&symbol=ETH-USDT", 400),
        ("/depth?symbol=BTC-USDT&depth=5", 400),
        ("/depth?symbol=NO-SUCH", 404),
        ("/depth?symbol=%00", 400),
        ("/trades?symbol=BTC-USDT&before_trade_id=-1", 400),
        ("/candles?symbol=BTC-USDT&interval=7m", 400),
        ("/candles?symbol=BTC-USDT&interval=1m&start_ns=9999999999999999999", 400),
        ("/candles?symbol=BTC-USDT&interval=1m&start_ns=x", 400),
        ("/orders/abc", 400),
        ("/orders/-1", 400),
        ("/orders/0", 404),
        ("/orders/by-client-id/%20", 404),
        ("/orders/by-client-id/" + "x" * 200, 404),
        ("/nothing", 404),
        ("/orders/1/2", 404),
    ],
)
async def test_a_malformed_question_has_a_clear_answer(rig: Rig, path: str, status: int) -> None:
    answered, answer = await rig.call("GET", path, account_id=ALICE)
    assert answered == status and answer["error"]["code"] and answer["error"]["message"]


async def test_too_large_wrong_method_and_wrong_path_are_json_too(rig: Rig) -> None:
    big = b'{"symbol":"' + b"x" * (64 * 1024) + b'"}'
    status, answer = await rig.call("POST", "/orders", account_id=ALICE, raw=big)
    assert (status, answer["error"]["code"]) == (413, "BODY_TOO_LARGE")
    status, answer = await rig.call("PUT", "/orders")
    assert (status, answer["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    status, answer = await rig.call("POST", "/nothing")
    assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")


async def test_what_nobody_foresaw_is_answered_and_survived(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rig.accounts, "orders", fails)
    status, answer = await rig.call("GET", "/orders?status=all", account_id=ALICE)
    assert (status, answer["error"]["code"]) == (500, "INTERNAL")
    await rig.place(ALICE)


async def test_tokens_that_must_not_open_the_door(rig: Rig) -> None:
    now_s = int(time.time())
    tokens = {
        "expired": rig.accounts.token(ALICE, exp=now_s - 1),
        "other issuer": rig.accounts.token(ALICE, iss="else"),
        "other audience": rig.accounts.token(ALICE, aud="else"),
        "unknown key": rig.accounts.token(ALICE, kid="else"),
        "no expiry": rig.accounts.token(ALICE, exp=None),
        "tampered": rig.accounts.token(ALICE)[:-6] + "AAAAAA",
        "unsigned": "eyJhbGciOiJub25lIiwia2lkIjoicmlnIn0.eyJhY2MiOjEwMDB9.",
        "symmetric": "eyJhbGciOiJIUzI1NiIsImtpZCI6InJpZyJ9.eyJhY2MiOjEwMDB9.c2ln",
        "garbage": "x" * 5_000,
        "empty": "",
    }
    for what, token in tokens.items():
        status, answer = await rig.call(
            "GET", "/balances", headers={"Authorization": f"Bearer {token}"}
        )
        assert (status, answer["error"]["code"]) == (401, "UNAUTHENTICATED"), what
    assert (await rig.call("GET", "/balances"))[0] == 401
    assert (await rig.call("GET", "/balances", account_id=ALICE))[0] == 200


async def test_an_api_key_signs_everything_that_matters(rig: Rig) -> None:
    key, path = f"key-{ALICE}-2", "/orders?status=open"
    good = rig.signed("GET", path, key=key)
    assert (await rig.call("GET", path, headers=good))[0] == 200
    now_ms = int(time.time() * 1000)
    for what, headers in {
        "another path": rig.signed("GET", "/orders?status=all", key=key),
        "another method": rig.signed("POST", path, key=key),
        "a body": rig.signed("GET", path, b"x", key=key),
        "too old": rig.signed("GET", path, key=key, at_ms=now_ms - 6_000),
        "from the future": rig.signed("GET", path, key=key, at_ms=now_ms + 6_000),
        "an unknown key": rig.signed("GET", path, key="nobody"),
        "a key that is a path": rig.signed("GET", path, key="../users/1"),
        "no signature": good | {"X-Openbell-Signature": ""},
        "a foreign signature": good | {"X-Openbell-Signature": "é"},
        "no number": good | {"X-Openbell-Timestamp": "now"},
        "another idempotency key": good | {"Idempotency-Key": "k"},
        "another account": good | {"Openbell-Account": str(ALICE)},
        "a path that goes on in the body": rig.signed("GET", "/orders?status=", b"open", key=key),
    }.items():
        status, answer = await rig.call("GET", path, headers=headers)
        assert (status, answer["error"]["code"]) == (401, "UNAUTHENTICATED"), what


async def test_an_api_key_does_what_it_is_allowed(rig: Rig) -> None:
    reader = f"key-{BOB}-1"
    assert (await rig.call("GET", "/fills", headers=rig.signed("GET", "/fills", key=reader)))[
        0
    ] == 200
    body = json.dumps(
        {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000", "qty": "0.01"}
    ).encode()
    headers = rig.signed("POST", "/orders", body, key=reader)
    status, answer = await rig.call("POST", "/orders", raw=body, headers=headers)
    assert (status, answer["error"]["code"]) == (403, "FORBIDDEN")
    trader = f"key-{BOB}-2"
    headers = rig.signed("POST", "/orders", body, key=trader)
    status, order = await rig.call("POST", "/orders", raw=body, headers=headers)
    assert status == 201 and order["status"] == "new"
    headers = rig.signed("GET", "/api-keys", key=trader)
    assert (await rig.call("GET", "/api-keys", headers=headers))[0] == 403


@pytest.mark.parametrize("key", [None, "", "k" * 65, "a key"])
async def test_money_leaves_only_under_a_key_that_makes_asking_again_safe(
    rig: Rig, key: str | None
) -> None:
    body = b'{"asset":"BTC","amount":"1","address":"bc1-mine"}'
    headers = {} if key is None else {"Idempotency-Key": key}
    status, answer = await rig.call(
        "POST", "/withdrawals", raw=body, account_id=BOB, headers=headers
    )
    assert (status, "Idempotency-Key" in answer["error"]["message"]) == (400, True)


async def test_an_api_key_that_trades_takes_no_money_out(rig: Rig) -> None:
    for method, path in (("POST", "/withdrawals"), ("POST", "/withdrawal-addresses")):
        headers = rig.signed(method, path, b"{}", key=f"key-{BOB}-2")
        status, answer = await rig.call(method, path, raw=b"{}", headers=headers)
        assert (status, answer["error"]["code"]) == (403, "FORBIDDEN")


async def test_limits_are_named_and_say_when_they_open(tmp_path: Path) -> None:
    async with running_rig(
        WebUi(tmp_path), orders_per_account="2/minute", requests_per_ip="20/minute"
    ) as rig:
        first = await rig.place(ALICE)
        await rig.place(ALICE)
        body = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1", "qty": "1"}
        status, answer = await rig.call("POST", "/orders", account_id=ALICE, body=body)
        assert (status, answer["error"]["code"]) == (429, "RATE_LIMIT")
        assert answer["error"]["details"] == {"limit": "orders_per_account"}
        await rig.place(BOB)
        path = f"/orders/{first['order_id']}"
        assert (await rig.call("DELETE", path, account_id=ALICE))[0] == 200, "cancels are exempt"
        statuses = [(await rig.call("GET", "/time"))[0] for _ in range(20)]
        assert statuses[0] == 200 and statuses[-1] == 429


async def test_the_document_describes_every_route(rig: Rig) -> None:
    _, document = await rig.call("GET", "/openapi.json")
    assert document["openapi"].startswith("3.1")
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == {(route.method, "/api/v1" + route.path) for route in ROUTES}
    ids = [op["operationId"] for ops in document["paths"].values() for op in ops.values()]
    assert len(ids) == len(set(ids))
    order = document["components"]["schemas"]["NewOrderRequest"]
    assert order["additionalProperties"] is False and "symbol" in order["required"]


async def test_the_documentation_page_needs_nobody_else(rig: Rig) -> None:
    for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
        async with rig.http.get(rig.base_url + path) as response:
            text = await response.text()
            assert response.status == 200
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]
            assert "http://" not in text and "https://" not in text
            assert "<script>" not in text and "onclick" not in text


async def test_the_ui_is_served_with_its_routes_and_its_caching(tmp_path: Path) -> None:
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>the UI")
    (root / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "secret").write_text("not served")
    async with running_rig(WebUi(root)) as rig:

        async def get(path: str) -> tuple[int, str, str]:
            url = URL(rig.base_url + path, encoded=True)  # as a rude client would send it
            async with rig.http.get(url) as response:
                cache = response.headers.get("Cache-Control", "")
                return response.status, cache, await response.text()

        for path in ("/", "/trade/BTC-USDT", "/index.html", "/%2e%2e/secret", "/a/..%2f../secret"):
            assert await get(path) == (200, "no-cache", "<!doctype html>the UI"), path
        status, cache, _ = await get("/assets/app-1a2b.js")
        assert status == 200 and "immutable" in cache
        assert (await get("/assets/app-old.js"))[0] == 404
        async with rig.http.post(rig.base_url + "/trade") as response:
            assert response.status == 404


async def test_without_a_built_ui_a_page_says_so(rig: Rig) -> None:
    async with rig.http.get(rig.base_url + "/") as response:
        assert response.status == 200 and "not built" in await response.text()


async def test_many_orders_at_once_are_all_answered(rig: Rig) -> None:
    placed = await asyncio.gather(*(rig.place(ALICE, price=f"{60000 + at}.00") for at in range(50)))
    assert len({order["order_id"] for order in placed}) == 50
    _, depth = await rig.call("GET", "/depth?symbol=BTC-USDT&levels=3")
    assert [price for price, _ in depth["bids"]] == ["60049.00", "60048.00", "60047.00"]


async def test_an_order_of_before_the_start_has_its_history(rig: Rig) -> None:
    exchange = rig.engine.exchange
    exchange.limit(ALICE, BUY, 6_400_000, 1_000)
    exchange.limit(BOB, SELL, 6_400_000, 400)
    rig.engine.breaks = True
    rig.engine.speak()
    await rig.wait_live(False)
    await rig.wait_live()
    snapshot = await rig.accounts.snapshot()
    rig.accounts.stored = snapshot.open_orders
    (open_order,) = snapshot.open_orders
    status, order = await rig.call("GET", f"/orders/{open_order.order_id}", account_id=ALICE)
    assert (status, order["avg_price"], order["fills"]) == (200, "64000.00", [])
