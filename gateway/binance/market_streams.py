"""Who reads which market stream; every event is encoded once for all of its readers."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Protocol

import msgspec
import structlog

from domain.clock import Clock
from domain.events import Trade
from gateway.binance import stream_events, tickers
from gateway.binance.depth import snapshot
from gateway.binance.live_depth import LiveDepth
from gateway.binance.live_klines import KlineUpdate, LiveKline
from gateway.binance.markets import Markets
from gateway.binance.stream_names import StreamName
from gateway.calls.market_data_client import CandleRow
from gateway.errors import ApiError
from gateway.services import Services
from gateway.state.market import Market
from gateway.state.projection import Changes, Projection

PULSE_MS: Final = 100
TICKER_MS: Final = 1_000
_ENCODE: Final = msgspec.json.Encoder()

log = structlog.get_logger()


class StreamReader(Protocol):
    """A connection, as the streams need it. Neither method waits."""

    def event(self, stream: str, data: bytes) -> None:
        """Send an event of a stream; a reader that lags too far is closed instead."""
        ...

    def start_over(self) -> None:
        """What was sent so far has a hole after it: close, so that the client comes again."""
        ...


class MarketStreams:
    """The subscriptions of this dialect, told of changes by the two feeds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readers: dict[str, set[StreamReader]] = {}
        self._names: dict[str, StreamName] = {}
        self._by_instrument: dict[int, dict[str, StreamName]] = {}
        self._depths: dict[str, LiveDepth] = {}
        self._sent_levels: dict[str, tuple[int, bool]] = {}
        """Of which book change the first levels were last sent, and whether they were hidden."""
        self._bests: dict[int, tuple[str, str, str, str]] = {}
        self._klines: dict[str, LiveKline] = {}
        self._changed_tickers: set[int] = set()
        self._unlisted: set[StreamName] = set()
        """Read, though there is no such instrument yet."""
        self._projection: Projection | None = None
        self._services: Services | None = None
        self._markets: Markets | None = None

    def use(self, services: Services, markets: Markets) -> None:
        """Say where instruments, tickers and candles are found; the feeds in turn tell this."""
        self._services = services
        self._markets = markets

    # Readers come and go.

    async def subscribe(self, reader: StreamReader, name: StreamName) -> None:
        """Add a reader. A stream of no instrument is as silent as one in which nothing happens."""
        key = name.text
        row = None
        if name.kind == "kline" and key not in self._readers:
            row = await self._newest_candle(name)
        if key not in self._readers:
            self._open(name, row)
        self._readers.setdefault(key, set()).add(reader)

    def unsubscribe(self, reader: StreamReader, name: StreamName) -> None:
        """Remove a reader."""
        readers = self._readers.get(name.text)
        if readers is None:
            return
        readers.discard(reader)
        if not readers:
            self._close(name)

    def _open(self, name: StreamName, row: CandleRow | None) -> None:
        key, market = name.text, self._market_of(name)
        self._names[key] = name
        if market is None:
            if name.symbol is not None:
                self._unlisted.add(name)
            return
        self._by_instrument.setdefault(market.instrument.instrument_id, {})[key] = name
        if name.kind == "depth":
            self._depths[key] = LiveDepth(market)
        elif name.kind == "kline" and name.interval is not None:
            self._klines[key] = LiveKline(name.interval, row, self._clock.now_ns())

    def _close(self, name: StreamName) -> None:
        key = name.text
        self._unlisted.discard(name)
        for of in (self._readers, self._names, self._depths, self._sent_levels, self._klines):
            of.pop(key, None)
        for by_name in self._by_instrument.values():
            by_name.pop(key, None)

    async def _newest_candle(self, name: StreamName) -> CandleRow | None:
        market = self._market_of(name)
        if market is None or self._services is None or name.interval is None:
            return None
        try:
            found = await self._services.market_data.candles(
                market.instrument.instrument_id, name.interval.value, 1, None, None
            )
        except ApiError as error:
            log.info(
                "a candle stream begins without its candle", stream=name.text, reason=str(error)
            )
            return None
        return found[-1] if found else None

    def _market_of(self, name: StreamName) -> Market | None:
        if name.symbol is None or self._markets is None:
            return None
        return self._markets.market(name.symbol)

    # The event feed tells.

    def changed(self, projection: Projection, changes: Changes) -> None:
        """A few events were applied."""
        for instrument_id in changes.instruments | changes.books:
            self._changed_tickers.add(instrument_id)
            market = projection.markets[instrument_id]
            names = self._by_instrument.get(instrument_id, {})
            self._take_depth([key for key, name in names.items() if name.kind == "depth"])
            self._send_best(market, names)
        for instrument_id, trades in changes.trades.items():
            self._send_trades(projection.markets[instrument_id], trades)

    def live_changed(self, projection: Projection, live: bool) -> None:
        """A projection that was built anew has a hole before it: every reader starts over."""
        if self._projection is not projection:
            self._projection = projection
            for reader in {each for readers in self._readers.values() for each in readers}:
                reader.start_over()

    # The market feed tells.

    def candle(self, instrument_id: int, interval: str, row: CandleRow) -> None:
        """A candle changed or closed."""
        market = self._market(instrument_id)
        for key, name in list(self._by_instrument.get(instrument_id, {}).items()):
            if name.kind == "kline" and name.interval == interval and market is not None:
                updates = self._klines[key].pushed(row, market.trades)
                self._send_klines(name, market, updates)

    def ticker(self, instrument_id: int) -> None:
        """A ticker changed."""
        self._changed_tickers.add(instrument_id)

    # Time passes.

    async def run(self) -> None:
        """Send what is collected, each stream in its rhythm, for ever."""
        elapsed_ms = 0
        while True:
            await asyncio.sleep(PULSE_MS / 1_000)
            elapsed_ms += PULSE_MS
            self.pulse(elapsed_ms)

    async def run_averages(self) -> None:
        """Ask market data for what is told of average prices, every second, for ever."""
        while True:
            await asyncio.sleep(TICKER_MS / 1_000)
            for name in [each for each in self._names.values() if each.kind == "avgPrice"]:
                market = self._market_of(name)
                if market is not None and self._services is not None:
                    await self._send_average(name, market, self._services)

    def pulse(self, elapsed_ms: int) -> None:
        """Send what is due ``elapsed_ms`` (a multiple of the pulse) after the start."""
        now_ns = self._clock.now_ns()
        for key, depth in list(self._depths.items()):
            if elapsed_ms % self._names[key].every_ms == 0:
                self._send(key, depth.event(now_ns // 1_000_000))
        for by_name in list(self._by_instrument.values()):
            for key, name in list(by_name.items()):
                market = self._market_of(name)
                if market is None:
                    continue
                if name.kind == "partialDepth" and elapsed_ms % name.every_ms == 0:
                    self._send_partial(name, market)
                elif name.kind == "kline":
                    updates = self._klines[key].passed(now_ns, market.trades)
                    self._send_klines(name, market, updates)
        if elapsed_ms % TICKER_MS == 0:
            for name in [each for each in self._unlisted if self._market_of(each)]:
                self._unlisted.discard(name)
                self._open(name, None)
            self._send_tickers(now_ns // 1_000_000)

    def _take_depth(self, keys: list[str]) -> None:
        for key in keys:
            depth = self._depths.get(key)  # gone if its last reader had to start over
            if depth is not None and not depth.take():
                for reader in tuple(self._readers.get(key, ())):
                    reader.start_over()

    def _send_partial(self, name: StreamName, market: Market) -> None:
        shown = (market.book.seq, market.depth_is_hidden)
        if self._sent_levels.get(name.text) != shown:
            self._sent_levels[name.text] = shown
            self._send(name.text, snapshot(market, name.levels))

    def _send_trades(self, market: Market, trades: list[Trade]) -> None:
        for key, name in self._by_instrument.get(market.instrument.instrument_id, {}).items():
            if name.kind == "trade":
                for trade in trades:
                    self._send(key, stream_events.trade(market, trade))
            elif name.kind == "aggTrade":
                for trade in trades:
                    self._send(key, stream_events.aggregate_trade(market, trade))

    def _send_best(self, market: Market, names: dict[str, StreamName]) -> None:
        wanted = [key for key, name in names.items() if name.kind == "bookTicker"]
        wanted += ["!bookTicker"] if "!bookTicker" in self._readers else []
        if not wanted:
            return
        best, instrument_id = tickers.best(market), market.instrument.instrument_id
        if self._bests.get(instrument_id) != best:
            self._bests[instrument_id] = best
            data = _ENCODE.encode(stream_events.book_ticker(market, best))
            for key in wanted:
                self._send_encoded(key, data)

    async def _send_average(self, name: StreamName, market: Market, services: Services) -> None:
        try:
            shown = await tickers.averaged(services, market)
        except ApiError:
            return  # market data is away, as the feed that follows it says
        now_ms = self._clock.now_ns() // 1_000_000
        self._send(name.text, stream_events.average_price(market, shown, now_ms))

    def _send_klines(
        self, name: StreamName, market: Market, updates: Iterable[KlineUpdate]
    ) -> None:
        assert name.interval is not None
        now_ms = self._clock.now_ns() // 1_000_000
        for update in updates:
            shown = stream_events.kline(
                market,
                name.interval,
                update.row,
                first_id=update.first_id,
                closed=update.closed,
                now_ms=now_ms,
            )
            self._send(name.text, shown)

    def _send_tickers(self, now_ms: int) -> None:
        changed, self._changed_tickers = self._changed_tickers, set()
        shown: dict[str, list[dict[str, Any]]] = {"miniTicker": [], "ticker": []}
        for instrument_id in sorted(changed):
            market = self._market(instrument_id)
            if market is None:
                continue
            names = self._by_instrument.get(instrument_id, {})
            for kind, arrayed in shown.items():
                keys = [key for key, name in names.items() if name.kind == kind]
                array = f"!{kind}@arr"
                if keys or array in self._readers:
                    event = self._ticker(kind, market, now_ms)
                    arrayed.append(event)
                    for key in keys:
                        self._send(key, event)
        for kind, events in shown.items():
            if events:
                self._send(f"!{kind}@arr", events)

    def _ticker(self, kind: str, market: Market, now_ms: int) -> dict[str, Any]:
        assert self._services is not None
        row = self._services.market_feed.latest_ticker(market.instrument.instrument_id)
        if kind == "ticker":
            return stream_events.ticker(market, row, now_ms)
        return stream_events.mini_ticker(market, row, now_ms)

    def _market(self, instrument_id: int) -> Market | None:
        if self._services is None:
            return None
        return self._services.feed.projection.markets.get(instrument_id)

    def _send(self, stream: str, event: Any) -> None:
        if event is not None and stream in self._readers:
            self._send_encoded(stream, _ENCODE.encode(event))

    def _send_encoded(self, stream: str, data: bytes) -> None:
        for reader in tuple(self._readers.get(stream, ())):
            reader.event(stream, data)
