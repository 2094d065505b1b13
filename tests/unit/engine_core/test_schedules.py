"""Trading hours: changes of status that wait for their time."""

from typing import Any

import pytest

from domain.events import TradingStatusChanged
from domain.orders import StatusCause, TradingStatus, VenueStatus
from domain.units import NS_PER_S
from domain.venue_commands import ScheduleTradingStatus, SetVenueStatus
from domain.venue_events import TradingStatusScheduled
from engine_core.limits import SCHEDULED_CHANGES_MAX
from tests.unit.engine_core.market import ALICE, BTC_USDT, BUY, GTD, NOW, Market

HALT, TRADING, CLOSED = TradingStatus.HALT, TradingStatus.TRADING, TradingStatus.CLOSED


def schedule(market: Market, status: TradingStatus, at_s: int, **named: Any) -> list[str]:
    terms = {"instrument_id": BTC_USDT, **named}
    return market.send(ScheduleTradingStatus(trading_status=status, at_s=at_s, **terms))


def test_a_scheduled_change_comes_when_it_is_due(market: Market) -> None:
    assert schedule(market, HALT, 5) == ["TradingStatusScheduled"]
    assert market.event == TradingStatusScheduled(
        ts_ns=NOW, instrument_id=BTC_USDT, trading_status=HALT, at_s=5
    )
    assert market.core.next_deadline_ns == 5 * NS_PER_S
    assert market.let_time_pass(5 * NS_PER_S - 1) == []
    assert market.let_time_pass(5 * NS_PER_S) == ["status HALT SCHEDULED"]
    assert market.event == TradingStatusChanged(
        ts_ns=5 * NS_PER_S,
        instrument_id=BTC_USDT,
        trading_status=HALT,
        cause=StatusCause.SCHEDULED,
    )
    assert market.core.next_deadline_ns == 0
    assert market.buy(ALICE, 100, 1) == ["rejected INSTRUMENT_NOT_TRADING"]


def test_a_change_that_is_not_allowed_when_it_is_due_is_lost(market: Market) -> None:
    schedule(market, TRADING, 5)
    schedule(market, HALT, 6)
    assert market.let_time_pass(7 * NS_PER_S) == ["status HALT SCHEDULED"]
    assert market.event.trading_status is HALT
    assert market.core.next_deadline_ns == 0


def test_what_is_due_at_one_time_ends_orders_before_it_changes_statuses(market: Market) -> None:
    schedule(market, CLOSED, 5)
    market.buy(ALICE, 100, 1, time_in_force=GTD, expire_s=5)
    market.buy(ALICE, 100, 2)
    assert market.let_time_pass(5 * NS_PER_S) == [
        "expired 1 1 GOOD_TILL_DATE",
        "canceled 2 2 INSTRUMENT_CLOSED",
        "status CLOSED SCHEDULED",
    ]


def test_one_time_has_one_change_and_zero_forgets_them_all(market: Market) -> None:
    schedule(market, HALT, 5)
    schedule(market, TradingStatus.CANCEL_ONLY, 5)
    schedule(market, HALT, 6)
    market.let_time_pass(5 * NS_PER_S)
    assert market.event.trading_status is TradingStatus.CANCEL_ONLY
    assert schedule(market, CLOSED, 0) == ["TradingStatusScheduled"]
    assert market.core.next_deadline_ns == 0
    assert market.let_time_pass(7 * NS_PER_S) == []


@pytest.mark.parametrize("at_s", [1, 2**63 // NS_PER_S + 1, 2**64 - 1])
def test_a_change_is_scheduled_for_a_time_to_come(market: Market, at_s: int) -> None:
    market.now_ns = NS_PER_S
    assert schedule(market, HALT, at_s) == ["rejected INVALID_EXPIRY"]


def test_only_so_many_changes_wait(market: Market) -> None:
    for at_s in range(1, SCHEDULED_CHANGES_MAX + 1):
        assert schedule(market, HALT, at_s) == ["TradingStatusScheduled"]
    assert schedule(market, HALT, 99) == ["rejected CAPACITY"]
    assert schedule(market, TRADING, 64) == ["TradingStatusScheduled"]
    assert schedule(market, TRADING, 0) == ["TradingStatusScheduled"]
    assert schedule(market, HALT, 99) == ["TradingStatusScheduled"]


def test_nothing_is_scheduled_for_what_is_not_there_or_closed(market: Market) -> None:
    assert schedule(market, HALT, 5, instrument_id=0) == ["rejected MALFORMED"]
    assert schedule(market, HALT, 5, instrument_id=9) == ["rejected UNKNOWN_INSTRUMENT"]
    market.set_status(CLOSED)
    assert schedule(market, HALT, 5) == ["rejected INVALID_TRANSITION"]
    assert schedule(market, HALT, 0) == ["rejected INVALID_TRANSITION"]


def test_trading_does_not_begin_by_schedule_while_the_venue_is_halted(market: Market) -> None:
    market.set_status(HALT)
    schedule(market, TRADING, 5)
    market.send(SetVenueStatus(venue_status=VenueStatus.HALTED))
    assert market.let_time_pass(5 * NS_PER_S) == []
    assert market.core.next_deadline_ns == 0
    market.send(SetVenueStatus(venue_status=VenueStatus.OPEN))
    assert market.send(market.order(ALICE, BUY, 100, 1)) == ["rejected INSTRUMENT_NOT_TRADING"]
