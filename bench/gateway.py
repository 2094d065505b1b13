"""How many orders a second does the gateway take, and how long does one take with all the rest?

A whole exchange of real processes, opened as a user opens it, without bots: engine, accounts,
market data, database and the customers of this benchmark share the machine. Every other order
rests, every other trades; each is durable before it is answered. What was answered is compared
with what the exchange shows afterwards.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvloop

from bench.benchmark import Benchmark, Say
from bench.gateway_load import (
    Key,
    WsCustomer,
    rate_per_s,
    rest_customers,
    round_trips_ns,
    ws_customers,
)
from bench.live_exchange import live_exchange
from bench.report import Measured, WrongResult
from bench.udp import echo_rtt_us, flush_us, per_mille_us

SECONDS: Final = 8.0
SECONDS_QUICK: Final = 0.5
REST_CONNECTIONS: Final = 32
WS_CONNECTIONS: Final = 8
WS_EACH: Final = 32
"""Orders under way on each WebSocket."""
PACE_PER_S: Final = 500
PACED_CONNECTIONS: Final = 4
IDLE: Final = 1_000
STALLED: Final = 50
STALLED_RECEIVE_BYTES: Final = 4_096
WARM_UP_S: Final = 0.5
_ROOT: Final = Path(__file__).resolve().parent.parent
_MIB: Final = 1024


class Bench:
    """One exchange, and what its customers were answered."""

    def __init__(self, facts: dict[str, Any], seconds: float) -> None:
        self._port = int(facts["gateway_url"].rpartition(":")[2])
        self._url = facts["gateway_url"]
        self._pid = int(facts["processes"]["gateway"]["pid"])
        self._keys = [
            Key(key["api_key"], key["api_secret"]) for key in facts["demo"]["api_keys"][:2]
        ]
        self._seconds = seconds
        self._runs = count(1)
        self._answered = 0

    def _first(self) -> int:
        """Return where the client order ids of the next run begin."""
        return next(self._runs) * 10_000_000

    async def rest_per_s(self) -> float:
        """Return the REST orders a second of one gateway process."""
        customers = await rest_customers(self._port, self._keys, REST_CONNECTIONS)
        return await self._rate(customers, 1)

    async def ws_per_s(self) -> float:
        """Return the WebSocket orders a second of one gateway process."""
        customers = await ws_customers(self._port, self._keys, WS_CONNECTIONS)
        return await self._rate(customers, WS_EACH)

    async def _rate(self, customers: Any, each: int) -> float:
        for seconds in (WARM_UP_S, self._seconds):
            found, answered = await rate_per_s(customers, each, self._first(), seconds)
            self._answered += answered
        for customer in customers:
            customer.transport.abort()
        return found

    async def round_trips_ns(self) -> list[int]:
        """Return the round trips at the fixed pace, sorted."""
        customers = await ws_customers(self._port, self._keys, PACED_CONNECTIONS)
        for seconds in (WARM_UP_S, self._seconds):
            took_ns = await round_trips_ns(customers, PACE_PER_S, self._first(), seconds)
            self._answered += len(took_ns)
        for customer in customers:
            customer.transport.abort()
        return took_ns

    async def crowd(self, idle: int, stalled: int) -> dict[str, float]:
        """Return what a crowd costs: memory, and the others' round trips beside it."""
        before = self._resident_kib()
        crowd = await ws_customers(self._port, [], idle)
        after_idle = self._resident_kib()
        stuck = await ws_customers(self._port, [], stalled, receive_bytes=STALLED_RECEIVE_BYTES)
        for customer in stuck:
            await _read_everything(customer)
            customer.transport.pause_reading()
        took_ns = await self.round_trips_ns()
        after_all = self._resident_kib()
        for customer in (*crowd, *stuck):
            customer.transport.abort()
        return {
            "gateway.crowd_p99_ms": per_mille_us(took_ns, 990) / 1_000,
            "gateway.idle_rss_mib": (after_idle - before) / _MIB,
            "gateway.stalled_rss_mib": (after_all - after_idle) / _MIB,
        }

    def _resident_kib(self) -> int:
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0])

    async def check(self) -> None:
        """Compare what was answered with what there is.

        Raises:
            WrongResult: they differ.
        """
        async with aiohttp.ClientSession(self._url) as http:
            async with http.get("/api/v1/trades?symbol=BTC-USDT&limit=1") as response:
                trades = await response.json()
            async with http.get("/api/v1/depth?symbol=BTC-USDT&levels=5") as response:
                depth = await response.json()
        resting = sum(round(float(qty) / 0.0001) for _, qty in depth["bids"] + depth["asks"])
        traded = trades[0]["trade_id"]
        if resting + 2 * traded != self._answered:
            raise WrongResult(
                f"{self._answered} orders were answered; {resting} rest, {traded} trades were made"
            )


