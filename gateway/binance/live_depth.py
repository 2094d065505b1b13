"""One instrument's book changes since its stream last told of them. Pure.

An auction hides the book: no level of it can be told. As it begins and as it is over, whoever reads
the stream has to start over with a snapshot.
"""

from typing import Any

from domain.orders import Side
from gateway.binance import stream_events
from gateway.state.book import Level
from gateway.state.market import Market


class LiveDepth:
    """Collects changes; ``last`` is the u of the last event."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._changed: set[tuple[Side, int]] = set()
        self._hidden = market.depth_is_hidden
        self.last = market.book.seq

    def take(self) -> bool:
        """Take what just changed; return False if the stream cannot go on from what it told."""
        self._changed |= self._market.book.changed
        return self._hidden == self._market.depth_is_hidden

    def event(self, now_ms: int) -> dict[str, Any] | None:
        """Return what changed, None if nothing did."""
        book = self._market.book
        if book.seq == self.last or self._hidden:
            return None
        first, self.last = self.last + 1, book.seq
        bids, asks = self._levels(Side.BUY), self._levels(Side.SELL)
        self._changed.clear()
        return stream_events.depth_update(self._market, first, book.seq, bids, asks, now_ms)

    def _levels(self, side: Side) -> list[Level]:
        prices = sorted(price for of, price in self._changed if of is side)
        if side is Side.BUY:
            prices.reverse()
        return [(price, self._market.book.qty_lots(side, price)) for price in prices]
