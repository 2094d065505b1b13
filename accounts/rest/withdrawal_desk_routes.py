"""What an operator sees of withdrawals; decisions are acts."""

from typing import Final

from aiohttp import web

from accounts.errors import Refusal, RefusalCode
from accounts.rest.account_routes import LIMIT_DEFAULT, LIMIT_MAX
from accounts.rest.exchange import answer, path_int, query_int
from accounts.rest.services import SERVICES
from accounts.rest.wallet_messages import RuleAnswer
from accounts.rest.wallet_routes import withdrawal_answer
from accounts.settling.venue_repository import assets
from accounts.wallet.rules import default_rule
from accounts.wallet.states import OPEN, WithdrawalState
from accounts.wallet.wallet_repository import (
    steps,
    stored_rules,
    withdrawal,
    withdrawals,
)
from domain.units import JSON_ID_MAX

_STATES: Final = {state.name.lower(): [int(state)] for state in WithdrawalState} | {
    "open": sorted(map(int, OPEN)),
    "all": None,
}


def add_withdrawal_desk_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_get("/internal/withdrawals", _withdrawals)
    app.router.add_get("/internal/withdrawals/{withdrawal_id}", _withdrawal)
    app.router.add_get("/internal/withdrawal-rules", _rules)


async def _withdrawals(request: web.Request) -> web.Response:
    state = request.query.get("state", "open")
    if state not in _STATES:
        raise Refusal(RefusalCode.INVALID_REQUEST, f"state: one of {', '.join(_STATES)}")
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_id = query_int(request, "before_withdrawal_id", JSON_ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await withdrawals(
            connection, limit=limit, before_id=before_id, states=_STATES[state]
        )
    return answer({"withdrawals": [withdrawal_answer(one) for one in found]})


async def _withdrawal(request: web.Request) -> web.Response:
    withdrawal_id = path_int(request, "withdrawal_id")
    async with request.app[SERVICES].pool.acquire() as connection:
        one = await withdrawal(connection, withdrawal_id)
        if one is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such withdrawal")
        return answer(withdrawal_answer(one, await steps(connection, withdrawal_id)))


async def _rules(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    async with services.pool.acquire() as connection:
        stored = await stored_rules(connection)
        told = []
        for asset in await assets(connection):
            rule = stored.get(asset.asset_id) or default_rule(
                asset.name, asset.scale, services.is_demo
            )
            amounts = (rule.day_max_atoms, rule.approve_above_atoms)
            told.append(RuleAnswer(asset.name, asset.scale, *amounts, asset.asset_id not in stored))
    return answer({"rules": told})
