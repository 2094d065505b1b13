"""Access tokens that accounts did not sign, or not for this, or not for now: all are refused."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.access import auth
from gateway.access.auth import Authenticator
from gateway.errors import ApiError
from tests.unit.gateway.test_auth import Accounts, Clock

NOW_S = int(time.time())
CLAIMS: dict[str, Any] = {
    "iss": "openbell",
    "aud": "openbell",
    "sub": "1",
    "acc": 1000,
    "email": "a@example.com",
    "role": "user",
    "iat": NOW_S - 1,
    "exp": NOW_S + 86_400,
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def written(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(b64(part) for part in parts)


def signed(key: Ed25519PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    unsigned = written(header, claims, b"").rstrip(".")
    return f"{unsigned}.{b64(key.sign(unsigned.encode()))}"


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


async def refused(accounts: Accounts, token: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await Authenticator(accounts).token(token)
    assert (caught.value.status, caught.value.code) == (401, "UNAUTHENTICATED")
    return caught.value


async def test_the_honest_token_of_these_tests_is_good(accounts: Accounts) -> None:
    token = signed(accounts.signing["k1"], {"alg": "EdDSA", "kid": "k1"}, CLAIMS)
    assert (await Authenticator(accounts).token(token)).account_id == 1000


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None])
async def test_a_token_without_a_signature_is_refused(accounts: Accounts, alg: str | None) -> None:
    header = {"alg": alg, "kid": "k1", "typ": "JWT"}
    await refused(accounts, written(header, CLAIMS, b""))
    await refused(accounts, written({"kid": "k1"}, CLAIMS, b""))


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
async def test_the_public_key_is_no_hmac_secret(accounts: Accounts, alg: str) -> None:
    public = accounts.signing["k1"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    digest = getattr(hashlib, f"sha{alg[2:]}")
    for secret in (pem, pem.strip(), public.public_bytes_raw()):
        for named in (alg, "EdDSA"):
            unsigned = written({"alg": named, "kid": "k1"}, CLAIMS, b"").rstrip(".")
            mac = hmac.new(secret, unsigned.encode(), digest).digest()
            await refused(accounts, f"{unsigned}.{b64(mac)}")


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "Ed25519", "eddsa"])
async def test_no_other_algorithm_is_taken(accounts: Accounts, alg: str) -> None:
    await refused(accounts, signed(accounts.signing["k1"], {"alg": alg, "kid": "k1"}, CLAIMS))


@pytest.mark.parametrize(
    "kid", ["k2", "", "../../etc/passwd", "k1' OR '1'='1", "k1\x00", None, 7, ["k1"], {"k": 1}]
)
async def test_a_key_that_accounts_does_not_publish_is_unknown(
    accounts: Accounts, kid: object
) -> None:
    stranger = Ed25519PrivateKey.generate()
    await refused(accounts, signed(stranger, {"alg": "EdDSA", "kid": kid}, CLAIMS))


async def test_a_strangers_signature_under_a_known_name_is_refused(accounts: Accounts) -> None:
    stranger = Ed25519PrivateKey.generate()
    await refused(accounts, signed(stranger, {"alg": "EdDSA", "kid": "k1"}, CLAIMS))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
async def test_a_key_that_the_token_brings_along_is_not_looked_at(
    accounts: Accounts, name: str
) -> None:
    stranger = Ed25519PrivateKey.generate()
    own = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(stranger.public_key()))
    brought = {"jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/", "jwk": own}
    header = {"alg": "EdDSA", "kid": "k1", name: brought.get(name, ["AAAA"])}
    await refused(accounts, signed(stranger, header, CLAIMS))
    await refused(accounts, signed(stranger, header | {"kid": "mine"}, CLAIMS))


CHANGED: list[dict[str, Any]] = [
    {"exp": NOW_S - 1},
    {"exp": None},
    {"exp": "soon"},
    {"nbf": NOW_S + 80_000},
    {"iat": NOW_S + 80_000},
    {"iss": "another venue"},
    {"iss": None},
    {"aud": "another venue"},
    {"aud": None},
    {"sub": None},
    {"sub": "one"},
    {"acc": None},
    {"acc": "a"},
    {"email": None, "role": None},
]


@pytest.mark.parametrize("changed", CHANGED, ids=str)
async def test_claims_for_another_time_place_or_nobody_are_refused(
    accounts: Accounts, changed: dict[str, Any]
) -> None:
    claims = {name: said for name, said in (CLAIMS | changed).items() if said is not None}
    await refused(accounts, signed(accounts.signing["k1"], {"alg": "EdDSA", "kid": "k1"}, claims))


async def test_one_bit_changed_anywhere_is_refused(accounts: Accounts) -> None:
    token = signed(accounts.signing["k1"], {"alg": "EdDSA", "kid": "k1"}, CLAIMS)
    authenticator = Authenticator(accounts)
    for at in range(len(token)):
        for bit in (1, 4):
            changed = token[:at] + chr(ord(token[at]) ^ bit) + token[at + 1 :]
            if _same_bytes(changed, token):  # the last character of a part has bits to spare
                continue
            with pytest.raises(ApiError) as caught:
                await authenticator.token(changed)
            assert caught.value.status == 401


def _same_bytes(left: str, right: str) -> bool:
    def parts(token: str) -> list[bytes]:
        return [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]

    try:
        return parts(left) == parts(right)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b.c", "é.é.é", "{}.{}.{}", "null", "=" * 50, "." * 9_000]
)
async def test_what_is_no_token_is_refused(accounts: Accounts, token: str) -> None:
    await refused(accounts, token)


async def test_unknown_names_do_not_make_the_gateway_ask_for_keys_each_time(
    accounts: Accounts,
) -> None:
    authenticator = Authenticator(accounts, Clock())
    for number in range(50):
        token = signed(Ed25519PrivateKey.generate(), {"alg": "EdDSA", "kid": f"{number}"}, CLAIMS)
        with pytest.raises(ApiError):
            await authenticator.token(token)
    assert accounts.jwks_asked == 1


async def test_a_key_that_is_withdrawn_is_believed_for_minutes_at_most(accounts: Accounts) -> None:
    clock = Clock()
    authenticator = Authenticator(accounts, clock)
    token, other = accounts.token("k1"), accounts.token("k1")
    await authenticator.token(token)
    accounts.signing = {"k2": Ed25519PrivateKey.generate()}
    clock.now_s += auth.JWKS_VALID_S + 1
    with pytest.raises(ApiError):
        await authenticator.token(other)


async def test_while_accounts_is_away_the_known_keys_do(accounts: Accounts) -> None:
    clock = Clock()
    authenticator = Authenticator(accounts, clock)
    await authenticator.token(accounts.token("k1"))
    accounts.up = False
    clock.now_s += auth.JWKS_VALID_S + 1
    assert (await authenticator.token(accounts.token("k1"))).account_id == 1000


async def test_a_revoked_session_is_refused_though_its_token_was_seen(accounts: Accounts) -> None:
    authenticator = Authenticator(accounts)
    claims = CLAIMS | {"sid": "5"}
    token = signed(accounts.signing["k1"], {"alg": "EdDSA", "kid": "k1"}, claims)
    principal = await authenticator.token(token)
    assert await authenticator.still_valid(principal)
    authenticator.revoked.add(["5"])
    assert not await authenticator.still_valid(principal)
    with pytest.raises(ApiError):
        await authenticator.token(token)
