"""The one price of a call auction: a pure function of what is bid and asked at each price."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

Level = tuple[int, int]
"""price_ticks, qty_lots; icebergs with all that they hide."""


class Uncross(NamedTuple):
    """At ``price_ticks`` ``qty_lots`` can trade; ``imbalance_lots``: bids there less asks there."""

    price_ticks: int
    qty_lots: int
    imbalance_lots: int


def uncross(
    bids: Iterable[Level], asks: Iterable[Level], reference_price_ticks: int = 0
) -> Uncross | None:
    """Return the price that trades most, and what it trades; None if nothing can trade.

    Of prices that trade as much: least imbalance either way; then, if all of them leave bids over,
    the highest, if all leave asks over, the lowest; else the nearest to the reference (0: none),
    and of two as near the higher. Candidates are the prices of orders, and the reference.
    """
    bids, asks = sorted(bids), sorted(asks)
    candidates = _outcomes(bids, asks, reference_price_ticks)
    most = max((one.qty_lots for one in candidates), default=0)
    if not most:
        return None
    best = [one for one in candidates if one.qty_lots == most]
    least = min(abs(one.imbalance_lots) for one in best)
    best = [one for one in best if abs(one.imbalance_lots) == least]
    if all(one.imbalance_lots < 0 for one in best):
        return min(best)
    if reference_price_ticks and not all(one.imbalance_lots > 0 for one in best):
        return min(best, key=lambda one: _distance(one, reference_price_ticks))
    return max(best)


def _distance(one: Uncross, reference_price_ticks: int) -> tuple[int, int]:
    return abs(one.price_ticks - reference_price_ticks), -one.price_ticks


def _outcomes(bids: list[Level], asks: list[Level], reference_ticks: int) -> list[Uncross]:
    """Return what each candidate price would trade."""
    bid_prices = [price_ticks for price_ticks, _ in bids]
    ask_prices = [price_ticks for price_ticks, _ in asks]
    bid_sums = [0, *accumulate(qty_lots for _, qty_lots in bids)]
    ask_sums = [0, *accumulate(qty_lots for _, qty_lots in asks)]
    outcomes = []
    for price_ticks in {*bid_prices, *ask_prices, reference_ticks} - {0}:
        bid_lots = bid_sums[-1] - bid_sums[bisect_left(bid_prices, price_ticks)]
        ask_lots = ask_sums[bisect_left(ask_prices, price_ticks + 1)]
        outcomes.append(Uncross(price_ticks, min(bid_lots, ask_lots), bid_lots - ask_lots))
    return outcomes
