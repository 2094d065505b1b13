"""Random transfers between accounts: of hundreds of sources, since nobody says which number was
executed, and a guess must often be right.
"""

from random import Random
from typing import Final

from domain.commands import Transfer
from domain.reasons import TransferReason
from domain.units import FEE_ACCOUNT_ID
from tests.property.random_venue import FUNDS_ATOMS, Venue

_SOURCES: Final = range(100, 600)
_AMOUNTS_ATOMS: Final = (1, 500, 4_000, 30_000, 2**62, 2**62 + 1, 0, -1)


class RandomTransfers:
    """Mostly ones that can be; now and then with something wrong about them."""

    def __init__(self, random: Random, venue: Venue) -> None:
        self._random = random
        self._accounts = list(venue.accounts)
        self._made = 0

    def command(self) -> Transfer:
        """Return any transfer."""
        self._made += 1
        reasons = (TransferReason.SUB_ACCOUNT, *TransferReason)
        return Transfer(
            transfer_reason=self._random.choice(reasons),
            from_account_id=self._account_id(),
            to_account_id=self._account_id(),
            asset_id=self._random.choice((*FUNDS_ATOMS, 9) if self._one_in(9) else (1, 2, 3)),
            amount_atoms=self._random.choice(_AMOUNTS_ATOMS),
            source_id=self._random.choice(_SOURCES),
            source_seq=1 + self._random.randrange(1 + self._made // len(_SOURCES)),
        )

    def _account_id(self) -> int:
        if self._one_in(12):
            return self._random.choice((0, 5, FEE_ACCOUNT_ID, FEE_ACCOUNT_ID))
        return self._random.choice(self._accounts)

    def _one_in(self, chances: int) -> bool:
        return self._random.randrange(chances) == 0
