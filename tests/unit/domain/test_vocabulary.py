"""Numbers that mean something for ever, and the clock."""

from enum import IntEnum

import pytest

from domain import orders, reasons
from domain.clock import LogClock, ManualClock
from domain.commands import CommandKind
from domain.events import EventKind
from domain.orders import Side
from domain.units import (
    FEE_ACCOUNT_ID,
    FIRST_USER_ACCOUNT_ID,
    JSON_ID_MAX,
    PRICE_TICKS_MAX,
    QTY_LOTS_MAX,
)

VOCABULARIES = [
    enum
    for module in (orders, reasons)
    for enum in vars(module).values()
    if isinstance(enum, type) and issubclass(enum, IntEnum) and enum is not IntEnum
]


@pytest.mark.parametrize("enum", [*VOCABULARIES, CommandKind, EventKind])
def test_zero_is_never_a_value_but_for_no_reason(enum: type[IntEnum]) -> None:
    zero = [member.name for member in enum if member == 0]
    assert zero in ([], ["NONE"])


def test_reasons_have_no_holes() -> None:
    for enum in (reasons.RejectReason, reasons.CancelReason):
        assert [int(reason) for reason in enum] == list(range(len(enum)))


def test_the_other_side() -> None:
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY


def test_numbers_that_reach_a_browser_are_exact_there() -> None:
    assert max(PRICE_TICKS_MAX, QTY_LOTS_MAX, JSON_ID_MAX) < 2**53
    assert FEE_ACCOUNT_ID < FIRST_USER_ACCOUNT_ID


def test_a_manual_clock_goes_forward_only() -> None:
    clock = ManualClock(5)
    clock.advance(3)
    assert clock.now_ns() == 8
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_the_log_clock_never_goes_back() -> None:
    clock = LogClock()
    times = [clock.now_ns() for _ in range(1_000)]
    assert times == sorted(times)
    assert abs(clock.divergence_ns()) < 10**9
