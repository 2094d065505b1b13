"""Keys that see another account's fills: an operator says which."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from accounts.books.drop_copies_repository import copied_accounts, copies_for_user, end, grant
from accounts.rest.exchange import answer, asked, path_int
from accounts.rest.messages import AccountIdField, Request, TokenText
from accounts.rest.services import SERVICES


class DropCopy(Request):
    """POST /internal/drop-copies, and with ``is_ended`` its end."""

    api_key: TokenText
    account_id: AccountIdField
    by: Annotated[str, Meta(min_length=1, max_length=64)]
    is_ended: bool = False


def add_drop_copy_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/drop-copies", _decide)
    app.router.add_get("/internal/drop-copies/{api_key}", _copied)
    app.router.add_get("/internal/users/{user_id}/drop-copies", _of_user)


async def _decide(request: web.Request) -> web.Response:
    body = await asked(request, DropCopy)
    services = request.app[SERVICES]
    decide = end if body.is_ended else grant
    async with services.pool.acquire() as connection:
        await decide(connection, body.api_key, body.account_id, body.by, services.clock.now_ns())
        return answer({"account_ids": await copied_accounts(connection, body.api_key)})


async def _copied(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await copied_accounts(connection, request.match_info["api_key"])
    return answer({"account_ids": found})


async def _of_user(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await copies_for_user(connection, path_int(request, "user_id"))
    return answer({"copies": found})
