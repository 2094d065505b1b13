"""Statements of an account."""

from typing import Final

from aiohttp import web

from accounts.books.statements_repository import statement
from accounts.errors import Refusal, RefusalCode
from accounts.identity.users_repository import account_exists
from accounts.rest.account_routes import settled
from accounts.rest.exchange import answer, path_int, query_int
from accounts.rest.services import SERVICES
from domain.units import NS_PER_S

PERIOD_DAYS_MAX: Final = 366
_PERIOD_NS_MAX: Final = PERIOD_DAYS_MAX * 86_400 * NS_PER_S


def add_book_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_get("/internal/accounts/{account_id}/statement", _statement)


async def _statement(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    from_ts_ns = query_int(request, "from_ts_ns", None, at_least=0)
    to_ts_ns = query_int(request, "to_ts_ns", None, at_least=0)
    if not 0 < to_ts_ns - from_ts_ns <= _PERIOD_NS_MAX:
        raise Refusal(
            RefusalCode.INVALID_REQUEST, f"a period of at most {PERIOD_DAYS_MAX} days is needed"
        )
    await settled(request, services)
    async with services.pool.acquire() as connection:
        if not await account_exists(connection, account_id):
            raise Refusal(RefusalCode.UNKNOWN_ACCOUNT, f"no account {account_id}")
        found = await statement(connection, account_id, from_ts_ns, to_ts_ns)
    return answer(found)
