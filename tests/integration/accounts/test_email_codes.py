"""One-time codes: over a real mail server, once, for a while, a few tries, and no word about who
has an account.
"""

import asyncio

import pytest

from accounts.errors import RefusalCode
from accounts.identity.api_keys_repository import KeyTerms, api_key_secret, create_api_key
from accounts.identity.auth import Device, SignedIn
from accounts.identity.email_codes import ATTEMPTS_MAX, CODE_S, REQUESTS_PER_EMAIL_MAX
from accounts.identity.email_codes_repository import Purpose
from accounts.identity.mail_catcher import MailCatcher
from accounts.identity.users_repository import user_by_email
from tests.integration.accounts.identity_rig import (
    DEMO,
    PASSWORD,
    PATIENCE_S,
    IdentityRig,
    refused,
    running_identity,
)

ADA = "ada@example.com"
PHONE = Device("a phone", "10.0.0.2")


@pytest.fixture
async def rig(postgres_url):
    async with running_identity(postgres_url) as running:
        yield running


def wrong(code: str) -> str:
    return "0000 0000" if code != "0000 0000" else "1111 1111"


async def is_verified(rig: IdentityRig, email: str) -> bool:
    async with rig.pool.acquire() as connection:
        user = await user_by_email(connection, email)
    assert user is not None
    return user.email_verified


async def test_a_new_user_is_sent_a_code_that_verifies_the_address(rig):
    await rig.parts.auth.sign_up(ADA, PASSWORD)
    await rig.mail_came(ADA)
    assert not await is_verified(rig, ADA)
    code = await rig.code(ADA, Purpose.VERIFY)  # it replaces the one that came by itself
    assert len(rig.parts.catcher.letters(ADA)) == 2
    await rig.parts.own.verify_email(ADA, code, "10.0.0.1")
    assert await is_verified(rig, ADA)


async def test_a_code_logs_in_once_and_verifies_the_address(rig):
    await rig.parts.auth.sign_up(ADA, PASSWORD)
    code = await rig.code(ADA, Purpose.LOGIN)
    signed_in = await rig.parts.auth.login_with_code(" Ada@Example.com", code, PHONE)
    assert isinstance(signed_in, SignedIn) and await is_verified(rig, ADA)
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.auth.login_with_code(ADA, code, PHONE)


async def test_who_signed_up_with_anothers_address_is_out_once_its_owner_comes(rig):
    for at, purpose in enumerate((Purpose.LOGIN, Purpose.RESET)):
        email = f"victim-{at}@example.com"
        await rig.parts.auth.sign_up(email, PASSWORD)
        thief = await rig.session(email)
        async with rig.pool.acquire() as connection:
            user = await user_by_email(connection, email)
            terms = KeyTerms("wait", ["trade"], [])
            key, _ = await create_api_key(connection, rig.box, user, terms, rig.clock.now_ns())
        code = await rig.code(email, purpose)
        if purpose is Purpose.LOGIN:
            mine = await rig.parts.auth.login_with_code(email, code, PHONE)
            await rig.parts.auth.refresh(mine.refresh_token)
        else:
            await rig.parts.own.reset_password(email, code, "another horse", "10.0.0.1")
        async with refused(RefusalCode.INVALID_REFRESH_TOKEN):
            await rig.parts.auth.refresh(thief.refresh_token)
        async with refused(RefusalCode.INVALID_CREDENTIALS):
            await rig.login(email)
        async with rig.pool.acquire() as connection:
            assert await api_key_secret(connection, rig.box, key.api_key) is None


async def test_of_many_uses_of_one_code_at_once_one_wins(rig):
    await rig.sign_up(ADA)
    code = await rig.code(ADA, Purpose.LOGIN)
    await rig.connect()
    race = [rig.parts.auth.login_with_code(ADA, code, PHONE) for _ in range(ATTEMPTS_MAX)]
    answers = await asyncio.gather(*race, return_exceptions=True)
    assert sum(isinstance(one, SignedIn) for one in answers) == 1


async def test_after_five_wrong_tries_the_right_code_is_worth_nothing(rig):
    await rig.sign_up(ADA)
    code = await rig.code(ADA, Purpose.LOGIN)
    guesses = [wrong(code)] * (ATTEMPTS_MAX - 1) + ["12", code]
    for guess in guesses:
        async with refused(RefusalCode.INVALID_CODE):
            await rig.parts.auth.login_with_code(ADA, guess, PHONE)


async def test_guesses_that_race_get_no_more_tries(rig):
    await rig.sign_up(ADA)
    code = await rig.code(ADA, Purpose.LOGIN)
    await rig.connect()
    race = [rig.parts.auth.login_with_code(ADA, wrong(code), PHONE) for _ in range(9)]
    await asyncio.gather(*race, return_exceptions=True)
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.auth.login_with_code(ADA, code, PHONE)


async def test_a_code_is_good_for_ten_minutes(rig):
    await rig.sign_up(ADA)
    code = await rig.code(ADA, Purpose.LOGIN)
    rig.pass_s(CODE_S)
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.auth.login_with_code(ADA, code, PHONE)


