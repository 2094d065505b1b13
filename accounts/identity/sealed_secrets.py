"""Secrets at rest: AES-256-GCM under the key from the environment, bound to what they belong to;
and keyed hashes of what is too short to be hashed without a key.
"""

import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.errors import AccountsError

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_HASH_KEY_FOR: Final = b"openbell: keyed hashes of short secrets"


class CannotUnseal(AccountsError):
    """The stored secret was sealed under another key, for another owner, or was changed."""


class SecretBox:
    """Seals and unseals. ``owner`` is authenticated: a secret moved to another row stays shut."""

    def __init__(self, key_hex: str) -> None:
        key = bytes.fromhex(key_hex)
        if len(key) != _KEY_BYTES:
            raise ValueError(f"the secrets key has {_KEY_BYTES} bytes")
        self._cipher = AESGCM(key)
        self._hash_key = hmac.digest(key, _HASH_KEY_FOR, hashlib.sha256)

    def seal(self, secret: bytes, owner: str) -> bytes:
        """Return ``secret`` encrypted for ``owner``: nonce, ciphertext, tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def keyed_hash(self, secret: str, owner: str) -> bytes:
        """Return what is stored of a short secret that is only ever compared, 32 bytes.

        Without the key, which is not in the database, its few digits cannot be tried out.
        """
        return hmac.digest(self._hash_key, f"{owner}\n{secret}".encode(), hashlib.sha256)

    def unseal(self, sealed: bytes, owner: str) -> bytes:
        """Return the secret.

        Raises:
            CannotUnseal: wrong key, wrong owner, or damaged.
        """
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise CannotUnseal(
                f"the secret of {owner} does not open: is OPENBELL_ACCOUNTS_SECRETS_KEY the one it "
                "was stored under?"
            ) from error
