"""Sub-accounts: opened, named, closed, and money between the accounts of one login."""

from dataclasses import dataclass
from typing import Final

import structlog

from accounts.admin.standing import Standing
from accounts.books.sub_accounts_repository import (
    OwnAccount,
    accounts_of_user,
    close_sub_account,
    insert_sub_account,
    rename_sub_account,
)
from accounts.database import Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.account_opening import AccountOpening
from accounts.wallet.money_commands import MoneyCommands
from accounts.wallet.money_commands_repository import MoneyCommand, MoneyKind, MoneyRequest
from domain.clock import Clock
from domain.reasons import TransferReason
from transport.errors import TransportError

OPENING_TIMEOUT_S: Final = 2

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WantedTransfer:
    """Money between two accounts of a login. One key of one login is one transfer."""

    user_id: int
    from_account_id: int
    to_account_id: int
    asset_id: int
    amount_atoms: int
    idempotency_key: str


class SubAccounts:
    """Whatever is not the login's own is as if it were not there."""

    def __init__(
        self,
        pool: Pool,
        opening: AccountOpening,
        standing: Standing,
        money: MoneyCommands,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._opening = opening
        self._standing = standing
        self._money = money
        self._clock = clock

    async def all(self, user_id: int) -> list[OwnAccount]:
        """Return a login's accounts, the main one first.

        Raises:
            Refusal: NOT_FOUND.
        """
        async with self._pool.acquire() as connection:
            found = await accounts_of_user(connection, user_id)
        if not found:
            raise Refusal(RefusalCode.NOT_FOUND, "no such user")
        return found

    async def create(self, user_id: int, name: str) -> OwnAccount:
        """Make an account; without the engine's confirmation in time it opens later.

        Raises:
            Refusal: NOT_FOUND, NAME_TAKEN, SUB_ACCOUNT_LIMIT.
        """
        async with self._pool.acquire() as connection:
            made = await insert_sub_account(connection, user_id, name, self._clock.now_ns())
        if not await self._opening.opened(made.account_id, OPENING_TIMEOUT_S):
            _log.warning("account_opens_later", account_id=made.account_id)
        return made

    async def rename(self, user_id: int, account_id: int, name: str) -> OwnAccount:
        """Give an open sub-account another name.

        Raises:
            Refusal: NOT_FOUND, NAME_TAKEN.
        """
        async with self._pool.acquire() as connection:
            if not await rename_sub_account(connection, user_id, account_id, name):
                raise _not_there()
        return next(one for one in await self.all(user_id) if one.account_id == account_id)

    async def close(self, user_id: int, account_id: int) -> None:
        """Close an empty sub-account for ever. Again, it is what it was. It has no money and no
        keys from now on; the engine is told at once, or as soon as it answers.

        Raises:
            Refusal: NOT_FOUND, ACCOUNT_NOT_EMPTY.
        """
        async with self._pool.acquire() as connection:
            if not await close_sub_account(connection, user_id, account_id, self._clock.now_ns()):
                raise _not_there()
        try:
            await self._standing.tell()
        except TransportError as error:
            _log.warning("engine_told_later", account_id=account_id, error=str(error))
            self._standing.tell_soon()

    async def transfer(self, wanted: WantedTransfer) -> MoneyCommand:
        """Move money at once; return the command as it was executed.

        Raises:
            Refusal: NOT_FOUND, REFERENCE_REUSED, MONEY_REFUSED, MONEY_PENDING.
        """
        own = {one.account_id for one in await self.all(wanted.user_id)}
        if not {wanted.from_account_id, wanted.to_account_id} <= own:
            raise _not_there()
        if wanted.from_account_id == wanted.to_account_id:
            raise Refusal(RefusalCode.INVALID_REQUEST, "to_account_id: it comes from there")
        request = MoneyRequest(
            MoneyKind.TRANSFER,
            wanted.from_account_id,
            wanted.asset_id,
            wanted.amount_atoms,
            f"transfer:{wanted.user_id}:{wanted.idempotency_key}",
            to_account_id=wanted.to_account_id,
            transfer_reason=TransferReason.SUB_ACCOUNT,
        )
        return await self._money.execute(request, self._clock.now_ns())


def _not_there() -> Refusal:
    return Refusal(RefusalCode.NOT_FOUND, "no such account")
