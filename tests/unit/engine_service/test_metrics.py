"""What the engine publishes of its commands is what its core counted."""

from engine_core._core import Core
from engine_service.metrics import EngineMetrics
from matching._latency import LatencyHistogram
from schemas.layouts import COMMAND_BYTES


def test_buckets_add_up_to_the_commands_of_the_core() -> None:
    core, metrics = Core(), EngineMetrics()
    core.apply(bytes(5 * COMMAND_BYTES), 1)  # before anyone counts
    metrics.command_latency = LatencyHistogram()
    core.count_latency(metrics.command_latency)
    core.apply(bytes(7 * COMMAND_BYTES), 2)
    core.apply(b"", 3)  # time alone is no command
    histogram, quantiles = metrics.command_latencies()
    counts = [sample.value for sample in histogram.samples if sample.name.endswith("_bucket")]
    assert counts == sorted(counts) and counts[-1] == 7
    [count] = [sample.value for sample in histogram.samples if sample.name.endswith("_count")]
    assert count == 7
    assert [sample.labels["quantile"] for sample in quantiles.samples] == [
        "0.5",
        "0.99",
        "0.999",
        "1",
    ]


def test_nothing_is_published_where_nobody_counts() -> None:
    assert list(EngineMetrics().command_latencies()) == []
