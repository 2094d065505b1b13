"""What an operator shows before an act: a second factor, by this session, not long ago."""

import uuid
from typing import Final

from accounts.database import Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.second_factor import SecondFactors
from accounts.identity.second_factors_repository import has_second_factor
from accounts.identity.sessions_repository import note_second_factor, second_factor_ts_ns
from domain.clock import Clock
from domain.units import NS_PER_S

PROOF_S: Final = 900
"""For so long after a code a session carries out acts without another."""


class OperatorProof:
    """Who may stop a market must hold more than a password, and more than a stolen token."""

    def __init__(self, pool: Pool, second_factors: SecondFactors, clock: Clock) -> None:
        self._pool = pool
        self._second_factors = second_factors
        self._clock = clock

    async def check(
        self, user_id: int, session_id: uuid.UUID | None, code: str | None, ip: str, is_fresh: bool
    ) -> None:
        """Return if the session showed a code lately, or does so now; ``is_fresh``: it must now.

        Raises:
            Refusal: NO_SECOND_FACTOR, SECOND_FACTOR_REQUIRED, INVALID_CODE, TOO_MANY_ATTEMPTS.
        """
        now_ns = self._clock.now_ns()
        async with self._pool.acquire() as connection:
            if not await has_second_factor(connection, user_id):
                message = "operators need a second factor: set yours up first, at /me/totp"
                raise Refusal(RefusalCode.NO_SECOND_FACTOR, message)
            if not code and not is_fresh and session_id is not None:
                shown_ns = await second_factor_ts_ns(connection, session_id, user_id)
                if shown_ns is not None and now_ns - shown_ns < PROOF_S * NS_PER_S:
                    return
        await self._second_factors.check(user_id, code, ip)
        await self.note(user_id, session_id)

    async def note(self, user_id: int, session_id: uuid.UUID | None) -> None:
        """Note that a session has just shown a code."""
        if session_id is not None:
            async with self._pool.acquire() as connection:
                await note_second_factor(connection, session_id, user_id, self._clock.now_ns())
