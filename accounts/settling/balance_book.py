"""Balances of the accounts a batch touches: what the ledger posts, beside what the engine says."""

from dataclasses import dataclass

from accounts.errors import Disagreement
from accounts.settling.ledger import EXTERNAL_ACCOUNT_ID, Transfer, balanced
from domain.units import FEE_ACCOUNT_ID

BalanceKey = tuple[int, int]
"""(account_id, asset_id)."""
BalanceRow = tuple[int, int, int, int, int, int]
"""(account_id, asset_id, posted, available, held, updated_seq)."""


@dataclass(slots=True)
class Balance:
    """In atoms. ``posted`` is the sum of transfers; ``available`` and ``held`` the engine's."""

    posted_atoms: int = 0
    available_atoms: int = 0
    held_atoms: int = 0
    updated_seq: int = 0
    is_stored: bool = False
    posted_before_atoms: int = 0
    """What was posted when the last batch that touched it began."""


class BalanceBook:
    """Moves the known balances on: takes transfers and the engine's post-balances."""

    def __init__(
        self,
        balances: dict[BalanceKey, Balance],
        first_seq: int,
        new_balance: type[Balance] = Balance,
    ) -> None:
        self.balances = balances
        self._first_seq = first_seq
        self._new_balance = new_balance
        self.in_touch_order: list[tuple[BalanceKey, Balance]] = []

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

    def touched(self) -> list[tuple[BalanceKey, Balance]]:
        """Return (key, balance) of all that changed, sorted."""
        return sorted(self.in_touch_order, key=lambda one: one[0])

    def check(self) -> None:
        """Return if engine and ledger agree on every balance that changed.

        Raises:
            Disagreement: available + held is not what was posted, or a balance is negative.
            Unbalanced: what was posted does not sum to 0 for some asset.
        """
        for (account_id, asset_id), balance in self.in_touch_order:
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
        balanced(
            {key: one.posted_atoms - one.posted_before_atoms for key, one in self.in_touch_order}
        )

    def written(self, new: list[BalanceRow]) -> list[BalanceRow]:
        """Return the rows to update, sorted; append those to insert to ``new``. From here on all
        are stored.
        """
        stored: list[BalanceRow] = []
        for key, one in self.touched():
            row = (*key, one.posted_atoms, one.available_atoms, one.held_atoms, one.updated_seq)
            (stored if one.is_stored else new).append(row)
            one.is_stored = True
        return stored

    def _touch(self, seq: int, account_id: int, asset_id: int) -> Balance:
        balance = self.balances.get((account_id, asset_id))
        if balance is None:
            balance = self.balances[account_id, asset_id] = self._new_balance()
        if balance.updated_seq < self._first_seq:
            balance.posted_before_atoms = balance.posted_atoms
            self.in_touch_order.append(((account_id, asset_id), balance))
        balance.updated_seq = seq
        return balance
