"""Who owns what: for each account and asset, atoms that can be spent and atoms held for orders."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.units import FEE_ACCOUNT_ID
from risk.fees import Charge, charge


class RiskError(Exception):
    """Root of what can be wrong here: always a fault of the caller, never of a command."""


class Overdrawn(RiskError):
    """More would leave a balance than it has."""


@dataclass(slots=True)
class Balance:
    """Atoms of one asset that belong to one account."""

    available_atoms: int = 0
    held_atoms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSide:
    """One order's side of a trade.

    It spends ``spent_atoms`` out of ``released_atoms`` of its hold; the difference, a better price
    than its limit, becomes available again.
    """

    account_id: int
    spent_asset_id: int
    released_atoms: int
    spent_atoms: int
    received_asset_id: int
    received_atoms: int
    fee_ppm: int
    fee_debt: int


class Balances:
    """All balances. Whatever moves but deposits and withdrawals keeps an asset's sum as it is."""

    def __init__(self) -> None:
        self._balances: dict[tuple[int, int], Balance] = {}

    def of(self, account_id: int, asset_id: int) -> Balance:
        """Return the balance as it is now: do not change it."""
        return self._balances.get((account_id, asset_id)) or Balance()

    def deposit(self, account_id: int, asset_id: int, amount_atoms: int) -> None:
        """Add atoms from outside."""
        self._at(account_id, asset_id).available_atoms += amount_atoms

    def restore(self, account_id: int, asset_id: int, balance: Balance) -> None:
        """Have a balance be so."""
        self._balances[account_id, asset_id] = balance

    def hold(self, account_id: int, asset_id: int, amount_atoms: int) -> None:
        """Move atoms from available to held.

        Raises:
            Overdrawn: not that much is available, or less than nothing is asked for.
        """
        balance = self._at(account_id, asset_id)
        if not 0 <= amount_atoms <= balance.available_atoms:
            raise Overdrawn(f"account {account_id}, asset {asset_id}: {amount_atoms} to hold")
        balance.available_atoms -= amount_atoms
        balance.held_atoms += amount_atoms

    def release(self, account_id: int, asset_id: int, amount_atoms: int) -> None:
        """Move atoms from held back to available.

        Raises:
            Overdrawn: not that much is held, or less than nothing is asked for.
        """
        balance = self._at(account_id, asset_id)
        if not 0 <= amount_atoms <= balance.held_atoms:
            raise Overdrawn(f"account {account_id}, asset {asset_id}: {amount_atoms} to release")
        balance.held_atoms -= amount_atoms
        balance.available_atoms += amount_atoms

    def withdraw(self, account_id: int, asset_id: int, amount_atoms: int) -> None:
        """Take available atoms out, to the world outside.

        Raises:
            Overdrawn: not that much is available, or less than nothing is asked for.
        """
        balance = self._at(account_id, asset_id)
        if not 0 <= amount_atoms <= balance.available_atoms:
            raise Overdrawn(f"account {account_id}, asset {asset_id}: {amount_atoms} to take out")
        balance.available_atoms -= amount_atoms

    def settle(self, side: FillSide) -> Charge:
        """Apply one side of a trade, its fee included; return the fee and the new fee debt.

        Raises:
            Overdrawn: the hold is smaller than what the fill releases.
        """
        self.release(side.account_id, side.spent_asset_id, side.released_atoms)
        self._at(side.account_id, side.spent_asset_id).available_atoms -= side.spent_atoms
        fee = charge(side.received_atoms, side.fee_ppm, side.fee_debt)
        received = self._at(side.account_id, side.received_asset_id)
        received.available_atoms += side.received_atoms - fee.fee_atoms
        if fee.fee_atoms:
            self.deposit(FEE_ACCOUNT_ID, side.received_asset_id, fee.fee_atoms)
        return fee

    def non_zero(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield (account_id, asset_id, available_atoms, held_atoms), sorted, all-zero ones left
        out.
        """
        for (account_id, asset_id), balance in sorted(self._balances.items()):
            if balance.available_atoms or balance.held_atoms:
                yield account_id, asset_id, balance.available_atoms, balance.held_atoms

    def _at(self, account_id: int, asset_id: int) -> Balance:
        return self._balances.setdefault((account_id, asset_id), Balance())
