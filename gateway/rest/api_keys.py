"""API keys: made, listed and revoked by a person who has logged in."""

from typing import Final

from gateway import api_types as api
from gateway.accounts_client import ApiKeyRow
from gateway.errors import ApiError
from gateway.rest.route import Access, Call, Route


async def create(call: Call) -> api.ApiKeyWithSecret:
    """Make a key and show its secret, this once."""
    body: api.NewApiKey = call.body
    row = await call.services.accounts.create_api_key(
        call.caller.user_id,
        call.account_id,
        body.label,
        sorted(set(body.permissions)),
        body.public_key,
    )
    return api.ApiKeyWithSecret(
        api_key=row.api_key,
        label=row.label,
        permissions=row.permissions,
        created_ts_ns=str(row.created_ts_ns),
        account_id=row.account_id,
        api_secret=row.api_secret,
    )


async def keys(call: Call) -> api.ApiKeys:
    """List the keys without their secrets."""
    rows = await call.services.accounts.api_keys(call.caller.user_id)
    return api.ApiKeys(api_keys=[_shown(row) for row in rows])


async def delete(call: Call) -> None:
    """Revoke a key."""
    api_key = call.request.match_info["api_key"]
    # It becomes a part of a path at accounts: nothing but a key's own alphabet may reach it.
    if not (api_key.isascii() and api_key.replace("-", "").replace("_", "").isalnum()):
        raise ApiError(404, "NOT_FOUND", "you have no such API key")
    await call.services.accounts.delete_api_key(call.caller.user_id, api_key)


def _shown(row: ApiKeyRow) -> api.ApiKey:
    return api.ApiKey(
        api_key=row.api_key,
        label=row.label,
        permissions=row.permissions,
        created_ts_ns=str(row.created_ts_ns),
        account_id=row.account_id,
    )


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
