"""Stops met while others run: a queue, bounded in each command, that every trade adds to."""

import pytest

from domain.orders import TradingStatus
from engine_core.contract import Core
from engine_core.limits import TRIGGERS_PER_COMMAND_MAX
from schemas.codec import decode_outcomes, encode_command
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    NOW,
    SELL,
    STOP_LIMIT,
    K,
    Market,
    instrument,
)


def many_stops(market: Market, count: int) -> None:
    """Let Alice have orders 1 to ``count``: stops to buy one lot for 1 once the price is 100."""
    terms = {"order_type": STOP_LIMIT, "trigger_price_ticks": 100}
    orders = [market.order(ALICE, BUY, 1, 1, **terms) for _ in range(count)]
    _, outcomes = market.core.apply(b"".join(map(encode_command, orders)), market.now_ns)
    assert [outcome.order_id for outcome in decode_outcomes(outcomes)] == [*range(1, count + 1)]


def test_so_many_run_in_one_command_and_the_rest_before_the_next(market: Market) -> None:
    many = TRIGGERS_PER_COMMAND_MAX
    many_stops(market, 2 * many + 5)
    market.sell(CAROL, 100, 1)
    assert len(market.buy(CAROL, 100, 1)) == 2 + many
    assert market.core.next_deadline_ns == market.core.log_ts_ns
    assert market.bids() == [(1, many)]
    told = market.cancel_all(BOB)
    assert told == [f"triggered {many + at} 1@1 resting" for at in range(1, many + 1)]
    assert market.outcome.event_count == 0
    assert market.bids() == [(1, 2 * many)]
    assert len(market.let_time_pass(NOW + 1)) == 5
    assert market.core.next_deadline_ns == 0


def test_a_command_that_may_trigger_goes_on_with_the_queue(market: Market) -> None:
    many = TRIGGERS_PER_COMMAND_MAX
    many_stops(market, 3 * many + 5)
    market.trade_at(100)
    told = market.buy(BOB, 2, 1)
    assert len(told) == many + 1 + many
    assert market.outcome.event_count == 1 + many
    assert market.bids() == [(2, 1), (1, 3 * many)]


def test_a_queued_stop_can_still_be_cancelled(market: Market) -> None:
    many = TRIGGERS_PER_COMMAND_MAX
    many_stops(market, 2 * many + 3)
    market.trade_at(100)
    first, last = 2 * many + 1, 2 * many + 3
    assert market.cancel(ALICE, first)[-1] == f"canceled {first} 1 REQUESTED"
    told = market.let_time_pass(NOW)
    assert told == [f"triggered {order_id} 1@1 resting" for order_id in range(first + 1, last + 1)]


def test_a_replaced_queued_stop_waits_again(market: Market) -> None:
    many = TRIGGERS_PER_COMMAND_MAX
    many_stops(market, 2 * many + 2)
    market.trade_at(100)
    last = 2 * many + 2
    told = market.replace(ALICE, last, 1, 1, trigger_price_ticks=101)
    assert f"replaced {last} 1@1 waiting" in told
    assert told[-1] == f"triggered {last - 1} 1@1 resting"
    assert market.let_time_pass(NOW) == []
    market.sell(CAROL, 101, 1)
    assert market.buy(CAROL, 101, 1)[2:] == [f"triggered {last} 1@1 resting"]


def test_a_queued_stop_whose_condition_holds_cannot_wait_again(market: Market) -> None:
    many = TRIGGERS_PER_COMMAND_MAX
    many_stops(market, 2 * many + 2)
    market.trade_at(100)
    told = market.replace(ALICE, 2 * many + 2, 1, 2)
    assert told[-1] == "rejected WOULD_TRIGGER_AT_ONCE"


def halted_with_queue(market: Market) -> list[str]:
    """Return what is said as the instrument halts with the last three of many stops queued."""
    many = TRIGGERS_PER_COMMAND_MAX
    many_stops(market, 2 * many + 3)
    market.trade_at(100)
    return market.set_status(TradingStatus.HALT)


