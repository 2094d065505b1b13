"""The visible book: levels, sequence, checksum, and deltas that rebuild it."""

import random
import zlib
from typing import Any

import msgspec
import pytest

from domain.orders import Side
from gateway.book import Book
from gateway.errors import StreamContradicted
from gateway.indication import Indications
from gateway.projection import Projection
from gateway.ws.book_channel import BookChannel
from tests.unit.gateway.exchange import ALICE, BOB, BTC_USDT, BUY, SELL, Exchange
from tests.unit.gateway.test_projection import random_command


def book_with(*orders: tuple[Side, int, int]) -> Book:
    book = Book()
    for order_id, (side, price_ticks, qty_lots) in enumerate(orders, start=1):
        book.rest(order_id, order_id, side, price_ticks, qty_lots)
    return book


def test_orders_of_one_price_are_one_level_and_the_best_comes_first() -> None:
    book = book_with((BUY, 99, 1), (BUY, 100, 2), (BUY, 100, 3), (SELL, 102, 4), (SELL, 101, 5))
    assert book.top(BUY, 10) == [(100, 5), (99, 1)]
    assert book.top(SELL, 10) == [(101, 5), (102, 4)]
    assert book.top(SELL, 1) == [(101, 5)]
    assert (book.best(BUY), book.best(SELL)) == (100, 101)


def test_a_level_goes_with_its_last_order() -> None:
    book = book_with((BUY, 100, 2), (BUY, 100, 3))
    book.reduce(3, 1, 2)
    assert book.top(BUY, 10) == [(100, 3)] and not book.rests(1)
    book.remove(4, 2)
    assert book.top(BUY, 10) == [] and book.best(BUY) is None


def test_a_replaced_order_moves_or_leaves() -> None:
    book = book_with((BUY, 100, 2), (BUY, 99, 1))
    book.replace(3, 1, (98, 7))
    assert book.top(BUY, 10) == [(99, 1), (98, 7)]
    book.replace(4, 1, None)
    assert book.top(BUY, 10) == [(99, 1)]


@pytest.mark.parametrize("book_seq", [1, 3])
def test_a_change_that_is_not_the_next_is_refused(book_seq: int) -> None:
    book = book_with((BUY, 100, 2))
    with pytest.raises(StreamContradicted):
        book.rest(book_seq, 9, BUY, 100, 1)


def test_taking_more_than_there_is_is_refused() -> None:
    book = book_with((BUY, 100, 2), (BUY, 100, 5))
    with pytest.raises(StreamContradicted):
        book.reduce(3, 1, 3)


def test_an_order_that_does_not_rest_cannot_leave() -> None:
    with pytest.raises(StreamContradicted):
        book_with((BUY, 100, 2)).remove(2, 7)


def test_the_checksum_is_of_25_levels_a_side_as_text_bids_first() -> None:
    bids = [(BUY, 100 - at, at + 1) for at in range(30)]
    book = book_with(*bids, (SELL, 101, 9))
    told = [f"{100 - at}:{at + 1}" for at in range(25)] + ["101:9"]
    assert book.checksum(lambda price, qty: f"{price}:{qty}") == zlib.crc32(",".join(told).encode())


class ReaderOfDeltas:
    """A client: a snapshot, then deltas that must follow each other."""

    def __init__(self, snapshot: bytes) -> None:
        told = msgspec.json.decode(snapshot)
        assert told["type"] == "snapshot"
        self.seq = told["seq"]
        self.sides = {"bids": dict(told["bids"]), "asks": dict(told["asks"])}

    def take(self, delta: bytes) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.json.decode(delta)
        assert told["type"] == "delta" and told["prev"] == self.seq < told["seq"]
        self.seq = told["seq"]
        for name, levels in self.sides.items():
            for price, qty in told[name]:
                if qty == "0":
                    levels.pop(price, None)
                else:
                    levels[price] = qty
        return told

    def checksum(self) -> int:
        def top(name: str, best_is_high: bool) -> list[tuple[str, str]]:
            levels = self.sides[name].items()
            return sorted(levels, key=lambda level: float(level[0]), reverse=best_is_high)[:25]

        told = top("bids", True) + top("asks", False)
        return zlib.crc32(",".join(f"{price}:{qty}" for price, qty in told).encode())


@pytest.mark.parametrize("seed", range(3))
def test_deltas_of_any_rhythm_rebuild_the_book(seed: int) -> None:
    exchange, draw = Exchange(), random.Random(seed)
    projection = Projection()
    exchange.project(projection)
    market = projection.markets[BTC_USDT]
    channel = BookChannel(market, 50, Indications())
    reader = ReaderOfDeltas(channel.snapshot(1))
    for number in range(500):
        exchange.send(random_command(draw, exchange, number))
        exchange.project(projection)
        channel.note(market.book.changed)
        market.book.changed.clear()
        if draw.random() < 0.3 and (delta := channel.due(2)) is not None:
            told = reader.take(delta)
            assert told["checksum"] == reader.checksum()
            again = ReaderOfDeltas(channel.snapshot(3))
            assert (again.seq, again.sides) == (reader.seq, reader.sides)
    assert reader.seq > 100


def test_nothing_is_sent_while_nothing_changed() -> None:
    exchange = Exchange()
    channel = BookChannel(exchange.project().markets[BTC_USDT], 50, Indications())
    assert channel.due(1) is None


def test_a_level_that_came_and_went_is_removed_for_everybody() -> None:
    exchange = Exchange()
    projection = exchange.project()
    market = projection.markets[BTC_USDT]
    channel = BookChannel(market, 50, Indications())
    exchange.limit(ALICE, BUY, 6_400_000, 100)
    exchange.limit(BOB, SELL, 6_400_000, 100)
    exchange.project(projection)
    channel.note(market.book.changed)
    delta = channel.due(1)
    assert delta is not None
    assert msgspec.json.decode(delta)["bids"] == [["64000.00", "0"]]
