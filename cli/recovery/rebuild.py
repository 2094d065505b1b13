"""`openbell rebuild`: one of the two stores made again from the other, after a loss."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, Paths

app = typer.Typer(help="After a loss: rebuild one store from the other.", no_args_is_help=True)

DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]


@app.command()
def ledger(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Bring the database up to the journal: an empty one, or an older copy. Then audit it."""
    with said_plainly():
        raise typer.Exit(rebuild_ledger(Paths.of(data)))


@app.command()
def engine(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Found a new journal on the ledger, where the engine's own is lost; says what is not known."""
    from cli.recovery.rebuilt_engine import rebuild_engine
    from cli.running.stopped_exchange import database_of_stopped, engine_dir_of
    from cli.screen import console

    paths = Paths.of(data)
    with said_plainly(), database_of_stopped(paths) as database_url:
        done = rebuild_engine(database_url, engine_dir_of(paths))
        console.print(done.as_text(), markup=False, soft_wrap=True)


def rebuild_ledger(paths: Paths) -> int:
    """Rebuild the ledger of an exchange that does not run, and say what was done; 0 if it audits
    clean.

    Raises:
        AlreadyRunning, CannotRebuild, EngineServiceError: it cannot be done; the message says why.
    """
    from cli.auditing.audit import audit
    from cli.recovery.engine_files import opened_files
    from cli.recovery.rebuilt_ledger import audit_config, rebuild
    from cli.running.migrations import migrate
    from cli.running.stopped_exchange import database_of_stopped, engine_dir_of
    from cli.screen import console

    engine_dir = engine_dir_of(paths)
    with opened_files(engine_dir) as files:
        segment_bytes = files.segments.segment_bytes
    with database_of_stopped(paths) as url, console.status("settling") as status:
        migrate(url)
        done = rebuild(url, engine_dir, lambda seq: status.update(f"settled event {seq:,}"))
        status.update("auditing")
        report = asyncio.run(audit(audit_config(url, engine_dir, segment_bytes)))
    console.print(done.as_text(), markup=False, soft_wrap=True)
    console.print(report.as_text(), markup=False, soft_wrap=True)
    return 0 if report.ok else 1
