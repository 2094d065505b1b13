"""Trades and one-second candles lie in months: stored before, they move there; old ones go."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

import market_data
from domain.instruments import Steps
from domain.intervals import Interval, open_ns
from domain.units import NS_PER_S
from market_data.candles import Candle
from market_data.candles_repository import CandlesRepository, StoredTrade, WrittenBatch
from market_data.retention import Retention

MIGRATIONS = Path(market_data.__file__).parent / "sql" / "migrations"
MOMENTS = ("2026-09-30T23:59:59", "2026-10-01T00:00:00", "2026-11-20T12:00:00")


def _ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


def _trades() -> Iterator[StoredTrade]:
    for number, moment in enumerate(MOMENTS, start=1):
        yield (number, 7, number, _ns(moment), 100, 5, 1)


def _candles() -> dict[tuple[int, Interval, int], Candle]:
    steps = Steps.of(10, 1_000)
    opened = {
        (interval, open_ns(interval, _ns(moment)))
        for interval in (Interval.S1, Interval.D1)
        for moment in MOMENTS
    }
    return {
        (7, interval, at): Candle(at, 100, 100, 100, 100, 5, 5_000, 1, 5, 5_000, steps)
        for interval, at in opened
    }


@asynccontextmanager
async def _stored(url: str) -> AsyncIterator[tuple[CandlesRepository, asyncpg.Pool]]:
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        repository = CandlesRepository(pool)
        batch = WrittenBatch([], list(_trades()), _candles(), {})
        await repository.write(0, 3, batch)
        yield repository, pool


async def _left(repository: CandlesRepository, interval: Interval) -> list[int]:
    found = await repository.candles(7, interval, 0, 2**62, 10)
    return [candle.ts_open_ns for candle in found]


async def test_what_is_older_than_is_kept_goes_by_whole_months(postgres_url: str) -> None:
    async with _stored(postgres_url) as (repository, _):
        now_ns = _ns("2026-11-21T00:00:00")
        for kept_days, dropped in ((60, []), (51, ["md_trade_2026_09"]), (50, [])):
            retention = Retention(repository, trades_kept_days=kept_days, seconds_kept_days=0)
            assert await retention.drop_old(now_ns) == dropped
        assert [row[0] for row in await repository.trades(7, 10, 10)] == [3, 2]
        assert len(await _left(repository, Interval.S1)) == 3
        retention = Retention(repository, trades_kept_days=0, seconds_kept_days=1)
        assert await retention.drop_old(now_ns) == ["md_candle_1s_2026_09", "md_candle_1s_2026_10"]
        assert await _left(repository, Interval.S1) == [_ns(MOMENTS[2])]
        assert len(await _left(repository, Interval.D1)) == 3
        # A late trade finds its month again.
        late = (4, 7, 4, _ns(MOMENTS[0]) + 1, 100, 5, 1)
        await repository.write(3, 4, WrittenBatch([], [late], {}, {}))
        assert [row[0] for row in await repository.trades(7, 10, 10)] == [4, 3, 2]


async def test_the_ticker_keeps_its_day_whatever_is_dropped(postgres_url: str) -> None:
    async with _stored(postgres_url) as (repository, _):
        retention = Retention(repository, trades_kept_days=0, seconds_kept_days=1)
        at_ns = _ns(MOMENTS[1]) + 86_399 * NS_PER_S
        assert await retention.drop_old(at_ns) == []
        stored = await repository.load(at_ns)
        assert [second.ts_open_ns for _, second in stored.seconds][:2] == [
            _ns(MOMENTS[0]),
            _ns(MOMENTS[1]),
        ]


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_the_migration_to_months_keeps_every_row(
    empty_postgres_url: str, direction: str
) -> None:
    steps = [path.read_text().split("-- migrate:down") for path in sorted(MIGRATIONS.glob("*"))]
    connection = await asyncpg.connect(empty_postgres_url)
    try:
        for up, _ in steps[:2] if direction == "up" else steps[:3]:
            await connection.execute(up)
        await connection.execute("INSERT INTO md_instrument VALUES (7, 'BTC-USDT', 10, 1000)")
        for seq, *rest in _trades():
            ts_ns = rest[2]
            if direction == "down":
                await connection.execute("SELECT md_make_month($1, $2)", *_month(ts_ns))
            await connection.execute(
                "INSERT INTO md_trade (event_seq, instrument_id, trade_id, ts_ns, price_ticks, "
                "qty_lots, aggressor_side) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                seq,
                *rest,
            )
        for (id_, interval, _), candle in _candles().items():
            row = (id_, interval.value, *candle[:-1], *candle.steps)
            marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            await connection.execute(f"INSERT INTO md_candle VALUES ({marks})", *row)
        tables = ("md_trade", "md_candle")
        before = [await connection.fetch(f"SELECT * FROM {t} ORDER BY 1, 2, 3") for t in tables]
        await connection.execute(steps[2][0 if direction == "up" else 1])
        after = [await connection.fetch(f"SELECT * FROM {t} ORDER BY 1, 2, 3") for t in tables]
        assert [len(rows) for rows in before] == [3, len(_candles())]
        assert [[dict(row) for row in rows] for rows in after] == [
            [dict(row) for row in rows] for rows in before
        ]
    finally:
        await connection.close()


def _month(ts_ns: int) -> tuple[int, int]:
    begins = datetime.fromtimestamp(ts_ns // NS_PER_S, UTC).replace(
        day=1, hour=0, minute=0, second=0
    )
    ends = begins.replace(month=begins.month + 1)
    return int(begins.timestamp()) * NS_PER_S, int(ends.timestamp()) * NS_PER_S
