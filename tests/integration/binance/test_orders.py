"""Orders of this dialect over REST, on real processes."""

import secrets
import time
from typing import Any

import pytest

from tests.integration.binance.customer import SYMBOL, Customer

ORDER = "/api/v3/order"


async def test_an_order_shows_as_much_as_its_sender_asked_for(
    me: Customer, other: Customer
) -> None:
    ack = await me.order(newOrderRespType="ACK")
    assert set(ack) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
    result = await me.order(newOrderRespType="RESULT", quantity="0.02")
    assert (result["status"], result["origQty"], "fills" in result) == ("NEW", "0.02000000", False)
    full = await other.order("SELL", quantity="0.02")
    assert (full["status"], full["executedQty"]) == ("FILLED", "0.02000000")
    assert full["cummulativeQuoteQty"] == "1280.00000000"
    assert [(fill["price"], fill["qty"]) for fill in full["fills"]] == [
        ("64000.00000000", "0.01000000"),
        ("64000.00000000", "0.01000000"),
    ]
    assert full["fills"][0]["commission"] == "0.64000000"
    assert full["fills"][0]["commissionAsset"] == "USDT"
    stop = await me.order("SELL", type="STOP_LOSS", stopPrice="60000")
    assert "status" not in stop, "an order that waits is acknowledged, no more, by default"


async def test_the_money_shown_is_the_money_moved(me: Customer, other: Customer) -> None:
    def balance(account: Any, asset: str) -> tuple[float, float]:
        row = next(each for each in account["balances"] if each["asset"] == asset)
        return float(row["free"]), float(row["locked"])

    before = await me.get("/api/v3/account")
    await me.order(quantity="0.5", price="60000")
    held = await me.get("/api/v3/account")
    assert balance(held, "USDT")[1] - balance(before, "USDT")[1] == pytest.approx(30_000)
    await other.order("SELL", type="MARKET", quantity="0.1")
    after = await me.get("/api/v3/account")
    gained = balance(after, "BTC")[0] - balance(before, "BTC")[0]
    assert gained == pytest.approx(0.1 * (1 - 0.0005))
    assert after["commissionRates"]["maker"] == "0.00050000"
    assert (after["makerCommission"], after["accountType"]) == (5, "SPOT")
    kept = await me.get("/api/v3/account", omitZeroBalances="true")
    assert {"BTC", "USDT"} <= {each["asset"] for each in kept["balances"]}


async def test_a_market_order_spends_its_budget_and_no_more(me: Customer, other: Customer) -> None:
    await other.order("SELL", quantity="1")
    bought = await me.order(type="MARKET", quantity=None, quoteOrderQty="640")
    assert (bought["status"], bought["executedQty"]) == ("FILLED", "0.01000000")
    assert (bought["origQuoteOrderQty"], bought["timeInForce"]) == ("640.00000000", "GTC")


async def test_time_in_force_and_post_only(me: Customer, other: Customer) -> None:
    await other.order("SELL", quantity="0.01")
    taken = await me.order(timeInForce="IOC", quantity="0.03")
    assert (taken["status"], taken["executedQty"]) == ("EXPIRED", "0.01000000")
    killed = await me.order(timeInForce="FOK", quantity="0.03")
    assert (killed["status"], killed["executedQty"]) == ("EXPIRED", "0.00000000")
    maker = await me.order(type="LIMIT_MAKER", price="63000", newOrderRespType="RESULT")
    assert (maker["type"], maker["status"]) == ("LIMIT_MAKER", "NEW")
    iceberg = await me.order(quantity="0.1", icebergQty="0.01", price="62000")
    shown = await me.get(ORDER, symbol=SYMBOL, orderId=iceberg["orderId"])
    assert shown["icebergQty"] == "0.01000000"
    depth = await me.public("/api/v3/depth", symbol=SYMBOL)
    assert depth["bids"] == [
        ["63000.00000000", "0.01000000"],
        ["62000.00000000", "0.01000000"],
    ]


