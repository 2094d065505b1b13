"""Decimal text and integers against exact fractions: no rule of rounding is lost to speed."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Asset, InvalidDecimal, Measure, Steps
from gateway.orders.presenters import average_price

QUOTE = Asset(2, "USDT")
steps = st.builds(Steps.of, st.integers(1, 10**6), st.sampled_from([1, 10, 1_000, 10**5, 10**8]))
measures = st.builds(
    lambda scale, each: Measure(Asset(1, "BTC", scale), QUOTE, each), st.integers(0, 8), steps
)
decimals = st.from_regex(r"\A[0-9]{1,19}(\.[0-9]{1,18})?\Z")


@given(st.integers(0, 8), decimals)
def test_an_amount_is_taken_exactly_or_not_at_all(scale: int, text: str) -> None:
    exact = Fraction(text) * 10**scale
    try:
        assert Asset(1, "BTC", scale).atoms(text) == exact
    except InvalidDecimal:
        assert exact.denominator != 1


@given(st.integers(0, 8), st.integers(0, 2**62))
def test_an_amount_reads_back_as_it_was_written(scale: int, atoms: int) -> None:
    asset = Asset(1, "BTC", scale)
    assert asset.atoms(asset.text(atoms)) == atoms


@given(measures, st.integers(1, 2**62), st.integers(1, 2**31))
def test_an_average_is_the_exact_quotient_rounded_half_to_even(
    measure: Measure, quote_atoms: int, lots: int
) -> None:
    paid = Fraction(quote_atoms, 10**measure.quote.scale)
    bought = Fraction(lots * measure.base_atoms_per_lot, 10**measure.base.scale)
    places = max(measure.quote.scale, measure.price_decimals)
    shown = Fraction(average_price(measure, quote_atoms, lots))
    assert shown == Fraction(round(paid / bought * 10**places), 10**places)
