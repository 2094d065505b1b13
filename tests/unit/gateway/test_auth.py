"""Keys and secrets are asked for when they are needed, and never believed for too long."""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.access import auth
from gateway.access.auth import Authenticator
from gateway.calls.identity_rows import ApiKeySecret
from gateway.errors import ApiError, unavailable


class Accounts:
    """Keys by name; counts how often it is asked."""

    def __init__(self) -> None:
        self.signing = {"k1": Ed25519PrivateKey.generate()}
        self.secrets = {"key": ApiKeySecret("key", "secret", 1, 1000, ["read"])}
        self.jwks_asked = self.secrets_asked = 0
        self.up = True

    async def jwks(self) -> dict[str, object]:
        self.jwks_asked += 1
        if not self.up:
            raise unavailable("accounts")
        return {
            "keys": [
                json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
                | {"kid": kid, "alg": "EdDSA", "use": "sig"}
                for kid, key in self.signing.items()
            ]
        }

    async def api_key_secret(self, api_key: str) -> ApiKeySecret:
        self.secrets_asked += 1
        await asyncio.sleep(0)
        if not self.up:
            raise unavailable("accounts")
        if api_key not in self.secrets:
            raise ApiError(404, "NOT_FOUND", "no such API key")
        return self.secrets[api_key]

    def token(self, kid: str) -> str:
        claims = {
            "iss": "openbell",
            "aud": "openbell",
            "sub": "1",
            "acc": 1000,
            "email": "a@example.com",
            "role": "user",
            "exp": int(time.time()) + 900,
            "jti": str(time.perf_counter_ns()),
        }
        return jwt.encode(claims, self.signing[kid], "EdDSA", headers={"kid": kid})


class Clock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def ask(authenticator: Authenticator, api_key: str = "key", secret: str = "secret") -> int:
    timestamp = str(time.time_ns() // 1_000_000)
    message = timestamp.encode() + b"\nGET/api/v1/balances"
    signature = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    payload = b"GET/api/v1/balances"
    return (
        await authenticator.api_key(api_key, timestamp, signature, payload, "10.0.0.1")
    ).account_id


async def status_of(authenticator: Authenticator, api_key: str = "key") -> int:
    with pytest.raises(ApiError) as caught:
        await ask(authenticator, api_key)
    return caught.value.status


async def test_public_keys_are_asked_for_once(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    principals = await asyncio.gather(
        *(authenticator.token(accounts.token("k1")) for _ in range(10))
    )
    assert {principal.account_id for principal in principals} == {1000}
    assert accounts.jwks_asked == 1


async def test_a_new_signing_key_is_looked_for_but_not_at_every_token(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    await authenticator.token(accounts.token("k1"))
    accounts.signing["k2"] = Ed25519PrivateKey.generate()
    with pytest.raises(ApiError):
        await authenticator.token(accounts.token("k2"))
    assert accounts.jwks_asked == 1
    clock.now_s += auth.JWKS_REFRESH_MIN_S
    assert (await authenticator.token(accounts.token("k2"))).account_id == 1000
    assert accounts.jwks_asked == 2


async def test_known_keys_do_without_accounts(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    await authenticator.token(accounts.token("k1"))
    accounts.up = False
    assert (await authenticator.token(accounts.token("k1"))).account_id == 1000


async def test_a_secret_is_asked_for_once_by_many(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    assert set(await asyncio.gather(*(ask(authenticator) for _ in range(20)))) == {1000}
    assert accounts.secrets_asked == 1


async def test_a_key_in_use_survives_a_short_absence_of_accounts(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    await ask(authenticator)
    accounts.up = False
    clock.now_s += auth.SECRET_VALID_S - 1
    assert await ask(authenticator) == 1000
    await asyncio.sleep(0.01)
    clock.now_s += 2
    assert await status_of(authenticator) == 503


async def test_a_revoked_key_is_refused_within_its_time(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    await ask(authenticator)
    del accounts.secrets["key"]
    clock.now_s += auth.SECRET_VALID_S
    assert await status_of(authenticator) == 401


async def test_unknown_keys_are_remembered_as_such(clock: Clock) -> None:
    accounts = Accounts()
    authenticator = Authenticator(accounts, clock)
    for _ in range(5):
        assert await status_of(authenticator, "nobody") == 401
    assert accounts.secrets_asked == 1


async def test_a_wrong_secret_answers_as_an_unknown_key() -> None:
    authenticator = Authenticator(Accounts())
    answers = []
    for api_key, secret in (("key", "wrong"), ("nobody", "secret")):
        with pytest.raises(ApiError) as caught:
            await ask(authenticator, api_key, secret)
        answers.append((caught.value.status, caught.value.code, caught.value.message))
    assert answers[0] == answers[1] == (401, "UNAUTHENTICATED", answers[0][2])


async def test_an_ed25519_key_signs_requests_of_the_native_api_too() -> None:
    accounts = Accounts()
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    accounts.secrets["pair"] = ApiKeySecret("pair", f"ed25519:{public}", 1, 1000, ["read"])
    authenticator = Authenticator(accounts)
    timestamp = str(time.time_ns() // 1_000_000)
    signature = base64.b64encode(private.sign(timestamp.encode() + b"\nGET/x")).decode()
    principal = await authenticator.api_key("pair", timestamp, signature, b"GET/x", "")
    assert principal.account_id == 1000
    with pytest.raises(ApiError):
        await authenticator.api_key("pair", timestamp, signature, b"GET/y", "")
    # Everybody may know a public key: it must never do for a secret.
    forged = hmac.new(f"ed25519:{public}".encode(), timestamp.encode() + b"\nGET/x", hashlib.sha256)
    with pytest.raises(ApiError):
        await authenticator.api_key("pair", timestamp, forged.hexdigest(), b"GET/x", "")
