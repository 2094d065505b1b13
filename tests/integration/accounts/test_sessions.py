"""Sessions: refreshed by one winner, listed, ended; passwords changed, keys rotated."""

import asyncio

import jwt
import pytest
from argon2 import PasswordHasher

from accounts.errors import Refusal, RefusalCode
from accounts.identity.auth import SignedIn
from accounts.identity.sessions_repository import (
    revoke_session,
    revoke_sessions_but,
    revoked_since,
    sessions_of_user,
)
from accounts.identity.signing_keys_repository import public_keys, signing_key
from accounts.identity.tokens import ACCESS_TOKEN_S
from accounts.identity.users_repository import user_by_email
from domain.units import NS_PER_S
from tests.integration.accounts.identity_rig import (
    PASSWORD,
    IdentityRig,
    refused,
    running_identity,
)

ADA = "ada@example.com"
RACES = 1_000


@pytest.fixture
async def rig(postgres_url):
    async with running_identity(postgres_url) as running:
        yield running


def session_of(signed_in: SignedIn) -> str:
    claims = jwt.decode(signed_in.access_token, options={"verify_signature": False})
    return str(claims["sid"])


async def listed(rig: IdentityRig, user_id: int) -> list[str]:
    async with rig.pool.acquire() as connection:
        found = await sessions_of_user(connection, user_id, rig.clock.now_ns())
    return [str(one.session_id) for one in found]


async def test_a_thousand_races_for_one_refresh_have_one_winner_each(rig):
    await rig.sign_up(ADA)
    token = (await rig.session(ADA)).refresh_token
    for _ in range(RACES):
        race = [rig.parts.auth.refresh(token) for _ in range(2)]
        answers = await asyncio.gather(*race, return_exceptions=True)
        (won,) = [one for one in answers if isinstance(one, SignedIn)]
        (lost,) = [one for one in answers if isinstance(one, Refusal)]
        assert lost.code is RefusalCode.INVALID_REFRESH_TOKEN
        # The loser's try is a second use: the family has ended, and the winner's token with it.
        async with refused(RefusalCode.INVALID_REFRESH_TOKEN):
            await rig.parts.auth.refresh(won.refresh_token)
        async with rig.pool.acquire() as connection:
            await connection.execute("UPDATE accounts.sessions SET revoked_ts_ns = NULL")
        token = won.refresh_token


async def test_a_session_that_goes_on_for_ever_does_not_grow(rig):
    await rig.sign_up(ADA)
    token = (await rig.session(ADA)).refresh_token
    for _ in range(10):
        rig.clock.advance(10 * 86_400 * NS_PER_S)
        token = (await rig.parts.auth.refresh(token)).refresh_token
    async with rig.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM accounts.refresh_tokens") == 3


async def test_sessions_are_listed_newest_use_first_and_end_one_by_one(rig):
    user_id = await rig.sign_up(ADA)
    first = await rig.session(ADA)
    rig.pass_s(1)
    second = await rig.session(ADA)
    assert await listed(rig, user_id) == [session_of(second), session_of(first)]
    rig.pass_s(1)
    first = await rig.parts.auth.refresh(first.refresh_token)
    assert await listed(rig, user_id) == [session_of(first), session_of(second)]
    async with rig.pool.acquire() as connection:
        theirs = (await sessions_of_user(connection, user_id, rig.clock.now_ns()))[0]
        assert (theirs.user_agent, theirs.ip) == ("a browser", "10.0.0.1")
        stranger = await rig.sign_up("bob@example.com")
        now_ns = rig.clock.now_ns()
        assert not await revoke_session(connection, theirs.session_id, stranger, now_ns)
        assert await revoke_session(connection, theirs.session_id, user_id, now_ns)
        assert not await revoke_session(connection, theirs.session_id, user_id, now_ns)
        assert await revoked_since(connection, now_ns) == [theirs.session_id]
    async with refused(RefusalCode.INVALID_REFRESH_TOKEN):
        await rig.parts.auth.refresh(first.refresh_token)
    assert await listed(rig, user_id) == [session_of(second)]


