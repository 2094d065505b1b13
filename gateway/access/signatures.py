"""What a signature by an API key proves. Pure.

A key is verified by its secret, with HMAC-SHA256, or by a public key, with Ed25519 or RSA
(PKCS #1 v1.5 over SHA-256), as ``domain.key_verifiers`` writes them.
"""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from domain.key_verifiers import ED25519, RSA

KEYS_CACHED_MAX: Final = 1_024
_FAILURES: Final = (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError)


def signed_text(
    method: str, path_qs: str, account: str = "", idempotency_key: str = "", body: bytes = b""
) -> bytes:
    """Return what a key signs behind the time: a line each, the body last. No line can hold a line
    break but the body, so no two requests have the same text.
    """
    return "\n".join((method, path_qs, account, idempotency_key, "")).encode() + body


def is_signed_by(secret: str, message: bytes, signature: str) -> bool:
    """Return whether ``signature`` (HMAC: hex of either case, else base64) is of ``message``.

    A public key never verifies an HMAC: whoever knows it, and everybody may, could make one.
    """
    if secret.startswith((ED25519, RSA)):
        try:
            _verify(_public_key(secret), base64.b64decode(signature, validate=True), message)
        except _FAILURES:
            return False
        return True
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.lower().encode())


@lru_cache(KEYS_CACHED_MAX)
def _public_key(verifier: str) -> Ed25519PublicKey | RSAPublicKey:
    written = base64.b64decode(verifier.partition(":")[2], validate=True)
    if verifier.startswith(ED25519):
        return Ed25519PublicKey.from_public_bytes(written)
    key = load_der_public_key(written)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def _verify(key: Ed25519PublicKey | RSAPublicKey, signature: bytes, message: bytes) -> None:
    if isinstance(key, RSAPublicKey):
        key.verify(signature, message, PKCS1v15(), SHA256())
    else:
        key.verify(signature, message)
