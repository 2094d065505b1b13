"""One instrument's visible book: orders (L3) summed into levels (L2), and which changed.

Of an iceberg only the slice it shows is here: it leaves with the slice, joins again with the next.
"""

import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Final

from domain.orders import Side
from gateway.errors import StreamContradicted

CHECKSUM_LEVELS: Final = 25

Level = tuple[int, int]
"""(price_ticks, qty_lots)."""
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
        self.changed: set[tuple[Side, int]] = set()
        """Levels touched since the owner last cleared it."""

    def load(self, order_id: int, side: Side, price_ticks: int, qty_lots: int) -> None:
        """Put a resting order of a snapshot into the book; ``seq`` stays."""
        self._orders[order_id] = (side, price_ticks, qty_lots)
        self._change(side, price_ticks, qty_lots)

    def rest(
        self, book_seq: int, order_id: int, side: Side, price_ticks: int, qty_lots: int
    ) -> None:
        """An order joined the book."""
        self._step(book_seq)
        if order_id in self._orders:
            raise StreamContradicted(f"order {order_id} rests twice")
        self.load(order_id, side, price_ticks, qty_lots)

    def reduce(self, book_seq: int, order_id: int, qty_lots: int) -> None:
        """A resting order lost ``qty_lots``, by a fill or otherwise; with all of it, its place."""
        self._step(book_seq)
        side, price_ticks, leaves_lots = self._resting(order_id)
        if not 0 < qty_lots <= leaves_lots:
            raise StreamContradicted(f"order {order_id} loses {qty_lots} of {leaves_lots} lots")
        if qty_lots == leaves_lots:
            del self._orders[order_id]
        else:
            self._orders[order_id] = (side, price_ticks, leaves_lots - qty_lots)
        self._change(side, price_ticks, -qty_lots)

    def hide_first(self, book_seq: int, leaves: Iterable[tuple[int, int]]) -> None:
        """Orders of an auction traded: each shows no more than the leaves it has now.

        ``leaves``: (order id, leaves_qty_lots) of all that this one change was about.
        """
        self._step(book_seq)
        for order_id, leaves_lots in leaves:
            side, price_ticks, visible_lots = self._resting(order_id)
            lost_lots = max(visible_lots - leaves_lots, 0)
            if leaves_lots == 0:
                del self._orders[order_id]
            else:
                self._orders[order_id] = (side, price_ticks, visible_lots - lost_lots)
            self._change(side, price_ticks, -lost_lots)

    def remove(self, book_seq: int, order_id: int) -> None:
        """A resting order left the book."""
        self._step(book_seq)
        self._take_out(order_id)

    def replace(self, book_seq: int, order_id: int, rests: Level | None) -> None:
        """A resting order changed price or quantity; None: it left, to trade."""
        self._step(book_seq)
        side = self._take_out(order_id)
        if rests is not None:
            self.load(order_id, side, *rests)

    def best(self, side: Side) -> int | None:
        """Return the best price of ``side`` in ticks, None if it is empty."""
        return self._sides[side].best()

    def top(self, side: Side, levels: int) -> list[Level]:
        """Return the first ``levels`` levels of ``side``, best first."""
        return self._sides[side].top(levels)

    def reaching(self, side: Side, price_ticks: int) -> list[Level]:
        """Return the levels of ``side`` at ``price_ticks`` or better, best first."""
        return self._sides[side].reaching(price_ticks)

    def resting(self, order_id: int) -> tuple[Side, int, int] | None:
        """Return (side, price_ticks, lots shown) of an order; None if it is not there."""
        return self._orders.get(order_id)

    def qty_lots(self, side: Side, price_ticks: int) -> int:
        """Return the quantity at one level, 0 if there is none."""
        return self._sides[side].qty_lots(price_ticks)

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
        del self._orders[order_id]
        self._change(side, price_ticks, -leaves_lots)
        return side

    def _change(self, side: Side, price_ticks: int, qty_lots: int) -> None:
        self._sides[side].add(price_ticks, qty_lots)
        self.changed.add((side, price_ticks))
