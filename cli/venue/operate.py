"""How a `venue` command runs: against the exchange of a data directory, with a plain answer."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.running.instance import InstanceError, Paths

if TYPE_CHECKING:
    from cli.venue.control import VenueControl


@dataclass(frozen=True, slots=True)
class Signature:
    """In whose name acts are written down, and why they say they do it."""

    by: str
    why: str = ""


DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]
Work = Callable[["VenueControl"], Awaitable[None]]


_SIGNED: ContextVar[Signature | None] = ContextVar("signed", default=None)


def sign(by: str, why: str) -> None:
    """Have what follows written down in this name, "" for the user of this machine."""
    _SIGNED.set(Signature(by or getpass.getuser(), why))


def operate(data: Path, work: Work, by: str = "") -> None:
    """Run ``work`` on the exchange of ``data``, in the name of ``by`` if it is said; a refusal is
    one line on stderr and exit code 1.
    """
    from cli.one_shots import use_running_exchange
    from cli.venue.control import venue_control
    from service.errors import ServiceError

    signature = _SIGNED.get() or Signature(getpass.getuser())
    if by:
        signature = replace(signature, by=by)

    async def run() -> None:
        async with venue_control(signature) as control:
            await work(control)

    try:
        use_running_exchange(Paths.of(data))
        asyncio.run(run())
    except (InstanceError, ServiceError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
