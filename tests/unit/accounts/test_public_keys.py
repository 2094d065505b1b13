"""A key may be for a key pair: then accounts keep the public key, and never saw the other."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.errors import Refusal, RefusalCode
from accounts.identity.api_keys_repository import verifier_of


def pem(public: PublicKeyTypes) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def der(public: PublicKeyTypes) -> str:
    written = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(written).decode()


def rsa(bits: int, exponent: int = 65_537) -> RSAPublicKey:
    return generate_private_key(exponent, bits).public_key()


def test_a_key_may_be_written_as_pem_or_in_base64() -> None:
    public = Ed25519PrivateKey.generate().public_key()
    raw = base64.b64encode(public.public_bytes_raw()).decode()
    assert verifier_of(pem(public)) == verifier_of(der(public)) == verifier_of(raw)
    assert verifier_of(raw) == f"ed25519:{raw}"
    public_rsa = rsa(2_048)
    assert verifier_of(pem(public_rsa)) == verifier_of(der(public_rsa)) == f"rsa:{der(public_rsa)}"


def test_anything_else_is_refused() -> None:
    neither = pem(generate_ec(SECP256R1()).public_key())
    for text in ("", "AAAA", "no base64", "-----BEGIN PUBLIC KEY-----\nAAAA\n", neither):
        with pytest.raises(Refusal) as refused:
            verifier_of(text)
        assert refused.value.code is RefusalCode.INVALID_REQUEST


@pytest.mark.parametrize(("bits", "exponent"), [(1_024, 65_537), (2_048, 3)])
def test_an_rsa_key_that_is_weak_or_odd_is_refused(bits: int, exponent: int) -> None:
    with pytest.raises(Refusal, match="2048 to 4096 bits"):
        verifier_of(pem(rsa(bits, exponent)))
