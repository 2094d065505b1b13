"""The life of orders, folded from events: what a customer is shown as its order's state."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from accounts.errors import Disagreement
from domain.events import (
    EventKind,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderListAccepted,
    OrderReduced,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    ReplaceFlag,
    Trade,
    TradeFlag,
)
from domain.orders import CONDITIONAL_TYPES, AggressorSide, OrderStatus
from domain.reasons import CancelReason

_BY_ACCOUNT: Final = attrgetter("account_id")


@dataclass(slots=True)
class OrderRecord:
    """An order as it is after ``updated_seq``. Enumerations as their numbers.

    ``cum_quote_atoms`` is what its fills paid or earned before fees; ``fee_atoms`` is in the asset
    it receives. ``visible_qty_lots`` is what the book shows of it: 0 while it is not in it.
    ``hold_price_ticks`` is what a waiting order to buy at the market holds for a lot, 0 for others;
    ``trigger_price_ticks`` of a trailing stop moves without an event, and is here what was last
    told. ``list_id`` is 0 unless it is a leg of a list.
    """

    order_id: int
    account_id: int
    instrument_id: int
    client_order_id: bytes
    side: int
    order_type: int
    time_in_force: int
    self_trade_prevention: int
    flags: int
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int
    trailing_bps: int
    hold_price_ticks: int
    display_qty_lots: int
    quote_budget_atoms: int
    leaves_qty_lots: int
    visible_qty_lots: int
    cum_qty_lots: int
    cum_quote_atoms: int
    fee_atoms: int
    status: int
    reason: int
    is_open: bool
    list_id: int
    contingency_type: int
    expire_s: int
    created_ts_ns: int
    updated_ts_ns: int
    created_seq: int
    updated_seq: int


@dataclass(slots=True)
class OrderListRecord:
    """Two orders entered as one. ``list_id`` is the first one's id."""

    list_id: int
    account_id: int
    instrument_id: int
    contingency_type: int
    second_order_id: int
    client_order_id: bytes
    created_ts_ns: int
    created_seq: int


_PENDING_TRIGGER: Final = int(OrderStatus.PENDING_TRIGGER)
_NEW: Final = int(OrderStatus.NEW)
_PARTIALLY_FILLED: Final = int(OrderStatus.PARTIALLY_FILLED)
_FILLED: Final = int(OrderStatus.FILLED)
_ENDED_BY: Final = {
    int(EventKind.ORDER_CANCELED): int(OrderStatus.CANCELED),
    int(EventKind.ORDER_REDUCED): int(OrderStatus.CANCELED),
    int(EventKind.ORDER_EXPIRED): int(OrderStatus.EXPIRED),
}


