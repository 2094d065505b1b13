"""What an auction would come to now: its price, volume and imbalance, instead of a crossed book."""

from typing import Final

from domain import auction
from domain.auction import Uncross
from domain.orders import Side
from gateway.state.market import Market

RECOMPUTED_AFTER_NS: Final = 250_000_000


class Indications:
    """By instrument, worked out again at most four times a second, and only if the book changed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int, Uncross | None]] = {}

    def of(self, market: Market, now_ns: int) -> Uncross | None:
        """Return what would trade; None if nothing would."""
        key, book_seq = market.instrument.instrument_id, market.book.seq
        known = self._known.get(key)
        if known and (known[0] == book_seq or 0 <= now_ns - known[1] < RECOMPUTED_AFTER_NS):
            return known[2]
        found = uncross(market)
        self._known[key] = (book_seq, now_ns, found)
        return found

    def forget(self, market: Market) -> None:
        """An auction begins or has ended: what was worked out before says nothing any more."""
        self._known.pop(market.instrument.instrument_id, None)


def uncross(market: Market) -> Uncross | None:
    """Return what ``market`` would trade if it uncrossed now."""
    bid, ask = market.book.best(Side.BUY), market.book.best(Side.SELL)
    if bid is None or ask is None or bid < ask:
        return None
    # Outside of what is crossed nothing trades, and nothing there counts for a price inside.
    bids, asks = market.whole_levels(Side.BUY, ask), market.whole_levels(Side.SELL, bid)
    return auction.uncross(bids, asks, market.reference_price_ticks)
