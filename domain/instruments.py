"""Assets and instruments, and the only place where decimal text becomes integers and integers
decimal text.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import Final, NamedTuple

from domain.orders import TradingStatus
from domain.units import NOTIONAL_ATOMS_MAX, PRICE_TICKS_MAX, QTY_LOTS_MAX

ASSET_SCALE_MAX: Final = 8
NAME_BYTES_MAX: Final = 24
_DECIMALS_MAX: Final = 18
_DECIMAL: Final = re.compile(rf"[0-9]{{1,19}}(?:\.[0-9]{{1,{_DECIMALS_MAX}}})?")
_SYMBOL: Final = re.compile(r"[A-Z0-9]{1,11}-[A-Z0-9]{1,11}")
_ASSET: Final = re.compile(r"[A-Z0-9]{1,11}")


class InvalidDecimal(ValueError):
    """Not plain decimal text, or not a whole number of the unit asked for."""


class InvalidDefinition(ValueError):
    """An asset or instrument that cannot be exact in integers."""


def _units(text: str, unit: Fraction, what: str) -> int:
    """Return how many whole ``unit`` the decimal ``text`` is."""
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise InvalidDecimal(f"{what} must be decimal text such as '12.5', not {text!r}")
    whole, _, part = text.partition(".")
    value = int(whole + part.ljust(_DECIMALS_MAX, "0")) * unit.denominator
    count, rest = divmod(value, unit.numerator * 10**_DECIMALS_MAX)
    if rest:
        raise InvalidDecimal(f"{what} {text} is not a multiple of {_text(unit)}")
    return count


def _text(value: Fraction) -> str:
    """Return ``value`` as plain decimal text without trailing zeros."""
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return format(scaled.normalize(), "f")


def _fixed(shifted: int, decimals: int) -> str:
    """Return ``shifted`` / 10**decimals as decimal text with all digits after the point."""
    digits = str(abs(shifted)).rjust(decimals + 1, "0")
    sign = "-" if shifted < 0 else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def _decimals(unit: Fraction) -> int:
    """Return how many digits after the point ``unit`` needs."""
    decimals = 0
    while (unit * 10**decimals).denominator != 1:
        decimals += 1
    return decimals


@dataclass(frozen=True)
class Asset:
    """Something that can be owned. One whole unit is 10**scale atoms."""

    asset_id: int
    name: str
    scale: int = ASSET_SCALE_MAX

    def __post_init__(self) -> None:
        if not _ASSET.fullmatch(self.name):
            raise InvalidDefinition(f"an asset's name is 1 to 11 of A-Z and 0-9, not {self.name!r}")
        if not 0 <= self.scale <= ASSET_SCALE_MAX:
            raise InvalidDefinition(f"an asset has 0 to {ASSET_SCALE_MAX} decimals")

    @cached_property
    def _unit(self) -> Fraction:
        return Fraction(1, 10**self.scale)

    def atoms(self, text: str) -> int:
        """Return decimal ``text`` in atoms.

        Raises:
            InvalidDecimal: not decimal text, or more decimals than the asset has.
        """
        return _units(text, self._unit, f"an amount of {self.name}")

    def text(self, amount_atoms: int) -> str:
        """Return ``amount_atoms`` as decimal text with all the asset's decimals."""
        return _fixed(amount_atoms, self.scale)


