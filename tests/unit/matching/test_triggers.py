"""What waits for a price, and the order in which a trade lets it go."""

import pytest

from matching.triggers import Condition, Triggers


def rise(price_ticks: int) -> Condition:
    return Condition(True, price_ticks)


def fall(price_ticks: int) -> Condition:
    return Condition(False, price_ticks)


def waiting(*conditions: Condition) -> Triggers:
    """Return order 1, 2, … waiting for ``conditions``."""
    triggers = Triggers()
    for order_id, condition in enumerate(conditions, 1):
        triggers.add(order_id, condition)
    return triggers


def met(triggers: Triggers, last_price_ticks: int) -> list[int]:
    triggers.queue_met(last_price_ticks)
    return list(triggers.queued())


@pytest.mark.parametrize(
    ("condition", "last_price_ticks", "is_met"),
    [
        (rise(100), 99, False),
        (rise(100), 100, True),
        (rise(100), 101, True),
        (fall(100), 101, False),
        (fall(100), 100, True),
        (fall(100), 99, True),
        (rise(1), 0, False),
        (fall(1), 0, False),  # no trade yet
    ],
)
def test_what_meets_a_condition(condition: Condition, last_price_ticks: int, is_met: bool) -> None:
    assert condition.met_by(last_price_ticks) is is_met


def test_rising_go_first_by_ascending_price_then_falling_by_descending() -> None:
    conditions = (fall(100), rise(102), fall(105), rise(101), fall(103), rise(104), fall(102))
    assert met(waiting(*conditions), 103) == [4, 2, 3, 5]
    assert met(waiting(*conditions), 102) == [4, 2, 3, 5, 7]


def test_of_one_price_the_first_that_came_goes_first() -> None:
    triggers = waiting(rise(100), rise(100), rise(100))
    triggers.remove(1, rise(100))
    triggers.add(1, rise(100))
    assert met(triggers, 100) == [2, 3, 1]


def test_what_is_met_later_joins_the_back_of_the_queue() -> None:
    triggers = waiting(rise(102), rise(101))
    assert met(triggers, 101) == [2]
    assert met(triggers, 105) == [2, 1]
    assert met(triggers, 50) == [2, 1]
    assert triggers.next_queued() == 2


def test_an_order_is_taken_out_whether_it_waits_or_is_queued() -> None:
    triggers = waiting(rise(101), rise(102), rise(102))
    triggers.queue_met(101)
    assert sorted(triggers.order_ids()) == [1, 2, 3]
    assert [triggers.is_queued(order_id) for order_id in (1, 2, 3)] == [True, False, False]
    triggers.remove(1, rise(101))
    triggers.remove(2, rise(102))
    assert triggers.next_queued() is None
    assert list(triggers.order_ids()) == [3]
    triggers.remove(3, rise(102))
    assert met(triggers, 2**53) == []
