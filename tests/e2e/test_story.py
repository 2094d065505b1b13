"""The whole exchange, from sign-up to the last unit, through crashes of every process."""

import asyncio
import secrets
from contextlib import suppress
from typing import Any

import pytest

from client.errors import ClientError, OrderFateUnknown, Refused
from client.rest import OpenbellClient
from tests.e2e.exchange import Exchange

PASSWORD = "correct horse battery"
SYMBOL = "BTC-USDT"


async def _new_user(client: OpenbellClient) -> None:
    await client.sign_up(f"{secrets.token_hex(6)}@example.com", PASSWORD)


async def _balance(client: OpenbellClient, asset: str) -> tuple[str, str]:
    found = [balance for balance in await client.balances() if balance.asset == asset]
    return (found[0].available, found[0].held) if found else ("0.00000000", "0.00000000")


@pytest.mark.timeout(180)
async def test_two_users_trade_and_everything_shows_it(quiet_exchange: Exchange) -> None:
    url = quiet_exchange.url
    async with OpenbellClient(url) as buyer, OpenbellClient(url) as seller:
        await _new_user(buyer)
        await _new_user(seller)
        await buyer.faucet("USDT", "10000")
        await seller.faucet("BTC", "1")

        stream = await buyer.stream()
        for channel in ("orders", "fills", "balances"):
            await stream.subscribe(channel)
        await stream.subscribe("trades", symbol=SYMBOL)
        await stream.subscribe("candles", symbol=SYMBOL, interval="1m")
        bid = await buyer.place(SYMBOL, "buy", "limit", qty="0.1", price="50000")
        assert (bid.status, bid.cum_qty) == ("new", "0.00000")
        assert await _balance(buyer, "USDT") == ("5000.00000000", "5000.00000000")
        depth = await buyer.depth(SYMBOL)
        assert [tuple(level) for level in depth.bids] == [("50000.00", "0.10000")]

        sale = await seller.place(SYMBOL, "sell", "market", qty="0.04")
        assert (sale.status, sale.avg_price, len(sale.fills)) == ("filled", "50000.00", 1)
        fee = 0.04 * 50_000 * 1_000 / 1_000_000
        assert await _balance(seller, "USDT") == (f"{2000 - fee:.8f}", "0.00000000")
        assert await _balance(buyer, "USDT") == ("5000.00000000", "3000.00000000")
        assert await _balance(buyer, "BTC") == ("0.03998000", "0.00000000")

        seen: set[str] = set()
        async with asyncio.timeout(10):
            async for message in stream:
                if message.get("type") != "snapshot" and _tells_of_the_trade(message):
                    seen.add(message["channel"])
                if seen >= {"orders", "fills", "balances", "trades", "candles"}:
                    break
        await stream.close()

        assert [fill.qty for fill in await buyer.fills(SYMBOL)] == ["0.04000"]
        assert [trade.price for trade in await buyer.trades(SYMBOL)][:1] == ["50000.00"]
        candles = await buyer.call(
            "GET", "/candles", dict, query={"symbol": SYMBOL, "interval": "1m", "limit": 5}
        )
        assert candles["candles"][-1]["close"] == "50000.00"
        ledger = await buyer.call("GET", "/ledger", dict, query={"asset": "USDT"})
        assert len(str(ledger)) > 100
        rest = await buyer.cancel(bid.order_id)
        assert (rest.status, rest.cum_qty) == ("canceled", "0.04000")
        assert await _balance(buyer, "USDT") == ("8000.00000000", "0.00000000")
    audit = quiet_exchange.openbell("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def _tells_of_the_trade(message: dict[str, Any]) -> bool:
    match message.get("channel"):
        case "orders":
            return bool(message["order"]["status"] == "partially_filled")
        case "fills" | "trades" | "candles":
            return True
        case "balances":
            return any(balance["asset"] == "BTC" for balance in message["balances"])
    return False


class Trader:
    """A user who keeps placing orders under ids of its own, and writes down every answer. Out of
    funds it turns around: however fast the exchange is, there is always a next order.
    """

    def __init__(self, client: OpenbellClient, side: str, price: str) -> None:
        self._client = client
        self._side = side
        self._price = price
        self.acknowledged: dict[str, int] = {}
        self.unknown: set[str] = set()
        self.refused: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            client_order_id = secrets.token_hex(8)
            try:
                order = await self._client.place(
                    SYMBOL,
                    self._side,
                    "limit",
                    qty="0.00100",
                    price=self._price,
                    client_order_id=client_order_id,
                )
                self.acknowledged[client_order_id] = order.order_id
            except OrderFateUnknown:
                self.unknown.add(client_order_id)
            except Refused as refused:
                (self.refused if refused.status < 500 else self.unknown).add(client_order_id)
                if refused.code == "INSUFFICIENT_FUNDS":
                    self._side = "sell" if self._side == "buy" else "buy"
                await asyncio.sleep(0.05 if refused.retry_after_s is None else 0.2)
            except ClientError:
                self.unknown.add(client_order_id)
                await asyncio.sleep(0.05)

    async def settle_unknown(self) -> None:
        """Find out what became of every order without an answer, as a client would."""
        for client_order_id in self.unknown:
            with suppress(Refused):
                order = await self._client.order_by_client_id(client_order_id)
                self.acknowledged[client_order_id] = order.order_id


async def _wait_until_ready(exchange: Exchange, killed: dict[str, int]) -> None:
    async with asyncio.timeout(60):
        while True:
            processes = exchange.facts()["processes"]
            again = all(processes[name]["pid"] not in (None, pid) for name, pid in killed.items())
            status = await asyncio.to_thread(exchange.openbell, "status")
            if again and status.returncode == 0:
                return


async def _orders_of(client: OpenbellClient) -> dict[str, list[int]]:
    """Return the order ids of every client order id in the whole history."""
    found: dict[str, list[int]] = {}
    before: int | None = None
    while True:
        query: dict[str, str | int | None] = {
            "status": "all",
            "limit": 500,
            "before_order_id": before,
        }
        page = (await client.call("GET", "/orders", dict, query=query))["orders"]
        for order in page:
            found.setdefault(order["client_order_id"], []).append(order["order_id"])
        if len(page) < 500:
            return found
        before = page[-1]["order_id"]


@pytest.mark.timeout(300)
async def test_every_process_is_killed_in_the_middle_and_nothing_is_lost_or_doubled(
    quiet_exchange: Exchange,
) -> None:
    url = quiet_exchange.url
    async with OpenbellClient(url) as buying, OpenbellClient(url) as selling:
        await _new_user(buying)
        await _new_user(selling)
        await buying.faucet("USDT", "100000")
        await selling.faucet("BTC", "2")
        stop = asyncio.Event()
        traders = [Trader(buying, "buy", "50000"), Trader(selling, "sell", "50000")]
        running = [asyncio.create_task(trader.run(stop)) for trader in traders]
        for process in ("engine", "accounts", "market_data", "gateway", "postgres"):
            before = sum(len(trader.acknowledged) for trader in traders)
            while sum(len(trader.acknowledged) for trader in traders) < before + 20:
                assert not any(task.done() for task in running)
                await asyncio.sleep(0.01)
            killed = {process: quiet_exchange.kill(process)}
            await _wait_until_ready(quiet_exchange, killed)
        stop.set()
        await asyncio.gather(*running)
        for trader, client in zip(traders, (buying, selling), strict=True):
            await trader.settle_unknown()
            history = await _orders_of(client)
            assert {key: [order_id] for key, order_id in trader.acknowledged.items()} == history
        assert len(await buying.fills(SYMBOL, limit=10)) > 0
    audit = quiet_exchange.openbell("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    status = quiet_exchange.openbell("status")
    assert status.returncode == 0, status.stdout
