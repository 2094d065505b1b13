"""A statement adds up, or there is none."""

import pytest

from accounts.books.statements import Movement, asset_statement
from accounts.errors import Disagreement

MOVED = (Movement("DEPOSIT", 1, 100, 0), Movement("TRADE", 3, 20, 50))


def test_what_moved_leads_from_the_opening_to_the_closing_balance():
    told = asset_statement("BTC", 7, 77, MOVED)
    assert (told.opening_atoms, told.closing_atoms, told.movements) == (7, 77, MOVED)


@pytest.mark.parametrize("closing_atoms", [76, 78])
def test_a_closing_balance_that_nothing_led_to_is_a_disagreement(closing_atoms):
    with pytest.raises(Disagreement, match="BTC"):
        asset_statement("BTC", 7, closing_atoms, MOVED)
