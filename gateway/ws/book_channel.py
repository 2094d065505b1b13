"""One instrument's book at one interval: a snapshot for each newcomer, then the same deltas for
all.
"""

from typing import Final

from domain.orders import Side
from gateway import presenters
from gateway.projection import Market
from gateway.ws import pushes

SNAPSHOT_LEVELS_MAX: Final = 5_000
REMOVED: Final = "0"


class BookChannel:
    """Collects changed levels until the next delta. ``seq`` is that of the last message."""

    def __init__(self, market: Market, interval_ms: int) -> None:
        self._market = market
        self._interval_ms = interval_ms
        self._changed: set[tuple[Side, int]] = set()
        self._seq = market.book.seq

    def note(self, changed: set[tuple[Side, int]]) -> None:
        """Levels changed."""
        self._changed |= changed

    def delta(self, ts_ns: int) -> bytes | None:
        """Return what changed since the last message; None if nothing did."""
        book = self._market.book
        if book.seq == self._seq:
            return None
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

    def snapshot(self, ts_ns: int) -> bytes:
        """Return the whole book. Call it only when ``delta`` has nothing to say."""
        assert self._seq == self._market.book.seq, "a delta is due"
        return pushes.encode(
            pushes.BookSnapshot(
                symbol=self._market.instrument.symbol,
                interval_ms=self._interval_ms,
                seq=self._seq,
                bids=presenters.levels(self._market, Side.BUY, SNAPSHOT_LEVELS_MAX),
                asks=presenters.levels(self._market, Side.SELL, SNAPSHOT_LEVELS_MAX),
                ts_ns=str(ts_ns),
            )
        )

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
