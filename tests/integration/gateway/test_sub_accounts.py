"""Several accounts of one login, over the public API of a whole exchange."""

import time
from typing import Any

import aiohttp

from client.rest import signature
from tests.integration.gateway.owner import Owner
from tests.integration.gateway.test_venue import BID
from tests.integration.gateway.venue import Venue

NO_SUCH = (404, {"code": "NOT_FOUND", "message": "no such account"})


def refused(answer: tuple[int, Any]) -> tuple[int, Any]:
    """What a refusal says, in its old form."""
    return answer[0], answer[1]["error"]


async def test_each_account_has_its_own_money_and_orders(owner: Owner) -> None:
    bot = await owner.open("bot")
    status, moved = await owner.move(bot, "400", "first")
    assert (status, moved["amount"], moved["reason"]) == (200, "400.00000000", "sub_account")
    assert await owner.balance("USDT") == "600.00000000"
    with owner.at(bot):
        assert await owner.balance("USDT") == "400.00000000"
        order = await owner.place(price="30000", qty="0.01")
        assert [one["order_id"] for one in (await owner.get("/orders?status=open"))["orders"]] == [
            order["order_id"]
        ]
        (entry,) = (await owner.get("/ledger"))["entries"]
        assert (entry["code"], entry["amount"]) == ("TRANSFER", "400.00000000")
    assert (await owner.get("/orders?status=open"))["orders"] == []
    status, _ = await owner.call("GET", f"/orders/{order['order_id']}")
    assert status == 404
    listed = (await owner.get("/sub-accounts"))["accounts"]
    assert [(one["name"], one["is_main"], one["status"]) for one in listed] == [
        ("main", True, "open"),
        ("bot", False, "open"),
    ]


async def test_one_key_is_one_transfer(owner: Owner) -> None:
    bot = await owner.open("bot")
    first = await owner.move(bot, "10", "k")
    assert await owner.move(bot, "10", "k") == first
    status, answer = await owner.move(bot, "11", "k")
    assert (status, answer["error"]["code"]) == (409, "REFERENCE_REUSED")
    assert await owner.balance("USDT") == "990.00000000"
    (only,) = (await owner.get("/transfers"))["transfers"]
    assert only == first[1]


async def test_more_than_there_is_is_not_moved(owner: Owner) -> None:
    bot = await owner.open("bot")
    status, answer = await owner.move(bot, "1000.00000001", "k")
    assert (status, answer["error"]["code"]) == (422, "MONEY_REFUSED")
    assert "INSUFFICIENT_FUNDS" in answer["error"]["message"]
    with owner.at(bot):
        status, answer = await owner.move(bot, "1", "to-itself")
    assert status == 422


async def test_what_is_not_yours_is_as_if_it_were_not_there(exchange: Venue, owner: Owner) -> None:
    async with aiohttp.ClientSession() as session:
        other = Owner(exchange, session)
        theirs = await other.sign_up("other")
        their_bot = await other.open("bot")
    for account_id in (theirs, their_bot, 4_000_000_000):
        with owner.at(account_id):
            assert refused(await owner.call("GET", "/balances")) == NO_SUCH
            assert refused(await owner.call("POST", "/orders", BID)) == NO_SUCH
        assert refused(await owner.move(account_id, "1", f"to-{account_id}")) == NO_SUCH
        path = f"/sub-accounts/{account_id}"
        assert refused(await owner.call("PUT", path, {"name": "mine"})) == NO_SUCH
        assert refused(await owner.call("DELETE", path)) == NO_SUCH
    assert (await owner.get("/balances"))["balances"][0]["available"] == "1000.00000000"


async def test_orders_of_two_accounts_of_a_login_do_not_trade_with_each_other(
    owner: Owner,
) -> None:
    bot = await owner.open("bot")
    await owner.call("POST", "/faucet", {"asset": "ETH", "amount": "1"})
    await owner.move(bot, "1", "coins", "ETH")
    terms = {"symbol": "ETH-USDT", "price": "80000", "qty": "0.01"}  # above whatever rests there
    resting = await owner.place(**terms)
    with owner.at(bot):
        taker = await owner.place(side="sell", self_trade_prevention="cancel_maker", **terms)
        await owner.call("DELETE", f"/orders/{taker['order_id']}")
    status, maker = await owner.call("GET", f"/orders/{resting['order_id']}")
    assert (status, maker["status"], maker["reason"]) == (200, "canceled", "SELF_TRADE")


