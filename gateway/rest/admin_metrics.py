"""The exchange's metrics of the last minutes, for the operators' page."""

from typing import Final

from domain.units import NS_PER_S
from gateway.rest.route import Access, Call, Route
from gateway.types import metrics as api
from service.observing.history import Firing, History
from service.observing.series import BY_NAME


async def venue_metrics(call: Call) -> api.MetricsHistory:
    """Show rates, latencies and lags of all processes, and which alerts fire."""
    query: api.MetricsQuery = call.query
    since_ns = call.services.clock.now_ns() - query.minutes * 60 * NS_PER_S
    return told(call.services.watched, since_ns)


def told(watched: History, since_ns: int) -> api.MetricsHistory:
    """Return what is kept since a time."""
    ticks = watched.ticks(since_ns)
    keys = sorted({key for tick in ticks for key in tick.values})
    return api.MetricsHistory(
        interval_s=watched.interval_s,
        ts_ns=[str(tick.ts_ns) for tick in ticks],
        series=[
            api.MetricSeries(
                name=key.series,
                title=BY_NAME[key.series].title,
                unit=BY_NAME[key.series].unit,
                process=key.process,
                label=key.label,
                points=[tick.values.get(key) for tick in ticks],
            )
            for key in keys
        ],
        alerts=[_alert(firing) for firing in watched.firing()],
    )


def _alert(firing: Firing) -> api.FiringAlert:
    alert = firing.alert
    return api.FiringAlert(
        name=alert.name,
        severity=alert.severity,
        summary=alert.summary,
        process=firing.key.process,
        label=firing.key.label,
        value=firing.value,
        threshold=alert.threshold,
        since_ts_ns=str(firing.since_ts_ns),
        runbook=alert.runbook,
    )


ROUTES: Final = (
    Route(
        method="GET",
        path="/admin/metrics",
        handler=venue_metrics,
        tag="Operators",
        summary="Show rates, latencies, lags and alerts of the last minutes",
        access=Access.SUPPORT,
        query=api.MetricsQuery,
        answer=api.MetricsHistory,
        weight=10,
    ),
)
