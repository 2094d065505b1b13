"""Order lists over HTTP and WebSocket: entered, found, sent again, canceled, of unknown fate."""

from typing import Any

import pytest

from domain.commands import NewOrderList, OrderListLeg
from tests.integration.gateway.rig import Rig
from tests.integration.gateway.test_websocket import connected
from tests.unit.gateway.exchange import ALICE, BOB, BTC_USDT, BUY, SELL

PRICE = 6_400_000
BUYING = [
    {"type": "limit", "price": "63000"},
    {"type": "stop_limit", "price": "65100", "trigger_price": "65000"},
]


@pytest.fixture
async def traded(rig: Rig) -> Rig:
    """A last trade at 64,000."""
    exchange = rig.engine.exchange
    exchange.limit(BOB, SELL, PRICE, 100)
    exchange.limit(ALICE, BUY, PRICE, 100)
    rig.engine.speak()
    assert await rig.feed.reached(exchange.last_seq, 5)
    return rig


def oco(**fields: Any) -> dict[str, Any]:
    """Take the profit at 65,000 or the loss at 63,000."""
    legs = [
        {"type": "limit", "price": "65000.00"},
        {"type": "stop_limit", "price": "62900.00", "trigger_price": "63000.00"},
    ]
    terms = {"symbol": "BTC-USDT", "side": "sell", "qty": "0.01", "legs": legs}
    return terms | {"client_order_id": "my-list"} | fields


async def _place(rig: Rig, account_id: int = ALICE, **fields: Any) -> dict[str, Any]:
    status, told = await rig.call("POST", "/order-lists", account_id=account_id, body=oco(**fields))
    assert status == 201, told
    answer: dict[str, Any] = told
    return answer


async def _held(rig: Rig) -> str:
    _, answer = await rig.call("GET", "/balances", account_id=ALICE)
    return str(next(one["held"] for one in answer["balances"] if one["asset"] == "BTC"))


async def test_both_legs_enter_and_hold_once(traded: Rig) -> None:
    told = await _place(traded)
    limit, stop = told["orders"]
    assert (told["contingency"], told["client_order_id"]) == ("oco", "my-list")
    assert (limit["status"], limit["post_only"], limit["price"]) == ("new", True, "65000.00")
    assert (stop["status"], stop["trigger_price"]) == ("pending_trigger", "63000.00")
    assert limit["list_id"] == stop["list_id"] == told["list_id"] == limit["order_id"]
    assert await _held(traded) == "0.01000000"


async def test_a_leg_that_trades_cancels_the_other(traded: Rig) -> None:
    told = await _place(traded)
    await traded.place(BOB, price="65000.00", qty="0.004", time_in_force="ioc")
    for path in (f"/order-lists/{told['list_id']}", "/order-lists/by-client-id/my-list"):
        status, now = await traded.call("GET", path, account_id=ALICE)
        assert status == 200
        assert [order["status"] for order in now["orders"]] == ["partially_filled", "canceled"]
        assert now["orders"][1]["reason"] == "OTHER_LEG"
        assert [fill["qty"] for fill in now["orders"][0]["fills"]] == ["0.00400"]


async def test_a_list_sent_again_is_the_same_list(traded: Rig) -> None:
    first = await _place(traded)
    before = traded.engine.exchange.last_seq
    assert (await _place(traded))["list_id"] == first["list_id"]
    assert traded.engine.exchange.last_seq == before
    status, answer = await traded.call(
        "POST", "/order-lists", account_id=ALICE, body=oco(qty="0.02")
    )
    assert (status, answer["error"]["code"]) == (409, "KEY_REUSED")


async def test_one_list_does_not_become_another_because_a_third_leg_was_parked(traded: Rig) -> None:
    """A leg without its list, as a lost session leaves it, does not disturb the next list."""
    whole = await _place(traded, client_order_id="first")
    exchange = traded.engine.exchange
    leg = exchange.limit(ALICE, SELL, PRICE + 500, 100)
    assert leg.reason == 0
    assert (await _place(traded, client_order_id="second"))["list_id"] > whole["list_id"]


async def test_canceling_a_list_ends_both_and_then_there_is_nothing_to_cancel(traded: Rig) -> None:
    told = await _place(traded)
    path = f"/order-lists/{told['list_id']}"
    status, ended = await traded.call("DELETE", path, account_id=ALICE)
    assert status == 200
    assert [(one["status"], one["reason"]) for one in ended["orders"]] == [
        ("canceled", "REQUESTED"),
        ("canceled", "OTHER_LEG"),
    ]
    assert await _held(traded) == "0.00000000"
    status, answer = await traded.call("DELETE", path, account_id=ALICE)
    assert (status, answer["error"]["code"]) == (404, "UNKNOWN_ORDER")