class OrderHistory:
    """Moves the known orders on: takes a batch's events in order."""

    def __init__(
        self,
        orders: dict[int, OrderRecord],
        first_seq: int,
        lists: Iterable[OrderListRecord] = (),
        new_record: type[OrderRecord] = OrderRecord,
    ) -> None:
        self.orders = orders
        self._first_seq = first_seq
        self._new_record = new_record
        self.entered_by_id: dict[int, OrderRecord] = {}
        self.changed_by_id: dict[int, OrderRecord] = {}
        self.lists: list[OrderListRecord] = []
        self.list_of = {order_id: one for one in lists for order_id in _legs(one)}

    def list_accepted(self, seq: int, event: OrderListAccepted) -> None:
        """Take the entry of a list; its orders' entries follow."""
        entered = OrderListRecord(
            list_id=event.list_id,
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            contingency_type=event.contingency_type,
            second_order_id=event.second_order_id,
            client_order_id=event.client_order_id,
            created_ts_ns=event.ts_ns,
            created_seq=seq,
        )
        self.lists.append(entered)
        self.list_of |= dict.fromkeys(_legs(entered), entered)

    def accepted(self, seq: int, event: OrderAccepted, hold_price_ticks: int = 0) -> None:
        """Take the entry of an order."""
        if event.order_id in self.orders:
            raise Disagreement(f"order {event.order_id} was accepted twice")
        belongs_to = self.list_of.get(event.order_id)
        entered = self._new_record(
            order_id=event.order_id,
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            client_order_id=event.client_order_id,
            side=event.side,
            order_type=event.order_type,
            time_in_force=event.time_in_force,
            self_trade_prevention=event.self_trade_prevention,
            flags=event.flags,
            price_ticks=event.price_ticks,
            qty_lots=event.qty_lots,
            trigger_price_ticks=event.trigger_price_ticks,
            trailing_bps=event.trailing_bps,
            hold_price_ticks=hold_price_ticks,
            display_qty_lots=event.display_qty_lots,
            quote_budget_atoms=event.quote_budget_atoms,
            leaves_qty_lots=event.qty_lots,
            visible_qty_lots=0,
            cum_qty_lots=0,
            cum_quote_atoms=0,
            fee_atoms=0,
            status=_PENDING_TRIGGER if event.order_type in CONDITIONAL_TYPES else _NEW,
            reason=int(CancelReason.NONE),
            is_open=True,
            list_id=belongs_to.list_id if belongs_to else 0,
            contingency_type=belongs_to.contingency_type if belongs_to else 0,
            expire_s=event.expire_s,
            created_ts_ns=event.ts_ns,
            updated_ts_ns=event.ts_ns,
            created_seq=seq,
            updated_seq=seq,
        )
        self.entered_by_id[event.order_id] = self.orders[event.order_id] = entered
        if event.book_seq:
            _rest(entered)

    def triggered(self, seq: int, event: OrderTriggered) -> None:
        """Take the moment a waiting order became the market or limit order it stands for."""
        order = self._open_order(seq, event.ts_ns, event.order_id)
        if order.status != _PENDING_TRIGGER or order.leaves_qty_lots != event.qty_lots:
            raise Disagreement(
                f"event {seq}: order {order.order_id} is triggered with {event.qty_lots} lots; it "
                f"has status {order.status} and {order.leaves_qty_lots} lots"
            )
        order.status = _NEW
        order.trigger_price_ticks = event.trigger_price_ticks
        if event.book_seq:
            _rest(order)

    def traded(self, seq: int, event: Trade, quote_atoms: int) -> None:
        """Take a trade: one fill of each of its two orders."""
        maker = self._open_order(seq, event.ts_ns, event.maker_order_id)
        taker = self._open_order(seq, event.ts_ns, event.taker_order_id)
        if (maker.account_id, taker.account_id) != (event.maker_account_id, event.taker_account_id):
            raise Disagreement(f"event {seq}: a trade names accounts that do not own its orders")
        filled = event.flags
        in_auction = event.aggressor_side == AggressorSide.NONE
        if not in_auction:
            _show_less(seq, maker, event.qty_lots)
        _fill(maker, event.qty_lots, quote_atoms, event.maker_fee_atoms, filled & _MAKER_FILLED)
        _fill(taker, event.qty_lots, quote_atoms, event.taker_fee_atoms, filled & _TAKER_FILLED)
        if in_auction:
            _hide_first(maker)
            _hide_first(taker)

    def ended(self, seq: int, kind: int, event: OrderCanceled | OrderExpired) -> None:
        """Take the end of an order that was not filled."""
        order = self._open_order(seq, event.ts_ns, event.order_id)
        if order.cum_qty_lots != event.cum_qty_lots:
            raise Disagreement(
                f"event {seq}: order {order.order_id} ended with {event.cum_qty_lots} lots filled, "
                f"its trades say {order.cum_qty_lots}"
            )
        _end(order, _ENDED_BY[kind], event.reason)

    def reduced(self, seq: int, event: OrderReduced, in_auction: bool = False) -> None:
        """Take a reduction by self-trade prevention; ``in_auction``: as its book was uncrossed."""
        order = self._open_order(seq, event.ts_ns, event.order_id)
        if event.book_seq and not in_auction:
            _show_less(seq, order, event.qty_lots)
        order.qty_lots -= event.qty_lots
        order.leaves_qty_lots = event.leaves_qty_lots
        if in_auction:
            _hide_first(order)
        if not event.leaves_qty_lots:
            _end(order, _ENDED_BY[int(EventKind.ORDER_REDUCED)], event.reason)

    def replaced(self, seq: int, event: OrderReplaced, hold_price_ticks: int = 0) -> None:
        """Take an amendment."""
        order = self._open_order(seq, event.ts_ns, event.order_id)
        order.price_ticks = event.price_ticks
        order.qty_lots = event.qty_lots
        order.leaves_qty_lots = event.leaves_qty_lots
        if order.status == _PENDING_TRIGGER:
            order.trigger_price_ticks = event.trigger_price_ticks
            order.hold_price_ticks = hold_price_ticks
            return
        order.display_qty_lots = event.display_qty_lots
        if event.flags & ReplaceFlag.KEPT_PLACE:
            order.visible_qty_lots = min(order.visible_qty_lots, order.leaves_qty_lots)
        elif event.flags & ReplaceFlag.RESTED:
            _rest(order)
        else:
            order.visible_qty_lots = 0

    def rested(self, seq: int, event: OrderRested) -> None:
        """Take the rest of an order, or an iceberg's next slice, into the book."""
        order = self._open_order(seq, event.ts_ns, event.order_id)
        if order.leaves_qty_lots != event.leaves_qty_lots:
            raise Disagreement(
                f"event {seq}: order {order.order_id} rested with {event.leaves_qty_lots} lots, "
                f"its history leaves {order.leaves_qty_lots}"
            )
        order.visible_qty_lots = event.visible_qty_lots

    def order(self, order_id: int) -> OrderRecord | None:
        """Return one of the orders, as it is by now."""
        return self.orders.get(order_id)

    def entered(self) -> list[OrderRecord]:
        """Return the orders this batch accepted, by account, those of one as they came: two of
        their indexes begin with the account, and rows that are neighbours there cost less to write.
        """
        return sorted(self.entered_by_id.values(), key=_BY_ACCOUNT)

    def changed(self) -> list[OrderRecord]:
        """Return the orders this batch changed that were entered before it, by id."""
        return [order for _, order in sorted(self.changed_by_id.items())]

    def forget_ended(self) -> None:
        """Keep only open orders in mind: no event is about one that ended."""
        for touched in (self.entered_by_id, self.changed_by_id):
            for order_id, order in touched.items():
                if not order.is_open:
                    self.orders.pop(order_id, None)

    def _open_order(self, seq: int, ts_ns: int, order_id: int) -> OrderRecord:
        order = self.orders.get(order_id)
        if order is None or not order.is_open:
            raise Disagreement(f"event {seq} is about order {order_id}, which is not open")
        if order.created_seq < self._first_seq:
            self.changed_by_id[order_id] = order
        order.updated_seq, order.updated_ts_ns = seq, ts_ns
        return order


