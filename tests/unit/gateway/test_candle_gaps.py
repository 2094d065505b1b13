"""Candles with the intervals in which nobody traded."""

import pytest

from domain.intervals import Interval
from domain.units import NS_PER_S
from gateway.calls.market_data_client import CandleRow, MarketDataClient
from gateway.state import candle_gaps
from gateway.state.candle_gaps import candles_with_gaps

MINUTE_NS = 60 * NS_PER_S
FIRST_NS = 1_790_000_040 * NS_PER_S


class Stored(MarketDataClient):
    """Candles of the minutes that traded; each closes at its number."""

    def __init__(self, *minutes: int) -> None:
        self.rows = [
            CandleRow(FIRST_NS + minute * MINUTE_NS, *[100 + minute] * 4, 5, 6, 7, 2, 3)
            for minute in minutes
        ]

    async def candles(
        self,
        instrument_id: int,
        interval: str,
        limit: int,
        start_ns: int | None,
        end_ns: int | None,
    ) -> list[CandleRow]:
        until = [row for row in self.rows if end_ns is None or row.ts_open_ns <= end_ns]
        if start_ns is None:
            return until[-limit:]
        return [row for row in until if row.ts_open_ns >= start_ns][:limit]


async def shown(
    stored: Stored, start: int | None, end: int, limit: int
) -> list[tuple[int, int, int]]:
    """Return (minute, close, trades)."""
    rows = await candles_with_gaps(
        stored,
        1,
        Interval.M1,
        start_ns=None if start is None else FIRST_NS + start * MINUTE_NS,
        end_ns=FIRST_NS + end * MINUTE_NS + 7,
        limit=limit,
    )
    return [((r.ts_open_ns - FIRST_NS) // MINUTE_NS, r.close_ticks, r.trades) for r in rows]


async def test_a_quiet_minute_is_flat_at_the_close_before_it() -> None:
    stored = Stored(0, 3)
    flat = [(0, 100, 7), (1, 100, 0), (2, 100, 0), (3, 103, 7), (4, 103, 0)]
    assert await shown(stored, 0, 4, 100) == flat
    assert await shown(stored, None, 4, 3) == flat[2:]
    assert await shown(stored, 1, 4, 2) == flat[1:3], "the close is that of before the start"
    assert await shown(stored, 0, 4, 2) == flat[:2]


async def test_no_more_quiet_minutes_are_made_than_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, real = list[int](), candle_gaps.flat

    def flat(before: CandleRow, opened_ns: int) -> CandleRow:
        made.append(opened_ns)
        return real(before, opened_ns)

    monkeypatch.setattr(candle_gaps, "flat", flat)
    assert len(await shown(Stored(0, 9_000), 0, 9_999, 5)) == 5
    assert len(await shown(Stored(0), 5_000, 9_999, 5)) == 5
    assert len(made) < 15


async def test_before_the_first_trade_there_is_nothing() -> None:
    assert await shown(Stored(), None, 4, 10) == []
    assert await shown(Stored(2), -5, 3, 10) == [(2, 102, 7), (3, 102, 0)]