async def test_somebody_elses_list_is_not_there(traded: Rig) -> None:
    told = await _place(traded)
    for method, path in (
        ("GET", f"/order-lists/{told['list_id']}"),
        ("DELETE", f"/order-lists/{told['list_id']}"),
        ("GET", "/order-lists/by-client-id/my-list"),
        ("GET", "/order-lists/99999"),
    ):
        status, answer = await traded.call(method, path, account_id=BOB)
        assert (status, answer["error"]["code"]) == (404, "UNKNOWN_ORDER_LIST"), path
    assert (await traded.call("GET", "/order-lists/first", account_id=ALICE))[0] == 400


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"legs": [{"type": "limit", "price": "65000"}] * 2}, (422, "INVALID_LIST")),
        ({"legs": [{"type": "limit", "price": "65000"}]}, (400, "INVALID_REQUEST")),
        ({"qty": "0.000001"}, (422, "INVALID_QUANTITY")),
        ({"side": "buy", "qty": "1000", "legs": BUYING}, (422, "INSUFFICIENT_FUNDS")),
        ({"symbol": "NO-SUCH"}, (404, "UNKNOWN_INSTRUMENT")),
        ({"legs": [{"type": "market"}] * 2}, (400, "INVALID_REQUEST")),
        (
            {
                "legs": [
                    {"type": "limit", "price": "65000"},
                    {"type": "trailing_stop", "trigger_price": "63000", "trailing_bps": 10},
                ]
            },
            (422, "UNSUPPORTED_COMBINATION"),
        ),
        (
            {
                "legs": [
                    {"type": "limit", "price": "63999"},
                    {"type": "stop", "trigger_price": "64001"},
                ]
            },
            (422, "WOULD_TRIGGER_AT_ONCE"),
        ),
    ],
)
async def test_a_list_that_cannot_be_is_refused_whole(
    traded: Rig, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    status, answer = await traded.call("POST", "/order-lists", account_id=ALICE, body=oco(**change))
    assert (status, answer["error"]["code"]) == expected
    assert traded.engine.exchange.core.orders() == []


async def test_without_room_for_all_of_it_nothing_of_a_list_is_sent(traded: Rig) -> None:
    traded.engine.room = 2
    status, answer = await traded.call("POST", "/order-lists", account_id=ALICE, body=oco())
    assert (status, answer["error"]["code"]) == (503, "NOT_SENT")
    traded.engine.room = 100
    await _place(traded)


async def test_a_list_whose_answer_is_lost_is_found_by_its_own_id(traded: Rig) -> None:
    traded.engine.mute = True
    status, told = await traded.call("POST", "/order-lists", account_id=ALICE, body=oco())
    assert (status, told["ask"]) == (202, "/api/v1/order-lists/by-client-id/my-list")
    traded.engine.mute = False
    traded.engine.speak()
    assert await traded.feed.reached(traded.engine.exchange.last_seq, 5)
    status, found = await traded.call("GET", "/order-lists/by-client-id/my-list", account_id=ALICE)
    assert status == 200
    assert (await _place(traded))["list_id"] == found["list_id"]


async def test_the_legs_and_the_list_go_out_as_one_batch(traded: Rig) -> None:
    sent: list[type] = []
    submit_many = traded.engine.submit_many

    async def noted(commands: Any, *, timeout_s: float) -> Any:
        sent.extend(map(type, commands))
        return await submit_many(commands, timeout_s=timeout_s)

    traded.engine.submit_many = noted  # type: ignore[method-assign]
    await _place(traded)
    assert sent == [OrderListLeg, OrderListLeg, NewOrderList]


async def test_lists_over_the_websocket(traded: Rig) -> None:
    async with connected(traded) as client:
        await client.log_in(traded, ALICE)
        await client.result("subscribe", channel="orders")
        entered = await client.result("place_list", **oco())
        pushed = [(await client.pushed("orders", type="update"))["order"] for _ in range(2)]
        assert [order["list_id"] for order in pushed] == [entered["list_id"]] * 2
        ended = await client.result("cancel_list", list_id=entered["list_id"])
        assert [order["status"] for order in ended["orders"]] == ["canceled", "canceled"]
        assert await client.error("cancel_list", list_id=99_999) == "UNKNOWN_ORDER_LIST"


async def test_a_stop_in_a_list_may_trail(traded: Rig) -> None:
    legs = [{"type": "limit", "price": "65000"}, {"type": "trailing_stop", "trailing_bps": 100}]
    told = await _place(traded, legs=legs)
    assert told["orders"][1]["trailing_bps"] == 100
    assert traded.feed.projection.markets[BTC_USDT].book.top(SELL, 9) == [(6_500_000, 1_000)]
