"""The readable book as something that runs an order stream: limit, cancel and market orders."""

from collections.abc import Iterable

from domain.orders import SelfTradePrevention, Side
from domain.units import PRICE_TICKS_MAX
from engine_core.limits import EVENTS_PER_COMMAND_MAX
from matching.reference import BookOrder, OrderBook
from matching.sweep import ByQuantity, Fill, sweep
from replay.workload import OP_CANCEL, OP_LIMIT, Fields

FilledBy = tuple[int, int, int, int]
"""Maker's and taker's order id, price in ticks, quantity in lots."""


class ReferenceBook:
    """One instrument, ids from the stream."""

    def __init__(self) -> None:
        self._book: OrderBook[BookOrder] = OrderBook()
        self._resting: dict[int, BookOrder] = {}
        self._fills: list[FilledBy] = []

    def run(self, stream: Iterable[Fields]) -> list[FilledBy]:
        """Execute the records of a stream; return all fills so far."""
        for op, side, _, qty_lots, price_ticks, order_id in stream:
            if op == OP_CANCEL:
                order = self._resting.pop(order_id, None)
                if order is not None:
                    self._book.remove(order)
                continue
            taker = BookOrder(
                order_id=order_id,
                group_id=0,
                side=Side(side + 1),
                price_ticks=price_ticks,
                leaves_qty_lots=qty_lots,
            )
            self._enter(taker, is_limit=op == OP_LIMIT)
        return self._fills

    def _enter(self, taker: BookOrder, *, is_limit: bool) -> None:
        bound_ticks = taker.price_ticks
        if not is_limit:
            bound_ticks = PRICE_TICKS_MAX if taker.side is Side.BUY else 0
        if not is_limit or self._book.would_take(taker.side, bound_ticks):
            self._take(taker, bound_ticks)
        if is_limit and taker.leaves_qty_lots:
            self._book.add(taker)
            self._resting[taker.order_id] = taker

    def _take(self, taker: BookOrder, bound_ticks: int) -> None:
        plan = sweep(
            self._book.makers(taker.side, bound_ticks),
            ByQuantity(taker.leaves_qty_lots),
            group_id=taker.group_id,
            self_trade_prevention=SelfTradePrevention.NONE,
            events_max=EVENTS_PER_COMMAND_MAX,
        )
        for step in plan.steps:
            assert isinstance(step, Fill)  # self-trade prevention is off
            maker = step.maker
            self._book.reduce(maker, step.qty_lots)
            taker.leaves_qty_lots -= step.qty_lots
            if not maker.leaves_qty_lots:
                del self._resting[maker.order_id]
            fill = (maker.order_id, taker.order_id, maker.price_ticks, step.qty_lots)
            self._fills.append(fill)
