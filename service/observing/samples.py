"""From two readings of a process's metrics to the values of its series. Pure: time is an argument.

A quantile lies between two bounds of its histogram, and is taken to be where it would be if what
lies there were spread evenly, as Prometheus does.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from service.observing.series import HEAD, SERIES, UP, Kind, Series


class Key(NamedTuple):
    """One line of a chart: a series, whose process, and which of its lines ("p99", a code)."""

    series: str
    process: str
    label: str


Labels = frozenset[tuple[str, str]]
Values = dict[str, dict[Labels, float]]
"""By sample name, then by labels."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a process's metrics were at ``ts_ns``; ``values`` None: it did not answer."""

    ts_ns: int
    values: Values | None


def read_text(text: str) -> Values:
    """Return the samples of a page of metrics.

    Raises:
        ValueError: it is not one.
    """
    return read_metrics(text_string_to_metric_families(text))


def read_metrics(metrics: Iterable[Metric]) -> Values:
    """Return the samples of metrics that are at hand."""
    values: Values = {}
    for metric in metrics:
        for sample in metric.samples:
            labels = frozenset(sample.labels.items())
            values.setdefault(sample.name, {})[labels] = sample.value
    return values


def head_seq(readings: Iterable[Reading]) -> int | None:
    """Return the last event that the engine has released, by what any process says of it."""
    found = [
        value for reading in readings for value in (reading.values or {}).get(HEAD, {}).values()
    ]
    return int(max(found)) - 1 if found else None


def points(
    process: str, before: Reading | None, now: Reading, head: int | None
) -> Iterator[tuple[Key, float]]:
    """Yield what a process's series are now; nothing for those it does not have. Rates and
    quantiles are of the time since ``before``.
    """
    yield Key(UP, process, ""), float(now.values is not None)
    if now.values is None:
        return
    for series in SERIES:
        for label, value in _lines(series, before, now, head):
            yield Key(series.name, process, label), value


def _lines(
    series: Series, before: Reading | None, now: Reading, head: int | None
) -> Iterator[tuple[str, float]]:
    assert now.values is not None
    found = now.values.get(series.sample)
    if not found:
        return
    if series.kind in (Kind.RATE, Kind.QUANTILE):
        if before is None or before.values is None or now.ts_ns <= before.ts_ns:
            return
        gained = _gained(before.values.get(series.sample, {}), found)
        if series.kind is Kind.RATE:
            seconds = (now.ts_ns - before.ts_ns) / 1_000_000_000
            yield from ((label, sum_ / seconds) for label, sum_ in _summed(series.by, gained))
        else:
            yield from _quantiles(series, gained)
        return
    for label, value in _summed(series.by, found):
        if series.kind is Kind.GAUGE:
            yield label, value
        elif series.kind is Kind.AGE and value:
            yield label, max(0.0, now.ts_ns / 1_000_000_000 - value)
        elif series.kind is Kind.BEHIND and head is not None:
            yield label, max(0.0, head - value)


def _gained(before: Mapping[Labels, float], now: Mapping[Labels, float]) -> dict[Labels, float]:
    """A counter below what it was began again at 0."""
    return {
        labels: value - before.get(labels, 0.0) if value >= before.get(labels, 0.0) else value
        for labels, value in now.items()
    }


def _summed(by: str, values: Mapping[Labels, float]) -> list[tuple[str, float]]:
    sums: dict[str, float] = {}
    for labels, value in values.items():
        label = dict(labels).get(by, "")
        sums[label] = sums.get(label, 0.0) + value
    return sorted(sums.items())


def _quantiles(series: Series, gained: Mapping[Labels, float]) -> Iterator[tuple[str, float]]:
    histograms: dict[str, dict[float, float]] = {}
    for labels, count in gained.items():
        told = dict(labels)
        bounds = histograms.setdefault(told.get(series.by, ""), {})
        bound = float(told["le"])
        bounds[bound] = bounds.get(bound, 0.0) + count
    for label, counts in sorted(histograms.items()):
        for quantile in series.quantiles:
            value = quantile_of(sorted(counts.items()), float(quantile))
            if value is not None:
                percent = f"p{float(quantile) * 100:g}"
                yield (f"{label} {percent}" if label else percent), value


def quantile_of(cumulative: list[tuple[float, float]], quantile: float) -> float | None:
    """Return a quantile of (upper bound, count up to it), the last bound being infinite; past the
    last finite bound that bound; None if nothing was counted.
    """
    total = cumulative[-1][1] if cumulative else 0.0
    if not total:
        return None
    rank, lower, below = quantile * total, 0.0, 0.0
    for bound, count in cumulative[:-1]:
        if count >= rank:
            inside = count - below
            return lower + (bound - lower) * (rank - below) / inside if inside else bound
        lower, below = bound, count
    return lower
