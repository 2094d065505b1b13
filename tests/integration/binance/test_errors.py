"""Each answer other than the one asked for: status, code and words, and what was not done."""

import time

import pytest

from domain.commands import SetTradingStatus
from domain.orders import TradingStatus
from domain.venue_commands import SetAccountLimits, SetInstrumentRules
from gateway.binance.weights import Weights
from gateway.state.account_view import FILLS_PER_ORDER_MAX
from tests.integration.binance.customer import SYMBOL, Customer
from tests.integration.binance.dialect_rig import BROKEN, LOST, UNSENT, dialect_rig
from tests.integration.operator_hand import OperatorHand
from tests.unit.gateway.exchange import BOB, SELL

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
        (
            {"quantity": "0.000001", "type": "MARKET", "timeInForce": ""},
            -1013,
            "Filter failure: MARKET_LOT_SIZE",
        ),
        (
            {"quantity": "0.01", "type": "TAKE_PROFIT", "timeInForce": "", "trailingDelta": "100"},
            -1014,
            "Unsupported order combination.",
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


async def test_the_venue_and_its_operator_set_bounds(me: Customer, operator: OperatorHand) -> None:
    terms = TERMS | {"quantity": "0.01"}
    closed = (400, {"code": -2010, "msg": "Market is closed."})
    instrument_id = operator.instrument("BTC-USDT").instrument_id
    account_id = (await me.get("/api/v3/account"))["uid"]
    collar = SetInstrumentRules(
        instrument_id=instrument_id, collar_bps=500, reference_price_ticks=6_400_000
    )
    limits = SetAccountLimits(account_id=account_id, open_orders_max=1)
    try:
        await operator.execute([collar, limits])
        (symbol,) = (await me.public("/api/v3/exchangeInfo", symbol=SYMBOL))["symbols"]
        (bounds,) = [f for f in symbol["filters"] if f["filterType"] == "PERCENT_PRICE_BY_SIDE"]
        assert (bounds["bidMultiplierUp"], bounds["askMultiplierDown"]) == ("1.0500", "0.9500")
        refused = await me.signed("POST", ORDER, **terms, price="1000")
        assert refused == (400, {"code": -1013, "msg": "Filter failure: PERCENT_PRICE_BY_SIDE"})
        await me.order(price="63000")
        refused = await me.signed("POST", ORDER, **terms, price="63001")
        assert refused == (400, {"code": -1013, "msg": "Filter failure: MAX_NUM_ORDERS"})
        await operator.execute([_status(instrument_id, TradingStatus.HALT)])
        assert await me.signed("POST", ORDER, **terms, price="63000") == closed
        (symbol,) = (await me.public("/api/v3/exchangeInfo", symbol=SYMBOL))["symbols"]
        assert symbol["status"] == "HALT"
    finally:
        await operator.execute(
            [
                SetInstrumentRules(instrument_id=instrument_id),
                SetAccountLimits(account_id=account_id),
                _status(instrument_id, TradingStatus.TRADING),
            ]
        )


def _status(instrument_id: int, to: TradingStatus) -> SetTradingStatus:
    return SetTradingStatus(instrument_id=instrument_id, trading_status=to)


async def test_a_list_in_which_one_order_waits_for_another_is_refused_plainly(me: Customer) -> None:
    terms = {"symbol": SYMBOL, "workingType": "LIMIT", "workingSide": "BUY"}
    refused = {"code": -2010, "msg": "OTO orders are not supported for this symbol."}
    for kind in ("oto", "otoco", "opo", "opoco"):
        assert await me.signed("POST", f"/api/v3/orderList/{kind}", **terms) == (400, refused)
    async with me.socket("/ws-api/v3") as reader:
        assert (await reader.ask_signed("orderList.place.oto", **terms))["error"] == refused
    assert not (await me.public("/api/v3/exchangeInfo"))["symbols"][0]["otoAllowed"]


async def test_there_is_nothing_at_other_paths(me: Customer) -> None:
    for method, path in (
        ("GET", "/api/v3/nothing"),
        ("POST", "/api/v3/depth"),
        ("POST", "/sapi/v1/capital/withdraw/apply"),
    ):
        status, answer = await me.send(method, path)
        assert (status, answer["code"]) == (404, -1000)


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
        name = f"{LOST}-1"
        response, answer = await rig.binance(
            "POST", ORDER, **TERMS, quantity="0.01", price="60000", newClientOrderId=name
        )
        assert (response.status, answer["code"]) == (504, -1007)
        assert "execution status unknown" in answer["msg"]
        _, found = await rig.binance("GET", ORDER, symbol=SYMBOL, origClientOrderId=name)
        assert found["status"] == "NEW", "it had been executed: the client asks and learns of it"


async def test_what_was_not_sent_may_be_sent_again() -> None:
    async with dialect_rig(Weights()) as rig:
        terms = TERMS | {"quantity": "0.01", "price": "60000"}
        response, answer = await rig.binance("POST", ORDER, **terms, newClientOrderId=UNSENT)
        assert (response.status, answer["code"]) == (503, -1008)
        assert int(response.headers["Retry-After"]) >= 1
        _, missed = await rig.binance("GET", ORDER, symbol=SYMBOL, origClientOrderId=UNSENT)
        assert missed["code"] == -2013
        rig.accounts.up = False
        rig.engine.up = False
        await rig.wait_live(False)
        response, answer = await rig.binance("GET", "/api/v3/depth", symbol=SYMBOL)
        assert (response.status, answer["code"]) == (503, -1001)


async def test_what_nobody_foresaw_is_told_in_words_that_make_a_client_ask() -> None:
    async with dialect_rig(Weights()) as rig:
        terms = TERMS | {"quantity": "0.01", "price": "60000"}
        response, answer = await rig.binance("POST", ORDER, **terms, newClientOrderId=BROKEN)
        text = "Unknown error, please check your request or try again later."
        assert (response.status, answer) == (503, {"code": -1000, "msg": text})
        _, missed = await rig.binance("GET", ORDER, symbol=SYMBOL, origClientOrderId=BROKEN)
        assert missed["code"] == -2013


async def test_an_order_whose_fills_cannot_all_be_told_is_not_said_to_have_failed() -> None:
    async with dialect_rig(Weights()) as rig:
        for _ in range(FILLS_PER_ORDER_MAX + 1):
            rig.engine.exchange.limit(BOB, SELL, 6_400_000, 10)
        rig.engine.speak()
        _, before = await rig.binance("GET", "/api/v3/account")
        rig.accounts.up = False
        order = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.0501"}
        response, answer = await rig.binance("POST", ORDER, **order)
        assert (response.status, answer["code"]) == (504, -1007)
        rig.accounts.up = True
        _, after = await rig.binance("GET", "/api/v3/account")
        assert after["balances"] != before["balances"], "it had been executed"


async def test_every_reply_says_how_much_of_the_limits_is_used() -> None:
    async with dialect_rig(Weights()) as rig:
        terms = TERMS | {"quantity": "900", "price": "60000"}
        response, answer = await rig.binance("POST", ORDER, **terms)
        assert answer["code"] == -2010
        assert response.headers["X-MBX-ORDER-COUNT-10S"] == "1", "a refused order counts"
        response, _ = await rig.binance("GET", "/api/v3/nothing")
        assert response.headers["X-MBX-USED-WEIGHT-1M"] == "1"
        assert "X-MBX-ORDER-COUNT-10S" not in response.headers


async def test_a_body_that_is_too_large_is_refused_in_this_dialect() -> None:
    async with (
        dialect_rig(Weights()) as rig,
        rig.http.post(rig.base_url + ORDER, data=b"a=" + b"1" * 70_000) as response,
    ):
        assert (response.status, (await response.json())["code"]) == (413, -1101)


async def test_a_venue_may_offer_no_listen_keys() -> None:
    async with dialect_rig(Weights(), listen_keys=False) as rig:
        for method in ("POST", "PUT", "DELETE"):
            response, _ = await rig.binance(method, "/api/v3/userDataStream", listenKey="x")
            assert response.status == 410
