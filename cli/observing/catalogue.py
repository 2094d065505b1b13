"""Every metric of every process, as the code defines it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

import accounts.metrics
import cli.auditing.auditor
import engine_service.snapshots
import gateway.metrics
import market_data.feed
import trading_bot.runner
from engine_service.metrics import ENGINE_GAUGES, EngineCollector, EngineMetrics
from gateway.session_metrics import SessionCollector
from matching._latency import LatencyHistogram
from service.metrics import StageSeconds
from transport.server_session import Counters
from transport.session_counters import SessionCounters

MODULES: Final = {
    "gateway": gateway.metrics,
    "snapshots": engine_service.snapshots,
    "accounts": accounts.metrics,
    "auditor": cli.auditing.auditor,
    "market_data": market_data.feed,
    "trading_bot": trading_bot.runner,
}


@dataclass(frozen=True, slots=True)
class Described:
    """One metric; ``name`` as it is exposed, a histogram without its endings."""

    name: str
    kind: str
    labels: tuple[str, ...]
    process: str
    text: str

    @property
    def samples(self) -> frozenset[str]:
        """The names of what is exposed."""
        if self.kind != "histogram":
            return frozenset({self.name})
        return frozenset(f"{self.name}_{ending}" for ending in ("bucket", "count", "sum"))


class _NoSession:
    counters = SessionCounters()
    credits = in_flight = 0


def catalogue() -> list[Described]:
    """Return all metrics of ours, by name."""
    found = [
        _of_metric(metric, process)
        for process, module in MODULES.items()
        for metric in vars(module).values()
        if isinstance(metric, MetricWrapperBase)
    ]
    found += [
        _of_family(family, process)
        for process, module in MODULES.items()
        for metric in vars(module).values()
        if isinstance(metric, StageSeconds)
        for family in metric.collect()
    ]
    collectors = {
        "engine": _engine(),
        "gateway": SessionCollector(_NoSession(), SessionCounters()),
    }
    for process, collector in collectors.items():
        found += [_of_family(family, process) for family in collector.collect()]
    return sorted(set(found), key=lambda one: (one.process, one.name))


def _engine() -> Collector:
    metrics = EngineMetrics()
    metrics.command_latency = LatencyHistogram()
    return EngineCollector(metrics, Counters(), dict.fromkeys(ENGINE_GAUGES, lambda: 0))


def _of_metric(metric: MetricWrapperBase, process: str) -> Described:
    [family] = metric.describe()
    labels = tuple(metric._labelnames)
    return Described(_exposed(family), family.type, labels, process, family.documentation)


def _of_family(family: Metric, process: str) -> Described:
    names = {name for sample in family.samples for name in sample.labels} - {"le"}
    return Described(
        _exposed(family), family.type, tuple(sorted(names)), process, family.documentation
    )


def _exposed(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def table() -> Iterator[str]:
    """Yield the lines of the page's table."""
    yield "| metric | kind | process | labels | what |"
    yield "|---|---|---|---|---|"
    for one in catalogue():
        labels = ", ".join(f"`{name}`" for name in one.labels) or "–"
        yield f"| `{one.name}` | {one.kind} | {one.process} | {labels} | {one.text} |"
