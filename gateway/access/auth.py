"""Who is asking: access tokens signed by accounts, and API keys that sign each request."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt

from gateway.access.credential_news import KeyUse, RevokedSessions
from gateway.access.key_terms import is_from
from gateway.access.signatures import is_signed_by
from gateway.calls.identity_rows import ApiKeySecret
from gateway.errors import ApiError

ALGORITHM: Final = "EdDSA"
ISSUER: Final = "openbell"
AUDIENCE: Final = "openbell"
TIMESTAMP_WINDOW_MS: Final = 5_000
SECRET_VALID_S: Final = 15.0
"""A revoked key is refused at most this much later."""
SECRET_REFRESH_S: Final = 5.0
"""A key in use is looked up again after this, so that accounts may be away for a moment."""
JWKS_REFRESH_MIN_S: Final = 2.0
"""At most one look for new keys in this time, however many unknown ones are shown."""
JWKS_VALID_S: Final = 300.0
"""Keys are looked at again after this, so that a withdrawn one is not believed for ever."""
TOKENS_CACHED_MAX: Final = 10_000
SECRETS_CACHED_MAX: Final = 10_000
ALL_PERMISSIONS: Final = frozenset({"read", "trade", "withdraw"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking and what that allows. ``email`` and ``role`` are None with an API key."""

    user_id: int
    account_id: int
    permissions: frozenset[str]
    email: str | None = None
    role: str | None = None
    expires_s: float | None = None
    """Unix seconds; None with an API key."""
    api_key: str | None = None
    session_id: str | None = None
    """Of a login."""

    @property
    def is_login(self) -> bool:
        """Whether a person has logged in, as against a program with a key."""
        return self.email is not None


class KeySource(Protocol):
    """Accounts, as authentication needs it."""

    async def jwks(self) -> dict[str, object]:
        """Return the public keys of access tokens."""
        ...

    async def api_key_secret(self, api_key: str) -> ApiKeySecret:
        """Return what verifies a key's signatures; ApiError 404 if there is no such key."""
        ...


