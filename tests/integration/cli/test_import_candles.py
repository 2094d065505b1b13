"""Other venues' trades become candles exactly once, apart from the exchange's own."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from cli.market import import_candles as importing
from cli.market.import_candles import CandleImport, ImportRefused
from domain.intervals import Interval
from domain.orders import AggressorSide
from domain.units import NS_PER_S
from gateway.web_ui import WebUi
from market_data.candle_history import CandleHistory
from market_data.candles import Candle, CandleBoard, seconds_of
from market_data.candles_repository import CandlesRepository, WrittenBatch
from replay.errors import BadStream
from tests.integration.gateway.rig import Rig, running_rig

START_MS = 1_700_000_000_000
EVERYTHING = (0, 2**63 - 1, 1_000)
K, LOT_ATOMS = 10, 1_000  # of the rig's BTC-USDT: ticks of 0.01, lots of 0.00001


@pytest.fixture
async def exchange(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Rig, asyncpg.Pool]]:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setattr(importing, "BATCH_TRADES", 70)
    async with (
        running_rig(WebUi(tmp_path)) as rig,
        asyncpg.create_pool(postgres_url, min_size=1, max_size=2) as pool,
    ):
        listed = 7, "BTC-USDT", K, LOT_ATOMS
        await pool.execute("INSERT INTO md_instrument VALUES ($1, $2, $3, $4)", *listed)
        yield rig, pool


def _trades(count: int, seed: int = 5) -> list[tuple[int, int, int, int, bool]]:
    """(id, Unix ms, ticks, lots, whether the seller took), over some hours."""
    draws, moment = random.Random(seed), START_MS
    rows = []
    for number in range(1, count + 1):
        moment += draws.choice((0, 1, 700, 60_000))
        rows.append(
            (number, moment, draws.randrange(100, 200), draws.randrange(1, 9), draws.random() < 0.5)
        )
    return rows


def _file(path: Path, rows: list[tuple[int, int, int, int, bool]]) -> Path:
    lines = (
        f"{number},{ticks / 100:.8f},{lots / 100_000:.8f},0,{ms},{took},True\n"
        for number, ms, ticks, lots, took in rows
    )
    path.write_text("".join(lines))
    return path


def _expected(rows: list[tuple[int, int, int, int, bool]], interval: Interval) -> list[Candle]:
    trades = [
        (7, number, ms * 10**6, ticks, lots, AggressorSide.SELL if took else AggressorSide.BUY)
        for number, ms, ticks, lots, took in rows
    ]
    made = CandleBoard().add(seconds_of(trades, K, LOT_ATOMS))
    return [candle for (of, _), candle in made.items() if of is interval]


async def _run(rig: Rig, path: Path, **options: bool | str) -> importing.Imported:
    wanted = CandleImport(
        path=path,
        source="binance-trades",
        symbol="BTC-USDT",
        gateway_url=rig.base_url,
        join=False,
        replace=False,
    )
    wanted = replace(wanted, **options)  # type: ignore[arg-type]
    return await asyncio.to_thread(importing.import_candles, wanted)


async def test_a_run_that_breaks_off_and_is_started_again_counts_every_trade_once(
    exchange: tuple[Rig, asyncpg.Pool], tmp_path: Path
) -> None:
    rig, pool = exchange
    rows = _trades(500)
    whole = _file(tmp_path / "whole.csv", rows)
    torn = tmp_path / "torn.csv"
    torn.write_text("".join(whole.read_text().splitlines(keepends=True)[:333]) + "torn")
    with pytest.raises(BadStream, match="line 334"):
        await _run(rig, torn)
    done = await _run(rig, whole)
    assert 0 < done.known < 333 and done.known + done.trades == 500
    assert (await _run(rig, whole)) == importing.Imported(trades=0, known=500)
    shown = CandleHistory(pool)
    for interval in Interval:
        found = await shown.candles(7, interval, *EVERYTHING)
        assert found == _expected(rows, interval), interval
        newest = await shown.candles(7, interval, None, 2**63 - 1, 2)
        assert newest == found[-2:]
    assert await CandlesRepository(pool).candles(7, Interval.M1, *EVERYTHING) == []


async def test_imported_candles_never_mix_with_the_exchanges_own(
    exchange: tuple[Rig, asyncpg.Pool], tmp_path: Path
) -> None:
    rig, pool = exchange
    rows = _trades(300)
    path = _file(tmp_path / "file.csv", rows)
    await _run(rig, path)
    imported, shown = _expected(rows, Interval.M1), CandleHistory(pool)
    own_ns = imported[3].ts_open_ns
    own = [
        imported[3]._replace(volume_lots=77, taker_buy_lots=0),
        imported[-1]._replace(ts_open_ns=imported[-1].ts_open_ns + 60 * NS_PER_S),
    ]
    begun = {(7, Interval.M1, candle.ts_open_ns): candle for candle in own}
    await CandlesRepository(pool).write(0, 9, WrittenBatch([], [], begun, {}))
    assert await shown.candles(7, Interval.M1, *EVERYTHING) == own, "nobody asked for more"
    assert await shown.candles(7, Interval.H1, *EVERYTHING) == _expected(rows, Interval.H1)
    await _run(rig, path, join=True)
    joined = await shown.candles(7, Interval.M1, *EVERYTHING)
    assert joined == imported[:3] + own
    assert await shown.candles(7, Interval.M1, None, 2**63 - 1, 3) == joined[-3:]
    assert await shown.candles(7, Interval.M1, 0, own_ns, 4) == joined[:4]
    assert await shown.candles(7, Interval.M1, 0, own_ns, 2) == joined[:2]


async def test_a_second_source_an_older_file_and_finer_steps_are_refused(
    exchange: tuple[Rig, asyncpg.Pool], tmp_path: Path
) -> None:
    rig, pool = exchange
    rows = _trades(200)
    await _run(rig, _file(tmp_path / "late.csv", rows[100:]))
    with pytest.raises(ImportRefused, match="older than the first"):
        await _run(rig, _file(tmp_path / "early.csv", rows[:100]))
    own = tmp_path / "own.csv"
    own.write_text("trade_id,price,qty,aggressor_side,ts_ns\n1000,1.00,0.00001,buy,9\n")
    with pytest.raises(ImportRefused, match="candles of binance-trades"):
        await _run(rig, own, source="openbell-trades")
    assert (await _run(rig, own, source="openbell-trades", replace=True)).trades == 1
    (only,) = await CandleHistory(pool).candles(7, Interval.D1, *EVERYTHING)
    assert (only.open_ticks, only.trades) == (100, 1)
    finer = tmp_path / "finer.csv"
    finer.write_text("1,1.001,0.00001,0,1700000000000,True,True\n")
    with pytest.raises(ImportRefused, match=r"trade 1: .* multiple of 0.01"):
        await _run(rig, finer, replace=True)
    with pytest.raises(ImportRefused, match="no instrument NO-SUCH"):
        await _run(rig, finer, symbol="NO-SUCH")


async def test_a_file_whose_ids_fall_is_refused_and_not_passed_over_as_known(
    exchange: tuple[Rig, asyncpg.Pool], tmp_path: Path
) -> None:
    rig, _ = exchange
    newest_first = _file(tmp_path / "falling.csv", _trades(200)[::-1])
    with pytest.raises(ImportRefused, match="sort the file by its ids"):
        await _run(rig, newest_first)


async def test_an_aggregate_counts_as_the_trades_it_stands_for_and_time_never_goes_back(
    exchange: tuple[Rig, asyncpg.Pool], tmp_path: Path
) -> None:
    rig, pool = exchange
    path = tmp_path / "agg.csv"
    path.write_text(
        "1,1.00,0.00002,10,12,1700000000500,True,True\n"
        "2,1.10,0.00001,13,13,1700000000400,False,True\n"
        "3,1.20,0.00001,14,15,1700000001000,False,True\n"
    )
    done = await _run(rig, path, source="binance-agg-trades")
    assert done == importing.Imported(trades=6, known=0, late=1)
    first, second = await CandleHistory(pool).candles(7, Interval.S1, *EVERYTHING)
    assert (first.trades, first.volume_lots, first.taker_buy_lots) == (4, 3, 1)
    assert (second.trades, second.open_ticks) == (2, 120)
