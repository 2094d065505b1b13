"""How soon after a trade are its candle and ticker on a subscriber's socket?

A whole exchange, opened as a user opens it, without bots. One customer's order rests; another takes
from it, a thousand times a second, over a WebSocket. Subscribers in a process of their own read the
live candle and the ticker. From the trade, as the engine's clock has it, to the moment the first
candle, or ticker, that counts it is read: disk, event stream, market data and gateway included.
"""

import argparse
import asyncio
import time
from typing import Any, Final

from bench.benchmark import Benchmark, Say
from bench.live_exchange import live_exchange
from bench.market_readers import Heard, pace, place, reading
from bench.report import Measured, WrongResult
from bench.udp import echo_rtt_us, flush_us, per_mille_us
from client import OpenbellClient, Stream
from client.types import Trade

TRADES: Final = 10_000
QUICK_TRADES: Final = 200
TRADES_PER_S: Final = 1_000
WARM_UP: Final = 100
PRICE: Final = "60000.00"
QTY: Final = "0.00010"
QTY_LOTS: Final = 10
LOTS_A_UNIT: Final = 100_000
TRADES_A_PAGE: Final = 1_000
SETTLED_S: Final = 1.0
CHANNELS: Final[dict[str, dict[str, Any]]] = {
    "candle": {"channel": "candles", "symbol": "BTC-USDT", "interval": "1M"},
    "ticker": {"channel": "ticker", "symbol": "BTC-USDT"},
}


async def run(facts: dict[str, Any], trades: int) -> dict[str, list[int]]:
    """Return, sorted, in ns: how long orders took to be answered, and how long after a trade its
    candle and its ticker were read.
    """
    url, keys = facts["gateway_url"], facts["demo"]["api_keys"]
    port = facts["ports"]["gateway"]
    maker, taker = (
        OpenbellClient(url, api_key=key["api_key"], api_secret=key["api_secret"])
        for key in keys[:2]
    )
    async with maker, taker:
        # One order holds what all will take.
        total_lots = (trades + WARM_UP) * QTY_LOTS
        whole, part = divmod(total_lots, LOTS_A_UNIT)
        await maker.place("BTC-USDT", "sell", "limit", price=PRICE, qty=f"{whole}.{part:05d}")
        stream = await taker.stream()
        await trade_on(stream, WARM_UP, TRADES_PER_S)
        async with (
            reading(port, 1, "trades", CHANNELS["candle"]) as candles,
            reading(port, 1, "trades", CHANNELS["ticker"]) as tickers,
        ):
            answered_ns = await trade_on(stream, trades, TRADES_PER_S)
            await asyncio.sleep(SETTLED_S)
        await stream.close()
        traded_ns = await times_of_trades(taker, WARM_UP, trades)
    return {
        "order": sorted(answered_ns),
        "candle": took_ns(traded_ns, candles),
        "ticker": took_ns(traded_ns, tickers),
    }


async def trade_on(stream: Stream, trades: int, per_s: float) -> list[int]:
    """Send so many orders that trade at once; return how long each took to be answered, in ns."""
    answered_ns: list[int] = []

    async def trade(sent_ns: int) -> None:
        await place(stream, side="buy", price=PRICE, qty=QTY, time_in_force="ioc")
        answered_ns.append(time.monotonic_ns() - sent_ns)

    waiting, begun_s = set(), time.monotonic()
    for number in range(trades):
        await pace(begun_s, number, per_s)
        waiting.add(task := asyncio.create_task(trade(time.monotonic_ns())))
        task.add_done_callback(waiting.discard)
    await asyncio.gather(*waiting)
    return answered_ns


async def times_of_trades(client: OpenbellClient, after: int, count: int) -> list[int]:
    """Return when each of ``count`` trades after the first so many happened, as the engine says,
    on this machine's monotonic clock.
    """
    ahead_ns = time.time_ns() - time.monotonic_ns()
    times_ns: dict[int, int] = {}
    before = after + count + 1
    while before > after + 1:
        query: dict[str, str | int | None] = {
            "symbol": "BTC-USDT",
            "limit": TRADES_A_PAGE,
            "before_trade_id": before,
        }
        page = await client.call("GET", "/trades", list[Trade], query=query)
        if not page:
            raise WrongResult(f"there are no trades before {before}")
        times_ns |= {trade.trade_id: int(trade.ts_ns) - ahead_ns for trade in page}
        before = page[-1].trade_id
    return [times_ns[trade_id] for trade_id in range(after + 1, after + count + 1)]


def took_ns(traded_ns: list[int], heard: Heard) -> list[int]:
    """Return, sorted, how long after each trade the first message was read that counts it.

    Raises:
        WrongResult: a trade was never told.
    """
    took, told = [], WARM_UP
    for read_ns, trades in heard:
        took += [read_ns - traded_ns[number - WARM_UP] for number in range(told, trades)]
        told = max(told, trades)
    if told != WARM_UP + len(traded_ns):
        raise WrongResult(f"{told - WARM_UP} of {len(traded_ns)} trades were told")
    return sorted(took)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one exchange."""
    trades = QUICK_TRADES if options.quick else options.trades
    say("opening an exchange without bots")
    with live_exchange("live-") as facts:
        say(f"{trades:,} trades, {TRADES_PER_S:,} a second")
        found = asyncio.run(run(facts, trades))
        core = str(facts["core"])
    figures = {}
    for name, taken in found.items():
        figures[f"live.{name}_p50_ms"] = per_mille_us(taken, 500) / 1_000
        figures[f"live.{name}_p99_ms"] = per_mille_us(taken, 990) / 1_000
    return Measured(
        figures=figures,
        yardsticks={"echo_and_fdatasync_p50_us": echo_rtt_us(spin=False)[0] + flush_us()},
        twin=core,
        yardstick="echo_and_fdatasync_p50_us",
        notes=(
            f"{trades:,} trades, {TRADES_PER_S:,} a second; every one of them was counted by a "
            "candle and by a ticker that was read. `live.order` is how long an order took from its "
            "sending to its answer.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much is measured."""
    parser.add_argument("--trades", type=int, default=TRADES)


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
