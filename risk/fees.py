"""Fees: integers, rounded up once for each order and never once for each fill."""

from typing import Final, NamedTuple

from domain.units import PPM

FEE_PPM_MAX: Final = PPM


class FeeRates(NamedTuple):
    """What an account pays of what it receives, in parts per million."""

    maker_fee_ppm: int
    taker_fee_ppm: int


class Charge(NamedTuple):
    """The fee of one fill, and what the order has paid ahead of its exact fee so far."""

    fee_atoms: int
    fee_debt: int
    """In millionths of an atom, 0 to 999,999: all charged so far less the exact fee so far."""


def charge(received_atoms: int, fee_ppm: int, fee_debt: int) -> Charge:
    """Return the fee on ``received_atoms``; ``fee_debt`` is the order's from its fills before.

    The sum of an order's fees is its exact fee rounded up once, however many fills it takes.
    """
    due = received_atoms * fee_ppm - fee_debt
    fee_atoms = -(-due // PPM)
    return Charge(fee_atoms, fee_atoms * PPM - due)
