"""The keys that sign access tokens, in PostgreSQL; private halves sealed."""

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from accounts.database import Connection, load_queries
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.tokens import SigningKey, jwk

_SQL: Final = load_queries("signing_keys")


async def signing_key(connection: Connection, box: SecretBox, now_ns: int) -> SigningKey:
    """Return the newest signing key; make the first one if there is none.

    Raises:
        CannotUnseal: it was stored under another secrets key.
    """
    async with connection.transaction():
        await connection.execute(_SQL["lock_signing_keys"])
        row = await connection.fetchrow(_SQL["newest_signing_key"])
        if row is not None:
            private = box.unseal(row["sealed_private_key"], _owner(row["kid"]))
            return SigningKey(row["kid"], Ed25519PrivateKey.from_private_bytes(private))
        key = SigningKey.generate()
        private = key.private_key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        sealed = box.seal(private, _owner(key.kid))
        await connection.execute(
            _SQL["insert_signing_key"], key.kid, key.public_bytes, sealed, now_ns
        )
        return key


async def public_keys(connection: Connection) -> list[dict[str, Any]]:
    """Return every public key as a JSON Web Key, newest first."""
    rows = await connection.fetch(_SQL["public_keys"])
    return [jwk(row["kid"], row["public_key"]) for row in rows]


def _owner(kid: str) -> str:
    return f"signing_key:{kid}"
