"""One instrument's book at one interval: a snapshot for each newcomer, then the same deltas for
all. In an auction an empty snapshot with what it would come to, again whenever that changes; after
it a full one.
"""

from typing import Final

from domain.auction import Uncross
from domain.orders import Side
from gateway import presenters
from gateway.indication import Indications
from gateway.market import Market
from gateway.ws import pushes

SNAPSHOT_LEVELS_MAX: Final = 5_000
REMOVED: Final = "0"


class BookChannel:
    """Collects changed levels until the next message. ``seq`` is that of the last message."""

    def __init__(self, market: Market, interval_ms: int, indications: Indications) -> None:
        self._market = market
        self._interval_ms = interval_ms
        self._indications = indications
        self._changed: set[tuple[Side, int]] = set()
        self._seq = market.book.seq
        self._hidden = market.depth_is_hidden
        self._told: Uncross | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether the last message hid the levels."""
        return self._hidden

    def note(self, changed: set[tuple[Side, int]]) -> None:
        """Levels changed."""
        self._changed |= changed

    def due(self, ts_ns: int) -> bytes | None:
        """Return what is to be said since the last message; None if nothing is."""
        market, was_hidden = self._market, self._hidden
        if market.depth_is_hidden:
            found = self._indications.of(market, ts_ns)
            return None if was_hidden and found == self._told else self.snapshot(ts_ns)
        if was_hidden:
            return self.snapshot(ts_ns)
        return None if market.book.seq == self._seq else self._delta(ts_ns)

    def snapshot(self, ts_ns: int) -> bytes:
        """Return the whole book. Unless it goes to all readers, call it when nothing is due."""
        market = self._market
        self._hidden = market.depth_is_hidden
        auction = None
        if self._hidden:
            self._told = self._indications.of(market, ts_ns)
            auction = presenters.auction(market, self._told)
        self._changed.clear()
        self._seq = market.book.seq
        return pushes.encode(
            pushes.BookSnapshot(
                symbol=market.instrument.symbol,
                interval_ms=self._interval_ms,
                seq=self._seq,
                bids=presenters.levels(market, Side.BUY, SNAPSHOT_LEVELS_MAX),
                asks=presenters.levels(market, Side.SELL, SNAPSHOT_LEVELS_MAX),
                auction=auction,
                ts_ns=str(ts_ns),
            )
        )

    def _delta(self, ts_ns: int) -> bytes:
        book = self._market.book
        push = pushes.BookDelta(
            symbol=self._market.instrument.symbol,
            interval_ms=self._interval_ms,
            prev=self._seq,
            seq=book.seq,
            bids=self._levels(Side.BUY, best_is_high=True),
            asks=self._levels(Side.SELL, best_is_high=False),
            checksum=book.checksum(self._checksum_text),
            ts_ns=str(ts_ns),
        )
        self._changed.clear()
        self._seq = book.seq
        return pushes.encode(push)

    def _levels(self, side: Side, *, best_is_high: bool) -> list[tuple[str, str]]:
        market = self._market
        prices = sorted(
            (price for changed, price in self._changed if changed is side), reverse=best_is_high
        )
        levels = []
        for price_ticks in prices:
            qty_lots = market.book.qty_lots(side, price_ticks)
            qty = market.qty_text(qty_lots) if qty_lots else REMOVED
            levels.append((market.price_text(price_ticks), qty))
        return levels

    def _checksum_text(self, price_ticks: int, qty_lots: int) -> str:
        return f"{self._market.price_text(price_ticks)}:{self._market.qty_text(qty_lots)}"
