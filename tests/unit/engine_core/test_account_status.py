"""An account may be allowed to cancel only, be suspended for a while, or be closed for good."""

import pytest

from domain.events import OutcomeResult
from domain.orders import AccountStatus
from domain.units import FEE_ACCOUNT_ID
from domain.venue_commands import SetAccountStatus
from domain.venue_events import AccountStatusChanged
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BUY,
    CAROL,
    NOW,
    SELL,
    STOP,
    Market,
)

ACTIVE, CANCEL_ONLY = AccountStatus.ACTIVE, AccountStatus.CANCEL_ONLY
SUSPENDED, CLOSED = AccountStatus.SUSPENDED, AccountStatus.CLOSED


def set_status(market: Market, account_id: int, status: AccountStatus) -> list[str]:
    return market.send(SetAccountStatus(account_id=account_id, account_status=status))


def test_a_cancel_only_account_enters_and_amends_nothing(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    assert set_status(market, ALICE, CANCEL_ONLY) == ["AccountStatusChanged"]
    assert market.event == AccountStatusChanged(
        ts_ns=NOW, account_id=ALICE, account_status=CANCEL_ONLY
    )
    assert market.buy(ALICE, 100, 1) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.replace(ALICE, 1, 99, 5) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.deposit(ALICE, BTC, 1) == ["BalanceChanged"]
    assert market.cancel_all_after(ALICE, 5) == []
    assert market.sell(BOB, 100, 1)[1] == "trade 1 2 1@100 taker-filled"
    assert market.cancel(ALICE, 1) == ["canceled 1 4 REQUESTED"]


def test_a_refusal_by_status_is_not_remembered(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 1)
    set_status(market, ALICE, CANCEL_ONLY)
    assert market.send(order) == ["rejected ACCOUNT_NOT_TRADABLE"]
    set_status(market, ALICE, ACTIVE)
    assert market.send(order) == ["accepted 1 resting"]
    set_status(market, ALICE, CANCEL_ONLY)
    assert market.send(order) == ["rejected ACCOUNT_NOT_TRADABLE"]
    set_status(market, ALICE, ACTIVE)
    assert market.send(order) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE


def test_stops_of_a_cancel_only_account_still_trigger(market: Market) -> None:
    market.market_stop(ALICE, SELL, 100, 1, STOP)
    set_status(market, ALICE, CANCEL_ONLY)
    market.buy(BOB, 100, 2)
    assert market.sell(CAROL, 100, 1)[-1] == "trade 2 1 1@100 maker-filled taker-filled"


@pytest.mark.parametrize("status", [SUSPENDED, CLOSED])
def test_without_trading_an_account_has_no_orders(market: Market, status: AccountStatus) -> None:
    market.buy(ALICE, 100, 1)
    market.market_stop(ALICE, BUY, 120, 2)
    market.buy(BOB, 100, 3)
    market.sell(ALICE, 130, 4)
    assert set_status(market, ALICE, status) == [
        "canceled 1 1 ACCOUNT_SUSPENDED",
        "canceled 2 2 ACCOUNT_SUSPENDED",
        "canceled 4 4 ACCOUNT_SUSPENDED",
        "AccountStatusChanged",
    ]
    assert market.usdt(ALICE) == market.btc(ALICE) == (0, 0)
    assert market.resting() == [3]


def test_a_suspended_account_may_return_and_a_closed_one_may_not(market: Market) -> None:
    set_status(market, ALICE, SUSPENDED)
    assert market.deposit(ALICE, BTC, 1) == ["BalanceChanged"]
    set_status(market, ALICE, ACTIVE)
    assert market.buy(ALICE, 100, 1) == ["accepted 1 resting"]
    set_status(market, ALICE, CLOSED)
    for status in AccountStatus:
        assert set_status(market, ALICE, status) == ["rejected INVALID_TRANSITION"]
    assert market.deposit(ALICE, BTC, 1) == ["rejected ACCOUNT_NOT_TRADABLE"]


def test_whose_status_cannot_be_set(market: Market) -> None:
    assert set_status(market, 0, ACTIVE) == ["rejected MALFORMED"]
    assert set_status(market, 77, ACTIVE) == ["rejected UNKNOWN_ACCOUNT"]
    assert set_status(market, FEE_ACCOUNT_ID, ACTIVE) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.event.subject_id == FEE_ACCOUNT_ID


def test_an_account_with_more_orders_than_a_command_may_cancel(core_type: type[Core]) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    for _ in range(4):
        market.buy(ALICE, 100, 1)
    assert set_status(market, ALICE, SUSPENDED) == ["rejected CAPACITY"]
    assert set_status(market, ALICE, CANCEL_ONLY) == ["AccountStatusChanged"]
    market.cancel(ALICE, 1)
    assert set_status(market, ALICE, SUSPENDED)[-1] == "AccountStatusChanged"
