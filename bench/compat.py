"""How soon does a client of the Binance Spot dialect hear of a fill?

A whole exchange, opened as a user opens it, without bots. One customer's order rests; another sends
one that takes it over REST; the first hears of its fill on its user stream. From the moment the
order is sent to the moment the report is read, in this process: HTTP, signature, engine, disk and
WebSocket included, one order at a time. Beside it what a request costs that goes no further than
the gateway: one for nothing, and one that signs, reads and checks an order without sending it.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from bench.benchmark import Benchmark, Say
from bench.live_exchange import live_exchange
from bench.report import Measured, WrongResult
from bench.udp import echo_rtt_us, flush_us, per_mille_us

FILLS: Final = 1_000
FILLS_QUICK: Final = 50
WARM_UP: Final = 50
NAMES: Final = ("fill", "order", "order_test", "ping")
PATIENCE_S: Final = 10
SYMBOL: Final = "BTCUSDT"
_ORDER: Final = {
    "symbol": SYMBOL,
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.001",
    "price": "50000",
    "newOrderRespType": "ACK",
}


@dataclass
class Customer:
    """One demo key over REST."""

    http: aiohttp.ClientSession
    url: str
    api_key: str
    secret: str

    async def call(self, method: str, path: str, **parameters: object) -> Any:
        """Send a signed request that must succeed."""
        payload = urlencode(parameters | {"timestamp": time.time_ns() // 1_000_000})
        signature = hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        url = f"{self.url}{path}?{payload}&signature={signature}"
        headers = {"X-MBX-APIKEY": self.api_key}
        async with self.http.request(method, url, headers=headers) as response:
            answer = await response.json()
            if response.status != 200:
                raise WrongResult(str(answer))
            return answer


@dataclass
class Heard:
    """When each fill of an order was read from the user stream."""

    at_ns: dict[int, int] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Read for ever."""
        async for message in socket:
            now_ns = time.perf_counter_ns()
            event = json.loads(message.data)
            if event.get("x") == "TRADE":
                self.at_ns[event["i"]] = now_ns
                self.arrived.set()

    async def fill(self, order_id: int) -> int:
        """Return when an order's fill was read."""
        async with asyncio.timeout(PATIENCE_S):
            while order_id not in self.at_ns:
                self.arrived.clear()
                await self.arrived.wait()
        return self.at_ns[order_id]


@asynccontextmanager
async def listening(customer: Customer) -> AsyncIterator[Heard]:
    """Read a customer's user stream for the length of the block."""
    listen_key = (await customer.call("POST", "/api/v3/userDataStream"))["listenKey"]
    url = f"{customer.url.replace('http', 'ws', 1)}/ws/{listen_key}"
    heard = Heard()
    async with customer.http.ws_connect(url) as socket:
        task = asyncio.create_task(heard.listen(socket))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def fills(url: str, keys: list[dict[str, str]], count: int) -> dict[str, list[int]]:
    """Return how long ``count`` of each took, ns, sorted: until a fill is heard, an order, a test
    of one and a ping are answered.
    """
    took_ns: dict[str, list[int]] = {name: [] for name in NAMES}
    async with aiohttp.ClientSession() as http:
        maker, taker = (Customer(http, url, key["api_key"], key["api_secret"]) for key in keys[:2])
        async with listening(maker) as heard:
            for number in range(WARM_UP + count):
                side = ("BUY", "SELL") if number % 2 else ("SELL", "BUY")
                took = await one_of_each(maker, taker, heard, side)
                for name in NAMES if number >= WARM_UP else ():
                    took_ns[name].append(took[name])
        shown = await maker.call("GET", "/api/v3/openOrders", symbol=SYMBOL)
        if shown:
            raise WrongResult(f"{len(shown)} orders did not trade")
    return {name: sorted(taken) for name, taken in took_ns.items()}


async def one_of_each(
    maker: Customer, taker: Customer, heard: Heard, side: tuple[str, str]
) -> dict[str, int]:
    """Let an order rest and another take it, then ask twice for what the engine is not needed for;
    return how long each took, ns.
    """
    rests = await maker.call("POST", "/api/v3/order", side=side[0], **_ORDER)
    sent_ns = time.perf_counter_ns()
    await taker.call("POST", "/api/v3/order", side=side[1], **_ORDER)
    ordered_ns = time.perf_counter_ns()
    heard_ns = await heard.fill(rests["orderId"])
    begun_ns = time.perf_counter_ns()
    await taker.call("POST", "/api/v3/order/test", side=side[1], **_ORDER)
    tested_ns = time.perf_counter_ns()
    await taker.call("GET", "/api/v3/ping")
    pinged_ns = time.perf_counter_ns()
    return {
        "fill": heard_ns - sent_ns,
        "order": ordered_ns - sent_ns,
        "order_test": tested_ns - begun_ns,
        "ping": pinged_ns - tested_ns,
    }


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one exchange."""
    count = FILLS_QUICK if options.quick else options.fills
    say("opening an exchange without bots")
    with live_exchange("compat-") as facts:
        say(f"{count} fills, one at a time")
        keys = facts["demo"]["api_keys"]
        took_ns = asyncio.run(fills(facts["gateway_url"], keys, count))
        core = str(facts["core"])
    figures = {}
    for name, taken in took_ns.items():
        figures[f"compat.{name}_p50_ms"] = per_mille_us(taken, 500) / 1_000
        figures[f"compat.{name}_p99_ms"] = per_mille_us(taken, 990) / 1_000
    floor_us = echo_rtt_us(spin=False)[0] + flush_us()
    return Measured(
        figures=figures,
        yardsticks={"echo_and_fdatasync_p50_us": floor_us},
        twin=core,
        yardstick="echo_and_fdatasync_p50_us",
        notes=(
            "A fill is heard on the maker's user stream; an order, a test of one and a ping are "
            "answered over REST. The last two need no engine: what a fill takes longer than a test "
            "is the engine, the disk, and the way back by the event stream and the WebSocket.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much is measured."""
    parser.add_argument("--fills", type=int, default=FILLS)


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
