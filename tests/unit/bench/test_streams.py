"""A stream packed at speed is the stream packed record by record; its fills add up the same."""

import random
from itertools import islice

import pytest

from bench._streams import FillDigest, cancels_of, core_commands, spread_orders
from bench.report import WrongResult
from bench.streams import (
    ACCOUNTS,
    FIRST_ACCOUNT_ID,
    Stream,
    book_command,
    core_command,
    load_stream,
    split,
    venue,
)
from domain.client_order_ids import unpack_client_order_id
from domain.commands import CancelOrder, NewOrder
from domain.orders import Side
from engine_core import core_type
from matching._book import OrderBook
from replay.result import FillHash
from replay.workload import DEEP, OP_CANCEL, RECORD, WORKLOAD, Generator
from schemas.codec import decode_command
from schemas.layouts import COMMAND_BYTES

OPS = 25_000  # the deep one places 20,000 orders before the first that trades


@pytest.fixture(params=["workload", "workload_deep"])
def stream(request: pytest.FixtureRequest) -> Stream:
    return load_stream(request.param, OPS, lambda _: None)


def test_the_first_records_of_a_stream_are_the_generators() -> None:
    for recipe in (WORKLOAD, DEEP):
        fields = [fields for fields, _ in islice(Generator(recipe).records(), OPS)]
        assert load_stream(recipe.name, OPS, lambda _: None).fields == fields


def test_commands_packed_at_speed_are_those_packed_one_by_one(stream: Stream) -> None:
    assert stream.book_commands == b"".join(map(book_command, stream.fields))
    assert stream.core_commands(ACCOUNTS) == b"".join(map(core_command, stream.fields))


@pytest.mark.parametrize("number", [0, 9, 10, 1_234_567_890, 12_345_678_901, 2**64 - 1])
def test_a_number_of_any_length_becomes_its_decimal_text(number: int) -> None:
    cancel = (OP_CANCEL, 0, 0, 0, 0, number)
    [packed] = [core_command(cancel)]
    made = core_commands(
        RECORD.pack(*cancel), packed * 3, first_account_id=FIRST_ACCOUNT_ID, accounts=ACCOUNTS
    )
    command = decode_command(made)
    assert isinstance(command, CancelOrder)
    assert unpack_client_order_id(command.client_order_id) == str(number)
    assert made == packed


def test_fills_add_up_as_the_plain_hash_does() -> None:
    draws = random.Random(7)
    plain, digest = FillHash(), FillDigest()
    for _ in range(200):
        fill = tuple(draws.randrange(2 ** draws.randrange(1, 53)) for _ in range(4))
        plain.update(*fill)
        digest.take(*fill)
    assert (digest.fills, digest.hexdigest()) == (200, plain.hexdigest())


def test_book_and_core_make_the_fills_of_the_stream(stream: Stream) -> None:
    of_book, of_core = FillDigest(), FillDigest()
    of_book.take_book(OrderBook().apply(stream.book_commands))
    core = core_type("compiled")()
    core.apply(venue(), 1)
    of_core.take_core(core.apply(stream.core_commands(ACCOUNTS), 2)[0])
    stream.check(of_book, "the book")
    stream.check(of_core, "the core")


def test_one_fill_less_is_a_wrong_result(stream: Stream) -> None:
    book, digest = OrderBook(), FillDigest()
    digest.take_book(book.apply(stream.book_commands)[:-64_000])
    with pytest.raises(WrongResult, match="expected"):
        stream.check(digest, "a book that stopped early")


def test_one_fill_of_another_order_is_a_wrong_result(stream: Stream) -> None:
    digest = FillDigest(ids_before=1)
    digest.take_book(OrderBook().apply(stream.book_commands))
    with pytest.raises(WrongResult, match="expected"):
        stream.check(digest, "a book that names other orders")


def test_spread_orders_stay_on_their_side_and_are_cancelled_by_their_keys() -> None:
    pattern = core_command((0, 0, 0, 1, 100, 1))
    made = spread_orders(
        pattern,
        first_key=50,
        count=300,
        first_account_id=FIRST_ACCOUNT_ID,
        accounts=ACCOUNTS,
        mid_ticks=1_000,
        levels=20,
        seed=3,
    )
    orders = [decode_command(command) for command in split(made, COMMAND_BYTES, 1)]
    for order in orders:
        assert isinstance(order, NewOrder)
        below = order.side is Side.BUY
        assert 980 <= order.price_ticks < 1_000 if below else 1_000 < order.price_ticks <= 1_020
    core = core_type("compiled")()
    core.apply(venue() + made, 1)
    assert len(core.orders()) == 300
    assert core.depth(1, 1)[0][0][0] < 1_000 < core.depth(1, 1)[1][0][0]
    cancels = cancels_of(
        core_command((OP_CANCEL, 0, 0, 0, 0, 1)),
        range(50, 350),
        first_account_id=FIRST_ACCOUNT_ID,
        accounts=ACCOUNTS,
    )
    core.apply(cancels, 2)
    assert core.orders() == []