async def test_a_stop_waits_then_works(me: Customer, other: Customer) -> None:
    await me.order(quantity="0.01", price="64000")
    await other.order("SELL", type="MARKET", quantity="0.01")
    stop = await me.order(
        "SELL", type="STOP_LOSS_LIMIT", timeInForce="GTC", price="62900", stopPrice="63000"
    )
    waiting = await me.get(ORDER, symbol=SYMBOL, orderId=stop["orderId"])
    assert (waiting["status"], waiting["isWorking"], waiting["workingTime"]) == ("NEW", False, -1)
    assert waiting["stopPrice"] == "63000.00000000"
    await me.order(quantity="0.01", price="63000")
    await other.order("SELL", type="MARKET", quantity="0.01")
    working = await me.get(ORDER, symbol=SYMBOL, orderId=stop["orderId"])
    assert working["isWorking"]


async def test_an_order_is_found_by_either_id_and_only_by_its_owner(
    me: Customer, other: Customer
) -> None:
    name = f"mine-{secrets.token_hex(6)}"
    order = await me.order(newClientOrderId=name)
    by_name = await me.get(ORDER, symbol=SYMBOL, origClientOrderId=name)
    assert by_name == await me.get(ORDER, symbol=SYMBOL, orderId=order["orderId"])
    for who, which in ((other, {"orderId": order["orderId"]}), (me, {"symbol": "ETHUSDT"})):
        asked: dict[str, object] = {"symbol": SYMBOL, "origClientOrderId": name} | which
        status, answer = await who.signed("GET", ORDER, **asked)
        assert (status, answer["code"], answer["msg"]) == (400, -2013, "Order does not exist.")
    status, answer = await other.signed("DELETE", ORDER, symbol=SYMBOL, orderId=order["orderId"])
    assert (status, answer["code"], answer["msg"]) == (400, -2011, "Unknown order sent.")
    ended = await me.cancel(origClientOrderId=name, newClientOrderId="my-cancel")
    assert (ended["origClientOrderId"], ended["clientOrderId"]) == (name, "my-cancel")
    assert (ended["status"], ended["origQty"]) == ("CANCELED", "0.01000000")


async def test_cancels_may_be_restricted(me: Customer) -> None:
    order = await me.order()
    which = {"symbol": SYMBOL, "orderId": order["orderId"]}
    status, answer = await me.signed(
        "DELETE", ORDER, **which, cancelRestrictions="ONLY_PARTIALLY_FILLED"
    )
    assert (status, answer["code"]) == (400, -2011)
    status, _ = await me.signed("DELETE", ORDER, **which, cancelRestrictions="ONLY_NEW")
    assert status == 200


async def test_parameters_may_be_in_the_body_of_any_method(me: Customer) -> None:
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    status, order = await me.signed(
        "POST", ORDER, in_body=True, **terms, quantity="0.01", price="60000"
    )
    assert status == 200, order
    status, ended = await me.signed(
        "DELETE", ORDER, in_body=True, symbol=SYMBOL, orderId=order["orderId"]
    )
    assert (status, ended["status"]) == (200, "CANCELED")


async def test_cancel_all_lists_what_it_canceled(me: Customer) -> None:
    ids = {(await me.order(price=price))["orderId"] for price in ("60000", "61000")}
    status, ended = await me.signed("DELETE", "/api/v3/openOrders", symbol=SYMBOL)
    assert (status, {one["orderId"] for one in ended}) == (200, ids)
    assert {one["status"] for one in ended} == {"CANCELED"}
    status, answer = await me.signed("DELETE", "/api/v3/openOrders", symbol=SYMBOL)
    assert (status, answer["code"]) == (400, -2011)


async def test_a_test_order_changes_nothing(me: Customer) -> None:
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    path = "/api/v3/order/test"
    assert (await me.signed("POST", path, **terms, quantity="0.01", price="60000")) == (200, {})
    status, answer = await me.signed(
        "POST", path, **terms, quantity="0.01", price="60000", computeCommissionRates="true"
    )
    assert answer["standardCommissionForOrder"] == {"maker": "0.00050000", "taker": "0.00100000"}
    for wrong, code in (
        ({"quantity": "0.000001", "price": "60000"}, -1013),
        ({"quantity": "0.00001", "price": "60000"}, -1013),
        ({"quantity": "0.01"}, -1102),
    ):
        status, answer = await me.signed("POST", path, **terms, **wrong)
        assert (status, answer["code"]) == (400, code), answer
    assert await me.get("/api/v3/openOrders", symbol=SYMBOL) == []


