"""What every benchmark hands over and how it is shown: one object for programs, a table for people,
the same table as Markdown for the documentation.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

_NS_EACH: Final = {
    "mops": lambda value: 1e3 / value,
    "mcps": lambda value: 1e3 / value,
    "mps": lambda value: 1e3 / value,
    "kps": lambda value: 1e6 / value,
    "per_s": lambda value: 1e9 / value,
    "ns": lambda value: value,
    "us": lambda value: value * 1e3,
    "ms": lambda value: value * 1e6,
    "s": lambda value: value * 1e9,
}
"""What in yardsticks, of a figure whose name ends so."""
_UNITS: Final = {
    "mops": "M operations/s",
    "mcps": "M commands/s",
    "mps": "M commands/s",
    "kps": "k commands/s",
    "per_s": "a second",
    "ns": "ns",
    "us": "µs",
    "ms": "ms",
    "s": "s",
    "bytes": "bytes",
}


class NoFigure(Exception):
    """There is nothing to show; the message says why."""


class WrongResult(NoFigure):
    """What was measured did not do the work: its rate says nothing and is not shown."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The outcome of a benchmark.

    Each figure is compared with the yardstick that ``against`` names, or else with
    ``yardstick``.
    """

    figures: dict[str, float]
    yardsticks: dict[str, float]
    twin: str
    yardstick: str
    against: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What a reader must know of how it was measured."""
    details: frozenset[str] = frozenset()
    """Figures that only programs get to see: the others sum them up."""


def unit_of(name: str) -> str:
    """Return the unit that ends a figure's name; "" if none does."""
    words = re.split(r"[._]", name)
    if "bytes" in words:  # bytes_per_order
        return "bytes"
    if words[-2:] == ["per", "s"]:  # trades_per_s
        return "per_s"
    return words[-1] if words[-1] in _UNITS else ""


def ratio(measured: Measured, name: str) -> tuple[float, str] | None:
    """Return how many times its yardstick one operation of a figure takes, and which that is; None
    where the two cannot be compared.
    """
    yardstick = measured.against.get(name, measured.yardstick)
    value, by = measured.figures[name], measured.yardsticks[yardstick]
    unit = unit_of(name)
    if unit == "bytes" == unit_of(yardstick):
        return value / by, yardstick
    if not value or not {unit, unit_of(yardstick)} <= _NS_EACH.keys():
        return None
    return _NS_EACH[unit](value) / _NS_EACH[unit_of(yardstick)](by), yardstick


def as_json(measured: Measured, context: Mapping[str, object]) -> str:
    """Return the one object that programs read."""
    ratios = {name: found for name in measured.figures if (found := ratio(measured, name))}
    found_in = dict(context) | {
        "twin": measured.twin,
        "ratios": {name: {"of": of, "ratio": times} for name, (times, of) in ratios.items()},
        "notes": list(measured.notes),
    }
    return json.dumps(
        {"figures": measured.figures, "yardsticks": measured.yardsticks, "context": found_in}
    )


def headline(measured: Measured, context: Mapping[str, object]) -> str:
    """Return the line that says what ran where."""
    versions = context["versions"]
    assert isinstance(versions, Mapping)
    ran_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"commit {context['commit']}, {context['cpu']} x {context['cores']}, "
        f"twin: {measured.twin}; {ran_with}; load {context['load_1min']}"
    )


def rows_of(measured: Measured) -> list[tuple[str, str, str, str]]:
    """Return (figure, value, unit, ratio) of each figure for people, as text."""
    rows = []
    for name, value in measured.figures.items():
        if name in measured.details:
            continue
        found = ratio(measured, name)
        times = f"{found[0]:.3g} × {found[1]}" if found else ""
        rows.append((name, shown(value), _UNITS.get(unit_of(name), ""), times))
    return rows


def shown(value: float) -> str:
    """Return a figure to three or four digits."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def as_markdown(measured: Measured, context: Mapping[str, object]) -> str:
    """Return the table as the documentation holds it."""
    lines = [headline(measured, context), ""]
    lines += ["| figure | value | unit | in yardsticks |", "|---|--:|---|---|"]
    lines += [f"| `{name}` | {' | '.join(rest)} |" for name, *rest in rows_of(measured)]
    sticks = (f"`{name}` {shown(value)}" for name, value in measured.yardsticks.items())
    lines += ["", f"Yardsticks: {', '.join(sticks)}.", *measured.notes]
    return "\n".join(lines)


def put_into(page: Path, name: str, table: str) -> None:
    """Replace a benchmark's table in a page of the documentation: what is between its two marks.

    Raises:
        NoFigure: the page has no place for it.
    """
    begin, end = f"<!-- bench {name} -->\n", "<!-- end -->"
    before, mark, rest = page.read_text(encoding="utf-8").partition(begin)
    _, end_mark, after = rest.partition(end)
    if not mark or not end_mark:
        raise NoFigure(f"{page} has no line {begin.strip()!r} with {end!r} after it")
    page.write_text(f"{before}{begin}{table}\n{end}{after}", encoding="utf-8")


def print_table(name: str, measured: Measured, context: Mapping[str, object]) -> None:
    """Show everything to people."""
    table = Table(title=f"bench {name}", caption=headline(measured, context))
    table.add_column("figure", no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("in yardsticks")
    for row in rows_of(measured):
        table.add_row(*row)
    table.add_section()
    for yardstick, value in measured.yardsticks.items():
        table.add_row(f"[dim]{yardstick}[/]", shown(value), "", "[dim]yardstick[/]")
    console = Console(highlight=False)
    console.print(table)
    for note in measured.notes:
        console.print(note)
