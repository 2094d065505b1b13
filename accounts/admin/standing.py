"""Tells the engine what users' accounts may do, and goes on until it knows of every one."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from accounts.admin.operators_repository import accounts_to_tell, still_to_tell, told
from accounts.database import DATABASE_ERRORS, Pool
from accounts.settling.settled_position import SettledPosition
from domain.events import OutcomeResult
from domain.orders import AccountStatus
from domain.reasons import RejectReason
from domain.venue_commands import SetAccountStatus
from transport.engine_client import EngineClient
from transport.errors import TransportError

TOLD_AT_ONCE_MAX: Final = 100
OUTCOME_TIMEOUT_S: Final = 5
SETTLED_TIMEOUT_S: Final = 5
RETRY_S: Final = 1
LOOK_S: Final = 10

_log = structlog.get_logger()


class Standing:
    """One task, and operators who do not wait for it. A crash between a row and its command is
    healed by the same loop at the next start.
    """

    def __init__(self, pool: Pool, engine: EngineClient, position: SettledPosition) -> None:
        self._pool = pool
        self._engine = engine
        self._position = position
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()

    def tell_soon(self) -> None:
        """Have the engine told as soon as it answers."""
        self._wanted.set()

    async def tell(self) -> list[tuple[int, int]]:
        """Tell the engine all it is to be told; return the (first, last) events of each command.

        Raises:
            TransportError: it did not answer, or refused one for now; it will be told again.
        """
        events: list[tuple[int, int]] = []
        refused: dict[int, str] = {}
        async with self._turn:
            while True:
                async with self._pool.acquire() as connection:
                    # Behind what was refused: that must not keep others from being stopped.
                    waiting = await accounts_to_tell(connection, list(refused), TOLD_AT_ONCE_MAX)
                if not waiting:
                    break
                for account_id, status in waiting:
                    told_by = await self._tell(account_id, status)
                    if isinstance(told_by, RejectReason):
                        refused[account_id] = told_by.name
                    else:
                        events.append(told_by)
        if refused:
            raise TransportError(f"accounts are refused for now: {refused}")
        if events:
            await self._position.reached(events[-1][1], SETTLED_TIMEOUT_S)
        return events

    async def is_known(self, user_id: int) -> bool:
        """Whether the engine knows of all accounts of a user."""
        async with self._pool.acquire() as connection:
            return not await still_to_tell(connection, user_id)

    async def run(self) -> None:
        """Tell what was left over, until cancelled."""
        while True:
            self._wanted.clear()
            try:
                await self.tell()
            except (TransportError, *DATABASE_ERRORS) as error:
                _log.warning("standing_waits", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(RETRY_S)
                continue
            # An account that was not open yet is looked at again without being asked to.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), LOOK_S)

    async def _tell(self, account_id: int, status: AccountStatus) -> tuple[int, int] | RejectReason:
        command = SetAccountStatus(account_id=account_id, account_status=status)
        outcome = await self._engine.submit(command, timeout_s=OUTCOME_TIMEOUT_S)
        if outcome.result is not OutcomeResult.DONE:
            # A closed account stays closed: nothing that can be said of it is to be said again.
            _log.warning("status_refused", account_id=account_id, reason=outcome.reason.name)
            if outcome.reason is not RejectReason.INVALID_TRANSITION:
                return outcome.reason
        async with self._pool.acquire() as connection:
            await told(connection, account_id, status)
        return outcome.last_event_seq - outcome.event_count + 1, outcome.last_event_seq
