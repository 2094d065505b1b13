"""How long does a bot take from a change of the book to the order it sends?

The bot is the one that runs on an exchange: its client, its book, its runner, over a real WebSocket
on loopback. The exchange is stood in for, so that nothing else is measured: it pushes one change of
the book after another and takes the time from before it hands a change to its socket until it has
read the order that this brought about; both directions of the socket are in it.
"""

import argparse
import asyncio
import time
from statistics import median
from typing import Any, Final

import msgspec
import uvloop
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from client.rest import OpenbellClient
from domain.clock import LogClock
from domain.orders import Side
from service.logging import configure_logging
from trading_bot.bot import BotSpec
from trading_bot.parameters import Parameters
from trading_bot.runner import Runner
from trading_bot.strategies import Entry
from trading_bot.strategy import Desired, MarketView, Strategy, Take

UPDATES: Final = 3_000
QUICK_UPDATES: Final = 200
LEVELS: Final = 50
FIRST_BID: Final = 6_400_000
SYMBOL: Final = "BTC-USDT"
_INSTRUMENT: Final = {
    "symbol": SYMBOL, "base_asset": "BTC", "quote_asset": "USDT", "tick_size": "0.01",
    "lot_size": "0.00001", "price_decimals": 2, "qty_decimals": 5, "min_notional": "1",
    "maker_fee_ppm": 0, "taker_fee_ppm": 0, "trading_status": "trading",
}  # fmt: skip
_ANSWERS: Final[dict[str, Any]] = {
    "/api/v1/assets": [{"name": "BTC", "scale": 8}, {"name": "USDT", "scale": 8}],
    "/api/v1/instruments": [_INSTRUMENT],
    "/api/v1/balances": {"balances": []},
    "/api/v1/tickers": [{"symbol": SYMBOL, "last": "64000.00"}],
    "/api/v1/orders": {"orders": []},
    "/api/v1/cancel-all-after": {"timeout_ms": 0},
}


class _Reacts(Strategy):
    """Takes one lot at every change of the book."""

    book_interval_ms = 0

    def on_book(self, view: MarketView) -> Desired:
        """Return the order."""
        return Desired(takes=(Take(Side.BUY, 100, view.best_ask_ticks),))


