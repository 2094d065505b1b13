"""API keys in PostgreSQL; secrets sealed, because HMAC needs them in the clear to verify.

A key made for a key pair has no secret: the public key is kept in the same place.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.users_repository import User
from domain.key_verifiers import ED25519, RSA

API_KEYS_PER_USER_MAX: Final = 20
_SQL: Final = load_queries("api_keys")
_KEY_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_PEM: Final = "-----BEGIN"
_ED25519_BYTES: Final = 32
_RSA_BITS: Final = range(2_048, 4_097)
_RSA_EXPONENT: Final = 65_537


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of an API key at any time."""

    api_key: str
    label: str
    permissions: list[str]
    created_ts_ns: int
    account_id: int
    allowed_networks: list[str]
    expires_ts_ns: int | None
    last_used_ts_ns: int | None = None


@dataclass(frozen=True, slots=True)
class ApiKeySecret:
    """What verifying a signature needs, as ``domain.key_verifiers`` writes it, and from where and
    until when the key is good.
    """

    api_key: str
    secret: str
    user_id: int
    account_id: int
    permissions: list[str]
    allowed_networks: list[str]
    expires_ts_ns: int | None


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a new key may do, from where, until when. ``verifier`` (as ``verifier_of`` returns it)
    None: it gets a secret.
    """

    label: str
    permissions: list[str]
    allowed_networks: list[str]
    expires_ts_ns: int | None = None
    verifier: str | None = None


async def create_api_key(
    connection: Connection, box: SecretBox, user: User, terms: KeyTerms, now_ns: int
) -> tuple[ApiKey, str]:
    """Create a key; return it with its secret ("" if it has none), which is not shown again.

    Raises:
        Refusal: API_KEY_LIMIT, INVALID_REQUEST.
    """
    if terms.expires_ts_ns is not None and terms.expires_ts_ns <= now_ns:
        raise Refusal(RefusalCode.INVALID_REQUEST, "expires_ts_ns: has passed")
    if "withdraw" in terms.permissions and not terms.allowed_networks:
        raise Refusal(
            RefusalCode.INVALID_REQUEST, "allowed_networks: a key that withdraws needs some"
        )
    api_key = f"ob{secrets.token_hex(_KEY_BYTES)}"
    secret = secrets.token_hex(_SECRET_BYTES) if terms.verifier is None else ""
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
            terms.label,
            terms.permissions,
            box.seal((terms.verifier or secret).encode(), _owner(api_key)),
            now_ns,
            terms.allowed_networks,
            terms.expires_ts_ns,
        )
    networks, expires_ns = terms.allowed_networks, terms.expires_ts_ns
    made = ApiKey(
        api_key,
        terms.label,
        terms.permissions,
        now_ns,
        user.account_id,
        networks,
        expires_ns,
    )
    return made, secret


def checked_networks(texts: list[str]) -> list[str]:
    """Return addresses and networks, IPv4 or IPv6, in their usual form, each once.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    try:
        found = {str(ip_network(text)) for text in texts}
    except ValueError as error:
        message = f"allowed_networks: {str(error)[:120]}"
        raise Refusal(RefusalCode.INVALID_REQUEST, message) from None
    return sorted(found)


def verifier_of(public_key: str) -> str:
    """Return what verifies the signatures of a key pair: its public key (Ed25519 or RSA, in PEM or
    base64 of the 32 bytes or of the SubjectPublicKeyInfo) as ``domain.key_verifiers`` writes it.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    try:
        key = _public_key(public_key)
    except (UnsupportedAlgorithm, binascii.Error, ValueError) as error:
        raise Refusal(RefusalCode.INVALID_REQUEST, "public_key: not a public key") from error
    if isinstance(key, Ed25519PublicKey):
        return ED25519 + base64.b64encode(key.public_bytes_raw()).decode()
    if not isinstance(key, RSAPublicKey):
        raise Refusal(RefusalCode.INVALID_REQUEST, "public_key: neither Ed25519 nor RSA")
    # A large exponent would make every request as expensive as its sender likes.
    if key.key_size not in _RSA_BITS or key.public_numbers().e != _RSA_EXPONENT:
        raise Refusal(RefusalCode.INVALID_REQUEST, "public_key: RSA of 2048 to 4096 bits, e 65537")
    written = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return RSA + base64.b64encode(written).decode()


def _public_key(text: str) -> PublicKeyTypes:
    if text.startswith(_PEM):
        return load_pem_public_key(text.encode())
    written = base64.b64decode(text, validate=True)
    if len(written) == _ED25519_BYTES:
        return Ed25519PublicKey.from_public_bytes(written)
    return load_der_public_key(written)


async def api_keys_of_user(connection: Connection, user_id: int) -> list[ApiKey]:
    """Return a user's keys, oldest first."""
    return [ApiKey(**row) for row in await connection.fetch(_SQL["api_keys_of_user"], user_id)]


async def revoke_api_key(connection: Connection, api_key: str, user_id: int, now_ns: int) -> bool:
    """End a key; False if the user has none of that name."""
    status = await connection.execute(_SQL["revoke_api_key"], api_key, user_id, now_ns)
    return status == "UPDATE 1"


async def revoke_api_keys(connection: Connection, user_id: int, now_ns: int) -> None:
    """End all keys of a user."""
    await connection.execute(_SQL["revoke_api_keys"], user_id, now_ns)


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
    return ApiKeySecret(
        api_key,
        secret,
        row["user_id"],
        row["account_id"],
        row["permissions"],
        row["allowed_networks"],
        row["expires_ts_ns"],
    )


async def note_use(connection: Connection, used: dict[str, int]) -> None:
    """Note when keys were used last, Unix nanoseconds by key."""
    await connection.execute(_SQL["note_use"], list(used), list(used.values()))


def _owner(api_key: str) -> str:
    return f"api_key:{api_key}"
