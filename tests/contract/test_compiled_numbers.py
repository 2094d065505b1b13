"""C spells the vocabulary's numbers a second time: they are the vocabulary's."""

from enum import IntFlag
from types import ModuleType

import pytest

from domain import commands, events, instruments, orders, reasons, units
from engine_core import limits
from engine_core._numbers import LASTS, LIMITS, NUMBERS, UNITS


def enumeration(name: str) -> type:
    modules: tuple[ModuleType, ...] = (commands, events, orders, reasons)
    (found,) = {getattr(module, name) for module in modules if hasattr(module, name)}
    assert isinstance(found, type)
    return found


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_that_c_uses_is_the_vocabularys(name: str) -> None:
    known = {member.name: member.value for member in enumeration(name)}  # type: ignore[attr-defined]
    assert {member: known.get(member) for member in NUMBERS[name]} == NUMBERS[name]


@pytest.mark.parametrize(
    "name",
    [
        "AccountStatus",
        "CommandKind",
        "EventKind",
        "OrderType",
        "OutcomeResult",
        "Side",
        "StatusCause",
        "TradingStatus",
        "VenueStatus",
    ],
)
def test_c_knows_every_kind(name: str) -> None:
    assert set(NUMBERS[name]) == set(enumeration(name).__members__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LASTS)
def test_c_accepts_every_member_and_no_number_beyond(name: str) -> None:
    members = [member.value for member in enumeration(name)]  # type: ignore[attr-defined]
    if issubclass(enumeration(name), IntFlag):
        assert LASTS[name] == sum(members)
    else:
        assert members == list(range(1, LASTS[name] + 1))


def test_the_bounds_are_the_references() -> None:
    assert {name: getattr(limits, name) for name in LIMITS} == LIMITS
    domain_bounds = vars(instruments) | vars(units)
    assert {name: domain_bounds[name] for name in UNITS} == UNITS
