"""API keys: made, listed and revoked by a person who has logged in."""

from typing import Any, Final

from gateway.calls.identity_rows import ApiKeyRow
from gateway.errors import ApiError, invalid
from gateway.rest.route import Access, Call, Route
from gateway.types import api_keys as api

TS_NS_MAX: Final = 2**62


async def create(call: Call) -> api.ApiKeyWithSecret:
    """Make a key and show its secret, this once."""
    body: api.NewApiKey = call.body
    terms: dict[str, Any] = {
        "account_id": call.account_id,
        "label": body.label,
        "permissions": sorted(set(body.permissions)),
        "public_key": body.public_key,
        "allowed_networks": body.allowed_networks,
        "expires_ts_ns": None if body.expires_ts_ns is None else _ts_ns(body.expires_ts_ns),
    }
    row = await call.services.accounts.create_api_key(call.caller.user_id, terms)
    return api.ApiKeyWithSecret(**_told(row), api_secret=row.api_secret)


async def keys(call: Call) -> api.ApiKeys:
    """List the keys without their secrets."""
    rows = await call.services.accounts.api_keys(call.caller.user_id)
    return api.ApiKeys(api_keys=[api.ApiKey(**_told(row)) for row in rows])


async def delete(call: Call) -> None:
    """Revoke a key."""
    api_key = call.request.match_info["api_key"]
    # It becomes a part of a path at accounts: nothing but a key's own alphabet may reach it.
    if not (api_key.isascii() and api_key.replace("-", "").replace("_", "").isalnum()):
        raise ApiError(404, "NOT_FOUND", "you have no such API key")
    await call.services.accounts.delete_api_key(call.caller.user_id, api_key)


def _told(row: ApiKeyRow) -> dict[str, Any]:
    expires_ns, used_ns = row.expires_ts_ns, row.last_used_ts_ns
    return {
        "api_key": row.api_key,
        "label": row.label,
        "permissions": row.permissions,
        "created_ts_ns": str(row.created_ts_ns),
        "account_id": row.account_id,
        "allowed_networks": row.allowed_networks,
        "expires_ts_ns": None if expires_ns is None else str(expires_ns),
        "last_used_ts_ns": None if used_ns is None else str(used_ns),
    }


def _ts_ns(text: str) -> int:
    at_ns = int(text)
    if not 0 < at_ns <= TS_NS_MAX:
        raise invalid("expires_ts_ns is outside its bounds")
    return at_ns


_TAG: Final = "API keys"
ROUTES: Final = (
    Route(
        method="POST",
        path="/api-keys",
        handler=create,
        tag=_TAG,
        summary="Make an API key; its secret is shown this once",
        body=api.NewApiKey,
        answer=api.ApiKeyWithSecret,
        status=201,
        access=Access.LOGIN,
        second_factor=True,
    ),
    Route(
        method="GET",
        path="/api-keys",
        handler=keys,
        tag=_TAG,
        summary="List my API keys",
        answer=api.ApiKeys,
        access=Access.LOGIN,
    ),
    Route(
        method="DELETE",
        path="/api-keys/{api_key}",
        handler=delete,
        tag=_TAG,
        summary="Revoke an API key",
        answer=None,
        status=204,
        access=Access.LOGIN,
    ),
)
