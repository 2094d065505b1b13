"""The books that ccxt.pro and python-binance keep from the streams, beside the exchange's own.

While both customers trade as fast as they can, the exchange's book is followed change by change
over the native API. Each book a client shows has a sequence: at that sequence both must be equal.
"""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import OrderedDict

import aiohttp
import ccxt.pro
from binance import AsyncClient, BinanceSocketManager, DepthCacheManager
from binance.base_client import BaseClient
from venue import BASE, FACTS, KEY, SECRET, WS

SYMBOLS = {"BTC": 64_000, "ETH": 3_000}
CHECKPOINTS = FACTS.get("checkpoints", 1_000)
PATIENCE_S = 300
STATES_MAX = 20_000
LEVELS = 200
BaseClient.API_URL = BASE + "/api"
BaseClient.WS_API_URL = WS + "/ws-api/v3"
BinanceSocketManager.STREAM_URL = WS + "/"


class Truth:
    """The exchange's book after each of its visible changes, the latest few thousand."""

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.states: OrderedDict[int, tuple] = OrderedDict()
        self.seq = 0
        self.reached = asyncio.Condition()

    async def take(self, message: dict) -> None:
        if message["type"] == "snapshot":
            self.bids, self.asks = {}, {}
        else:
            assert message["prev"] == self.seq, message
        for side, levels in ((self.bids, message["bids"]), (self.asks, message["asks"])):
            for price, qty in levels:
                if float(qty):
                    side[float(price)] = float(qty)
                else:
                    side.pop(float(price), None)
        self.seq = message["seq"]
        self.states[self.seq] = (
            sorted(self.bids.items(), reverse=True)[:LEVELS],
            sorted(self.asks.items())[:LEVELS],
        )
        if len(self.states) > STATES_MAX:
            self.states.popitem(last=False)
        async with self.reached:
            self.reached.notify_all()

    async def at(self, seq: int) -> tuple:
        async with self.reached:
            await self.reached.wait_for(lambda: self.seq >= seq)
        return self.states[seq]


async def follow(truths: dict[str, Truth]) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(WS + "/api/v1/ws", max_msg_size=0) as socket,
    ):
        for asset in truths:
            asked = {"op": "subscribe", "channel": "book", "symbol": f"{asset}-USDT"}
            await socket.send_json(asked | {"interval_ms": 0})
        async for text in socket:
            message = json.loads(text.data)
            if message.get("channel") == "book" and "type" in message:
                await truths[message["symbol"].partition("-")[0]].take(message)


def same(shown: list, state: list) -> bool:
    return [(float(level[0]), float(level[1])) for level in shown[:LEVELS]] == state


class Counted:
    """How often a client's book was compared."""

    def __init__(self) -> None:
        self.checkpoints = 0
        self.seqs: set[int] = set()

    async def compare(self, who: str, truth: Truth, seq: int, bids: list, asks: list) -> None:
        if not seq or seq in self.seqs:
            return
        state = await truth.at(seq)
        assert same(bids, state[0]) and same(asks, state[1]), (who, seq, bids[:3], state[0][:3])
        self.seqs.add(seq)
        self.checkpoints += 1


async def with_ccxt(exchange, asset: str, truth: Truth, counted: Counted) -> None:
    own = Counted()
    while counted.checkpoints < CHECKPOINTS:
        book = await exchange.watch_order_book(f"{asset}/USDT")
        before = own.checkpoints
        bids, asks = [list(one) for one in book["bids"]], [list(one) for one in book["asks"]]
        await own.compare("ccxt.pro", truth, book["nonce"], bids, asks)
        counted.checkpoints += own.checkpoints - before


class Watched(DepthCacheManager):
    """The client's manager, which tells which event it applied last.

    It fetches a new snapshot when a message does not follow the last, and then lays that message
    over it even if the snapshot is newer: a fault of its own, whatever the exchange. Such a message
    is left out here.
    """

    seq = 0

    def _apply_orders(self, msg: dict) -> None:
        seq = msg.get("u") or msg["lastUpdateId"]
        if seq >= self.seq:
            super()._apply_orders(msg)
            self.seq = seq


async def with_python_binance(
    client: AsyncClient, asset: str, truth: Truth, counted: Counted
) -> None:
    own = Counted()
    manager = Watched(client, f"{asset}USDT", limit=5_000, ws_interval=100)
    async with manager as cache:
        while counted.checkpoints < CHECKPOINTS:
            book = await cache.recv()
            before = own.checkpoints
            bids, asks = book.get_bids(), book.get_asks()
            await own.compare("python-binance", truth, manager.seq, bids, asks)
            counted.checkpoints += own.checkpoints - before


async def trade(http: aiohttp.ClientSession, key: str, secret: str, done: asyncio.Event) -> None:
    """Enter, take and cancel over the native API, as fast as answers come."""
    chance = random.Random(key)
    sent = 0
    while not done.is_set():
        asset = chance.choice(list(SYMBOLS))
        path, body = "/api/v1/orders", b""
        method = "POST"
        if sent % 40 == 39:
            method, path = "DELETE", f"/api/v1/orders?symbol={asset}-USDT"
        else:
            price = SYMBOLS[asset] * (1 + chance.uniform(-2e-3, 2e-3))
            terms = {"symbol": f"{asset}-USDT", "side": chance.choice(["buy", "sell"])}
            terms |= {"type": "limit", "qty": "0.001", "price": f"{price:.2f}"}
            body = json.dumps(terms | {"self_trade_prevention": "cancel_maker"}).encode()
        stamp = str(int(time.time() * 1_000))
        message = f"{stamp}\n{method}\n{path}\n\n\n".encode() + body
        headers = {
            "X-Openbell-Key": key,
            "X-Openbell-Timestamp": stamp,
            "X-Openbell-Signature": hmac.new(secret.encode(), message, hashlib.sha256).hexdigest(),
        }
        sending = http.request(method, BASE + path, data=body or None, headers=headers)
        async with sending as answer:
            await answer.read()
        sent += 1


async def main() -> None:
    truths = {asset: Truth() for asset in SYMBOLS}
    following = asyncio.create_task(follow(truths))
    done, counts = asyncio.Event(), (Counted(), Counted())
    urls = {"public": BASE + "/api/v3", "private": BASE + "/api/v3", "v1": BASE + "/api/v1"}
    urls["ws"] = {"spot": WS + "/stream/ws", "ws-api": {"spot": WS + "/ws-api/v3"}}
    options = {"sandbox": True, "fetchMarkets": {"types": ["spot"]}}
    pro = ccxt.pro.binance({"enableRateLimit": False, "options": options, "urls": {"test": urls}})
    client = await AsyncClient.create(KEY, SECRET)
    async with aiohttp.ClientSession() as http, asyncio.timeout(PATIENCE_S):
        load = [
            asyncio.create_task(trade(http, key, secret, done))
            for key, secret in FACTS["keys"]
            for _ in range(2)
        ]
        try:
            await pro.load_markets()
            await asyncio.gather(
                *(with_ccxt(pro, asset, truth, counts[0]) for asset, truth in truths.items()),
                *(
                    with_python_binance(client, asset, truth, counts[1])
                    for asset, truth in truths.items()
                ),
            )
        finally:
            done.set()
            await asyncio.gather(*load)
            following.cancel()
            await pro.close()
            await client.close_connection()
    changes = sum(truth.seq for truth in truths.values())
    print(f"{counts[0].checkpoints} and {counts[1].checkpoints} checkpoints, {changes} changes")
    print("ccxt.pro and python-binance have done all of it")


asyncio.run(main())