def test_a_halt_keeps_the_queue_and_its_end_runs_it(market: Market) -> None:
    told = halted_with_queue(market)
    many = TRIGGERS_PER_COMMAND_MAX
    assert (len(told), told[-1]) == (many + 1, "TradingStatusChanged")
    assert market.core.next_deadline_ns == 0
    assert market.let_time_pass(NOW) == []
    market.cancel(ALICE, 2 * many + 2)
    assert market.set_status(TradingStatus.TRADING) == [
        "TradingStatusChanged",
        f"triggered {2 * many + 1} 1@1 resting",
        f"triggered {2 * many + 3} 1@1 resting",
    ]
    assert market.outcome.event_count == 3


def few_events(core_type: type[Core], *stopped_in: int) -> Market:
    """Return a market where a command may have 4 events and so runs one or two stops; Alice has 5
    in each of ``stopped_in``, instruments by id.
    """
    market = Market(core_type, bounds={"events_per_command_max": 4})
    market.send(instrument(2, symbol=b"OTHER"))
    market.set_status(TradingStatus.TRADING, 2)
    for instrument_id in stopped_in:
        for _ in range(5):
            market.limit_stop(ALICE, BUY, 100, 1, 1, instrument_id=instrument_id)
    return market


def test_the_last_of_a_queue_may_be_cancelled(core_type: type[Core]) -> None:
    market = few_events(core_type, 1)
    market.trade_at(100)
    assert market.core.next_deadline_ns == NOW
    told = market.cancel(ALICE, 5)
    assert told[-2:] == ["triggered 4 1@1 resting", "canceled 5 1 REQUESTED"]
    assert market.core.next_deadline_ns == 0


def test_the_queues_run_by_instrument_id(core_type: type[Core]) -> None:
    market = few_events(core_type, 2, 2, 1)
    market.sell(CAROL, 100, 1)
    for side in (SELL, BUY):
        told = market.send(market.order(CAROL, side, 100, 1, instrument_id=2))
    assert told[-1] == "triggered 1 1@1 resting"
    told = market.buy(CAROL, 100, 1)
    assert told[:3] == [f"triggered {order_id} 1@1 resting" for order_id in (2, 3, 4)]
    assert told[-1] == "triggered 11 1@1 resting"
    assert market.let_time_pass(NOW) == [
        f"triggered {order_id} 1@1 resting" for order_id in (12, 13, 14)
    ]
    assert market.let_time_pass(NOW) == [
        f"triggered {order_id} 1@1 resting" for order_id in (15, 5, 6)
    ]


def test_a_command_that_said_half_of_what_it_may_runs_no_more(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 8})
    for _ in range(5):
        market.limit_stop(ALICE, BUY, 100, 1, 1)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1) == [
        "accepted 7",
        "trade 6 7 1@100 maker-filled taker-filled",
        *(f"triggered {order_id} 1@1 resting" for order_id in (1, 2, 3)),
    ]
    assert market.let_time_pass(NOW) == [
        "triggered 4 1@1 resting",
        "triggered 5 1@1 resting",
    ]


def test_a_triggered_order_has_the_room_that_is_left(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 7})
    market.market_stop(ALICE, BUY, 100, 5)
    for _ in range(5):
        market.sell(BOB, 101, 1)
    market.sell(CAROL, 100, 1)
    assert market.buy(CAROL, 100, 1) == [
        "accepted 8",
        "trade 7 8 1@100 maker-filled taker-filled",
        "triggered 1 5@0",
        "trade 2 1 1@101 maker-filled",
        "trade 3 1 1@101 maker-filled",
        "canceled 1 3 EVENT_LIMIT",
    ]
    assert market.usdt(ALICE) == (-202 * K, 0)


@pytest.mark.parametrize("events_max", [4, 5, 6, 7, 8])
def test_triggers_never_exceed_the_bound_of_events(core_type: type[Core], events_max: int) -> None:
    market = Market(core_type, bounds={"events_per_command_max": events_max})
    for at in range(6):
        market.market_stop(ALICE, BUY, 100 + at % 2, 3)
        market.sell(BOB, 101, 2)
    market.sell(CAROL, 100, 1)
    assert len(market.buy(CAROL, 100, 1)) <= events_max
    while market.core.next_deadline_ns:
        assert 0 < len(market.let_time_pass(NOW)) <= events_max
    assert not [row for row in market.core.orders() if row[1] == ALICE]
    assert market.usdt(ALICE)[1] == 0
