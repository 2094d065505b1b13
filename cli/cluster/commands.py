"""`openbell cluster`: an exchange whose engine has replicas, on this machine."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_GATEWAY_PORT, Paths

DEFAULT_DATA_DIR = Path(".openbell-cluster")
DataDir = Annotated[Path, typer.Option("--data", help="The data directory.")]

app = typer.Typer(
    help="Several engines over a replicated log, on this machine.", no_args_is_help=True
)


@app.command()
def up(
    nodes: Annotated[int, typer.Option(min=2, max=7, help="Engines; one of them leads.")] = 3,
    port: Annotated[int, typer.Option(help="The gateway's port.")] = DEFAULT_GATEWAY_PORT,
    data: DataDir = DEFAULT_DATA_DIR,
    detach: Annotated[bool, typer.Option("--detach", help="Return once it serves.")] = False,
    bots: Annotated[bool, typer.Option(help="Run the demo's bots.")] = True,
    workers: Annotated[
        int, typer.Option(min=1, max=16, help="Gateway processes that share the port.")
    ] = 1,
) -> None:
    """Open an exchange with several engines and three servers of their log, behind one address."""
    from cli.running import up as up_command
    from cli.running.exchange import Options

    database_url = os.environ.get("DATABASE_URL")
    paths = Paths.of(data)
    options = Options(paths, port, bots, database_url, workers=workers, replicas=nodes)
    if not detach:
        raise typer.Exit(up_command.up(options))
    arguments = ["cluster", "up", "--nodes", str(nodes), "--port", str(port)]
    arguments += ["--data", str(options.paths.data_dir), "--workers", str(workers)]
    arguments += ["--bots" if bots else "--no-bots"]
    raise typer.Exit(up_command.up_detached(options, arguments))


@app.command()
def down(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Close it; everything is kept."""
    from cli.running import up as up_command

    raise typer.Exit(up_command.down(Paths.of(data)))


@app.command()
def status(
    data: DataDir = DEFAULT_DATA_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show which engine leads, and how far each has come; exit code 0 when all follow one."""
    from cli.cluster.replicas import Replicas, ask_all
    from cli.cluster.tables import show_replicas
    from cli.running.status import running_facts

    with said_plainly():
        paths = Paths.of(data)
        running_facts(paths)
        states = asyncio.run(ask_all(Replicas.load_or_create(paths.data_dir / "engines")))
    if as_json:
        rows = [
            {"replica": place.number} | (asdict(state) if state else {"leads": None})
            for place, state in states.items()
        ]
        typer.echo(json.dumps(rows, indent=2))
    else:
        show_replicas(states)
    epochs = {state.epoch if state else None for state in states.values()}
    leaders = [state for state in states.values() if state and state.leads]
    raise typer.Exit(0 if len(leaders) == 1 and len(epochs) == 1 else 1)
