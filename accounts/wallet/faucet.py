"""How much play money the demo gives: whole units of each asset, per account and day."""

from typing import Final

from domain.units import NS_PER_DAY

UNITS_PER_DAY: Final = {"BTC": 10, "ETH": 100, "USDT": 1_000_000}
OTHER_UNITS_PER_DAY: Final = 1_000


def faucet_limit(asset_name: str, scale: int, now_ns: int) -> tuple[int, int]:
    """Return (amount_atoms, since_ns): what an account may get of an asset within a day."""
    units = UNITS_PER_DAY.get(asset_name, OTHER_UNITS_PER_DAY)
    return units * 10**scale, now_ns - NS_PER_DAY
