"""Stops, icebergs, dates and silence, as users meet them on a whole exchange."""

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cli.running.instance import Paths
from client.errors import ClientError
from client.rest import OpenbellClient
from client.stream import Stream
from client.types import Order
from tests.e2e.exchange import Exchange, open_exchange
from trading_bot.dead_mans_switch import TIMEOUT_MS

SYMBOL = "BTC-USDT"
Levels = list[tuple[str, str]]


@asynccontextmanager
async def _traders(exchange: Exchange) -> AsyncIterator[tuple[OpenbellClient, OpenbellClient]]:
    """A funded buyer and a funded seller, new to the exchange."""
    async with OpenbellClient(exchange.url) as buyer, OpenbellClient(exchange.url) as seller:
        for client in (buyer, seller):
            email = f"{secrets.token_hex(6)}@example.com"
            await client.sign_up(email, "correct horse battery")
        await buyer.faucet("USDT", "100000")
        await seller.faucet("BTC", "2")
        yield buyer, seller


async def _pushed_order(stream: Stream, order_id: int, status: str) -> dict[str, Any]:
    """Return the order as the private channel tells it, once it has ``status``."""
    async with asyncio.timeout(20):
        async for message in stream:
            if message.get("channel") == "orders" and message["type"] == "update":
                order: dict[str, Any] = message["order"]
                if (order["order_id"], order["status"]) == (order_id, status):
                    return order
    raise AssertionError("the stream ended")


async def _bids(client: OpenbellClient) -> Levels:
    return [tuple(level) for level in (await client.depth(SYMBOL)).bids]


async def _sell(seller: OpenbellClient, qty: str, price: str) -> Order:
    return await seller.place(SYMBOL, "sell", "limit", qty=qty, price=price, time_in_force="ioc")


