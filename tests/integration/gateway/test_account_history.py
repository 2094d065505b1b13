"""All that an account did, page by page and as a file, and nothing of anybody else's."""

import csv
import io
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.integration.gateway.owner import Owner
from tests.integration.gateway.venue import Venue

KINDS = ("orders", "fills", "ledger", "deposits", "withdrawals", "transfers")


@pytest.fixture
async def busy(exchange: Venue, owner: Owner) -> AsyncIterator[Owner]:
    """Five buys of the owner's of which each trades, one cancelled sell, two transfers."""
    bot = await owner.open("bot")
    await owner.move(bot, "1", "a")
    await owner.move(bot, "2", "b")
    async with aiohttp.ClientSession() as session:
        seller = Owner(exchange, session)
        await seller.sign_up("seller")
        await seller.call("POST", "/faucet", {"asset": "ETH", "amount": "5"})
        for _ in range(5):
            await owner.place(symbol="ETH-USDT", price="90000", qty="0.001")
            await seller.place(symbol="ETH-USDT", side="sell", price="90000", qty="0.001")
        await seller.call("DELETE", "/orders")
    resting = await owner.place(symbol="ETH-USDT", side="sell", price="95000", qty="0.001")
    await owner.call("DELETE", f"/orders/{resting['order_id']}")
    yield owner


async def all_rows(owner: Owner, kind: str, asked: str = "", limit: int = 2) -> list[Any]:
    rows: list[Any] = []
    path = f"/history/{kind}?limit={limit}&{asked}"
    page = await owner.get(path)
    while page["cursor"] is not None:
        assert len(page["rows"]) <= limit
        rows += page["rows"]
        page = await owner.get(f"{path}&before={page['cursor']}")
    return rows + list(page["rows"])


async def file_of(owner: Owner, path: str) -> str:
    url = f"{owner.venue.gateway_url}/api/v1/history/{path}"
    headers = {"Authorization": f"Bearer {owner.token}"}
    async with owner.http.get(url, headers=headers) as response:
        assert response.status == 200, await response.text()
        assert "attachment" in response.headers["Content-Disposition"]
        return await response.text()


async def test_pages_of_any_size_hold_every_row_once(busy: Owner) -> None:
    for kind, count in zip(KINDS, (6, 5, 18, 1, 0, 2), strict=True):
        whole = (await busy.get(f"/history/{kind}"))["rows"]
        assert len(whole) == count, kind
        for limit in (1, 2, 3):
            assert await all_rows(busy, kind, limit=limit) == whole


async def test_the_files_hold_what_the_pages_do(busy: Owner) -> None:
    for kind in KINDS:
        whole = (await busy.get(f"/history/{kind}"))["rows"]
        status, told = await busy.call("GET", f"/history/{kind}.json")
        assert (status, told) == (200, {"rows": whole, "cursor": None})
        rows = list(csv.DictReader(io.StringIO(await file_of(busy, f"{kind}.csv"))))
        assert len(rows) == len(whole)
        for row, one in zip(rows, whole, strict=True):
            for name in ("seq", "amount", "qty", "price", "fee", "ts_ns"):
                if isinstance(one.get(name), str | int):
                    assert row[name] == str(one[name])


async def test_filters_leave_only_what_was_asked_for(busy: Owner) -> None:
    assert len(await all_rows(busy, "orders", "side=sell")) == 1
    assert len(await all_rows(busy, "orders", "status=filled")) == 5
    assert len(await all_rows(busy, "orders", "status=open")) == 0
    assert len(await all_rows(busy, "orders", "status=closed&symbol=ETH-USDT")) == 6
    assert len(await all_rows(busy, "orders", "symbol=BTC-USDT")) == 0
    assert len(await all_rows(busy, "fills", "side=buy")) == 5
    assert len(await all_rows(busy, "fills", "side=sell")) == 0
    assert {one["asset"] for one in await all_rows(busy, "ledger", "asset=ETH")} == {"ETH"}
    status, answer = await busy.call("GET", "/history/fills?symbol=NO-SUCH")
    assert (status, answer["error"]["code"]) == (404, "UNKNOWN_INSTRUMENT")


async def test_a_time_range_cuts_where_it_says(busy: Owner) -> None:
    for kind in ("orders", "fills", "ledger", "transfers"):
        name = "created_ts_ns" if kind == "orders" else "ts_ns"
        whole = (await busy.get(f"/history/{kind}"))["rows"]
        middle = int(whole[len(whole) // 2][name])
        later = await all_rows(busy, kind, f"from_ts_ns={middle}")
        earlier = await all_rows(busy, kind, f"to_ts_ns={middle}")
        assert later + earlier == whole
        assert all(int(one[name]) >= middle for one in later)
        assert all(int(one[name]) < middle for one in earlier)
        assert later
        assert await all_rows(busy, kind, f"from_ts_ns={time.time_ns() + 10**12}") == []


async def test_nobody_elses_history_is_told(exchange: Venue, busy: Owner) -> None:
    async with aiohttp.ClientSession() as session:
        other = Owner(exchange, session)
        await other.sign_up("other")
        for kind in KINDS:
            assert (await other.get(f"/history/{kind}"))["rows"] == []
            headers = {"Openbell-Account": str((await busy.get("/me"))["account_id"])}
            headers["Authorization"] = f"Bearer {other.token}"
            url = f"{exchange.gateway_url}/api/v1/history/{kind}.csv"
            async with session.get(url, headers=headers) as response:
                assert response.status == 404
