"""What ends a command with one line on stderr instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def said_plainly() -> Iterator[None]:
    """Turn a refusal of ours into one line on stderr and exit code 1, without a traceback."""
    from chaos.errors import ChaosError
    from cli.running.embedded_postgres import PostgresError
    from cli.running.instance import InstanceError
    from cli.running.migrations import MigrationError
    from engine_service.errors import EngineServiceError
    from replay.errors import ReplayError
    from replicated_log.errors import LogError
    from service.errors import ServiceError

    refusals = (
        *(InstanceError, PostgresError, MigrationError),
        *(ReplayError, ServiceError, LogError, ChaosError),
    )
    try:
        yield
    except (*refusals, EngineServiceError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
