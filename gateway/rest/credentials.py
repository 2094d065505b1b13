"""One's own credentials: codes by e-mail, a second factor, the password, sessions."""

from typing import Final

from gateway.errors import ApiError
from gateway.rest.route import Access, Call, Limit, Reply, Route
from gateway.rest.sessions import device, logged_in
from gateway.types import identity as api


async def request_code(call: Call) -> None:
    """Have a code sent. The answer is the same, at once, whether or not there is such a user."""
    body: api.CodeRequest = call.body
    await call.services.accounts.request_code(body.email, body.purpose, call.ip)


async def verify_email(call: Call) -> None:
    """Show that an address is one's own."""
    body: api.EmailVerification = call.body
    await call.services.accounts.verify_email(body.email, body.code, call.ip)


async def login_with_code(call: Call) -> Reply:
    """Start a session without the password."""
    body: api.CodeLogin = call.body
    accounts = call.services.accounts
    session = await accounts.login_with_code(body.email, body.code, device(call), call.ip)
    return logged_in(session)


async def finish_login(call: Call) -> Reply:
    """Start the session of a login that was answered SECOND_FACTOR_REQUIRED."""
    body: api.SecondFactorLogin = call.body
    accounts = call.services.accounts
    session = await accounts.finish_login(body.challenge, body.code, device(call), call.ip)
    return logged_in(session)


async def reset_password(call: Call) -> None:
    """Choose a new password without the old one; every session ends."""
    body: api.PasswordReset = call.body
    await call.services.accounts.reset_password(body.email, body.code, body.password, call.ip)


async def change_password(call: Call) -> None:
    """Choose a new password; every other session ends."""
    body: api.PasswordChange = call.body
    await call.services.accounts.change_password(
        call.caller.user_id, _session_id(call), body.password, body.new_password, call.ip
    )


async def begin_totp(call: Call) -> api.Enrolment:
    """Get a secret for an authenticator app; it is in force once it is confirmed."""
    body: api.Proof = call.body
    row = await call.services.accounts.begin_totp(call.caller.user_id, body.password, call.ip)
    return api.Enrolment(row.secret, row.uri)


async def confirm_totp(call: Call) -> api.RecoveryCodes:
    """Put the second factor in force with a first code; the recovery codes are shown this once."""
    body: api.Confirmation = call.body
    accounts = call.services.accounts
    return api.RecoveryCodes(await accounts.confirm_totp(call.caller, body.code, call.ip))


async def new_recovery_codes(call: Call) -> api.RecoveryCodes:
    """Get new recovery codes; the ones before are worth nothing."""
    body: api.Proof = call.body
    accounts = call.services.accounts
    return api.RecoveryCodes(
        await accounts.new_recovery_codes(call.caller.user_id, body.password, call.ip)
    )


async def disable_totp(call: Call) -> None:
    """Do without a second factor again."""
    body: api.Proof = call.body
    await call.services.accounts.disable_totp(call.caller.user_id, body.password, call.ip)


async def sessions(call: Call) -> api.SessionList:
    """List the logins that can still be continued."""
    current = call.caller.session_id
    rows = await call.services.accounts.sessions(call.caller.user_id)
    return api.SessionList(
        [
            api.SessionInfo(
                row.session_id,
                row.user_agent,
                row.ip,
                str(row.created_ts_ns),
                str(row.last_used_ts_ns),
                row.session_id == current,
            )
            for row in rows
        ]
    )


async def revoke_session(call: Call) -> None:
    """End one session."""
    session_id = call.request.match_info["session_id"]
    # It becomes a part of a path at accounts: nothing but a UUID's own alphabet may reach it.
    if not (session_id.isascii() and session_id.replace("-", "").isalnum()):
        raise ApiError(404, "NOT_FOUND", "no such session")
    await call.services.accounts.revoke_session(call.caller.user_id, session_id)


async def revoke_other_sessions(call: Call) -> None:
    """End every session but this one."""
    await call.services.accounts.revoke_other_sessions(call.caller.user_id, _session_id(call))


async def demo_mail(call: Call) -> api.Mailbox:
    """Show what the demo's mail server caught for an address: a demo sends no mail out."""
    query: api.MailQuery = call.query
    rows = await call.services.accounts.mail(query.address)
    return api.Mailbox(
        [api.Mail(row.address, row.subject, row.text, str(row.ts_ns)) for row in rows]
    )


