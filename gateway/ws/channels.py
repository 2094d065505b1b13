"""Who reads which channel; every message is encoded once and handed to all of them."""

import asyncio
from typing import Final, Literal, NamedTuple, Protocol

from domain.clock import Clock
from gateway import presenters
from gateway.indication import Indications
from gateway.market import Market
from gateway.market_data_client import CandleRow
from gateway.market_feed import MarketFeed
from gateway.metrics import EVENT_SEQ, MESSAGES_SENT
from gateway.projection import Changes, Projection
from gateway.ws import private_pushes, pushes
from gateway.ws.book_channel import BookChannel

PULSE_MS: Final = 50
TICKER_MS: Final = 100
AUCTION_MS: Final = 250
HEARTBEAT_MS: Final = 5_000
BOOK_INTERVALS_MS: Final = (0, 50, 100, 1_000)
TRADES_SNAPSHOT_MAX: Final = 100
ALL_SYMBOLS: Final = "*"
PRIVATE: Final = frozenset({"orders", "fills", "balances"})
INSTRUMENTS: Final = "instruments"

assert all(interval_ms % PULSE_MS == 0 for interval_ms in BOOK_INTERVALS_MS)
assert TICKER_MS % PULSE_MS == HEARTBEAT_MS % PULSE_MS == AUCTION_MS % PULSE_MS == 0


class Topic(NamedTuple):
    """One channel of one subject: a symbol, or an account id. ``option`` is the interval."""

    channel: str
    subject: str | int
    option: str | int = ""


class Reader(Protocol):
    """A connection, as the channels need it. Neither method waits."""

    def push(self, data: bytes) -> None:
        """Send a message; a reader that lags too far is closed instead."""
        ...

    def push_snapshot(self, data: bytes) -> None:
        """Send what the reader asked for, whatever its size."""
        ...


