"""Histogram boundaries that every process shares, so that dashboards can add them up, and a
histogram for what happens to each order.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

LATENCY_S_BUCKETS = (
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2,
    5,
)  # fmt: skip
"""Seconds, from 50 µs to 5 s."""
_NS_PER_S: Final = 1_000_000_000
LATENCY_NS_BOUNDS: Final = [round(bound_s * _NS_PER_S) for bound_s in LATENCY_S_BUCKETS]
BOUND_TEXTS: Final = [*map(str, map(float, LATENCY_S_BUCKETS)), "+Inf"]


class StageSeconds(Collector):
    """A histogram of stages that follow each other, exposed with the label ``stage``. Counting is
    an addition a stage: a fifth of what the library's own takes, which has a lock.
    """

    def __init__(self, name: str, text: str, stages: Sequence[str]) -> None:
        self._name = name
        self._text = text
        self.stages = tuple(stages)
        self._counts = [[0] * len(BOUND_TEXTS) for _ in stages]
        self._sums_ns = [0] * len(self.stages)

    def count(self, times_ns: Sequence[int]) -> None:
        """Take when the first stage began and when each of them ended. One thread alone counts."""
        begun_ns = times_ns[0]
        for stage, ended_ns in enumerate(times_ns[1:]):
            took_ns = ended_ns - begun_ns
            self._counts[stage][bisect_left(LATENCY_NS_BOUNDS, took_ns)] += 1
            self._sums_ns[stage] += took_ns
            begun_ns = ended_ns

    def collect(self) -> Iterator[Metric]:
        """Yield the histogram."""
        family = HistogramMetricFamily(self._name, self._text, labels=["stage"])
        for stage, counts, sum_ns in zip(self.stages, self._counts, self._sums_ns, strict=True):
            buckets = list(zip(BOUND_TEXTS, accumulate(counts), strict=True))
            family.add_metric([stage], buckets, sum_ns / _NS_PER_S)
        yield family
