"""Codes by e-mail, second factors, passwords, sessions, signing keys, and a demo's mailbox."""

import uuid
from typing import Final

from aiohttp import web

from accounts.errors import Refusal, RefusalCode
from accounts.identity.auth import Device
from accounts.identity.demo_second_factor import DemoSecondFactor
from accounts.identity.email_codes_repository import Purpose
from accounts.identity.parts import Identity
from accounts.identity.sessions_repository import (
    revoke_session,
    revoke_sessions_but,
    revoked_since,
    sessions_of_user,
)
from accounts.identity.tokens import ACCESS_TOKEN_S
from accounts.rest.credential_messages import (
    ChallengeAnswer,
    CodeLogin,
    CodeRequest,
    Confirmation,
    DemoCode,
    EmailVerification,
    LetterAnswer,
    OperatorCheck,
    PasswordChange,
    PasswordReset,
    Proof,
    SecondFactorCheck,
    SessionAnswer,
)
from accounts.rest.exchange import answer, asked, path_int, query_int
from accounts.rest.services import SERVICES
from domain.units import NS_PER_S

LETTERS_SHOWN_MAX: Final = 50
_OF_USER: Final = "/internal/users/{user_id}"


def add_credential_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/codes", _request_code)
    app.router.add_post("/internal/verify-email", _verify_email)
    app.router.add_post("/internal/login/code", _login_with_code)
    app.router.add_post("/internal/login/second-factor", _finish_login)
    app.router.add_post("/internal/password-reset", _reset_password)
    app.router.add_put(f"{_OF_USER}/password", _change_password)
    app.router.add_post(f"{_OF_USER}/second-factor", _check_second_factor)
    app.router.add_post(f"{_OF_USER}/operator-proof", _check_operator)
    app.router.add_post(f"{_OF_USER}/demo-second-factor", _enrol_in_demo)
    app.router.add_get("/internal/demo-code", _demo_code)
    app.router.add_post(f"{_OF_USER}/totp", _begin_totp)
    app.router.add_post(f"{_OF_USER}/totp/confirm", _confirm_totp)
    app.router.add_post(f"{_OF_USER}/totp/recovery-codes", _new_recovery_codes)
    app.router.add_post(f"{_OF_USER}/totp/disable", _disable_totp)
    app.router.add_get(f"{_OF_USER}/sessions", _sessions)
    app.router.add_delete(f"{_OF_USER}/sessions", _revoke_other_sessions)
    app.router.add_delete(f"{_OF_USER}/sessions/{{session_id}}", _revoke_session)
    app.router.add_get("/internal/revoked-sessions", _revoked_sessions)
    app.router.add_post("/internal/signing-keys", _follow_signing_key)
    app.router.add_get("/internal/mail", _mail)


def _identity(request: web.Request) -> Identity:
    return request.app[SERVICES].identity


async def _request_code(request: web.Request) -> web.Response:
    body = await asked(request, CodeRequest)
    _identity(request).codes.request(body.email, Purpose[body.purpose.upper()], body.ip)
    return web.Response(status=204)


async def _verify_email(request: web.Request) -> web.Response:
    body = await asked(request, EmailVerification)
    await _identity(request).own.verify_email(body.email, body.code, body.ip)
    return web.Response(status=204)


async def _login_with_code(request: web.Request) -> web.Response:
    body = await asked(request, CodeLogin)
    device = Device(body.user_agent, body.ip)
    return answer(await _identity(request).auth.login_with_code(body.email, body.code, device))


async def _finish_login(request: web.Request) -> web.Response:
    body = await asked(request, ChallengeAnswer)
    device = Device(body.user_agent, body.ip)
    return answer(await _identity(request).auth.finish_login(body.challenge, body.code, device))


async def _reset_password(request: web.Request) -> web.Response:
    body = await asked(request, PasswordReset)
    own = _identity(request).own
    await own.reset_password(body.email, body.code, body.password, body.ip)
    return web.Response(status=204)


async def _change_password(request: web.Request) -> web.Response:
    body = await asked(request, PasswordChange)
    await _identity(request).own.change_password(
        path_int(request, "user_id"), body.session_id, body.password, body.new_password, body.ip
    )
    return web.Response(status=204)


async def _check_second_factor(request: web.Request) -> web.Response:
    body = await asked(request, SecondFactorCheck)
    user_id = path_int(request, "user_id")
    await _identity(request).second_factors.check(user_id, body.code, body.ip)
    return web.Response(status=204)


