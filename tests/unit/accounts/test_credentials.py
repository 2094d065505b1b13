"""Passwords, tokens, sealed secrets and the limit on guessing."""

import asyncio
import threading
import uuid

import jwt
import pytest

from accounts.errors import Refusal, RefusalCode
from accounts.identity.email_addresses import checked_email
from accounts.identity.login_limits import (
    FAILURES_PER_EMAIL_MAX,
    FAILURES_PER_IP_MAX,
    WINDOW_S,
    LoginLimits,
)
from accounts.identity.passwords import HASHES_WAITING_MAX, Passwords, checked_password
from accounts.identity.sealed_secrets import CannotUnseal, SecretBox
from accounts.identity.tokens import SigningKey, jwk, new_refresh_token, refresh_token_hash
from accounts.identity.users_repository import User
from domain.units import NS_PER_S

ADA = User(7, "ada@example.com", "", "user", 1, 1_000)


async def test_a_password_matches_its_own_hash_alone():
    passwords = Passwords()
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.matches("correct horse", stored) is True
    assert await passwords.matches("correct hors", stored) is False


async def test_an_unknown_user_matches_nothing_not_even_the_dummy():
    assert await Passwords().matches("nobody has this password", None) is False


async def test_past_the_bound_a_login_is_refused_at_once(monkeypatch):
    passwords = Passwords()
    may_go_on = threading.Event()
    monkeypatch.setattr(passwords, "_verify", lambda *_: may_go_on.wait(20))
    waiting = [asyncio.create_task(passwords.matches("x", None)) for _ in range(HASHES_WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await passwords.matches("x", None)
    assert refused.value.code is RefusalCode.BUSY and refused.value.retry_after_s == 1
    may_go_on.set()
    await asyncio.gather(*waiting)
    assert await passwords.matches("x", None) is False


def test_ten_failures_close_an_e_mail_until_the_first_is_five_minutes_old():
    limits = LoginLimits()
    for second in range(FAILURES_PER_EMAIL_MAX):
        limits.attempt("ada", f"10.0.0.{second}", second * NS_PER_S)
    with pytest.raises(Refusal) as refused:
        limits.attempt("ada", "10.0.0.99", 100 * NS_PER_S)
    assert refused.value.retry_after_s == WINDOW_S - 100 + 1
    limits.attempt("bob", "10.0.0.99", 100 * NS_PER_S)
    limits.attempt("ada", "10.0.0.99", WINDOW_S * NS_PER_S)


def test_fifty_failures_close_an_address():
    limits = LoginLimits()
    for number in range(FAILURES_PER_IP_MAX):
        limits.attempt(f"user-{number}", "10.0.0.1", number)
    with pytest.raises(Refusal):
        limits.attempt("another", "10.0.0.1", 100)


def test_a_success_is_not_counted():
    limits = LoginLimits()
    for number in range(3 * FAILURES_PER_IP_MAX):
        limits.attempt("ada", "10.0.0.1", number)
        limits.succeeded("ada", "10.0.0.1")


def test_a_secret_opens_only_under_its_key_and_for_its_owner():
    box = SecretBox("11" * 32)
    sealed = box.seal(b"secret", "api_key:a")
    assert box.unseal(sealed, "api_key:a") == b"secret" and b"secret" not in sealed
    assert sealed != box.seal(b"secret", "api_key:a")
    for other, owner, stored in (
        (SecretBox("22" * 32), "api_key:a", sealed),
        (box, "api_key:b", sealed),
        (box, "api_key:a", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (box, "api_key:a", b""),
    ):
        with pytest.raises(CannotUnseal):
            other.unseal(stored, owner)


def test_an_access_token_is_verified_with_the_published_key():
    key = SigningKey.generate()
    token = key.access_token(ADA, uuid.UUID(int=5), 1_700_000_000 * NS_PER_S)
    published = jwt.PyJWK.from_dict(jwk(key.kid, key.public_bytes))
    claims = jwt.decode(
        token,
        published.key,
        ["EdDSA"],
        audience="openbell",
        options={"verify_exp": False},
    )
    assert (claims["sub"], claims["acc"], claims["email"]) == ("7", 1_000, "ada@example.com")
    assert claims["sid"] == str(uuid.UUID(int=5))
    assert claims["exp"] == 1_700_000_000 + 900
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "JWT", "kid": key.kid}


def test_refresh_tokens_are_256_random_bits_and_stored_hashed():
    token = new_refresh_token()
    assert len(token) == 43 and token != new_refresh_token()
    assert len(refresh_token_hash(token)) == 32


@pytest.mark.parametrize(
    "text", ["", "ada", "@b.co", "a@b", "a b@c.de", "a@-b.co", "ä@b.co", "a@b..co", "x" * 260]
)
def test_what_is_no_e_mail_address_is_refused(text):
    with pytest.raises(Refusal):
        checked_email(text)


def test_an_e_mail_address_is_stored_in_lower_case():
    assert checked_email(" Ada+x@Example.COM ") == "ada+x@example.com"


@pytest.mark.parametrize("password", ["", "1234567", "x" * 129])
def test_a_password_is_neither_short_nor_endless(password):
    with pytest.raises(Refusal):
        checked_password(password)
