"""`openbell candles`: what market data stores, made again from the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, Paths

app = typer.Typer(help="Candles and trades, checked and made again.", no_args_is_help=True)


@app.callback()
def candles() -> None:
    """Candles and trades, checked and made again."""


@app.command()
def recompute(
    data: Annotated[
        Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
    ] = DEFAULT_DATA_DIR,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put what was made in the place of what differs.")
    ] = False,
) -> None:
    """Make all trades and candles again from the journal of an exchange that does not run, and say
    where what is stored differs; exit code 0 when both are equal, or were made so.
    """
    from cli.market.recomputed_candles import recompute as make
    from cli.running.migrations import migrate
    from cli.running.stopped_exchange import database_of_stopped, engine_dir_of
    from cli.screen import console

    paths = Paths.of(data)
    with said_plainly(), database_of_stopped(paths) as url, console.status("counting") as status:
        migrate(url)
        done = make(
            url, engine_dir_of(paths), replace, lambda seq: status.update(f"counted event {seq:,}")
        )
    console.print(done.as_text(), markup=False, soft_wrap=True)
    raise typer.Exit(0 if done.replaced or not done.differences else 1)