class Authenticator:
    """Verifies access tokens and API key signatures."""

    def __init__(
        self,
        keys: KeySource,
        monotonic_s: Callable[[], float] = time.monotonic,
        is_stopped: Callable[[int], bool] = lambda user_id: False,
    ) -> None:
        self.revoked = RevokedSessions()
        self.use = KeyUse()
        self._tokens = _Tokens(keys, monotonic_s)
        self._secrets = _Secrets(keys, monotonic_s)
        self._is_stopped = is_stopped

    async def token(self, token: str) -> Principal:
        """Return the bearer of an access token.

        Raises:
            ApiError: 401, or 503 while accounts cannot say.
        """
        principal = await self._tokens.principal(token)
        if principal.session_id in self.revoked:
            raise unauthenticated("the session has ended: log in")
        if self._is_stopped(principal.user_id):
            raise unauthenticated("this login is suspended or closed")
        return principal

    async def api_key(
        self, api_key: str, timestamp: str, signature: str, payload: bytes, ip: str
    ) -> Principal:
        """Return the owner of a key that signed ``timestamp``, a line break and ``payload``, and is
        used from where it may be.

        Raises:
            ApiError: 401, 403, or 503 while accounts cannot say.
        """
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):
            raise unauthenticated("the timestamp is Unix time in milliseconds")
        if abs(int(timestamp) - time.time_ns() // 1_000_000) > TIMESTAMP_WINDOW_MS:
            raise unauthenticated("the timestamp is more than 5 s away from the server's time")
        found = await self._live(api_key)
        # A key that does not exist costs the same work and answers the same as a wrong signature.
        secret = found.secret if found else "no such key"
        matches = is_signed_by(secret, timestamp.encode() + b"\n" + payload, signature)
        if found is None or not matches:
            raise unauthenticated("the API key or its signature is not valid")
        if not is_from(ip, found.allowed_networks):
            raise ApiError(403, "FORBIDDEN", "this API key may not be used from your address")
        self.note_use(api_key)
        return _holder(found)

    async def key(self, api_key: str, ip: str) -> tuple[Principal, str] | None:
        """Return a key's owner and what verifies its signatures, None if there is no such key for
        ``ip``.

        Nothing is proved yet: the caller compares a signature, or asks for no more than the key.

        Raises:
            ApiError: 503 while accounts cannot say.
        """
        found = await self._live(api_key)
        if found is None or not is_from(ip, found.allowed_networks):
            return None
        return _holder(found), found.secret

    def note_use(self, api_key: str) -> None:
        """Note that a key was used by whoever holds it."""
        self.use.note(api_key, time.time_ns())

    async def still_valid(self, principal: Principal) -> bool:
        """Return whether the token has not expired, or the key has not been revoked or changed.

        Raises:
            ApiError: 503 while accounts cannot say.
        """
        if self._is_stopped(principal.user_id):
            return False
        if principal.expires_s is not None:
            ended = principal.session_id in self.revoked
            return not ended and principal.expires_s > time.time()
        found = await self._live(principal.api_key or "")
        return found is not None and principal.permissions == frozenset(found.permissions)

    async def _live(self, api_key: str) -> ApiKeySecret | None:
        """Return a key that is there and has not expired."""
        found = await self._secrets.find(api_key)
        if found is None or found.expires_ts_ns is None:
            return found
        return found if found.expires_ts_ns > time.time_ns() else None


def _holder(found: ApiKeySecret) -> Principal:
    permissions = frozenset(found.permissions)
    return Principal(found.user_id, found.account_id, permissions, api_key=found.api_key)


def unauthenticated(message: str) -> ApiError:
    """Return the answer to a request whose sender is not known."""
    return ApiError(401, "UNAUTHENTICATED", message)


class _Tokens:
    def __init__(self, keys: KeySource, monotonic_s: Callable[[], float]) -> None:
        self._source = keys
        self._monotonic_s = monotonic_s
        self._keys: dict[str, Any] = {}
        self._looked_at_s = float("-inf")
        self._looking = asyncio.Lock()
        self._verified: OrderedDict[str, Principal] = OrderedDict()

    async def principal(self, token: str) -> Principal:
        known = self._verified.get(token)
        if known is not None and known.expires_s is not None and known.expires_s > time.time():
            return known
        self._verified.pop(token, None)
        principal = self._verify(token, await self._key(_kid(token)))
        self._verified[token] = principal
        if len(self._verified) > TOKENS_CACHED_MAX:
            self._verified.popitem(last=False)
        return principal

    def _verify(self, token: str, key: Any) -> Principal:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
            return Principal(
                user_id=int(claims["sub"]),
                account_id=int(claims["acc"]),
                permissions=ALL_PERMISSIONS,
                email=str(claims["email"]),
                role=str(claims["role"]),
                expires_s=float(claims["exp"]),
                session_id=None if claims.get("sid") is None else str(claims["sid"]),
            )
        except jwt.ExpiredSignatureError as error:
            raise unauthenticated("the access token has expired") from error
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
            raise unauthenticated("the access token is not valid") from error

    async def _key(self, kid: str) -> Any:
        age_s = self._monotonic_s() - self._looked_at_s
        if kid in self._keys and age_s > JWKS_VALID_S and not self._looking.locked():
            async with self._looking:
                await self._look_if_there()
        if kid not in self._keys:
            async with self._looking:
                if kid not in self._keys:
                    await self._look()
        key = self._keys.get(kid)
        if key is None:
            raise unauthenticated("the access token is signed by an unknown key")
        return key

    async def _look_if_there(self) -> None:
        """Look for keys; while accounts is away the known ones do."""
        try:
            await self._look()
        except ApiError:
            self._looked_at_s = self._monotonic_s()

    async def _look(self) -> None:
        now_s = self._monotonic_s()
        if now_s - self._looked_at_s < JWKS_REFRESH_MIN_S:
            return
        document = await self._source.jwks()
        self._looked_at_s = now_s
        try:
            keys = jwt.PyJWKSet.from_dict(document).keys
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise ApiError(503, "UNAVAILABLE", "no usable token keys", retry_after_s=1) from error
        self._keys = {str(key.key_id): key.key for key in keys if key.algorithm_name == ALGORITHM}


def _kid(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise unauthenticated("the access token is not valid") from error
    if header.get("alg") != ALGORITHM:
        raise unauthenticated("the access token is not signed with EdDSA")
    return str(header.get("kid"))


class _Secrets:
    """API key secrets as accounts last said, with when it said so."""

    def __init__(self, keys: KeySource, monotonic_s: Callable[[], float]) -> None:
        self._source = keys
        self._monotonic_s = monotonic_s
        self._known: OrderedDict[str, tuple[float, ApiKeySecret | None]] = OrderedDict()
        self._refreshing: dict[str, asyncio.Task[ApiKeySecret | None]] = {}

    async def find(self, api_key: str) -> ApiKeySecret | None:
        if not (0 < len(api_key) <= 128 and api_key.replace("-", "").replace("_", "").isalnum()):
            return None
        if not api_key.isascii():
            return None
        looked_at_s, found = self._known.get(api_key, (float("-inf"), None))
        age_s = self._monotonic_s() - looked_at_s
        if age_s < SECRET_REFRESH_S:
            return found
        task = self._refresh(api_key)
        if age_s < SECRET_VALID_S:
            return found
        return await asyncio.shield(task)

    def _refresh(self, api_key: str) -> "asyncio.Task[ApiKeySecret | None]":
        """One look at a time for each key, however many requests wait for it."""
        task = self._refreshing.get(api_key)
        if task is None:
            task = asyncio.create_task(self._look(api_key))
            self._refreshing[api_key] = task
            task.add_done_callback(lambda done: self._refreshed(api_key, done))
        return task

    def _refreshed(self, api_key: str, task: "asyncio.Task[ApiKeySecret | None]") -> None:
        self._refreshing.pop(api_key, None)
        if not task.cancelled():
            task.exception()  # whoever waits is told; nobody may be waiting

    async def _look(self, api_key: str) -> ApiKeySecret | None:
        asked_at_s = self._monotonic_s()
        try:
            found = await self._source.api_key_secret(api_key)
        except ApiError as error:
            if error.status != 404:
                raise
            found = None
        self._known[api_key] = (asked_at_s, found)
        self._known.move_to_end(api_key)
        if len(self._known) > SECRETS_CACHED_MAX:
            self._known.popitem(last=False)
        return found
