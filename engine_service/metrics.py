"""What the engine counts. Read at scrape time, so that the hot path only adds integers."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from service.metrics import BOUND_TEXTS, LATENCY_NS_BOUNDS
from transport.server_session import Counters

if TYPE_CHECKING:
    from matching._latency import LatencyHistogram

_PREFIX: Final = "openbell_engine_"
FLUSH_NS_BOUNDS: Final = LATENCY_NS_BOUNDS
_COMMAND_NS_BUCKETS: Final = (
    50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000, 10_000_000,
    100_000_000,
)  # fmt: skip
"""A command is over in less than the first bound that every process shares."""
_QUANTILES: Final = {"0.5": 500_000, "0.99": 990_000, "0.999": 999_000}


STAGES: Final = ("journal", "apply", "release", "whole")
"""Of a batch: written and on the disk, applied by the core, answers handed to the kernel; and all,
from the first look at its datagrams.
"""
JOURNAL_STAGE, APPLY_STAGE, RELEASE_STAGE, WHOLE_STAGE = range(len(STAGES))


class EngineMetrics:
    """Counters of the server's own, the histograms of flushes and, if its core counts them, of
    commands. That of flushes lies in arrays, so that the compiled server counts in the same place:
    flushes, their commands and nanoseconds in ``flush_totals``; flushes by FLUSH_NS_BOUNDS in
    ``flush_counts``; likewise of each stage in turn, nanoseconds in ``stage_totals`` and batches in
    ``stage_counts``.
    """

    def __init__(self) -> None:
        self.command_latency: LatencyHistogram | None = None
        self.datagrams_in = 0
        self.datagrams_unsent = 0
        self.events_resent = 0
        self.flush_totals = array("Q", [0, 0, 0])
        self.flush_counts = array("Q", [0] * (len(FLUSH_NS_BOUNDS) + 1))
        self.stage_totals = array("Q", [0] * len(STAGES))
        self.stage_counts = array("Q", [0] * (len(STAGES) * (len(FLUSH_NS_BOUNDS) + 1)))

    def flushed(self, took_ns: int, commands: int) -> None:
        """Note a flush of so many ``commands`` that took ``took_ns``."""
        for at, number in enumerate((1, commands, took_ns)):
            self.flush_totals[at] += number
        self.flush_counts[bisect_left(FLUSH_NS_BOUNDS, took_ns)] += 1

    def stage(self, stage: int, took_ns: int) -> None:
        """Note what a stage of a batch took."""
        self.stage_totals[stage] += took_ns
        at = stage * (len(FLUSH_NS_BOUNDS) + 1) + bisect_left(FLUSH_NS_BOUNDS, took_ns)
        self.stage_counts[at] += 1

    @property
    def commands(self) -> int:
        """How many commands were flushed."""
        return self.flush_totals[1]

    def flush_histogram(self) -> Metric:
        """Return how long flushes took."""
        counts = accumulate(self.flush_counts)
        return HistogramMetricFamily(
            _PREFIX + "flush_seconds",
            "Time of one flush of the journal (fdatasync)",
            buckets=list(zip(BOUND_TEXTS, counts, strict=True)),
            sum_value=self.flush_totals[2] / 1_000_000_000,
        )

    def stage_histograms(self) -> Metric:
        """Return how long each stage took."""
        bounds = BOUND_TEXTS
        family = HistogramMetricFamily(
            _PREFIX + "stage_seconds",
            "Time of a batch's stages; whole: from its datagrams to its answers",
            labels=["stage"],
        )
        for at, stage in enumerate(STAGES):
            own = self.stage_counts[at * len(bounds) : (at + 1) * len(bounds)]
            buckets = list(zip(bounds, accumulate(own), strict=True))
            family.add_metric([stage], buckets, self.stage_totals[at] / 1_000_000_000)
        return family

    def command_latencies(self) -> Iterator[Metric]:
        """Yield how long single commands took in the core; nothing if nobody counts."""
        latency = self.command_latency
        if latency is None:
            return
        bounds = [*(str(bound_ns / 1_000_000_000) for bound_ns in _COMMAND_NS_BUCKETS), "+Inf"]
        counts = accumulate(latency.counts(_COMMAND_NS_BUCKETS))
        yield HistogramMetricFamily(
            _PREFIX + "command_seconds",
            "Time of one command in the core",
            buckets=list(zip(bounds, counts, strict=True)),
            sum_value=latency.sum_ns / 1_000_000_000,
        )
        quantiles = GaugeMetricFamily(
            _PREFIX + "command_quantile_seconds",
            "Quantiles since start, within 1 %; of 1, the longest",
            labels=["quantile"],
        )
        for name, per_million in _QUANTILES.items():
            quantiles.add_metric([name], latency.quantile_ns(per_million) / 1_000_000_000)
        quantiles.add_metric(["1"], latency.max_ns / 1_000_000_000)
        yield quantiles


ENGINE_GAUGES: Final = {
    "next_event_seq": "First event not yet released",
    "recovered_event_seq": "Last event there was at start",
    "journal_bytes": "Bytes of the journal in use",
    "journal_room_bytes": "Bytes prepared ahead",
    "disk_free_bytes": "Free where the journal is",
    "sessions": "Open sessions",
    "catch_up_readers": "Connected readers",
    "catch_up_dropped": "Readers dropped as too slow",
}


class EngineCollector(Collector):
    """Turns the engine's numbers into metrics when asked."""

    def __init__(
        self,
        metrics: EngineMetrics,
        session_counters: Counters,
        gauges: dict[str, Callable[[], float]],
    ) -> None:
        """``gauges``: what reads each of ENGINE_GAUGES."""
        assert gauges.keys() == ENGINE_GAUGES.keys()
        self._metrics = metrics
        self._session_counters = session_counters
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        metrics = self._metrics
        yield metrics.flush_histogram()
        yield metrics.stage_histograms()
        yield from metrics.command_latencies()
        yield from (
            _counter("commands", "Commands executed since start", metrics.commands),
            _counter("flushes", "Flushes of the journal since start", metrics.flush_totals[0]),
            _counter("datagrams_received", "Datagrams received", metrics.datagrams_in),
            _counter("datagrams_unsent", "Datagrams the kernel refused", metrics.datagrams_unsent),
            _counter("events_resent", "Events sent again on request", metrics.events_resent),
        )
        for field in fields(Counters):
            value = getattr(self._session_counters, field.name)
            name = f"sessions_{field.name}"
            yield _counter(name, f"Datagrams or sessions: {field.name.replace('_', ' ')}", value)
        for name, read in self._gauges.items():
            yield GaugeMetricFamily(_PREFIX + name, ENGINE_GAUGES[name], value=read())


def _counter(name: str, text: str, value: int) -> CounterMetricFamily:
    return CounterMetricFamily(_PREFIX + name, text, value=value)
