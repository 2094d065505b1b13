"""An API key may be made for a key pair: its public half is checked and kept in one form."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.api_keys_repository import ed25519_public_key
from accounts.errors import Refusal, RefusalCode


def test_pem_and_base64_are_the_same_key() -> None:
    public = Ed25519PrivateKey.generate().public_key()
    raw = base64.b64encode(public.public_bytes_raw()).decode()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert ed25519_public_key(pem) == ed25519_public_key(raw) == raw


def test_what_is_no_ed25519_key_is_refused() -> None:
    other = generate_private_key(SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in ("", "AAAA", "no base64", "-----BEGIN PUBLIC KEY-----\nAAAA\n", pem):
        with pytest.raises(Refusal) as refused:
            ed25519_public_key(text)
        assert refused.value.code is RefusalCode.INVALID_REQUEST
