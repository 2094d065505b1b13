"""The visible book: levels, sequence, checksum, and deltas that rebuild it."""

import random
import zlib
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from domain.orders import Side, TradingStatus
from gateway.errors import StreamContradicted
from gateway.state.book import Book
from gateway.state.indication import Indications
from gateway.state.projection import Projection
from gateway.ws.best_channel import BestChannel
from gateway.ws.book_channel import BookChannel
from gateway.ws.book_content import BookTerms, BookView
from gateway.ws.book_orders_channel import BookOrdersChannel
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


def test_prices_in_steps_are_rounded_away_from_the_other_side() -> None:
    book = book_with((BUY, 99, 1), (BUY, 95, 2), (BUY, 94, 4), (SELL, 101, 8), (SELL, 105, 16))
    assert book.grouped(BUY, 5, 10) == [(95, 3), (90, 4)]
    assert book.grouped(SELL, 5, 10) == [(105, 24)]
    assert book.grouped(BUY, 5, 1) == [(95, 3)]
    assert book.grouped(SELL, 1, 10) == book.top(SELL, 10)


def test_orders_are_told_in_the_order_they_trade_in() -> None:
    book = book_with((BUY, 100, 2), (BUY, 100, 3), (BUY, 101, 1), (SELL, 103, 9))
    book.replace(5, 1, (100, 1))  # less, at its price: it keeps its place
    assert [order.order_id for order in book.orders(BUY)] == [3, 1, 2]
    book.replace(6, 1, (100, 2))  # more: it goes to the end
    assert [order.order_id for order in book.orders(BUY)] == [3, 2, 1]
    book.replace(7, 3, (100, 1))
    assert [(order.order_id, order.place) for order in book.orders(BUY)] == [(2, 2), (1, 6), (3, 7)]
    assert [order.order_id for order in book.orders(SELL)] == [4]


def test_of_orders_that_were_there_at_the_start_the_older_id_comes_first() -> None:
    book = Book(seq=50)
    for order_id in (9, 7):
        book.load(order_id, BUY, 100, 1)
    book.rest(51, 3, BUY, 100, 1)
    assert [order.order_id for order in book.orders(BUY)] == [7, 9, 3]


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
    channel = BookChannel(market, BookTerms(50), Indications())
    reader = ReaderOfDeltas(channel.snapshot(1))
    for number in range(500):
        exchange.send(random_command(draw, exchange, number))
        exchange.project(projection)
        channel.note(market.book.changed, market.book.changed_orders)
        market.book.take_changed()
        if draw.random() < 0.3 and (delta := channel.due(2)) is not None:
            told = reader.take(delta)
            assert told["checksum"] == reader.checksum()
            again = ReaderOfDeltas(channel.snapshot(3))
            assert (again.seq, again.sides) == (reader.seq, reader.sides)
    assert reader.seq > 100


VIEWS = (BookTerms(50, levels=3), BookTerms(100, group="0.50"), BookTerms(100, 2, "1.00"))


@pytest.mark.parametrize("terms", VIEWS)
def test_deltas_of_a_view_rebuild_what_it_shows(terms: BookTerms) -> None:
    exchange, draw = Exchange(), random.Random(4)
    projection = exchange.project()
    market = projection.markets[BTC_USDT]
    channel = BookChannel(market, terms, Indications())
    reader, deltas = ReaderOfDeltas(channel.snapshot(1)), 0
    for number in range(500):
        exchange.send(random_command(draw, exchange, number))
        exchange.project(projection)
        market.book.take_changed()
        if draw.random() < 0.3:
            if (delta := channel.due(2)) is not None:
                assert reader.take(delta)["checksum"] == reader.checksum()
                deltas += 1
            # A newcomer's snapshot continues in the deltas that all others get.
            again = ReaderOfDeltas(channel.snapshot(3))
            assert (again.seq, again.sides) == (reader.seq, reader.sides)
            fresh = BookView(market, terms).whole()
            assert [dict(side) for side in fresh] == list(reader.sides.values())
    assert deltas > 50


def test_orders_one_by_one_are_rebuilt_with_their_places() -> None:
    exchange, draw = Exchange(), random.Random(6)
    projection = exchange.project()
    market = projection.markets[BTC_USDT]
    channel = BookOrdersChannel(market, 100)
    told = msgspec.json.decode(channel.snapshot(1))
    orders = {order[0]: order for order in told["bids"] + told["asks"]}
    for number in range(500):
        exchange.send(random_command(draw, exchange, number))
        exchange.project(projection)
        channel.note(market.book.changed, market.book.changed_orders)
        market.book.take_changed()
        if draw.random() < 0.3 and (delta := channel.due(2)) is not None:
            change = msgspec.json.decode(delta)
            assert change["prev"] == told["seq"]
            told = change
            for order_id in change["gone"]:
                orders.pop(order_id, None)
            orders |= {order[0]: order for order in change["bids"] + change["asks"]}
            now = msgspec.json.decode(BookOrdersChannel(market, 100).snapshot(3))
            assert orders == {order[0]: order for order in now["bids"] + now["asks"]}
    assert len(orders) > 5


def test_what_an_auction_hides_is_not_collected() -> None:
    market = Exchange().project().markets[BTC_USDT]
    market.instrument = replace(market.instrument, trading_status=TradingStatus.AUCTION)
    channel = BookOrdersChannel(market, 100)
    channel.note(set(), {1, 2, 3})
    assert channel.due(1) is None and not channel._changed


def test_the_best_are_told_when_they_change_and_only_then() -> None:
    exchange = Exchange()
    projection = exchange.project()
    market = projection.markets[BTC_USDT]
    channel = BestChannel(market, 10)
    assert msgspec.json.decode(channel.snapshot(1))["bid"] is None
    exchange.limit(ALICE, BUY, 6_400_000, 100)
    exchange.project(projection)
    told = msgspec.json.decode(channel.due(2) or b"null")
    assert (told["bid"], told["bid_qty"], told["ask"]) == ("64000.00", "0.00100", None)
    exchange.limit(ALICE, BUY, 6_300_000, 100)
    exchange.project(projection)
    assert channel.due(3) is None


def test_nothing_is_sent_while_nothing_changed() -> None:
    exchange = Exchange()
    channel = BookChannel(exchange.project().markets[BTC_USDT], BookTerms(50), Indications())
    assert channel.due(1) is None


def test_a_level_that_came_and_went_is_removed_for_everybody() -> None:
    exchange = Exchange()
    projection = exchange.project()
    market = projection.markets[BTC_USDT]
    channel = BookChannel(market, BookTerms(50), Indications())
    exchange.limit(ALICE, BUY, 6_400_000, 100)
    exchange.limit(BOB, SELL, 6_400_000, 100)
    exchange.project(projection)
    channel.note(market.book.changed, market.book.changed_orders)
    delta = channel.due(1)
    assert delta is not None
    assert msgspec.json.decode(delta)["bids"] == [["64000.00", "0"]]
