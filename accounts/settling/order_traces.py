"""What the event stream tells of sampled orders: when the engine journaled each, and when the
ledger had it. The engine itself makes no span: its times are in the events.
"""

import time
from collections import deque
from typing import Final, NamedTuple

from domain.events import EventKind
from schemas.codec import event_fields
from schemas.layouts import EVENT_BYTES
from service.order_traces import OrderTrace, OrderTraces

WAITING_MAX: Final = 4_096
"""Sampled orders that are not settled yet; past it the oldest are not traced."""
_ACCEPTED: Final = int(EventKind.ORDER_ACCEPTED)
_fields: Final = event_fields(
    EventKind.ORDER_ACCEPTED, "account_id", "client_order_id", "order_id", "ts_ns"
)


class _Waiting(NamedTuple):
    seq: int
    trace: OrderTrace
    order_id: int
    ts_ns: int
    heard_ns: int


class SettledOrders:
    """Makes the engine's and the ledger's spans of sampled orders."""

    def __init__(self, engine: OrderTraces, ledger: OrderTraces) -> None:
        self._engine = engine
        self._ledger = ledger
        self._waiting: deque[_Waiting] = deque(maxlen=WAITING_MAX)

    def heard(self, first_seq: int, data: bytes) -> None:
        """Note the sampled orders among events (n x 128 bytes) that have just come."""
        heard_ns, kinds = time.time_ns(), data[::EVENT_BYTES]
        at = kinds.find(_ACCEPTED)
        while at >= 0:
            account_id, client_order_id, order_id, ts_ns = _fields(data, at * EVENT_BYTES)
            trace = self._ledger.sampled(account_id, client_order_id)
            if trace is not None:
                waiting = _Waiting(first_seq + at, trace, order_id, ts_ns, heard_ns)
                self._waiting.append(waiting)
            at = kinds.find(_ACCEPTED, at + 1)

    def settled(self, last_seq: int) -> None:
        """Make the spans of those up to an event whose postings are committed."""
        now_ns = time.time_ns()
        while self._waiting and self._waiting[0].seq <= last_seq:
            order = self._waiting.popleft()
            told = {"order_id": order.order_id, "seq": order.seq}
            self._engine.part(order.trace, "journal", order.ts_ns, order.heard_ns, told)
            self._ledger.part(order.trace, "settle", order.heard_ns, now_ns, told)
