"""Random withdrawals: mostly ones that can be, of many sources, so that a number missed stops but
one of them.
"""

from random import Random
from typing import Final

from domain.commands import HoldWithdrawal, PostWithdrawal, VoidWithdrawal
from domain.units import FEE_ACCOUNT_ID
from engine_core.contract import Core, WithdrawalRow
from tests.property.random_venue import FUNDS_ATOMS, Venue

_SOURCES: Final = range(20, 36)


class RandomWithdrawals:
    """Holds, and posts and voids of what is held; now and then with something wrong about them."""

    def __init__(self, random: Random, venue: Venue) -> None:
        self._random = random
        self._accounts = list(venue.accounts)
        self._open: list[WithdrawalRow] = []
        self._next_seq = dict.fromkeys(_SOURCES, 1)

    def look_at(self, core: Core) -> None:
        """Learn what is held, and from that which number is next where."""
        now = core.withdrawals()
        for source_id, seq, *_ in now:
            self._next_seq[source_id] = max(self._next_seq[source_id], seq + 1)
        for source_id in {row[0] for row in self._open if row not in now}:
            self._next_seq[source_id] += 1
        self._open = now

    def command(self) -> HoldWithdrawal | PostWithdrawal | VoidWithdrawal:
        """Return any of the three."""
        if not self._open or self._random.randrange(5) < 2:
            return self._hold()
        source_id, withdrawal_seq, account_id, asset_id, atoms = self._random.choice(self._open)
        if self._one_in(12):
            withdrawal_seq += self._random.choice((-1, 1, 5))
        if self._one_in(20):
            account_id = self._account_id()
        if self._one_in(20):
            asset_id = self._random.choice((1, 2, 9))
        if self._one_in(3):
            return VoidWithdrawal(
                account_id=account_id,
                asset_id=asset_id,
                source_id=source_id,
                source_seq=self._seq(source_id),
                withdrawal_seq=max(0, withdrawal_seq),
            )
        return PostWithdrawal(
            account_id=account_id,
            asset_id=asset_id,
            amount_atoms=self._random.choice((atoms, atoms, 1, atoms + 1, atoms // 2, 0)),
            source_id=source_id,
            source_seq=self._seq(source_id),
            withdrawal_seq=max(0, withdrawal_seq),
        )

    def _hold(self) -> HoldWithdrawal:
        source_id = self._random.choice(_SOURCES)
        return HoldWithdrawal(
            account_id=self._account_id(),
            asset_id=self._random.choice((*FUNDS_ATOMS, 9) if self._one_in(9) else (1, 2, 3)),
            amount_atoms=self._random.choice((1, 500, 4_000, 30_000, 2**62, 2**62 + 1, 0, -1)),
            source_id=source_id,
            source_seq=self._seq(source_id),
        )

    def _seq(self, source_id: int) -> int:
        noise = self._random.choice((0, 0, 0, 0, 0, 0, 1, -1))
        return max(0, self._next_seq[source_id] + noise)

    def _account_id(self) -> int:
        if self._one_in(20):
            return self._random.choice((0, 5, FEE_ACCOUNT_ID))
        return self._random.choice(self._accounts)

    def _one_in(self, chances: int) -> bool:
        return self._random.randrange(chances) == 0
