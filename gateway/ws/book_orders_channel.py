"""One instrument's book order by order (L3), without its owners: a snapshot, then what changed."""

from domain.orders import Side
from gateway.state.book import RestingOrder
from gateway.state.market import Market
from gateway.ws import pushes


class BookOrdersChannel:
    """Collects changed orders until the next message. In an auction none are shown."""

    def __init__(self, market: Market, interval_ms: int) -> None:
        self._market = market
        self._interval_ms = interval_ms
        self._changed: set[int] = set()
        self._seq = market.book.seq
        self._hidden = market.depth_is_hidden

    @property
    def is_hidden(self) -> bool:
        """Whether the last message hid the orders."""
        return self._hidden

    def note(self, changed: set[tuple[Side, int]], changed_orders: set[int]) -> None:
        """Levels and orders of the book changed."""
        if not self._hidden:  # else a snapshot follows, however long the auction is
            self._changed |= changed_orders

    def due(self, ts_ns: int) -> bytes | None:
        """Return what is to be said since the last message; None if nothing is."""
        book = self._market.book
        if self._hidden != self._market.depth_is_hidden:
            return self.snapshot(ts_ns)
        if self._hidden or book.seq == self._seq:
            return None
        changed = [(order_id, book.order(order_id)) for order_id in sorted(self._changed)]
        push = pushes.BookOrdersDelta(
            symbol=self._market.instrument.symbol,
            interval_ms=self._interval_ms,
            prev=self._seq,
            seq=book.seq,
            gone=[order_id for order_id, order in changed if order is None],
            bids=self._texts([one for _, one in changed if one and self._is_bid(one)]),
            asks=self._texts([one for _, one in changed if one and not self._is_bid(one)]),
            ts_ns=str(ts_ns),
        )
        self._changed.clear()
        self._seq = book.seq
        return pushes.encode(push)

    def snapshot(self, ts_ns: int) -> bytes:
        """Return every order, first to trade first; call it when nothing is due."""
        book = self._market.book
        self._hidden = self._market.depth_is_hidden
        self._changed.clear()
        self._seq = book.seq
        bids, asks = ([] if self._hidden else book.orders(side) for side in (Side.BUY, Side.SELL))
        return pushes.encode(
            pushes.BookOrdersSnapshot(
                symbol=self._market.instrument.symbol,
                interval_ms=self._interval_ms,
                seq=book.seq,
                bids=self._texts(bids),
                asks=self._texts(asks),
                hidden=self._hidden,
                ts_ns=str(ts_ns),
            )
        )

    def _is_bid(self, order: RestingOrder) -> bool:
        resting = self._market.book.resting(order.order_id)
        return resting is not None and resting[0] is Side.BUY

    def _texts(self, orders: list[RestingOrder]) -> list[tuple[int, str, str, int]]:
        price_text, qty_text = self._market.price_text, self._market.qty_text
        return [
            (one.order_id, price_text(one.price_ticks), qty_text(one.qty_lots), one.place)
            for one in orders
        ]
