"""The second factor: asked for at a login, good once, and only whoever has it gets rid of it."""

import asyncio

import pytest

from accounts.errors import RefusalCode
from accounts.identity.auth import Challenge, Device, SignedIn
from accounts.identity.email_codes_repository import Purpose
from accounts.identity.second_factor import CHALLENGE_ATTEMPTS_MAX, CHALLENGE_S, RECOVERY_CODES
from tests.integration.accounts.identity_rig import PASSWORD, refused, running_identity

ADA = "ada@example.com"
PHONE = Device("a phone", "10.0.0.2")


@pytest.fixture
async def rig(postgres_url):
    async with running_identity(postgres_url) as running:
        yield running


async def challenged(rig) -> str:
    answer = await rig.login(ADA)
    assert isinstance(answer, Challenge)
    return answer.challenge


async def test_a_login_goes_on_with_a_code_of_the_app(rig):
    app, _ = await rig.enrolled(await rig.sign_up(ADA), ADA)
    rig.pass_s(30)
    challenge = await challenged(rig)
    signed_in = await rig.parts.auth.finish_login(challenge, rig.shown(app), PHONE)
    assert isinstance(signed_in, SignedIn)


async def test_the_code_that_confirmed_it_is_used_up(rig):
    app, _ = await rig.enrolled(await rig.sign_up(ADA), ADA)
    async with refused(RefusalCode.INVALID_CODE):
        await rig.parts.auth.finish_login(await challenged(rig), rig.shown(app), PHONE)


async def test_a_code_seen_over_a_shoulder_is_good_for_nothing_more(rig):
    app, _ = await rig.enrolled(await rig.sign_up(ADA), ADA)
    rig.pass_s(60)
    code, older = rig.shown(app), rig.shown(app, -1)
    await rig.parts.auth.finish_login(await challenged(rig), code, PHONE)
    for used in (code, older):
        async with refused(RefusalCode.INVALID_CODE):
            await rig.parts.auth.finish_login(await challenged(rig), used, PHONE)


async def test_of_many_uses_of_one_code_at_once_one_wins(rig):
    user_id = await rig.sign_up(ADA)
    app, _ = await rig.enrolled(user_id, ADA)
    rig.pass_s(30)
    code = rig.shown(app)
    await rig.connect()
    race = [rig.parts.second_factors.check(user_id, code, "10.0.0.1") for _ in range(8)]
    answers = await asyncio.gather(*race, return_exceptions=True)
    assert answers.count(None) == 1


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True)])
async def test_the_apps_clock_may_be_off_by_one_step(rig, steps, good):
    user_id = await rig.sign_up(ADA)
    app, _ = await rig.enrolled(user_id, ADA)
    rig.pass_s(300)
    check = rig.parts.second_factors.check(user_id, rig.shown(app, steps), "10.0.0.1")
    if good:
        await check
    else:
        async with refused(RefusalCode.INVALID_CODE):
            await check


async def test_a_challenge_opens_nothing_by_itself_and_ends(rig):
    app, _ = await rig.enrolled(await rig.sign_up(ADA), ADA)
    rig.pass_s(30)
    challenge = await challenged(rig)
    async with refused(RefusalCode.INVALID_REFRESH_TOKEN):
        await rig.parts.auth.refresh(challenge)
    rig.pass_s(CHALLENGE_S)
    async with refused(RefusalCode.INVALID_CHALLENGE):
        await rig.parts.auth.finish_login(challenge, rig.shown(app), PHONE)


async def test_a_challenge_has_five_tries_and_a_user_ten(rig):
    app, _ = await rig.enrolled(await rig.sign_up(ADA), ADA)
    rig.pass_s(30)
    for _ in range(2):
        challenge = await challenged(rig)
        for _ in range(CHALLENGE_ATTEMPTS_MAX):
            async with refused(RefusalCode.INVALID_CODE):
                await rig.parts.auth.finish_login(challenge, "", PHONE)
        async with refused(RefusalCode.INVALID_CHALLENGE):
            await rig.parts.auth.finish_login(challenge, rig.shown(app), PHONE)
    async with refused(RefusalCode.TOO_MANY_ATTEMPTS):
        await rig.parts.auth.finish_login(await challenged(rig), rig.shown(app), PHONE)


