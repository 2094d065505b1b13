"""The book as a reader of the events sees it: no state of the core, only what it said."""

from collections import Counter
from dataclasses import dataclass

from domain.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderReduced,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    ReplaceFlag,
    Trade,
    TradingStatusChanged,
)
from domain.orders import AggressorSide, Side
from domain.venue_events import AuctionUncrossed


@dataclass(slots=True)
class _Shown:
    """One order in the book."""

    instrument_id: int
    side: Side
    price_ticks: int
    visible_qty_lots: int
    leaves_qty_lots: int


class BookOfEvents:
    """Every instrument's visible book; ``read`` also checks that each change of it is counted."""

    def __init__(self) -> None:
        self._shown: dict[int, _Shown] = {}
        self._book_seq: Counter[int] = Counter()
        self._uncrossing: set[int] = set()

    def read(self, event: Event) -> None:
        """Take in the next event of the stream."""
        book_seq = getattr(event, "book_seq", 0)
        if book_seq:
            instrument_id: int = event.instrument_id  # type: ignore[union-attr]
            self._book_seq[instrument_id] += 1
            assert book_seq == self._book_seq[instrument_id], event
        match event:
            case OrderAccepted() if book_seq:
                visible_lots = min(event.display_qty_lots or event.qty_lots, event.qty_lots)
                self._show(event, visible_lots, event.qty_lots)
            case OrderTriggered() if book_seq:
                self._show(event, event.qty_lots, event.qty_lots)
            case OrderRested():
                self._show(event, event.visible_qty_lots, event.leaves_qty_lots)
            case OrderReplaced() if book_seq:
                self._replace(event)
            case Trade():
                self._take(event.maker_order_id, event.qty_lots, event.instrument_id)
                if event.aggressor_side is AggressorSide.NONE:
                    self._take(event.taker_order_id, event.qty_lots, event.instrument_id)
            case OrderReduced() if book_seq:
                self._take(event.order_id, event.qty_lots, event.instrument_id)
            case AuctionUncrossed():
                self._uncrossing.add(event.instrument_id)
            case TradingStatusChanged():
                self._uncrossing.discard(event.instrument_id)
            case OrderCanceled() | OrderExpired():
                assert (event.order_id in self._shown) == (book_seq > 0), event
                self._shown.pop(event.order_id, None)

    def depth(self, instrument_id: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return bids and asks, best first, (price_ticks, qty_lots)."""
        levels: dict[Side, Counter[int]] = {Side.BUY: Counter(), Side.SELL: Counter()}
        for order in self._shown.values():
            assert 0 < order.visible_qty_lots <= order.leaves_qty_lots
            if order.instrument_id == instrument_id:
                levels[order.side][order.price_ticks] += order.visible_qty_lots
        return sorted(levels[Side.BUY].items(), reverse=True), sorted(levels[Side.SELL].items())

    def _show(
        self,
        event: OrderAccepted | OrderTriggered | OrderRested | OrderReplaced,
        visible_lots: int,
        leaves_lots: int,
    ) -> None:
        terms = (event.instrument_id, event.side, event.price_ticks)
        self._shown[event.order_id] = _Shown(*terms, visible_lots, leaves_lots)

    def _replace(self, event: OrderReplaced) -> None:
        before = self._shown.pop(event.order_id)
        leaves_lots = event.leaves_qty_lots
        if ReplaceFlag.KEPT_PLACE in event.flags:
            self._show(event, min(before.visible_qty_lots, leaves_lots), leaves_lots)
        elif ReplaceFlag.RESTED in event.flags:
            self._show(event, min(event.display_qty_lots or leaves_lots, leaves_lots), leaves_lots)

    def _take(self, order_id: int, qty_lots: int, instrument_id: int) -> None:
        order = self._shown[order_id]
        order.leaves_qty_lots -= qty_lots
        if instrument_id in self._uncrossing:  # what is hidden goes first
            order.visible_qty_lots = min(order.visible_qty_lots, order.leaves_qty_lots)
        else:
            order.visible_qty_lots -= qty_lots
        assert order.visible_qty_lots >= 0
        if not order.leaves_qty_lots:
            del self._shown[order_id]
