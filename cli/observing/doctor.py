"""`openbell doctor`: a machine and an installation looked over, and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.observing import installation_checks as installation
from cli.observing import machine_checks as machine
from cli.observing.findings import Finding, exit_code
from cli.running.instance import DEFAULT_DATA_DIR, DEFAULT_GATEWAY_PORT, Paths

_MARKS: Final = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "bad": "[red]✗[/]"}


def doctor(
    data: Annotated[
        Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
    ] = DEFAULT_DATA_DIR,
    port: Annotated[int, typer.Option(help="The gateway's port.")] = DEFAULT_GATEWAY_PORT,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check this machine and the installation, and say what to do; exit code 1 if something must
    be done. Nothing is changed.
    """
    from rich.markup import escape

    from cli.screen import console

    found = []
    for finding in findings(Paths.of(data), port):
        found.append(finding)
        if as_json:
            continue
        console.print(
            f"{_MARKS[finding.verdict]} {finding.subject:<11}{escape(finding.says)}",
            soft_wrap=True,
        )
        if finding.do:
            console.print(f"  → {escape(finding.do)}", soft_wrap=True)
    if as_json:
        console.print_json(json.dumps([asdict(finding) for finding in found]))
    raise typer.Exit(exit_code(found))


def findings(paths: Paths, port: int) -> Iterator[Finding]:
    """Yield what is found, one check after the other."""
    facts = installation.running_facts_or_none(paths)
    yield machine.python()
    yield machine.compiler()
    yield installation.core()
    yield installation.web_page()
    yield machine.processor()
    yield machine.memory()
    yield machine.open_files()
    yield machine.receive_buffer()
    yield machine.clock()
    yield machine.port(port, facts.ports["gateway"] if facts else None)
    directory = installation.data_directory(paths)
    yield directory
    if directory.verdict == "bad":
        return
    yield machine.free_space(paths.data_dir)
    yield machine.disk_speed(paths.data_dir)
    yield installation.journal(paths.engine)
    url = os.environ.get("DATABASE_URL") or (facts.database_url if facts else None)
    yield installation.database(url)
    yield installation.processes(paths, facts)