class _Exchange:
    """Answers what a bot asks, and pushes books."""

    def __init__(self, updates: int) -> None:
        self._updates = updates
        self._heard: asyncio.Future[None] | None = None
        self.reactions_ns: list[int] = []
        self.done = asyncio.Event()
        self._driving: asyncio.Task[None] | None = None

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.router.add_get("/api/v1/ws", self._socket)
        for path in _ANSWERS:
            app.router.add_route("*", path, self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        return web.json_response(_ANSWERS[request.path])

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            told = msgspec.json.decode(message.data)
            if told["op"] == "place" and self._heard is not None and not self._heard.done():
                self._heard.set_result(None)
            await self._reply(socket, told)
        return socket

    async def _reply(self, socket: web.WebSocketResponse, told: dict[str, Any]) -> None:
        result = _filled(told) if told["op"] == "place" else {}
        await _send(socket, {"ok": True, "id": told["id"], "result": result})
        if told["op"] != "subscribe":
            return
        match told["channel"]:
            case "orders":
                empty = {"channel": "orders", "type": "snapshot", "seq": 1, "orders": []}
                await _send(socket, empty)
            case "fills":
                await _send(socket, {"channel": "fills", "type": "snapshot", "fills": []})
            case "book":
                self._driving = asyncio.create_task(self._drive(socket))

    async def _drive(self, socket: web.WebSocketResponse) -> None:
        """Push one book after another, each when the order to the one before was answered."""
        book = {"channel": "book", "symbol": SYMBOL, "interval_ms": 0}
        bids, asks = (
            [(f"{(FIRST_BID + sign * (at + 1)) / 100:.2f}", "1") for at in range(LEVELS)]
            for sign in (-1, 1)
        )
        await _send(socket, book | {"type": "snapshot", "seq": 1, "bids": bids, "asks": asks})
        await asyncio.sleep(0.3)  # it has seen everything and waits
        for seq in range(2, self._updates + 2):
            self._heard = asyncio.get_running_loop().create_future()
            ask = (asks[0][0], str(seq))
            delta = {"type": "delta", "prev": seq - 1, "seq": seq, "bids": [], "asks": [ask]}
            began_ns = time.perf_counter_ns()
            await _send(socket, book | delta)
            await self._heard
            self.reactions_ns.append(time.perf_counter_ns() - began_ns)
            await asyncio.sleep(0.002)
        self.done.set()


async def _send(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
    await socket.send_str(msgspec.json.encode(message).decode())


def _filled(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_id": 1, "client_order_id": told["client_order_id"], "symbol": SYMBOL,
        "side": told["side"], "type": "limit", "time_in_force": "ioc", "qty": told["qty"],
        "cum_qty": told["qty"], "leaves_qty": "0", "status": "filled", "price": told["price"],
    }  # fmt: skip


async def _reactions_ns(updates: int) -> list[int]:
    exchange = _Exchange(updates)
    server = TestServer(exchange.app(), host="127.0.0.1")
    await server.start_server(access_log=None)
    entry: Entry = Entry(Parameters, _make)
    spec = BotSpec(name="reacts", strategy="reacts", symbols=(SYMBOL,))
    async with OpenbellClient(str(server.make_url(""))) as client:
        runner = Runner(client, spec, entry, Parameters(), {}, LogClock(), 1)
        running = asyncio.create_task(runner.run())
        finished = asyncio.create_task(exchange.done.wait())
        try:
            await asyncio.wait([running, finished], return_when=asyncio.FIRST_COMPLETED)
            if not exchange.done.is_set():
                raise WrongResult(f"the bot ended after {len(exchange.reactions_ns)} orders")
        finally:
            running.cancel()
            finished.cancel()
            await asyncio.gather(running, finished, return_exceptions=True)
            await server.close()
    return exchange.reactions_ns


def _make(setting: object, parameters: object) -> Strategy:
    return _Reacts()


async def _echo_ns(laps: int) -> float:
    """Return what the sockets take alone: a message there and another back, nothing in between."""

    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    app = web.Application()
    app.router.add_get("/api/v1/ws", echo)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(access_log=None)
    timings = []
    async with OpenbellClient(str(server.make_url(""))) as client:
        stream = await client.stream()
        waiting = aiter(stream)
        for _ in range(laps):
            began_ns = time.perf_counter_ns()
            await stream._socket.send_str('{"channel": "echo"}')
            await anext(waiting)
            timings.append(time.perf_counter_ns() - began_ns)
        await stream.close()
    await server.close()
    return median(timings)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Have a bot react to changes of a book."""
    updates = QUICK_UPDATES if options.quick else options.updates
    configure_logging("bench", "json", "error")
    say(f"{updates:,} changes of a book of {2 * LEVELS} levels")
    took_ns = sorted(uvloop.run(_reactions_ns(updates)))

    def quantile_ms(share: float) -> float:
        return took_ns[min(len(took_ns) - 1, int(len(took_ns) * share))] / 1e6

    echo_ms = uvloop.run(_echo_ns(min(updates, 1_000))) / 1e6
    return Measured(
        figures={
            "bots.reaction_p50_ms": quantile_ms(0.5),
            "bots.reaction_p99_ms": quantile_ms(0.99),
        },
        yardsticks={"websocket_echo_ms": echo_ms},
        twin="none",
        yardstick="websocket_echo_ms",
        notes=(
            "From a change of the book pushed to the order read; client and server in one loop.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the number of changes."""
    parser.add_argument("--updates", type=int, default=UPDATES, help="changes of the book")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
