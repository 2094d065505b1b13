"""A local book is exact, and knows when it is not."""

from client.book import LocalBook
from domain.instruments import Asset, define

INSTRUMENT = define(
    1,
    Asset(1, "BTC"),
    Asset(2, "USDT"),
    tick_size="0.01",
    lot_size="0.001",
    maker_fee_ppm=0,
    taker_fee_ppm=0,
)


def _message(kind: str, seq: int, prev: int, bids: list, asks: list) -> dict:  # type: ignore[type-arg]
    return {"type": kind, "seq": seq, "prev": prev, "bids": bids, "asks": asks}


def test_deltas_are_absolute_and_zero_removes_a_level() -> None:
    book = LocalBook(INSTRUMENT)
    assert book.apply(_message("snapshot", 5, 0, [["10.00", "1"], ["9.99", "2"]], [["10.01", "3"]]))
    assert book.apply(_message("delta", 7, 5, [["10.00", "0"]], [["10.01", "4.5"]]))
    assert book.levels() == ([(999, 2_000)], [(1_001, 4_500)])
    assert (book.best_bid_ticks, book.best_ask_ticks, book.seq) == (999, 1_001, 7)


def test_a_gap_makes_it_stale_until_the_next_snapshot() -> None:
    book = LocalBook(INSTRUMENT)
    assert not book.apply(_message("delta", 2, 1, [], []))
    book.apply(_message("snapshot", 5, 0, [["10.00", "1"]], []))
    assert not book.apply(_message("delta", 9, 7, [["9.00", "1"]], []))
    assert book.stale
    assert not book.apply(_message("delta", 10, 9, [], []))
    assert book.apply(_message("snapshot", 11, 0, [], [["10.00", "1"]]))
    assert not book.stale and book.levels() == ([], [(1_000, 1_000)])
