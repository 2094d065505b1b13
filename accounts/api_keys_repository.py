"""API keys in PostgreSQL; secrets sealed, because HMAC needs them in the clear to verify."""

import secrets
from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from accounts.sealed_secrets import SecretBox
from accounts.users_repository import User

API_KEYS_PER_USER_MAX: Final = 20
_SQL: Final = load_queries("api_keys")
_KEY_BYTES: Final = 16
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of an API key at any time."""

    api_key: str
    label: str
    permissions: list[str]
    created_ts_ns: int


@dataclass(frozen=True, slots=True)
class ApiKeySecret:
    """What verifying a signature needs."""

    api_key: str
    secret: str
    user_id: int
    account_id: int
    permissions: list[str]


async def create_api_key(
    connection: Connection,
    box: SecretBox,
    user: User,
    label: str,
    permissions: list[str],
    now_ns: int,
) -> tuple[ApiKey, str]:
    """Create a key; return it with its secret, which is not shown again.

    Raises:
        Refusal: API_KEY_LIMIT.
    """
    api_key, secret = f"ob{secrets.token_hex(_KEY_BYTES)}", secrets.token_hex(_SECRET_BYTES)
    async with connection.transaction():
        await connection.fetchval(_SQL["lock_user"], user.user_id)
        if await connection.fetchval(_SQL["count_api_keys"], user.user_id) >= API_KEYS_PER_USER_MAX:
            raise Refusal(
                RefusalCode.API_KEY_LIMIT,
                f"a user has at most {API_KEYS_PER_USER_MAX} API keys: delete one first",
            )
        await connection.execute(
            _SQL["insert_api_key"],
            api_key,
            user.user_id,
            user.account_id,
            label,
            permissions,
            box.seal(secret.encode(), _owner(api_key)),
            now_ns,
        )
    return ApiKey(api_key, label, permissions, now_ns), secret


async def api_keys_of_user(connection: Connection, user_id: int) -> list[ApiKey]:
    """Return a user's keys, oldest first."""
    return [ApiKey(**row) for row in await connection.fetch(_SQL["api_keys_of_user"], user_id)]


async def revoke_api_key(connection: Connection, api_key: str, user_id: int, now_ns: int) -> bool:
    """End a key; False if the user has none of that name."""
    status = await connection.execute(_SQL["revoke_api_key"], api_key, user_id, now_ns)
    return status == "UPDATE 1"


async def api_key_secret(
    connection: Connection, box: SecretBox, api_key: str
) -> ApiKeySecret | None:
    """Return a key with its secret; None if there is none of that name.

    Raises:
        CannotUnseal: it was stored under another secrets key.
    """
    row = await connection.fetchrow(_SQL["api_key"], api_key)
    if row is None:
        return None
    secret = box.unseal(row["sealed_secret"], _owner(api_key)).decode()
    return ApiKeySecret(api_key, secret, row["user_id"], row["account_id"], row["permissions"])


def _owner(api_key: str) -> str:
    return f"api_key:{api_key}"
