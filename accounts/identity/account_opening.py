"""Opens users' trading accounts in the engine, and goes on until the engine has every one."""

import asyncio
from typing import Final

import structlog

from accounts.database import DATABASE_ERRORS, Pool
from accounts.identity.users_repository import TradingAccount, mark_opened, unopened_accounts
from domain.commands import OpenAccount
from domain.events import OutcomeResult
from domain.reasons import RejectReason
from transport.engine_client import EngineClient
from transport.errors import TransportError

OPENED_AT_ONCE_MAX: Final = 100
OUTCOME_TIMEOUT_S: Final = 2
RETRY_S: Final = 1

_log = structlog.get_logger()


class AccountOpening:
    """One task: sends OpenAccount for every account the engine has not confirmed.

    A crash between the row and the command is healed by the same loop at the next start.
    """

    def __init__(self, pool: Pool, engine: EngineClient) -> None:
        self._pool = pool
        self._engine = engine
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._opened: dict[int, asyncio.Future[None]] = {}

    async def opened(self, account_id: int, timeout_s: int) -> bool:
        """Have the account opened; False if the engine has not confirmed within ``timeout_s``."""
        confirmed = self._opened.setdefault(account_id, asyncio.get_running_loop().create_future())
        self._wanted.set()
        try:
            await asyncio.wait_for(asyncio.shield(confirmed), timeout_s)
        except TimeoutError:
            return False
        finally:
            self._opened.pop(account_id, None)
        return True

    async def run(self) -> None:
        """Open accounts until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                while await self._open_some():
                    pass
            except (TransportError, *DATABASE_ERRORS) as error:
                _log.warning("account_opening_waits", error=f"{type(error).__name__}: {error}")
                self._wanted.set()
                await asyncio.sleep(RETRY_S)

    async def _open_some(self) -> bool:
        """Open the oldest unopened accounts; return whether there may be more."""
        async with self._pool.acquire() as connection:
            waiting = await unopened_accounts(connection, OPENED_AT_ONCE_MAX)
        refused = 0
        for account in waiting:
            refused += not await self._open(account)
        return bool(waiting) and refused < len(waiting)

    async def _open(self, account: TradingAccount) -> bool:
        command = OpenAccount(account_id=account.account_id, group_id=account.group_id)
        outcome = await self._engine.submit(command, timeout_s=OUTCOME_TIMEOUT_S)
        exists = outcome.reason is RejectReason.ALREADY_EXISTS
        if outcome.result is not OutcomeResult.DONE and not exists:
            _log.error("account_refused", account_id=account.account_id, reason=outcome.reason.name)
            return False
        async with self._pool.acquire() as connection:
            await mark_opened(connection, account.account_id)
        confirmed = self._opened.get(account.account_id)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)
        return True
