"""One price for everybody: the most volume, then the least left over, then fair to who waits."""

import random

from domain.auction import Uncross, uncross


def test_books_that_do_not_cross_have_no_price() -> None:
    assert uncross([(99, 5)], [(100, 5)]) is None
    assert uncross([], [(100, 5)], 100) is None


def test_the_price_that_trades_most_wins() -> None:
    bids = [(105, 10), (103, 10), (101, 10)]
    asks = [(100, 5), (102, 10), (104, 20)]
    assert uncross(bids, asks) == Uncross(103, 15, 5)


def test_of_equal_volumes_the_least_imbalance_wins() -> None:
    assert uncross([(105, 10), (102, 3)], [(100, 10)], 0) == Uncross(105, 10, 0)


def test_bids_left_over_push_the_price_up() -> None:
    assert uncross([(105, 20)], [(100, 10)], 100) == Uncross(105, 10, 10)


def test_asks_left_over_push_the_price_down() -> None:
    assert uncross([(105, 10)], [(100, 20)], 105) == Uncross(100, 10, -10)


def test_balanced_prices_are_decided_by_the_reference() -> None:
    assert uncross([(105, 10)], [(100, 10)], 103) == Uncross(103, 10, 0)
    assert uncross([(105, 10)], [(100, 10)], 90) == Uncross(100, 10, 0)
    assert uncross([(105, 10)], [(100, 10)], 200) == Uncross(105, 10, 0)


def test_without_a_reference_the_highest_of_balanced_prices_wins() -> None:
    assert uncross([(104, 10)], [(100, 10)]) == Uncross(104, 10, 0)


def test_the_reference_may_trade_more_evenly_than_any_order_s_price() -> None:
    bids, asks = [(104, 10), (102, 5)], [(102, 5), (100, 5), (104, 5)]
    assert uncross(bids, asks) == Uncross(104, 10, -5)
    assert uncross(bids, asks, 103) == Uncross(103, 10, 0)


def naive(bids: list[tuple[int, int]], asks: list[tuple[int, int]], reference: int) -> object:
    rows = []
    for price in sorted({p for p, _ in bids} | {p for p, _ in asks} | {reference} - {0}):
        bought = sum(q for p, q in bids if p >= price)
        sold = sum(q for p, q in asks if p <= price)
        rows.append((min(bought, sold), -abs(bought - sold), price, bought - sold))
    rows = [row for row in rows if row[0]]
    if not rows:
        return None
    rows = [row for row in rows if row[:2] == max(rows)[:2]]
    if {row[3] > 0 for row in rows} == {True} or not reference:
        pick = rows[0] if all(row[3] < 0 for row in rows) else rows[-1]
    elif all(row[3] < 0 for row in rows):
        pick = rows[0]
    else:
        pick = min(rows, key=lambda row: (abs(row[2] - reference), -row[2]))
    return Uncross(pick[2], pick[0], pick[3])


def test_it_agrees_with_counting_by_hand_on_random_books() -> None:
    source = random.Random(7)
    for _ in range(3_000):
        bids = [
            (source.randint(90, 110), source.randint(1, 9)) for _ in range(source.randint(0, 6))
        ]
        asks = [
            (source.randint(90, 110), source.randint(1, 9)) for _ in range(source.randint(0, 6))
        ]
        reference = source.choice([0, source.randint(85, 115)])
        assert uncross(bids, asks, reference) == naive(bids, asks, reference)
