"""Sign-up, login, refresh, logout."""

import uuid
from dataclasses import dataclass
from typing import Final

import structlog

from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.account_opening import AccountOpening
from accounts.identity.address_proof import prove_address
from accounts.identity.email_addresses import checked_email, known_form
from accounts.identity.email_codes import EmailCodes
from accounts.identity.email_codes_repository import Purpose
from accounts.identity.login_limits import LoginLimits
from accounts.identity.passwords import PASSWORD_CHARS_MAX, Passwords, checked_password
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.second_factor import CHALLENGE_S, SecondFactors
from accounts.identity.sessions_repository import (
    insert_refresh_token,
    insert_session,
    note_second_factor,
    revoke_family_of_used_token,
    revoke_session_of_token,
    touch_session,
    use_refresh_token,
)
from accounts.identity.signing_keys_repository import follow_signing_key
from accounts.identity.tokens import (
    ACCESS_TOKEN_S,
    REFRESH_TOKEN_S,
    SigningKey,
    new_refresh_token,
    refresh_token_hash,
)
from accounts.identity.users_repository import (
    Profile,
    User,
    insert_user,
    profile,
    replace_password_hash,
    user_by_email,
    user_by_id,
)
from domain.clock import Clock
from domain.units import NS_PER_S

OPENING_TIMEOUT_S: Final = 2

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a login gives, with whose it is: a second question could go unanswered, and the refresh
    token with it.
    """

    access_token: str
    access_expires_s: int
    refresh_token: str
    refresh_expires_s: int
    user_id: int
    account_id: int
    user: Profile


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a login gives that needs a second factor: the token with which it goes on."""

    challenge: str
    challenge_expires_s: int


@dataclass(frozen=True, slots=True)
class Device:
    """What logs in, and from where."""

    user_agent: str
    ip: str


