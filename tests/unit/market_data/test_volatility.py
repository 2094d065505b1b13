"""Realised volatility: returns from minute to minute, in whole parts per million."""

from math import isqrt

from domain.instruments import Steps
from domain.units import NS_PER_S
from market_data.candles import Candle
from market_data.rolling import WINDOW_S
from market_data.volatility import RealisedVolatility

STEPS = Steps.of(10, 1_000)
MINUTE_NS = 60 * NS_PER_S
START_NS = 1_790_000_040 * NS_PER_S
assert START_NS % MINUTE_NS == 0


def second(at_ns: int, close_ticks: int, steps: Steps = STEPS) -> Candle:
    return Candle(at_ns, *[close_ticks] * 4, 1, 1, 1, 0, 0, steps)


def test_it_is_made_of_the_closes_of_minutes_that_ended() -> None:
    moved = RealisedVolatility()
    for minute, close_ticks in enumerate((10_000, 10_100, 10_100, 9_999)):
        moved.add(second(START_NS + minute * MINUTE_NS, 1))
        moved.add(second(START_NS + minute * MINUTE_NS + NS_PER_S, close_ticks))
    assert moved.ppm(START_NS + 3 * MINUTE_NS + 2 * NS_PER_S) == 10_000
    last_return_ppm = (9_999 - 10_100) * 1_000_000 // 10_100
    both = isqrt(10_000**2 + last_return_ppm**2)
    assert moved.ppm(START_NS + 4 * MINUTE_NS) == both
    # What the minute of the first return brought leaves a day after it.
    gone_ns = START_NS + MINUTE_NS + (WINDOW_S + 2) * NS_PER_S
    assert moved.ppm(gone_ns) == -last_return_ppm
    assert moved.ppm(gone_ns + WINDOW_S * NS_PER_S) == 0


def test_a_minute_is_one_return_however_late_its_last_trades_arrive() -> None:
    moved = RealisedVolatility()
    moved.add(second(START_NS, 10_000))
    moved.add(second(START_NS + MINUTE_NS, 10_500))
    late_ns = START_NS + 10 * MINUTE_NS
    assert moved.ppm(late_ns) == 50_000
    moved.add(second(START_NS + MINUTE_NS + NS_PER_S, 10_100))
    assert moved.ppm(late_ns) == 10_000


def test_other_units_are_no_return() -> None:
    moved = RealisedVolatility()
    moved.add(second(START_NS, 10_000))
    moved.add(second(START_NS + MINUTE_NS, 1_000, Steps.of(100, 1_000)))
    assert moved.ppm(START_NS + 2 * MINUTE_NS) == 0


def test_a_market_that_never_traded_never_moved() -> None:
    assert RealisedVolatility().ppm(START_NS) == 0
