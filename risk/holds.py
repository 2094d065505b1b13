"""What an open order keeps from being spent twice. A hold never contains a fee: fees come out of
what is received.
"""

from domain.orders import Side


def hold_atoms(
    side: Side,
    price_ticks: int,
    qty_lots: int,
    *,
    quote_atoms_per_tick_lot: int,
    base_atoms_per_lot: int,
) -> int:
    """Return the atoms held for ``qty_lots``: quote atoms for a buy, base atoms for a sell."""
    if side is Side.BUY:
        return price_ticks * qty_lots * quote_atoms_per_tick_lot
    return qty_lots * base_atoms_per_lot
