"""How fast do trades become candles of every interval in Postgres?

The market-data service's own code takes a day of trades, as the event stream carries them, into an
embedded Postgres that flushes what it commits. Then every candle of every interval is worked out
again, by the database, from the stored trades alone, and compared. Yardstick: the same trades
copied into an equal table, and nothing else.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from cli.running.embedded_postgres import EmbeddedPostgres, running
from cli.running.migrations import migrate
from domain.events import InstrumentCreated, Trade, TradeFlag
from domain.intervals import Interval
from domain.orders import AggressorSide, Side
from domain.units import NS_PER_S
from engine_core import core_name
from market_data.candles_repository import TRADE_COLUMNS, CandlesRepository
from market_data.feed import Feed
from schemas.codec import encode_event
from schemas.layouts import EVENT_BYTES
from service.health import Readiness

TRADES: Final = 1_000_000
QUICK_TRADES: Final = 20_000
CHUNK_EVENTS: Final = 4_096
"""Events that arrive together, as the engine sends them to who catches up."""
_DAY_NS: Final = 86_400 * NS_PER_S
_FIRST_NS: Final = 1_790_000_000 * NS_PER_S
_SYMBOLS: Final = {1: b"BTC-USDT", 2: b"ETH-USDT"}


def events(trades: int, seed: int) -> Iterator[bytes]:
    """Yield the events of a day: two instruments listed, then ``trades`` at random moments."""
    draws = random.Random(seed)
    for instrument_id, symbol in _SYMBOLS.items():
        yield encode_event(_listed(instrument_id, symbol))
    moments = sorted(draws.randrange(_DAY_NS) for _ in range(trades))
    price, count = dict.fromkeys(_SYMBOLS, 1_000_000), dict.fromkeys(_SYMBOLS, 0)
    for moment in moments:
        instrument_id = draws.choice((1, 1, 2))
        count[instrument_id] += 1
        price[instrument_id] = max(1, price[instrument_id] + draws.randrange(-20, 21))
        yield encode_event(
            Trade(
                ts_ns=_FIRST_NS + moment,
                trade_id=count[instrument_id],
                instrument_id=instrument_id,
                aggressor_side=draws.choice((AggressorSide.BUY, AggressorSide.SELL)),
                price_ticks=price[instrument_id],
                qty_lots=draws.randrange(1, 10_000),
                **_REST,
            )
        )


_REST: Final[dict[str, Any]] = {
    "maker_side": Side.BUY,
    "flags": TradeFlag(0),
    "maker_order_id": 1,
    "taker_order_id": 2,
    "maker_account_id": 1_000,
    "taker_account_id": 1_001,
    "book_seq": 1,
    "maker_fee_atoms": 0,
    "taker_fee_atoms": 0,
    "maker_received_available_atoms": 0,
    "maker_held_atoms": 0,
    "taker_received_available_atoms": 0,
    "taker_available_atoms": 0,
    "taker_held_atoms": 0,
}
"""Of a trade, what no candle is made of."""


def _listed(instrument_id: int, symbol: bytes) -> InstrumentCreated:
    return InstrumentCreated(
        ts_ns=_FIRST_NS,
        instrument_id=instrument_id,
        symbol=symbol,
        base_asset_id=instrument_id,
        quote_asset_id=9,
        quote_atoms_per_tick_lot=1_000,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=0,
        min_notional_atoms=0,
        price_max_ticks=2**53 - 1,
        qty_max_lots=2**53 - 1,
    )


@contextmanager
def _database() -> Iterator[str]:
    """A migrated database of its own, which flushes what it commits."""
    with tempfile.TemporaryDirectory(prefix="openbell-bench-") as path:
        cluster = EmbeddedPostgres(Path(path) / "postgres")
        with running(cluster):
            cluster.ensure_database("candles")
            migrate(cluster.url("candles"))
            yield cluster.url("candles")


async def _taken_s(pool: asyncpg.Pool, data: bytes, restarts: int) -> float:
    """Have all of ``data`` stored, chunk by chunk, the service starting anew so many times in
    between, at random; return how long that took.
    """
    last_seq, draws = len(data) // EVENT_BYTES, random.Random(restarts)
    stops = sorted(draws.randrange(1, last_seq) for _ in range(restarts))
    begun_s = time.perf_counter()
    for stop in (*stops, last_seq):
        await _take_until(pool, data, stop)
    return time.perf_counter() - begun_s


async def _take_until(pool: asyncpg.Pool, data: bytes, seq: int) -> None:
    """Run the service from where it was until event ``seq`` is stored, and then no longer."""
    last_seq = len(data) // EVENT_BYTES

    async def follow(from_seq: int) -> AsyncIterator[tuple[int, bytes]]:
        for first in range(from_seq, last_seq + 1, CHUNK_EVENTS):
            at = (first - 1) * EVENT_BYTES
            yield first, data[at : at + CHUNK_EVENTS * EVENT_BYTES]
        await asyncio.Event().wait()

    feed = Feed(CandlesRepository(pool), follow, lambda *_: None, Readiness("postgres"))
    taking = asyncio.create_task(feed.run())
    stored = asyncio.create_task(feed.stored(seq))
    await asyncio.wait({taking, stored}, return_when="FIRST_COMPLETED")
    for task in (taking, stored):
        task.cancel()
    await asyncio.gather(taking, stored, return_exceptions=True)
    if feed.stored_cursor < seq:
        raise WrongResult(f"the feed stopped at event {feed.stored_cursor} of {seq}")


async def _copied_s(pool: asyncpg.Pool) -> float:
    """Copy the stored trades into an equal table, chunk by chunk; return how long that took."""
    columns = ", ".join(TRADE_COLUMNS)
    rows = [tuple(row) for row in await pool.fetch(f"SELECT {columns} FROM md_trade ORDER BY 1")]
    await pool.execute("CREATE TABLE copied (LIKE md_trade INCLUDING ALL)")
    async with pool.acquire() as connection:
        begun_s = time.perf_counter()
        for at in range(0, len(rows), CHUNK_EVENTS):
            await connection.copy_records_to_table(
                "copied", records=rows[at : at + CHUNK_EVENTS], columns=TRADE_COLUMNS
            )
        return time.perf_counter() - begun_s


async def _measure(data: bytes, url: str, restarts: int, say: Say) -> tuple[float, float, int]:
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        say("taking the trades in")
        took_s = await _taken_s(pool, data, restarts)
        say("copying them as they are")
        copied_s = await _copied_s(pool)
        repository, candles = CandlesRepository(pool), 0
        for interval in Interval:
            say(f"working out {interval} again from the trades")
            wrong = await repository.differences(interval)
            if wrong:
                raise WrongResult(f"{len(wrong)} candles of {interval} differ, first {wrong[0]}")
        candles = await pool.fetchval("SELECT count(*) FROM md_candle")
    return took_s, copied_s, candles


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one day of trades."""
    trades = QUICK_TRADES if options.quick else options.trades
    say(f"making {trades:,} trades")
    data = b"".join(events(trades, seed=7))
    with _database() as url:
        took_s, copied_s, candles = asyncio.run(_measure(data, url, options.restarts, say))
    return Measured(
        figures={
            "candles.trades_per_s": trades / took_s,
            "candles.copy_ratio": copied_s / took_s,
            "candles.took_s": took_s,
            "candles.count": candles,
        },
        yardsticks={"copy_trades_per_s": trades / copied_s},
        twin=core_name(),
        yardstick="copy_trades_per_s",
        notes=(
            f"{trades:,} trades of two instruments over a day, {len(Interval)} intervals; "
            "`candles.count` candles equal the database's own count over the stored trades.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the number of trades, and of restarts."""
    parser.add_argument("--trades", type=int, default=TRADES, help="trades of the day")
    parser.add_argument("--restarts", type=int, default=0, help="of the service in between")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
