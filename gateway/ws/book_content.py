"""What of a book one channel shows: all levels, the first so many, or steps of prices. Pure."""

import zlib
from typing import Final, NamedTuple, Protocol

from domain.instruments import InvalidDecimal
from domain.orders import Side
from gateway.state.book import CHECKSUM_LEVELS, Level
from gateway.state.market import Market

SNAPSHOT_LEVELS_MAX: Final = 5_000
REMOVED: Final = "0"

LevelText = tuple[str, str]


class BookTerms(NamedTuple):
    """How a reader wants a book: how often (0: each change by itself), how deep (None: all of it),
    and in which steps of prices (decimal text; None: every price).
    """

    interval_ms: int
    levels: int | None = None
    group: str | None = None

    @property
    def is_view(self) -> bool:
        """Whether it is less than the whole book."""
        return self.levels is not None or self.group is not None


class BookContent(Protocol):
    """Two sides, and what changed in them since it was last asked."""

    def note(self, changed: set[tuple[Side, int]]) -> None:
        """Levels of the book changed."""
        ...

    def whole(self) -> tuple[list[LevelText], list[LevelText]]:
        """Return bids and asks, best first; what changed before is told with it."""
        ...

    def changes(self) -> tuple[list[LevelText], list[LevelText]] | None:
        """Return the bids and asks that changed, absolute; None if none did."""
        ...

    def checksum(self) -> int:
        """Return the CRC-32 of the top levels' text, bids then asks, best first."""
        ...


def group_ticks(market: Market, group: str | None) -> int:
    """Return a step of prices in ticks; 1 without one.

    Raises:
        InvalidDecimal: it is no multiple of the tick, or nothing.
    """
    if group is None:
        return 1
    ticks = market.instrument.price_ticks(group)
    if ticks < 1:
        raise InvalidDecimal("a step of prices is more than nothing")
    return ticks


def content_of(market: Market, terms: BookTerms) -> BookContent:
    """Return what a channel with these terms shows."""
    return BookView(market, terms) if terms.is_view else WholeBook(market)


class WholeBook:
    """Every level; of a change only the levels it touched are looked at."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._changed: set[tuple[Side, int]] = set()

    def note(self, changed: set[tuple[Side, int]]) -> None:
        """Levels of the book changed."""
        self._changed |= changed

    def whole(self) -> tuple[list[LevelText], list[LevelText]]:
        """Return bids and asks, best first."""
        self._changed.clear()
        book = self._market.book
        bids, asks = (book.top(side, SNAPSHOT_LEVELS_MAX) for side in (Side.BUY, Side.SELL))
        return _texts(self._market, bids), _texts(self._market, asks)

    def changes(self) -> tuple[list[LevelText], list[LevelText]]:
        """Return the levels that were touched."""
        told = self._side(Side.BUY, best_is_high=True), self._side(Side.SELL, best_is_high=False)
        self._changed.clear()
        return told

    def checksum(self) -> int:
        """Return that of the book."""
        return self._market.book.checksum(self._level_text)

    def _side(self, side: Side, *, best_is_high: bool) -> list[LevelText]:
        prices = sorted((price for of, price in self._changed if of is side), reverse=best_is_high)
        qty_lots = self._market.book.qty_lots
        return _texts(self._market, [(price, qty_lots(side, price)) for price in prices])

    def _level_text(self, price_ticks: int, qty_lots: int) -> str:
        return f"{self._market.price_text(price_ticks)}:{self._market.qty_text(qty_lots)}"


class BookView:
    """The first levels, or steps of prices; a change is what differs from what was told before."""

    def __init__(self, market: Market, terms: BookTerms) -> None:
        self._market = market
        self._levels = terms.levels or SNAPSHOT_LEVELS_MAX
        self._group = terms.group
        self._told: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}

    def note(self, changed: set[tuple[Side, int]]) -> None:
        """Nothing: the levels are compared when something is due."""

    def whole(self) -> tuple[list[LevelText], list[LevelText]]:
        """Return bids and asks, best first."""
        for side in self._told:
            self._told[side] = dict(self._now(side))
        bids, asks = (list(levels.items()) for levels in self._told.values())
        return _texts(self._market, bids), _texts(self._market, asks)

    def changes(self) -> tuple[list[LevelText], list[LevelText]] | None:
        """Return the levels that came, changed, or are not among the first any more."""
        bids, asks = self._side(Side.BUY), self._side(Side.SELL)
        return (bids, asks) if bids or asks else None

    def checksum(self) -> int:
        """Return that of what was told last."""
        tops = [list(levels.items())[:CHECKSUM_LEVELS] for levels in self._told.values()]
        texts = _texts(self._market, tops[0] + tops[1])
        return zlib.crc32(",".join(":".join(level) for level in texts).encode())

    def _side(self, side: Side) -> list[LevelText]:
        before, now = self._told[side], dict(self._now(side))
        self._told[side] = now
        if now == before:
            return []
        changed = [(price, qty) for price, qty in now.items() if before.get(price) != qty]
        changed += [(price, 0) for price in before if price not in now]
        return _texts(self._market, sorted(changed, reverse=side is Side.BUY))

    def _now(self, side: Side) -> list[Level]:
        book = self._market.book
        if self._group is None:
            return book.top(side, self._levels)
        try:
            step = group_ticks(self._market, self._group)
        except InvalidDecimal:  # the instrument's tick was changed since it was asked for
            return book.top(side, self._levels)
        return book.grouped(side, step, self._levels)


def _texts(market: Market, levels: list[Level]) -> list[LevelText]:
    price_text, qty_text = market.price_text, market.qty_text
    return [(price_text(price), qty_text(qty) if qty else REMOVED) for price, qty in levels]
