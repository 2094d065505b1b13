"""How many fills a second does settlement write into a real PostgreSQL, and how far behind is it?

The compiled core trades: 10,000 accounts, every order fills whole against the oldest of 200 resting
ones, so that a fill brings two orders, one trade and four transfers and touches four balances. The
stream goes through the settling task itself, history of orders and fills included, into a server of
its own on this disk, with every guarantee on. The same rows, read back from there, are then sent by
plain COPY into tables with the same indexes. For the lag the stream is fed at 1,000 fills a second:
a batch counts from the moment its events are handed over to its commit.
"""

import argparse
import asyncio
import io
import random
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import uvloop

from accounts.settling.fold import fold_name
from accounts.settling.settled_position import SettledPosition
from accounts.settling.settlement import SETTLEMENT, Settlement
from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.migrations import migrate
from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    SetTradingStatus,
)
from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce, TradingStatus
from engine_core import core_type
from schemas.codec import encode_command
from schemas.layouts import EVENT_BYTES
from service.health import Readiness

ACCOUNTS: Final = 10_000
FIRST_ACCOUNT_ID: Final = 1_000
RESTING: Final = 200
FILLS: Final = 200_000
QUICK: Final = 20
"""A quick run is so many times shorter."""
FEED_FILLS_PER_S: Final = 1_000
FEED_EVERY_S: Final = 1 / 200
FEED_S: Final = 15
FUNDS_ATOMS: Final = 10**14
START_NS: Final = 1_700_000_000_000_000_000
COPY_ROWS: Final = 4_000
"""Rows a COPY of the yardstick: of the busiest table what one batch brings."""
_COPIED: Final = {"trades": "event_seq", "transfers": "event_seq", "orders": "created_seq"}
_COPY_HEAD_BYTES: Final = 19


@dataclass(frozen=True)
class Stream:
    """Events of a venue: what opens it, then ``fills`` times two orders and their trade."""

    events: bytes
    opening_events: int
    fills: int


def stream(fills: int) -> Stream:
    """Return a stream that the compiled core traded."""
    core = core_type("compiled")()
    at_ns = START_NS
    events = []

    def apply(command: Command) -> None:
        nonlocal at_ns
        at_ns += 1_000
        events.append(core.apply(encode_command(command), at_ns)[0])

    for command in _opening():
        apply(command)
    for command in _orders(RESTING, (Side.SELL,), "rest"):
        apply(command)
    opening_events = core.next_event_seq - 1
    for command in _orders(2 * fills, (Side.SELL, Side.BUY), "trade"):
        apply(command)
    return Stream(b"".join(events), opening_events, fills)


def _opening() -> Iterator[Command]:
    for asset_id, name in ((1, b"BTC"), (2, b"USDT")):
        yield CreateAsset(asset_id=asset_id, scale=8, name=name)
    yield CreateInstrument(
        instrument_id=1,
        symbol=b"BTC-USDT",
        base_asset_id=1,
        quote_asset_id=2,
        quote_atoms_per_tick_lot=10,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=500,
        taker_fee_ppm=1_000,
        band_bps=1_000,
    )
    yield SetTradingStatus(instrument_id=1, trading_status=TradingStatus.TRADING)
    for number in range(ACCOUNTS):
        account_id = FIRST_ACCOUNT_ID + number
        yield OpenAccount(account_id=account_id, group_id=account_id)
        for asset_id in (1, 2):
            yield Deposit(
                account_id=account_id,
                asset_id=asset_id,
                amount_atoms=FUNDS_ATOMS,
                source_id=1,
                source_seq=2 * number + asset_id,
            )


def _orders(count: int, sides: tuple[Side, ...], name: str) -> Iterator[Command]:
    rng = random.Random(name)
    for number in range(count):
        yield NewOrder(
            account_id=FIRST_ACCOUNT_ID + rng.randrange(ACCOUNTS),
            instrument_id=1,
            side=sides[number % len(sides)],
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            self_trade_prevention=SelfTradePrevention.NONE,
            price_ticks=10_000,
            qty_lots=5,
            valid_until_ns=1 << 62,
            client_order_id=pack_client_order_id(f"{name}-{number}"),
        )


