"""The stored trades of an instrument, oldest first, from any id and between any two moments."""

from pathlib import Path
from typing import Final

import asyncpg

from service.queries import load_queries

_SQL: Final = load_queries(Path(__file__).parent / "sql" / "queries" / "history.sql")
_INT64_MAX: Final = 2**63 - 1

HistoricTrade = tuple[int, int, int, int, int]
"""trade_id, ts_ns, price_ticks, qty_lots, aggressor_side."""


class HistoryRepository:
    """Reads what the feed has stored; writes nothing."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def trades(
        self,
        instrument_id: int,
        from_trade_id: int,
        start_ns: int | None,
        end_ns: int | None,
        limit: int,
    ) -> list[HistoricTrade]:
        """Return the first ``limit`` trades from an id on, of those from ``start_ns`` up to
        ``end_ns``, both included.
        """
        first, last = from_trade_id, _INT64_MAX
        if start_ns is not None:
            first = max(first, await self._first_from(instrument_id, start_ns))
        if end_ns is not None and end_ns < _INT64_MAX:
            last = await self._first_from(instrument_id, end_ns + 1)
        rows = await self._pool.fetch(_SQL["trades_from"], instrument_id, first, last, limit)
        return [tuple(row) for row in rows]

    async def _first_from(self, instrument_id: int, ts_ns: int) -> int:
        found: int = await self._pool.fetchval(_SQL["first_trade_from"], instrument_id, ts_ns)
        return found
