"""Sign-up, login, refresh, logout."""

import re
from dataclasses import dataclass
from typing import Final

import structlog

from accounts.database import Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.account_opening import AccountOpening
from accounts.identity.login_limits import LoginLimits
from accounts.identity.passwords import PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Passwords
from accounts.identity.sessions_repository import (
    insert_refresh_token,
    insert_session,
    revoke_family_of_used_token,
    revoke_session_of_token,
    use_refresh_token,
)
from accounts.identity.tokens import (
    ACCESS_TOKEN_S,
    REFRESH_TOKEN_S,
    SigningKey,
    new_refresh_token,
    refresh_token_hash,
)
from accounts.identity.users_repository import User, insert_user, user_by_email, user_by_id
from domain.clock import Clock
from domain.units import NS_PER_S

EMAIL_CHARS_MAX: Final = 254
OPENING_TIMEOUT_S: Final = 2
_EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a login gives."""

    access_token: str
    access_expires_s: int
    refresh_token: str
    refresh_expires_s: int
    user_id: int
    account_id: int


def checked_email(text: str) -> str:
    """Return an e-mail address as it is stored: lower case.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    email = text.strip().lower()
    if len(email) > EMAIL_CHARS_MAX or not _EMAIL.fullmatch(email):
        raise Refusal(RefusalCode.INVALID_REQUEST, "email: not an e-mail address")
    return email


def checked_password(password: str) -> str:
    """Return a password that may be chosen.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Refusal(
            RefusalCode.INVALID_REQUEST,
            f"password: {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
        )
    return password


class Auth:
    """Who may come in. Times come from ``clock``."""

    def __init__(
        self,
        pool: Pool,
        passwords: Passwords,
        signing_key: SigningKey,
        opening: AccountOpening,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._passwords = passwords
        self._signing_key = signing_key
        self._opening = opening
        self._clock = clock
        self._limits = LoginLimits()

    async def sign_up(self, email_text: str, password: str) -> tuple[int, int]:
        """Create a user and open its account; return (user_id, account_id).

        The engine's confirmation is waited for a moment; without it, the account opens later.

        Raises:
            Refusal: INVALID_REQUEST, EMAIL_TAKEN, BUSY.
        """
        email = checked_email(email_text)
        checked_password(password)
        async with self._pool.acquire() as connection:
            if await user_by_email(connection, email) is not None:
                raise Refusal(RefusalCode.EMAIL_TAKEN, "this e-mail has an account already")
        password_hash = await self._passwords.hash(password)
        async with self._pool.acquire() as connection:
            user_id, account_id = await insert_user(
                connection, email, password_hash, self._clock.now_ns()
            )
        if not await self._opening.opened(account_id, OPENING_TIMEOUT_S):
            _log.warning("account_opens_later", account_id=account_id)
        return user_id, account_id

    async def login(self, email_text: str, password: str, user_agent: str, ip: str) -> SignedIn:
        """Open a session. Unknown e-mail and wrong password answer alike, in the same time.

        Raises:
            Refusal: INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS, BUSY.
        """
        email = email_text.strip().lower()[:EMAIL_CHARS_MAX]
        self._limits.attempt(email, ip, self._clock.now_ns())
        async with self._pool.acquire() as connection:
            user = await user_by_email(connection, email)
        stored_hash = user.password_hash if user else None
        matches = await self._passwords.matches(password[: PASSWORD_CHARS_MAX + 1], stored_hash)
        if user is None or not matches:
            raise Refusal(RefusalCode.INVALID_CREDENTIALS, "wrong e-mail or password")
        self._limits.succeeded(email, ip)
        now_ns = self._clock.now_ns()
        token = new_refresh_token()
        async with self._pool.acquire() as connection, connection.transaction():
            session_id = await insert_session(connection, user.user_id, user_agent, ip, now_ns)
            await insert_refresh_token(
                connection, refresh_token_hash(token), session_id, now_ns, _expiry_ns(now_ns)
            )
        return self._signed_in(user, token, now_ns)

    async def refresh(self, token: str) -> SignedIn:
        """Exchange a refresh token for new tokens. A second use revokes all of its session's.

        Raises:
            Refusal: INVALID_REFRESH_TOKEN.
        """
        now_ns = self._clock.now_ns()
        used_hash = refresh_token_hash(token)
        next_token = new_refresh_token()
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                owner = await use_refresh_token(connection, used_hash, now_ns)
                if owner is not None:
                    await insert_refresh_token(
                        connection,
                        refresh_token_hash(next_token),
                        owner.session_id,
                        now_ns,
                        _expiry_ns(now_ns),
                    )
            if owner is None:
                stolen = await revoke_family_of_used_token(connection, used_hash, now_ns)
                if stolen is not None:
                    _log.warning("refresh_token_reused", user_id=stolen.user_id)
                raise Refusal(RefusalCode.INVALID_REFRESH_TOKEN, "log in again")
            user = await user_by_id(connection, owner.user_id)
        assert user is not None, "a session belongs to a user"
        return self._signed_in(user, next_token, now_ns)

    async def logout(self, token: str) -> None:
        """End the session of a refresh token; an unknown one is nothing to end."""
        async with self._pool.acquire() as connection:
            await revoke_session_of_token(
                connection, refresh_token_hash(token), self._clock.now_ns()
            )

    def _signed_in(self, user: User, refresh_token: str, now_ns: int) -> SignedIn:
        return SignedIn(
            access_token=self._signing_key.access_token(user, now_ns),
            access_expires_s=ACCESS_TOKEN_S,
            refresh_token=refresh_token,
            refresh_expires_s=REFRESH_TOKEN_S,
            user_id=user.user_id,
            account_id=user.account_id,
        )


def _expiry_ns(now_ns: int) -> int:
    return now_ns + REFRESH_TOKEN_S * NS_PER_S
