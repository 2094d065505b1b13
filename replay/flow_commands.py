"""An order flow as commands for an engine, and the steps its book must take in answer.

What was executed is taken by an IOC order at its price. What history says but no engine can be
asked to do is left out and counted: see ``Unmapped``.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from domain.client_order_ids import PACKED_BYTES
from domain.commands import CommandKind
from domain.events import Outcome
from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce
from replay.flow_market import FlowMarket
from replay.market import ACCOUNTS, VALID_NS
from replay.order_flow import Fields, FlowKind
from schemas.layouts import COMMANDS

Step = tuple[int, int, int, int, int]
"""FlowKind, order_ref, qty, price, side: one change of the displayed book, or one trade in it."""

_PACK: Final = {layout.kind: layout.packer.pack for layout in COMMANDS}
# Plain numbers: a member of an enumeration is looked up anew each time, for every message.
_FLOW_ADD: Final = int(FlowKind.ADD)
_FLOW_EXECUTE: Final = int(FlowKind.EXECUTE)
_FLOW_EXECUTE_AT: Final = int(FlowKind.EXECUTE_AT)
_FLOW_REDUCE: Final = int(FlowKind.REDUCE)
_FLOW_DELETE: Final = int(FlowKind.DELETE)
_FLOW_REPLACE: Final = int(FlowKind.REPLACE)
_FLOW_SYSTEM: Final = int(FlowKind.SYSTEM)
_NEW: Final = _PACK[CommandKind.NEW_ORDER]
_CANCEL: Final = _PACK[CommandKind.CANCEL_ORDER]
_REPLACE: Final = _PACK[CommandKind.REPLACE_ORDER]
_KIND_NEW: Final = int(CommandKind.NEW_ORDER)
_KIND_CANCEL: Final = int(CommandKind.CANCEL_ORDER)
_KIND_REPLACE: Final = int(CommandKind.REPLACE_ORDER)
_LIMIT: Final = int(OrderType.LIMIT)
_GTC: Final = int(TimeInForce.GTC)
_IOC: Final = int(TimeInForce.IOC)
_NO_PREVENTION: Final = int(SelfTradePrevention.NONE)
_BUY: Final = int(Side.BUY)
_SELL: Final = int(Side.SELL)
_REF_CHARS: Final = 11
"""Of six bits: a client order id that is a 64-bit reference."""
_TAKER: Final = 1 << 66
_REQUEST: Final = 2 << 66
_BITS_BYTES: Final = PACKED_BYTES - 1


class Unmapped(StrEnum):
    """What is left out of a replay, in words for people."""

    HIDDEN = "executions of hidden orders: they were in no book"
    CROSS = "crosses: an auction's one price"
    STATUS = "changes of the trading state"
    OTHER_PRICE = "executions at another price: the order leaves the book, nothing trades"
    UNKNOWN = "messages about orders that entered before the file begins"
    IMPOSSIBLE = "orders without a price or a quantity, or entered twice"
    REFUSED = "messages about orders that the engine had refused"


_LEFT_OUT: Final = {
    int(FlowKind.HIDDEN): Unmapped.HIDDEN,
    int(FlowKind.CROSS): Unmapped.CROSS,
    int(FlowKind.STATUS): Unmapped.STATUS,
}


class _Order:
    __slots__ = ("leaves", "order_id", "price", "side", "total")

    def __init__(self, side: int, price: int, qty: int, order_id: int) -> None:
        self.side = side
        self.price = price
        self.total = self.leaves = qty
        self.order_id = order_id
        """The engine's; 0: not known yet."""


def maker_id(order_ref: int) -> bytes:
    """Return the packed client order id of a flow's order."""
    return order_ref.to_bytes(_BITS_BYTES, "little") + bytes([_REF_CHARS])


def ref_of(client_order_id: bytes) -> int:
    """Return which order of the flow a packed client order id is of; 0: of none."""
    if client_order_id[-1] != _REF_CHARS:
        return 0
    return int.from_bytes(client_order_id[:-1], "little")


