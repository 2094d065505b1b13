"""The readable order book: sorted price levels, each a first-in first-out queue."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from sortedcontainers import SortedDict

from domain.orders import Side


@dataclass(slots=True, eq=False, kw_only=True)
class BookOrder:
    """What a book must know of an order. ``group_id`` names its owner for self-trade prevention."""

    order_id: int
    group_id: int
    side: Side
    price_ticks: int
    leaves_qty_lots: int
    display_qty_lots: int = 0
    """The size of an iceberg's slices; 0: it shows all."""
    hidden_qty_lots: int = 0
    """While it rests: the part of its leaves that the book does not show."""
    sibling_order_id: int = 0
    """The other order of its list, while both are open: what is done to one ends the other. 0:
    none.
    """

    @property
    def visible_qty_lots(self) -> int:
        """The part of its leaves that can be traded before others of its price have their turn."""
        return self.leaves_qty_lots - self.hidden_qty_lots


OrderT = TypeVar("OrderT", bound=BookOrder)


@dataclass(slots=True)
class _Level(Generic[OrderT]):
    """All orders of one side at one price, oldest first."""

    qty_lots: int = 0
    """What is visible of them."""
    # Not a plain dict: its first key gets slower to find with every order that leaves the front.
    orders: OrderedDict[int, OrderT] = field(default_factory=OrderedDict)


def reaches(taker_side: Side, bound_ticks: int, price_ticks: int) -> bool:
    """Return whether a taker that goes as far as ``bound_ticks`` accepts ``price_ticks``."""
    if taker_side is Side.BUY:
        return price_ticks <= bound_ticks
    return price_ticks >= bound_ticks


class OrderBook(Generic[OrderT]):
    """Resting orders of one instrument. O(log levels) for a new price, O(1) for everything else."""

    def __init__(self) -> None:
        self._levels: dict[Side, SortedDict[int, _Level[OrderT]]] = {
            Side.BUY: SortedDict(),
            Side.SELL: SortedDict(),
        }

    def add(self, order: OrderT) -> None:
        """Put ``order`` at the back of its price level, an iceberg with one full slice."""
        slice_qty_lots = order.display_qty_lots or order.leaves_qty_lots
        order.hidden_qty_lots = max(order.leaves_qty_lots - slice_qty_lots, 0)
        self.restore(order)

    def restore(self, order: OrderT) -> None:
        """Put ``order`` at the back of its price level, hiding what it hides."""
        levels = self._levels[order.side]
        level = levels.get(order.price_ticks)
        if level is None:
            level = levels[order.price_ticks] = _Level()
        level.orders[order.order_id] = order
        level.qty_lots += order.visible_qty_lots

    def remove(self, order: OrderT) -> None:
        """Take a resting ``order`` out, whatever is left of it."""
        levels = self._levels[order.side]
        level = levels[order.price_ticks]
        del level.orders[order.order_id]
        level.qty_lots -= order.visible_qty_lots
        if not level.orders:
            del levels[order.price_ticks]

    def reduce(self, order: OrderT, qty_lots: int) -> None:
        """Take ``qty_lots`` off what is visible of a resting ``order``: it keeps its place, or
        leaves if empty. A slice that is used up is the caller's to refill: take the order out and
        add it again.
        """
        if qty_lots == order.leaves_qty_lots:
            self.remove(order)
        else:
            self._levels[order.side][order.price_ticks].qty_lots -= qty_lots
        order.leaves_qty_lots -= qty_lots

    def shrink(self, order: OrderT, qty_lots: int) -> None:
        """Take ``qty_lots`` off a resting ``order``, hidden ones first; something must be left."""
        seen_qty_lots = max(qty_lots - order.hidden_qty_lots, 0)
        self._levels[order.side][order.price_ticks].qty_lots -= seen_qty_lots
        order.hidden_qty_lots -= qty_lots - seen_qty_lots
        order.leaves_qty_lots -= qty_lots

    def best_price_ticks(self, side: Side) -> int | None:
        """Return the highest bid or the lowest ask; None if ``side`` is empty."""
        levels = self._levels[side]
        if not levels:
            return None
        price_ticks, _ = levels.peekitem(-1 if side is Side.BUY else 0)
        return price_ticks

    def front(self, side: Side) -> OrderT | None:
        """Return the order of ``side`` that is first to trade; None if there is none."""
        for _, level in self._best_first(side):
            return next(iter(level.orders.values()))
        return None

    def would_take(self, side: Side, price_ticks: int) -> bool:
        """Return whether a limit order could trade at once."""
        best_ticks = self.best_price_ticks(side.opposite)
        return best_ticks is not None and reaches(side, price_ticks, best_ticks)

    def makers(self, taker_side: Side, bound_ticks: int) -> Iterator[OrderT]:
        """Yield the orders a taker meets, in price-time order, up to its bound."""
        for price_ticks, level in self._best_first(taker_side.opposite):
            if not reaches(taker_side, bound_ticks, price_ticks):
                return
            yield from level.orders.values()

    def depth(self, side: Side, levels: int) -> list[tuple[int, int]]:
        """Return up to ``levels`` of (price_ticks, qty_lots), best first."""
        best_first = islice(self._best_first(side), max(levels, 0))
        return [(price_ticks, level.qty_lots) for price_ticks, level in best_first]

    def orders(self) -> Iterator[OrderT]:
        """Yield every resting order, by side, price and time."""
        for levels in self._levels.values():
            for level in levels.values():
                yield from level.orders.values()

    def _best_first(self, side: Side) -> Iterator[tuple[int, _Level[OrderT]]]:
        levels = self._levels[side]
        prices = reversed(levels) if side is Side.BUY else iter(levels)
        for price_ticks in prices:
            yield price_ticks, levels[price_ticks]
