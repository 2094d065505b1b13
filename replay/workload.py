"""Deterministic order streams with known results.

A stream is a file of 24-byte records (``RECORD``), little-endian, without header: a limit order, a
cancel or a market order on one book. Ids count 1, 2, 3 … over limit and market orders alike. The
generator follows the live book that its own orders make, so that the mix of passive and crossing
orders holds for the whole run; it is therefore also a plain, independent matcher, and its fills are
the result any engine must reproduce.
"""

import struct
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

RECORD: Final = struct.Struct("<BBHIqQ")
"""op, side, 0, quantity in lots, price in ticks (0 unless limit), order id (of the target for a
cancel).
"""
OP_LIMIT: Final = 0
OP_CANCEL: Final = 1
OP_MARKET: Final = 2
SIDE_BUY: Final = 0
SIDE_SELL: Final = 1

Fields = tuple[int, int, int, int, int, int]
Fill = tuple[int, int, int]
"""Maker order id, price in ticks, quantity in lots."""

_M64: Final = (1 << 64) - 1
_START_TICKS: Final = 100_000
_OFFSET_MAX_TICKS: Final = 49
_LATE_IDS_MAX: Final = 4_096
_LATE_IDS_KEPT: Final = 2_048
_LATE_TRIES: Final = 8


@dataclass(frozen=True)
class Recipe:
    """How one stream is made. ``floor``: with so many orders live or fewer, a cancel names one
    already gone.

    ``aggressive_per_mille``: share of limit orders priced through the mid. ``preload``: passive
    orders placed first.
    """

    name: str
    ops: int
    floor: int
    aggressive_per_mille: int
    preload: int
    sha256: str
    seed: int = 42


WORKLOAD: Final = Recipe(
    name="workload",
    ops=2_000_000,
    floor=1_000,
    aggressive_per_mille=220,
    preload=0,
    sha256="ceb2513449477ac9560fc41689d5cac1326e48217bd32d0ce8ecf20e8d54d031",
)
DEEP: Final = Recipe(
    name="workload_deep",
    ops=2_000_000,
    floor=20_000,
    aggressive_per_mille=60,
    preload=20_000,
    sha256="cdabff74542997ba335c9f1f3bad2079ebbc850ef5b4ccf2cce7e4143466f2da",
)
RECIPES: Final = {recipe.name: recipe for recipe in (WORKLOAD, DEEP)}


class Draws:
    """xorshift64 (13, 7, 17); a bounded draw is the high 32 bits modulo the bound."""

    def __init__(self, seed: int) -> None:
        self._x = seed

    def below(self, bound: int) -> int:
        """Return a number in [0, bound)."""
        x = self._x
        x ^= (x << 13) & _M64
        x ^= x >> 7
        x ^= (x << 17) & _M64
        self._x = x
        return (x >> 32) % bound


class PlainBook:
    """Price-time matching with dicts and sorted lists, written to be read. Levels keep arrival
    order.
    """

    def __init__(self) -> None:
        self._levels: tuple[dict[int, dict[int, int]], ...] = ({}, {})
        self._prices: tuple[list[int], list[int]] = ([], [])
        self._where: dict[int, tuple[int, int]] = {}
        self._live: list[int] = []
        self._position: dict[int, int] = {}

    @property
    def live(self) -> list[int]:
        """Ids of resting orders, in an order that depends only on the history."""
        return self._live

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._where

    def best(self, side: int) -> int | None:
        """Return the best price of ``side``, or None."""
        prices = self._prices[side]
        if not prices:
            return None
        return prices[-1] if side == SIDE_BUY else prices[0]

    def depth(self, side: int) -> list[tuple[int, int]]:
        """Return (price_ticks, qty_lots) of every level of ``side``, best first."""
        prices = self._prices[side]
        ordered = prices[::-1] if side == SIDE_BUY else prices
        return [(price, sum(self._levels[side][price].values())) for price in ordered]

    def limit(self, order_id: int, side: int, price: int, qty: int) -> list[Fill]:
        """Enter a limit order; return its fills (maker order id, price, quantity)."""
        fills, rest = self._take(side, price, qty)
        if rest:
            self._rest(order_id, side, price, rest)
        return fills

    def market(self, side: int, qty: int) -> list[Fill]:
        """Enter a market order; what the book cannot fill is dropped. Return its fills."""
        return self._take(side, None, qty)[0]

    def cancel(self, order_id: int) -> bool:
        """Take an order out; False if it is not there."""
        place = self._where.get(order_id)
        if place is None:
            return False
        side, price = place
        level = self._levels[side][price]
        del level[order_id]
        if not level:
            self._drop_level(side, price)
        self._forget(order_id)
        return True

    def _take(self, side: int, limit: int | None, qty: int) -> tuple[list[Fill], int]:
        fills = []
        opposite = 1 - side
        while qty:
            price = self.best(opposite)
            if price is None:
                break
            if limit is not None and (price > limit if side == SIDE_BUY else price < limit):
                break
            level = self._levels[opposite][price]
            maker = next(iter(level))
            filled = min(qty, level[maker])
            qty -= filled
            fills.append((maker, price, filled))
            if filled == level[maker]:
                del level[maker]
                self._forget(maker)
                if not level:
                    self._drop_level(opposite, price)
            else:
                level[maker] -= filled
        return fills, qty

    def _rest(self, order_id: int, side: int, price: int, qty: int) -> None:
        levels = self._levels[side]
        if price not in levels:
            levels[price] = {}
            insort(self._prices[side], price)
        levels[price][order_id] = qty
        self._where[order_id] = (side, price)
        self._position[order_id] = len(self._live)
        self._live.append(order_id)

    def _drop_level(self, side: int, price: int) -> None:
        del self._levels[side][price]
        prices = self._prices[side]
        del prices[bisect_left(prices, price)]

    def _forget(self, order_id: int) -> None:
        del self._where[order_id]
        position = self._position.pop(order_id)
        last = self._live.pop()
        if last != order_id:
            self._live[position] = last
            self._position[last] = position


