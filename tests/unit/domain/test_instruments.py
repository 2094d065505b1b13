"""Decimal text and integers: exact both ways, and nothing in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Asset, Instrument, InvalidDecimal, InvalidDefinition, define

BTC = Asset(1, "BTC")
USDT = Asset(2, "USDT", scale=6)
YEN = Asset(3, "JPY", scale=0)


def btc_usdt(tick_size: str = "0.01", lot_size: str = "0.0001") -> Instrument:
    return define(
        1, BTC, USDT, tick_size=tick_size, lot_size=lot_size, maker_fee_ppm=0, taker_fee_ppm=0
    )


@pytest.mark.parametrize(
    ("text", "atoms"),
    [("0", 0), ("1", 10**8), ("0.00000001", 1), ("21000000.5", 2_100_000_050_000_000)],
)
def test_an_amount_is_a_number_of_atoms(text: str, atoms: int) -> None:
    assert BTC.atoms(text) == atoms


@given(st.integers(min_value=0, max_value=2**62), st.integers(min_value=0, max_value=8))
def test_every_amount_survives_its_text(amount_atoms: int, scale: int) -> None:
    asset = Asset(1, "A", scale=scale)
    assert asset.atoms(asset.text(amount_atoms)) == amount_atoms


def test_an_amount_shows_all_its_decimals() -> None:
    assert BTC.text(1) == "0.00000001"
    assert BTC.text(150_000_000) == "1.50000000"
    assert BTC.text(-150_000_000) == "-1.50000000"
    assert YEN.text(7) == "7"


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "+1", "-1", "1e3", "0x1", "NaN", "inf", ".5", "5.", "1,5", "1_0", "٣", "1\n"],
)
def test_only_plain_decimal_text_is_a_number(text: str) -> None:
    with pytest.raises(InvalidDecimal):
        BTC.atoms(text)


@pytest.mark.parametrize("value", [1, 1.5, None, b"1"])
def test_only_text_is_text(value: object) -> None:
    with pytest.raises(InvalidDecimal):
        BTC.atoms(value)  # type: ignore[arg-type]


def test_more_decimals_than_the_asset_has_are_refused_not_rounded() -> None:
    with pytest.raises(InvalidDecimal, match="not a multiple of 0.00000001"):
        BTC.atoms("0.000000001")
    assert BTC.atoms("0.010000000000") == 1_000_000


def test_an_instrument_knows_its_units() -> None:
    instrument = btc_usdt()
    assert instrument.symbol == "BTC-USDT"
    assert instrument.quote_atoms_per_tick_lot == 1  # 0.01 x 0.0001 = 0.000001
    assert instrument.base_atoms_per_lot == 10_000
    assert (instrument.tick_size, instrument.lot_size) == ("0.01", "0.0001")
    assert (instrument.price_decimals, instrument.qty_decimals) == (2, 4)


def test_prices_and_quantities_are_multiples_of_tick_and_lot() -> None:
    instrument = btc_usdt(tick_size="0.05")
    assert instrument.price_ticks("64000.15") == 1_280_003
    assert instrument.price_text(1_280_003) == "64000.15"
    assert instrument.qty_lots("1.5") == 15_000
    assert instrument.qty_text(15_000) == "1.5000"
    with pytest.raises(InvalidDecimal, match=r"not a multiple of 0\.05"):
        instrument.price_ticks("64000.12")
    with pytest.raises(InvalidDecimal, match=r"not a multiple of 0\.0001"):
        instrument.qty_lots("0.00005")


@given(st.integers(1, 2**53 - 1), st.sampled_from(["0.01", "0.05", "1", "25", "1000"]))
def test_every_price_survives_its_text(price_ticks: int, tick_size: str) -> None:
    instrument = btc_usdt(tick_size=tick_size)
    assert instrument.price_ticks(instrument.price_text(price_ticks)) == price_ticks


def test_a_notional_is_exact() -> None:
    instrument = btc_usdt()
    notional_atoms = instrument.notional_atoms(
        instrument.price_ticks("64000.15"), instrument.qty_lots("0.0003")
    )
    assert USDT.text(notional_atoms) == "19.200045"


@pytest.mark.parametrize(
    ("tick_size", "lot_size", "why"),
    [
        ("0.001", "0.0001", "not a whole number of USDT atoms"),
        ("0", "1", "more than zero"),
        ("0.01", "0", "more than zero"),
    ],
)
def test_an_instrument_that_cannot_be_exact_is_refused(
    tick_size: str, lot_size: str, why: str
) -> None:
    with pytest.raises(InvalidDefinition, match=why):
        btc_usdt(tick_size, lot_size)


@pytest.mark.parametrize(
    ("name", "scale"), [("", 8), ("btc", 8), ("A" * 12, 8), ("A", 9), ("A", -1)]
)
def test_an_asset_that_cannot_be_is_refused(name: str, scale: int) -> None:
    with pytest.raises(InvalidDefinition):
        Asset(1, name, scale)