async def test_a_challenge_is_used_up_by_its_session(rig):
    app, codes = await rig.enrolled(await rig.sign_up(ADA), ADA)
    rig.pass_s(30)
    challenge = await challenged(rig)
    await rig.parts.auth.finish_login(challenge, rig.shown(app), PHONE)
    async with refused(RefusalCode.INVALID_CHALLENGE):
        await rig.parts.auth.finish_login(challenge, codes[0], PHONE)


async def test_a_code_by_mail_does_not_go_around_the_second_factor(rig):
    user_id = await rig.sign_up(ADA)
    await rig.enrolled(user_id, ADA)
    code = await rig.code(ADA, Purpose.LOGIN)
    assert isinstance(await rig.parts.auth.login_with_code(ADA, code, PHONE), Challenge)
    code = await rig.code(ADA, Purpose.RESET)
    await rig.parts.own.reset_password(ADA, code, "another horse", "10.0.0.1")
    assert isinstance(await rig.login(ADA, "another horse"), Challenge)


async def test_a_recovery_code_is_good_once_and_new_ones_end_the_old(rig):
    user_id = await rig.sign_up(ADA)
    _, codes = await rig.enrolled(user_id, ADA)
    assert len(set(codes)) == RECOVERY_CODES
    factors = rig.parts.second_factors
    await factors.check(user_id, codes[0].upper().replace("-", " "), "10.0.0.1")
    async with refused(RefusalCode.INVALID_CODE):
        await factors.check(user_id, codes[0], "10.0.0.1")
    newer = await factors.new_recovery_codes(user_id)
    async with refused(RefusalCode.INVALID_CODE):
        await factors.check(user_id, codes[1], "10.0.0.1")
    await factors.check(user_id, newer[0], "10.0.0.1")


async def test_nothing_of_it_can_be_read_in_the_database(rig):
    user_id = await rig.sign_up(ADA)
    app, codes = await rig.enrolled(user_id, ADA)
    async with rig.pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT sealed_secret::text FROM accounts.totp_secrets UNION ALL "
            "SELECT code_hash::text FROM accounts.recovery_codes"
        )
    stored = [bytes.fromhex(row[0].removeprefix("\\x")) for row in rows]
    assert len(stored) == 1 + RECOVERY_CODES
    for secret in (app.secret, *codes, codes[0].replace("-", "")):
        assert all(secret.encode() not in row for row in stored)


async def test_a_stolen_session_neither_begins_nor_ends_it_without_the_password(rig):
    user_id, own = await rig.sign_up(ADA), rig.parts.own
    async with refused(RefusalCode.WRONG_PASSWORD):
        await own.begin_second_factor(user_id, "a wrong password", "10.0.0.1")
    await rig.enrolled(user_id, ADA)
    async with refused(RefusalCode.SECOND_FACTOR_ON):
        await own.begin_second_factor(user_id, PASSWORD, "10.0.0.1")
    async with refused(RefusalCode.WRONG_PASSWORD):
        await own.end_second_factor(user_id, "a wrong password", "10.0.0.1")
    await own.end_second_factor(user_id, PASSWORD, "10.0.0.1")
    assert isinstance(await rig.login(ADA), SignedIn)


async def test_a_proposed_secret_is_not_asked_for_and_can_be_proposed_again(rig):
    user_id = await rig.sign_up(ADA)
    await rig.parts.own.begin_second_factor(user_id, PASSWORD, "10.0.0.1")
    assert isinstance(await rig.login(ADA), SignedIn)
    await rig.parts.second_factors.check(user_id, None, "10.0.0.1")
    await rig.enrolled(user_id, ADA)
    async with refused(RefusalCode.SECOND_FACTOR_REQUIRED):
        await rig.parts.second_factors.check(user_id, None, "10.0.0.1")