class Generator:
    """Draws one stream, record by record. The draws and their order are part of the format."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._draws = Draws(recipe.seed)
        self._next_id = 1
        self._mid_buy = self._mid_sell = _START_TICKS
        self._recent_ids: list[int] = []
        self.book = PlainBook()

    def records(self) -> Iterator[tuple[Fields, list[Fill]]]:
        """Yield each record's fields with the fills (maker id, price, quantity) it makes."""
        for at in range(self._recipe.preload + self._recipe.ops):
            self._follow_mid()
            preloading = at < self._recipe.preload
            draw = 0 if preloading else self._draws.below(100)
            if draw < 55:
                yield self._limit(preloading)
            elif draw < 95:
                yield self._cancel()
            else:
                yield self._market()

    def _follow_mid(self) -> None:
        bid, ask = self.book.best(SIDE_BUY), self.book.best(SIDE_SELL)
        if bid is not None and ask is not None:
            self._mid_buy = (bid + ask) // 2
            self._mid_sell = (bid + ask + 1) // 2

    def _take_id(self) -> int:
        order_id = self._next_id
        self._next_id += 1
        return order_id

    def _limit(self, preloading: bool) -> tuple[Fields, list[Fill]]:
        below = self._draws.below
        side = below(2)
        aggressive = not preloading and below(1_000) < self._recipe.aggressive_per_mille
        offset = 0
        while offset < _OFFSET_MAX_TICKS and below(8) != 0:
            offset += 1
        qty = 1 + below(100)
        price = self._price(side, aggressive, preloading, offset)
        order_id = self._take_id()
        fills = self.book.limit(order_id, side, price, qty)
        self._remember(order_id)
        return (OP_LIMIT, side, 0, qty, price, order_id), fills

    def _price(self, side: int, aggressive: bool, preloading: bool, offset: int) -> int:
        if preloading:
            return _START_TICKS - 1 - offset if side == SIDE_BUY else _START_TICKS + 1 + offset
        if side == SIDE_BUY:
            return self._mid_buy + 1 + offset if aggressive else self._mid_buy - offset
        return self._mid_sell - 1 - offset if aggressive else self._mid_sell + offset

    def _remember(self, order_id: int) -> None:
        self._recent_ids.append(order_id)
        if len(self._recent_ids) > _LATE_IDS_MAX:
            del self._recent_ids[: len(self._recent_ids) - _LATE_IDS_KEPT]

    def _cancel(self) -> tuple[Fields, list[Fill]]:
        live = self.book.live
        if len(live) > self._recipe.floor or not self._recent_ids:
            order_id = live[self._draws.below(len(live))] if live else 0
        else:
            order_id = self._late_id()
        self.book.cancel(order_id)
        return (OP_CANCEL, 0, 0, 0, 0, order_id), []

    def _late_id(self) -> int:
        recent = self._recent_ids
        order_id = recent[self._draws.below(len(recent))]
        for _ in range(_LATE_TRIES):
            if order_id not in self.book:
                break
            order_id = recent[self._draws.below(len(recent))]
        return order_id

    def _market(self) -> tuple[Fields, list[Fill]]:
        side = self._draws.below(2)
        qty = 1 + self._draws.below(200)
        order_id = self._take_id()
        return (OP_MARKET, side, 0, qty, 0, order_id), self.book.market(side, qty)


def encoded(recipe: Recipe) -> Iterator[bytes]:
    """Yield the stream's records as bytes, in order."""
    pack = RECORD.pack
    for fields, _ in Generator(recipe).records():
        yield pack(*fields)