def _audited(exchange: Exchange) -> None:
    audit = exchange.openbell("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.timeout(180)
async def test_a_stop_is_triggered_by_somebody_elses_trade_and_its_owner_hears_of_it(
    quiet_exchange: Exchange,
) -> None:
    async with _traders(quiet_exchange) as (buyer, seller):
        stream = await buyer.stream()
        await stream.subscribe("orders")
        await _a_stop_is_triggered(buyer, seller, stream)
        await buyer.place(SYMBOL, "buy", "stop", qty="0.01", trigger_price="70000")
        await stream.close()
        _audited(quiet_exchange)  # also of what still waits


@pytest.mark.timeout(180)
async def test_an_iceberg_shows_its_slice_and_trades_whole(quiet_exchange: Exchange) -> None:
    async with _traders(quiet_exchange) as (buyer, seller):
        await _an_iceberg_shows_its_slice(buyer, seller)
        await buyer.place(SYMBOL, "buy", "limit", qty="0.1", price="40000", display_qty="0.01")
        _audited(quiet_exchange)  # also of what still hides


@pytest.mark.timeout(180)
async def test_an_order_ends_by_itself_at_its_date(quiet_exchange: Exchange) -> None:
    async with _traders(quiet_exchange) as (buyer, _):
        stream = await buyer.stream()
        await stream.subscribe("orders")
        await _an_order_ends_at_its_date(buyer, stream)
        await stream.close()
        _audited(quiet_exchange)


async def _a_stop_is_triggered(
    buyer: OpenbellClient, seller: OpenbellClient, stream: Stream
) -> None:
    await buyer.place(SYMBOL, "buy", "limit", qty="0.01", price="50000")
    await _sell(seller, "0.01", "50000")
    stop = await buyer.place(
        SYMBOL, "buy", "stop_limit", qty="0.2", price="50500", trigger_price="51000"
    )
    assert (stop.status, stop.trigger_price) == ("pending_trigger", "51000.00")
    assert await _bids(buyer) == []
    assert [order.order_id for order in await buyer.orders()] == [stop.order_id]

    await seller.place(SYMBOL, "sell", "limit", qty="0.01", price="51000")
    await buyer.place(SYMBOL, "buy", "limit", qty="0.01", price="51000", time_in_force="ioc")

    pushed = await _pushed_order(stream, stop.order_id, "new")
    assert (pushed["type"], pushed["price"]) == ("stop_limit", "50500.00")
    assert await _bids(buyer) == [("50500.00", "0.20000")]
    sold = await _sell(seller, "0.2", "50500")
    assert (sold.status, sold.avg_price) == ("filled", "50500.00")
    assert (await buyer.order(stop.order_id)).status == "filled"


async def _an_iceberg_shows_its_slice(buyer: OpenbellClient, seller: OpenbellClient) -> None:
    iceberg = await buyer.place(
        SYMBOL, "buy", "limit", qty="0.1", price="49000", display_qty="0.03"
    )
    behind = await buyer.place(SYMBOL, "buy", "limit", qty="0.01", price="49000")
    assert await _bids(buyer) == [("49000.00", "0.04000")]
    await _sell(seller, "0.02", "49000")
    assert await _bids(buyer) == [("49000.00", "0.02000")]
    await _sell(seller, "0.015", "49000")
    assert await _bids(buyer) == [("49000.00", "0.03500")]
    assert (await buyer.order(iceberg.order_id)).leaves_qty == "0.07000"
    assert (await buyer.order(behind.order_id)).leaves_qty == "0.00500"
    sold = await _sell(seller, "1", "49000")
    assert (sold.status, sold.cum_qty) == ("expired", "0.07500")
    assert (await buyer.order(iceberg.order_id)).status == "filled"


async def _an_order_ends_at_its_date(buyer: OpenbellClient, stream: Stream) -> None:
    at_s = int(time.time()) + 3
    dated = await buyer.place(
        SYMBOL, "buy", "limit", qty="0.01", price="48000", time_in_force="gtd", expire_at_s=at_s
    )
    assert (dated.status, dated.expire_at_s) == ("new", at_s)
    ended = await _pushed_order(stream, dated.order_id, "expired")
    assert ended["reason"] == "GOOD_TILL_DATE"
    assert 0 <= int(ended["updated_ts_ns"]) - at_s * 10**9 < 5 * 10**9
    assert await _bids(buyer) == []


@pytest.mark.timeout(180)
async def test_a_users_orders_end_when_nothing_is_heard_of_it_whoever_was_killed(
    quiet_exchange: Exchange,
) -> None:
    async with _traders(quiet_exchange) as (buyer, seller):
        order = await buyer.place(SYMBOL, "buy", "limit", qty="0.01", price="50000")
        other = await seller.place(SYMBOL, "sell", "limit", qty="0.01", price="60000")
        assert await buyer.cancel_all_after(1_000) == 1_000
        quiet_exchange.kill("gateway")
        quiet_exchange.kill("engine")
        async with asyncio.timeout(60):
            while (ended := await _as_known(buyer, order.order_id)) is None or ended.open:
                await asyncio.sleep(0.1)
        assert (ended.status, ended.reason) == ("canceled", "DEAD_MAN_SWITCH")
        assert (await seller.order(other.order_id)).status == "new"
        _audited(quiet_exchange)


async def _as_known(client: OpenbellClient, order_id: int) -> Order | None:
    try:
        return await client.order(order_id)
    except ClientError:
        return None  # it is on its way up


@contextmanager
def _frozen(exchange: Exchange, process: str) -> Iterator[None]:
    """Stop a process without ending it for the length of the block: nobody starts another."""
    pid = int(exchange.facts()["processes"][process]["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.timeout(240)
async def test_a_bot_that_is_no_longer_heard_of_leaves_no_quote_behind(tmp_path: Path) -> None:
    with open_exchange(tmp_path / "data", bots=True) as exchange:
        maker_key = json.loads(Paths.of(tmp_path / "data").bots.read_text())["maker"]
        async with OpenbellClient(exchange.url, **maker_key) as maker:
            await _until(maker, quoted=True)
            stream = await maker.stream()
            await stream.subscribe("orders")
            # Past a whole timeout: what is renewed does not fire.
            assert not await _fired(stream, within_s=TIMEOUT_MS / 1_000 + 1)
            with _frozen(exchange, "trading_bot"):
                assert await _fired(stream, within_s=30)
                await _until(maker, quoted=False)
            await _until(maker, quoted=True)


async def _fired(stream: Stream, within_s: float) -> bool:
    """Whether an order of the stream's account is ended by the dead-man switch in that time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            async for message in stream:
                if message.get("channel") == "orders" and message["type"] == "update":
                    if message["order"]["reason"] == "DEAD_MAN_SWITCH":
                        return True
    return False


async def _until(client: OpenbellClient, *, quoted: bool) -> None:
    """Wait until both markets have quotes on both sides, or none at all."""
    async with asyncio.timeout(30):
        while True:
            depths = [await client.depth(symbol) for symbol in (SYMBOL, "ETH-USDT")]
            sides = [bool(side) for depth in depths for side in (depth.bids, depth.asks)]
            if all(side is quoted for side in sides):
                return
            await asyncio.sleep(0.1)
