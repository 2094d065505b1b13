"""What an engine's events did to one instrument's displayed orders, as an order flow.

An order that enters the book again (an iceberg's next slice, an amended order that lost its place)
enters under a new reference, as on venues that tell of their books order by order.
"""

from collections.abc import Callable, Iterator
from typing import Final

from domain.events import EventKind, ReplaceFlag
from domain.orders import AggressorSide, TradingStatus
from replay.order_flow import Fields, FlowKind
from schemas.codec import event_fields
from schemas.layouts import EVENT_BYTES

_AGAIN: Final = 1 << 63
_LETTERS: Final = {
    TradingStatus.TRADING: ord("T"),
    TradingStatus.AUCTION: ord("A"),
    TradingStatus.CANCEL_ONLY: ord("C"),
    TradingStatus.HALT: ord("H"),
    TradingStatus.CLOSED: ord("X"),
}
_NAMES: Final = {
    EventKind.ORDER_ACCEPTED: (
        "order_id side price_ticks qty_lots display_qty_lots book_seq client_order_id"
    ),
    EventKind.TRADE: "maker_order_id taker_order_id price_ticks qty_lots trade_id aggressor_side",
    EventKind.ORDER_CANCELED: "order_id",
    EventKind.ORDER_EXPIRED: "order_id",
    EventKind.ORDER_REPLACED: (
        "order_id flags side price_ticks leaves_qty_lots display_qty_lots book_seq"
    ),
    EventKind.ORDER_REDUCED: "order_id qty_lots leaves_qty_lots",
    EventKind.ORDER_RESTED: "order_id side price_ticks visible_qty_lots leaves_qty_lots book_seq",
    EventKind.ORDER_TRIGGERED: "order_id side price_ticks qty_lots book_seq",
    EventKind.TRADING_STATUS_CHANGED: "trading_status",
    EventKind.AUCTION_UNCROSSED: "",
}
_READ: Final = {
    int(kind): event_fields(kind, "instrument_id", "ts_ns", *names.split())
    for kind, names in _NAMES.items()
}
_HANDLERS: Final = {int(kind): f"_{kind.name.lower()}" for kind in _NAMES}


class _Shown:
    __slots__ = ("leaves", "order_ref", "price", "qty", "side")

    def __init__(self, order_ref: int, side: int, price: int, qty: int, leaves: int) -> None:
        self.order_ref = order_ref
        self.side = side
        self.price = price
        self.qty = qty
        self.leaves = leaves
        """What is open, displayed or not."""


