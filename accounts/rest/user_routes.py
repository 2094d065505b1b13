"""Users and logins."""

from aiohttp import web

from accounts.errors import Refusal, RefusalCode
from accounts.identity.auth import Device
from accounts.identity.email_addresses import checked_email
from accounts.identity.signing_keys_repository import public_keys
from accounts.identity.users_repository import Profile, profile, user_by_email
from accounts.rest.exchange import answer, asked, path_int
from accounts.rest.messages import Login, RefreshToken, SignUp
from accounts.rest.services import SERVICES


def add_user_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/sign-up", _sign_up)
    app.router.add_post("/internal/login", _login)
    app.router.add_post("/internal/refresh", _refresh)
    app.router.add_post("/internal/logout", _logout)
    app.router.add_get("/.well-known/jwks.json", _jwks)
    app.router.add_get("/internal/users", _user_by_email)
    app.router.add_get("/internal/users/{user_id}", _user)


async def _sign_up(request: web.Request) -> web.Response:
    body = await asked(request, SignUp)
    user_id, account_id = await request.app[SERVICES].identity.auth.sign_up(
        body.email, body.password, email_verified=body.email_verified
    )
    return answer({"user_id": user_id, "account_id": account_id}, 201)


async def _login(request: web.Request) -> web.Response:
    body = await asked(request, Login)
    auth = request.app[SERVICES].identity.auth
    device = Device(body.user_agent, body.ip)
    return answer(await auth.login(body.email, body.password, device))


async def _refresh(request: web.Request) -> web.Response:
    body = await asked(request, RefreshToken)
    return answer(await request.app[SERVICES].identity.auth.refresh(body.refresh_token))


async def _logout(request: web.Request) -> web.Response:
    body = await asked(request, RefreshToken)
    await request.app[SERVICES].identity.auth.logout(body.refresh_token)
    return web.Response(status=204)


async def _jwks(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    async with services.pool.acquire() as connection:
        return answer({"keys": await public_keys(connection, services.clock.now_ns())})


async def _user(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        return _told(await profile(connection, path_int(request, "user_id")))


async def _user_by_email(request: web.Request) -> web.Response:
    email = checked_email(request.query.get("email", ""))
    async with request.app[SERVICES].pool.acquire() as connection:
        user = await user_by_email(connection, email)
        return _told(None if user is None else await profile(connection, user.user_id))


def _told(user: Profile | None) -> web.Response:
    if user is None:
        raise Refusal(RefusalCode.NOT_FOUND, "no such user")
    return answer(user)
