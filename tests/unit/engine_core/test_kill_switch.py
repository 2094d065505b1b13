"""The whole venue halts at once: nothing new, and everything that takes back goes on."""

from domain.orders import TradingStatus, VenueStatus
from domain.units import NS_PER_S
from domain.venue_commands import SetLogicVersion, SetVenueStatus
from domain.venue_events import VenueStatusChanged
from engine_core.contract import Core
from engine_core.limits import LOGIC_VERSION
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BUY,
    GTD,
    NOW,
    SELL,
    Market,
)

HALTED = "VenueStatusChanged"


def halt(market: Market) -> list[str]:
    return market.send(SetVenueStatus(venue_status=VenueStatus.HALTED))


def reopen(market: Market) -> list[str]:
    return market.send(SetVenueStatus(venue_status=VenueStatus.OPEN))


def test_a_halted_venue_enters_and_amends_nothing(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    order = market.order(BOB, SELL, 100, 1, instrument_id=9)
    assert halt(market) == ["VenueStatusChanged"]
    assert market.event == VenueStatusChanged(ts_ns=NOW, venue_status=VenueStatus.HALTED)
    assert market.send(order) == ["rejected VENUE_HALTED"]
    assert market.replace(ALICE, 77, 99, 5) == ["rejected VENUE_HALTED"]
    assert reopen(market) == ["VenueStatusChanged"]
    assert market.send(order) == []  # the refusal is the answer to this key
    assert market.outcome.reason.name == "VENUE_HALTED"
    assert market.sell(BOB, 100, 1)[1] == "trade 1 2 1@100 taker-filled"


def test_cancels_deposits_and_deadlines_go_on(market: Market) -> None:
    market.buy(ALICE, 100, 1)
    market.buy(ALICE, 100, 2, time_in_force=GTD, expire_s=1)
    market.buy(BOB, 100, 3)
    halt(market)
    assert market.cancel_all_after(BOB, 2_000) == []
    assert market.cancel(ALICE, 1) == ["canceled 1 1 REQUESTED"]
    assert market.deposit(ALICE, BTC, 1) == ["BalanceChanged"]
    assert market.let_time_pass(3 * NS_PER_S) == [
        "expired 2 2 GOOD_TILL_DATE",
        "canceled 3 3 DEAD_MAN_SWITCH",
    ]


def test_no_instrument_starts_trading_in_a_halted_venue(market: Market) -> None:
    halt(market)
    assert market.set_status(TradingStatus.TRADING) == ["rejected INVALID_TRANSITION"]
    assert market.set_status(TradingStatus.HALT) == ["TradingStatusChanged"]
    assert market.set_status(TradingStatus.TRADING) == ["rejected VENUE_HALTED"]
    reopen(market)
    assert market.set_status(TradingStatus.TRADING) == ["TradingStatusChanged"]


def test_queued_stops_wait_until_the_venue_opens(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    for price_ticks in range(1, 7):
        market.limit_stop(ALICE, BUY, 100, price_ticks, 7)
    market.sell(BOB, 100, 1)
    assert market.buy(BOB, 100, 1)[-1] == "triggered 1 7@1 resting"
    assert halt(market) == [*(f"triggered {n} 7@{n} resting" for n in (2, 3, 4)), HALTED]
    assert market.core.next_deadline_ns == 0
    assert market.let_time_pass(NOW + 1) == []
    assert reopen(market) == [HALTED]
    assert market.core.next_deadline_ns == NOW + 1
    assert market.let_time_pass(NOW + 1) == [f"triggered {n} 7@{n} resting" for n in (5, 6)]


def test_the_logic_moves_on_one_version_at_a_time_as_far_as_the_core_goes(market: Market) -> None:
    assert LOGIC_VERSION == 1
    for version in (0, 1, 2, 3, 2**32 - 1):
        command = SetLogicVersion(logic_version=version)
        assert market.send(command) == ["rejected INVALID_TRANSITION"]
        assert market.event.subject_id == version
