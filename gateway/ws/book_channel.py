"""One instrument's book as one channel shows it: a snapshot for each newcomer, then the same deltas
for all. In an auction an empty snapshot with what it would come to, again whenever that changes;
after it a full one.
"""

from msgspec import UNSET

from domain.auction import Uncross
from domain.orders import Side
from gateway.orders import presenters
from gateway.state.indication import Indications
from gateway.state.market import Market
from gateway.types import trading as api
from gateway.ws import pushes
from gateway.ws.book_content import BookTerms, content_of


class BookChannel:
    """Collects what changes until the next message. ``seq`` is that of the last message."""

    def __init__(self, market: Market, terms: BookTerms, indications: Indications) -> None:
        self._market = market
        self._terms = terms
        self._indications = indications
        self._content = content_of(market, terms)
        self._looked_at_seq = self._seq = market.book.seq
        self._hidden = market.depth_is_hidden
        self._told: Uncross | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether the last message hid the levels."""
        return self._hidden

    def note(self, changed: set[tuple[Side, int]], changed_orders: set[int]) -> None:
        """Levels and orders of the book changed."""
        self._content.note(changed)

    def due(self, ts_ns: int) -> bytes | None:
        """Return what is to be said since the last message; None if nothing is."""
        market, was_hidden = self._market, self._hidden
        if market.depth_is_hidden:
            found = self._indications.of(market, ts_ns)
            return None if was_hidden and found == self._told else self._start_over(ts_ns)
        if was_hidden:
            return self._start_over(ts_ns)
        if market.book.seq == self._looked_at_seq:
            return None
        self._looked_at_seq = market.book.seq
        changes = self._content.changes()
        return None if changes is None else self._delta(*changes, ts_ns)

    def snapshot(self, ts_ns: int) -> bytes:
        """Return all of it for a newcomer; call it when nothing is due, or nobody reads yet."""
        market = self._market
        self._hidden = market.depth_is_hidden
        bids, asks = ([], []) if self._hidden else self._content.whole()
        return pushes.encode(
            pushes.BookSnapshot(
                symbol=market.instrument.symbol,
                interval_ms=self._terms.interval_ms,
                levels=self._terms.levels or UNSET,
                group=self._terms.group or UNSET,
                seq=self._seq,
                bids=bids,
                asks=asks,
                auction=self._auction(ts_ns),
                ts_ns=str(ts_ns),
            )
        )

    def _start_over(self, ts_ns: int) -> bytes:
        """Return a snapshot for every reader."""
        self._looked_at_seq = self._seq = self._market.book.seq
        return self.snapshot(ts_ns)

    def _auction(self, ts_ns: int) -> api.Auction | None:
        if not self._hidden:
            return None
        self._told = self._indications.of(self._market, ts_ns)
        return presenters.auction(self._market, self._told)

    def _delta(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]], ts_ns: int) -> bytes:
        book = self._market.book
        push = pushes.BookDelta(
            symbol=self._market.instrument.symbol,
            interval_ms=self._terms.interval_ms,
            levels=self._terms.levels or UNSET,
            group=self._terms.group or UNSET,
            prev=self._seq,
            seq=book.seq,
            bids=bids,
            asks=asks,
            checksum=self._content.checksum(),
            ts_ns=str(ts_ns),
        )
        self._seq = book.seq
        return pushes.encode(push)
