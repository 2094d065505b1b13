"""Follows the engine's events into candles, tickers and Postgres, exactly once.

What events change is told at once; it is stored beside that, in batches as large as the database
lets them become. After a fault everything is read again from what is stored.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
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
from market_data.instrument_windows import InstrumentWindows, Tickers
from schemas.codec import decode_event, event_fields
from schemas.errors import WireError
from schemas.layouts import EVENT_BYTES
from service.health import Readiness
from transport.errors import TransportError

BATCH_EVENTS_MAX: Final = 10_000
IDLE_CURSOR_EVENTS: Final = 10_000
"""Without a trade the cursor is only written after so many events: they hold nothing to store."""
UNSTORED_EVENTS_MAX: Final = 100_000
"""Events taken in and not yet stored; past it nothing more is taken in until some are."""
READABLE_WAIT_S: Final = 1.0
"""Who reads waits so long for what was told already; history that lags is better than none."""
EXPIRE_EVERY_S: Final = 1.0
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
Publish = Callable[[int, dict[tuple[Interval, int], Candle], Tickers | None], None]
"""Told of what events and time change: instrument id, changed candles, its tickers."""
Changed = dict[int, dict[tuple[Interval, int], Candle]]
"""By instrument id, then by interval and open time."""


@dataclass
class _Unstored:
    """What was taken in since ``stored``, by instrument, the candles that the database held."""

    stored: dict[int, set[tuple[Interval, int]]]
    listed: list[InstrumentCreated | InstrumentUpdated] = field(default_factory=list)
    trades: list[StoredTrade] = field(default_factory=list)
    changed: Changed = field(default_factory=dict)

    def batch(self) -> WrittenBatch:
        """Return it as the repository takes it."""
        begun: dict[CandleKey, Candle] = {}
        continued: dict[CandleKey, Candle] = {}
        for id_, candles in self.changed.items():
            of_before = self.stored.get(id_, set())
            for key, candle in candles.items():
                (continued if key in of_before else begun)[id_, *key] = candle
        return WrittenBatch(self.listed, self.trades, begun, continued)


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
        self._grown = asyncio.Event()
        self._stored = asyncio.Event()
        self._moved = asyncio.Event()
        self._forget()

    def _forget(self) -> None:
        self.cursor = 0
        self.stored_cursor = 0
        self._told_cursor = 0
        self._units: dict[int, Units] = {}
        self._boards: dict[int, CandleBoard] = {}
        self._windows: dict[int, InstrumentWindows] = {}
        self._unstored = _Unstored({})

    def tickers(self, now_ns: int) -> dict[int, Tickers]:
        """Return the tickers of every instrument that ever traded."""
        found = {id_: windows.tickers(now_ns) for id_, windows in self._windows.items()}
        return {id_: tickers for id_, tickers in found.items() if tickers is not None}

    async def run(self) -> None:
        """Follow for ever. Whatever fails, what is in memory is dropped and read again."""
        while True:
            try:
                await self.load()
                await self._follow_and_store()
            except (PostgresError, InterfaceError, OSError, CursorMoved) as error:
                self._readiness.lost("postgres")
                self._log.warning("feed_interrupted", error=str(error), retry_s=RETRY_S)
            except (TransportError, WireError) as error:
                self._log.error("event_stream_broken", error=str(error), retry_s=RETRY_S)
            await asyncio.sleep(RETRY_S)

    async def run_expiry(self) -> None:
        """Tell, every second for ever, of tickers that something became too old for."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            now_ns = time.time_ns()
            for instrument_id, windows in self._windows.items():
                if windows.lose(now_ns):
                    self._publish(instrument_id, {}, windows.tickers(now_ns))

    async def load(self) -> None:
        """Go on from what the database holds."""
        self._forget()
        stored = await self._repository.load(time.time_ns())
        self.cursor = self.stored_cursor = stored.cursor
        self._units = dict(stored.units)
        for instrument_id in self._units:
            self._boards[instrument_id] = CandleBoard(stored.open_candles.get(instrument_id))
            self._windows[instrument_id] = InstrumentWindows()
        for instrument_id, second in stored.seconds:
            self._windows[instrument_id].add(second)
        self._unstored = _Unstored(self._open_times())
        self._stored.set()
        # Who asked while this was read was told of none.
        for instrument_id, tickers in self.tickers(time.time_ns()).items():
            self._publish(instrument_id, {}, tickers)
        self._readiness.have("postgres")

    async def take(self, first_seq: int, data: bytes) -> None:
        """Take in contiguous events (n x 128 bytes) and store what they change.

        Raises:
            CursorMoved: another writer is at work.
        """
        self._fold_events(first_seq, data)
        await self._store()

    async def stored(self, seq: int) -> None:
        """Return once event ``seq`` is stored, with everything before it."""
        while self.stored_cursor < seq:
            self._stored.clear()
            await self._stored.wait()

    async def readable(self, seq: int) -> None:
        """Return once event ``seq`` is taken in and whatever was told until then is stored, or, if
        that takes over ``READABLE_WAIT_S``, as it is.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(READABLE_WAIT_S):
                while self.cursor < seq:
                    self._moved.clear()
                    await self._moved.wait()
                await self.stored(self._told_cursor)

    async def _follow_and_store(self) -> None:
        """Return when the stream ends; raise what ends either of the two."""
        parts = [asyncio.create_task(part) for part in (self._take_all(), self._keep_storing())]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            outcomes = await asyncio.gather(*parts, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _take_all(self) -> None:
        async for first_seq, data in self._follow(self.cursor + 1):
            for at in range(0, len(data), BATCH_EVENTS_MAX * EVENT_BYTES):
                await self.stored(self.cursor - UNSTORED_EVENTS_MAX)
                batch = data[at : at + BATCH_EVENTS_MAX * EVENT_BYTES]
                self._fold_events(first_seq + at // EVENT_BYTES, batch)
                self._grown.set()
                await asyncio.sleep(0)

    async def _keep_storing(self) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            await self._store()

    async def _store(self) -> None:
        """Store what was taken in, unless there is nothing in it to store."""
        unstored, to_seq = self._unstored, self.cursor
        idle = not unstored.trades and not unstored.listed
        if idle and to_seq - self.stored_cursor < IDLE_CURSOR_EVENTS:
            return
        self._unstored = _Unstored(self._open_times())
        await self._repository.write(self.stored_cursor, to_seq, unstored.batch())
        self.stored_cursor = to_seq
        self._stored.set()
        _TRADES.inc(len(unstored.trades))

    def _fold_events(self, first_seq: int, data: bytes) -> None:
        """Count contiguous events and tell what they change."""
        unstored = self._unstored
        waiting: dict[int, list[TradeRow]] = {}
        changed: Changed = {}
        for index, kind in enumerate(data[::EVENT_BYTES]):
            at = index * EVENT_BYTES
            if kind == _TRADE:
                trade = _trade_fields(data, at)
                unstored.trades.append((first_seq + index, *trade))
                waiting.setdefault(trade[0], []).append(trade)
            elif kind in _LISTINGS:
                event = decode_event(data[at : at + EVENT_BYTES])
                assert isinstance(event, InstrumentCreated | InstrumentUpdated)
                # What was traded before is counted in the units of then.
                self._fold(event.instrument_id, waiting.pop(event.instrument_id, []), changed)
                self._list(event)
                unstored.listed.append(event)
        for instrument_id, of_one in waiting.items():
            self._fold(instrument_id, of_one, changed)
        self.cursor = first_seq + len(data) // EVENT_BYTES - 1
        self._moved.set()
        if unstored.trades or unstored.listed:
            self._told_cursor = self.cursor
        _CURSOR.set(self.cursor)
        now_ns = time.time_ns()
        for instrument_id, candles in changed.items():
            unstored.changed.setdefault(instrument_id, {}).update(candles)
            self._publish(instrument_id, candles, self._windows[instrument_id].tickers(now_ns))

    def _open_times(self) -> dict[int, set[tuple[Interval, int]]]:
        return {id_: board.open_times() for id_, board in self._boards.items()}

    def _list(self, event: InstrumentCreated | InstrumentUpdated) -> None:
        """Count in the units of an instrument from here on; a new one gets its candles."""
        self._units[event.instrument_id] = (
            event.quote_atoms_per_tick_lot,
            event.base_atoms_per_lot,
        )
        self._boards.setdefault(event.instrument_id, CandleBoard())
        self._windows.setdefault(event.instrument_id, InstrumentWindows())

    def _fold(self, instrument_id: int, trades: list[TradeRow], changed: Changed) -> None:
        """Count an instrument's trades; note in ``changed`` what they made of its candles."""
        if not trades:
            return
        seconds = seconds_of(trades, *self._units[instrument_id])
        for second in seconds:
            self._windows[instrument_id].add(second)
        changed.setdefault(instrument_id, {}).update(self._boards[instrument_id].add(seconds))
