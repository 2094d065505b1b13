"""How soon after a trade are its candle and ticker on a subscriber's socket?

A whole exchange, opened as a user opens it, without bots. One customer's order rests; another takes
from it, a thousand times a second, over a WebSocket. Subscribers in a process of their own read the
live candle and the ticker. From the moment an order is sent to the moment the first candle, or
ticker, that counts its trade is read: gateway, engine, disk, market data and back included.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from bench.benchmark import Benchmark, Say
from bench.compat import exchange
from bench.market_readers import ENVIRONMENT, Heard, pace, place, reading
from bench.report import Measured, WrongResult
from bench.udp import echo_rtt_us, flush_us, per_mille_us
from client import OpenbellClient

TRADES: Final = 20_000
QUICK_TRADES: Final = 200
TRADES_PER_S: Final = 1_000
WARM_UP: Final = 100
PRICE: Final = "60000.00"
QTY: Final = "0.00010"
SETTLED_S: Final = 1.0
CHANNELS: Final[dict[str, dict[str, Any]]] = {
    "candle": {"channel": "candles", "symbol": "BTC-USDT", "interval": "1M"},
    "ticker": {"channel": "ticker", "symbol": "BTC-USDT"},
}
_ROOT: Final = Path(__file__).resolve().parent.parent


async def run(facts: dict[str, Any], trades: int) -> dict[str, list[int]]:
    """Return how long each trade took to a candle, and to a ticker: ns, sorted."""
    url, keys = facts["gateway_url"], facts["demo"]["api_keys"]
    port = facts["ports"]["gateway"]
    maker, taker = (
        OpenbellClient(url, api_key=key["api_key"], api_secret=key["api_secret"])
        for key in keys[:2]
    )
    async with maker, taker:
        total = f"{(trades + WARM_UP) * float(QTY):.5f}"
        await maker.place("BTC-USDT", "sell", "limit", price=PRICE, qty=total)
        stream = await taker.stream()
        order = {"side": "buy", "price": PRICE, "qty": QTY, "time_in_force": "ioc"}
        for _ in range(WARM_UP):
            await place(stream, **order)
        async with (
            reading(port, 1, "trades", CHANNELS["candle"]) as candles,
            reading(port, 1, "trades", CHANNELS["ticker"]) as tickers,
        ):
            sent_ns, waiting, begun_s = [], set(), time.monotonic()
            for number in range(trades):
                await pace(begun_s, number, TRADES_PER_S)
                sent_ns.append(time.monotonic_ns())
                waiting.add(task := asyncio.create_task(place(stream, **order)))
                task.add_done_callback(waiting.discard)
            await asyncio.gather(*waiting)
            await asyncio.sleep(SETTLED_S)
        await stream.close()
    return {"candle": took_ns(sent_ns, candles), "ticker": took_ns(sent_ns, tickers)}


def took_ns(sent_ns: list[int], heard: Heard) -> list[int]:
    """Return, sorted, how long after each order the first message was read that counts its trade.

    Raises:
        WrongResult: a trade was never told.
    """
    took, told = [], WARM_UP
    for read_ns, trades in heard:
        took += [read_ns - sent_ns[number - WARM_UP] for number in range(told, trades)]
        told = max(told, trades)
    if told != WARM_UP + len(sent_ns):
        raise WrongResult(f"{told - WARM_UP} of {len(sent_ns)} trades were told")
    return sorted(took)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one exchange."""
    trades = QUICK_TRADES if options.quick else options.trades
    place_of_data = _ROOT / "build"
    place_of_data.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="live-", dir=place_of_data) as directory:
        say("opening an exchange without bots")
        with exchange(directory, ENVIRONMENT) as facts:
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
            "candle and by a ticker that was read.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much is measured."""
    parser.add_argument("--trades", type=int, default=TRADES)


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