async def test_a_key_belongs_to_one_account(exchange: Venue, owner: Owner) -> None:
    bot = await owner.open("bot")
    with owner.at(bot):
        status, key = await owner.call(
            "POST", "/api-keys", {"label": "bot", "permissions": ["read"]}
        )
    assert (status, key["account_id"]) == (201, bot)
    await owner.move(bot, "7", "k")

    async def signed(headers: dict[str, str]) -> tuple[int, Any]:
        path, at_ms = "/api/v1/balances", time.time_ns() // 1_000_000
        chosen = headers.get("Openbell-Account", "")
        mac = signature(key["api_secret"], at_ms, "GET", path, account=chosen)
        headers |= {
            "X-Openbell-Key": key["api_key"],
            "X-Openbell-Timestamp": str(at_ms),
            "X-Openbell-Signature": mac,
        }
        async with owner.http.get(exchange.gateway_url + path, headers=headers) as response:
            return response.status, await response.json()

    status, answer = await signed({})
    assert (status, answer["balances"][0]["available"]) == (200, "7.00000000")
    assert (await signed({"Openbell-Account": str(bot)}))[0] == 200
    main = (await owner.get("/me"))["account_id"]
    assert refused(await signed({"Openbell-Account": str(main)})) == NO_SUCH


async def test_a_connection_is_for_the_account_it_names(exchange: Venue, owner: Owner) -> None:
    bot = await owner.open("bot")
    await owner.move(bot, "5", "k")
    url = f"{exchange.gateway_url}/api/v1/ws"
    async with owner.http.ws_connect(url) as socket:
        await socket.send_json({"op": "auth", "token": owner.token, "account_id": bot, "id": 1})
        await socket.send_json({"op": "subscribe", "channel": "balances", "id": 2})
        told: dict[str, Any] = {}
        while told.get("channel") != "balances" or told.get("type") != "snapshot":
            told = await socket.receive_json(timeout=5)
            if told.get("id") == 1:
                assert told["result"] == {"account_id": bot}
        assert told["balances"][0]["available"] == "5.00000000"
    async with owner.http.ws_connect(url) as socket:
        theirs = {"op": "auth", "token": owner.token, "account_id": 4_000_000_000, "id": 1}
        await socket.send_json(theirs)
        while (told := await socket.receive_json(timeout=5)).get("id") != 1:
            pass
        assert (told["ok"], told["error"]["code"]) == (False, "NOT_FOUND")


async def test_an_account_is_closed_when_it_is_empty_and_for_ever(owner: Owner) -> None:
    bot = await owner.open("bot")
    main = (await owner.get("/me"))["account_id"]
    await owner.move(bot, "5", "there")
    path = f"/sub-accounts/{bot}"
    status, answer = await owner.call("DELETE", path)
    assert (status, answer["error"]["code"]) == (409, "ACCOUNT_NOT_EMPTY")
    with owner.at(bot):
        status, _ = await owner.move(main, "5", "back")
        assert status == 200
    assert (await owner.call("DELETE", path))[0] == 204
    assert (await owner.call("DELETE", path))[0] == 204
    status, answer = await owner.move(bot, "1", "late")
    assert (status, answer["error"]["code"]) == (404, "UNKNOWN_ACCOUNT")
    with owner.at(bot):
        status, answer = await owner.call("POST", "/faucet", {"asset": "USDT", "amount": "1"})
        assert status == 404
        status, answer = await owner.call("POST", "/orders", BID)
        assert answer["error"]["code"] == "ACCOUNT_NOT_TRADABLE"
        assert len((await owner.get("/ledger"))["entries"]) == 2
    assert (await owner.call("PUT", path, {"name": "again"}))[0] == 404
    await owner.open("bot")  # the name is free again


async def test_names_differ_and_their_number_is_bounded(owner: Owner) -> None:
    first = await owner.open("a 0")
    status, answer = await owner.call("POST", "/sub-accounts", {"name": "a 0"})
    assert (status, answer["error"]["code"]) == (409, "NAME_TAKEN")
    assert (await owner.call("PUT", f"/sub-accounts/{first}", {"name": "b"}))[1]["name"] == "b"
    for at in range(1, 20):
        await owner.open(f"a {at}")
    status, answer = await owner.call("POST", "/sub-accounts", {"name": "one more"})
    assert (status, answer["error"]["code"]) == (409, "SUB_ACCOUNT_LIMIT")
    for name in ("", " ", "x" * 33, "<b>"):
        assert (await owner.call("POST", "/sub-accounts", {"name": name}))[0] in (400, 422)
    main = (await owner.get("/me"))["account_id"]
    assert (await owner.call("DELETE", f"/sub-accounts/{main}"))[0] == 404