_MAKER_FILLED: Final = int(TradeFlag.MAKER_FILLED)
_TAKER_FILLED: Final = int(TradeFlag.TAKER_FILLED)


def _fill(
    order: OrderRecord, qty_lots: int, quote_atoms: int, fee_atoms: int, is_filled: int
) -> None:
    order.cum_qty_lots += qty_lots
    order.cum_quote_atoms += quote_atoms
    order.fee_atoms += fee_atoms
    if order.qty_lots:  # a market order by budget has no quantity to count down
        order.leaves_qty_lots -= qty_lots
        if order.leaves_qty_lots < 0 or bool(is_filled) != (order.leaves_qty_lots == 0):
            raise Disagreement(
                f"order {order.order_id} is {'' if is_filled else 'not '}filled, "
                f"and {order.leaves_qty_lots} lots are left of it"
            )
    if is_filled:
        _end(order, _FILLED, int(CancelReason.NONE))
    else:
        order.status = _PARTIALLY_FILLED


def _end(order: OrderRecord, status: int, reason: int) -> None:
    order.status, order.reason = status, reason
    order.leaves_qty_lots = order.visible_qty_lots = 0
    order.is_open = False


def _rest(order: OrderRecord) -> None:
    """It joined the book's tail, whole; of an iceberg only its display quantity is seen."""
    leaves_lots = order.leaves_qty_lots
    order.visible_qty_lots = min(order.display_qty_lots or leaves_lots, leaves_lots)


def _hide_first(order: OrderRecord) -> None:
    """An auction trades whole orders: what an iceberg hides goes before what it shows."""
    order.visible_qty_lots = min(order.visible_qty_lots, order.leaves_qty_lots)


def _legs(order_list: OrderListRecord) -> tuple[int, int]:
    return order_list.list_id, order_list.second_order_id


def _show_less(seq: int, order: OrderRecord, qty_lots: int) -> None:
    if qty_lots > order.visible_qty_lots:
        raise Disagreement(
            f"event {seq} takes {qty_lots} lots of order {order.order_id} from the book, which "
            f"shows {order.visible_qty_lots}"
        )
    order.visible_qty_lots -= qty_lots
