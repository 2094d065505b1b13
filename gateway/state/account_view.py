"""What the gateway knows of one account: balances, open and recent orders, recent fills."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from domain.orders import (
    OPEN_STATUSES,
    ContingencyType,
    Liquidity,
    OrderFlag,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from domain.reasons import CancelReason

CLOSED_ORDERS_PER_ACCOUNT_MAX: Final = 500
FILLS_PER_ACCOUNT_MAX: Final = 500
FILLS_PER_ORDER_MAX: Final = 500
LISTS_PER_ACCOUNT_MAX: Final = 500
"""Past each of these, the book of record answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillView:
    """One order's side of a trade. ``fee_atoms`` is of the asset received, ``list_id`` 0 unless
    the order is a leg.
    """

    trade_id: int
    order_id: int
    instrument_id: int
    side: Side
    price_ticks: int
    qty_lots: int
    fee_atoms: int
    liquidity: Liquidity
    ts_ns: int
    seq: int
    list_id: int = 0


@dataclass(slots=True, kw_only=True)
class OrderView:
    """One order after event ``seq``, the last that touched it. ``list_id`` is 0 unless it is a leg.

    ``trigger_price_ticks`` of a trailing stop moves without an event: here it is as last told.
    """

    order_id: int
    account_id: int
    instrument_id: int
    client_order_id: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    flags: OrderFlag
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int = 0
    trailing_bps: int = 0
    display_qty_lots: int = 0
    quote_budget_atoms: int
    expire_s: int = 0
    list_id: int = 0
    contingency_type: ContingencyType | None = None
    leaves_qty_lots: int
    cum_qty_lots: int = 0
    cum_quote_atoms: int = 0
    status: OrderStatus = OrderStatus.NEW
    reason: CancelReason = CancelReason.NONE
    created_ts_ns: int
    updated_ts_ns: int
    seq: int
    fills: list[FillView] = field(default_factory=list)
    fills_complete: bool = True
    """False if it traded before the gateway's snapshot, or too often to remember."""

    @property
    def shown_lots(self) -> int:
        """What the book shows of it when it joins the tail of a level."""
        return min(self.display_qty_lots or self.leaves_qty_lots, self.leaves_qty_lots)

    @property
    def is_open(self) -> bool:
        """Whether it can still trade."""
        return self.status in OPEN_STATUSES

    def add_fill(self, fill: FillView, quote_atoms: int, filled: bool) -> None:
        """Count a fill in; ``filled`` says that it completed the order."""
        self.cum_qty_lots += fill.qty_lots
        self.cum_quote_atoms += quote_atoms
        self.leaves_qty_lots = max(self.leaves_qty_lots - fill.qty_lots, 0)
        self.status = OrderStatus.FILLED if filled else OrderStatus.PARTIALLY_FILLED
        self.touch(fill.ts_ns, fill.seq)
        if len(self.fills) < FILLS_PER_ORDER_MAX:
            self.fills.append(fill)
        else:
            self.fills_complete = False

    def end(self, status: OrderStatus, reason: CancelReason) -> None:
        """Close it, unfilled rest and all."""
        self.status = status
        self.reason = reason
        self.leaves_qty_lots = 0

    def touch(self, ts_ns: int, seq: int) -> None:
        """Note the event that changed it."""
        self.updated_ts_ns = ts_ns
        self.seq = seq


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderListView:
    """Two orders entered as one; ``list_id`` is the first one's id."""

    list_id: int
    account_id: int
    instrument_id: int
    contingency_type: ContingencyType
    second_order_id: int
    client_order_id: str
    created_ts_ns: int

    @property
    def order_ids(self) -> tuple[int, int]:
        """Its two orders, the first one first."""
        return self.list_id, self.second_order_id


class AccountView:
    """One account. The ``*_seq`` fields are the ends of its three private channels' chains."""

    def __init__(self, account_id: int, seq: int) -> None:
        self.account_id = account_id
        self.balances: dict[int, tuple[int, int]] = {}
        """(available_atoms, held_atoms) by asset id."""
        self.open_orders: dict[int, OrderView] = {}
        self.closed_orders: OrderedDict[int, OrderView] = OrderedDict()
        self.fills: deque[FillView] = deque(maxlen=FILLS_PER_ACCOUNT_MAX)
        self.fee_tier = 0
        self.orders_known_from_seq = seq
        self.fills_known_from_seq = seq
        """Whatever changed after these events is remembered here."""
        self.orders_seq = seq
        self.fills_seq = seq
        self.balances_seq = seq
        self._order_ids: dict[str, int] = {}
        self._lists: OrderedDict[int, OrderListView] = OrderedDict()
        self._list_ids: dict[str, int] = {}

    def order(self, order_id: int) -> OrderView | None:
        """Return an open or recent order of this account."""
        return self.open_orders.get(order_id) or self.closed_orders.get(order_id)

    def order_by_client_id(self, client_order_id: str) -> OrderView | None:
        """Return an open or recent order of this account by the id its client chose."""
        order_id = self._order_ids.get(client_order_id)
        return None if order_id is None else self.order(order_id)

    def order_list(self, list_id: int) -> OrderListView | None:
        """Return an open or recent list of this account."""
        return self._lists.get(list_id)

    def order_lists(self) -> list[OrderListView]:
        """Return the open and recent lists of this account, oldest first."""
        return list(self._lists.values())

    def order_list_by_client_id(self, client_order_id: str) -> OrderListView | None:
        """Return an open or recent list of this account by the id its client chose."""
        return self._lists.get(self._list_ids.get(client_order_id, 0))

    def add_list(self, order_list: OrderListView) -> None:
        """Add a list that just entered; the oldest of too many is left to the book of record."""
        self._lists[order_list.list_id] = order_list
        self._list_ids[order_list.client_order_id] = order_list.list_id
        if len(self._lists) > LISTS_PER_ACCOUNT_MAX:
            _, oldest = self._lists.popitem(last=False)
            if self._list_ids.get(oldest.client_order_id) == oldest.list_id:
                del self._list_ids[oldest.client_order_id]

    def open_order(self, order: OrderView) -> None:
        """Add an order that just entered."""
        self.open_orders[order.order_id] = order
        self._order_ids[order.client_order_id] = order.order_id

    def close_order(self, order: OrderView) -> None:
        """Move an ended order to the recent ones; the oldest of too many is forgotten."""
        del self.open_orders[order.order_id]
        self.closed_orders[order.order_id] = order
        if len(self.closed_orders) > CLOSED_ORDERS_PER_ACCOUNT_MAX:
            self.forget_order(next(iter(self.closed_orders)))

    def forget_order(self, order_id: int) -> None:
        """Leave a closed order to the book of record; nothing happens if that was done before."""
        order = self.closed_orders.pop(order_id, None)
        if order is not None:
            self.orders_known_from_seq = max(self.orders_known_from_seq, order.seq)
        if order is not None and self._order_ids.get(order.client_order_id) == order_id:
            del self._order_ids[order.client_order_id]

    def add_fill(self, fill: FillView) -> None:
        """Add a fill; the oldest of too many is left to the book of record."""
        if len(self.fills) == self.fills.maxlen:
            self.fills_known_from_seq = self.fills[0].seq
        self.fills.append(fill)

    def set_balance(self, asset_id: int, *, available: int | None, held: int | None) -> None:
        """Set what an event states of one balance, in atoms; None leaves that part."""
        available_atoms, held_atoms = self.balances.get(asset_id, (0, 0))
        self.balances[asset_id] = (
            available_atoms if available is None else available,
            held_atoms if held is None else held,
        )
