"""Balances of the accounts a batch touches: what the ledger posts, beside what the engine says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.errors import Disagreement
from accounts.ledger import EXTERNAL_ACCOUNT_ID, Transfer
from domain.units import FEE_ACCOUNT_ID

BalanceKey = tuple[int, int]
"""(account_id, asset_id)."""


@dataclass(slots=True)
class Balance:
    """In atoms. ``posted`` is the sum of transfers; ``available`` and ``held`` the engine's."""

    posted_atoms: int = 0
    available_atoms: int = 0
    held_atoms: int = 0
    updated_seq: int = 0


class BalanceBook:
    """Starts from the stored balances, takes transfers and the engine's post-balances."""

    def __init__(self, before: Mapping[BalanceKey, Balance]) -> None:
        self._balances = dict(before)
        self._stored = frozenset(before)

    def post(self, seq: int, transfer: Transfer) -> tuple[int, int]:
        """Move the amount; return the posted balances of the debit and credit account after it."""
        asset_id = transfer.asset_id
        debit = self._touch(seq, transfer.debit_account_id, asset_id)
        credit = self._touch(seq, transfer.credit_account_id, asset_id)
        debit.posted_atoms -= transfer.amount_atoms
        credit.posted_atoms += transfer.amount_atoms
        if transfer.credit_account_id == FEE_ACCOUNT_ID:
            # Fees arrive without an event of their own and are never held.
            credit.available_atoms = credit.posted_atoms
        return debit.posted_atoms, credit.posted_atoms

    def observe(
        self,
        seq: int,
        key: BalanceKey,
        available_atoms: int | None = None,
        held_atoms: int | None = None,
    ) -> None:
        """Take the engine's balance after an event; None is what the event does not change."""
        balance = self._touch(seq, *key)
        if available_atoms is not None:
            balance.available_atoms = available_atoms
        if held_atoms is not None:
            balance.held_atoms = held_atoms

    def touched(self) -> Iterable[tuple[BalanceKey, Balance, bool]]:
        """Return (key, balance, whether it was stored before) of all that changed, sorted."""
        return [
            (key, balance, key in self._stored)
            for key, balance in sorted(self._balances.items())
            if balance.updated_seq
        ]

    def check(self) -> None:
        """Return if engine and ledger agree on every balance that changed.

        Raises:
            Disagreement: available + held is not what was posted, or a balance is negative.
        """
        for (account_id, asset_id), balance, _ in self.touched():
            if account_id == EXTERNAL_ACCOUNT_ID:
                continue
            available_atoms, held_atoms = balance.available_atoms, balance.held_atoms
            if available_atoms + held_atoms != balance.posted_atoms:
                raise Disagreement(
                    f"account {account_id}, asset {asset_id}: the engine has {available_atoms} "
                    f"available and {held_atoms} held, the ledger {balance.posted_atoms} posted"
                )
            if available_atoms < 0 or held_atoms < 0:
                raise Disagreement(f"account {account_id}, asset {asset_id} is below zero")

    def _touch(self, seq: int, account_id: int, asset_id: int) -> Balance:
        balance = self._balances.get((account_id, asset_id))
        if balance is None:
            balance = self._balances[account_id, asset_id] = Balance()
        balance.updated_seq = seq
        return balance
