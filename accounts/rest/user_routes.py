"""Users, logins, API keys."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from accounts.books.sub_accounts_repository import accounts_of_user
from accounts.database import Connection
from accounts.errors import Refusal, RefusalCode
from accounts.identity.api_keys_repository import (
    ApiKey,
    api_key_secret,
    api_keys_of_user,
    create_api_key,
    revoke_api_key,
    verifier_of,
)
from accounts.identity.auth import checked_email
from accounts.identity.signing_keys_repository import public_keys
from accounts.identity.users_repository import User, user_by_email, user_by_id
from accounts.rest.exchange import answer, asked, path_int, query_int
from accounts.rest.messages import Login, NewApiKey, RefreshToken, SignUp, UserAnswer
from accounts.rest.services import SERVICES

ID_MAX = 2**53 - 1


def add_user_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/sign-up", _sign_up)
    app.router.add_post("/internal/login", _login)
    app.router.add_post("/internal/refresh", _refresh)
    app.router.add_post("/internal/logout", _logout)
    app.router.add_get("/.well-known/jwks.json", _jwks)
    app.router.add_get("/internal/users", _user_by_email)
    app.router.add_get("/internal/users/{user_id}", _user)
    app.router.add_post("/internal/api-keys", _create_api_key)
    app.router.add_get("/internal/api-keys", _api_keys)
    app.router.add_delete("/internal/api-keys/{api_key}", _delete_api_key)
    app.router.add_get("/internal/api-keys/{api_key}/secret", _api_key_secret)


async def _sign_up(request: web.Request) -> web.Response:
    body = await asked(request, SignUp)
    user_id, account_id = await request.app[SERVICES].auth.sign_up(body.email, body.password)
    return answer({"user_id": user_id, "account_id": account_id}, 201)


async def _login(request: web.Request) -> web.Response:
    body = await asked(request, Login)
    auth = request.app[SERVICES].auth
    return answer(await auth.login(body.email, body.password, body.user_agent, body.ip))


async def _refresh(request: web.Request) -> web.Response:
    body = await asked(request, RefreshToken)
    return answer(await request.app[SERVICES].auth.refresh(body.refresh_token))


async def _logout(request: web.Request) -> web.Response:
    body = await asked(request, RefreshToken)
    await request.app[SERVICES].auth.logout(body.refresh_token)
    return web.Response(status=204)


async def _jwks(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        return answer({"keys": await public_keys(connection)})


async def _user(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        user = await user_by_id(connection, path_int(request, "user_id"))
    return _user_answer(user)


async def _user_by_email(request: web.Request) -> web.Response:
    email = checked_email(request.query.get("email", ""))
    async with request.app[SERVICES].pool.acquire() as connection:
        user = await user_by_email(connection, email)
    return _user_answer(user)


def _user_answer(user: User | None) -> web.Response:
    if user is None:
        raise Refusal(RefusalCode.NOT_FOUND, "no such user")
    return answer(
        UserAnswer(user.user_id, user.email, user.role, user.account_id, user.created_ts_ns)
    )


async def _create_api_key(request: web.Request) -> web.Response:
    body = await asked(request, NewApiKey)
    services = request.app[SERVICES]
    permissions: list[str] = sorted(set(body.permissions))
    verifier = None if body.public_key is None else verifier_of(body.public_key)
    async with services.pool.acquire() as connection:
        user = await user_by_id(connection, body.user_id)
        if user is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such user")
        if body.account_id is not None:
            user = await _as_owner_of(connection, user, body.account_id)
        key, secret = await create_api_key(
            connection,
            services.box,
            user,
            body.label,
            permissions,
            services.clock.now_ns(),
            verifier=verifier,
        )
    return answer(_shown(key) | {"api_secret": secret}, 201)


async def _as_owner_of(connection: Connection, user: User, account_id: int) -> User:
    """Return the user with another of the login's accounts in place of the main one."""
    own = await accounts_of_user(connection, user.user_id)
    if not any(one.account_id == account_id and not one.is_closed for one in own):
        raise Refusal(RefusalCode.NOT_FOUND, "no such account")
    return replace(user, account_id=account_id)


async def _api_keys(request: web.Request) -> web.Response:
    user_id = query_int(request, "user_id", None, at_most=ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        keys = await api_keys_of_user(connection, user_id)
    return answer({"api_keys": [_shown(key) for key in keys]})


async def _delete_api_key(request: web.Request) -> web.Response:
    user_id = query_int(request, "user_id", None, at_most=ID_MAX)
    services = request.app[SERVICES]
    api_key = request.match_info["api_key"]
    async with services.pool.acquire() as connection:
        if not await revoke_api_key(connection, api_key, user_id, services.clock.now_ns()):
            raise Refusal(RefusalCode.NOT_FOUND, "no such API key")
    return web.Response(status=204)


async def _api_key_secret(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    async with services.pool.acquire() as connection:
        found = await api_key_secret(connection, services.box, request.match_info["api_key"])
    if found is None:
        raise Refusal(RefusalCode.NOT_FOUND, "no such API key")
    return answer(found)


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "api_key": key.api_key,
        "label": key.label,
        "permissions": key.permissions,
        "created_ts_ns": key.created_ts_ns,
        "account_id": key.account_id,
    }
