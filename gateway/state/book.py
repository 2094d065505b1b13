"""One instrument's visible book: orders (L3) summed into levels (L2), and which of both changed.

Of an iceberg only the slice it shows is here: it leaves with the slice, joins again with the next.
"""

import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from domain.orders import Side
from gateway.errors import StreamContradicted

CHECKSUM_LEVELS: Final = 25

Level = tuple[int, int]
"""(price_ticks, qty_lots)."""


class RestingOrder(NamedTuple):
    """What the book shows of one order. Within a level a lower ``place`` trades first, and of equal
    ones the lower order id.
    """

    order_id: int
    price_ticks: int
    qty_lots: int
    place: int


LevelText = Callable[[int, int], str]
"""From (price_ticks, qty_lots) to the level's text in the checksum."""


class _BookSide:
    """One side's levels. Keys are prices, negated for bids, so that ascending is best first."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[int] = []
        self._qty_lots: dict[int, int] = {}

    def add(self, price_ticks: int, qty_lots: int) -> None:
        """Add ``qty_lots`` (negative: take away) to the level; an empty level disappears."""
        left = self._qty_lots.get(price_ticks, 0) + qty_lots
        if left < 0:
            raise StreamContradicted(
                f"a level of {-left} lots below nothing at {price_ticks} ticks"
            )
        key = self._sign * price_ticks
        if left == 0:
            if self._qty_lots.pop(price_ticks, None) is not None:
                del self._keys[bisect_left(self._keys, key)]
            return
        if price_ticks not in self._qty_lots:
            insort(self._keys, key)
        self._qty_lots[price_ticks] = left

    def qty_lots(self, price_ticks: int) -> int:
        return self._qty_lots.get(price_ticks, 0)

    def best(self) -> int | None:
        return self._sign * self._keys[0] if self._keys else None

    def reaching(self, price_ticks: int) -> list[Level]:
        return self.top(bisect_right(self._keys, self._sign * price_ticks))

    def grouped(self, group_ticks: int, levels: int) -> list[Level]:
        grouped: list[Level] = []
        for key in self._keys:
            # Rounded away from the other side: nobody is shown a better price than there is.
            price_ticks = self._sign * -(-key // group_ticks) * group_ticks
            qty_lots = self._qty_lots[self._sign * key]
            if grouped and grouped[-1][0] == price_ticks:
                grouped[-1] = (price_ticks, grouped[-1][1] + qty_lots)
            elif len(grouped) == levels:
                break
            else:
                grouped.append((price_ticks, qty_lots))
        return grouped

    def top(self, levels: int) -> list[Level]:
        prices = [self._sign * key for key in self._keys[:levels]]
        return [(price, self._qty_lots[price]) for price in prices]


class Book:
    """The visible book after event ``seq`` of its instrument.

    Every method that changes it takes the ``book_seq`` the event carries, and raises
    StreamContradicted if that is not the next one or the event contradicts the book.
    """

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self._sides = {Side.BUY: _BookSide(-1), Side.SELL: _BookSide(1)}
        self._orders: dict[int, tuple[Side, int, int]] = {}
        self._places: dict[int, int] = {}
        self.changed: set[tuple[Side, int]] = set()
        """Levels touched since the owner last took what changed."""
        self.changed_orders: set[int] = set()
        """The same of orders."""

    def load(self, order_id: int, side: Side, price_ticks: int, qty_lots: int) -> None:
        """Put a resting order of a snapshot into the book; ``seq`` stays.

        Of its place no more is known than that it was there before all that come after.
        """
        self._orders[order_id] = (side, price_ticks, qty_lots)
        self._change(order_id, side, price_ticks, qty_lots)

    def rest(
        self, book_seq: int, order_id: int, side: Side, price_ticks: int, qty_lots: int
    ) -> None:
        """An order joined the book."""
        self._step(book_seq)
        if order_id in self._orders:
            raise StreamContradicted(f"order {order_id} rests twice")
        self._places[order_id] = book_seq
        self.load(order_id, side, price_ticks, qty_lots)

    def reduce(self, book_seq: int, order_id: int, qty_lots: int) -> None:
        """A resting order lost ``qty_lots``, by a fill or otherwise; with all of it, its place."""
        self._step(book_seq)
        side, price_ticks, leaves_lots = self._resting(order_id)
        if not 0 < qty_lots <= leaves_lots:
            raise StreamContradicted(f"order {order_id} loses {qty_lots} of {leaves_lots} lots")
        if qty_lots == leaves_lots:
            self._leave(order_id)
        else:
            self._orders[order_id] = (side, price_ticks, leaves_lots - qty_lots)
        self._change(order_id, side, price_ticks, -qty_lots)

    def hide_first(self, book_seq: int, leaves: Iterable[tuple[int, int]]) -> None:
        """Orders of an auction traded: each shows no more than the leaves it has now.

        ``leaves``: (order id, leaves_qty_lots) of all that this one change was about.
        """
        self._step(book_seq)
        for order_id, leaves_lots in leaves:
            side, price_ticks, visible_lots = self._resting(order_id)
            lost_lots = max(visible_lots - leaves_lots, 0)
            if leaves_lots == 0:
                self._leave(order_id)
            else:
                self._orders[order_id] = (side, price_ticks, visible_lots - lost_lots)
            self._change(order_id, side, price_ticks, -lost_lots)

    def remove(self, book_seq: int, order_id: int) -> None:
        """A resting order left the book."""
        self._step(book_seq)
        self._take_out(order_id)

    def replace(self, book_seq: int, order_id: int, rests: Level | None) -> None:
        """A resting order changed price or quantity; None: it left, to trade.

        It keeps its place only if no more of it rests, and at the same price.
        """
        self._step(book_seq)
        _, price_ticks, leaves_lots = self._resting(order_id)
        place = self._places.get(order_id)
        side = self._take_out(order_id)
        if rests is None:
            return
        if rests[0] != price_ticks or rests[1] > leaves_lots:
            place = book_seq
        if place is not None:
            self._places[order_id] = place
        self.load(order_id, side, *rests)

    def best(self, side: Side) -> int | None:
        """Return the best price of ``side`` in ticks, None if it is empty."""
        return self._sides[side].best()

    def top(self, side: Side, levels: int) -> list[Level]:
        """Return the first ``levels`` levels of ``side``, best first."""
        return self._sides[side].top(levels)

    def grouped(self, side: Side, group_ticks: int, levels: int) -> list[Level]:
        """Return the first ``levels`` steps of ``group_ticks`` that have something in them, best
        first. Bids count at the step's lower end, asks at its upper.
        """
        return self._sides[side].grouped(group_ticks, levels)

    def orders(self, side: Side) -> list[RestingOrder]:
        """Return every order of ``side``, first to trade first."""
        sign = -1 if side is Side.BUY else 1
        shown = [
            RestingOrder(order_id, price_ticks, qty_lots, self._places.get(order_id, 0))
            for order_id, (of, price_ticks, qty_lots) in self._orders.items()
            if of is side
        ]
        return sorted(shown, key=lambda one: (sign * one.price_ticks, one.place, one.order_id))

    def order(self, order_id: int) -> RestingOrder | None:
        """Return an order as ``orders`` does; None if it is not there."""
        resting = self._orders.get(order_id)
        if resting is None:
            return None
        return RestingOrder(order_id, *resting[1:], self._places.get(order_id, 0))

    def reaching(self, side: Side, price_ticks: int) -> list[Level]:
        """Return the levels of ``side`` at ``price_ticks`` or better, best first."""
        return self._sides[side].reaching(price_ticks)

    def resting(self, order_id: int) -> tuple[Side, int, int] | None:
        """Return (side, price_ticks, lots shown) of an order; None if it is not there."""
        return self._orders.get(order_id)

    def qty_lots(self, side: Side, price_ticks: int) -> int:
        """Return the quantity at one level, 0 if there is none."""
        return self._sides[side].qty_lots(price_ticks)

    def take_changed(self) -> None:
        """Begin anew to collect what changes."""
        self.changed.clear()
        self.changed_orders.clear()

    def checksum(self, level_text: LevelText) -> int:
        """Return the CRC-32 of the top levels' text, bids then asks, best first."""
        tops = self.top(Side.BUY, CHECKSUM_LEVELS) + self.top(Side.SELL, CHECKSUM_LEVELS)
        return zlib.crc32(",".join(level_text(*level) for level in tops).encode())

    def rests(self, order_id: int) -> bool:
        """Return whether the order is in the book."""
        return order_id in self._orders

    def visible_lots(self, order_id: int) -> int:
        """Return what the book shows of an order, 0 if it is not in it."""
        resting = self._orders.get(order_id)
        return resting[2] if resting else 0

    def _step(self, book_seq: int) -> None:
        if book_seq != self.seq + 1:
            raise StreamContradicted(f"book sequence {book_seq} after {self.seq}")
        self.seq = book_seq

    def _resting(self, order_id: int) -> tuple[Side, int, int]:
        resting = self._orders.get(order_id)
        if resting is None:
            raise StreamContradicted(f"order {order_id} is not in the book")
        return resting

    def _take_out(self, order_id: int) -> Side:
        side, price_ticks, leaves_lots = self._resting(order_id)
        self._leave(order_id)
        self._change(order_id, side, price_ticks, -leaves_lots)
        return side

    def _leave(self, order_id: int) -> None:
        del self._orders[order_id]
        self._places.pop(order_id, None)

    def _change(self, order_id: int, side: Side, price_ticks: int, qty_lots: int) -> None:
        self._sides[side].add(price_ticks, qty_lots)
        self.changed.add((side, price_ticks))
        self.changed_orders.add(order_id)
