"""What is written about metrics, alerts and commands is what the code has."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML

from cli.main import app
from cli.observing.catalogue import MODULES, catalogue
from cli.observing.files import made_files
from cli.running.services import MODULES as PROCESSES
from cli.running.services import ROOT
from service.observing.alerts import ALERTS
from service.observing.series import SAMPLES, SERIES, UP
from tests.tidy.sources import python_files, relative, tree

RUNBOOKS = ROOT / "docs" / "runbooks"
DEFINED = re.compile(r"\bopenbell_\w+")
OTHERS = {UP, "process_resident_memory_bytes", "process_cpu_seconds_total"}
SAID = re.compile(r"`(?:\./)?openbell ([^`]*)`|^\s*(?:\./)?openbell (.+)$", re.MULTILINE)
EXPOSED = frozenset(name for one in catalogue() for name in one.samples)


@pytest.mark.parametrize("path", made_files(), ids=lambda path: path.name)
def test_what_is_made_is_as_the_code_would_make_it_now(path: Path) -> None:
    made = made_files()[path]
    assert path.read_text(encoding="utf-8") == made, "python -m cli.observing.files"


def test_every_metric_that_the_code_defines_is_in_the_catalogue() -> None:
    known = {re.sub(r"_total$", "", one.name) for one in catalogue()}
    missing = [
        f"{relative(path)}: {name}"
        for path in python_files(*{*MODULES, "cli", "service", "engine_service", "transport"})
        if path.suffix == ".py" and "prometheus_client" in path.read_text(encoding="utf-8")
        for name in defined_in(tree(path))
        if name not in known
    ]
    assert missing == []


def defined_in(module: ast.Module) -> Iterator[str]:
    """The names that calls of prometheus_client's classes are given."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            is_metric = node.func.id in {"Counter", "Gauge", "Histogram", "Summary"}
            if is_metric and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_names_say_their_kind_and_unit() -> None:
    for one in catalogue():
        assert one.name.startswith("openbell_"), one
        assert one.name.endswith("_total") == (one.kind == "counter"), one
        assert one.kind != "histogram" or one.name.endswith("_seconds"), one
        assert one.text, one


def test_every_series_is_made_of_a_metric_that_there_is() -> None:
    assert {series.sample for series in SERIES} - OTHERS <= EXPOSED
    assert set(SAMPLES) - OTHERS <= EXPOSED


def test_rules_and_dashboards_name_only_metrics_that_there_are() -> None:
    for path, text in made_files().items():
        if path.suffix in {".yml", ".json"}:
            named = set(DEFINED.findall(expressions(path, text)))
            assert named, path
            assert named <= EXPOSED, path


def expressions(path: Path, text: str) -> str:
    if path.suffix == ".yml":
        groups = YAML(typ="safe").load(text)["groups"]
        return "\n".join(rule["expr"] for group in groups for rule in group["rules"])
    panels = json.loads(text)["panels"]
    return "\n".join(each["expr"] for panel in panels for each in panel.get("targets", ()))


def test_every_series_is_on_one_dashboard_and_panels_do_not_overlap() -> None:
    titles: list[str] = []
    for path, text in made_files().items():
        if path.suffix != ".json":
            continue
        board = json.loads(text)
        titles += [panel["title"] for panel in board["panels"] if panel["type"] != "row"]
        places = [panel["gridPos"] for panel in board["panels"]]
        assert len({panel["id"] for panel in board["panels"]}) == len(places)
        for one, other in pairwise(places):
            beside = one["y"] == other["y"] and one["x"] + one["w"] <= other["x"]
            assert beside or one["y"] + one["h"] <= other["y"], path
    assert sorted(titles) == sorted(series.title for series in SERIES)


def test_prometheus_reads_every_process() -> None:
    text = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = YAML(typ="safe").load(text)
    assert {job["job_name"] for job in loaded["scrape_configs"]} == set(PROCESSES)
    assert loaded["rule_files"] == ["alerts.yml"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_a_runbook_that_names_it(alert: Any) -> None:
    text = (ROOT / alert.runbook).read_text(encoding="utf-8")
    assert f"`{alert.name}`" in text
    assert "## Look at" in text and "## Do" in text
    row = f"| `{alert.name}` | {alert.severity} | {alert.summary} | [{alert.page}]"
    assert row in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_every_runbook_is_some_alerts() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == {alert.page for alert in ALERTS}


@pytest.mark.parametrize(
    "path",
    [*sorted(RUNBOOKS.glob("*.md")), ROOT / "docs" / "observability.md"],
    ids=lambda path: path.stem,
)
def test_every_command_that_a_runbook_names_exists(path: Path) -> None:
    for found in SAID.findall(path.read_text(encoding="utf-8")):
        check_command((found[0] or found[1]).split())


@cache
def whole_command() -> Any:
    return typer.main.get_command(app)


def check_command(words: list[str]) -> None:
    """Walk down the commands by the words, and look for each option at the one they lead to."""
    command = whole_command()
    path = ["openbell"]
    rest = [word.strip("[];,.") for word in words]
    while rest and hasattr(command, "commands"):
        name = rest.pop(0)
        assert name in command.commands, f"{' '.join(path)} has no command {name}"
        command = command.commands[name]
        path.append(name)
    assert not hasattr(command, "commands"), f"{' '.join(path)} wants a command"
    options = {text for each in command.params for text in (*each.opts, *each.secondary_opts)}
    if command.context_settings.get("ignore_unknown_options"):
        return
    for word in rest:
        assert not word.startswith("-") or word in options, f"{' '.join(path)} has no {word}"
