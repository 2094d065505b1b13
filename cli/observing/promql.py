"""The series of an exchange in Prometheus' language."""

from __future__ import annotations

from typing import Final

from cli.running.services import MODULES
from service.observing.alerts import Alert
from service.observing.series import BY_NAME, HEAD, UP, Kind, Series

RATE_OVER: Final = "1m"
"""A dozen readings at the interval of deploy/prometheus/prometheus.yml."""
OURS: Final = f'{{job=~"{"|".join(MODULES)}"}}'
"""For metrics whose names other programs' processes have too."""


def lines(series: Series) -> list[tuple[str, str]]:
    """Return a series' lines: what each is called in a chart, and its expression."""
    by = f" {{{{{series.by}}}}}" if series.by else ""
    if series.kind is not Kind.QUANTILE:
        return [("{{job}}" + by, _plain(series, ""))]
    return [
        (f"{{{{job}}}}{by} p{float(quantile) * 100:g}", _quantile(series, quantile))
        for quantile in series.quantiles
    ]


def condition(alert: Alert) -> str:
    """Return the expression of an alert's rule."""
    series = BY_NAME[alert.series]
    if series.kind is Kind.QUANTILE:
        quantile = next(q for q in series.quantiles if f"p{float(q) * 100:g}" == alert.label)
        value = _quantile(series, quantile)
    else:
        value = _plain(series, f'{{{series.by}="{alert.label}"}}' if alert.label else "")
    return f"{value} {alert.op} {alert.threshold}"


def _plain(series: Series, selector: str) -> str:
    ours = series.metric.startswith("openbell_")
    metric = series.metric + (selector if ours else OURS)
    by = ", ".join(["job", series.by] if series.by else ["job"])
    return {
        Kind.GAUGE: metric,
        Kind.RATE: f"sum by ({by}) (rate({metric}[{RATE_OVER}]))",
        Kind.BEHIND: f"scalar(max({HEAD})) - 1 - {metric}",
        Kind.AGE: f"time() - ({metric} > 0)",
    }[series.kind]


def _quantile(series: Series, quantile: str) -> str:
    by = ", ".join(["job", "le", series.by] if series.by else ["job", "le"])
    rate = f"rate({series.sample}[{RATE_OVER}])"
    return f"histogram_quantile({quantile}, sum by ({by}) ({rate}))"


assert UP in BY_NAME
