"""The database of an exchange that does not run, for commands that need it alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.running.embedded_postgres import EmbeddedPostgres, running
from cli.running.instance import AlreadyRunning, InstanceLock, Paths


@contextmanager
def database_of_stopped(paths: Paths) -> Iterator[str]:
    """Yield the URL of the database DATABASE_URL names, else of the data directory's own, which is
    created if it is not there and runs for the length of the block.

    Raises:
        AlreadyRunning: the exchange runs.
        PostgresError: the server cannot be started.
    """
    paths.prepare()
    try:
        with InstanceLock(paths.lock):
            if url := os.environ.get("DATABASE_URL"):
                yield url
                return
            cluster = EmbeddedPostgres(paths.postgres)
            with running(cluster):
                cluster.ensure_database()
                yield cluster.url()
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error} Close it first: openbell down") from None


def engine_dir_of(paths: Paths) -> Path:
    """Return where the engine's files are: where the environment says, as in a container."""
    named = os.environ.get("OPENBELL_ENGINE_DATA_DIR")
    return Path(named) if named else paths.engine
