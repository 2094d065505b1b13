"""Stops, icebergs, dates and the dead-man switch over HTTP and WebSocket."""

import time
from typing import Any

import pytest

from domain.units import NS_PER_S
from tests.integration.gateway.rig import Rig
from tests.integration.gateway.test_websocket import Client, connected
from tests.unit.gateway.exchange import ALICE, BOB


async def _later(rig: Rig, seconds: int) -> None:
    """Let time pass on the engine without a command."""
    rig.engine.exchange.pass_time(seconds * NS_PER_S)
    rig.engine.speak()
    assert await rig.feed.reached(rig.engine.exchange.last_seq, 5)


async def _ended(client: Client, order_id: int) -> dict[str, Any]:
    """Return the order once the channel says that it is over."""
    while True:
        order: dict[str, Any] = (await client.pushed("orders", type="update"))["order"]
        if order["order_id"] == order_id and order["status"] not in ("new", "partially_filled"):
            return order


async def test_an_order_with_a_date_ends_by_itself_and_its_owner_hears_of_it(rig: Rig) -> None:
    at_s = int(time.time()) + 60
    async with connected(rig) as client:
        await client.log_in(rig, ALICE)
        await client.result("subscribe", channel="orders")
        order = await rig.place(ALICE, time_in_force="gtd", expire_at_s=at_s)
        assert (order["time_in_force"], order["expire_at_s"]) == ("gtd", at_s)
        await _later(rig, 61)
        ended = await _ended(client, order["order_id"])
    assert (ended["status"], ended["reason"]) == ("expired", "GOOD_TILL_DATE")
    _, depth = await rig.call("GET", "/depth?symbol=BTC-USDT")
    assert depth["bids"] == []


async def test_a_date_that_has_passed_is_refused(rig: Rig) -> None:
    terms = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000", "qty": "1"}
    body = terms | {"time_in_force": "gtd", "expire_at_s": int(time.time()) - 60}
    status, answer = await rig.call("POST", "/orders", account_id=ALICE, body=body)
    assert (status, answer["error"]["code"]) == (422, "INVALID_EXPIRY")


async def test_silence_cancels_everything_and_a_renewal_in_time_nothing(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.log_in(rig, ALICE)
        await client.result("subscribe", channel="orders")
        mine, theirs = await rig.place(ALICE), await rig.place(BOB, price="63999.00")
        status, answer = await rig.call(
            "POST", "/cancel-all-after", account_id=ALICE, body={"timeout_ms": 10_000}
        )
        assert (status, answer) == (200, {"timeout_ms": 10_000})
        await _later(rig, 7)
        assert await client.result("cancel_all_after", timeout_ms=10_000) == {"timeout_ms": 10_000}
        await _later(rig, 7)
        _, orders = await rig.call("GET", "/orders", account_id=ALICE)
        assert len(orders["orders"]) == 1
        await _later(rig, 3)
        ended = await _ended(client, mine["order_id"])
    assert (ended["status"], ended["reason"]) == ("canceled", "DEAD_MAN_SWITCH")
    _, left = await rig.call("GET", f"/orders/{theirs['order_id']}", account_id=BOB)
    assert left["status"] == "new"


async def test_a_switch_set_to_nothing_is_off(rig: Rig) -> None:
    order = await rig.place(ALICE)
    for timeout_ms in (10_000, 0):
        body = {"timeout_ms": timeout_ms}
        status, answer = await rig.call("POST", "/cancel-all-after", account_id=ALICE, body=body)
        assert (status, answer) == (200, body)
    await _later(rig, 60)
    _, left = await rig.call("GET", f"/orders/{order['order_id']}", account_id=ALICE)
    assert left["status"] == "new"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"timeout_ms": 86_400_001}, (422, "INVALID_TIMEOUT")),
        ({"timeout_ms": -1}, (400, "INVALID_REQUEST")),
        ({"timeout_ms": "10000"}, (400, "INVALID_REQUEST")),
        ({}, (400, "INVALID_REQUEST")),
    ],
)
async def test_a_timeout_beyond_a_day_or_none_at_all_is_refused(
    rig: Rig, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    status, answer = await rig.call("POST", "/cancel-all-after", account_id=ALICE, body=body)
    assert (status, answer["error"]["code"]) == expected


async def test_only_who_may_trade_may_arm_the_switch(rig: Rig) -> None:
    body = {"timeout_ms": 10_000}
    assert (await rig.call("POST", "/cancel-all-after", body=body))[0] == 401
    async with connected(rig) as client:
        assert await client.error("cancel_all_after", timeout_ms=10_000) == "UNAUTHENTICATED"
