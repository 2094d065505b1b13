"""A demo's operator has a second factor that everybody knows: acts ask for one everywhere."""

import hmac
from typing import Final

import pyotp

from accounts.database import Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity import second_factors_repository as stored
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.second_factor import DRIFT_STEPS, STEP_S, totp_owner
from accounts.identity.users_repository import user_by_email
from domain.clock import Clock
from domain.units import NS_PER_S

DEMO_SECRET: Final = "OPENBELLDEMOOPENBELLDEMOOPENBELL"


class DemoSecondFactor:
    """Of a venue with play money only."""

    def __init__(self, pool: Pool, box: SecretBox, clock: Clock) -> None:
        self._pool = pool
        self._box = box
        self._clock = clock

    async def enrol(self, user_id: int) -> None:
        """Put the known secret in force, unless the user has a second factor."""
        sealed = self._box.seal(DEMO_SECRET.encode(), totp_owner(user_id))
        async with self._pool.acquire() as connection, connection.transaction():
            now_ns = self._clock.now_ns()
            if await stored.propose_secret(connection, user_id, sealed, now_ns):
                await stored.confirm_secret(connection, user_id, now_ns)

    async def code(self, email: str) -> tuple[str, int]:
        """Return a code that was not used yet, and for how many seconds it is good.

        Raises:
            Refusal: NOT_FOUND: it is not the known secret that this user has; BUSY: all that are
                good now were used.
        """
        async with self._pool.acquire() as connection:
            user = await user_by_email(connection, email.lower())
            found = None if user is None else await stored.totp_secret(connection, user.user_id)
        if user is None or found is None or not found.confirmed:
            raise _unknown()
        secret = self._box.unseal(found.sealed_secret, totp_owner(user.user_id))
        if not hmac.compare_digest(secret, DEMO_SECRET.encode()):
            raise _unknown()
        now_s = self._clock.now_ns() // NS_PER_S
        step = max(now_s // STEP_S, found.last_step + 1)
        if step > now_s // STEP_S + DRIFT_STEPS:
            wait_s = (step - DRIFT_STEPS) * STEP_S - now_s
            raise Refusal(RefusalCode.BUSY, "the codes of this minute were used: wait", wait_s)
        good_s = (step + 1 + DRIFT_STEPS) * STEP_S - now_s
        return pyotp.TOTP(DEMO_SECRET).generate_otp(step), good_s


def _unknown() -> Refusal:
    return Refusal(RefusalCode.NOT_FOUND, "no code of this user is known")
