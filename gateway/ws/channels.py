"""Who reads which channel; every message is encoded once and handed to all of them."""

import asyncio
from typing import Final, Literal, NamedTuple, Protocol

from domain.clock import Clock
from gateway.calls.market_data_client import CandleRow
from gateway.metrics import EVENT_SEQ, MESSAGES_SENT
from gateway.orders import presenters
from gateway.state.indication import Indications
from gateway.state.market import Market
from gateway.state.market_feed import MarketFeed
from gateway.state.projection import Changes, Projection
from gateway.types.markets import TickerWindow
from gateway.ws import private_pushes, pushes
from gateway.ws.book_channels import (
    AUCTION_MS,
    BookChannels,
    BookTopic,
    Due,
)
from gateway.ws.view_limits import ViewLimits

PULSE_MS: Final = 10
BEST_PRICE_MS: Final = 100
"""How often a ticker is told for its best prices alone; of a trade it is told at once."""
HEARTBEAT_MS: Final = 5_000
BOOK_INTERVALS_MS: Final = (0, 10, 50, 100, 1_000)
TRADES_SNAPSHOT_MAX: Final = 100
ALL_SYMBOLS: Final = "*"
TICKER_WINDOWS: Final[tuple[TickerWindow, ...]] = ("24h", "1h")
PRIVATE: Final = frozenset({"orders", "fills", "balances"})
INSTRUMENTS: Final = "instruments"

assert all(interval_ms % PULSE_MS == 0 for interval_ms in BOOK_INTERVALS_MS)
assert BEST_PRICE_MS % PULSE_MS == HEARTBEAT_MS % PULSE_MS == AUCTION_MS % PULSE_MS == 0


class PlainTopic(NamedTuple):
    """One channel of one subject: a symbol, or an account id. ``option``: the interval of candles,
    the window of a ticker.
    """

    channel: str
    subject: str | int
    option: str = ""


