"""The keys that sign access tokens, in PostgreSQL; private halves sealed."""

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from accounts.database import Connection, load_queries
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.tokens import ACCESS_TOKEN_S, SigningKey, jwk
from domain.units import NS_PER_S

_SQL: Final = load_queries("signing_keys")
_VERIFIES_ON_NS: Final = (ACCESS_TOKEN_S + 60) * NS_PER_S
"""How long a key is published after another has followed it: its last token's life, and a bit."""


async def signing_key(connection: Connection, box: SecretBox, now_ns: int) -> SigningKey:
    """Return the newest signing key; make the first one if there is none.

    Raises:
        CannotUnseal: it was stored under another secrets key.
    """
    async with connection.transaction():
        await connection.execute(_SQL["lock_signing_keys"])
        row = await connection.fetchrow(_SQL["newest_signing_key"])
        if row is None:
            return await _insert(connection, box, now_ns)
        private = box.unseal(row["sealed_private_key"], _owner(row["kid"]))
        return SigningKey(row["kid"], Ed25519PrivateKey.from_private_bytes(private))


async def follow_signing_key(connection: Connection, box: SecretBox, now_ns: int) -> SigningKey:
    """Make a new signing key and return it. The one before goes on verifying what it signed."""
    async with connection.transaction():
        await connection.execute(_SQL["lock_signing_keys"])
        return await _insert(connection, box, now_ns)


async def public_keys(connection: Connection, now_ns: int) -> list[dict[str, Any]]:
    """Return every public key that a live token may need as a JSON Web Key, newest first."""
    rows = await connection.fetch(_SQL["public_keys"], now_ns - _VERIFIES_ON_NS)
    return [jwk(row["kid"], row["public_key"]) for row in rows]


async def _insert(connection: Connection, box: SecretBox, now_ns: int) -> SigningKey:
    key = SigningKey.generate()
    private = key.private_key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    sealed = box.seal(private, _owner(key.kid))
    await connection.execute(_SQL["insert_signing_key"], key.kid, key.public_bytes, sealed, now_ns)
    return key


def _owner(kid: str) -> str:
    return f"signing_key:{kid}"