async def _read_everything(customer: WsCustomer) -> None:
    """Subscribe to what changes with each order."""
    for channel in (b'"book","interval_ms":0', b'"trades"', b'"ticker"'):
        await customer.ask(b'"op":"subscribe","symbol":"BTC-USDT","channel":%b' % channel)


@contextmanager
def bare_handler() -> Iterator[int]:
    """Run the yardstick's process for the length of the block; yield its port."""
    command = [sys.executable, "-m", "bench.bare_handler"]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


async def bare_per_s(port: int, seconds: float) -> float:
    """Return the requests a second of an aiohttp handler that does nothing."""
    customers = await rest_customers(port, [Key("none", "none")], REST_CONNECTIONS)
    found = (await rate_per_s(customers, 1, 0, seconds))[0]
    for customer in customers:
        customer.transport.abort()
    return found


async def figures(bench: Bench, options: argparse.Namespace, say: Say) -> dict[str, float]:
    """Return every figure of one exchange."""
    say(f"round trips at {PACE_PER_S} orders/s")
    took_ns = await bench.round_trips_ns()
    found = {
        "gateway.rtt_p50_ms": per_mille_us(took_ns, 500) / 1_000,
        "gateway.rtt_p99_ms": per_mille_us(took_ns, 990) / 1_000,
    }
    say(f"the same beside {options.idle} idle and {options.stalled} stalled WebSockets")
    found |= await bench.crowd(options.idle, options.stalled)
    found["gateway.crowd_p99_ratio"] = found["gateway.crowd_p99_ms"] / found["gateway.rtt_p99_ms"]
    say("orders over REST")
    found["gateway.rest_per_s"] = await bench.rest_per_s()
    say("orders over WebSocket")
    found["gateway.ws_per_s"] = await bench.ws_per_s()
    await bench.check()
    return found


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one exchange and, beside it, a bare handler."""
    seconds = SECONDS_QUICK if options.quick else options.seconds
    if options.quick:
        options.idle, options.stalled = 20, 5
    say("opening an exchange without bots")
    with live_exchange("gateway-") as facts, bare_handler() as port:
        bare = uvloop.run(bare_per_s(port, seconds))
        found = uvloop.run(figures(Bench(facts, seconds), options, say))
        core = str(facts["core"])
    return Measured(
        figures=found,
        yardsticks={
            "bare_per_s": bare,
            "echo_and_fdatasync_p50_us": echo_rtt_us(spin=False)[0] + flush_us(),
        },
        twin=core,
        yardstick="bare_per_s",
        against={name: "echo_and_fdatasync_p50_us" for name in found if name.endswith("ms")},
        notes=(
            f"REST: {REST_CONNECTIONS} connections, one signed order at a time on each. WebSocket: "
            f"{WS_CONNECTIONS} connections, {WS_EACH} orders under way on each. Round trips: "
            f"{PACE_PER_S} orders/s over {PACED_CONNECTIONS} WebSockets, from when each was due. "
            "`bare_per_s`: an aiohttp handler that decodes and encodes JSON and does nothing. A "
            f"crowd: {options.idle} WebSockets that say nothing, {options.stalled} that asked for "
            "book, trades and ticker and read nothing; the memory is the gateway's growth.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long, and how large the crowd is."""
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement")
    parser.add_argument("--idle", type=int, default=IDLE, help="WebSockets that say nothing")
    parser.add_argument("--stalled", type=int, default=STALLED, help="that do not read either")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
