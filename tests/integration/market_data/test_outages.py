"""Kills and outages of market data, and its tables made again from the events."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import bench.candles
from cli.market.recomputed_candles import recomputed
from cli.recovery.rebuilt_ledger import CannotRebuild
from domain.intervals import Interval
from market_data.candles_repository import CandlesRepository
from schemas.layouts import EVENT_BYTES

CHUNK = 5
PATIENCE_S = 60


async def _has_stored(pool: asyncpg.Pool, seq: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await pool.fetchval("SELECT last_seq FROM md_cursor") < seq:
            await asyncio.sleep(0.005)


async def _run_until(url: str, file: Path, pool: asyncpg.Pool, seq: int) -> None:
    """Run the feed as a process until event ``seq`` is stored, then kill it."""
    command = [sys.executable, "-m", "tests.integration.market_data.feed_process"]
    process = await asyncio.create_subprocess_exec(*command, url, str(file), str(CHUNK))
    try:
        await _has_stored(pool, seq)
    finally:
        process.kill()
        await process.wait()


async def _assert_whole(pool: asyncpg.Pool, trades: int) -> None:
    repository = CandlesRepository(pool)
    assert await pool.fetchval("SELECT count(*) FROM md_trade") == trades
    for interval in Interval:
        assert await repository.differences(interval) == []
        counted = "SELECT sum(trades) FROM md_candle WHERE interval = $1"
        assert await pool.fetchval(counted, interval.value) == trades


async def test_kills_at_any_moment_leave_no_hole_and_no_double(
    postgres_url: str, tmp_path: Path
) -> None:
    data, draws = b"".join(bench.candles.events(3_000, seed=5)), random.Random(5)
    last, file = len(data) // EVENT_BYTES, tmp_path / "events"
    file.write_bytes(data)
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=2) as pool:
        for seq in (*sorted(draws.randrange(2, last) for _ in range(4)), last):
            await _run_until(postgres_url, file, pool, seq)
        await _assert_whole(pool, 3_000)


async def test_after_an_hour_without_the_service_nothing_is_missing_or_twice(
    postgres_url: str, tmp_path: Path
) -> None:
    data = b"".join(bench.candles.events(3_000, seed=9))
    last, file = len(data) // EVENT_BYTES, tmp_path / "events"
    # 3,000 trades in a day: an hour is 125 of them. What came meanwhile is there at once.
    file.write_bytes(data[: 1_000 * EVENT_BYTES])
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=2) as pool:
        await _run_until(postgres_url, file, pool, 1_000)
        file.write_bytes(data[: 1_125 * EVENT_BYTES])
        await _run_until(postgres_url, file, pool, 1_125)
        file.write_bytes(data)
        await _run_until(postgres_url, file, pool, last)
        await _assert_whole(pool, 3_000)


async def _events(data: bytes, first_seq: int = 1) -> AsyncIterator[tuple[int, bytes]]:
    step = 700
    for seq in range(first_seq, len(data) // EVENT_BYTES + 1, step):
        yield seq, data[(seq - 1) * EVENT_BYTES : (seq - 1 + step) * EVENT_BYTES]


async def test_what_is_made_again_is_equal_and_can_take_the_place_of_what_is_not(
    postgres_url: str, tmp_path: Path
) -> None:
    data, file = b"".join(bench.candles.events(2_000, seed=2)), tmp_path / "events"
    file.write_bytes(data[: 1_500 * EVENT_BYTES])
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=2) as pool:
        await _run_until(postgres_url, file, pool, 1_500)
        # The journal has more than market data had taken in: that much is compared.
        same = await recomputed(postgres_url, _events(data), replace=True)
        assert (same.differences, same.replaced, same.to_seq) == ((), False, 1_500)
        assert same.trades == 1_498 and "equal to what is stored" in same.as_text()

        await pool.execute("UPDATE md_candle SET trades = trades + 1 WHERE interval = '1d'")
        await pool.execute("DELETE FROM md_candle WHERE interval = '1M' AND instrument_id = 2")
        await pool.execute("DELETE FROM md_trade WHERE trade_id = 7")
        told = await recomputed(postgres_url, _events(data), replace=False)
        found = {one.kind: (one.missing, one.extra, one.other) for one in told.differences}
        assert found["1M"] == (1, 0, 0) and found["trade"] == (2, 0, 0)
        assert found["1d"][:2] == (0, 0) and found["1d"][2] > 0 and len(found) == 3

        with pytest.raises(CannotRebuild, match="begins at event 3"):
            await recomputed(postgres_url, _events(data, 3), replace=True)
        assert (await recomputed(postgres_url, _events(data), replace=True)).replaced
        assert (await recomputed(postgres_url, _events(data), replace=False)).differences == ()
        file.write_bytes(data)
        await _run_until(postgres_url, file, pool, len(data) // EVENT_BYTES)
        await _assert_whole(pool, 2_000)
