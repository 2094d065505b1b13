"""Access tokens (EdDSA, short) and refresh tokens (random, stored hashed, used once)."""

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.identity.users_repository import Profile, User
from domain.units import NS_PER_S

ACCESS_TOKEN_S: Final = 15 * 60
REFRESH_TOKEN_S: Final = 30 * 24 * 3600
ALGORITHM: Final = "EdDSA"
ISSUER: Final = "openbell"
AUDIENCE: Final = "openbell"
_REFRESH_BYTES: Final = 32
_KID_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key and its name."""

    kid: str
    private_key: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> "SigningKey":
        """Return a new key, named after its public half."""
        private_key = Ed25519PrivateKey.generate()
        public = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return cls(hashlib.sha256(public).hexdigest()[:_KID_CHARS], private_key)

    @property
    def public_bytes(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def access_token(self, user: User | Profile, session_id: uuid.UUID, now_ns: int) -> str:
        """Return a signed token that names ``user`` in a session for ``ACCESS_TOKEN_S`` seconds."""
        now_s = now_ns // NS_PER_S
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.user_id),
            "acc": user.account_id,
            "email": user.email,
            "role": user.role,
            "sid": str(session_id),
            "iat": now_s,
            "exp": now_s + ACCESS_TOKEN_S,
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, self.private_key, ALGORITHM, headers={"kid": self.kid})


def jwk(kid: str, public_key: bytes) -> dict[str, Any]:
    """Return a public key as a JSON Web Key (RFC 8037)."""
    x = base64.urlsafe_b64encode(public_key).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig", "kid": kid, "x": x}


def new_refresh_token() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(_REFRESH_BYTES)


def refresh_token_hash(token: str) -> bytes:
    """Return what is stored of a refresh token. It is random: a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()
