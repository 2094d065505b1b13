"""One picture of a running exchange, for the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cli.running.instance import Facts
from cli.screen import uptime
from service.observing.history import Firing, History
from service.observing.samples import Key
from service.observing.series import BY_NAME, Unit

BOOKS_MAX: Final = 12
_RATES: Final = (
    "orders_per_second",
    "requests_per_second",
    "messages_per_second",
    "engine_commands_per_second",
    "bot_requests_per_second",
    "retransmissions_per_second",
    "gaps_per_second",
)
_TIMES: Final = (
    "order_seconds",
    "order_stage_seconds",
    "engine_stage_seconds",
    "engine_flush_seconds",
    "engine_command_seconds",
    "push_seconds",
    "settlement_lag_seconds",
)
_LEVELS: Final = (
    "gateway_events_behind",
    "settled_events_behind",
    "market_data_events_behind",
    "audit_differences",
    "snapshots_waiting_commands",
    "credits",
    "commands_in_flight",
    "engine_sessions",
    "sockets",
    "journal_bytes",
    "disk_free_bytes",
)
assert {*_RATES, *_TIMES, *_LEVELS} <= BY_NAME.keys()
Values = Mapping[Key, float]


def frame(
    facts: Facts, history: History, tickers: Iterable[Mapping[str, Any]], processes: bool = True
) -> RenderableType:
    """Return the picture of the last look. ``tickers``: books to show the best prices of."""
    ticks = history.ticks()
    values: Values = ticks[-1].values if ticks else {}
    parts: list[RenderableType] = [_head(facts), _alerts(history.firing())]
    if processes:
        parts.append(_processes(facts, values))
    side_by_side = Table.grid(padding=(0, 3))
    for _ in range(3):
        side_by_side.add_column()
    side_by_side.add_row(
        _lines("rates", _RATES, values), _lines("times", _TIMES, values), _levels(values)
    )
    parts.append(side_by_side)
    books = _books(tickers)
    return Group(*parts, books) if books.row_count else Group(*parts)


def _head(facts: Facts) -> Text:
    running, now = uptime(facts.started_at_s), time.strftime("%H:%M:%S")
    told = (f"Openbell {facts.state}", facts.gateway_url, f"core {facts.core}", running, now)
    return Text(" · ".join(told))


def _alerts(firing: list[Firing]) -> Text:
    if not firing:
        return Text("no alerts", style="green")
    told = Text()
    for one in firing:
        style = "bold red" if one.alert.severity == "page" else "yellow"
        where = " ".join(filter(None, (one.key.process, one.key.label)))
        told.append(f"{one.alert.name} ({where}): {one.alert.summary}. ", style)
        told.append(f"{one.alert.runbook}\n")
    return told


def _processes(facts: Facts, values: Values) -> Table:
    table = _table("process", "pid", "up", "restarts", "uptime", "memory", "cpu")
    for name, process in facts.processes.items():
        up = values.get(Key("up", name, ""))
        told = "–" if up is None else "[green]yes[/]" if up else "[bold red]no[/]"
        table.add_row(
            name,
            str(process.pid or "–"),
            told,
            str(process.restarts),
            uptime(process.started_at_s) if process.pid else "–",
            _shown(values.get(Key("resident_bytes", name, "")), "bytes"),
            _shown(values.get(Key("cpu_ratio", name, "")), "ratio"),
        )
    return table


def _lines(title: str, names: Iterable[str], values: Values) -> Table:
    table = _table(title, "")
    for name in names:
        series = BY_NAME[name]
        keys = sorted(key for key in values if key.series == name)
        several = len({key.process for key in keys}) > 1
        for key in keys:
            words = (name.removesuffix("_per_second"), key.process if several else "", key.label)
            told = escape(" ".join(filter(None, words)))
            table.add_row(told, _shown(values[key], series.unit))
    return table


def _levels(values: Values) -> Table:
    return _lines("levels and lags", _LEVELS, values)


def _books(tickers: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("book", "bid", "ask", "last", "24 h volume", "24 h trades")
    rows = sorted(tickers, key=lambda one: -int(one["trades"]))[:BOOKS_MAX]
    for one in rows:
        cells = (one["bid"], one["ask"], one["last"], one["volume"], f"{one['trades']:,}")
        told = ("–" if cell is None else str(cell) for cell in cells)
        table.add_row(escape(one["symbol"]), *told)
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table


def _shown(value: float | None, unit: Unit) -> str:
    return "–" if value is None else _IN_WORDS[unit](value)


def _seconds(value: float) -> str:
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"


def _bytes(value: float) -> str:
    return f"{value / 1024**3:.1f} GiB" if value >= 1024**3 else f"{value / 1024**2:.0f} MiB"


_IN_WORDS: Final[Mapping[Unit, Callable[[float], str]]] = {
    "per_second": lambda value: f"{value:,.1f}/s",
    "seconds": _seconds,
    "count": lambda value: f"{value:,.0f}",
    "bytes": _bytes,
    "ratio": lambda value: f"{value * 100:.0f} %",
}
