"""Trades and candles in Postgres. A batch is one transaction, together with the cursor."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

import asyncpg

from domain.events import InstrumentCreated, Trade
from domain.instruments import Steps
from domain.intervals import Interval
from domain.units import NS_PER_S
from domain.venue_events import InstrumentUpdated
from market_data.candles import Candle
from market_data.errors import CursorMoved
from market_data.rolling import WINDOW_S
from service.queries import load_queries

_SQL: Final = load_queries(Path(__file__).parent / "sql" / "queries" / "candles.sql")
_TRADE_COLUMNS: Final = (
    "instrument_id",
    "trade_id",
    "event_seq",
    "ts_ns",
    "price_ticks",
    "qty_lots",
    "aggressor_side",
)

Units = tuple[int, int]
"""(quote_atoms_per_tick_lot, base_atoms_per_lot) of an instrument, now."""
_STEPS: Final = len(Steps._fields)
CandleKey = tuple[int, Interval, int]
"""Instrument id, interval, open time in ns."""


@dataclass(frozen=True)
class Stored:
    """What the database holds at ``cursor``: enough to go on from there."""

    cursor: int
    units: dict[int, Units]
    open_candles: dict[int, dict[Interval, Candle]]
    seconds: list[tuple[int, Candle]]
    """(instrument id, one-second candle) of the last 24 hours, in order."""


class CandlesRepository:
    """The aggregate of one shard's trades and candles."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def load(self, now_ns: int) -> Stored:
        """Return what is stored, as of one moment."""
        names = [interval.value for interval in Interval]
        since_ns = now_ns - WINDOW_S * NS_PER_S
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            cursor = await connection.fetchval(_SQL["cursor"])
            instruments = await connection.fetch(_SQL["instruments"])
            newest = await connection.fetch(_SQL["newest_candles"], names)
            seconds = await connection.fetch(_SQL["seconds_since"], since_ns)
        open_candles: dict[int, dict[Interval, Candle]] = {}
        for row in newest:
            candles = open_candles.setdefault(row["instrument_id"], {})
            candles[Interval(row["interval"])] = _candle(tuple(row)[2:])
        return Stored(
            cursor=cursor,
            units={row[0]: (row[1], row[2]) for row in instruments},
            open_candles=open_candles,
            seconds=[(row["instrument_id"], _candle(tuple(row)[1:])) for row in seconds],
        )

    async def write(
        self,
        cursor: int,
        to_seq: int,
        listed: Iterable[InstrumentCreated | InstrumentUpdated],
        trades: Iterable[tuple[int, Trade]],
        candles: Mapping[CandleKey, Candle],
    ) -> None:
        """Store one batch and move the cursor from ``cursor`` to ``to_seq``, all or nothing.

        ``listed``: instruments created or updated, in order. ``trades``: (event sequence, trade).
        ``candles`` replace those of the same key.

        Raises:
            CursorMoved: the stored cursor is not ``cursor``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.execute(_SQL["move_cursor"], cursor, to_seq) != "UPDATE 1":
                raise CursorMoved(f"the cursor is not at {cursor}: another writer is at work")
            for one in listed:
                created = isinstance(one, InstrumentCreated)
                await connection.execute(
                    _SQL["insert_instrument" if created else "update_instrument"],
                    one.instrument_id,
                    one.symbol.decode("ascii"),
                    one.quote_atoms_per_tick_lot,
                    one.base_atoms_per_lot,
                )
            await connection.copy_records_to_table(
                "md_trade",
                records=[
                    (
                        t.instrument_id,
                        t.trade_id,
                        seq,
                        t.ts_ns,
                        t.price_ticks,
                        t.qty_lots,
                        t.aggressor_side,
                    )
                    for seq, t in trades
                ],
                columns=_TRADE_COLUMNS,
            )
            if candles:
                rows = [
                    (key[0], key[1].value, *astuple(candle)[:-1], *candle.steps)
                    for key, candle in candles.items()
                ]
                columns = [list(column) for column in zip(*rows, strict=True)]
                await connection.execute(_SQL["write_candles"], *columns)

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

    async def trades(
        self, instrument_id: int, before_trade_id: int, limit: int
    ) -> list[tuple[int, int, int, int, int]]:
        """Return (trade_id, ts_ns, price_ticks, qty_lots, aggressor_side), newest first."""
        rows = await self._pool.fetch(_SQL["trades_before"], instrument_id, before_trade_id, limit)
        return [tuple(row) for row in rows]


def _candle(values: tuple[int, ...]) -> Candle:
    """Return the candle in a row's columns; numeric columns arrive as whole decimals."""
    counts = [int(value) for value in values]
    return Candle(*counts[:-_STEPS], steps=Steps(*counts[-_STEPS:]))