Topic = PlainTopic | BookTopic


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
        self.books = BookChannels(indications)
        self.view_limits = ViewLimits()
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

    def resumed(self, topic: Topic, seq: int) -> list[bytes] | None:
        """Return what a private channel said after ``seq``; None if only a snapshot can tell."""
        if not self._live or not isinstance(topic, PlainTopic) or topic.channel not in PRIVATE:
            return None
        account = self._projection.account(int(topic.subject))
        return private_pushes.since(self._projection, account, topic.channel, seq)

    def subscribe(
        self, reader: Reader, topic: Topic, instead_of_snapshot: list[bytes] | None = None
    ) -> None:
        """Add a reader; its snapshot is sent now, or as soon as the gateway is live."""
        if self._live and isinstance(topic, BookTopic):
            data = self.books.due_of(topic, self._clock.now_ns())
            if data is not None:
                self._publish(topic, data)
        self._readers.setdefault(topic, set()).add(reader)
        if instead_of_snapshot is not None:
            for data in instead_of_snapshot:
                reader.push_snapshot(data)
        elif self._live:
            self._send_snapshot(topic, {reader})

    def unsubscribe(self, reader: Reader, topic: Topic) -> None:
        """Remove a reader."""
        readers = self._readers.get(topic)
        if readers is None:
            return
        readers.discard(reader)
        if not readers:
            del self._readers[topic]
            if isinstance(topic, BookTopic):
                self.books.close(topic)

    # The event feed tells.

    def changed(self, projection: Projection, changes: Changes) -> None:
        """A few events were applied."""
        EVENT_SEQ.set(projection.seq)
        self._changed_instruments(projection, changes)
        self._changed_books(projection, changes)
        for instrument_id, trades in changes.trades.items():
            market = projection.markets[instrument_id]
            topic = PlainTopic("trades", market.instrument.symbol)
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
        self.books.clear()
        if live:
            for topic, readers in list(self._readers.items()):
                if readers:  # else its last one was closed at an earlier topic's
                    self._send_snapshot(topic, set(readers))

    # The market feed tells.

    def candle(self, instrument_id: int, interval: str, row: CandleRow) -> None:
        """A candle changed or closed."""
        market = self._projection.markets.get(instrument_id)
        if market is None:
            return
        topic = PlainTopic("candles", market.instrument.symbol, interval)
        if topic in self._readers:
            self._publish(topic, _candle(market, interval, row))

    def ticker(self, instrument_id: int) -> None:
        """A ticker changed."""
        if self._live:
            self._changed_tickers.discard(instrument_id)
            self._publish_ticker(instrument_id)

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
            self._publish_books(self.books.pulse(elapsed_ms, self._clock.now_ns()))
            if elapsed_ms % BEST_PRICE_MS == 0:
                changed, self._changed_tickers = self._changed_tickers, set()
                for instrument_id in changed:
                    self._publish_ticker(instrument_id)
        if elapsed_ms % HEARTBEAT_MS == 0:
            heartbeat = self._heartbeat()
            for reader in list(self._everyone):
                reader.push(heartbeat)

    def _changed_instruments(self, projection: Projection, changes: Changes) -> None:
        for instrument_id in changes.instruments:
            market = projection.markets[instrument_id]
            self._indications.forget(market)
            self._changed_tickers.add(instrument_id)
            self._publish_books(self.books.status_changed(market, self._clock.now_ns()))
        topic = PlainTopic(INSTRUMENTS, "")
        if (changes.instruments or changes.venue) and self._wanted(topic):
            self._publish(topic, _instruments("update", projection, sorted(changes.instruments)))

    def _changed_books(self, projection: Projection, changes: Changes) -> None:
        now_ns = self._clock.now_ns()
        for instrument_id in changes.books:
            self._publish_books(self.books.changed(projection.markets[instrument_id], now_ns))
            self._changed_tickers.add(instrument_id)

    def _changed_accounts(self, projection: Projection, changes: Changes) -> None:
        accounts = projection.accounts
        for account_id, by_id in changes.orders.items():
            topic = PlainTopic("orders", account_id)
            account, wanted = accounts[account_id], self._wanted(topic)
            for data in private_pushes.orders(projection, account, list(by_id.values()), wanted):
                self._publish(topic, data)
        for account_id, new in changes.fills.items():
            topic = PlainTopic("fills", account_id)
            account, wanted = accounts[account_id], self._wanted(topic)
            for data in private_pushes.fills(projection, account, new, wanted):
                self._publish(topic, data)
        for account_id, asset_ids in changes.balances.items():
            topic = PlainTopic("balances", account_id)
            account, wanted = accounts[account_id], self._wanted(topic)
            for data in private_pushes.balances(projection, account, asset_ids, wanted):
                self._publish(topic, data)

    def _wanted(self, topic: Topic) -> bool:
        """Whether somebody reads it who has had its snapshot."""
        return self._live and topic in self._readers

    def _publish_books(self, due: Due) -> None:
        for topic, data in due:
            self._publish(topic, data)

    def _publish_ticker(self, instrument_id: int) -> None:
        market = self._projection.markets.get(instrument_id)
        if market is None:
            return
        for window in TICKER_WINDOWS:
            subjects = (market.instrument.symbol, ALL_SYMBOLS)
            topics = [PlainTopic("ticker", subject, window) for subject in subjects]
            if any(topic in self._readers for topic in topics):
                data = self._ticker(market, window)
                for topic in topics:
                    self._publish(topic, data)

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
        if topic.channel == "ticker" and topic.subject == ALL_SYMBOLS:
            markets = projection.markets.values()
            return [self._ticker(market, _window(topic)) for market in markets]
        market = projection.market(str(topic.subject))
        if market is None:  # it was there when subscribed; a rebuilt exchange may lack it
            return []
        if isinstance(topic, BookTopic):
            return [self.books.snapshot(topic, market, self._clock.now_ns())]
        if topic.channel == "trades":
            latest = list(market.trades)[-TRADES_SNAPSHOT_MAX:]
            shown = [presenters.trade(market, trade) for trade in reversed(latest)]
            return [pushes.encode(pushes.Trades("snapshot", market.instrument.symbol, shown))]
        if topic.channel == "ticker":
            return [self._ticker(market, _window(topic))]
        return self._latest_candle(market, str(topic.option))

    def _latest_candle(self, market: Market, interval: str) -> list[bytes]:
        if self._market_feed is None:
            return []
        row = self._market_feed.latest_candle(market.instrument.instrument_id, interval)
        return [] if row is None else [_candle(market, interval, row)]

    def _ticker(self, market: Market, window: TickerWindow) -> bytes:
        row = None
        if self._market_feed is not None:
            row = self._market_feed.latest_ticker(market.instrument.instrument_id)
        shown = presenters.ticker(market, row, window)
        return pushes.encode(pushes.Ticker(market.instrument.symbol, window, shown))

    def _heartbeat(self) -> bytes:
        return pushes.encode(pushes.Heartbeat(str(self._clock.now_ns()), self._live))


def _window(topic: Topic) -> TickerWindow:
    return "1h" if topic.option == "1h" else "24h"


def _candle(market: Market, interval: str, row: CandleRow) -> bytes:
    symbol = market.instrument.symbol
    return pushes.encode(pushes.Candle(symbol, interval, presenters.candle(market, row)))


def _instruments(
    kind: Literal["snapshot", "update"], projection: Projection, instrument_ids: list[int]
) -> bytes:
    shown = [presenters.instrument_info(projection.markets[key]) for key in instrument_ids]
    venue_status = presenters.venue_info(projection.venue_status).venue_status
    return pushes.encode(pushes.Instruments(kind, venue_status, shown))