async def demo_code(call: Call) -> api.DemoCode:
    """Show a code of the demo's operator, whose second factor everybody knows."""
    query: api.DemoCodeQuery = call.query
    row = await call.services.accounts.demo_code(query.email)
    return api.DemoCode(row.code, row.expires_in_s)


def _session_id(call: Call) -> str:
    if call.caller.session_id is None:
        raise ApiError(401, "UNAUTHENTICATED", "log in again")
    return call.caller.session_id


_LOGIN: Final = "Session"
_TAG: Final = "Credentials"
ROUTES: Final = (
    Route(
        method="POST",
        path="/auth/codes",
        handler=request_code,
        tag=_LOGIN,
        summary="Have a one-time code sent by e-mail",
        body=api.CodeRequest,
        answer=None,
        status=204,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/verify-email",
        handler=verify_email,
        tag=_LOGIN,
        summary="Verify my e-mail address with a code",
        body=api.EmailVerification,
        answer=None,
        status=204,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/login/code",
        handler=login_with_code,
        tag=_LOGIN,
        summary="Log in with a code; the refresh token arrives in an httpOnly cookie",
        body=api.CodeLogin,
        answer=api.Login,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/login/second-factor",
        handler=finish_login,
        tag=_LOGIN,
        summary="Go on with a login that needs a second factor",
        body=api.SecondFactorLogin,
        answer=api.Login,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/password-reset",
        handler=reset_password,
        tag=_LOGIN,
        summary="Choose a new password with a code",
        body=api.PasswordReset,
        answer=None,
        status=204,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="PUT",
        path="/me/password",
        handler=change_password,
        tag=_TAG,
        summary="Change my password",
        body=api.PasswordChange,
        answer=None,
        status=204,
        access=Access.LOGIN,
        limit=Limit.CREDENTIALS,
        second_factor=True,
    ),
    Route(
        method="POST",
        path="/me/totp",
        handler=begin_totp,
        tag=_TAG,
        summary="Begin a second factor",
        body=api.Proof,
        answer=api.Enrolment,
        access=Access.LOGIN,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/me/totp/confirm",
        handler=confirm_totp,
        tag=_TAG,
        summary="Put my second factor in force",
        body=api.Confirmation,
        answer=api.RecoveryCodes,
        access=Access.LOGIN,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/me/totp/recovery-codes",
        handler=new_recovery_codes,
        tag=_TAG,
        summary="Get new recovery codes",
        body=api.Proof,
        answer=api.RecoveryCodes,
        access=Access.LOGIN,
        limit=Limit.CREDENTIALS,
        second_factor=True,
    ),
    Route(
        method="POST",
        path="/me/totp/disable",
        handler=disable_totp,
        tag=_TAG,
        summary="Do without a second factor",
        body=api.Proof,
        answer=None,
        status=204,
        access=Access.LOGIN,
        limit=Limit.CREDENTIALS,
        second_factor=True,
    ),
    Route(
        method="GET",
        path="/me/sessions",
        handler=sessions,
        tag=_TAG,
        summary="List my sessions",
        answer=api.SessionList,
        access=Access.LOGIN,
    ),
    Route(
        method="DELETE",
        path="/me/sessions",
        handler=revoke_other_sessions,
        tag=_TAG,
        summary="End all my other sessions",
        answer=None,
        status=204,
        access=Access.LOGIN,
    ),
    Route(
        method="DELETE",
        path="/me/sessions/{session_id}",
        handler=revoke_session,
        tag=_TAG,
        summary="End one of my sessions",
        answer=None,
        status=204,
        access=Access.LOGIN,
    ),
    Route(
        method="GET",
        path="/demo/mail",
        handler=demo_mail,
        tag=_LOGIN,
        summary="Read the mail of an address (demo mode only)",
        query=api.MailQuery,
        answer=api.Mailbox,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="GET",
        path="/demo/code",
        handler=demo_code,
        tag=_LOGIN,
        summary="Get a code of the demo's operator (demo mode only)",
        query=api.DemoCodeQuery,
        answer=api.DemoCode,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
)
