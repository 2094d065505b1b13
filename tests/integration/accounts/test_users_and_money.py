"""Users, keys and money through the real accounts process, which all of these tests share."""

import asyncio

import jwt
import pytest

from service.errors import CallFailed

BTC_UNIT = 10**8

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def venue(shared_venue):
    return shared_venue


async def test_logins_rotate_and_a_stolen_refresh_token_ends_the_session(venue):
    user = await venue.sign_up("ada@example.com")
    login = {"email": "Ada@Example.com", "password": "correct horse", "ip": "10.0.0.1"}
    first = await venue.accounts.call("POST", "/internal/login", login)

    async with venue.accounts.http.get(f"{venue.accounts.url}/.well-known/jwks.json") as response:
        keys = jwt.PyJWKSet.from_dict(await response.json())
    kid = jwt.get_unverified_header(first["access_token"])["kid"]
    claims = jwt.decode(
        first["access_token"], keys[kid].key, ["EdDSA"], audience="openbell", issuer="openbell"
    )
    assert (claims["sub"], claims["acc"]) == (str(user["user_id"]), user["account_id"])
    assert claims["exp"] - claims["iat"] == 900

    async def refresh(token):
        body = {"refresh_token": token}
        return await venue.accounts.call("POST", "/internal/refresh", body)

    second = await refresh(first["refresh_token"])
    with pytest.raises(CallFailed, match="INVALID_REFRESH_TOKEN"):
        await refresh(first["refresh_token"])
    with pytest.raises(CallFailed, match="INVALID_REFRESH_TOKEN"):
        await refresh(second["refresh_token"])


async def test_of_two_uses_of_one_refresh_token_at_once_one_wins(venue):
    await venue.sign_up("bob@example.com")
    login = {"email": "bob@example.com", "password": "correct horse"}
    for _ in range(20):
        signed_in = await venue.accounts.call("POST", "/internal/login", login)
        body = {"refresh_token": signed_in["refresh_token"]}
        race = [venue.accounts.call("POST", "/internal/refresh", body) for _ in range(4)]
        answers = await asyncio.gather(*race, return_exceptions=True)
        assert sum(isinstance(one, dict) for one in answers) == 1


async def test_after_logout_the_refresh_token_is_worth_nothing(venue):
    await venue.sign_up("cyd@example.com")
    login = {"email": "cyd@example.com", "password": "correct horse"}
    body = {
        "refresh_token": (await venue.accounts.call("POST", "/internal/login", login))[
            "refresh_token"
        ]
    }
    await venue.accounts.call("POST", "/internal/logout", body)
    with pytest.raises(CallFailed, match="INVALID_REFRESH_TOKEN"):
        await venue.accounts.call("POST", "/internal/refresh", body)


async def test_guessing_a_password_is_stopped_after_ten_tries(venue):
    await venue.sign_up("dan@example.com")
    codes = []
    for number in range(12):
        wrong = {
            "email": "dan@example.com",
            "password": f"guess {number}",
            "ip": f"10.0.0.{number}",
        }
        with pytest.raises(CallFailed) as failed:
            await venue.accounts.call("POST", "/internal/login", wrong)
        codes.append((failed.value.status, failed.value.code))
    assert codes == [(401, "INVALID_CREDENTIALS")] * 10 + [(429, "TOO_MANY_ATTEMPTS")] * 2
    assert failed.value.retry_after_s and failed.value.retry_after_s <= 301


async def test_an_api_key_shows_its_secret_to_the_gateway_until_it_is_deleted(venue):
    user = await venue.sign_up("eve@example.com")
    wanted = {"user_id": user["user_id"], "label": "bot", "permissions": ["trade", "read"]}
    made = await venue.accounts.call("POST", "/internal/api-keys", wanted)
    path = f"/internal/api-keys/{made['api_key']}"

    secret = await venue.accounts.call("GET", f"{path}/secret")
    assert secret["secret"] == made["api_secret"]
    assert (secret["account_id"], secret["permissions"]) == (user["account_id"], ["read", "trade"])
    listed = await venue.accounts.call("GET", "/internal/api-keys", user_id=user["user_id"])
    assert ["api_secret" in key or "secret" in key for key in listed["api_keys"]] == [False]

    with pytest.raises(CallFailed, match="NOT_FOUND"):
        await venue.accounts.call("DELETE", path, user_id=user["user_id"] + 1)
    await venue.accounts.call("DELETE", path, user_id=user["user_id"])
    with pytest.raises(CallFailed, match="NOT_FOUND"):
        await venue.accounts.call("GET", f"{path}/secret")


async def test_the_faucet_gives_no_more_than_its_daily_limit(venue):
    user = await venue.sign_up("fay@example.com", BTC=9 * BTC_UNIT)
    more = {"account_id": user["account_id"], "asset": "BTC", "amount_atoms": BTC_UNIT + 1}
    with pytest.raises(CallFailed) as failed:
        await venue.accounts.call("POST", "/internal/faucet", more)
    assert (failed.value.status, failed.value.code) == (429, "FAUCET_LIMIT")
    gift = await venue.accounts.call("POST", "/internal/faucet", more | {"amount_atoms": BTC_UNIT})
    assert (gift["available_atoms"], gift["held_atoms"]) == (10 * BTC_UNIT, 0)


