"""Stored trades are found by id and by time, through months that are gone."""

from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from market_data.candles_repository import TRADE_COLUMNS
from market_data.history_repository import HistoryRepository
from market_data.history_routes import ROWS_MAX, add_history_routes
from service.calls import ServiceClient
from service.errors import CallFailed

MONTH_NS = 31 * 86_400 * 10**9
FIRST, LAST = 101, 400


@pytest.fixture
async def history(postgres_url: str) -> AsyncIterator[HistoryRepository]:
    """Trades 101 to 400, three at each moment, in two months; those before are gone."""
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=2) as pool:
        for month in range(2):
            await pool.execute(
                "SELECT md_make_month($1, $2)", month * MONTH_NS, (month + 1) * MONTH_NS
            )
        rows = [(n, 7, n, _ts_ns(n), 1_000 + n, n, 1) for n in range(FIRST, LAST + 1)]
        rows += [(n, 8, n, n, 5, 5, 2) for n in range(1, 4)]
        await pool.copy_records_to_table("md_trade", records=rows, columns=TRADE_COLUMNS)
        yield HistoryRepository(pool)


def _ts_ns(trade_id: int) -> int:
    return trade_id // 3 * (MONTH_NS // 100)


async def test_trades_between_two_moments_are_those_a_scan_finds(
    history: HistoryRepository,
) -> None:
    moments = sorted({_ts_ns(n) + by for n in (1, FIRST, 250, 399, LAST) for by in (-1, 0, 1)})
    for start_ns in moments:
        for end_ns in [moment for moment in moments if moment >= start_ns]:
            found = await history.trades(7, 1, start_ns, end_ns, 1_000)
            scan = [n for n in range(FIRST, LAST + 1) if start_ns <= _ts_ns(n) <= end_ns]
            assert [row[0] for row in found] == scan


async def test_pages_by_id_follow_each_other(history: HistoryRepository) -> None:
    assert [row[0] for row in await history.trades(7, 1, None, None, 3)] == [101, 102, 103]
    (row,) = await history.trades(7, LAST, 0, None, 9)
    assert row == (LAST, _ts_ns(LAST), 1_000 + LAST, LAST, 1)
    assert await history.trades(7, LAST + 1, None, None, 9) == []
    assert await history.trades(9, 1, 5, 10, 9) == []
    assert await history.trades(7, 1, None, 2**63 - 1, 1) == await history.trades(7, 1, 0, None, 1)


async def test_the_route_refuses_what_passes_a_bound(history: HistoryRepository) -> None:
    app = web.Application()
    add_history_routes(app, history)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        service = ServiceClient(http, str(server.make_url("")), "m" * 40)
        asked = {"instrument_id": 8, "from_trade_id": 2, "limit": 1}
        rows = await service.call("GET", "/internal/history/trades", list, query=asked)
        assert rows == [[2, 2, 5, 5, 2]]
        for wrong in ({"limit": ROWS_MAX + 1}, {"from_trade_id": 0}, {"start_ns": "x"}, {"by": 1}):
            with pytest.raises(CallFailed) as failure:
                await service.call(
                    "GET", "/internal/history/trades", list, query={"instrument_id": 8, **wrong}
                )
            assert failure.value.status == 422
