"""A candle of another time zone is of the trades between its own midnights."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.intervals import Interval, open_ns
from domain.units import NS_PER_S
from gateway.binance.errors import BinanceError
from gateway.binance.parameters import Parameters
from gateway.binance.zones import PARTS_MAX, Zone, candles_from, count_at_most, zone_of
from gateway.calls.market_data_client import CandleRow, MarketDataClient

HOUR_NS = 3_600 * NS_PER_S
FIRST_NS = int(datetime(2026, 1, 20, tzinfo=UTC).timestamp()) * NS_PER_S
LAST_NS = int(datetime(2026, 4, 9, tzinfo=UTC).timestamp()) * NS_PER_S
ZONES = ["0", "8", "-3", "05:45", "-9:30", "14", "-12:00"]


def zone(text: str) -> Zone:
    return zone_of(Parameters({"timeZone": text}))


class History(MarketDataClient):
    """Trades at random times, each of one lot; candles of UTC as they are asked for."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        times = sorted(draw.randrange(FIRST_NS, LAST_NS) for _ in range(300))
        self.trades = [(ts_ns, draw.randrange(1, 1_000)) for ts_ns in times]

    def made(self, opened_by: dict[int, int]) -> dict[int, CandleRow]:
        """Return candles by opening; ``opened_by``: the opening of each trade, by its time."""
        prices: defaultdict[int, list[int]] = defaultdict(list)
        for ts_ns, price in self.trades:
            prices[opened_by[ts_ns]].append(price)
        return {
            at_ns: CandleRow(
                at_ns, of[0], max(of), min(of), of[-1], len(of), sum(of), len(of), len(of), sum(of)
            )
            for at_ns, of in prices.items()
        }

    async def candles(
        self,
        instrument_id: int,
        interval: str,
        limit: int,
        start_ns: int | None,
        end_ns: int | None,
    ) -> list[CandleRow]:
        assert start_ns is not None and end_ns is not None
        rows = self.made({ts_ns: open_ns(Interval(interval), ts_ns) for ts_ns, _ in self.trades})
        return [row for at_ns, row in sorted(rows.items()) if start_ns <= at_ns <= end_ns][:limit]


def opened_by_the_calendar(text: str, interval: Interval, ts_ns: int) -> int:
    """When a candle opens, by the clocks of its zone: another way than the code under test."""
    hours, _, minutes = text.lstrip("-").partition(":")
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if "-" in text else 1)
    at = datetime.fromtimestamp(ts_ns // NS_PER_S, timezone(ahead))
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    opened = {
        Interval.M30: at.replace(minute=at.minute // 30 * 30, second=0),
        Interval.H1: at.replace(minute=0, second=0),
        Interval.H4: day.replace(hour=at.hour // 4 * 4),
        Interval.H12: day.replace(hour=at.hour // 12 * 12),
        Interval.D1: day,
        Interval.W1: day - timedelta(days=day.weekday()),
        Interval.MONTH1: day.replace(day=1),
    }[interval]
    return int(opened.timestamp()) * NS_PER_S


@pytest.mark.parametrize("text", ZONES)
@pytest.mark.parametrize("name", ["30m", "1h", "4h", "12h", "1d", "1w", "1M"])
async def test_candles_of_a_zone_hold_what_traded_between_their_openings(
    text: str, name: str
) -> None:
    interval, history = Interval(name), History(len(text) + len(name))
    wanted = history.made(
        {ts_ns: opened_by_the_calendar(text, interval, ts_ns) for ts_ns, _ in history.trades}
    )
    bounds = {"start_ns": FIRST_NS - 40 * 24 * HOUR_NS, "last_ns": LAST_NS}
    found = await candles_from(history, 1, zone(text), interval, **bounds, count=500)
    assert found == [wanted[at_ns] for at_ns in sorted(wanted)]
    few = await candles_from(history, 1, zone(text), interval, **bounds, count=2)
    assert few == found[:2]


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        ("0", "1M", "1M"),
        ("8", "15m", "15m"),
        ("8", "8h", "8h"),
        ("8", "1d", "8h"),
        ("8", "12h", "4h"),
        ("12", "1w", "12h"),
        ("-1", "1M", "1h"),
        ("05:45", "1h", "15m"),
        ("05:30", "2h", "30m"),
    ],
)
def test_a_candle_is_made_of_as_few_as_can_be(text: str, name: str, part: str) -> None:
    assert zone(text).part_of(Interval(name)) == part


def test_one_answer_is_made_of_so_many_and_no_more() -> None:
    assert count_at_most(zone("0"), Interval.MONTH1, 1_000) == 1_000
    assert count_at_most(zone("8"), Interval.D1, 1_000) == 1_000
    assert count_at_most(zone("05:45"), Interval.MONTH1, 1_000) == PARTS_MAX // (31 * 96)


@pytest.mark.parametrize("text", ["x", "+", "14:15", "-12:15", "15", "5:07", "5:60", "1:2", "8.5"])
def test_what_is_no_time_zone_is_refused(text: str) -> None:
    with pytest.raises(BinanceError) as refused:
        zone(text)
    assert refused.value.code == -1130