async def test_new_terms_take_the_place_of_the_old_in_one_command(me: Customer) -> None:
    order = await me.order(price="60000", quantity="0.02")
    path, terms = "/api/v3/order/cancelReplace", {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT"}
    more: dict[str, object] = {"timeInForce": "GTC", "cancelReplaceMode": "STOP_ON_FAILURE"}
    which = {"cancelOrderId": order["orderId"]}
    status, done = await me.signed(
        "POST", path, **terms, **more, **which, quantity="0.03", price="60001"
    )
    assert (status, done["cancelResult"], done["newOrderResult"]) == (200, "SUCCESS", "SUCCESS")
    assert done["cancelResponse"]["price"] == "60000.00000000"
    assert done["newOrderResponse"]["price"] == "60001.00000000"
    assert done["newOrderResponse"]["orderId"] == order["orderId"]
    # Refused, it leaves the order as it is: there is no moment without one
    status, refused = await me.signed(
        "POST", path, **terms, **more, **which, quantity="900", price="60001"
    )
    assert (status, refused["code"]) == (400, -2022)
    assert refused["data"]["cancelResponse"]["code"] == -2010
    left = await me.get(ORDER, symbol=SYMBOL, orderId=order["orderId"])
    assert (left["status"], left["origQty"]) == ("NEW", "0.03000000")


async def test_another_side_or_type_is_canceled_then_entered(me: Customer) -> None:
    order = await me.order(price="60000")
    path = "/api/v3/order/cancelReplace"
    more = {"symbol": SYMBOL, "timeInForce": "GTC", "cancelReplaceMode": "STOP_ON_FAILURE"}
    sell = {"side": "SELL", "type": "LIMIT", "quantity": "0.01", "price": "70000"}
    status, done = await me.signed("POST", path, **more, **sell, cancelOrderId=order["orderId"])
    assert (status, done["newOrderResponse"]["side"]) == (200, "SELL")
    assert done["newOrderResponse"]["orderId"] != order["orderId"]
    entered = done["newOrderResponse"]["orderId"]
    buy = {"side": "BUY", "type": "LIMIT", "quantity": "900", "price": "60000"}
    status, partly = await me.signed("POST", path, **more, **buy, cancelOrderId=entered)
    assert (status, partly["code"]) == (409, -2021), partly
    assert partly["data"]["cancelResult"] == "SUCCESS"
    assert partly["data"]["newOrderResponse"]["code"] == -2010


async def test_what_an_amendment_cannot_take_away_is_entered_anew(me: Customer) -> None:
    order = await me.order(price="60000", quantity="0.02", icebergQty="0.001")
    path = "/api/v3/order/cancelReplace"
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    terms |= {"quantity": "0.02", "price": "60000", "cancelReplaceMode": "STOP_ON_FAILURE"}
    filled = {"cancelRestrictions": "ONLY_PARTIALLY_FILLED"}
    status, refused = await me.signed(
        "POST", path, **terms, **filled, cancelOrderId=order["orderId"]
    )
    assert (status, refused["data"]["cancelResponse"]["code"]) == (400, -2011)
    status, done = await me.signed("POST", path, **terms, cancelOrderId=order["orderId"])
    assert (status, done["newOrderResult"]) == (200, "SUCCESS"), done
    (left,) = await me.get("/api/v3/openOrders", symbol=SYMBOL)
    assert left["orderId"] == done["newOrderResponse"]["orderId"] != order["orderId"]
    assert left["icebergQty"] == "0.00000000"


async def test_without_the_old_order_the_mode_decides(me: Customer) -> None:
    path = "/api/v3/order/cancelReplace"
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    terms |= {"quantity": "0.01", "price": "60000", "cancelOrderId": "1"}
    status, stopped = await me.signed("POST", path, **terms, cancelReplaceMode="STOP_ON_FAILURE")
    assert (status, stopped["code"]) == (400, -2022)
    assert stopped["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    status, went_on = await me.signed("POST", path, **terms, cancelReplaceMode="ALLOW_FAILURE")
    assert (status, went_on["code"]) == (409, -2021)
    assert went_on["data"]["newOrderResponse"]["status"] == "NEW"
    assert len(await me.get("/api/v3/openOrders", symbol=SYMBOL)) == 1


async def test_less_quantity_keeps_the_place(me: Customer, other: Customer) -> None:
    first = await me.order(quantity="0.03")
    second = await me.order(quantity="0.01")
    path = "/api/v3/order/amend/keepPriority"
    which = {"symbol": SYMBOL, "orderId": first["orderId"]}
    status, less = await me.signed("PUT", path, **which, newQty="0.02")
    assert (status, less["amendedOrder"]["qty"]) == (200, "0.02000000")
    for wrong in ("0.02", "0.05"):
        status, answer = await me.signed("PUT", path, **which, newQty=wrong)
        assert (status, answer["code"]) == (400, -2038)
    await other.order("SELL", quantity="0.02")
    assert (await me.get(ORDER, **which))["status"] == "FILLED"
    left = await me.get(ORDER, symbol=SYMBOL, orderId=second["orderId"])
    assert left["status"] == "NEW"


async def test_history_is_oldest_first_from_an_id_or_a_time(me: Customer) -> None:
    first = await me.order(price="60000")
    await me.cancel(orderId=first["orderId"])
    second = await me.order(price="60001")
    path = "/api/v3/allOrders"
    found = await me.get(path, symbol=SYMBOL, orderId=first["orderId"])
    assert [one["orderId"] for one in found] == [first["orderId"], second["orderId"]]
    assert [one["status"] for one in found] == ["CANCELED", "NEW"]
    latest = await me.get(path, symbol=SYMBOL, limit=1)
    assert [one["orderId"] for one in latest] == [second["orderId"]]
    since = await me.get(path, symbol=SYMBOL, startTime=second["transactTime"])
    assert since[-1]["orderId"] == second["orderId"]
    status, answer = await me.signed(
        "GET", path, symbol=SYMBOL, startTime=1, endTime=2 * 86_400_000
    )
    assert (status, answer["code"]) == (400, -1127)


async def test_fills_are_found_by_order_and_by_id(me: Customer, other: Customer) -> None:
    order = await me.order(quantity="0.03")
    for _ in range(3):
        await other.order("SELL", quantity="0.01")
    path = "/api/v3/myTrades"
    of_order = await me.get(path, symbol=SYMBOL, orderId=order["orderId"])
    assert [fill["qty"] for fill in of_order] == ["0.01000000"] * 3
    ids = [fill["id"] for fill in of_order]
    assert ids == sorted(ids)
    assert [one["id"] for one in await me.get(path, symbol=SYMBOL, fromId=ids[1])] == ids[1:]
    assert (await me.get(path, symbol=SYMBOL, limit=1))[0]["id"] == ids[2]
    assert (await me.get(path, symbol=SYMBOL, orderId=1_000_000_000)) == []
    status, answer = await me.signed("GET", path, symbol=SYMBOL, fromId=1, startTime=0)
    assert (status, answer["code"]) == (400, -1128), "an id and a time exclude each other"
    fill = of_order[0]
    assert (fill["isBuyer"], fill["isMaker"], fill["quoteQty"]) == (True, True, "640.00000000")
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00000500", "BTC")


async def test_self_trade_prevention_ends_the_maker_as_asked(me: Customer) -> None:
    maker = await me.order(quantity="0.01")
    taker = await me.order("SELL", quantity="0.01", selfTradePreventionMode="EXPIRE_MAKER")
    ended = await me.get(ORDER, symbol=SYMBOL, orderId=maker["orderId"])
    assert (ended["status"], taker["status"]) == ("EXPIRED_IN_MATCH", "NEW")
    assert taker["selfTradePreventionMode"] == "EXPIRE_MAKER"


async def test_a_stale_order_is_not_executed(me: Customer) -> None:
    payload = f"symbol={SYMBOL}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000"
    payload += f"&recvWindow=1000&timestamp={time.time_ns() // 1_000_000 - 1_500}"
    status, answer = await me.send(
        "POST", ORDER, f"{payload}&signature={me.sign(payload)}", key=me.api_key
    )
    assert (status, answer["code"]) == (400, -1021)
