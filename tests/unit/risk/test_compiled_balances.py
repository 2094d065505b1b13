"""The compiled balances and fees: the reference's twins."""

from random import Random

import pytest

from risk._balances import Balances, charge_of
from risk.fees import FEE_PPM_MAX, charge

EDGES = (0, 1, 999, 10**6, 2**42, 2**43, 2**61, 2**62)


@pytest.mark.parametrize("received_atoms", EDGES)
@pytest.mark.parametrize("fee_ppm", [0, 1, 333, 999_999, FEE_PPM_MAX])
@pytest.mark.parametrize("fee_debt", [0, 1, 500_000, 999_999])
def test_a_fee_is_the_references(received_atoms: int, fee_ppm: int, fee_debt: int) -> None:
    assert charge_of(received_atoms, fee_ppm, fee_debt) == charge(received_atoms, fee_ppm, fee_debt)


def test_every_row_is_found_again_however_many_there_are() -> None:
    balances = Balances()
    random = Random(1)
    rows = {(random.randrange(40), random.randrange(4_096)): atoms for atoms in range(1, 9_000)}
    for (account, asset), atoms in rows.items():
        balances.deposit(account, asset, atoms)
    assert {row: balances.of(*row) for row in rows} == {row: (rows[row], 0) for row in rows}
    assert balances.of(40, 4_096) == (0, 0)


def test_a_hold_moves_atoms_and_a_release_moves_them_back() -> None:
    balances = Balances()
    balances.deposit(5, 2, 100)
    balances.hold(5, 2, 60)
    assert balances.of(5, 2) == (40, 60)
    balances.release(5, 2, 25)
    assert balances.of(5, 2) == (65, 35)
