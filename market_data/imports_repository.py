"""Candles of other venues' trades, apart from the exchange's own. A batch is one transaction,
together with the id of the last trade in it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

from domain.instruments import Steps
from domain.intervals import Interval
from market_data.candles import Candle
from market_data.errors import CursorMoved
from service.queries import load_queries

_SQL: Final = load_queries(Path(__file__).parent / "sql" / "queries" / "imports.sql")
_STEPS: Final = len(Steps._fields)


class ImportState(NamedTuple):
    """What was imported of one instrument. ``joined``: it continues the exchange's own candles into
    the past; else it is shown only while there are none.
    """

    source: str
    first_id: int
    last_id: int
    last_ts_ns: int
    trades: int
    joined: bool


class ImportedBatch(NamedTuple):
    """What a batch of foreign trades adds: candles as they are now, ids and time of its trades."""

    candles: Mapping[tuple[Interval, int], Candle]
    first_id: int
    last_id: int
    last_ts_ns: int
    trades: int


class ImportsRepository:
    """The aggregate of one instrument's imported candles and where their source was left."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def instrument(self, symbol: str) -> tuple[int, int, int] | None:
        """Return (instrument_id, quote_atoms_per_tick_lot, base_atoms_per_lot) of a symbol."""
        row = await self._pool.fetchrow(_SQL["instrument"], symbol)
        return tuple(row) if row else None

    async def state(self, instrument_id: int) -> ImportState | None:
        """Return what was imported so far."""
        row = await self._pool.fetchrow(_SQL["import"], instrument_id)
        return ImportState(*row) if row else None

    async def open_candles(self, instrument_id: int) -> dict[Interval, Candle]:
        """Return the newest candle of each interval: what the next trade may still change."""
        names = [interval.value for interval in Interval]
        rows = await self._pool.fetch(_SQL["newest_candles"], instrument_id, names)
        return {Interval(row[0]): _candle(tuple(row)[1:]) for row in rows}

    async def write(
        self,
        instrument_id: int,
        source: str,
        before: ImportState | None,
        batch: ImportedBatch,
        joined: bool,
    ) -> ImportState:
        """Store one batch, all or nothing; return what is imported then.

        Raises:
            CursorMoved: another import of this instrument is at work.
        """
        after = _after(source, before, batch, joined)
        async with self._pool.acquire() as connection, connection.transaction():
            if before is None:
                try:
                    await connection.execute(_SQL["begin_import"], instrument_id, *after)
                except asyncpg.UniqueViolationError as error:
                    raise CursorMoved("another import of this instrument began") from error
            else:
                moved = batch.last_id, batch.last_ts_ns, batch.trades
                done = await connection.execute(
                    _SQL["move_import"], instrument_id, before.last_id, *moved
                )
                if done != "UPDATE 1":
                    raise CursorMoved("another import of this instrument is at work")
            rows = [
                (instrument_id, interval.value, *candle[:-1], *candle.steps)
                for (interval, _), candle in batch.candles.items()
            ]
            await connection.execute(_SQL["write_candles"], *map(list, zip(*rows, strict=True)))
        return after

    async def join(self, instrument_id: int, joined: bool) -> None:
        """Say whether imported candles continue the exchange's own."""
        await self._pool.execute(_SQL["join_import"], instrument_id, joined)

    async def forget(self, instrument_id: int) -> None:
        """Delete everything that was imported of an instrument."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL["forget_import"], instrument_id)
            await connection.execute(_SQL["forget_candles"], instrument_id)

    async def before_own(
        self,
        instrument_id: int,
        interval: Interval,
        start_ns: int | None,
        end_ns: int,
        limit: int,
    ) -> list[Candle]:
        """Return imported candles that may be shown before the exchange's own: the first ``limit``
        from ``start_ns``, or the last up to ``end_ns``; oldest first.
        """
        row = await self._pool.fetchrow(_SQL["first_own"], instrument_id, interval.value)
        if row is None or limit == 0:
            return []
        joined, first_ns = row
        if first_ns is not None:
            if not joined:
                return []
            end_ns = min(end_ns, first_ns - 1)
        asked = (
            (_SQL["imported_until"], instrument_id, interval.value, end_ns, limit)
            if start_ns is None
            else (_SQL["imported_from"], instrument_id, interval.value, start_ns, end_ns, limit)
        )
        return [_candle(tuple(row)) for row in await self._pool.fetch(*asked)]


def _after(
    source: str, before: ImportState | None, batch: ImportedBatch, joined: bool
) -> ImportState:
    if before is None:
        last = batch.last_id, batch.last_ts_ns, batch.trades
        return ImportState(source, batch.first_id, *last, joined)
    return before._replace(
        last_id=batch.last_id, last_ts_ns=batch.last_ts_ns, trades=before.trades + batch.trades
    )


def _candle(values: tuple[int, ...]) -> Candle:
    counts = [int(value) for value in values]
    return Candle._make((*counts[:-_STEPS], Steps(*counts[-_STEPS:])))
