"""Balances: held is not spendable, and nothing leaves that is not there."""

import pytest

from domain.orders import Side
from domain.units import FEE_ACCOUNT_ID
from risk.holds import hold_atoms
from risk.reference import Balances, FillSide, Overdrawn

ALICE, BTC, USDT = 1000, 1, 2


def funded(atoms: int = 100) -> Balances:
    balances = Balances()
    balances.deposit(ALICE, USDT, atoms)
    return balances


def of(balances: Balances, account_id: int = ALICE, asset_id: int = USDT) -> tuple[int, int]:
    balance = balances.of(account_id, asset_id)
    return balance.available_atoms, balance.held_atoms


def buy(released_atoms: int, spent_atoms: int, fee_ppm: int = 0) -> FillSide:
    return FillSide(
        account_id=ALICE,
        spent_asset_id=USDT,
        released_atoms=released_atoms,
        spent_atoms=spent_atoms,
        received_asset_id=BTC,
        received_atoms=10,
        fee_ppm=fee_ppm,
        fee_debt=0,
    )


def test_a_hold_moves_atoms_and_a_release_moves_them_back() -> None:
    balances = funded()
    balances.hold(ALICE, USDT, 60)
    assert of(balances) == (40, 60)
    balances.release(ALICE, USDT, 25)
    assert of(balances) == (65, 35)


def test_what_is_held_cannot_be_held_again() -> None:
    balances = funded()
    balances.hold(ALICE, USDT, 60)
    for atoms in (41, -1):
        with pytest.raises(Overdrawn):
            balances.hold(ALICE, USDT, atoms)
    assert of(balances) == (40, 60)


def test_no_more_is_released_than_is_held() -> None:
    balances = funded()
    balances.hold(ALICE, USDT, 60)
    for atoms in (61, -1):
        with pytest.raises(Overdrawn):
            balances.release(ALICE, USDT, atoms)
    with pytest.raises(Overdrawn):
        balances.settle(buy(released_atoms=61, spent_atoms=1))
    assert of(balances) == (40, 60)


def test_a_fill_spends_out_of_its_hold_and_gives_the_rest_back() -> None:
    balances = funded()
    balances.hold(ALICE, USDT, 60)
    balances.settle(buy(released_atoms=50, spent_atoms=45))
    assert of(balances) == (45, 10)
    assert of(balances, asset_id=BTC) == (10, 0)


def test_a_fee_goes_to_the_venue_out_of_what_is_received() -> None:
    balances = funded()
    balances.hold(ALICE, USDT, 60)
    fee = balances.settle(buy(released_atoms=60, spent_atoms=60, fee_ppm=150_000))
    assert fee == (2, 500_000)
    assert of(balances, asset_id=BTC) == (8, 0)
    assert of(balances, FEE_ACCOUNT_ID, BTC) == (2, 0)


def test_empty_balances_are_not_listed() -> None:
    balances = funded(5)
    balances.hold(ALICE, BTC, 0)
    balances.deposit(7, BTC, 1)
    assert list(balances.non_zero()) == [(7, BTC, 1, 0), (ALICE, USDT, 5, 0)]
    assert of(balances, 8, 8) == (0, 0)


def test_what_an_order_holds() -> None:
    units = {"quote_atoms_per_tick_lot": 3, "base_atoms_per_lot": 1_000}
    assert hold_atoms(Side.BUY, 100, 5, **units) == 1_500
    assert hold_atoms(Side.SELL, 100, 5, **units) == 5_000
