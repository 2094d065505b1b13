"""Statements: what there was, what moved, what there is, to the last atom."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import aiohttp

from tests.integration.gateway.owner import Owner
from tests.integration.gateway.venue import Venue

TODAY = datetime.now(UTC).date()
DAYS = f"from_date={TODAY - timedelta(days=1)}&to_date={TODAY + timedelta(days=1)}"


async def trade(exchange: Venue, owner: Owner) -> None:
    """The owner buys at 90,000 (a price nobody else trades at) from somebody, maker and taker."""
    async with aiohttp.ClientSession() as session:
        seller = Owner(exchange, session)
        await seller.sign_up("seller")
        await seller.call("POST", "/faucet", {"asset": "ETH", "amount": "5"})
        await owner.place(symbol="ETH-USDT", price="90000", qty="0.002")
        await seller.place(symbol="ETH-USDT", side="sell", price="90000", qty="0.001")
        await seller.place(symbol="ETH-USDT", side="sell", price="90000", qty="0.003")
        await owner.place(symbol="ETH-USDT", price="90000", qty="0.001")
        await seller.call("DELETE", "/orders")


def movement(told: dict[str, Any], asset: str, code: str) -> tuple[Decimal, Decimal]:
    (found,) = (
        each
        for one in told["assets"]
        if one["asset"] == asset
        for each in one["movements"]
        if each["code"] == code
    )
    return Decimal(found["received"]), Decimal(found["paid"])


async def test_opening_and_movements_lead_to_the_closing_balance(
    exchange: Venue, owner: Owner
) -> None:
    bot = await owner.open("bot")
    await trade(exchange, owner)
    await owner.move(bot, "100", "k")
    told = await owner.get(f"/statement?{DAYS}")
    balances = {one["asset"]: one for one in (await owner.get("/balances"))["balances"]}
    for one in told["assets"]:
        moved = sum(Decimal(each["received"]) - Decimal(each["paid"]) for each in one["movements"])
        assert Decimal(one["opening"]) == 0
        assert Decimal(one["closing"]) == moved
        there = balances[one["asset"]]
        assert moved == Decimal(there["available"]) + Decimal(there["held"])
    assert movement(told, "USDT", "DEPOSIT") == (1_000, 0)
    assert movement(told, "USDT", "TRADE") == (0, 270)
    assert movement(told, "USDT", "TRANSFER") == (0, 100)
    assert movement(told, "ETH", "TRADE") == (Decimal("0.003"), 0)
    fees = [Decimal(one["fee"]) for one in told["fills"]]
    assert movement(told, "ETH", "FEE") == (0, sum(fees))
    assert [(one["side"], one["liquidity"], one["fills"], one["qty"]) for one in told["fills"]] == [
        ("buy", "maker", 2, "0.00200000"),
        ("buy", "taker", 1, "0.00100000"),
    ]
    with owner.at(bot):
        (only,) = (await owner.get(f"/statement?{DAYS}"))["assets"]
        assert (only["asset"], only["closing"]) == ("USDT", "100.00000000")


async def test_a_period_before_has_nothing_and_one_to_come_opens_with_what_there_is(
    owner: Owner,
) -> None:
    past, future = TODAY - timedelta(days=9), TODAY + timedelta(days=2)
    assert (await owner.get(f"/statement?from_date={past}&to_date={past}"))["assets"] == []
    (only,) = (await owner.get(f"/statement?from_date={future}&to_date={future}"))["assets"]
    assert (only["opening"], only["closing"], only["movements"]) == (
        "1000.00000000",
        "1000.00000000",
        [],
    )


async def test_days_that_make_no_period_are_refused(owner: Owner) -> None:
    for first, last in (
        (TODAY, TODAY - timedelta(days=1)),
        (TODAY - timedelta(days=366), TODAY),
        ("2026-02-30", "2026-03-01"),
        ("0000-00-00", TODAY),
    ):
        status, answer = await owner.call("GET", f"/statement?from_date={first}&to_date={last}")
        assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST")


class Text(HTMLParser):
    """The texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


async def test_the_table_and_the_page_say_the_same(exchange: Venue, owner: Owner) -> None:
    await trade(exchange, owner)
    told = await owner.get(f"/statement?{DAYS}")
    headers = {"Authorization": f"Bearer {owner.token}"}
    url = f"{exchange.gateway_url}/api/v1/statement"
    async with owner.http.get(f"{url}.csv?{DAYS}", headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/csv")
        rows = list(csv.DictReader(io.StringIO(await response.text())))
    async with owner.http.get(f"{url}.html?{DAYS}", headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        page = Text()
        page.feed(await response.text())
    assert [row["name"] for row in rows if row["section"] == "asset"] == [
        one["asset"] for one in told["assets"]
    ]
    for one in told["assets"]:
        (row,) = (r for r in rows if (r["section"], r["name"]) == ("asset", one["asset"]))
        assert row["closing"] == one["closing"]
        assert one["closing"] in page.texts
    for one in told["fills"]:
        assert f"{one['fee']} {one['fee_asset']}" in page.texts
    async with owner.http.get(f"{url}.html?{DAYS}") as response:
        assert response.status == 401
