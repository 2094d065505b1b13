"""How many readers can one gateway keep up to date?

A whole exchange, opened as a user opens it, without bots, with one gateway process. A thousand
readers in a process of their own follow one book, each change by itself, while a customer changes
it twenty times a second. From the moment an order is sent to the moment its change is read by each
reader: gateway, engine, disk and a thousand sockets included. Then ten thousand connections that
ask for nothing are held, and the gateway's memory is read.
"""

import argparse
import asyncio
import time
from typing import Any, Final

from bench.benchmark import Benchmark, Say
from bench.live_exchange import live_exchange
from bench.market_readers import (
    Heard,
    cpu_s,
    pace,
    place,
    reading,
    resident_bytes,
)
from bench.report import Measured, WrongResult
from bench.udp import echo_rtt_us, flush_us, per_mille_us
from client import OpenbellClient

READERS: Final = 1_000
IDLE: Final = 10_000
UPDATES_PER_S: Final = 20
SECONDS: Final = 10
QUICK_READERS: Final = 20
QUICK_SECONDS: Final = 1
SETTLED_S: Final = 1.0
BOOK: Final = {"channel": "book", "symbol": "BTC-USDT", "interval_ms": 0}


async def run(
    facts: dict[str, Any], readers: int, idle: int, seconds: int, say: Say
) -> tuple[list[int], dict[str, float]]:
    """Return how long each change took to each reader (ns, sorted), and what it cost."""
    key, port = facts["demo"]["api_keys"][0], facts["ports"]["gateway"]
    pid = facts["processes"]["gateway"]["pid"]
    client = OpenbellClient(
        facts["gateway_url"], api_key=key["api_key"], api_secret=key["api_secret"]
    )
    async with client:
        stream = await client.stream()
        seq = (await client.depth("BTC-USDT")).seq
        say(f"{readers:,} readers, {UPDATES_PER_S} changes a second for {seconds} s")
        async with reading(port, readers, "seq", BOOK) as heard:
            sent_ns, begun_s, used_s = [], time.monotonic(), cpu_s(pid)
            for number in range(UPDATES_PER_S * seconds):
                await pace(begun_s, number, UPDATES_PER_S)
                sent_ns.append(time.monotonic_ns())
                await place(stream, side="buy", qty="0.001", price=f"{30_000 + number}.00")
            await asyncio.sleep(SETTLED_S)
            used_s = (cpu_s(pid) - used_s) / (time.monotonic() - begun_s)
        before_bytes = resident_bytes(pid)
        say(f"{idle:,} readers that ask for nothing")
        async with reading(port, idle, "of nothing"):
            await asyncio.sleep(SETTLED_S)
            held_bytes = resident_bytes(pid)
        await stream.close()
    cost = {
        "fanout.gateway_cpu_percent": used_s * 100,
        "fanout.idle_readers": idle,
        "fanout.gateway_bytes": before_bytes,
        "fanout.gateway_idle_bytes": held_bytes,
    }
    return took_ns(sent_ns, seq, readers, heard), cost


def took_ns(sent_ns: list[int], seq: int, readers: int, heard: Heard) -> list[int]:
    """Return, sorted, how long after each order its change was read, once for each reader.

    Raises:
        WrongResult: a reader was not told of every change.
    """
    took = [read_ns - sent_ns[told - seq - 1] for read_ns, told in heard if told > seq]
    if len(took) != readers * len(sent_ns):
        raise WrongResult(f"{len(took)} of {readers * len(sent_ns)} changes were read")
    return sorted(took)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one exchange."""
    readers, idle, seconds = options.readers, options.idle, options.seconds
    if options.quick:
        readers, idle, seconds = QUICK_READERS, QUICK_READERS, QUICK_SECONDS
    say("opening an exchange without bots")
    with live_exchange("fanout-") as facts:
        taken, cost = asyncio.run(run(facts, readers, idle, seconds, say))
        core = str(facts["core"])
    figures = {
        "fanout.readers": readers,
        "fanout.p50_ms": per_mille_us(taken, 500) / 1_000,
        "fanout.p99_ms": per_mille_us(taken, 990) / 1_000,
        "fanout.max_ms": taken[-1] / 1e6,
    }
    return Measured(
        figures=figures | cost,
        yardsticks={"echo_and_fdatasync_p50_us": echo_rtt_us(spin=False)[0] + flush_us()},
        twin=core,
        yardstick="echo_and_fdatasync_p50_us",
        notes=(
            f"{UPDATES_PER_S} changes a second for {seconds} s; every reader read every change. "
            "`fanout.gateway_cpu_percent` of one processor. `fanout.gateway_idle_bytes` is the "
            "resident memory with `fanout.idle_readers` connected.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many readers there are."""
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--idle", type=int, default=IDLE)
    parser.add_argument("--seconds", type=int, default=SECONDS)


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