async def test_all_sessions_end_but_the_one_that_asks(rig):
    user_id = await rig.sign_up(ADA)
    sessions = [await rig.session(ADA) for _ in range(3)]
    async with rig.pool.acquire() as connection:
        found = await sessions_of_user(connection, user_id, rig.clock.now_ns())
        kept = next(one for one in found if str(one.session_id) == session_of(sessions[1]))
        await revoke_sessions_but(connection, user_id, kept.session_id, rig.clock.now_ns())
    assert await listed(rig, user_id) == [session_of(sessions[1])]


async def test_a_new_password_ends_the_other_sessions(rig):
    user_id = await rig.sign_up(ADA)
    here, there = await rig.session(ADA), await rig.session(ADA)
    async with rig.pool.acquire() as connection:
        found = await sessions_of_user(connection, user_id, rig.clock.now_ns())
    kept = next(one.session_id for one in found if str(one.session_id) == session_of(here))
    change = rig.parts.own.change_password
    async with refused(RefusalCode.WRONG_PASSWORD):
        await change(user_id, kept, "a wrong password", "another horse", "10.0.0.1")
    await change(user_id, kept, PASSWORD, "another horse", "10.0.0.1")
    assert await listed(rig, user_id) == [session_of(here)]
    async with refused(RefusalCode.INVALID_REFRESH_TOKEN):
        await rig.parts.auth.refresh(there.refresh_token)
    await rig.parts.auth.refresh(here.refresh_token)
    async with refused(RefusalCode.INVALID_CREDENTIALS):
        await rig.login(ADA)


async def test_a_hash_of_yesterdays_parameters_is_renewed_at_a_login(rig):
    await rig.sign_up(ADA)
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    async with rig.pool.acquire() as connection:
        await connection.execute("UPDATE accounts.users SET password_hash = $1", weak)
        async with refused(RefusalCode.INVALID_CREDENTIALS):
            await rig.login(ADA, "a wrong password")
        stored = await user_by_email(connection, ADA)
        assert stored is not None and stored.password_hash == weak
        await rig.session(ADA)
        stored = await user_by_email(connection, ADA)
    assert stored is not None and "m=19456,t=2,p=1" in stored.password_hash
    await rig.session(ADA)


async def test_a_signing_key_is_followed_and_verifies_until_its_last_token_ends(rig):
    await rig.sign_up(ADA)
    old = await rig.session(ADA)
    old_kid = jwt.get_unverified_header(old.access_token)["kid"]
    rig.pass_s(60)
    new_kid = await rig.parts.auth.follow_signing_key(rig.box)
    new = await rig.session(ADA)
    assert jwt.get_unverified_header(new.access_token)["kid"] == new_kid != old_kid

    async def published() -> list[str]:
        async with rig.pool.acquire() as connection:
            return [one["kid"] for one in await public_keys(connection, rig.clock.now_ns())]

    assert await published() == [new_kid, old_kid]
    rig.pass_s(ACCESS_TOKEN_S)
    assert await published() == [new_kid, old_kid]
    rig.pass_s(60)
    assert await published() == [new_kid]
    async with rig.pool.acquire() as connection:  # as a process that starts does
        assert (await signing_key(connection, rig.box, rig.clock.now_ns())).kid == new_kid


SAME = ("ADA@EXAMPLE.COM", "  Ada@example.com ", "ada@Example.COM")
ANOTHER = (
    "\u212aada@example.com",  # the Kelvin sign, which folds into k
    "ada@example.com\u200b",
    "\uff41da@example.com",  # a wide a
    "ada@ex\u00e4mple.com",
    "ada@example.com\x00",
    "ada@example.com\r\nBcc: eve@example.com",
    "ada%40example.com",
    "ada@example.com,eve@example.com",
    '"ada"@example.com',
    "ada@example.com' OR '1'='1",
)


async def test_an_address_is_one_user_however_it_is_written(rig):
    await rig.sign_up(ADA)
    for written in SAME:
        async with refused(RefusalCode.EMAIL_TAKEN):
            await rig.sign_up(written)
        assert isinstance(await rig.login(written), SignedIn)


async def test_an_address_that_only_looks_like_anothers_is_nobodys(rig):
    await rig.sign_up(ADA)
    for number, written in enumerate(ANOTHER):
        async with refused(RefusalCode.INVALID_REQUEST):
            await rig.sign_up(written)
        rig.pass_s(300)  # all of them are one unknown address, which may be tried ten times
        async with refused(RefusalCode.INVALID_CREDENTIALS):
            await rig.login(written, ip=f"10.0.0.{number}")
