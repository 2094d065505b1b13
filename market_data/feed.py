"""Follows the engine's events into candles, tickers and Postgres, exactly once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import structlog
from asyncpg import InterfaceError, PostgresError
from prometheus_client import Counter, Gauge

from domain.events import EventKind, InstrumentCreated
from domain.intervals import Interval
from domain.venue_events import InstrumentUpdated
from market_data.candles import Candle, CandleBoard, TradeRow, seconds_of
from market_data.candles_repository import (
    CandleKey,
    CandlesRepository,
    StoredTrade,
    Units,
    WrittenBatch,
)
from market_data.errors import CursorMoved
from market_data.rolling import RollingWindow, Ticker
from schemas.codec import decode_event, event_fields
from schemas.errors import WireError
from schemas.layouts import EVENT_BYTES
from service.health import Readiness
from transport.errors import TransportError

BATCH_EVENTS_MAX: Final = 10_000
IDLE_CURSOR_EVENTS: Final = 10_000
"""Without a trade the cursor is only written after so many events: they hold nothing to store."""
RETRY_S: Final = 0.5

_TRADE: Final = int(EventKind.TRADE)
_LISTINGS: Final = frozenset({EventKind.INSTRUMENT_CREATED, EventKind.INSTRUMENT_UPDATED})
_trade_fields: Final = event_fields(
    EventKind.TRADE,
    "instrument_id", "trade_id", "ts_ns", "price_ticks", "qty_lots", "aggressor_side",
)  # fmt: skip
_TRADES: Final = Counter("openbell_market_data_trades", "Trades stored")
_CURSOR: Final = Gauge("openbell_market_data_cursor", "Last event sequence taken in")

EventChunks = AsyncIterator[tuple[int, bytes]]
Follow = Callable[[int], EventChunks]
"""From an event sequence on: (first sequence, n x 128 bytes), contiguous."""
Publish = Callable[[int, dict[tuple[Interval, int], Candle], Ticker | None], None]
"""Told after each stored batch: instrument id, changed candles, its ticker."""
Changed = dict[int, dict[tuple[Interval, int], Candle]]
"""By instrument id, then by interval and open time."""


class Feed:
    """One shard's trades in memory (open candles, rolling windows) and in the database."""

    def __init__(
        self,
        repository: CandlesRepository,
        follow: Follow,
        publish: Publish,
        readiness: Readiness,
    ) -> None:
        self._repository = repository
        self._follow = follow
        self._publish = publish
        self._readiness = readiness
        self._log = structlog.get_logger()
        self._forget()

    def _forget(self) -> None:
        self.cursor = 0
        self._stored_cursor = 0
        self._units: dict[int, Units] = {}
        self._boards: dict[int, CandleBoard] = {}
        self._windows: dict[int, RollingWindow] = {}

    def tickers(self, now_ns: int) -> dict[int, Ticker]:
        """Return the 24-hour ticker of every instrument that ever traded."""
        found = {id_: window.ticker(now_ns) for id_, window in self._windows.items()}
        return {id_: ticker for id_, ticker in found.items() if ticker is not None}

    async def run(self) -> None:
        """Follow for ever. Whatever fails, what is in memory is dropped and read again."""
        while True:
            try:
                await self.load()
                async for first_seq, data in self._follow(self.cursor + 1):
                    for at in range(0, len(data), BATCH_EVENTS_MAX * EVENT_BYTES):
                        batch = data[at : at + BATCH_EVENTS_MAX * EVENT_BYTES]
                        await self.take(first_seq + at // EVENT_BYTES, batch)
            except (PostgresError, InterfaceError, OSError, CursorMoved) as error:
                self._readiness.lost("postgres")
                self._log.warning("feed_interrupted", error=str(error), retry_s=RETRY_S)
            except (TransportError, WireError) as error:
                self._log.error("event_stream_broken", error=str(error), retry_s=RETRY_S)
            await asyncio.sleep(RETRY_S)

    async def load(self) -> None:
        """Go on from what the database holds."""
        self._forget()
        stored = await self._repository.load(time.time_ns())
        self.cursor = self._stored_cursor = stored.cursor
        self._units = dict(stored.units)
        for instrument_id in self._units:
            self._boards[instrument_id] = CandleBoard(stored.open_candles.get(instrument_id))
            self._windows[instrument_id] = RollingWindow()
        for instrument_id, second in stored.seconds:
            self._windows[instrument_id].add(second)
        self._readiness.have("postgres")

    async def take(self, first_seq: int, data: bytes) -> None:
        """Take in contiguous events (n x 128 bytes) and store what they change.

        Raises:
            CursorMoved: another writer is at work.
        """
        last_seq = first_seq + len(data) // EVENT_BYTES - 1
        listed: list[InstrumentCreated | InstrumentUpdated] = []
        trades: list[StoredTrade] = []
        waiting: dict[int, list[TradeRow]] = {}
        changed: Changed = {}
        stored = {id_: board.open_times() for id_, board in self._boards.items()}
        for index, kind in enumerate(data[::EVENT_BYTES]):
            at = index * EVENT_BYTES
            if kind == _TRADE:
                trade = _trade_fields(data, at)
                trades.append((first_seq + index, *trade))
                waiting.setdefault(trade[0], []).append(trade)
            elif kind in _LISTINGS:
                event = decode_event(data[at : at + EVENT_BYTES])
                assert isinstance(event, InstrumentCreated | InstrumentUpdated)
                # What was traded before is counted in the units of then.
                self._fold(event.instrument_id, waiting.pop(event.instrument_id, []), changed)
                self._list(event)
                listed.append(event)
        for instrument_id, of_one in waiting.items():
            self._fold(instrument_id, of_one, changed)
        idle = not trades and not listed
        if not idle or last_seq - self._stored_cursor >= IDLE_CURSOR_EVENTS:
            begun: dict[CandleKey, Candle] = {}
            continued: dict[CandleKey, Candle] = {}
            for id_, candles in changed.items():
                of_before = stored.get(id_, set())
                for key, candle in candles.items():
                    (continued if key in of_before else begun)[id_, *key] = candle
            batch = WrittenBatch(listed, trades, begun, continued)
            await self._repository.write(self._stored_cursor, last_seq, batch)
            self._stored_cursor = last_seq
            _TRADES.inc(len(trades))
        self.cursor = last_seq
        _CURSOR.set(last_seq)
        for instrument_id, candles in changed.items():
            ticker = self._windows[instrument_id].ticker(time.time_ns())
            self._publish(instrument_id, candles, ticker)

    def _list(self, event: InstrumentCreated | InstrumentUpdated) -> None:
        """Count in the units of an instrument from here on; a new one gets its candles."""
        self._units[event.instrument_id] = (
            event.quote_atoms_per_tick_lot,
            event.base_atoms_per_lot,
        )
        self._boards.setdefault(event.instrument_id, CandleBoard())
        self._windows.setdefault(event.instrument_id, RollingWindow())

    def _fold(self, instrument_id: int, trades: list[TradeRow], changed: Changed) -> None:
        """Count an instrument's trades; note in ``changed`` what they made of its candles."""
        if not trades:
            return
        seconds = seconds_of(trades, *self._units[instrument_id])
        for second in seconds:
            self._windows[instrument_id].add(second)
        changed.setdefault(instrument_id, {}).update(self._boards[instrument_id].add(seconds))
