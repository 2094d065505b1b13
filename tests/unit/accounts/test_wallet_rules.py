"""What may leave where nobody said so, which step follows which, and which rail may be chosen."""

import pytest
from pydantic import ValidationError

from accounts.config import Config
from accounts.wallet.rails import RailNumber
from accounts.wallet.rules import WithdrawalRule, default_rule
from accounts.wallet.states import FOLLOWS, OPEN, VOID_AT_WILL
from accounts.wallet.states import WithdrawalState as S
from domain.units import SUPPLY_ATOMS_MAX

NEEDED = {
    "DATABASE_URL": "postgresql://nowhere",
    "OPENBELL_SERVICE_SECRET": "s" * 32,
    "OPENBELL_ACCOUNTS_SECRETS_KEY": "0" * 64,
    "OPENBELL_ENGINE_KEY": "0" * 64,
}


def configured(monkeypatch, **settings: str) -> Config:
    for name, text in (NEEDED | settings).items():
        monkeypatch.setenv(name, text)
    return Config()


def test_outside_a_demo_everything_is_looked_at():
    assert default_rule("BTC", 8, is_demo=False) == WithdrawalRule(SUPPLY_ATOMS_MAX, 0)


def test_in_a_demo_a_days_faucet_may_leave_a_tenth_of_it_unlooked_at():
    assert default_rule("BTC", 8, is_demo=True) == WithdrawalRule(10 * 10**8, 10**8)


def test_the_only_way_out_is_by_every_step():
    assert [state for state in S if S.POSTED in FOLLOWS[state]] == [S.SENT]
    way = [S.REQUESTED, S.HELD, S.APPROVED, S.SENDING, S.SENT, S.POSTED]
    assert all(after in FOLLOWS[before] for before, after in zip(way, way[1:], strict=False))
    assert {S.POSTED, S.VOIDED, S.REFUSED} == set(S) - OPEN


def test_nobody_voids_at_will_what_a_rail_may_have_been_asked_for():
    assert VOID_AT_WILL == {S.HELD, S.APPROVED}


@pytest.mark.parametrize(
    ("settings", "rail"),
    [
        ({}, RailNumber.MANUAL),
        ({"OPENBELL_ACCOUNTS_DEMO": "true"}, RailNumber.SIMULATED),
        (
            {"OPENBELL_ACCOUNTS_DEMO": "true", "OPENBELL_ACCOUNTS_RAIL": "manual"},
            RailNumber.MANUAL,
        ),
    ],
)
def test_the_rail_of_a_venue(monkeypatch, settings, rail):
    assert configured(monkeypatch, **settings).rail is rail


def test_real_money_does_not_leave_over_a_simulated_chain(monkeypatch):
    with pytest.raises(ValidationError, match="play money only"):
        configured(monkeypatch, OPENBELL_ACCOUNTS_RAIL="simulated")
