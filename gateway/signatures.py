"""What a signature by an API key proves. Pure.

A key is verified by its secret, with HMAC-SHA256, or by a public key, with Ed25519: the secret that
accounts keeps is then ``ed25519:`` and the public key in base64. An HMAC secret has no colon.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519: Final = "ed25519:"


def is_signed_by(secret: str, message: bytes, signature: str) -> bool:
    """Return whether ``signature`` (HMAC: hex of either case, Ed25519: base64) is of ``message``.

    A public key never verifies an HMAC: whoever knows it, and everybody may, could make one.
    """
    if secret.startswith(ED25519):
        return _is_ed25519(secret.removeprefix(ED25519), message, signature)
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.lower().encode())


def _is_ed25519(public_key: str, message: bytes, signature: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