class EventFlow:
    """``ref_of``: which reference an order has that enters with a client order id; the engine's own
    id by default.
    """

    def __init__(self, instrument_id: int, ref_of: Callable[[bytes], int] | None = None) -> None:
        self._instrument_id = instrument_id
        self._ref_of = ref_of
        self._shown: dict[int, _Shown] = {}
        self._refs: dict[int, int] = {}
        """Of orders that are open but were not in the book yet, by id."""
        self._uncrossing = False
        self._ts_ns = 0
        self._rows: list[Fields] = []
        self._take = {kind: getattr(self, name) for kind, name in _HANDLERS.items()}

    def read(self, events: bytes) -> list[Fields]:
        """Return what ``events`` (n x 128 bytes) did; those of other instruments do nothing."""
        for index, kind in enumerate(events[::EVENT_BYTES]):
            read = _READ.get(kind)
            if read is None:
                continue
            instrument_id, self._ts_ns, *values = read(events, index * EVENT_BYTES)
            if instrument_id == self._instrument_id:
                self._take[kind](*values)
        rows, self._rows = self._rows, []
        return rows

    def book(self, ts_ns: int) -> Iterator[Fields]:
        """Yield the displayed orders as if they entered at ``ts_ns``, those that wait longest
        first.
        """
        for shown in self._shown.values():
            if not shown.qty:
                continue  # its next slice has not come yet
            yield (
                ts_ns, shown.order_ref, 0, shown.qty, shown.price, 0, FlowKind.ADD, shown.side
            )  # fmt: skip

    def _order_accepted(
        self,
        order_id: int,
        side: int,
        price: int,
        qty: int,
        display: int,
        book_seq: int,
        key: bytes,
    ) -> None:
        self._refs[order_id] = order_id if self._ref_of is None else self._ref_of(key)
        if book_seq:
            self._enter(order_id, side, price, min(display or qty, qty), qty, book_seq)

    def _order_triggered(
        self, order_id: int, side: int, price: int, qty: int, book_seq: int
    ) -> None:
        if book_seq:
            self._enter(order_id, side, price, qty, qty, book_seq)

    def _order_rested(
        self, order_id: int, side: int, price: int, visible: int, leaves: int, book_seq: int
    ) -> None:
        self._enter(order_id, side, price, visible, leaves, book_seq)

    def _trade(
        self, maker_id: int, taker_id: int, price: int, qty: int, trade_id: int, aggressor: int
    ) -> None:
        if aggressor != AggressorSide.NONE:
            self._less(maker_id, qty, FlowKind.EXECUTE, trade_id, price)
            return
        for order_id in (maker_id, taker_id):
            self._less(
                order_id,
                qty,
                FlowKind.EXECUTE_AT,
                trade_id,
                price,
                hidden_first=self._uncrossing,
            )

    def _order_canceled(self, order_id: int) -> None:
        self._refs.pop(order_id, None)
        self._leave(order_id)

    _order_expired = _order_canceled

    def _order_reduced(self, order_id: int, qty: int, leaves: int) -> None:
        if leaves:
            self._less(order_id, qty, FlowKind.REDUCE, hidden_first=self._uncrossing)
        else:
            self._order_canceled(order_id)

    def _order_replaced(
        self,
        order_id: int,
        flags: int,
        side: int,
        price: int,
        leaves: int,
        display: int,
        book_seq: int,
    ) -> None:
        shown = self._shown.get(order_id)
        if flags & ReplaceFlag.KEPT_PLACE:
            if shown is not None:
                self._less(order_id, shown.leaves - leaves, FlowKind.REDUCE, hidden_first=True)
            return
        self._leave(order_id)
        if flags & ReplaceFlag.RESTED:
            self._enter(order_id, side, price, min(display or leaves, leaves), leaves, book_seq)

    def _auction_uncrossed(self) -> None:
        self._uncrossing = True

    def _trading_status_changed(self, trading_status: int) -> None:
        self._uncrossing = False
        letter = _LETTERS[TradingStatus(trading_status)]
        self._rows.append((self._ts_ns, 0, letter, 0, 0, 0, FlowKind.STATUS, 0))

    def _enter(
        self, order_id: int, side: int, price: int, qty: int, leaves: int, book_seq: int
    ) -> None:
        order_ref = self._refs.pop(order_id, 0) or _AGAIN | book_seq
        self._shown.pop(order_id, None)  # it waits behind all others now
        self._shown[order_id] = _Shown(order_ref, side, price, qty, leaves)
        self._rows.append((self._ts_ns, order_ref, 0, qty, price, 0, FlowKind.ADD, side))

    def _less(
        self,
        order_id: int,
        qty: int,
        kind: FlowKind,
        other_ref: int = 0,
        price: int = 0,
        *,
        hidden_first: bool = False,
    ) -> None:
        shown = self._shown.get(order_id)
        if shown is None:
            return
        shown.leaves -= qty
        if hidden_first:
            qty = shown.qty - min(shown.qty, shown.leaves)
        shown.qty -= qty
        if qty:
            self._rows.append((self._ts_ns, shown.order_ref, other_ref, qty, price, 0, kind, 0))
        if not shown.leaves:
            del self._shown[order_id]

    def _leave(self, order_id: int) -> None:
        shown = self._shown.pop(order_id, None)
        if shown is not None and shown.qty:
            row = self._ts_ns, shown.order_ref, 0, 0, 0, 0, FlowKind.DELETE, 0
            self._rows.append(row)
