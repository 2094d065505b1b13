"""The fee of an order is its exact fee rounded up once."""

from hypothesis import given
from hypothesis import strategies as st

from domain.units import PPM
from risk.fees import charge

FILLS = st.lists(st.integers(1, 2**62), min_size=1, max_size=20)


@given(FILLS, st.integers(0, PPM))
def test_the_sum_over_any_fills_is_the_exact_fee_rounded_up(fills: list[int], ppm: int) -> None:
    charged_atoms, fee_debt = 0, 0
    for received_atoms in fills:
        fee = charge(received_atoms, ppm, fee_debt)
        assert 0 <= fee.fee_atoms <= received_atoms
        assert 0 <= fee.fee_debt < PPM
        charged_atoms += fee.fee_atoms
        fee_debt = fee.fee_debt
    assert charged_atoms == -(-sum(fills) * ppm // PPM)


def test_what_was_paid_ahead_is_used_up_first() -> None:
    assert charge(1, 1, 0) == (1, 999_999)
    assert charge(999_999, 1, 999_999) == (0, 0)
    assert charge(1, 1, 0).fee_atoms == 1


def test_no_rate_no_fee() -> None:
    assert charge(2**62, 0, 0) == (0, 0)
    assert charge(2**62, 0, 123) == (0, 123)
