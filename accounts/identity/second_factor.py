"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import pyotp

from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity import second_factors_repository as stored
from accounts.identity.login_limits import LoginLimits
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.tokens import new_refresh_token, refresh_token_hash
from domain.clock import Clock
from domain.units import NS_PER_S

STEP_S: Final = 30
DRIFT_STEPS: Final = 1
"""How many steps an app's clock may be off, either way."""
RECOVERY_CODES: Final = 10
CHALLENGE_S: Final = 300
CHALLENGE_ATTEMPTS_MAX: Final = 5
ISSUER: Final = "Openbell"
_RECOVERY_BYTES: Final = 10
_TOTP_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: as text, and as the URI that a QR code shows."""

    secret: str
    uri: str


class SecondFactors:
    """Enrols, checks and ends second factors. A code is good once."""

    def __init__(self, pool: Pool, box: SecretBox, clock: Clock) -> None:
        self._pool = pool
        self._box = box
        self._clock = clock
        self._tries = LoginLimits(what="wrong codes")

    async def propose(self, user_id: int, email: str) -> Enrolment:
        """Make a secret; it is in force once ``confirm`` has seen a code of it.

        Raises:
            Refusal: SECOND_FACTOR_ON.
        """
        secret = pyotp.random_base32()
        sealed = self._box.seal(secret.encode(), totp_owner(user_id))
        async with self._pool.acquire() as connection:
            now_ns = self._clock.now_ns()
            if not await stored.propose_secret(connection, user_id, sealed, now_ns):
                raise Refusal(RefusalCode.SECOND_FACTOR_ON, "there is a second factor already")
        return Enrolment(
            secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
        )

    async def confirm(self, user_id: int, code: str, ip: str) -> list[str]:
        """Put a proposed secret in force with a first code of it; return the recovery codes.

        Raises:
            Refusal: INVALID_CODE, SECOND_FACTOR_ON, NOT_FOUND, TOO_MANY_ATTEMPTS.
        """
        self._tries.attempt(str(user_id), ip, self._clock.now_ns())
        codes = _new_recovery_codes()
        async with self._pool.acquire() as connection, connection.transaction():
            found = await stored.totp_secret(connection, user_id)
            if found is None:
                raise Refusal(RefusalCode.NOT_FOUND, "no second factor was begun")
            if found.confirmed:
                raise Refusal(RefusalCode.SECOND_FACTOR_ON, "there is a second factor already")
            step = self._step_of(found, user_id, _tidied(code))
            if step is None or not await stored.take_step(connection, user_id, step):
                raise _invalid()
            if not await stored.confirm_secret(connection, user_id, self._clock.now_ns()):
                raise _invalid()
            await self._store_recovery_codes(connection, user_id, codes)
        self._tries.succeeded(str(user_id), ip)
        return codes

    async def check(self, user_id: int, code: str | None, ip: str) -> None:
        """Return if the user has no second factor, or ``code`` is a good one of it, now used.

        Raises:
            Refusal: SECOND_FACTOR_REQUIRED, INVALID_CODE, TOO_MANY_ATTEMPTS.
        """
        async with self._pool.acquire() as connection:
            if not await stored.has_second_factor(connection, user_id):
                return
            if not code:
                raise Refusal(
                    RefusalCode.SECOND_FACTOR_REQUIRED,
                    "a code of your authenticator app, or a recovery code, is needed",
                )
            self._tries.attempt(str(user_id), ip, self._clock.now_ns())
            if not await self._is_good(connection, user_id, _tidied(code)):
                raise _invalid()
        self._tries.succeeded(str(user_id), ip)

    async def end(self, user_id: int) -> None:
        """Forget the second factor, its recovery codes, and logins that wait for it."""
        async with self._pool.acquire() as connection, connection.transaction():
            await stored.delete_second_factor(connection, user_id)

    async def new_recovery_codes(self, user_id: int) -> list[str]:
        """Issue recovery codes; the ones before are worth nothing.

        Raises:
            Refusal: NOT_FOUND: there is no second factor.
        """
        codes = _new_recovery_codes()
        async with self._pool.acquire() as connection, connection.transaction():
            if not await stored.has_second_factor(connection, user_id):
                raise Refusal(RefusalCode.NOT_FOUND, "there is no second factor")
            await self._store_recovery_codes(connection, user_id, codes)
        return codes

    async def challenge(self, connection: Connection, user_id: int) -> str | None:
        """Return a token with which a login may go on; None if it needs no second factor."""
        if not await stored.has_second_factor(connection, user_id):
            return None
        token, now_ns = new_refresh_token(), self._clock.now_ns()
        await stored.insert_challenge(
            connection,
            refresh_token_hash(token),
            user_id,
            CHALLENGE_ATTEMPTS_MAX,
            now_ns,
            now_ns + CHALLENGE_S * NS_PER_S,
        )
        return token

    async def answer(self, token: str, code: str, ip: str) -> int:
        """Use a challenge up with a code; return whose login goes on.

        Raises:
            Refusal: INVALID_CHALLENGE, INVALID_CODE, TOO_MANY_ATTEMPTS.
        """
        token_hash = refresh_token_hash(token)
        async with self._pool.acquire() as connection:
            now_ns = self._clock.now_ns()
            user_id = await stored.take_challenge_attempt(connection, token_hash, now_ns)
        if user_id is None:
            raise _no_challenge()
        await self.check(user_id, code or "-", ip)
        async with self._pool.acquire() as connection:
            if not await stored.use_challenge(connection, token_hash):
                raise _no_challenge()
        return user_id

    async def _is_good(self, connection: Connection, user_id: int, code: str) -> bool:
        if len(code) != _TOTP_DIGITS:
            code_hash = self._box.keyed_hash(code, _recovery_owner(user_id))
            return await stored.use_recovery_code(connection, user_id, code_hash)
        found = await stored.totp_secret(connection, user_id)
        step = None if found is None else self._step_of(found, user_id, code)
        return step is not None and await stored.take_step(connection, user_id, step)

    def _step_of(self, found: stored.TotpSecret, user_id: int, code: str) -> int | None:
        """Return for which step ``code`` is right, of those that may be used still."""
        app = pyotp.TOTP(self._box.unseal(found.sealed_secret, totp_owner(user_id)).decode())
        now_step = self._clock.now_ns() // NS_PER_S // STEP_S
        steps = range(now_step - DRIFT_STEPS, now_step + DRIFT_STEPS + 1)
        right = [
            step
            for step in steps
            if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())
        ]
        return max((step for step in right if step > found.last_step), default=None)

    async def _store_recovery_codes(
        self, connection: Connection, user_id: int, codes: list[str]
    ) -> None:
        owner = _recovery_owner(user_id)
        hashes = [self._box.keyed_hash(_tidied(code), owner) for code in codes]
        await stored.replace_recovery_codes(connection, user_id, hashes)


def _new_recovery_codes() -> list[str]:
    """Return 10 codes of 80 random bits, in groups that can be copied by hand."""
    drawn = [
        base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in drawn]


def _tidied(code: str) -> str:
    return code.replace(" ", "").replace("-", "").lower()


def _invalid() -> Refusal:
    return Refusal(RefusalCode.INVALID_CODE, "the code is wrong, or was used already")


def _no_challenge() -> Refusal:
    return Refusal(RefusalCode.INVALID_CHALLENGE, "log in again: too late, or too many wrong codes")


def totp_owner(user_id: int) -> str:
    """Return under which name a user's secret is sealed."""
    return f"totp:{user_id}"


def _recovery_owner(user_id: int) -> str:
    return f"recovery_code:{user_id}"
