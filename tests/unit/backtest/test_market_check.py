"""The market of the exchange's own bots is one, and the figures about it are right."""

import math
import random

import pytest

from backtest.market_check import check_market, correlation, excess_kurtosis, returns_of


def test_the_default_market_is_always_quoted_never_crossed_and_within_its_bounds() -> None:
    checks = check_market(hours=0.05, seed=3)
    assert [check.symbol for check in checks] == ["BTC-USDT", "ETH-USDT"]
    for check in checks:
        assert check.passed and check.two_sided >= 0.999 and check.crossed == 0
        assert check.trades > 100 and 0 < check.inventory_max < check.inventory_bound
        assert correlation(check.signs, 1) > 0.1
        assert len(check.rows()) == 11


def test_the_measures_know_what_they_measure() -> None:
    draws = random.Random(1)
    normal = [draws.gauss(0, 1) for _ in range(20_000)]
    heavy = [draws.gauss(0, 1) * (5 if draws.random() < 0.05 else 1) for _ in range(20_000)]
    assert abs(excess_kurtosis(normal)) < 0.2 and excess_kurtosis(heavy) > 2
    assert correlation(normal, 1) == pytest.approx(0, abs=0.03)
    assert correlation([1, -1] * 500, 1) == pytest.approx(-1, abs=0.01)
    assert returns_of([1.0, math.e, 1.0]) == pytest.approx([1, -1])
    assert math.isnan(correlation([1, 1], 1)) and math.isnan(excess_kurtosis([2, 2, 2]))
