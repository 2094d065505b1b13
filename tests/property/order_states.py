"""Every order's life as the events tell it: each step must be one that an order can take."""

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
    Trade,
    TradeFlag,
)
from domain.orders import CONDITIONAL_TYPES, OrderStatus
from engine_core.contract import OrderRow


@dataclass(slots=True)
class _Life:
    status: OrderStatus
    leaves_qty_lots: int
    cum_qty_lots: int
    by_budget: bool


class OrderStates:
    """Orders open now, and the numbering of orders and trades."""

    def __init__(self) -> None:
        self._open: dict[int, _Life] = {}
        self._orders = 0
        self._trades: Counter[int] = Counter()

    def read(self, event: Event) -> None:
        """Take in the next event of the stream; an order that is over may not appear again."""
        match event:
            case OrderAccepted():
                self._accept(event)
            case OrderTriggered():
                life = self._open[event.order_id]
                assert life.status is OrderStatus.PENDING_TRIGGER, event
                assert life.leaves_qty_lots == event.qty_lots, event
                life.status = OrderStatus.NEW
            case Trade():
                self._trade(event)
            case OrderCanceled() | OrderExpired():
                life = self._open.pop(event.order_id)
                assert life.leaves_qty_lots == event.qty_lots, event
                assert life.cum_qty_lots == event.cum_qty_lots, event
            case OrderReduced():
                life = self._open[event.order_id]
                life.leaves_qty_lots -= event.qty_lots
                self._agree(event, event.order_id)
            case OrderRested():
                assert self._open[event.order_id].status is not OrderStatus.PENDING_TRIGGER, event
                self._agree(event, event.order_id)
            case OrderReplaced():
                life = self._open[event.order_id]
                life.leaves_qty_lots = event.leaves_qty_lots
                assert life.cum_qty_lots == event.qty_lots - event.leaves_qty_lots, event

    def check(self, rows: list[OrderRow]) -> None:
        """Compare with the open orders a core lists."""
        listed = {row[0]: (row[6], row[7]) for row in rows}
        said = {key: (life.leaves_qty_lots, life.cum_qty_lots) for key, life in self._open.items()}
        assert listed == said

    def _accept(self, event: OrderAccepted) -> None:
        self._orders += 1
        assert event.order_id == self._orders, event
        waits = event.order_type in CONDITIONAL_TYPES
        status = OrderStatus.PENDING_TRIGGER if waits else OrderStatus.NEW
        by_budget = event.quote_budget_atoms > 0
        self._open[event.order_id] = _Life(status, event.qty_lots, 0, by_budget)

    def _trade(self, trade: Trade) -> None:
        self._trades[trade.instrument_id] += 1
        assert trade.trade_id == self._trades[trade.instrument_id], trade
        parties = (
            (trade.maker_order_id, TradeFlag.MAKER_FILLED),
            (trade.taker_order_id, TradeFlag.TAKER_FILLED),
        )
        assert trade.qty_lots > 0
        for order_id, filled in parties:
            life = self._open[order_id]
            assert life.status is not OrderStatus.PENDING_TRIGGER, trade
            life.status = OrderStatus.PARTIALLY_FILLED
            life.cum_qty_lots += trade.qty_lots
            if not life.by_budget:
                life.leaves_qty_lots -= trade.qty_lots
                assert life.leaves_qty_lots >= 0, trade
                assert (life.leaves_qty_lots == 0) == (filled in trade.flags), trade
            if filled in trade.flags:
                del self._open[order_id]

    def _agree(self, event: OrderReduced | OrderRested, order_id: int) -> None:
        life = self._open[order_id]
        assert life.leaves_qty_lots == event.leaves_qty_lots, event
        if not life.leaves_qty_lots and not life.by_budget:
            del self._open[order_id]
