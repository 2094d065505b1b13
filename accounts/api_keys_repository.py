"""API keys in PostgreSQL; secrets sealed, because HMAC needs them in the clear to verify.

A key made for an Ed25519 key pair has no secret: its public key is kept in the same place.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from accounts.sealed_secrets import SecretBox
from accounts.users_repository import User

API_KEYS_PER_USER_MAX: Final = 20
_SQL: Final = load_queries("api_keys")
_KEY_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_ED25519: Final = "ed25519:"
_PEM: Final = "-----BEGIN"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of an API key at any time."""

    api_key: str
    label: str
    permissions: list[str]
    created_ts_ns: int


@dataclass(frozen=True, slots=True)
class ApiKeySecret:
    """What verifying a signature needs: an HMAC secret, or ``ed25519:`` and a public key."""

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
    *,
    public_key: str | None = None,
) -> tuple[ApiKey, str]:
    """Create a key; return it with its secret, which is not shown again.

    With a ``public_key`` (as ``ed25519_public_key`` returns it) there is no secret: "".

    Raises:
        Refusal: API_KEY_LIMIT.
    """
    api_key = f"ob{secrets.token_hex(_KEY_BYTES)}"
    secret = secrets.token_hex(_SECRET_BYTES) if public_key is None else ""
    verifier = secret if public_key is None else _ED25519 + public_key
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
            box.seal(verifier.encode(), _owner(api_key)),
            now_ns,
        )
    return ApiKey(api_key, label, permissions, now_ns), secret


def ed25519_public_key(text: str) -> str:
    """Return the 32 bytes of a public key (PEM, or base64 of the bytes) in base64.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    try:
        if text.startswith(_PEM):
            key = load_pem_public_key(text.encode())
        else:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (UnsupportedAlgorithm, binascii.Error, ValueError) as error:
        raise Refusal(RefusalCode.INVALID_REQUEST, "public_key: not a public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Refusal(RefusalCode.INVALID_REQUEST, "public_key: not an Ed25519 key")
    return base64.b64encode(key.public_bytes_raw()).decode()


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
