"""The busy market that the screen is measured beside is one that a client can follow."""

import json
import zlib
from itertools import islice
from typing import Any

from bench.busy_market import BusyMarket

Levels = dict[float, tuple[str, str]]
MESSAGES = 4_000


def apply(levels: Levels, changes: list[tuple[str, str]]) -> None:
    """Set each level to what it is now."""
    for price, qty in changes:
        levels.pop(float(price), None)
        if float(qty) != 0:
            levels[float(price)] = (price, qty)


def checksum(bids: Levels, asks: Levels) -> int:
    """Return the checksum as the protocol has it."""
    best = [bids[key] for key in sorted(bids, reverse=True)[:25]]
    best += [asks[key] for key in sorted(asks)[:25]]
    return zlib.crc32(",".join(":".join(level) for level in best).encode())


def market() -> BusyMarket:
    """A market that goes on from trade 10."""
    return BusyMarket(seed=1, mid_ticks=6_400_000, trade_id=10, open_ns=60 * 10**9)


def test_deltas_follow_on_from_the_snapshot_and_keep_the_checksum() -> None:
    busy = market()
    snapshot = json.loads(busy.snapshot(0))
    bids: Levels = {}
    asks: Levels = {}
    apply(bids, snapshot["bids"])
    apply(asks, snapshot["asks"])
    seq = snapshot["seq"]
    told: list[dict[str, Any]] = [json.loads(each) for each in islice(busy.messages(0), MESSAGES)]
    for delta in (each for each in told if each["channel"] == "book"):
        assert delta["prev"] == seq
        apply(bids, delta["bids"])
        apply(asks, delta["asks"])
        assert checksum(bids, asks) == delta["checksum"]
        assert max(bids) < min(asks)
        seq = delta["seq"]
    assert seq > snapshot["seq"]


def test_each_trade_is_the_next_and_has_its_ticker_and_its_candle() -> None:
    told = [json.loads(each) for each in islice(market().messages(0), MESSAGES)]
    trades = [each["trades"][0] for each in told if each["channel"] == "trades"]
    assert [each["trade_id"] for each in trades] == list(range(11, 11 + len(trades)))
    closes = [each["candle"]["close"] for each in told if each["channel"] == "candles"]
    assert closes == [each["price"] for each in trades[: len(closes)]]
