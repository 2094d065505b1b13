"""Connections, named queries from ``sql/queries``, and what a ledger needs of its server."""

from pathlib import Path
from typing import Final, TypeAlias

import asyncpg

from accounts.errors import UnsafeDatabase
from service.queries import load_queries as named_queries

POOL_CONNECTIONS_MAX: Final = 8
COMMAND_TIMEOUT_S: Final = 30
CONNECT_TIMEOUT_S: Final = 10
_MUST_BE_ON: Final = ("fsync", "full_page_writes", "synchronous_commit")
_ON: Final = frozenset({"on", "remote_apply"})

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
DATABASE_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that the server ended between two calls
    OSError,
    TimeoutError,
)
"""What a call to the database may raise while the server is away or refuses."""


def load_queries(name: str) -> dict[str, str]:
    """Return the statements of ``sql/queries/<name>.sql`` by their ``-- name --`` headers."""
    return named_queries(Path(__file__).parent / "sql" / "queries" / f"{name}.sql")


async def open_pool(database_url: str) -> Pool:
    """Return a pool of connections; it opens them when they are needed."""
    return await asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=POOL_CONNECTIONS_MAX,
        command_timeout=COMMAND_TIMEOUT_S,
        timeout=CONNECT_TIMEOUT_S,
    )


async def check_durability(connection: Connection) -> None:
    """Return if a commit survives a power failure on this server.

    Raises:
        UnsafeDatabase: a setting is off; the message names it.
    """
    off = [
        name
        for name in _MUST_BE_ON
        if await connection.fetchval("SELECT current_setting($1)", name) not in _ON
    ]
    if off:
        raise UnsafeDatabase(
            f"PostgreSQL runs with {', '.join(off)} off: money needs them on "
            "(tests set OPENBELL_ACCOUNTS_UNSAFE_DATABASE=true)"
        )
