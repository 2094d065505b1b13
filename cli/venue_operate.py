"""How a `venue` command runs: against the exchange of a data directory, with a plain answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.instance import InstanceError, Paths

if TYPE_CHECKING:
    from cli.venue_control import VenueControl

DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]
Work = Callable[["VenueControl"], Awaitable[None]]


def operate(data: Path, work: Work) -> None:
    """Run ``work`` on the exchange of ``data``; a refusal is one line on stderr and exit code 1."""
    from cli.one_shots import use_running_exchange
    from cli.venue_control import venue_control
    from service.errors import ServiceError

    async def run() -> None:
        async with venue_control() as control:
            await work(control)

    try:
        use_running_exchange(Paths.of(data))
        asyncio.run(run())
    except (InstanceError, ServiceError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