class Steps(NamedTuple):
    """How large a tick and a lot are, kept with what is counted in them: they may change.

    One tick is a price of ``tick_quote_atoms`` for ``tick_base_atoms``.
    """

    tick_quote_atoms: int
    tick_base_atoms: int
    base_atoms_per_lot: int

    @classmethod
    def of(cls, quote_atoms_per_tick_lot: int, base_atoms_per_lot: int) -> "Steps":
        """Return the steps of an instrument, in lowest terms: equal ones compare equal."""
        shared = gcd(quote_atoms_per_tick_lot, base_atoms_per_lot)
        quote_atoms, base_atoms = quote_atoms_per_tick_lot // shared, base_atoms_per_lot // shared
        return cls(quote_atoms, base_atoms, base_atoms_per_lot)

    def common(self, other: "Steps") -> "Steps":
        """Return the largest steps of which these and the other's are whole multiples."""
        base_atoms = self.tick_base_atoms * other.tick_base_atoms
        quote_atoms = gcd(
            self.tick_quote_atoms * other.tick_base_atoms,
            other.tick_quote_atoms * self.tick_base_atoms,
        )
        shared = gcd(quote_atoms, base_atoms)
        lot_atoms = gcd(self.base_atoms_per_lot, other.base_atoms_per_lot)
        return Steps(quote_atoms // shared, base_atoms // shared, lot_atoms)

    def ticks_of(self, larger: "Steps") -> int:
        """Return how many of these ticks one of ``larger`` is, a whole number of them."""
        ours = self.tick_quote_atoms * larger.tick_base_atoms
        return larger.tick_quote_atoms * self.tick_base_atoms // ours

    def lots_of(self, larger: "Steps") -> int:
        """Return how many of these lots one of ``larger`` is, a whole number of them."""
        return larger.base_atoms_per_lot // self.base_atoms_per_lot


@dataclass(frozen=True)
class Measure:
    """What ticks and lots of a pair are as decimal text."""

    base: Asset
    quote: Asset
    steps: Steps

    @property
    def base_atoms_per_lot(self) -> int:
        """Base atoms in one lot."""
        return self.steps.base_atoms_per_lot

    @cached_property
    def tick(self) -> Fraction:
        """Quote units per base unit, for one tick."""
        return Fraction(
            self.steps.tick_quote_atoms * 10**self.base.scale,
            self.steps.tick_base_atoms * 10**self.quote.scale,
        )

    @cached_property
    def lot(self) -> Fraction:
        """Base units in one lot."""
        return Fraction(self.steps.base_atoms_per_lot, 10**self.base.scale)

    @cached_property
    def price_decimals(self) -> int:
        """Digits after the point that every price shows."""
        return _decimals(self.tick)

    @cached_property
    def qty_decimals(self) -> int:
        """Digits after the point that every quantity shows."""
        return _decimals(self.lot)

    @cached_property
    def _price_step(self) -> int:
        return int(self.tick * 10**self.price_decimals)

    @cached_property
    def _qty_step(self) -> int:
        return int(self.lot * 10**self.qty_decimals)

    def price_text(self, price_ticks: int) -> str:
        """Return a price as decimal text with ``price_decimals`` digits."""
        return _fixed(price_ticks * self._price_step, self.price_decimals)

    def qty_text(self, qty_lots: int) -> str:
        """Return a quantity as decimal text with ``qty_decimals`` digits."""
        return _fixed(qty_lots * self._qty_step, self.qty_decimals)


@dataclass(frozen=True)
class Instrument:
    """A tradable pair, its units and rules. Sizes in ticks and lots are exact: see ``define``."""

    instrument_id: int
    symbol: str
    base: Asset
    quote: Asset
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional_atoms: int = 0
    price_max_ticks: int = PRICE_TICKS_MAX
    qty_max_lots: int = QTY_LOTS_MAX
    trading_status: TradingStatus = TradingStatus.HALT

    @cached_property
    def steps(self) -> Steps:
        """How large its tick and lot are."""
        return Steps.of(self.quote_atoms_per_tick_lot, self.base_atoms_per_lot)

    @cached_property
    def measure(self) -> Measure:
        """Its prices and quantities as text."""
        return Measure(self.base, self.quote, self.steps)

    @cached_property
    def price_decimals(self) -> int:
        """Digits after the point that every price of this instrument shows."""
        return self.measure.price_decimals

    @cached_property
    def qty_decimals(self) -> int:
        """Digits after the point that every quantity of this instrument shows."""
        return self.measure.qty_decimals

    @cached_property
    def tick_size(self) -> str:
        """Smallest price step, decimal text."""
        return _text(self.measure.tick)

    @cached_property
    def lot_size(self) -> str:
        """Smallest quantity step, decimal text."""
        return _text(self.measure.lot)

    def price_ticks(self, text: str) -> int:
        """Return a decimal price in ticks.

        Raises:
            InvalidDecimal: not decimal text, or not a multiple of the tick.
        """
        return _units(text, self.measure.tick, f"a price of {self.symbol}")

    def qty_lots(self, text: str) -> int:
        """Return a decimal quantity in lots.

        Raises:
            InvalidDecimal: not decimal text, or not a multiple of the lot.
        """
        return _units(text, self.measure.lot, f"a quantity of {self.symbol}")

    def price_text(self, price_ticks: int) -> str:
        """Return a price as decimal text with ``price_decimals`` digits."""
        return self.measure.price_text(price_ticks)

    def qty_text(self, qty_lots: int) -> str:
        """Return a quantity as decimal text with ``qty_decimals`` digits."""
        return self.measure.qty_text(qty_lots)

    def notional_atoms(self, price_ticks: int, qty_lots: int) -> int:
        """Return price x quantity in quote atoms, exact."""
        return price_ticks * qty_lots * self.quote_atoms_per_tick_lot


def define(
    instrument_id: int,
    base: Asset,
    quote: Asset,
    *,
    tick_size: str,
    lot_size: str,
    maker_fee_ppm: int,
    taker_fee_ppm: int,
    band_bps: int = 1_000,
    min_notional: str = "0",
) -> Instrument:
    """Return the instrument BASE-QUOTE with the given steps (decimal text).

    Raises:
        InvalidDefinition: a step is zero or finer than its asset, or tick x lot is not a whole
        number of quote atoms.
    """
    symbol = f"{base.name}-{quote.name}"
    if not _SYMBOL.fullmatch(symbol):
        raise InvalidDefinition(f"{symbol!r} is not a symbol")
    lot_atoms = base.atoms(lot_size)
    k = Fraction(tick_size) * Fraction(lot_size) * 10**quote.scale
    if Fraction(tick_size) <= 0 or lot_atoms <= 0:
        raise InvalidDefinition(f"{symbol}: tick and lot are more than zero")
    if k.denominator != 1 or not 0 < k.numerator <= NOTIONAL_ATOMS_MAX:
        raise InvalidDefinition(
            f"{symbol}: tick {tick_size} x lot {lot_size} is not a whole number of "
            f"{quote.name} atoms"
        )
    return Instrument(
        instrument_id=instrument_id,
        symbol=symbol,
        base=base,
        quote=quote,
        quote_atoms_per_tick_lot=k.numerator,
        base_atoms_per_lot=lot_atoms,
        maker_fee_ppm=maker_fee_ppm,
        taker_fee_ppm=taker_fee_ppm,
        band_bps=band_bps,
        min_notional_atoms=quote.atoms(min_notional),
    )
