"""A signature is over the very bytes that were sent."""

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.key_verifiers import ED25519, RSA
from gateway.access.signatures import is_signed_by
from gateway.binance.parameters import from_request, signed_payload
from gateway.binance.ws_parameters import decoded, signed_payloads

SECRET = "a secret"


def hex_of(message: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def test_an_hmac_may_be_in_capitals_and_is_of_these_bytes_alone() -> None:
    assert is_signed_by(SECRET, b"a=1", hex_of(b"a=1"))
    assert is_signed_by(SECRET, b"a=1", hex_of(b"a=1").upper())
    assert not is_signed_by(SECRET, b"a=2", hex_of(b"a=1"))
    assert not is_signed_by(SECRET, b"a=1", "")
    assert not is_signed_by(SECRET, b"a=1", "é")


def test_an_ed25519_key_verifies_what_its_owner_signed() -> None:
    private = Ed25519PrivateKey.generate()
    verifier = ED25519 + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    signature = base64.b64encode(private.sign(b"a=1")).decode()
    assert is_signed_by(verifier, b"a=1", signature)
    assert not is_signed_by(verifier, b"a=2", signature)
    assert not is_signed_by(verifier, b"a=1", "no base64")
    assert not is_signed_by(ED25519 + "AAAA", b"a=1", signature)


def test_an_rsa_key_verifies_what_its_owner_signed() -> None:
    private, another = (generate_private_key(65_537, 2_048) for _ in range(2))
    written = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    verifier = RSA + base64.b64encode(written).decode()
    signature = base64.b64encode(private.sign(b"a=1", PKCS1v15(), SHA256())).decode()
    assert is_signed_by(verifier, b"a=1", signature)
    assert not is_signed_by(verifier, b"a=2", signature)
    others = base64.b64encode(another.sign(b"a=1", PKCS1v15(), SHA256())).decode()
    assert not is_signed_by(verifier, b"a=1", others)
    for wrong in ("", "no base64", hex_of(b"a=1", verifier)):
        assert not is_signed_by(verifier, b"a=1", wrong)
    assert not is_signed_by(RSA + "AAAA", b"a=1", signature)


def test_a_public_key_is_no_secret_to_make_an_hmac_with() -> None:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    verifier = ED25519 + base64.b64encode(public).decode()
    assert not is_signed_by(verifier, b"a=1", hex_of(b"a=1", verifier))


@pytest.mark.parametrize(
    ("query", "body", "payload"),
    [
        (b"a=1&timestamp=2&signature=ff", b"", b"a=1&timestamp=2"),
        (b"", b"a=1&timestamp=2&signature=ff", b"a=1&timestamp=2"),
        (b"a=1", b"timestamp=2&signature=ff", b"a=1timestamp=2"),
        (b"signature=ff&a=1", b"", b"a=1"),
        (b"symbols=%5B%22A%22%5D&signature=ff", b"", b"symbols=%5B%22A%22%5D"),
        (b"a=b%2Fc+d&signature=%2F%2B", b"", b"a=b%2Fc+d"),
    ],
)
def test_query_and_body_are_signed_as_they_came(query: bytes, body: bytes, payload: bytes) -> None:
    assert signed_payload(query, body) == payload


def test_the_query_has_the_last_word() -> None:
    found = from_request(b"symbol=BTCUSDT&side=BUY", b"symbol=ETHUSDT&type=LIMIT")
    assert found.values == {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT"}


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        ('{"b": "x", "a": 1, "signature": "s"}', b"a=1&b=x"),
        ('{"q": 0.001, "r": 10000}', b"q=0.001&r=10000"),
        ('{"q": 0.00001}', b"q=0.00001"),
        ('{"q": 0.00001}', b"q=1e-05"),
        ('{"q": 1e-05}', b"q=1e-05"),
        ('{"x": false, "y": null, "z": true}', b"x=false&z=true"),
        ('{"s": ["A", "B"]}', b's=["A","B"]'),
    ],
)
def test_the_ws_api_is_signed_by_name_with_any_text_a_number_has(sent: str, signed: bytes) -> None:
    assert signed in signed_payloads(decoded(sent))
