"""How what verifies an API key's signatures is written down: accounts keeps it, gateways read it.

An HMAC secret stands for itself and has no colon. A public key stands after its algorithm's name,
in base64: of Ed25519 the 32 bytes, of RSA the SubjectPublicKeyInfo in DER.
"""

from typing import Final

ED25519: Final = "ed25519:"
RSA: Final = "rsa:"
