"""The compiled book by itself: fills as an independent matcher makes them, and its own refusals."""

import struct
from itertools import islice
from typing import NamedTuple

import pytest

from bench.streams import book_command
from domain.events import EventKind
from domain.orders import OrderFlag, OrderType, SelfTradePrevention, Side, TimeInForce
from matching._book import OrderBook
from replay.expectation import expected_result
from replay.result import FillHash
from replay.workload import DEEP, WORKLOAD, Generator, Recipe

COMMAND = struct.Struct("<6BHQqqII")
EVENT = struct.Struct("<4BI3Q3qQ")
BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK


class Said(NamedTuple):
    kind: str
    order_id: int
    qty_lots: int
    leaves_qty_lots: int


def said(events: bytes) -> list[Said]:
    return [
        Said(EventKind(event[0]).name, event[6], event[9], event[10])
        for event in EVENT.iter_unpack(events)
    ]


def order(
    order_id: int,
    side: Side,
    price_ticks: int,
    qty_lots: int,
    *,
    terms: TimeInForce = GTC,
    stp: SelfTradePrevention = SelfTradePrevention.NONE,
    flags: int = 0,
    group_id: int = 0,
) -> bytes:
    head = (1, side, OrderType.LIMIT, terms, stp, flags, 0)
    return COMMAND.pack(*head, order_id, price_ticks, qty_lots, group_id, 0)


def cancel(order_id: int) -> bytes:
    return COMMAND.pack(2, 0, 0, 0, 0, 0, 0, order_id, 0, 0, 0, 0)


@pytest.mark.parametrize("recipe", [WORKLOAD, DEEP], ids=lambda recipe: recipe.name)
def test_the_fills_of_a_stream_are_an_independent_matchers(recipe: Recipe) -> None:
    stream = [fields for fields, _ in islice(Generator(recipe).records(), 25_000)]
    book = OrderBook()
    events = book.apply(b"".join(map(book_command, stream)))
    trades = (event for event in EVENT.iter_unpack(events) if event[0] == EventKind.TRADE)
    fills = [event[6:10] for event in trades]
    fill_hash = FillHash()
    for fill in fills:
        fill_hash.update(*fill)
    expected = expected_result(stream)
    assert (len(fills), fill_hash.hexdigest()) == (expected.fills, expected.fnv1a64)
    assert book.open_orders == expected.resting_orders
    assert [len(book.depth(side, 10**6)) for side in (BUY, SELL)] == [
        expected.bid_levels,
        expected.ask_levels,
    ]


def test_a_fill_or_kill_that_cannot_fill_leaves_the_book_untouched() -> None:
    book = OrderBook()
    book.apply(order(1, SELL, 100, 5))
    assert said(book.apply(order(2, BUY, 100, 6, terms=FOK))) == [
        Said("ORDER_ACCEPTED", 2, 6, 6),
        Said("ORDER_EXPIRED", 2, 6, 6),
    ]
    assert book.depth(SELL, 5) == [(100, 5)]


def test_what_an_immediate_or_cancel_cannot_take_expires() -> None:
    book = OrderBook()
    book.apply(order(1, SELL, 100, 5))
    assert said(book.apply(order(2, BUY, 100, 6, terms=IOC))) == [
        Said("ORDER_ACCEPTED", 2, 6, 6),
        Said("TRADE", 1, 5, 0),
        Said("ORDER_EXPIRED", 2, 1, 1),
    ]
    assert book.open_orders == 0


def test_a_post_only_order_never_takes() -> None:
    book = OrderBook()
    book.apply(order(1, SELL, 100, 5))
    post_only = order(2, BUY, 100, 1, flags=OrderFlag.POST_ONLY)
    assert [event.kind for event in said(book.apply(post_only))] == ["ORDER_REJECTED"]


@pytest.mark.parametrize(
    ("stp", "expected"),
    [
        (SelfTradePrevention.NONE, ["TRADE"]),
        (SelfTradePrevention.CANCEL_MAKER, ["ORDER_CANCELED", "ORDER_RESTED"]),
        (SelfTradePrevention.CANCEL_TAKER, ["ORDER_CANCELED"]),
        (SelfTradePrevention.CANCEL_BOTH, ["ORDER_CANCELED", "ORDER_CANCELED"]),
        (SelfTradePrevention.DECREMENT, ["ORDER_REDUCED", "ORDER_REDUCED"]),
    ],
)
def test_an_own_order_is_met_as_the_takers_mode_says(
    stp: SelfTradePrevention, expected: list[str]
) -> None:
    book = OrderBook()
    book.apply(order(1, SELL, 100, 5, group_id=7))
    events = said(book.apply(order(2, BUY, 100, 5, stp=stp, group_id=7)))
    assert [event.kind for event in events] == ["ORDER_ACCEPTED", *expected]


@pytest.mark.parametrize(
    "command",
    [
        order(1, BUY, 99, 1),
        order(2, BUY, 99, 0),
        order(2, BUY, -1, 1),
        order(0, BUY, 9, 1),
        cancel(9),
    ],
    ids=["id in use", "no quantity", "negative price", "no id", "cancel of nothing"],
)
def test_what_makes_no_sense_is_refused(command: bytes) -> None:
    book = OrderBook()
    book.apply(order(1, BUY, 99, 3))
    assert [event.kind for event in said(book.apply(command))] == ["ORDER_REJECTED"]
    assert book.depth(BUY, 5) == [(99, 3)]


def test_a_torn_command_is_an_error() -> None:
    with pytest.raises(ValueError, match="not whole commands"):
        OrderBook().apply(order(1, BUY, 99, 3)[:-1])
