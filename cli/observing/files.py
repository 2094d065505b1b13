"""``python -m cli.observing.files`` writes what is made of the series, alerts and metrics:
the rules for Prometheus, the dashboards for Grafana, the table of docs/observability.md.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Final

from cli.observing.catalogue import table
from cli.observing.promql import condition, lines
from cli.running.services import ROOT
from service.observing.alerts import ALERTS, Alert
from service.observing.series import SERIES, Series, Unit

RULES: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARDS: Final = ROOT / "deploy" / "grafana" / "dashboards"
PAGE: Final = ROOT / "docs" / "observability.md"
TABLE_BEGINS: Final = "<!-- metrics: python -m cli.observing.files writes this table -->"
TABLE_ENDS: Final = "<!-- end of metrics -->"
_MADE: Final = "# Made by python -m cli.observing.files from service/observing/alerts.py.\n"
_BOARDS: Final = {
    "exchange": ("Openbell: the exchange", ("Processes", "Orders", "Books")),
    "engine": ("Openbell: engine and disk", ("Engine", "Disk", "Transport")),
    "gateway": ("Openbell: gateway and bots", ("Gateway", "WebSockets", "Bots")),
}
_GRAFANA_UNITS: Final[dict[Unit, str]] = {
    "per_second": "ops",
    "seconds": "s",
    "count": "short",
    "bytes": "bytes",
    "ratio": "percentunit",
}
_WIDTH, _HEIGHT = 12, 8
assert {series.panel for series in SERIES} == {row for _, rows in _BOARDS.values() for row in rows}


def made_files() -> dict[Path, str]:
    """Return what each file has to hold."""
    boards = {
        DASHBOARDS / f"{name}.json": json.dumps(_dashboard(name, title, rows), indent=2) + "\n"
        for name, (title, rows) in _BOARDS.items()
    }
    return {RULES: _rules(), PAGE: _page(PAGE.read_text(encoding="utf-8"))} | boards


def _rules() -> str:
    rules = "".join(_rule(alert) for alert in ALERTS)
    return f"{_MADE}groups:\n  - name: openbell\n    rules:\n{rules}"


def _rule(alert: Alert) -> str:
    # JSON texts are YAML texts.
    return (
        f"      - alert: {alert.name}\n"
        f"        expr: {json.dumps(condition(alert))}\n"
        f"        for: {alert.for_s}s\n"
        f"        labels: {{ severity: {alert.severity} }}\n"
        "        annotations:\n"
        f"          summary: {json.dumps(alert.summary)}\n"
        f"          runbook: {alert.runbook}\n"
    )


def _dashboard(name: str, title: str, rows: tuple[str, ...]) -> dict[str, Any]:
    ids, y, panels = count(1), 0, list[dict[str, Any]]()
    for row in rows:
        place = {"x": 0, "y": y, "w": 2 * _WIDTH, "h": 1}
        panels.append({"id": next(ids), "type": "row", "title": row, "gridPos": place})
        y += 1
        of_row = [series for series in SERIES if series.panel == row]
        for at, series in enumerate(of_row):
            place = {"x": at % 2 * _WIDTH, "y": y + at // 2 * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
            panels.append(_panel(next(ids), series, place))
        y += -(-len(of_row) // 2) * _HEIGHT
    return {
        "uid": f"openbell-{name}",
        "title": title,
        "tags": ["openbell"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": panels,
    }


def _panel(id_: int, series: Series, place: dict[str, int]) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    targets = [
        {"refId": letter, "datasource": source, "expr": expression, "legendFormat": name}
        for letter, (name, expression) in zip(ascii_uppercase, lines(series), strict=False)
    ]
    return {
        "id": id_,
        "type": "timeseries",
        "title": series.title,
        "datasource": source,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": _GRAFANA_UNITS[series.unit]}, "overrides": []},
        "targets": targets,
    }


def _page(text: str) -> str:
    before, _, rest = text.partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    made = "\n".join(table())
    return f"{before}{TABLE_BEGINS}\n\n{made}\n\n{TABLE_ENDS}{after}"


def main() -> None:
    """Write them."""
    for path, text in made_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
