"""A book kept from snapshots and deltas, exact in integers; it knows when it is not right."""

from collections.abc import Iterable
from typing import Any

from domain.instruments import Instrument


class LocalBook:
    """Levels of one instrument. ``stale`` until a snapshot, and again from a gap to the next
    snapshot. In an auction there are no levels, but what it would come to.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}
        self.seq = 0
        self.stale = True
        self.auction: dict[str, str | None] | None = None
        """Price, qty and imbalance; None while the book is shown."""

    def apply(self, message: dict[str, Any]) -> bool:
        """Take in one message of the book channel; return whether the book is right after it."""
        if message["type"] == "snapshot":
            self._bids, self._asks = {}, {}
            self.auction = message.get("auction")
            self.stale = False
        elif self.stale or message["prev"] != self.seq:
            self.stale = True
            return False
        self._set(self._bids, message["bids"])
        self._set(self._asks, message["asks"])
        self.seq = message["seq"]
        return True

    def _set(self, levels: dict[int, int], changes: Iterable[tuple[str, str]]) -> None:
        for price, qty in changes:
            price_ticks = self._instrument.price_ticks(price)
            qty_lots = self._instrument.qty_lots(qty)
            if qty_lots:
                levels[price_ticks] = qty_lots
            else:
                levels.pop(price_ticks, None)

    @property
    def best_bid_ticks(self) -> int | None:
        """The highest bid, or None."""
        return max(self._bids, default=None)

    @property
    def best_ask_ticks(self) -> int | None:
        """The lowest ask, or None."""
        return min(self._asks, default=None)

    @property
    def best_bid(self) -> tuple[int, int] | None:
        """(price_ticks, qty_lots) of the highest bid, or None."""
        best = self.best_bid_ticks
        return None if best is None else (best, self._bids[best])

    @property
    def best_ask(self) -> tuple[int, int] | None:
        """(price_ticks, qty_lots) of the lowest ask, or None."""
        best = self.best_ask_ticks
        return None if best is None else (best, self._asks[best])

    def levels(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return (price_ticks, qty_lots) of bids and asks, best first."""
        return sorted(self._bids.items(), reverse=True), sorted(self._asks.items())
