"""Two orders of which one cancels the other, and stops that trail, on real processes."""

import time
from typing import Any

import pytest

from tests.integration.binance.customer import SYMBOL, Customer
from tests.integration.binance.test_user_data import listening

OCO = "/api/v3/orderList/oco"
LEGS = {
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "70000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "60000",
    "belowPrice": "59000",
    "belowTimeInForce": "GTC",
}


async def priced(me: Customer, other: Customer) -> None:
    """Let the last trade be at 64,000."""
    await me.order(quantity="0.01", price="64000")
    await other.order("SELL", quantity="0.01", price="64000")


async def listed(me: Customer, **terms: object) -> Any:
    usual = {"symbol": SYMBOL, "side": "SELL", "quantity": "0.01"}
    status, answer = await me.signed("POST", OCO, **(usual | LEGS | terms))
    assert status == 200, answer
    return answer


async def test_a_list_enters_whole_and_is_found_by_either_id(me: Customer, other: Customer) -> None:
    await priced(me, other)
    name = f"list-{time.time_ns()}"
    entered = await listed(me, listClientOrderId=name)
    assert (entered["contingencyType"], entered["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert [one["type"] for one in entered["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]
    list_id = entered["orderListId"]
    assert {one["orderListId"] for one in await me.get("/api/v3/openOrders")} == {list_id}
    path = "/api/v3/orderList"
    by_id = await me.get(path, orderListId=list_id)
    assert by_id == await me.get(path, origClientOrderId=name)
    assert by_id["orders"] == entered["orders"]
    assert list_id in [one["orderListId"] for one in await me.get("/api/v3/openOrderList")]
    assert list_id in [one["orderListId"] for one in await me.get("/api/v3/allOrderList")]
    status, ended = await me.signed("DELETE", path, symbol=SYMBOL, orderListId=list_id)
    assert (status, ended["listOrderStatus"]) == (200, "ALL_DONE")
    assert [one["status"] for one in ended["orderReports"]] == ["CANCELED", "CANCELED"]
    status, answer = await me.signed("DELETE", path, symbol=SYMBOL, orderListId=list_id)
    assert (status, answer["code"]) == (400, -2011)
    status, answer = await other.signed("GET", path, orderListId=list_id)
    assert (status, answer["code"]) == (400, -2018)


async def test_what_trades_first_ends_the_other_and_the_stream_tells_it(
    me: Customer, other: Customer
) -> None:
    await priced(me, other)
    async with me.socket("/ws-api/v3") as reader:
        await listening(reader)
        entered = await listed(me)
        first, second = (one["orderId"] for one in entered["orders"])
        told = [(await reader.message())["event"] for _ in range(3)]
        assert [each.get("i") for each in told[:2]] == [first, second]
        assert {each["g"] for each in told} == {entered["orderListId"]}
        assert (told[2]["e"], told[2]["l"], told[2]["L"]) == (
            "listStatus",
            "EXEC_STARTED",
            "EXECUTING",
        )
        assert [each["i"] for each in told[2]["O"]] == [first, second]
        await other.order(quantity="0.01", price="70000")
        ended = {}
        while (event := (await reader.message())["event"])["e"] != "listStatus":
            if event["e"] == "executionReport":
                ended[event["i"]] = (event["x"], event["X"])
        assert ended == {first: ("TRADE", "FILLED"), second: ("CANCELED", "CANCELED")}
        assert (event["l"], event["L"]) == ("ALL_DONE", "ALL_DONE")
    assert await me.get("/api/v3/openOrders") == []
    (fill,) = await me.get("/api/v3/myTrades", symbol=SYMBOL, orderId=first)
    assert fill["orderListId"] == entered["orderListId"]
    assert (await other.get("/api/v3/myTrades", symbol=SYMBOL, limit=1))[0]["orderListId"] == -1


async def test_lists_are_found_by_the_time_they_were_entered(me: Customer, other: Customer) -> None:
    await priced(me, other)
    entered = await listed(me)
    path, at_ms = "/api/v3/allOrderList", entered["transactionTime"]
    for times, is_there in (
        ({"startTime": at_ms, "endTime": at_ms}, True),
        ({"startTime": at_ms + 1}, False),
        ({"endTime": at_ms - 1}, False),
        ({"startTime": at_ms - 86_400_000, "endTime": at_ms}, True),
    ):
        found = await me.get(path, **times)
        assert (entered["orderListId"] in [one["orderListId"] for one in found]) is is_there, times
    for wrong, code in (
        ({"startTime": at_ms - 86_400_001, "endTime": at_ms}, -1127),
        ({"fromId": 1, "startTime": 0}, -1128),
    ):
        status, answer = await me.signed("GET", path, **wrong)
        assert (status, answer["code"]) == (400, code)


async def test_a_list_enters_over_the_old_call_and_over_the_ws_api(
    me: Customer, other: Customer
) -> None:
    await priced(me, other)
    status, old = await me.signed(
        "POST",
        "/api/v3/order/oco",
        symbol=SYMBOL,
        side="SELL",
        quantity="0.01",
        price="70000",
        stopPrice="60000",
        stopLimitPrice="59000",
        stopLimitTimeInForce="GTC",
    )
    assert (status, len(old["orders"])) == (200, 2), old
    async with me.socket("/ws-api/v3") as reader:
        terms = {"symbol": SYMBOL, "side": "SELL", "quantity": "0.01"}
        placed = await reader.ask_signed("orderList.place.oco", **terms, **LEGS)
        assert placed["status"] == 200, placed
        which = {"orderListId": placed["result"]["orderListId"]}
        assert (await reader.ask_signed("orderList.status", **which))["status"] == 200
        assert len((await reader.ask_signed("openOrderLists.status"))["result"]) >= 2
        ended = await reader.ask_signed("orderList.cancel", symbol=SYMBOL, **which)
        assert ended["result"]["listOrderStatus"] == "ALL_DONE"
        assert (await reader.ask_signed("allOrderLists"))["result"]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"aboveType": "MARKET"}, -1116),
        ({"belowStopPrice": ""}, -1102),
        ({"aboveStopPrice": "71000"}, -1106),
        ({"belowTrailingDelta": "100"}, -1014),
        ({"belowType": "STOP_LOSS", "belowTrailingDelta": "100"}, -1014),
        ({"abovePrice": "63000"}, -2010),
        ({"belowStopPrice": "65000"}, -2010),
        ({"quantity": "900"}, -2010),
    ],
)
async def test_a_list_that_cannot_be_leaves_nothing_behind(
    me: Customer, other: Customer, terms: dict[str, str], code: int
) -> None:
    await priced(me, other)
    await other.order(quantity="0.01", price="63500")
    usual: dict[str, object] = {"symbol": SYMBOL, "side": "SELL", "quantity": "0.01"}
    status, answer = await me.signed("POST", OCO, **(usual | LEGS | terms))
    assert (status, answer["code"]) == (400, code), answer
    assert await me.get("/api/v3/openOrders") == []


