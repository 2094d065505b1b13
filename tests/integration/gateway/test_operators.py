"""An operator from a new market to halt, resume and delisting: over the admin API, on real
processes, and traded through both dialects.
"""

import asyncio
import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from cli.running.embedded_postgres import EmbeddedPostgres
from client.errors import Refused
from client.rest import OpenbellClient
from service.calls import ServiceClient
from service.errors import CallFailed
from tests.integration.gateway.second_factor import enrolled
from tests.integration.gateway.venue import SECRET, Venue

PASSWORD = "correct horse battery"
COAL = "COAL-USD"


@pytest.fixture(scope="module")
def venue(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[Venue]:
    """Engine, accounts, market data and gateway, and nothing listed."""
    postgres_cluster.run_sql(f'CREATE DATABASE "operators" TEMPLATE "{migrated_template}"')
    running = Venue(tmp_path_factory.mktemp("operators"), postgres_cluster.url("operators"))
    try:
        for name in ("engine", "accounts", "market_data", "gateway"):
            running.start(name)
        yield running
    finally:
        running.stop()
        postgres_cluster.run_sql('DROP DATABASE "operators" WITH (FORCE)')


@asynccontextmanager
async def logged_in(venue: Venue, role: str = "user") -> AsyncIterator[OpenbellClient]:
    """A new user of a role."""
    async with OpenbellClient(venue.gateway_url) as client:
        email = f"{role}-{os.urandom(5).hex()}@example.com"
        await client.sign_up(email, PASSWORD)
        if role in ("support", "admin"):
            await enrolled(client, PASSWORD)
        if role != "user":
            await made(venue, (await client.me()).user_id, role)
        yield client


async def made(venue: Venue, user_id: int, role: str) -> None:
    """Give a user a role, as the command line does; to another admin with one who agrees."""
    async with aiohttp.ClientSession() as http:
        accounts = ServiceClient(http, venue.environment["OPENBELL_ACCOUNTS_URL"], SECRET)
        query = {"role": "admin", "status": "active"}
        found = await accounts.call("GET", "/internal/admin/users", dict[str, Any], query=query)
        if role != "admin" or not found["users"]:
            await acted(accounts, None, act="set_role", user_id=user_id, role=role)
            return
        asked = await acted(accounts, None, act="propose_administrator", user_id=user_id)
        number = asked["after"]["proposal_id"]
        agreeing = found["users"][0]["user_id"]
        decision = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
        await acted(accounts, agreeing, **decision)


async def acted(accounts: ServiceClient, by: int | None, **act: Any) -> dict[str, Any]:
    """Have something done past the gateway; without a user at the command line."""
    body = {"act": act, "user_id": by, "name": "grace", "reason": "story"}
    return await accounts.call("POST", "/internal/admin/acts", dict[str, Any], body=body)


async def done(client: OpenbellClient, method: str, path: str, **body: Any) -> dict[str, Any]:
    """Have something done over the admin API."""
    told = await client.call(method, f"/admin{path}", dict[str, Any], body=body or None)
    assert told["outcome"] == "done", told
    return told


async def seen(client: OpenbellClient, path: str, **query: Any) -> dict[str, Any]:
    """Look at something over the admin API."""
    return await client.call("GET", f"/admin{path}", dict[str, Any], query=query or None)


async def binance(venue: Venue, key: Any, method: str, path: str, **said: str) -> tuple[int, Any]:
    """Make a signed call of the other dialect."""
    query = urlencode(said | {"timestamp": str(time.time_ns() // 1_000_000)})
    signature = hmac.new(key.api_secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    url = f"{venue.gateway_url}/api/v3{path}?{query}&signature={signature}"
    async with aiohttp.ClientSession(headers={"X-MBX-APIKEY": key.api_key}) as http:
        async with http.request(method, url) as response:
            return response.status, await response.json()


@pytest.mark.timeout(180)
async def test_an_operator_takes_a_market_from_listing_to_halt_resume_and_delisting(
    venue: Venue,
) -> None:
    async with (
        logged_in(venue, "admin") as admin,
        logged_in(venue) as buyer,
        logged_in(venue) as seller,
    ):
        await done(admin, "POST", "/assets", asset="COAL", scale=4, reason="a new commodity")
        listed = await done(
            admin, "POST", "/instruments", symbol=COAL, tick_size="0.01", lot_size="0.1",
            maker_fee_ppm=500, taker_fee_ppm=1_000, min_notional="1", scale=4,
        )  # fmt: skip
        assert listed["after"]["status"] == "halt"
        await done(admin, "PUT", f"/instruments/{COAL}/fees", tier=1, maker_fee_ppm=0,
                   taker_fee_ppm=300)  # fmt: skip
        await done(admin, "PUT", f"/instruments/{COAL}/status", status="trading")
        await buyer.faucet("USD", "1000")
        await seller.faucet("COAL", "100")
        await _trades_through_both_dialects(venue, buyer, seller)
        await _is_halted_and_resumed(venue, admin, buyer)
        await _is_counted(admin)
        await _is_delisted(admin, buyer)
        await _is_written_down(admin)


async def _trades_through_both_dialects(
    venue: Venue, buyer: OpenbellClient, seller: OpenbellClient
) -> None:
    stream = await buyer.stream()
    await stream.subscribe("trades", symbol=COAL)
    placed = await (await seller.stream()).request(
        "place", symbol=COAL, side="sell", type="limit", qty="3", price="10.50"
    )
    assert placed["status"] == "new"
    key = await buyer.create_api_key("bot", ["read", "trade"])
    status, told = await binance(
        venue, key, "POST", "/order", symbol="COALUSD", side="BUY", type="MARKET", quantity="1"
    )
    assert (status, told["status"], told["executedQty"]) == (200, "FILLED", "1.00000000"), told
    bought = await buyer.place(COAL, "buy", "limit", qty="1", price="10.50")
    assert bought.status == "filled"
    async with asyncio.timeout(20):
        prices: list[str] = []
        while len(prices) < 2:
            message = await anext(aiter(stream))
            if message.get("channel") == "trades" and message["type"] == "update":
                prices += [one["price"] for one in message["trades"]]
        assert prices == ["10.50", "10.50"]
        while not (candles := await _candles(buyer)) or candles[0]["trades"] != 2:
            await asyncio.sleep(0.05)
        while [one.last for one in await buyer.tickers(COAL)] != ["10.50"]:
            await asyncio.sleep(0.05)
    assert COAL in [one.symbol for one in await buyer.instruments()]
    await stream.close()


async def _candles(client: OpenbellClient) -> list[dict[str, Any]]:
    query = {"symbol": COAL, "interval": "1M"}
    found = await client.call("GET", "/candles", dict[str, Any], query=query)
    candles: list[dict[str, Any]] = found["candles"]
    return candles


async def _is_halted_and_resumed(
    venue: Venue, admin: OpenbellClient, buyer: OpenbellClient
) -> None:
    order = {"qty": "1", "price": "10.00"}
    path = f"/instruments/{COAL}/status"
    halted = await done(admin, "PUT", path, status="halt", reason="news pending")
    assert (halted["before"]["status"], halted["after"]["status"]) == ("trading", "halt")
    with pytest.raises(Refused, match="INSTRUMENT_NOT_TRADING"):
        await buyer.place(COAL, "buy", "limit", **order)
    await done(admin, "PUT", "/venue/status", status="halted", reason="maintenance")
    assert (await buyer.venue()).venue_status == "halted"
    system = await seen(admin, "/system")
    assert system["venue_status"] == "halted"
    assert {one["process"]: one["ready"] for one in system["processes"]} == {
        "engine": True,
        "gateway": True,
        "accounts": True,
        "market_data": True,
    }
    await done(admin, "PUT", "/venue/status", status="open")
    await done(admin, "PUT", path, status="trading")
    assert (await buyer.place(COAL, "buy", "limit", **order)).open


async def _is_counted(admin: OpenbellClient) -> None:
    volumes = await seen(admin, "/volumes", hours=1)
    assert volumes["volumes"] == [
        {
            "symbol": COAL,
            "trades": 2,
            "volume": "2.0000",
            "quote_volume": "21.0000",
            "base_fees": "0.0020",
            "quote_fees": "0.0105",
        }
    ]
    (interest,) = [one for one in (await seen(admin, "/open-interest"))["open_interest"]
                   if one["side"] == "buy"]  # fmt: skip
    assert (interest["orders"], interest["qty"], interest["notional"]) == (1, "1.0", "10.0000")
    top = (await seen(admin, "/top-accounts", asset="USD"))["accounts"]
    assert [(one["amount"], one["fills"]) for one in top] == [("21.0000", 2)] * 2
    richest = (await seen(admin, "/top-accounts", asset="COAL", by="balance"))["accounts"]
    assert richest[0]["amount"] == "98.0000"
    books = await seen(admin, "/reconciliation")
    assert all(one["agrees"] for one in books["supplies"]) and books["differences"] == 0


async def _is_delisted(admin: OpenbellClient, buyer: OpenbellClient) -> None:
    (order,) = await buyer.orders("open", COAL)
    await done(admin, "PUT", f"/instruments/{COAL}/status", status="cancel_only")
    await done(admin, "PUT", f"/instruments/{COAL}/status", status="closed", reason="delisted")
    assert (await buyer.order(order.order_id)).status == "canceled"
    with pytest.raises(Refused, match="INSTRUMENT_NOT_TRADING"):
        await buyer.place(COAL, "buy", "limit", qty="1", price="10.00")
    assert len(await buyer.fills(COAL)) == 2


async def _is_written_down(admin: OpenbellClient) -> None:
    acts = (await seen(admin, "/acts", subject=f"instrument:{COAL}"))["acts"]
    assert [one["action"] for one in acts] == [
        *["set_status"] * 5,
        "set_fees",
        "create_instrument",
    ]
    assert (acts[0]["reason"], acts[0]["role"], acts[0]["ip"]) == ("delisted", "admin", "127.0.0.1")
    versions = (await seen(admin, f"/instruments/{COAL}/versions"))["versions"]
    assert [one["status"] for one in versions] == [
        "closed",
        "cancel_only",
        "trading",
        "halt",
        "trading",
        "halt",
    ]
    assert {one["actor"] for one in versions} == {acts[0]["actor"]}


@pytest.mark.timeout(120)
async def test_only_operators_reach_the_admin_api_and_only_as_long_as_they_are_operators(
    venue: Venue,
) -> None:
    async with (
        logged_in(venue, "admin") as admin,
        logged_in(venue, "support") as support,
        logged_in(venue) as user,
    ):
        with pytest.raises(Refused) as refused:
            await seen(user, "/users")
        assert refused.value.status == 403
        me = (await user.me()).user_id
        detail = await seen(support, f"/users/{me}")
        assert detail["user"]["status"] == "active"
        with pytest.raises(Refused, match="FORBIDDEN"):
            await done(support, "PUT", "/venue/status", status="halted")
        await done(support, "PUT", f"/users/{me}/status", status="suspended", reason="stolen card")
        async with asyncio.timeout(20):  # the access token that is out there ends with it
            while True:
                try:
                    await user.me()
                except Refused as stopped:
                    assert stopped.status == 401
                    break
                await asyncio.sleep(0.1)
        await done(admin, "PUT", f"/users/{me}/status", status="active")
        found = await seen(admin, "/users", role="support")
        assert (await support.me()).email in [one["email"] for one in found["users"]]
        # The token says admin for a quarter of an hour; the next request is refused all the same.
        await made(venue, (await admin.me()).user_id, "user")
        with pytest.raises(Refused) as refused:
            await seen(admin, "/users")
        assert refused.value.status == 403


@pytest.mark.timeout(120)
async def test_every_act_wants_a_second_factor_that_this_session_has_shown_lately(
    venue: Venue,
) -> None:
    async with (
        OpenbellClient(venue.gateway_url) as admin,
        OpenbellClient(venue.gateway_url) as thief,
    ):
        email = f"careful-{os.urandom(5).hex()}@example.com"
        await admin.sign_up(email, PASSWORD)
        me = (await admin.me()).user_id
        await made(venue, me, "admin")
        account = f"/admin/accounts/{(await admin.me()).account_id}"
        acts = {
            f"{account}/status": {"status": "active"},
            f"{account}/fee-tier": {"tier": 1},
            f"{account}/limits": {"open_orders_max": 10},
            "/admin/venue/status": {"status": "open"},
        }
        for path, body in acts.items():
            with pytest.raises(Refused, match="NO_SECOND_FACTOR"):
                await admin.call("PUT", path, dict[str, Any], body=body)
        await thief.login(email, PASSWORD)  # a session of the password alone
        app = await enrolled(admin, PASSWORD)
        for path, body in acts.items():
            with pytest.raises(Refused, match="SECOND_FACTOR_REQUIRED"):
                await thief.call("PUT", path, dict[str, Any], body=body)
        # The session that set it up has shown it; another does with its next act.
        assert (await admin.call("PUT", f"{account}/fee-tier", dict[str, Any], body={"tier": 1}))[
            "outcome"
        ] == "done"
        shown = {"X-Openbell-Code": app.at(time.time() + app.interval)}
        for headers in (shown, {}):
            body = {"status": "open"}
            told = await thief.call(
                "PUT", "/admin/venue/status", dict[str, Any], body=body, headers=headers
            )
            assert told["outcome"] == "done"
        # What needs two operators wants a code of its own each time.
        with pytest.raises(Refused, match="SECOND_FACTOR_REQUIRED"):
            body = {"user_id": me, "reason": "alone"}
            await thief.call("POST", "/admin/administrators", dict[str, Any], body=body)


@pytest.mark.timeout(120)
async def test_another_administrator_needs_two_operators(venue: Venue) -> None:
    async with logged_in(venue, "admin") as first, logged_in(venue) as candidate:
        await made(venue, (await first.me()).user_id, "support")  # nobody may agree but admins
        async with logged_in(venue, "admin") as admin, logged_in(venue, "admin") as second:
            chosen = (await candidate.me()).user_id
            url = f"{venue.environment['OPENBELL_ACCOUNTS_URL']}"
            async with aiohttp.ClientSession() as http:
                accounts = ServiceClient(http, url, SECRET)
                alone = {"act": "set_role", "user_id": chosen, "role": "admin"}
                asker, agreeing = (await admin.me()).user_id, (await second.me()).user_id
                for by in (None, asker):  # at the command line, and by one admin
                    with pytest.raises(CallFailed, match="two operators"):
                        await acted(accounts, by, **alone)
                ask = {"act": "propose_administrator", "user_id": chosen}
                number = (await acted(accounts, asker, **ask))["after"]["proposal_id"]
                agree = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
                with pytest.raises(CallFailed, match="another operator"):
                    await acted(accounts, asker, **agree)
                with pytest.raises(Refused):
                    await seen(candidate, "/users")
                (asked,) = (await seen(admin, "/proposals", state="open"))["proposals"]
                assert (asked["kind"], asked["subject"]) == ("administrator", f"user:{chosen}")
                done_by = await acted(accounts, agreeing, **agree)
                assert done_by["after"] == {"state": "done", "role": "admin"}
            assert await seen(candidate, "/users")


@pytest.mark.timeout(120)
async def test_accounts_with_terms_of_their_own_are_listed_with_their_logins(venue: Venue) -> None:
    async with logged_in(venue, "admin") as admin, logged_in(venue) as user:
        me = await user.me()
        path = f"/accounts/{me.account_id}"
        await done(admin, "PUT", f"{path}/fee-tier", tier=3)
        await done(admin, "PUT", f"{path}/limits", orders_per_s=5, orders_burst=9)
        found = {one["account_id"]: one for one in (await seen(admin, "/accounts"))["accounts"]}
        one = found[me.account_id]
        assert (one["email"], one["fee_tier"], one["orders_per_s"]) == (me.email, 3, 5)
        assert (await admin.me()).account_id not in found
        page = await seen(admin, "/accounts", after=me.account_id)
        assert page == {"accounts": [], "cursor": None}
        await done(admin, "PUT", f"{path}/fee-tier", tier=0)
        await done(admin, "PUT", f"{path}/limits", orders_per_s=0, orders_burst=0)
        listed = (await seen(admin, "/accounts"))["accounts"]
        assert me.account_id not in [one["account_id"] for one in listed]
