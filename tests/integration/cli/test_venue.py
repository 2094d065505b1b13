"""An operator on a real exchange: processes, database, and `openbell venue` as it is typed."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.auditing.audit import AuditConfig, audit
from cli.running.embedded_postgres import EmbeddedPostgres
from client.errors import Refused
from client.rest import OpenbellClient
from client.stream import Stream
from client.types import Withdrawal
from tests.integration.gateway.venue import ROOT, Venue

GOLD = "GOLD-USD"
CALENDAR = """
timezone = "Europe/London"
[sessions]
mon = ["08:00-16:30"]
tue = ["08:00-16:30"]
wed = ["08:00-16:30"]
thu = ["08:00-16:30"]
fri = ["08:00-16:30"]
"""


@pytest.fixture(scope="module")
def exchange(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[Venue]:
    """Engine, accounts, market data and gateway, and nothing listed."""
    postgres_cluster.run_sql(f'CREATE DATABASE "operated" TEMPLATE "{migrated_template}"')
    running = Venue(tmp_path_factory.mktemp("operated"), postgres_cluster.url("operated"))
    try:
        for name in ("engine", "accounts", "market_data", "gateway"):
            running.start(name)
        yield running
    finally:
        running.stop()
        postgres_cluster.run_sql('DROP DATABASE "operated" WITH (FORCE)')


async def typed(exchange: Venue, *words: str, refused: bool = False) -> str:
    """Run `openbell venue …`; return what it printed."""
    return await printed(exchange, "venue", *words, refused=refused)


async def printed(exchange: Venue, *words: str, refused: bool = False) -> str:
    """Run `openbell …`; return what it printed."""
    command = [sys.executable, "-m", "cli", *words]
    environment = exchange.environment | {"COLUMNS": "200"}
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=ROOT,
        env=environment | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode != 0) is refused, done.stdout + done.stderr
    return done.stderr if refused else done.stdout


def rows(said: str) -> list[list[str]]:
    """Return the cells of what was printed in tables, a list a line."""
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines()]


def cells(said: str, first: str) -> list[str]:
    """Return the row of a printed table that begins with ``first``."""
    return next(row for row in rows(said) if row[:1] == [first])


@asynccontextmanager
async def traders(exchange: Venue) -> AsyncIterator[tuple[OpenbellClient, OpenbellClient]]:
    """A buyer with dollars and a seller with gold."""
    url = exchange.gateway_url
    async with OpenbellClient(url) as buyer, OpenbellClient(url) as seller:
        for client, asset in ((buyer, "USD"), (seller, "GOLD")):
            await client.sign_up(f"{os.urandom(5).hex()}@example.com", "correct horse battery")
            await client.faucet(asset, "1000" if asset == "USD" else "10")
        yield buyer, seller


async def pushed(stream: Stream, channel: str, **wanted: Any) -> dict[str, Any]:
    """Return the next message of a channel whose fields are as wanted."""
    async with asyncio.timeout(20):
        async for message in stream:
            if message.get("channel") == channel and wanted.items() <= message.items():
                return message
    raise AssertionError("the stream ended")


async def listed(stream: Stream, symbol: str, **wanted: Any) -> dict[str, Any]:
    """Return an instrument once it is told of as wanted."""
    while True:
        for told in (await pushed(stream, "instruments"))["instruments"]:
            if told["symbol"] == symbol and wanted.items() <= told.items():
                found: dict[str, Any] = told
                return found


@pytest.mark.timeout(180)
async def test_a_listed_instrument_trades_at_once_over_every_interface(exchange: Venue) -> None:
    async with OpenbellClient(exchange.gateway_url) as anyone:
        stream = await anyone.stream()
        await stream.subscribe("instruments")
        assert (await pushed(stream, "instruments", type="snapshot"))["venue_status"] == "open"

        said = await typed(
            exchange, "instrument", "create", GOLD, "--tick", "0.01", "--lot", "0.001",
            "--maker-fee-ppm", "500", "--taker-fee-ppm", "1000", "--min-notional", "1", "--open",
        )  # fmt: skip
        assert cells(said, GOLD)[1:6] == ["trading", "0.01", "0.001", "0.05 %", "0.1 %"]
        told = await listed(stream, GOLD, trading_status="trading")
        assert (told["tick_size"], told["lot_size"], told["min_notional"]) == (
            "0.01",
            "0.001",
            "1.00000000",
        )
        await stream.close()
        await _trades(exchange, anyone)
        await _is_told_in_its_units_after_a_change(exchange, anyone)


async def _trades(exchange: Venue, anyone: OpenbellClient) -> None:
    async with traders(exchange) as (buyer, seller):
        books = await anyone.stream()
        await books.subscribe("book", symbol=GOLD)
        await books.subscribe("trades", symbol=GOLD)
        await books.subscribe("candles", symbol=GOLD, interval="1m")
        placed = await (await seller.stream()).request(
            "place", symbol=GOLD, side="sell", type="limit", qty="1.5", price="200.05"
        )
        assert placed["status"] == "new"
        assert (await anyone.depth(GOLD)).asks == [("200.05", "1.500")]
        bought = await buyer.place(GOLD, "buy", "market", qty="0.5")
        assert (bought.status, bought.avg_price) == ("filled", "200.05")
        trade = (await pushed(books, "trades", type="update"))["trades"][0]
        assert (trade["price"], trade["qty"]) == ("200.05", "0.500")
        candle = (await pushed(books, "candles"))["candle"]
        assert (candle["close"], candle["volume"]) == ("200.05", "0.500")
        (ticker,) = await anyone.tickers(GOLD)
        assert ticker.last == "200.05"
        assert {one.asset for one in await buyer.balances()} == {"GOLD", "USD"}
        await seller.cancel_all(GOLD)


async def _is_told_in_its_units_after_a_change(exchange: Venue, anyone: OpenbellClient) -> None:
    trading = await typed(exchange, "instrument", "update", GOLD, "--tick", "0.5", refused=True)
    assert "it cannot go there from where it is now (INVALID_TRANSITION)" in trading
    await typed(exchange, "instrument", "status", GOLD, "halt")
    said = await typed(exchange, "instrument", "update", GOLD, "--tick", "0.5", "--lot", "0.1")
    assert cells(said, GOLD)[2:4] == ["0.5", "0.1"] and "Its units are new" in said
    await typed(exchange, "instrument", "status", GOLD, "trading")
    async with traders(exchange) as (buyer, seller):
        await seller.place(GOLD, "sell", "limit", qty="0.1", price="210.5")
        bought = await buyer.place(GOLD, "buy", "limit", qty="0.1", price="210.5")
        assert bought.avg_price == "210.5"
    assert [(one.price, one.qty) for one in await anyone.trades(GOLD)] == [
        ("210.5", "0.1"),
        ("200.05", "0.500"),
    ]
    async with asyncio.timeout(20):
        while True:
            query = {"symbol": GOLD, "interval": "1M"}
            candles = (await anyone.call("GET", "/candles", dict[str, Any], query=query))["candles"]
            if candles and candles[0]["trades"] == 2:
                break
            await asyncio.sleep(0.05)
    assert [candles[0][name] for name in ("open", "close", "volume")] == [
        "200.05",
        "210.50",
        "0.600",
    ]


@pytest.mark.timeout(180)
async def test_the_kill_switch_stops_everything_but_cancels(exchange: Venue) -> None:
    await _list_once(exchange)
    async with traders(exchange) as (buyer, _):
        stream = await buyer.stream()
        await stream.subscribe("instruments")
        order = await buyer.place(GOLD, "buy", "limit", qty="0.1", price="100")
        assert "The venue is halted." in await typed(exchange, "halt")
        await pushed(stream, "instruments", type="update", venue_status="halted")
        assert (await buyer.venue()).venue_status == "halted"
        with pytest.raises(Refused) as refused:
            await buyer.place(GOLD, "buy", "limit", qty="0.1", price="100")
        assert (refused.value.status, refused.value.code) == (503, "VENUE_HALTED")
        assert (await buyer.cancel(order.order_id)).status == "canceled"
        assert "The venue is open." in await typed(exchange, "open")
        assert (await buyer.place(GOLD, "buy", "limit", qty="0.1", price="100")).open
        await buyer.cancel_all()
        await stream.close()


async def _list_once(exchange: Venue) -> None:
    async with OpenbellClient(exchange.gateway_url) as anyone:
        if not await anyone.instruments():
            units = ("--tick", "0.5", "--lot", "0.1")
            await typed(exchange, "instrument", "create", GOLD, *units, "--open")


@pytest.mark.timeout(180)
async def test_an_auction_is_told_by_its_price_and_ends_with_one(exchange: Venue) -> None:
    await _list_once(exchange)
    said = await typed(
        exchange, "instrument", "rules", GOLD, "--auction-s", "2", "--reference-price", "200"
    )
    assert "auctions 2 s, reference 200" in said
    async with traders(exchange) as (buyer, seller):
        stream = await buyer.stream()
        await stream.subscribe("book", symbol=GOLD)
        await typed(exchange, "instrument", "status", GOLD, "auction")
        await buyer.place(GOLD, "buy", "limit", qty="0.3", price="220")
        await seller.place(GOLD, "sell", "limit", qty="0.2", price="190")
        while (told := await pushed(stream, "book"))["auction"] is None or not told["auction"][
            "price"
        ]:
            assert told["type"] == "snapshot" or told["auction"] is None
        assert (told["bids"], told["asks"]) == ([], [])
        assert (told["auction"]["qty"], told["auction"]["imbalance"]) == ("0.2", "0.1")
        while told["auction"] is not None:
            told = await pushed(stream, "book")
        assert (told["type"], told["bids"], told["asks"]) == ("snapshot", [["220.0", "0.1"]], [])
        fill = (await buyer.fills(GOLD))[0]
        assert (fill.liquidity, fill.qty) == ("maker", "0.2")
        await buyer.cancel_all()
        await stream.close()
    await typed(exchange, "instrument", "rules", GOLD, "--auction-s", "0")


@pytest.mark.timeout(180)
async def test_trading_hours_are_scheduled_once_however_often_they_are_asked_for(
    exchange: Venue, tmp_path: Path
) -> None:
    await _list_once(exchange)
    file = tmp_path / "london.toml"
    file.write_text(CALENDAR)
    first = await typed(exchange, "instrument", "calendar", GOLD, str(file))
    assert first.count(GOLD) == 10 and first.count("halt") == first.count("trading") == 5
    assert await typed(exchange, "instrument", "calendar", GOLD, str(file)) == first
    file.write_text(CALENDAR.replace('fri = ["08:00-16:30"]', 'fri = ["08:00-12:30"]'))
    changed = await typed(exchange, "instrument", "calendar", GOLD, str(file))
    assert changed.count(GOLD) == 10 and changed != first
    await typed(exchange, "instrument", "schedule", GOLD, "--clear")
    assert "Scheduled" not in await typed(exchange, "show")
    soon = await typed(exchange, "instrument", "schedule", GOLD, "halt", "--in-s", "600")
    assert soon.count(GOLD) == 1
    await typed(exchange, "instrument", "schedule", GOLD, "--clear")
    file.write_text("timezone = 'Mars/Olympus'")
    refused = await typed(exchange, "instrument", "calendar", GOLD, str(file), refused=True)
    assert "Mars/Olympus" in refused


@pytest.mark.timeout(180)
async def test_accounts_are_limited_tiered_and_suspended(exchange: Venue) -> None:
    await _list_once(exchange)
    async with OpenbellClient(exchange.gateway_url) as customer:
        email = f"{os.urandom(5).hex()}@example.com"
        await customer.sign_up(email, "correct horse battery")
        await customer.faucet("USD", "1000")

        async def buy() -> Any:
            return await customer.place(GOLD, "buy", "limit", qty="0.1", price="100")

        await typed(exchange, "instrument", "fees", GOLD, "2", "--maker-fee-ppm", "0",
                    "--taker-fee-ppm", "10")  # fmt: skip
        assert "2" in await typed(exchange, "account", "fee-tier", email, "2")
        said = await typed(exchange, "account", "limits", email, "--open-orders-max", "1")
        assert "done" in said
        order = await buy()
        with pytest.raises(Refused, match="TOO_MANY_OPEN_ORDERS"):
            await buy()
        await typed(exchange, "account", "limits", email, "--open-orders-max", "0")
        await typed(exchange, "account", "asset-limits", email, "GOLD", "--position-max", "0.15")
        with pytest.raises(Refused, match="POSITION_LIMIT"):
            await buy()
        await typed(
            exchange, "account", "asset-limits", email, "USD", "--order-notional-max", "9.9"
        )
        with pytest.raises(Refused, match="NOTIONAL_LIMIT"):
            await buy()
        await typed(exchange, "account", "asset-limits", email, "GOLD", "--order-notional-max", "7")
        await typed(exchange, "account", "asset-limits", email, "USD", "--position-max", "5000")
        shown = await typed(exchange, "show")
        limits = [row[1:] for row in rows(shown[shown.index("Asset limits") :])]
        assert ["GOLD", "0.15", "7"] in limits and ["USD", "5000", "9.9"] in limits
        assert "Fee tiers" in shown
        number = str((await customer.me()).account_id)
        await typed(exchange, "account", "status", number, "suspended")
        ended = await customer.order(order.order_id)
        assert (ended.status, ended.reason) == ("canceled", "ACCOUNT_SUSPENDED")
        with pytest.raises(Refused, match="ACCOUNT_NOT_TRADABLE"):
            await buy()
        why = ("--by", "grace", "--why", "asked for it")
        assert "suspended" in await typed(exchange, *why, "account", "status", email, "suspended")
        with pytest.raises(Refused, match="LOGIN_STOPPED"):
            await customer.login(email, "correct horse battery")
        log = await typed(exchange, "log", "--action", "set_user_status")
        assert "grace" in log and "asked for it" in log and "active" in log
        unknown = await typed(
            exchange, "account", "status", "no@example.com", "active", refused=True
        )
        assert "no@example.com" in unknown


@pytest.mark.timeout(180)
async def test_an_order_list_works_over_every_door_and_every_unit_is_accounted_for(
    exchange: Venue,
) -> None:
    await _list_once(exchange)
    async with traders(exchange) as (buyer, seller):
        await buyer.place(GOLD, "buy", "limit", qty="0.1", price="200")
        await seller.place(GOLD, "sell", "limit", qty="0.1", price="200")  # a last trade
        legs = [
            {"type": "limit", "price": "220"},
            {"type": "trailing_stop", "trailing_bps": 500},
        ]
        terms = {"symbol": GOLD, "side": "sell", "qty": "0.2", "legs": legs}
        entered = await seller.place_list(**terms, client_order_id="my-list")
        assert [one.list_id for one in entered.orders] == [entered.list_id] * 2
        assert (await seller.place_list(**terms, client_order_id="my-list")) == entered
        await buyer.place(GOLD, "buy", "limit", qty="0.1", price="220")
        found = await seller.order_list_by_client_id("my-list")
        assert [one.status for one in found.orders] == ["partially_filled", "canceled"]
        assert found.orders[1].reason == "OTHER_LEG"
        # The gateway forgets with its process; the book of record does not.
        exchange.kill("gateway")
        exchange.start("gateway")
        assert await seller.order_list_by_client_id("my-list") == found
        assert (await seller.cancel_list(entered.list_id)).orders[0].status == "canceled"
        waiting = await seller.place_list(**terms, client_order_id="another")
        assert all(one.open for one in waiting.orders)
        await buyer.place(GOLD, "buy", "stop", qty="0.1", trigger_price="230")
        await typed(exchange, "instrument", "update", GOLD, "--band-bps", "77")
        report = await audit(
            AuditConfig(
                DATABASE_URL=exchange.environment["DATABASE_URL"],
                engine_data_dir=Path(exchange.environment["OPENBELL_ENGINE_DATA_DIR"]),
                engine_segment_bytes=int(exchange.environment["OPENBELL_ENGINE_SEGMENT_BYTES"]),
            )
        )
        assert report.ok, report.as_text()
        await buyer.cancel_all()
        await seller.cancel_all()


async def ended(client: OpenbellClient, withdrawal_id: int, state: str) -> Withdrawal:
    """Return a withdrawal once it is over."""
    async with asyncio.timeout(60):
        while (one := await client.withdrawal(withdrawal_id)).state != state:
            await asyncio.sleep(0.05)
    return one


async def verify(client: OpenbellClient, exchange: Venue, email: str) -> None:
    """Enter the code that came by mail at sign-up, as `openbell mail` shows it."""
    async with asyncio.timeout(20):
        while not (found := re.search(r"^\d{4} \d{4}$", await mail(exchange, email), re.M)):
            await asyncio.sleep(0.05)
    body = {"email": email, "code": found[0]}
    await client.call("POST", "/auth/verify-email", type(None), body=body)


async def mail(exchange: Venue, address: str) -> str:
    """Return what `openbell mail ADDRESS` prints."""
    return await printed(exchange, "mail", address)


@pytest.mark.timeout(180)
async def test_an_operator_looks_at_what_is_to_leave(exchange: Venue) -> None:
    await typed(exchange, "instrument", "create", "TIN-USD", "--tick", "0.01", "--lot", "0.001")
    amounts = ("--day-max", "5", "--approve-above", "1")
    said = await typed(exchange, "withdrawals", "rules", "TIN", *amounts)
    assert cells(said, "TIN") == ["TIN", "5", "1", "by an operator"]
    async with OpenbellClient(exchange.gateway_url) as owner:
        await owner.sign_up("leaving@example.com", "correct horse battery")
        await owner.faucet("TIN", "10")
        await owner.add_withdrawal_address("TIN", "tin-0", "theirs")
        with pytest.raises(Refused) as refused:
            await owner.withdraw("TIN", "2", "tin-0", "zeroth")
        assert refused.value.code == "EMAIL_NOT_VERIFIED"
        await verify(owner, exchange, "leaving@example.com")
        with pytest.raises(Refused) as refused:
            await owner.withdraw("TIN", "2", "tin-1", "first")
        assert refused.value.code == "ADDRESS_NOT_ALLOWED"
        await owner.add_withdrawal_address("TIN", "tin-1", "mine")
        await _approved(exchange, owner)
        await _voided(exchange, owner)
        (deposit,) = await owner.deposits("TIN")
        assert (deposit.amount, deposit.source) == ("10.00000000", "faucet")
        with pytest.raises(Refused) as refused:
            await owner.withdraw("TIN", "3.5", "tin-1", "third")
        assert refused.value.code == "WITHDRAWAL_LIMIT"
        key = await owner.create_api_key("bot", ["read", "trade"])
    named = {"api_key": key.api_key, "api_secret": key.api_secret}
    async with OpenbellClient(exchange.gateway_url, **named) as bot:
        assert len(await bot.withdrawals("TIN")) == 2
        with pytest.raises(Refused) as refused:
            await bot.withdraw("TIN", "1", "tin-1", "fourth")
        assert refused.value.code == "FORBIDDEN"


async def _approved(exchange: Venue, owner: OpenbellClient) -> None:
    asked = await owner.withdraw("TIN", "2", "tin-1", "first")
    assert asked.state == "held"
    assert await owner.withdraw("TIN", "2", "tin-1", "first") == asked
    (balance,) = await owner.balances()
    assert (balance.available, balance.held) == ("8.00000000", "2.00000000")
    number = str(asked.withdrawal_id)
    assert cells(await typed(exchange, "withdrawals", "list"), number)[2:4] == ["2 TIN", "held"]
    await typed(exchange, "withdrawals", "approve", number, "--by", "grace")
    one = await ended(owner, asked.withdrawal_id, "posted")
    assert (one.posted, one.steps[2].actor) == ("2.00000000", "grace")
    said = await typed(exchange, "withdrawals", "approve", number, refused=True)
    assert "the withdrawal is POSTED" in said
    said = await typed(exchange, "withdrawals", "paid", number, "by hand", refused=True)
    assert "the withdrawal is POSTED" in said


async def _voided(exchange: Venue, owner: OpenbellClient) -> None:
    asked = await owner.withdraw("TIN", "2.5", "tin-1", "second")
    number = str(asked.withdrawal_id)
    await typed(exchange, "withdrawals", "void", number, "its owner asked for it")
    one = await ended(owner, asked.withdrawal_id, "voided")
    assert one.steps[-2].note == "to be voided: its owner asked for it"
    (balance,) = await owner.balances()
    assert (balance.available, balance.held) == ("8.00000000", "0.00000000")
    assert "There are none." in await typed(exchange, "withdrawals", "list")
