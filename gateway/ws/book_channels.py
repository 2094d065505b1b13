"""The open channels of all books: each built once for all who read it, at its own rhythm."""

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from domain.orders import Side
from gateway.errors import ApiError
from gateway.metrics import BOOK_CHANNELS
from gateway.state.indication import Indications
from gateway.state.market import Market
from gateway.ws.best_channel import BestChannel
from gateway.ws.book_channel import BookChannel
from gateway.ws.book_content import BookTerms
from gateway.ws.book_orders_channel import BookOrdersChannel

BOOK: Final = "book"
BEST: Final = "best"
BOOK_ORDERS: Final = "book_orders"
BOOK_CHANNEL_NAMES: Final = frozenset({BOOK, BEST, BOOK_ORDERS})
AUCTION_MS: Final = 250
VIEWS_MAX: Final = 256
"""Kinds of views (depth, step, interval, instrument) open at once; each is worked out by itself."""


class BookTopic(NamedTuple):
    """One channel about one instrument's book."""

    channel: str
    subject: str | int
    option: BookTerms


class _Channel(Protocol):
    @property
    def is_hidden(self) -> bool: ...

    def note(self, changed: set[tuple[Side, int]], changed_orders: set[int]) -> None: ...

    def due(self, ts_ns: int) -> bytes | None: ...

    def snapshot(self, ts_ns: int) -> bytes: ...


Due = Iterator[tuple[BookTopic, bytes]]


class BookChannels:
    """By symbol. What is yielded is to be sent to all who read that topic."""

    def __init__(self, indications: Indications) -> None:
        self._indications = indications
        self._open: dict[str, dict[BookTopic, _Channel]] = {}
        self._views = 0

    def admit(self, topic: BookTopic) -> None:
        """Return if there is room for what a reader asks for.

        Raises:
            ApiError: 503, too many different views are open.
        """
        is_open = topic in self._open.get(str(topic.subject), {})
        if topic.option.is_view and not is_open and self._views >= VIEWS_MAX:
            text = "too many different views of books are open: ask for the whole book"
            raise ApiError(503, "TOO_MANY_VIEWS", text, retry_after_s=5)

    def snapshot(self, topic: BookTopic, market: Market, ts_ns: int) -> bytes:
        """Return all that a newcomer needs; the channel is open from here on."""
        of_symbol = self._open.setdefault(str(topic.subject), {})
        channel = of_symbol.get(topic)
        if channel is None:
            channel = of_symbol[topic] = self._new(topic, market)
            self._views += topic.option.is_view
            BOOK_CHANNELS.inc()
        return channel.snapshot(ts_ns)

    def due_of(self, topic: BookTopic, ts_ns: int) -> bytes | None:
        """Return what its readers have not been told; None if there is nothing, or nobody."""
        channel = self._open.get(str(topic.subject), {}).get(topic)
        return None if channel is None else channel.due(ts_ns)

    def close(self, topic: BookTopic) -> None:
        """Nobody reads it any more."""
        if self._open.get(str(topic.subject), {}).pop(topic, None) is not None:
            self._views -= topic.option.is_view
            BOOK_CHANNELS.dec()

    def clear(self) -> None:
        """Start over: every channel is opened again by its snapshot."""
        self._open.clear()
        self._views = 0
        BOOK_CHANNELS.set(0)

    def changed(self, market: Market, ts_ns: int) -> Due:
        """Note what changed in a book; yield what is told of each change by itself."""
        book = market.book
        for topic, channel in self._of(market):
            channel.note(book.changed, book.changed_orders)
            if not topic.option.interval_ms and not market.depth_is_hidden:
                data = channel.due(ts_ns)
                if data is not None:
                    yield topic, data

    def status_changed(self, market: Market, ts_ns: int) -> Due:
        """Yield what is told of a book that was hidden, or is shown again."""
        for topic, channel in self._of(market):
            if channel.is_hidden != market.depth_is_hidden or topic.channel == BEST:
                data = channel.due(ts_ns)
                if data is not None:
                    yield topic, data

    def pulse(self, elapsed_ms: int, ts_ns: int) -> Due:
        """Yield what is due so long after the start."""
        for of_symbol in list(self._open.values()):
            for topic, channel in list(of_symbol.items()):
                every_ms = AUCTION_MS if channel.is_hidden else topic.option.interval_ms
                if every_ms and elapsed_ms % every_ms == 0:
                    data = channel.due(ts_ns)
                    if data is not None:
                        yield topic, data

    def _of(self, market: Market) -> list[tuple[BookTopic, _Channel]]:
        return list(self._open.get(market.instrument.symbol, {}).items())

    def _new(self, topic: BookTopic, market: Market) -> _Channel:
        terms = topic.option
        if topic.channel == BEST:
            return BestChannel(market, terms.interval_ms)
        if topic.channel == BOOK_ORDERS:
            return BookOrdersChannel(market, terms.interval_ms)
        return BookChannel(market, terms, self._indications)
