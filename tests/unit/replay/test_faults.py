"""What a bad network does is counted, bounded, and the same for the same seed."""

from collections import Counter

import pytest

from replay.errors import BadFaults
from replay.faults import (
    DELAY_MS_MAX,
    OVERTAKEN_MAX,
    RATE_MAX,
    FaultCounts,
    FaultRates,
    FaultyDirection,
)

SENT = [bytes([0, 0, 0, 0, 0, 3]) + number.to_bytes(4, "big") for number in range(4_000)]


def arrivals(rates: FaultRates, counts: FaultCounts, stream: str = "up") -> list[bytes]:
    direction = FaultyDirection(rates, counts, stream)
    arrived = [datagram for sent in SENT for datagram in direction.pass_on(sent)]
    return arrived + direction.release()


def test_a_good_network_changes_nothing() -> None:
    counts = FaultCounts()
    assert arrivals(FaultRates(), counts) == SENT
    assert counts == FaultCounts(seen=Counter({3: len(SENT)}))


def test_every_fault_is_counted() -> None:
    counts = FaultCounts()
    arrived = arrivals(FaultRates(loss=0.1, duplicate=0.1, reorder=0.1, seed=3), counts)
    assert min(counts.lost, counts.duplicated, counts.reordered) > 200
    assert len(arrived) == len(SENT) - counts.lost + counts.duplicated
    assert len(set(arrived)) == len(SENT) - counts.lost
    assert arrived != sorted(arrived)


def test_the_same_seed_does_the_same_and_another_does_not() -> None:
    rates = FaultRates(loss=0.1, duplicate=0.1, reorder=0.1, seed=3)
    first = arrivals(rates, FaultCounts())
    assert arrivals(rates, FaultCounts()) == first
    other_seed = FaultRates(loss=0.1, duplicate=0.1, reorder=0.1, seed=4)
    assert arrivals(other_seed, FaultCounts()) != first
    assert arrivals(rates, FaultCounts(), "down") != first


def test_a_delayed_datagram_is_overtaken_by_a_few_and_no_more() -> None:
    arrived = arrivals(FaultRates(reorder=0.2, seed=5), FaultCounts())
    place = {datagram: at for at, datagram in enumerate(arrived)}
    behind = [place[sent] - at for at, sent in enumerate(SENT)]
    assert sorted(arrived) == SENT
    assert 1 < max(behind) <= OVERTAKEN_MAX


@pytest.mark.parametrize("rate", [-0.01, RATE_MAX + 0.01])
def test_rates_have_bounds(rate: float) -> None:
    with pytest.raises(BadFaults, match="--loss"):
        FaultRates(loss=rate)
    with pytest.raises(BadFaults, match="--duplicate"):
        FaultRates(duplicate=rate)
    with pytest.raises(BadFaults, match="--reorder"):
        FaultRates(reorder=rate)
    with pytest.raises(BadFaults, match="--delay"):
        FaultRates(delay=rate)


def test_a_share_of_the_datagrams_is_late_by_a_bounded_time() -> None:
    counts = FaultCounts()
    direction = FaultyDirection(FaultRates(delay=0.1, seed=6), counts, "up")
    delays_ms = [direction.delay_ms() for _ in SENT]
    assert 200 < counts.delayed == sum(delay_ms > 0 for delay_ms in delays_ms) < 600
    assert max(delays_ms) <= DELAY_MS_MAX


def test_nothing_arrives_while_the_network_is_cut() -> None:
    counts = FaultCounts()
    assert arrivals(FaultRates(cut=True), counts) == []
    assert counts.lost == len(SENT)
