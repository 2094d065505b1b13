"""API keys: made, listed, revoked, and what verifies their signatures."""

from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from accounts.books.sub_accounts_repository import accounts_of_user
from accounts.database import Connection
from accounts.errors import Refusal, RefusalCode
from accounts.identity.api_keys_repository import (
    ApiKey,
    KeyTerms,
    api_key_secret,
    api_keys_of_user,
    checked_networks,
    create_api_key,
    note_use,
    revoke_api_key,
    verifier_of,
)
from accounts.identity.users_repository import User, user_by_id
from accounts.rest.exchange import answer, asked, query_int
from accounts.rest.messages import KeyUse, NewApiKey
from accounts.rest.services import SERVICES

ID_MAX: Final = 2**53 - 1


def add_api_key_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/api-keys", _create_api_key)
    app.router.add_get("/internal/api-keys", _api_keys)
    app.router.add_post("/internal/api-keys/used", _note_use)
    app.router.add_delete("/internal/api-keys/{api_key}", _delete_api_key)
    app.router.add_get("/internal/api-keys/{api_key}/secret", _api_key_secret)


async def _create_api_key(request: web.Request) -> web.Response:
    body = await asked(request, NewApiKey)
    services = request.app[SERVICES]
    terms = KeyTerms(
        body.label,
        sorted(set(body.permissions)),
        checked_networks(body.allowed_networks),
        body.expires_ts_ns,
        None if body.public_key is None else verifier_of(body.public_key),
    )
    async with services.pool.acquire() as connection:
        user = await user_by_id(connection, body.user_id)
        if user is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such user")
        if body.account_id is not None:
            user = await _as_owner_of(connection, user, body.account_id)
        now_ns = services.clock.now_ns()
        key, secret = await create_api_key(connection, services.box, user, terms, now_ns)
    return answer(_shown(key) | {"api_secret": secret}, 201)


async def _as_owner_of(connection: Connection, user: User, account_id: int) -> User:
    """Return the user with another of the login's accounts in place of the main one."""
    own = await accounts_of_user(connection, user.user_id)
    if not any(one.account_id == account_id and not one.is_closed for one in own):
        raise Refusal(RefusalCode.NOT_FOUND, "no such account")
    return replace(user, account_id=account_id)


async def _note_use(request: web.Request) -> web.Response:
    body = await asked(request, KeyUse)
    async with request.app[SERVICES].pool.acquire() as connection:
        await note_use(connection, body.used)
    return web.Response(status=204)


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
        "allowed_networks": key.allowed_networks,
        "expires_ts_ns": key.expires_ts_ns,
        "last_used_ts_ns": key.last_used_ts_ns,
    }