async def test_the_same_deposit_reference_is_executed_once(venue):
    user = await venue.sign_up("gil@example.com")
    deposit = {
        "account_id": user["account_id"],
        "asset": "BTC",
        "amount_atoms": 5,
        "external_ref": "wire 77",
    }
    calls = [venue.accounts.call("POST", "/internal/deposits", deposit) for _ in range(5)]
    answers = await asyncio.gather(*calls)
    assert len({one["source_seq"] for one in answers}) == 1
    assert {one["available_atoms"] for one in answers} == {5}
    with pytest.raises(CallFailed, match="REFERENCE_REUSED"):
        await venue.accounts.call("POST", "/internal/deposits", deposit | {"amount_atoms": 6})


async def test_money_the_engine_refuses_leaves_no_gap_in_the_numbers(venue):
    user = await venue.sign_up("hal@example.com")
    deposit = {"account_id": user["account_id"], "asset": "BTC"}

    async def give(amount_atoms, external_ref):
        body = deposit | {"amount_atoms": amount_atoms, "external_ref": external_ref}
        return await venue.accounts.call("POST", "/internal/deposits", body)

    first = await give(1, "first")
    with pytest.raises(CallFailed, match="SUPPLY_LIMIT"):
        await give(2**62, "too much")
    second = await give(7, "second")
    assert second["source_seq"] == first["source_seq"] + 1
    assert second["available_atoms"] == 8


BAD_CALLS = [
    ("POST", "/internal/sign-up", {"email": "no", "password": "long enough"}, 422),
    ("POST", "/internal/sign-up", {"email": "a@b.co", "password": "short"}, 422),
    ("POST", "/internal/sign-up", {"email": "a@b.co"}, 422),
    ("POST", "/internal/sign-up", {"email": "a@b.co", "password": "long enough", "x": 1}, 422),
    ("POST", "/internal/sign-up", [1, 2], 422),
    ("POST", "/internal/login", {"email": "a@b.co", "password": "long enough"}, 401),
    ("POST", "/internal/refresh", {"refresh_token": "nothing"}, 401),
    ("POST", "/internal/faucet", {"account_id": 1, "asset": "BTC", "amount_atoms": 0}, 422),
    ("POST", "/internal/faucet", {"account_id": 5, "asset": "BTC", "amount_atoms": 1}, 404),
    ("POST", "/internal/faucet", {"account_id": 5, "asset": "XXX", "amount_atoms": 1}, 404),
    ("POST", "/internal/faucet", {"account_id": 5, "asset": "BTC", "amount_atoms": 2**63}, 422),
    ("POST", "/internal/faucet", {"account_id": 5, "asset": "BTC", "amount_atoms": 1.5}, 422),
    ("GET", "/internal/users/0", None, 422),
    ("GET", "/internal/users/999", None, 404),
    ("GET", "/internal/accounts/999/balances", None, 404),
    ("GET", "/internal/accounts/999/orders", None, 404),
    ("GET", "/internal/accounts/1000/orders?limit=0", None, 422),
    ("GET", "/internal/accounts/1000/orders?limit=99999999999999999999", None, 422),
    ("GET", "/internal/accounts/1000/orders?status=maybe", None, 422),
    ("GET", "/internal/accounts/1000/orders?client_order_id=%20", None, 422),
    ("GET", "/internal/accounts/1000/orders/7", None, 404),
    ("GET", "/internal/accounts/1000/fills?symbol=NO-NO", None, 404),
    ("GET", "/internal/accounts/1000/fills?before_trade_id=1", None, 422),
    ("GET", "/internal/accounts/1000/ledger?before=x-1", None, 422),
    ("GET", "/internal/accounts/1000/ledger?asset=NO", None, 404),
    ("GET", "/internal/api-keys", None, 422),
    ("GET", "/internal/nothing", None, 404),
    ("DELETE", "/internal/cursor", None, 405),
]


async def test_bad_calls_get_a_clear_error_and_the_process_lives(venue):
    await venue.sign_up("ivy@example.com")
    for method, path, body, status in BAD_CALLS:
        path_only, _, query = path.partition("?")
        parts = dict(part.split("=", 1) for part in query.split("&")) if query else {}
        parts = {key: text.replace("%20", " ") for key, text in parts.items()}
        with pytest.raises(CallFailed) as failed:
            await venue.accounts.call(method, path_only, body, **parts)
        assert (path, failed.value.status) == (path, status)
        assert failed.value.code != "UNKNOWN" and failed.value.message
    async with venue.accounts.http.post(f"{venue.accounts.url}/internal/faucet") as response:
        assert response.status == 401
    huge = {"email": "a" * 100_000, "password": "long enough"}
    with pytest.raises(CallFailed) as failed:
        await venue.accounts.call("POST", "/internal/sign-up", huge)
    assert failed.value.status == 413
    async with venue.accounts.http.get(f"{venue.accounts.url}/healthz") as response:
        assert response.status == 200
