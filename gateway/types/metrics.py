"""What operators see of the exchange's metrics."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import TsNs


class MetricsQuery(Struct, forbid_unknown_fields=True):
    """How far back."""

    minutes: Annotated[int, Meta(ge=1, le=15)] = 15


class MetricSeries(Struct, kw_only=True):
    """One line: ``points`` at the times of ``ts_ns``, null where there is none. ``label`` tells the
    lines of one name and process apart.
    """

    name: str
    title: str
    unit: Literal["per_second", "seconds", "count", "bytes", "ratio"]
    process: str
    label: str
    points: list[float | None]


class FiringAlert(Struct, kw_only=True):
    """``value`` is on the wrong side of ``threshold`` since ``since_ts_ns``."""

    name: str
    severity: Literal["page", "ticket"]
    summary: str
    process: str
    label: str
    value: float
    threshold: float
    since_ts_ns: TsNs
    runbook: str


class MetricsHistory(Struct, kw_only=True):
    """The last minutes, as this gateway saw them."""

    interval_s: float
    ts_ns: list[TsNs]
    series: list[MetricSeries]
    alerts: list[FiringAlert]