async def test_a_code_is_good_for_nothing_but_its_purpose_and_its_address(rig):
    await rig.sign_up(ADA)
    await rig.sign_up("bob@example.com")
    code = await rig.code(ADA, Purpose.VERIFY)
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.auth.login_with_code(ADA, code, PHONE)
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.own.reset_password(ADA, code, "another horse", "10.0.0.1")
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.own.verify_email("bob@example.com", code, "10.0.0.1")


async def test_codes_are_stored_as_keyed_hashes(rig):
    await rig.sign_up(ADA)
    code = (await rig.code(ADA, Purpose.LOGIN)).replace(" ", "")
    async with rig.pool.acquire() as connection:
        stored = await connection.fetchval("SELECT code_hash FROM accounts.email_codes")
    assert stored == rig.box.keyed_hash(code, f"email_code:2:{ADA}") and len(stored) == 32
    assert code.encode() not in stored


async def test_an_address_without_a_user_is_treated_alike_and_gets_no_mail(rig):
    nobody = "nobody@example.com"
    rig.parts.codes.request(nobody, Purpose.RESET, "10.0.0.1")
    await rig.sign_up(ADA)
    await rig.code(ADA, Purpose.RESET)
    async with asyncio.timeout(PATIENCE_S):
        while await rig.rows_of(nobody) == 0:
            await asyncio.sleep(0.01)
    assert await rig.rows_of(nobody) == await rig.rows_of(ADA) == 1
    assert rig.parts.catcher.letters(nobody) == []
    for email in (nobody, ADA):
        async with refused(RefusalCode.INVALID_CODE):
            await rig.parts.own.reset_password(email, "1234 567", "another horse", "10.0.0.1")


async def test_an_address_gets_five_codes_an_hour_whoever_asks(rig):
    for email in (ADA, "nobody@example.com"):
        for number in range(REQUESTS_PER_EMAIL_MAX):
            rig.parts.codes.request(email, Purpose.LOGIN, f"10.2.0.{number}")
        async with refused(RefusalCode.TOO_MANY_ATTEMPTS):
            rig.parts.codes.request(email, Purpose.RESET, "10.2.0.99")
    rig.pass_s(3_600)
    rig.parts.codes.request(ADA, Purpose.LOGIN, "10.2.0.99")


async def test_a_new_password_by_code_ends_every_session(rig):
    await rig.sign_up(ADA)
    session = await rig.session(ADA)
    code = await rig.code(ADA, Purpose.RESET)
    await rig.parts.own.reset_password(ADA, code, "another horse", "10.0.0.1")
    async with refused(RefusalCode.INVALID_REFRESH_TOKEN):
        await rig.parts.auth.refresh(session.refresh_token)
    async with refused(RefusalCode.INVALID_CREDENTIALS):
        await rig.login(ADA)
    assert isinstance(await rig.login(ADA, "another horse"), SignedIn)


async def test_a_bad_new_password_does_not_use_the_code_up(rig):
    await rig.sign_up(ADA)
    code = await rig.code(ADA, Purpose.RESET)
    async with refused(RefusalCode.INVALID_REQUEST):
        await rig.parts.own.reset_password(ADA, code, "short", "10.0.0.1")
    await rig.parts.own.reset_password(ADA, code, "another horse", "10.0.0.1")


async def test_where_a_login_needs_a_verified_address_it_waits_for_the_code(postgres_url):
    async with running_identity(postgres_url, login_needs_verified_email=True) as rig:
        await rig.parts.auth.sign_up(ADA, PASSWORD)
        async with refused(RefusalCode.EMAIL_NOT_VERIFIED):
            await rig.login(ADA)
        async with refused(RefusalCode.INVALID_CREDENTIALS):  # a stranger learns nothing
            await rig.login(ADA, "a wrong password")
        await rig.parts.own.verify_email(ADA, await rig.code(ADA, Purpose.VERIFY), "10.0.0.1")
        assert isinstance(await rig.login(ADA), SignedIn)


async def test_mail_goes_to_the_server_that_is_configured(postgres_url):
    async with running_identity(postgres_url) as rig:
        outside = MailCatcher(rig.clock)
        async with outside.listening(0):
            terms = dict(host="127.0.0.1", port=outside.port, sender="x@y.zz", tls="none")
            mail = type(DEMO.mail)(**terms)
            async with running_identity(postgres_url, mail=mail) as sender:
                assert sender.parts.catcher is None
                await sender.sign_up(ADA)
                sender.parts.codes.request(ADA, Purpose.LOGIN, "10.0.0.1")
                async with asyncio.timeout(10):
                    while not outside.letters(ADA):
                        await asyncio.sleep(0.01)


async def test_a_venue_without_mail_says_so(postgres_url):
    async with running_identity(postgres_url, is_demo=False) as rig:
        await rig.parts.auth.sign_up(ADA, PASSWORD)
        async with refused(RefusalCode.NO_MAIL):
            rig.parts.codes.request(ADA, Purpose.LOGIN, "10.0.0.1")
