"""How much of an asset may leave: per account and day, and what an operator must look at. Pure."""

from dataclasses import dataclass
from typing import Final

from accounts.wallet.faucet import faucet_limit
from domain.units import NS_PER_DAY, SUPPLY_ATOMS_MAX

_LOOKED_AT_PART: Final = 10
"""A demo withdrawal over a tenth of a day's is looked at."""


@dataclass(frozen=True, slots=True)
class WithdrawalRule:
    """``day_max_atoms``: a login's withdrawals within a day. More than ``approve_above_atoms``
    at once waits for an operator.
    """

    day_max_atoms: int
    approve_above_atoms: int


def default_rule(asset_name: str, scale: int, is_demo: bool) -> WithdrawalRule:
    """Return the rule of an asset that the operator set none for: everything is looked at; in a
    demo, as much as the faucet gives leaves within a day, most of it unlooked at.
    """
    if not is_demo:
        return WithdrawalRule(SUPPLY_ATOMS_MAX, 0)
    day_max_atoms, _ = faucet_limit(asset_name, scale, NS_PER_DAY)
    return WithdrawalRule(day_max_atoms, day_max_atoms // _LOOKED_AT_PART)
