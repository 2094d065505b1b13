"""Says on a timer what the venue owes."""

import asyncio
from typing import Final

import structlog

from accounts.books.liabilities_repository import Publication, publications, publish
from accounts.database import DATABASE_ERRORS, Pool
from accounts.errors import LedgerError
from domain.clock import Clock
from domain.units import NS_PER_S

LOOK_EVERY_S: Final = 60

_log = structlog.get_logger()


class LiabilityTimer:
    """Publishes when the newest publication is ``every_s`` old; 0: only when asked."""

    def __init__(self, pool: Pool, clock: Clock, every_s: int) -> None:
        self._pool = pool
        self._clock = clock
        self._every_s = every_s
        self._publishing = asyncio.Lock()

    async def publish(self) -> Publication:
        """Publish now.

        Raises:
            Disagreement: the ledger does not add up.
        """
        async with self._publishing, self._pool.acquire() as connection:
            published = await publish(connection, self._clock.now_ns())
        _log.info("liabilities_published", liability_id=published.liability_id)
        return published

    async def run(self) -> None:
        """Look for ever whether it is time."""
        while True:
            if self._every_s:
                try:
                    await self._publish_if_due()
                except DATABASE_ERRORS as error:
                    _log.warning("liabilities_wait", error=f"{type(error).__name__}: {error}")
                except LedgerError as error:  # users go on; the audit stops what has to be stopped
                    _log.error("liabilities_disagree", error=f"{error}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _publish_if_due(self) -> None:
        async with self._pool.acquire() as connection:
            newest = await publications(connection, 1)
        due_ns = newest[0].ts_ns + self._every_s * NS_PER_S if newest else 0
        if self._clock.now_ns() >= due_ns:
            await self.publish()
