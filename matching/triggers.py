"""The conditions that stops and take-profits of one instrument wait for, and the queue of those
whose condition was met.
"""

from collections import OrderedDict
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from sortedcontainers import SortedDict

_Ids = OrderedDict[int, None]


class Condition(NamedTuple):
    """Met by a last trade at ``price_ticks`` or above if it ``rises``, else at or below."""

    rises: bool
    price_ticks: int

    def met_by(self, last_price_ticks: int) -> bool:
        """Return whether a trade at ``last_price_ticks`` meets it; 0 stands for no trade yet."""
        if self.rises:
            return last_price_ticks >= self.price_ticks
        return 0 < last_price_ticks <= self.price_ticks


class Triggers:
    """Order ids, each with its condition. O(log prices) to add and to take one out."""

    def __init__(self) -> None:
        self._rising: SortedDict[int, _Ids] = SortedDict()
        self._falling: SortedDict[int, _Ids] = SortedDict()
        self._queue: _Ids = OrderedDict()

    def add(self, order_id: int, condition: Condition) -> None:
        """Let an order wait, behind those that wait for the same."""
        self._waiting(condition).setdefault(condition.price_ticks, OrderedDict())[order_id] = None

    def remove(self, order_id: int, condition: Condition) -> None:
        """Take an order out, whether it waits or is queued."""
        if order_id in self._queue:
            del self._queue[order_id]
            return
        waiting = self._waiting(condition)
        del waiting[condition.price_ticks][order_id]
        if not waiting[condition.price_ticks]:
            del waiting[condition.price_ticks]

    def queue(self, order_id: int, condition: Condition) -> None:
        """Put a waiting order at the back of the queue."""
        self.remove(order_id, condition)
        self._queue[order_id] = None

    def queue_met(self, last_price_ticks: int) -> None:
        """Queue those whose condition the last trade meets: rising ones by ascending price, then
        falling ones by descending price; of one price, the first that came.
        """
        for rises, waiting, nearest in ((True, self._rising, 0), (False, self._falling, -1)):
            while waiting:
                price_ticks, order_ids = waiting.peekitem(nearest)
                if not Condition(rises, price_ticks).met_by(last_price_ticks):
                    break
                del waiting[price_ticks]
                self._queue.update(order_ids)

    def is_queued(self, order_id: int) -> bool:
        """Return whether an order's condition was met."""
        return order_id in self._queue

    def next_queued(self) -> int | None:
        """Return the order at the front of the queue; None if the queue is empty."""
        return next(iter(self._queue), None)

    def queued(self) -> Iterator[int]:
        """Yield the queue, front first."""
        yield from self._queue

    def order_ids(self) -> Iterator[int]:
        """Yield every order that waits or is queued."""
        for ids in chain(self._rising.values(), self._falling.values(), (self._queue,)):
            yield from ids

    def _waiting(self, condition: Condition) -> "SortedDict[int, _Ids]":
        return self._rising if condition.rises else self._falling
