"""One instrument's best bid and offer (L1), each time either changes, at one interval."""

from domain.orders import Side
from gateway.state.market import Market
from gateway.ws import pushes

Best = tuple[int, int] | None


class BestChannel:
    """Remembers what was told last. In an auction there is no best price."""

    def __init__(self, market: Market, interval_ms: int) -> None:
        self._market = market
        self._interval_ms = interval_ms
        self._told: tuple[Best, Best] | None = None

    @property
    def is_hidden(self) -> bool:
        """Nothing is told of an auction's course, so what hides it is an ordinary change."""
        return False

    def note(self, changed: set[tuple[Side, int]], changed_orders: set[int]) -> None:
        """Nothing: the best are compared when something is due."""

    def due(self, ts_ns: int) -> bytes | None:
        """Return the best, if they are not what was told last."""
        return None if self._now() == self._told else self.snapshot(ts_ns)

    def snapshot(self, ts_ns: int) -> bytes:
        """Return the best for a newcomer."""
        self._told = self._now()
        bid, bid_qty = self._texts(self._told[0])
        ask, ask_qty = self._texts(self._told[1])
        return pushes.encode(
            pushes.Best(
                symbol=self._market.instrument.symbol,
                interval_ms=self._interval_ms,
                seq=self._market.book.seq,
                bid=bid,
                bid_qty=bid_qty,
                ask=ask,
                ask_qty=ask_qty,
                ts_ns=str(ts_ns),
            )
        )

    def _now(self) -> tuple[Best, Best]:
        return self._best(Side.BUY), self._best(Side.SELL)

    def _best(self, side: Side) -> Best:
        if self._market.depth_is_hidden:
            return None
        top = self._market.book.top(side, 1)
        return top[0] if top else None

    def _texts(self, best: Best) -> tuple[str | None, str | None]:
        if best is None:
            return None, None
        return self._market.price_text(best[0]), self._market.qty_text(best[1])
