"""Integer units and ids. A number's unit stands in its name; a NewType keeps ids and units from
being swapped.
"""

from typing import Final, NewType

PriceTicks = NewType("PriceTicks", int)
"""Price in multiples of the instrument's tick."""
QtyLots = NewType("QtyLots", int)
"""Quantity in multiples of the instrument's lot."""
AmountAtoms = NewType("AmountAtoms", int)
"""Amount in the smallest unit of one asset."""
Ppm = NewType("Ppm", int)
"""Parts per million."""
TsNs = NewType("TsNs", int)
"""Unix time, nanoseconds, UTC."""

AccountId = NewType("AccountId", int)
AssetId = NewType("AssetId", int)
InstrumentId = NewType("InstrumentId", int)
OrderId = NewType("OrderId", int)
TradeId = NewType("TradeId", int)
EventSeq = NewType("EventSeq", int)
BookSeq = NewType("BookSeq", int)

PPM: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
NS_PER_DAY: Final = 86_400 * NS_PER_S

NOTIONAL_ATOMS_MAX: Final = 2**62
"""No order's notional and no asset's supply may pass this: every sum of two still fits 64 bits."""
SUPPLY_ATOMS_MAX: Final = 2**62
PRICE_TICKS_MAX: Final = 2**53 - 1
QTY_LOTS_MAX: Final = 2**53 - 1
JSON_ID_MAX: Final = 2**53 - 1
"""Ids that reach JSON stay exact in a double."""

FEE_ACCOUNT_ID: Final = AccountId(1)
"""The venue's own account: fees of every asset arrive here. It exists from the start and cannot
trade.
"""
FIRST_USER_ACCOUNT_ID: Final = AccountId(1_000)

assert NOTIONAL_ATOMS_MAX * 2 <= 2**63
assert SUPPLY_ATOMS_MAX * 2 <= 2**63
