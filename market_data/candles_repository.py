"""Trades and candles in Postgres. A batch is one transaction, together with the cursor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import asyncpg

from domain.events import InstrumentCreated
from domain.instruments import Steps
from domain.intervals import Interval, next_open_ns, open_ns
from domain.venue_events import InstrumentUpdated
from market_data.candles import Candle
from market_data.errors import CursorMoved
from market_data.rolling import WINDOW_S, since_ns
from service.queries import load_queries
from transport.event_follower import HeardEpoch

_SQL: Final = load_queries(Path(__file__).parent / "sql" / "queries" / "candles.sql")
TRADE_COLUMNS: Final = (
    "event_seq",
    "instrument_id",
    "trade_id",
    "ts_ns",
    "price_ticks",
    "qty_lots",
    "aggressor_side",
)
_CANDLE_COLUMNS: Final = (
    "instrument_id",
    "interval",
    *Candle._fields[:-1],
    *Steps._fields,
)
_TS_NS: Final = TRADE_COLUMNS.index("ts_ns")

MonthlyTable = Literal["md_trade", "md_candle_1s"]
Units = tuple[int, int]
"""(quote_atoms_per_tick_lot, base_atoms_per_lot) of an instrument, now."""
_STEPS: Final = len(Steps._fields)
StoredTrade = tuple[int, int, int, int, int, int, int]
"""An event sequence, and the fields of ``TradeRow``."""
CandleKey = tuple[int, Interval, int]
"""Instrument id, interval, open time in ns."""


@dataclass(frozen=True)
class WrittenBatch:
    """What a batch of events adds: instruments created or updated, in order; trades; candles that
    were not there before it; and those that were, as they are now.
    """

    listed: Sequence[InstrumentCreated | InstrumentUpdated]
    trades: Sequence[StoredTrade]
    begun: Mapping[CandleKey, Candle]
    continued: Mapping[CandleKey, Candle]


@dataclass(frozen=True)
class Stored:
    """What the database holds at ``cursor``: enough to go on from there."""

    cursor: int
    units: dict[int, Units]
    open_candles: dict[int, dict[Interval, Candle]]
    seconds: list[tuple[int, Candle]]
    """(instrument id, one-second candle) of the last 24 hours and the last one before, in order."""


class CandlesRepository:
    """The aggregate of one shard's trades and candles. ``heard``: the epoch of what is stored."""

    def __init__(self, pool: asyncpg.Pool, heard: HeardEpoch | None = None) -> None:
        self._pool = pool
        self._heard = heard or HeardEpoch(1)
        self._months: set[int] = set()

    async def load(self, now_ns: int) -> Stored:
        """Return what is stored, as of one moment."""
        names = [interval.value for interval in Interval]
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            stored = await connection.fetchrow(_SQL["cursor"])
            assert stored is not None, "the migration made the cursor's row"
            instruments = await connection.fetch(_SQL["instruments"])
            newest = await connection.fetch(_SQL["newest_candles"], names)
            begins_ns = since_ns(now_ns, WINDOW_S)
            seconds = await connection.fetch(_SQL["last_seconds_before"], begins_ns)
            seconds += await connection.fetch(_SQL["seconds_since"], begins_ns)
        self._heard.raise_to(stored["epoch"])
        open_candles: dict[int, dict[Interval, Candle]] = {}
        for row in newest:
            candles = open_candles.setdefault(row["instrument_id"], {})
            candles[Interval(row["interval"])] = _candle(tuple(row)[2:])
        return Stored(
            cursor=stored["last_seq"],
            units={row[0]: (row[1], row[2]) for row in instruments},
            open_candles=open_candles,
            seconds=[(row["instrument_id"], _candle(tuple(row)[1:])) for row in seconds],
        )

    async def write(self, cursor: int, to_seq: int, batch: WrittenBatch) -> None:
        """Store one batch and move the cursor from ``cursor`` to ``to_seq``, all or nothing.

        Raises:
            CursorMoved: the stored cursor is not ``cursor``, or of a later epoch.
        """
        await self._make_months({open_ns(Interval.MONTH1, trade[_TS_NS]) for trade in batch.trades})
        async with self._pool.acquire() as connection, connection.transaction():
            moved = (cursor, to_seq, self._heard.value)
            if await connection.execute(_SQL["move_cursor"], *moved) != "UPDATE 1":
                raise CursorMoved(
                    f"the cursor is not at {cursor}, or of a later epoch than {moved[-1]}: another "
                    "writer is at work"
                )
            for one in batch.listed:
                created = isinstance(one, InstrumentCreated)
                await connection.execute(
                    _SQL["insert_instrument" if created else "update_instrument"],
                    one.instrument_id,
                    one.symbol.decode("ascii"),
                    one.quote_atoms_per_tick_lot,
                    one.base_atoms_per_lot,
                )
            if batch.trades:
                await connection.copy_records_to_table(
                    "md_trade", records=batch.trades, columns=TRADE_COLUMNS
                )
            if batch.begun:
                await connection.copy_records_to_table(
                    "md_candle", records=_rows(batch.begun), columns=_CANDLE_COLUMNS
                )
            if batch.continued:
                columns = zip(*_rows(batch.continued), strict=True)
                await connection.execute(_SQL["replace_candles"], *map(list, columns))

    async def _make_months(self, begin_ns: set[int]) -> None:
        for begins_ns in begin_ns - self._months:
            ends_ns = next_open_ns(Interval.MONTH1, begins_ns)
            await self._pool.execute(_SQL["make_month"], begins_ns, ends_ns)
            self._months.add(begins_ns)

    async def drop_months(self, table: MonthlyTable, before_ns: int) -> list[str]:
        """Drop what lies in months that ended before a moment; return the names of their tables."""
        dropped = [row[0] for row in await self._pool.fetch(_SQL["drop_months"], table, before_ns)]
        self._months.clear()
        return dropped

    async def candles(
        self,
        instrument_id: int,
        interval: Interval,
        start_ns: int | None,
        end_ns: int,
        limit: int,
    ) -> list[Candle]:
        """Return candles oldest first: the first ``limit`` from ``start_ns``, or the last up to
        ``end_ns``.
        """
        if start_ns is None:
            rows = await self._pool.fetch(
                _SQL["candles_until"], instrument_id, interval.value, end_ns, limit
            )
        else:
            rows = await self._pool.fetch(
                _SQL["candles_from"], instrument_id, interval.value, start_ns, end_ns, limit
            )
        return [_candle(tuple(row)) for row in rows]

    async def differences(self, interval: Interval) -> list[tuple[int, int]]:
        """Return (instrument id, open time) where a stored candle is not what the stored trades
        make, or one of the two is missing; instruments whose units changed are left out.
        """
        is_month = interval is Interval.MONTH1
        length_ns = 0 if is_month else next_open_ns(interval, 0)
        opened_ns = 0 if is_month else open_ns(interval, 10**18)
        rows = await self._pool.fetch(
            _SQL["differences"],
            interval.value,
            length_ns,
            opened_ns % length_ns if length_ns else 0,
        )
        return [(row[0], row[1]) for row in rows]

    async def trades(
        self, instrument_id: int, before_trade_id: int, limit: int
    ) -> list[tuple[int, int, int, int, int]]:
        """Return (trade_id, ts_ns, price_ticks, qty_lots, aggressor_side), newest first."""
        rows = await self._pool.fetch(_SQL["trades_before"], instrument_id, before_trade_id, limit)
        return [tuple(row) for row in rows]


def _rows(candles: Mapping[CandleKey, Candle]) -> list[tuple[object, ...]]:
    return [(key[0], key[1].value, *candle[:-1], *candle.steps) for key, candle in candles.items()]


def _candle(values: tuple[int, ...]) -> Candle:
    """Return the candle in a row's columns; numeric columns arrive as whole decimals."""
    counts = [int(value) for value in values]
    return Candle._make((*counts[:-_STEPS], Steps(*counts[-_STEPS:])))