class Channels:
    """The subscriptions of one gateway, told of changes by the two feeds."""

    def __init__(self, clock: Clock, indications: Indications) -> None:
        self._clock = clock
        self._indications = indications
        self._readers: dict[Topic, set[Reader]] = {}
        self._everyone: set[Reader] = set()
        self._books: dict[Topic, BookChannel] = {}
        self._changed_tickers: set[int] = set()
        self._projection = Projection()
        self._market_feed: MarketFeed | None = None
        self._live = False

    def use_market_feed(self, market_feed: MarketFeed) -> None:
        """Say where tickers and candles come from; the feed in turn tells this object."""
        self._market_feed = market_feed

    # Readers come and go.

    def join(self, reader: Reader) -> None:
        """A connection opened: heartbeats are for everyone."""
        self._everyone.add(reader)
        reader.push(self._heartbeat())

    def leave(self, reader: Reader, topics: set[Topic]) -> None:
        """A connection closed."""
        self._everyone.discard(reader)
        for topic in topics:
            self.unsubscribe(reader, topic)

    def subscribe(self, reader: Reader, topic: Topic) -> None:
        """Add a reader; its snapshot is sent now, or as soon as the gateway is live."""
        if self._live and topic in self._books:
            self._flush_book(topic)
        self._readers.setdefault(topic, set()).add(reader)
        if self._live:
            self._send_snapshot(topic, {reader})

    def unsubscribe(self, reader: Reader, topic: Topic) -> None:
        """Remove a reader."""
        readers = self._readers.get(topic)
        if readers is None:
            return
        readers.discard(reader)
        if not readers:
            del self._readers[topic]
            self._books.pop(topic, None)

    # The event feed tells.

    def changed(self, projection: Projection, changes: Changes) -> None:
        """A few events were applied."""
        EVENT_SEQ.set(projection.seq)
        self._changed_instruments(projection, changes)
        self._changed_books(projection, changes)
        for instrument_id, trades in changes.trades.items():
            market = projection.markets[instrument_id]
            topic = Topic("trades", market.instrument.symbol)
            if self._wanted(topic):
                shown = [presenters.trade(market, trade) for trade in reversed(trades)]
                push = pushes.Trades("update", market.instrument.symbol, shown)
                self._publish(topic, pushes.encode(push))
        self._changed_accounts(projection, changes)

    def live_changed(self, projection: Projection, live: bool) -> None:
        """True: every subscription starts over with a snapshot. False: nothing new arrives."""
        self._projection = projection
        self._live = live
        heartbeat = self._heartbeat()
        for reader in list(self._everyone):
            reader.push(heartbeat)
        self._books.clear()
        if live:
            for topic, readers in list(self._readers.items()):
                self._send_snapshot(topic, set(readers))

    # The market feed tells.

    def candle(self, instrument_id: int, interval: str, row: CandleRow) -> None:
        """A candle changed or closed."""
        market = self._projection.markets.get(instrument_id)
        if market is None:
            return
        topic = Topic("candles", market.instrument.symbol, interval)
        if topic in self._readers:
            self._publish(topic, _candle(market, interval, row))

    def ticker(self, instrument_id: int) -> None:
        """A ticker changed."""
        self._changed_tickers.add(instrument_id)

    # Time passes.

    async def run(self) -> None:
        """Send what is collected, each interval in its rhythm, for ever."""
        elapsed_ms = 0
        while True:
            await asyncio.sleep(PULSE_MS / 1_000)
            elapsed_ms += PULSE_MS
            self.pulse(elapsed_ms)

    def pulse(self, elapsed_ms: int) -> None:
        """Send what is due ``elapsed_ms`` (a multiple of the pulse) after the start."""
        if self._live:
            for topic in list(self._books):
                interval_ms = int(topic.option)
                every_ms = AUCTION_MS if self._books[topic].is_hidden else interval_ms
                if every_ms and elapsed_ms % every_ms == 0:
                    self._flush_book(topic)
            if elapsed_ms % TICKER_MS == 0:
                self._flush_tickers()
        if elapsed_ms % HEARTBEAT_MS == 0:
            heartbeat = self._heartbeat()
            for reader in list(self._everyone):
                reader.push(heartbeat)

    def _changed_instruments(self, projection: Projection, changes: Changes) -> None:
        for instrument_id in changes.instruments:
            market = projection.markets[instrument_id]
            self._indications.forget(market)
            self._changed_tickers.add(instrument_id)
            for interval_ms in BOOK_INTERVALS_MS:
                topic = Topic("book", market.instrument.symbol, interval_ms)
                book = self._books.get(topic)
                if book is not None and book.is_hidden != market.depth_is_hidden:
                    self._flush_book(topic)
        topic = Topic(INSTRUMENTS, "")
        if (changes.instruments or changes.venue) and self._wanted(topic):
            self._publish(topic, _instruments("update", projection, sorted(changes.instruments)))

    def _changed_books(self, projection: Projection, changes: Changes) -> None:
        for instrument_id in changes.books:
            market = projection.markets[instrument_id]
            symbol = market.instrument.symbol
            for interval_ms in BOOK_INTERVALS_MS:
                topic = Topic("book", symbol, interval_ms)
                book = self._books.get(topic)
                if book is not None:
                    book.note(market.book.changed)
                    if not interval_ms and not market.depth_is_hidden:
                        self._flush_book(topic)
            self._changed_tickers.add(instrument_id)

    def _changed_accounts(self, projection: Projection, changes: Changes) -> None:
        accounts = projection.accounts
        for account_id, by_id in changes.orders.items():
            topic = Topic("orders", account_id)
            account, wanted = accounts[account_id], self._wanted(topic)
            for data in private_pushes.orders(projection, account, list(by_id.values()), wanted):
                self._publish(topic, data)
        for account_id, new in changes.fills.items():
            topic = Topic("fills", account_id)
            account, wanted = accounts[account_id], self._wanted(topic)
            for data in private_pushes.fills(projection, account, new, wanted):
                self._publish(topic, data)
        for account_id, asset_ids in changes.balances.items():
            topic = Topic("balances", account_id)
            account, wanted = accounts[account_id], self._wanted(topic)
            for data in private_pushes.balances(projection, account, asset_ids, wanted):
                self._publish(topic, data)

    def _wanted(self, topic: Topic) -> bool:
        """Whether somebody reads it who has had its snapshot."""
        return self._live and topic in self._readers

    def _flush_book(self, topic: Topic) -> None:
        data = self._books[topic].due(self._clock.now_ns())
        if data is not None:
            self._publish(topic, data)

    def _flush_tickers(self) -> None:
        for instrument_id in self._changed_tickers:
            market = self._projection.markets.get(instrument_id)
            if market is None:
                continue
            topics = (Topic("ticker", market.instrument.symbol), Topic("ticker", ALL_SYMBOLS))
            if any(topic in self._readers for topic in topics):
                data = self._ticker(market)
                for topic in topics:
                    self._publish(topic, data)
        self._changed_tickers.clear()

    def _publish(self, topic: Topic, data: bytes) -> None:
        readers = self._readers.get(topic)
        if readers:
            MESSAGES_SENT.inc(len(readers))
            for reader in tuple(readers):
                reader.push(data)

    def _send_snapshot(self, topic: Topic, readers: set[Reader]) -> None:
        for data in self._snapshots(topic):
            for reader in readers:
                reader.push_snapshot(data)

    def _snapshots(self, topic: Topic) -> list[bytes]:
        projection = self._projection
        if topic.channel in PRIVATE:
            account = projection.account(int(topic.subject))
            return [private_pushes.snapshot(projection, account, topic.channel)]
        if topic.channel == INSTRUMENTS:
            return [_instruments("snapshot", projection, list(projection.markets))]
        if topic == Topic("ticker", ALL_SYMBOLS):
            return [self._ticker(market) for market in projection.markets.values()]
        market = projection.market(str(topic.subject))
        if market is None:  # it was there when subscribed; a rebuilt exchange may lack it
            return []
        if topic.channel == "book":
            new = BookChannel(market, int(topic.option), self._indications)
            book = self._books.setdefault(topic, new)
            return [book.snapshot(self._clock.now_ns())]
        if topic.channel == "trades":
            latest = list(market.trades)[-TRADES_SNAPSHOT_MAX:]
            shown = [presenters.trade(market, trade) for trade in reversed(latest)]
            return [pushes.encode(pushes.Trades("snapshot", market.instrument.symbol, shown))]
        if topic.channel == "ticker":
            return [self._ticker(market)]
        return self._latest_candle(market, str(topic.option))

    def _latest_candle(self, market: Market, interval: str) -> list[bytes]:
        if self._market_feed is None:
            return []
        row = self._market_feed.latest_candle(market.instrument.instrument_id, interval)
        return [] if row is None else [_candle(market, interval, row)]

    def _ticker(self, market: Market) -> bytes:
        row = None
        if self._market_feed is not None:
            row = self._market_feed.latest_ticker(market.instrument.instrument_id)
        shown = presenters.ticker(market, row)
        return pushes.encode(pushes.Ticker(market.instrument.symbol, shown))

    def _heartbeat(self) -> bytes:
        return pushes.encode(pushes.Heartbeat(str(self._clock.now_ns()), self._live))


def _candle(market: Market, interval: str, row: CandleRow) -> bytes:
    symbol = market.instrument.symbol
    return pushes.encode(pushes.Candle(symbol, interval, presenters.candle(market, row)))


def _instruments(
    kind: Literal["snapshot", "update"], projection: Projection, instrument_ids: list[int]
) -> bytes:
    shown = [presenters.instrument_info(projection.markets[key]) for key in instrument_ids]
    venue_status = presenters.venue_info(projection.venue_status).venue_status
    return pushes.encode(pushes.Instruments(kind, venue_status, shown))
