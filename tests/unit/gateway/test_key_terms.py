"""An API key works from its networks, until its end, for what it may do; and is seen to be used."""

import hashlib
import hmac
import time

import pytest

from gateway.access.auth import Authenticator
from gateway.access.credential_news import USED_AT_ONCE_MAX, KeyUse, RevokedSessions
from gateway.access.key_terms import is_from
from gateway.binance.authentication import key_holder
from gateway.binance.errors import BinanceError
from gateway.calls.identity_rows import ApiKeySecret
from gateway.errors import ApiError
from tests.unit.gateway.test_auth import Accounts


@pytest.mark.parametrize(
    ("ip", "networks", "inside"),
    [
        ("10.1.2.3", [], True),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("203.0.113.7", ["203.0.113.7/32"], True),
        ("203.0.113.8", ["203.0.113.7/32"], False),
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], True),
        ("::ffff:11.1.2.3", ["10.0.0.0/8"], False),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db9::1", ["2001:db8::/32", "10.0.0.0/8"], False),
        ("10.1.2.3", ["2001:db8::/32"], False),
        ("fe80::1%eth0", ["fe80::/10"], True),
        ("", ["0.0.0.0/0"], False),
        ("unknown", ["0.0.0.0/0"], False),
        ("10.0.0.1, 11.0.0.1", ["10.0.0.0/8"], False),
    ],
)
def test_an_address_lies_in_a_network_or_not(ip: str, networks: list[str], inside: bool) -> None:
    assert is_from(ip, networks) is inside


def confined(accounts: Accounts, networks: list[str], expires_ts_ns: int | None = None) -> None:
    accounts.secrets["key"] = ApiKeySecret(
        "key", "secret", 1, 1000, ["read"], networks, expires_ts_ns
    )


async def ask(authenticator: Authenticator, ip: str, secret: str = "secret") -> int:
    timestamp = str(time.time_ns() // 1_000_000)
    mac = hmac.new(secret.encode(), timestamp.encode() + b"\nGET/x", hashlib.sha256).hexdigest()
    return (await authenticator.api_key("key", timestamp, mac, b"GET/x", ip)).account_id


async def test_a_key_is_refused_from_elsewhere_once_it_has_proved_itself() -> None:
    accounts = Accounts()
    confined(accounts, ["10.0.0.0/8"])
    authenticator = Authenticator(accounts)
    assert await ask(authenticator, "10.0.0.1") == 1000
    with pytest.raises(ApiError) as caught:
        await ask(authenticator, "11.0.0.1")
    assert (caught.value.status, caught.value.code) == (403, "FORBIDDEN")
    with pytest.raises(ApiError) as caught:  # a thief of the name alone is not told
        await ask(authenticator, "11.0.0.1", "a guess")
    assert caught.value.code == "UNAUTHENTICATED"
    assert authenticator.use.take().keys() == {"key"}


async def test_the_other_dialect_answers_a_key_from_elsewhere_as_it_does_an_unknown_one() -> None:
    accounts = Accounts()
    confined(accounts, ["10.0.0.0/8"])
    authenticator = Authenticator(accounts)
    await key_holder(authenticator, "key", "10.0.0.1")
    answers = []
    for name, ip in (("key", "11.0.0.1"), ("nobody", "10.0.0.1")):
        with pytest.raises(BinanceError) as caught:
            await key_holder(authenticator, name, ip)
        answers.append((caught.value.status, caught.value.code))
    assert answers == [(401, -2015)] * 2


async def test_a_key_ends_at_its_time_also_where_a_connection_lives_on_it() -> None:
    accounts = Accounts()
    confined(accounts, [], time.time_ns() + 60 * 10**9)
    authenticator = Authenticator(accounts)
    found = await authenticator.key("key", "10.0.0.1")
    assert found is not None and await authenticator.still_valid(found[0])
    confined(accounts, [], time.time_ns())
    authenticator = Authenticator(accounts)
    assert not await authenticator.still_valid(found[0])
    with pytest.raises(ApiError) as caught:
        await ask(authenticator, "10.0.0.1")
    assert caught.value.code == "UNAUTHENTICATED"
    assert authenticator.use.take() == {}


def test_the_last_use_of_each_key_is_told_a_hundred_at_a_time() -> None:
    use = KeyUse()
    for number in range(USED_AT_ONCE_MAX + 1):
        use.note(f"key-{number}", 1)
    use.note("key-0", 2)
    first = use.take()
    assert len(first) == USED_AT_ONCE_MAX and first["key-0"] == 2
    assert use.take() == {f"key-{USED_AT_ONCE_MAX}": 1} and use.take() == {}


def test_revocations_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.access.credential_news.REVOKED_MAX", 3)
    revoked = RevokedSessions()
    revoked.add(["a", "b"])
    revoked.add(["b", "c", "d"])
    assert [name in revoked for name in "abcd"] == [False, True, True, True]
    assert None not in revoked
