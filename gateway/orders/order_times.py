"""When an order was where on its way through the gateway: in, sent, acknowledged, seen, out."""

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final, Self

from gateway.metrics import ORDER_STAGES


class OrderTimes:
    """Times of one request that may send a command, by the monotonic clock; 0: not there yet."""

    __slots__ = ("acked_ns", "seen_ns", "sent_ns", "taken_ns", "tell")

    def __init__(self, taken_ns: int) -> None:
        self.taken_ns = taken_ns
        self.sent_ns = self.acked_ns = self.seen_ns = 0
        self.tell: Callable[[Sequence[int]], None] | None = None
        """Who else wants the times, once the last is known: that of the answer."""

    def answered(self, out_ns: int) -> None:
        """Count the stages of an order that had an effect; others took no way."""
        if not self.seen_ns:
            return
        times = (self.taken_ns, self.sent_ns, self.acked_ns, self.seen_ns, out_ns)
        ORDER_STAGES.count(times)
        if self.tell is not None:
            self.tell(times)


_CURRENT: Final[ContextVar[OrderTimes | None]] = ContextVar("order_times", default=None)


def current_times() -> OrderTimes:
    """Return the times of the request that is being answered; unread ones outside of any."""
    return _CURRENT.get() or OrderTimes(time.monotonic_ns())


class OrderWay:
    """``with OrderWay():`` around the answering of one request that may send a command."""

    __slots__ = ("_times", "_token")
    _token: Token[OrderTimes | None]

    def __init__(self) -> None:
        self._times = OrderTimes(time.monotonic_ns())

    def __enter__(self) -> Self:
        self._token = _CURRENT.set(self._times)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _CURRENT.reset(self._token)
        if error is None:
            self._times.answered(time.monotonic_ns())