async def _check_operator(request: web.Request) -> web.Response:
    body = await asked(request, OperatorCheck)
    proof, user_id = _identity(request).operator_proof, path_int(request, "user_id")
    await proof.check(user_id, body.session_id, body.code, body.ip, body.is_fresh)
    return web.Response(status=204)


async def _enrol_in_demo(request: web.Request) -> web.Response:
    await _demo_second_factor(request).enrol(path_int(request, "user_id"))
    return web.Response(status=204)


async def _demo_code(request: web.Request) -> web.Response:
    code, good_s = await _demo_second_factor(request).code(request.query.get("email", ""))
    return answer(DemoCode(code, good_s))


def _demo_second_factor(request: web.Request) -> DemoSecondFactor:
    found = _identity(request).demo_second_factor
    if found is None:
        raise Refusal(RefusalCode.NOT_FOUND, "this venue is no demo")
    return found


async def _begin_totp(request: web.Request) -> web.Response:
    body = await asked(request, Proof)
    user_id = path_int(request, "user_id")
    return answer(await _identity(request).own.begin_second_factor(user_id, body.password, body.ip))


async def _confirm_totp(request: web.Request) -> web.Response:
    body = await asked(request, Confirmation)
    user_id = path_int(request, "user_id")
    codes = await _identity(request).second_factors.confirm(user_id, body.code, body.ip)
    await _identity(request).operator_proof.note(user_id, body.session_id)
    return answer({"recovery_codes": codes})


async def _new_recovery_codes(request: web.Request) -> web.Response:
    body = await asked(request, Proof)
    user_id, parts = path_int(request, "user_id"), _identity(request)
    await parts.own.proven(user_id, body.password, body.ip)
    codes = await parts.second_factors.new_recovery_codes(user_id)
    return answer({"recovery_codes": codes})


async def _disable_totp(request: web.Request) -> web.Response:
    body = await asked(request, Proof)
    user_id = path_int(request, "user_id")
    await _identity(request).own.end_second_factor(user_id, body.password, body.ip)
    return web.Response(status=204)


async def _sessions(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    user_id = path_int(request, "user_id")
    async with services.pool.acquire() as connection:
        found = await sessions_of_user(connection, user_id, services.clock.now_ns())
    told = [
        SessionAnswer(
            one.session_id, one.user_agent, one.ip, one.created_ts_ns, one.last_used_ts_ns
        )
        for one in found
    ]
    return answer({"sessions": told})


async def _revoke_session(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    user_id, session_id = path_int(request, "user_id"), _uuid(request.match_info["session_id"])
    async with services.pool.acquire() as connection:
        if not await revoke_session(connection, session_id, user_id, services.clock.now_ns()):
            raise Refusal(RefusalCode.NOT_FOUND, "no such session")
    return web.Response(status=204)


async def _revoke_other_sessions(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    user_id, kept = path_int(request, "user_id"), _uuid(request.query.get("kept", ""))
    async with services.pool.acquire() as connection:
        await revoke_sessions_but(connection, user_id, kept, services.clock.now_ns())
    return web.Response(status=204)


async def _revoked_sessions(request: web.Request) -> web.Response:
    """Tell which sessions were revoked lately: their access tokens would still be good."""
    services = request.app[SERVICES]
    now_ns = services.clock.now_ns()
    since_ns = query_int(request, "since_ns", 0, at_least=0)
    oldest_ns = now_ns - ACCESS_TOKEN_S * NS_PER_S
    async with services.pool.acquire() as connection:
        found = await revoked_since(connection, max(since_ns, oldest_ns))
    return answer({"session_ids": found, "now_ns": now_ns})


async def _follow_signing_key(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    return answer({"kid": await services.identity.auth.follow_signing_key(services.box)}, 201)


async def _mail(request: web.Request) -> web.Response:
    catcher = _identity(request).catcher
    if catcher is None:
        raise Refusal(RefusalCode.NOT_FOUND, "this venue keeps no mail")
    found = catcher.letters(request.query.get("address", ""))[:LETTERS_SHOWN_MAX]
    told = [LetterAnswer(one.address, one.subject, one.text, one.ts_ns) for one in found]
    return answer({"mail": told})


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal(RefusalCode.NOT_FOUND, "no such session") from None
