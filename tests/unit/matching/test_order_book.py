"""The readable book: price levels, first in first out."""

import pytest

from domain.orders import Side
from matching.reference import BookOrder, OrderBook, reaches

BUY, SELL = Side.BUY, Side.SELL


def order(order_id: int, side: Side, price_ticks: int, qty_lots: int) -> BookOrder:
    return BookOrder(
        order_id=order_id, group_id=1, side=side, price_ticks=price_ticks, leaves_qty_lots=qty_lots
    )


def book_with(*orders: BookOrder) -> OrderBook[BookOrder]:
    book: OrderBook[BookOrder] = OrderBook()
    for resting in orders:
        book.add(resting)
    return book


def ids(book: OrderBook[BookOrder], side: Side, bound_ticks: int) -> list[int]:
    return [maker.order_id for maker in book.makers(side, bound_ticks)]


def test_makers_come_by_price_then_time() -> None:
    book = book_with(
        order(1, SELL, 101, 1), order(2, SELL, 100, 1), order(3, SELL, 100, 1), order(4, BUY, 99, 1)
    )
    assert ids(book, BUY, 101) == [2, 3, 1]
    assert ids(book, BUY, 100) == [2, 3]
    assert ids(book, BUY, 99) == []


def test_bids_come_highest_first() -> None:
    book = book_with(order(1, BUY, 98, 1), order(2, BUY, 99, 1))
    assert ids(book, SELL, 1) == [2, 1]
    assert ids(book, SELL, 99) == [2]
    assert book.best_price_ticks(BUY) == 99
    assert book.best_price_ticks(SELL) is None


def test_a_level_goes_with_its_last_order() -> None:
    first, second = order(1, BUY, 99, 3), order(2, BUY, 99, 4)
    book = book_with(first, second)
    assert book.depth(BUY, 5) == [(99, 7)]
    book.remove(first)
    assert book.depth(BUY, 5) == [(99, 4)]
    book.reduce(second, 4)
    assert book.depth(BUY, 5) == []
    assert second.leaves_qty_lots == 0


def test_a_reduced_order_keeps_its_place() -> None:
    first, second = order(1, BUY, 99, 3), order(2, BUY, 99, 4)
    book = book_with(first, second)
    book.reduce(first, 1)
    assert book.depth(BUY, 1) == [(99, 6)]
    assert ids(book, SELL, 99) == [1, 2]


def test_the_same_price_may_come_back() -> None:
    first = order(1, BUY, 99, 3)
    book = book_with(first)
    book.remove(first)
    book.add(order(2, BUY, 99, 5))
    assert book.depth(BUY, 1) == [(99, 5)]


@pytest.mark.parametrize(
    ("side", "price_ticks", "takes"), [(BUY, 99, False), (BUY, 100, True), (SELL, 100, False)]
)
def test_whether_a_price_would_take(side: Side, price_ticks: int, takes: bool) -> None:
    assert book_with(order(1, SELL, 100, 1)).would_take(side, price_ticks) is takes


def test_how_far_a_taker_goes() -> None:
    assert reaches(BUY, 100, 100)
    assert not reaches(BUY, 100, 101)
    assert reaches(SELL, 100, 100)
    assert not reaches(SELL, 100, 99)


def iceberg(order_id: int, qty_lots: int, display_lots: int) -> BookOrder:
    resting = order(order_id, BUY, 99, qty_lots)
    resting.display_qty_lots = display_lots
    return resting


def test_a_level_is_what_is_visible_of_its_orders() -> None:
    first, second = iceberg(1, 10, 3), order(2, BUY, 99, 4)
    book = book_with(first, second)
    assert book.depth(BUY, 1) == [(99, 7)]
    book.reduce(first, 2)
    assert (first.visible_qty_lots, first.leaves_qty_lots) == (1, 8)
    assert book.depth(BUY, 1) == [(99, 5)]
    book.remove(first)
    assert book.depth(BUY, 1) == [(99, 4)]


def test_a_used_up_slice_is_refilled_at_the_back() -> None:
    first = iceberg(1, 10, 3)
    book = book_with(first, order(2, BUY, 99, 4))
    book.reduce(first, 3)
    assert book.depth(BUY, 1) == [(99, 4)]
    book.remove(first)
    book.add(first)
    assert book.depth(BUY, 1) == [(99, 7)]
    assert ids(book, SELL, 99) == [2, 1]


def test_a_shrunk_iceberg_hides_less_first() -> None:
    first = iceberg(1, 10, 3)
    book = book_with(first)
    book.shrink(first, 6)
    assert (first.visible_qty_lots, first.leaves_qty_lots) == (3, 4)
    book.shrink(first, 2)
    assert (first.visible_qty_lots, first.leaves_qty_lots) == (2, 2)
    assert book.depth(BUY, 1) == [(99, 2)]


def test_the_front_of_a_side_is_the_oldest_at_its_best_price() -> None:
    orders = [order(at, BUY, price_ticks, 1) for at, price_ticks in enumerate((99, 100, 100), 1)]
    book = book_with(*orders)
    assert book.front(BUY) is orders[1]
    assert book.front(SELL) is None
