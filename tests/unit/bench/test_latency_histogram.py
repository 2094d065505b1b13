"""Latencies are counted whole, and read back within 1 %."""

import random

from matching._latency import LatencyHistogram


def scale(histogram: LatencyHistogram, ticks: int) -> float:
    """Return nanoseconds a tick, from the longest, which is kept exactly."""
    return histogram.max_ns / ticks


def test_a_histogram_of_nothing_is_zero() -> None:
    empty = LatencyHistogram()
    assert (empty.count, empty.sum_ns, empty.max_ns, empty.quantile_ns(500_000)) == (0, 0, 0, 0)
    assert empty.counts([10, 20]) == [0, 0, 0]


def test_quantiles_are_at_most_one_in_a_hundred_above_the_truth() -> None:
    draws = random.Random(3)
    took = sorted(draws.randrange(2 ** draws.randrange(4, 45)) for _ in range(10_000))
    took.append(2**46)
    histogram = LatencyHistogram()
    for ticks in took:
        histogram.add(ticks)
    ns_each = scale(histogram, took[-1])
    for per_million in (1, 10_000, 500_000, 990_000, 999_000, 999_900, 1_000_000):
        true_ns = took[-(-len(took) * per_million // 1_000_000) - 1] * ns_each
        found_ns = histogram.quantile_ns(per_million)
        assert true_ns * 0.99 - 1 <= found_ns <= true_ns * 1.01 + 1
    assert histogram.count == len(took)
    assert abs(histogram.sum_ns / (sum(took) * ns_each) - 1) < 0.001


def test_bounds_count_every_operation_once() -> None:
    histogram = LatencyHistogram()
    for ticks in (100, 100, 10_000, 1_000_000):
        histogram.add(ticks)
    each_ns = scale(histogram, 1_000_000)
    bounds_ns = [round(bound * each_ns) for bound in (200, 20_000)]
    assert histogram.counts(bounds_ns) == [2, 1, 1]
    assert histogram.counts([]) == [4]


def test_what_is_longer_than_a_day_counts_as_the_longest() -> None:
    histogram = LatencyHistogram()
    histogram.add(2**63)
    histogram.add(2**48 - 1)
    assert histogram.counts([]) == [2]
    assert histogram.quantile_ns(1_000_000) < histogram.max_ns


def test_an_empty_lap_costs_something() -> None:
    laps = LatencyHistogram()
    laps.add_empty_laps(1_000)
    assert laps.count == 1_000
    assert 0 < laps.quantile_ns(500_000) <= laps.max_ns <= laps.sum_ns