class Feed:
    """The event stream as settlement follows it: as much as ``allowed`` events, in its order."""

    def __init__(self, source: Stream) -> None:
        self._source = source
        self._allowed = 0
        self._more = asyncio.Event()

    def allow(self, events: int) -> None:
        """Let everything up to event number ``events`` through."""
        self._allowed = min(events, len(self._source.events) // EVENT_BYTES)
        self._more.set()

    async def follow(self, from_seq: int) -> AsyncGenerator[tuple[int, bytes]]:
        """Yield as a stream from the engine does."""
        next_seq = from_seq
        while True:
            while next_seq > self._allowed:
                self._more.clear()
                await self._more.wait()
            end = min(self._allowed, next_seq + 2_047)
            yield next_seq, self._source.events[(next_seq - 1) * EVENT_BYTES : end * EVENT_BYTES]
            next_seq = end + 1


@dataclass(frozen=True)
class Settled:
    """What the settling task did with a stream."""

    fills_per_s: float
    lag_p50_ms: float
    lag_p99_ms: float


async def settle(url: str, at_once: Stream, feed_s: int) -> Settled:
    """Settle all but the end of ``at_once`` as fast as it goes, then its end at the fixed pace."""
    fed_fills = feed_s * FEED_FILLS_PER_S
    events = len(at_once.events) // EVENT_BYTES
    fast_events = at_once.opening_events + (at_once.fills - fed_fills) * 3
    feed, position = Feed(at_once), SettledPosition()
    settlement = Settlement(url, feed.follow, position, Readiness(SETTLEMENT))
    task = asyncio.create_task(settlement.run())
    try:
        feed.allow(at_once.opening_events)
        await _reach(position, at_once.opening_events)
        begin_s = time.perf_counter()
        feed.allow(fast_events)
        await _reach(position, fast_events)
        fills_per_s = (at_once.fills - fed_fills) / (time.perf_counter() - begin_s)
        lags_ms = await _lags_ms(feed, position, fast_events, events)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    lags_ms.sort()
    return Settled(fills_per_s, lags_ms[len(lags_ms) // 2], lags_ms[len(lags_ms) * 99 // 100])


async def _reach(position: SettledPosition, seq: int) -> None:
    if not await position.reached(seq, 80):
        raise WrongResult(f"settled only {position.seq} of {seq} events")


async def _lags_ms(feed: Feed, position: SettledPosition, begin: int, end: int) -> list[float]:
    """Feed from event ``begin`` to ``end``; return each handful's milliseconds to its commit."""
    step = round(FEED_FILLS_PER_S * FEED_EVERY_S) * 3
    lags_ms: list[float] = []

    async def wait_for(seq: int, handed_s: float) -> None:
        await _reach(position, seq)
        lags_ms.append((time.perf_counter() - handed_s) * 1e3)

    waiting = []
    begin_s = time.perf_counter()
    for number, upto in enumerate(range(begin + step, end + 1, step), 1):
        due_s = begin_s + number * FEED_EVERY_S
        await asyncio.sleep(max(0, due_s - time.perf_counter()))
        feed.allow(upto)
        # From when it was due: a sender that falls behind must not hide a wait.
        waiting.append(asyncio.create_task(wait_for(upto, due_s)))
    await asyncio.gather(*waiting)
    return lags_ms


async def copy_fills_per_s(url: str, opening_events: int) -> float:
    """Return how many fills a second plain COPY writes: the same rows, the same indexes."""
    connection = await asyncpg.connect(url)
    try:
        chunks = {table: await _chunks(connection, table, opening_events) for table in _COPIED}
        fills = await connection.fetchval("SELECT count(*) FROM accounts.trades")
        await connection.execute("CREATE SCHEMA yardstick")
        for table in _COPIED:
            await connection.execute(
                f"CREATE TABLE yardstick.{table} (LIKE accounts.{table} INCLUDING ALL)"
            )
        await connection.execute("CHECKPOINT")
        begin_s = time.perf_counter()
        for table, parts in chunks.items():
            for part in parts:
                await connection.copy_to_table(
                    table, schema_name="yardstick", source=io.BytesIO(part), format="binary"
                )
        return float(fills) / (time.perf_counter() - begin_s)
    finally:
        await connection.close()


async def _chunks(connection: asyncpg.Connection, table: str, after_seq: int) -> list[bytes]:
    """Return a table's rows behind the opening as so many binary COPYs."""
    column = _COPIED[table]
    whole = io.BytesIO()
    await connection.copy_from_query(
        f"SELECT * FROM accounts.{table} WHERE {column} > {after_seq} ORDER BY {column}",
        output=whole,
        format="binary",
    )
    data = whole.getvalue()
    head, at, begin, rows = data[:_COPY_HEAD_BYTES], _COPY_HEAD_BYTES, _COPY_HEAD_BYTES, 0
    chunks = []
    while (fields := int.from_bytes(data[at : at + 2], "big", signed=True)) >= 0:
        at += 2
        for _ in range(fields):
            at += 4 + max(int.from_bytes(data[at : at + 4], "big", signed=True), 0)
        rows += 1
        if rows % COPY_ROWS == 0:
            chunks.append(head + data[begin:at] + b"\xff\xff")
            begin = at
    return [*chunks, head + data[begin:at] + b"\xff\xff"]


def measure(arguments: argparse.Namespace, say: Say) -> Measured:
    """Settle one stream, then COPY what came of it."""
    fills, feed_s = arguments.fills, FEED_S
    if arguments.quick:
        fills, feed_s = max(fills // QUICK, 2_000), 1
    say(f"trading {fills:,} fills, and {feed_s} s of {FEED_FILLS_PER_S:,} fills/s")
    traded = stream(fills + feed_s * FEED_FILLS_PER_S)
    with tempfile.TemporaryDirectory(prefix="settle-", dir=arguments.data) as directory:
        cluster = EmbeddedPostgres(Path(directory) / "postgres", Tuning(durable=True))
        with running(cluster):
            cluster.ensure_database()
            migrate(cluster.url())
            say("settling")
            settled = uvloop.run(settle(cluster.url(), traded, feed_s))
            say("copying the same rows")
            copied_per_s = uvloop.run(copy_fills_per_s(cluster.url(), traded.opening_events))
    return Measured(
        figures={
            "settle.fills_per_s": settled.fills_per_s,
            "settle.copy_ratio": settled.fills_per_s / copied_per_s,
            "settle.lag_p50_ms": settled.lag_p50_ms,
            "settle.lag_p99_ms": settled.lag_p99_ms,
        },
        yardsticks={"copy_fills_per_s": copied_per_s},
        twin=fold_name(),
        yardstick="copy_fills_per_s",
        notes=(
            f"A fill: two orders, one trade, four transfers; {ACCOUNTS:,} accounts, {RESTING} "
            "orders resting. `copy_fills_per_s`: plain COPY of those rows, in binary, into tables "
            f"with the same indexes and checks, {COPY_ROWS:,} rows at a time. Lag: from the moment "
            f"the stream hands a fill over, at {FEED_FILLS_PER_S:,} fills/s, to its commit.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the length of the stream, and where the server keeps its data."""
    parser.add_argument("--fills", type=int, default=FILLS, help="settled at full speed")
    parser.add_argument("--data", type=Path, default=None, help="a directory on a real disk")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
