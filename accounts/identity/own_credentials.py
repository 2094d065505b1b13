"""What users change of their own way in: password, sessions, second factor."""

import uuid

from accounts.database import Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.address_proof import prove_address
from accounts.identity.email_codes import EmailCodes
from accounts.identity.email_codes_repository import Purpose
from accounts.identity.login_limits import LoginLimits
from accounts.identity.passwords import PASSWORD_CHARS_MAX, Passwords, checked_password
from accounts.identity.second_factor import Enrolment, SecondFactors
from accounts.identity.sessions_repository import revoke_sessions_but
from accounts.identity.users_repository import (
    User,
    replace_password_hash,
    user_by_email,
    user_by_id,
    verify_email,
)
from domain.clock import Clock


class OwnCredentials:
    """Each change asks for what only the user can know, however the caller got in."""

    def __init__(
        self,
        pool: Pool,
        passwords: Passwords,
        codes: EmailCodes,
        second_factors: SecondFactors,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._passwords = passwords
        self._codes = codes
        self._second_factors = second_factors
        self._clock = clock
        self._tries = LoginLimits(what="wrong passwords")

    async def verify_email(self, email: str, code: str, ip: str) -> None:
        """Note that an address is its user's.

        Raises:
            Refusal: INVALID_CODE, TOO_MANY_ATTEMPTS.
        """
        shown = await self._codes.use(email, Purpose.VERIFY, code, ip)
        async with self._pool.acquire() as connection:
            await verify_email(connection, shown, self._clock.now_ns())

    async def reset_password(self, email: str, code: str, new_password: str, ip: str) -> None:
        """Choose a new password by a code; every session ends, and the address is verified: the
        first time, API keys end as well.

        Raises:
            Refusal: INVALID_REQUEST, INVALID_CODE, TOO_MANY_ATTEMPTS, BUSY.
        """
        checked_password(new_password)
        shown = await self._codes.use(email, Purpose.RESET, code, ip)
        new_hash = await self._passwords.hash(new_password)
        async with self._pool.acquire() as connection:
            user = await user_by_email(connection, shown)
            if user is None:  # who guessed the code of an address without a user
                raise Refusal(RefusalCode.INVALID_CODE, "the code is wrong")
            await prove_address(connection, user, self._clock.now_ns())
        await self._store(user, new_hash, None)

    async def change_password(
        self, user_id: int, session_id: uuid.UUID, password: str, new_password: str, ip: str
    ) -> None:
        """Choose a new password; every other session ends.

        Raises:
            Refusal: INVALID_REQUEST, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, BUSY.
        """
        checked_password(new_password)
        user = await self.proven(user_id, password, ip)
        await self._store(user, await self._passwords.hash(new_password), session_id)

    async def begin_second_factor(self, user_id: int, password: str, ip: str) -> Enrolment:
        """Make a secret for an authenticator app. A stolen session alone cannot lock its user out.

        Raises:
            Refusal: WRONG_PASSWORD, SECOND_FACTOR_ON, TOO_MANY_ATTEMPTS, BUSY.
        """
        user = await self.proven(user_id, password, ip)
        return await self._second_factors.propose(user_id, user.email)

    async def end_second_factor(self, user_id: int, password: str, ip: str) -> None:
        """Do without a second factor again.

        Raises:
            Refusal: WRONG_PASSWORD, TOO_MANY_ATTEMPTS, BUSY.
        """
        await self.proven(user_id, password, ip)
        await self._second_factors.end(user_id)

    async def proven(self, user_id: int, password: str, ip: str) -> User:
        """Return the user if ``password`` is theirs.

        Raises:
            Refusal: WRONG_PASSWORD, NOT_FOUND, TOO_MANY_ATTEMPTS, BUSY.
        """
        async with self._pool.acquire() as connection:
            user = await user_by_id(connection, user_id)
        if user is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such user")
        self._tries.attempt(user.email, ip, self._clock.now_ns())
        if not await self._passwords.matches(
            password[: PASSWORD_CHARS_MAX + 1], user.password_hash
        ):
            raise Refusal(RefusalCode.WRONG_PASSWORD, "this is not your password")
        self._tries.succeeded(user.email, ip)
        return user

    async def _store(self, user: User, new_hash: str, kept: uuid.UUID | None) -> None:
        now_ns = self._clock.now_ns()
        async with self._pool.acquire() as connection, connection.transaction():
            if not await replace_password_hash(
                connection, user.user_id, user.password_hash, new_hash
            ):
                raise Refusal(RefusalCode.BUSY, "the password was changed just now", 1)
            await revoke_sessions_but(connection, user.user_id, kept, now_ns)