class FlowCommands:
    """``first_order_id``: the next id the engine assigns, on an engine that hears nobody else; 0:
    ids are learnt from its answers. ``expect`` is told each step as its command is made.
    """

    def __init__(
        self, market: FlowMarket, expect: Callable[[Step], None], first_order_id: int = 0
    ) -> None:
        self._expect = expect
        self._first_account_id = market.first_account_id
        self._taker_account_id = market.taker_account_id
        self._instrument_id = market.instrument_id
        self._valid_until_ns = market.now_ns + VALID_NS
        self._next_order_id = first_order_id
        self._orders: dict[int, _Order] = {}
        self._numbers = 0
        self._entering: deque[_Order | None] = deque()
        self.unmapped: Counter[Unmapped] = Counter()

    def of(self, fields: Fields) -> list[bytes] | None:
        """Return the commands of one record; None: the answers to what was sent come first."""
        _, order_ref, other_ref, qty, price, _, kind, side = fields
        if kind == _FLOW_ADD:
            return self._add(order_ref, qty, price, side)
        if kind in _LEFT_OUT:
            self.unmapped[_LEFT_OUT[kind]] += 1
            return []
        if kind == _FLOW_SYSTEM:
            return []
        order = self._orders.get(order_ref)
        if order is None:
            self.unmapped[Unmapped.UNKNOWN] += 1
            return []
        if kind == _FLOW_EXECUTE:
            return self._execute(order_ref, order, min(qty, order.leaves))
        if kind == _FLOW_DELETE:
            return [self._delete(order_ref)]
        if kind == _FLOW_REPLACE:
            return [self._delete(order_ref), *self._add(other_ref, qty, price, order.side)]
        made = self._reduce(order_ref, order, qty)
        if made is not None and kind == _FLOW_EXECUTE_AT:
            self.unmapped[Unmapped.OTHER_PRICE] += 1
        return made

    def learn(self, outcomes: Sequence[Outcome]) -> None:
        """Take the answers to the next commands that were made, in order."""
        for outcome in outcomes:
            order = self._entering.popleft()
            if order is not None:
                order.order_id = outcome.order_id

    def forget(self, fields: Fields) -> None:
        """Leave a record out whose order the engine refused."""
        self._orders.pop(fields[1], None)
        self.unmapped[Unmapped.REFUSED] += 1

    def _add(self, order_ref: int, qty: int, price: int, side: int) -> list[bytes]:
        if qty <= 0 or price <= 0 or side not in (_BUY, _SELL) or order_ref in self._orders:
            self.unmapped[Unmapped.IMPOSSIBLE] += 1
            return []
        order = self._orders[order_ref] = _Order(side, price, qty, self._assigned())
        self._expect((_FLOW_ADD, order_ref, qty, price, side))
        account_id = self._first_account_id + order_ref % ACCOUNTS
        return [self._new(account_id, order, side, _GTC, qty, maker_id(order_ref))]

    def _execute(self, order_ref: int, order: _Order, qty: int) -> list[bytes]:
        self._assigned()
        self._numbers += 1
        key = (self._numbers | _TAKER).to_bytes(_BITS_BYTES, "little") + bytes([_REF_CHARS + 1])
        taker_side = _SELL if order.side == _BUY else _BUY
        self._expect((_FLOW_EXECUTE, order_ref, qty, order.price, 0))
        made = self._new(self._taker_account_id, None, taker_side, _IOC, qty, key, order.price)
        order.leaves -= qty
        if not order.leaves:
            del self._orders[order_ref]
        return [made]

    def _new(
        self,
        account_id: int,
        entering: _Order | None,
        side: int,
        time_in_force: int,
        qty: int,
        key: bytes,
        price: int = 0,
    ) -> bytes:
        self._entering.append(entering)
        if entering is not None:
            price = entering.price
        return _NEW(
            _KIND_NEW, side, _LIMIT, time_in_force, _NO_PREVENTION, 0, 0, account_id,
            self._instrument_id, price, qty, 0, 0, 0, self._valid_until_ns, key, 0,
        )  # fmt: skip

    def _delete(self, order_ref: int) -> bytes:
        del self._orders[order_ref]
        self._entering.append(None)
        self._expect((_FLOW_DELETE, order_ref, 0, 0, 0))
        account_id = self._first_account_id + order_ref % ACCOUNTS
        return _CANCEL(_KIND_CANCEL, account_id, self._instrument_id, 0, maker_id(order_ref))

    def _reduce(self, order_ref: int, order: _Order, qty: int) -> list[bytes] | None:
        if qty >= order.leaves:
            return [self._delete(order_ref)]
        if not order.order_id:
            return None
        order.leaves -= qty
        order.total -= qty
        self._numbers += 1
        key = (self._numbers | _REQUEST).to_bytes(_BITS_BYTES, "little") + bytes([_REF_CHARS + 1])
        self._entering.append(None)
        self._expect((_FLOW_REDUCE, order_ref, qty, 0, 0))
        return [
            _REPLACE(
                _KIND_REPLACE, self._first_account_id + order_ref % ACCOUNTS, self._instrument_id,
                order.price, order.total, 0, 0, order.order_id, self._valid_until_ns, key,
            )
        ]  # fmt: skip

    def _assigned(self) -> int:
        order_id = self._next_order_id
        if order_id:
            self._next_order_id += 1
        return order_id
