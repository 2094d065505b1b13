"""Where a strategy's model, which may reckon in floats, becomes whole ticks and lots."""

import math

from domain.instruments import Instrument
from domain.orders import Side


def quote_ticks(side: Side, price_ticks: float) -> int:
    """Return the price to quote, rounded away from the market: rounding gives nothing up."""
    ticks = math.floor(price_ticks) if side is Side.BUY else math.ceil(price_ticks)
    return ticks if ticks > 0 else 1


def lots_worth(instrument: Instrument, units: float, price_ticks: float) -> int:
    """Return how many lots ``units`` of the quote asset buy at a price, at least one."""
    unit_atoms = int(10**instrument.quote.scale)
    lot_atoms = instrument.notional_atoms(max(1, round(price_ticks)), 1)
    return max(1, round(units * unit_atoms / lot_atoms))


def units_worth(instrument: Instrument, lots: int, price_ticks: float) -> float:
    """Return what ``lots`` are worth at a price, in units of the quote asset."""
    unit_atoms = int(10**instrument.quote.scale)
    return lots * price_ticks * instrument.quote_atoms_per_tick_lot / unit_atoms


def least_lots(instrument: Instrument, price_ticks: int) -> int:
    """Return the smallest order that the instrument takes at a price."""
    lot_atoms = instrument.notional_atoms(max(1, price_ticks), 1)
    return max(1, -(-instrument.min_notional_atoms // lot_atoms))
