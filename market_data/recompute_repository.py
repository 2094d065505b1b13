"""Trades and candles made again beside those that are stored, compared, and put in their place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from market_data.errors import CursorMoved
from service.queries import load_queries

_SQL: Final = load_queries(Path(__file__).parent / "sql" / "queries" / "recompute.sql")
_SEARCH_PATH: Final = {"search_path": "md_recomputed"}


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs of one interval of candles, or of the trades (``kind`` "trade")."""

    kind: str
    missing: int
    """Rows that were made again and are not stored."""
    extra: int
    """Rows that are stored and were not made again."""
    other: int
    """Rows that are stored otherwise."""


class RecomputeRepository:
    """The stored and the recomputed, over one connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def stored_cursor(self) -> int:
        """Return the last event that what is stored was made of."""
        return int(await self._connection.fetchval(_SQL["stored_cursor"]))

    async def counts(self) -> tuple[int, int]:
        """Return how many trades and candles were made again."""
        ((trades, candles),) = await self._connection.fetch(_SQL["counts"])
        return trades, candles

    async def differences(self) -> list[Difference]:
        """Return what differs; nothing: both are equal, row by row."""
        return [Difference(*row) for row in await self._connection.fetch(_SQL["differences"])]

    async def replace(self, cursor: int) -> None:
        """Put what was made again in the place of what is stored, all or nothing.

        Raises:
            CursorMoved: what is stored is not of event ``cursor`` any more.
        """
        connection = self._connection
        async with connection.transaction():
            stored = await connection.fetchval(_SQL["lock_cursor"])
            if stored != cursor:
                raise CursorMoved(f"the cursor is at {stored}, not at {cursor}")
            for begins_ns, ends_ns in await connection.fetch(_SQL["months"]):
                await connection.execute(_SQL["make_month"], begins_ns, ends_ns)
            await connection.execute(_SQL["replace"])


@asynccontextmanager
async def beside_the_stored(
    database_url: str,
) -> AsyncIterator[tuple[RecomputeRepository, asyncpg.Pool]]:
    """Yield what compares, and a pool whose tables are empty ones for the length of the block."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_SQL["prepare"])
        pool = asyncpg.create_pool(
            database_url, min_size=1, max_size=2, server_settings=_SEARCH_PATH
        )
        async with pool as opened:
            yield RecomputeRepository(connection), opened
    finally:
        await connection.execute(_SQL["drop"])
        await connection.close()