class Auth:
    """Who may come in. Times come from ``clock``. ``needs_verified_email``: for a login."""

    def __init__(
        self,
        pool: Pool,
        passwords: Passwords,
        signing_key: SigningKey,
        opening: AccountOpening,
        codes: EmailCodes,
        second_factors: SecondFactors,
        clock: Clock,
        *,
        needs_verified_email: bool = False,
        limits: LoginLimits | None = None,
    ) -> None:
        self._pool = pool
        self._passwords = passwords
        self._signing_key = signing_key
        self._opening = opening
        self._codes = codes
        self._second_factors = second_factors
        self._clock = clock
        self._needs_verified_email = needs_verified_email
        self._limits = limits or LoginLimits()

    async def sign_up(
        self, email_text: str, password: str, *, email_verified: bool = False
    ) -> tuple[int, int]:
        """Create a user and open its account; return (user_id, account_id).

        A code that confirms the address is sent, unless it is verified. The engine's confirmation
        is waited for a moment; without it, the account opens later.

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
                connection,
                email,
                password_hash,
                self._clock.now_ns(),
                email_verified=email_verified,
            )
        if not email_verified:
            self._codes.greet(email)
        if not await self._opening.opened(account_id, OPENING_TIMEOUT_S):
            _log.warning("account_opens_later", account_id=account_id)
        return user_id, account_id

    async def login(self, email_text: str, password: str, device: Device) -> SignedIn | Challenge:
        """Open a session. Unknown e-mail and wrong password answer alike, in the same time.

        Raises:
            Refusal: INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS, BUSY, EMAIL_NOT_VERIFIED.
        """
        email = known_form(email_text) or ""
        self._limits.attempt(email, device.ip, self._clock.now_ns())
        async with self._pool.acquire() as connection:
            user = await user_by_email(connection, email)
        stored_hash = user.password_hash if user else None
        matches = await self._passwords.matches(password[: PASSWORD_CHARS_MAX + 1], stored_hash)
        if user is None or not matches:
            raise Refusal(RefusalCode.INVALID_CREDENTIALS, "wrong e-mail or password")
        self._limits.succeeded(email, device.ip)
        if self._needs_verified_email and not user.email_verified:
            raise Refusal(
                RefusalCode.EMAIL_NOT_VERIFIED, "confirm your e-mail address with its code first"
            )
        await self._rehash(user, password)
        return await self._challenged(user, device)

    async def login_with_code(
        self, email_text: str, code: str, device: Device
    ) -> SignedIn | Challenge:
        """Open a session with a code that was sent to the user's address, which it verifies: the
        first time, the password, sessions and API keys of before end.

        Raises:
            Refusal: INVALID_CODE, TOO_MANY_ATTEMPTS, BUSY.
        """
        email = await self._codes.use(email_text, Purpose.LOGIN, code, device.ip)
        async with self._pool.acquire() as connection:
            user = await user_by_email(connection, email)
        if user is None:  # who guessed the code of an address without a user
            raise Refusal(RefusalCode.INVALID_CODE, "the code is wrong")
        if not user.email_verified:
            nobodys_hash = await self._passwords.hash(new_refresh_token())
            async with self._pool.acquire() as connection, connection.transaction():
                if not await replace_password_hash(
                    connection, user.user_id, user.password_hash, nobodys_hash
                ):
                    raise Refusal(RefusalCode.BUSY, "the password was changed just now", 1)
                await prove_address(connection, user, self._clock.now_ns())
        return await self._challenged(user, device)

    async def finish_login(self, challenge: str, code: str, device: Device) -> SignedIn:
        """Open the session of a login that needed a second factor.

        Raises:
            Refusal: INVALID_CHALLENGE, INVALID_CODE, TOO_MANY_ATTEMPTS.
        """
        user_id = await self._second_factors.answer(challenge, code, device.ip)
        async with self._pool.acquire() as connection:
            user = await user_by_id(connection, user_id)
            assert user is not None, "a challenge belongs to a user"
            return await self._session(connection, user, device, shows_second_factor=True)

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
                    await touch_session(connection, owner.session_id, now_ns)
                    told = await self._told(connection, owner.user_id)
            if owner is None:
                stolen = await revoke_family_of_used_token(connection, used_hash, now_ns)
                if stolen is not None:
                    _log.warning("refresh_token_reused", user_id=stolen.user_id)
                raise Refusal(RefusalCode.INVALID_REFRESH_TOKEN, "log in again")
        return self._signed_in(told, owner.session_id, next_token, now_ns)

    async def logout(self, token: str) -> None:
        """End the session of a refresh token; an unknown one is nothing to end."""
        async with self._pool.acquire() as connection:
            await revoke_session_of_token(
                connection, refresh_token_hash(token), self._clock.now_ns()
            )

    async def follow_signing_key(self, box: SecretBox) -> str:
        """Sign with a new key from now on; return its name."""
        async with self._pool.acquire() as connection:
            self._signing_key = await follow_signing_key(connection, box, self._clock.now_ns())
        return self._signing_key.kid

    async def _rehash(self, user: User, password: str) -> None:
        """Store the hash as it is made today, now that the password is known for a moment."""
        if not self._passwords.is_outdated(user.password_hash):
            return
        new_hash = await self._passwords.hash(password)
        async with self._pool.acquire() as connection:
            await replace_password_hash(connection, user.user_id, user.password_hash, new_hash)

    async def _challenged(self, user: User, device: Device) -> SignedIn | Challenge:
        async with self._pool.acquire() as connection:
            challenge = await self._second_factors.challenge(connection, user.user_id)
            if challenge is not None:
                return Challenge(challenge, CHALLENGE_S)
            return await self._session(connection, user, device)

    async def _session(
        self,
        connection: Connection,
        user: User,
        device: Device,
        *,
        shows_second_factor: bool = False,
    ) -> SignedIn:
        now_ns = self._clock.now_ns()
        token = new_refresh_token()
        async with connection.transaction():
            session_id = await insert_session(
                connection, user.user_id, device.user_agent, device.ip, now_ns
            )
            if shows_second_factor:
                await note_second_factor(connection, session_id, user.user_id, now_ns)
            await insert_refresh_token(
                connection, refresh_token_hash(token), session_id, now_ns, _expiry_ns(now_ns)
            )
            told = await self._told(connection, user.user_id)
        return self._signed_in(told, session_id, token, now_ns)

    async def _told(self, connection: Connection, user_id: int) -> Profile:
        found = await profile(connection, user_id)
        assert found is not None, "a session belongs to a user"
        return found

    def _signed_in(
        self, user: Profile, session_id: uuid.UUID, refresh_token: str, now_ns: int
    ) -> SignedIn:
        return SignedIn(
            access_token=self._signing_key.access_token(user, session_id, now_ns),
            access_expires_s=ACCESS_TOKEN_S,
            refresh_token=refresh_token,
            refresh_expires_s=REFRESH_TOKEN_S,
            user_id=user.user_id,
            account_id=user.account_id,
            user=user,
        )


def _expiry_ns(now_ns: int) -> int:
    return now_ns + REFRESH_TOKEN_S * NS_PER_S
