"""Sign-up, login, refresh, logout, and who I am."""

from typing import Final

from gateway.access.auth import unauthenticated
from gateway.calls.identity_rows import Session, UserRow
from gateway.rest.route import REFRESH_COOKIE, Access, Call, Limit, Reply, Route
from gateway.types import identity as api

USER_AGENT_CHARS_MAX: Final = 200


def device(call: Call) -> str:
    """Return what the caller says it is."""
    return call.request.headers.get("User-Agent", "")[:USER_AGENT_CHARS_MAX]


def logged_in(session: Session) -> Reply:
    """Return the answer to a login, with the refresh token in its cookie. Nobody is asked anything
    more: were there no answer, the used token would be gone and its successor never given.
    """
    login = api.Login(
        user=_shown(session.user, session.user.account_id),
        access_token=session.access_token,
        expires_in_s=session.access_expires_s,
    )
    return Reply(login, session.refresh_token, session.refresh_expires_s)


async def _log_in(call: Call, email: str, password: str) -> Reply:
    session = await call.services.accounts.login(email, password, device(call), call.ip)
    return logged_in(session)


async def sign_up(call: Call) -> Reply:
    """Create a user with a trading account, and log in."""
    body: api.SignUp = call.body
    await call.services.accounts.sign_up(body.email, body.password)
    return await _log_in(call, body.email, body.password)


async def login(call: Call) -> Reply:
    """Start a session."""
    body: api.Credentials = call.body
    return await _log_in(call, body.email, body.password)


async def refresh(call: Call) -> Reply:
    """Continue the session of the cookie."""
    token = call.request.cookies.get(REFRESH_COOKIE)
    if not token:
        raise unauthenticated("there is no session to continue")
    return logged_in(await call.services.accounts.refresh(token))


async def logout(call: Call) -> Reply:
    """End the session of the cookie, if there is one."""
    token = call.request.cookies.get(REFRESH_COOKIE)
    if token:
        await call.services.accounts.logout(token)
    return Reply(None, cookie="")


async def me(call: Call) -> api.User:
    """Say who the caller is."""
    return _shown(await call.services.accounts.user(call.caller.user_id), call.account_id)


def _shown(user: UserRow, account_id: int) -> api.User:
    return api.User(
        user_id=user.user_id,
        email=user.email,
        account_id=account_id,
        role=user.role,
        email_verified=user.email_verified,
        second_factor=user.second_factor,
        recovery_codes_left=user.recovery_codes_left,
        created_ts_ns=str(user.created_ts_ns),
    )


_TAG: Final = "Session"
ROUTES: Final = (
    Route(
        method="POST",
        path="/auth/sign-up",
        handler=sign_up,
        tag=_TAG,
        summary="Create a user with a trading account, and log in",
        body=api.SignUp,
        answer=api.Login,
        status=201,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/login",
        handler=login,
        tag=_TAG,
        summary="Log in; the refresh token arrives in an httpOnly cookie",
        body=api.Credentials,
        answer=api.Login,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/refresh",
        handler=refresh,
        tag=_TAG,
        summary="Exchange the refresh cookie for a new access token",
        answer=api.Login,
        access=Access.PUBLIC,
        limit=Limit.CREDENTIALS,
    ),
    Route(
        method="POST",
        path="/auth/logout",
        handler=logout,
        tag=_TAG,
        summary="End the session and delete its cookie",
        answer=None,
        status=204,
        access=Access.PUBLIC,
    ),
    Route(
        method="GET",
        path="/me",
        handler=me,
        tag=_TAG,
        summary="Who am I",
        answer=api.User,
        access=Access.READ,
    ),
)