async def test_a_stop_trails_the_price(me: Customer, other: Customer) -> None:
    await priced(me, other)
    stop = await me.order("SELL", type="STOP_LOSS", trailingDelta="100")
    shown = await me.get("/api/v3/order", symbol=SYMBOL, orderId=stop["orderId"])
    assert (shown["type"], shown["trailingDelta"], shown["stopPrice"]) == (
        "STOP_LOSS",
        100,
        "63360.00000000",
    )
    for price, quantity in (("66000", "0.01"), ("65300", "0.02")):
        await other.order(quantity=quantity, price=price)
        await me.order("SELL", quantity="0.01", price=price)
    left = await me.get("/api/v3/order", symbol=SYMBOL, orderId=stop["orderId"])
    assert left["status"] == "FILLED", "one percent below 66,000 is above 65,300"
    terms: dict[str, object] = {"symbol": SYMBOL, "side": "SELL", "quantity": "0.01"}
    for wrong, code in (
        ({"type": "STOP_LOSS", "trailingDelta": "10000"}, -1013),
        ({"type": "STOP_LOSS", "trailingDelta": "100", "stopPrice": "60000"}, -1014),
        ({"type": "TAKE_PROFIT", "trailingDelta": "100"}, -1014),
        ({"type": "MARKET", "trailingDelta": "100"}, -1106),
    ):
        status, answer = await me.signed("POST", "/api/v3/order", **terms, **wrong)
        assert (status, answer["code"]) == (400, code), answer
