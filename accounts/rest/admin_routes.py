"""What operators do, and the log of it."""

from dataclasses import asdict
from typing import Any, Final

from aiohttp import web

from accounts.admin.audit_log_repository import ActFilter, ActRecord, acts, versions
from accounts.admin.instrument_terms import instrument_in_words, terms_in_words
from accounts.admin.operators_repository import stopped_users
from accounts.admin.roles import OPERATORS
from accounts.admin.venue_deeds import venue_rows
from accounts.errors import Refusal, RefusalCode
from accounts.identity.tokens import ACCESS_TOKEN_S
from accounts.rest.account_routes import LIMIT_DEFAULT, LIMIT_MAX
from accounts.rest.admin_messages import ActRequest
from accounts.rest.exchange import answer, asked, path_int, query_int
from accounts.rest.services import SERVICES
from domain.units import JSON_ID_MAX, NS_PER_S

_OUTCOMES: Final = ("done", "refused", "unknown")


def add_admin_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/admin/acts", _carry_out)
    app.router.add_get("/internal/admin/acts", _acts)
    app.router.add_get("/internal/admin/operators/{user_id}", _operator)
    app.router.add_get("/internal/admin/instruments", _instruments)
    app.router.add_get("/internal/admin/instruments/{symbol}/versions", _versions)
    app.router.add_get("/internal/admin/assets", _assets)
    app.router.add_get("/internal/stopped-users", _stopped_users)


async def _carry_out(request: web.Request) -> web.Response:
    desk = request.app[SERVICES].operators
    body = await asked(request, ActRequest)
    actor = await desk.operator(body.user_id, body.name, body.ip)
    return answer(told_act(await desk.carry_out(body.act, actor, body.reason)))


async def _acts(request: web.Request) -> web.Response:
    query = request.query
    outcome = query.get("outcome")
    if outcome is not None and outcome not in _OUTCOMES:
        raise Refusal(RefusalCode.INVALID_REQUEST, f"outcome: one of {', '.join(_OUTCOMES)}")
    wanted = ActFilter(
        subject=query.get("subject"),
        actor=query.get("actor"),
        action=query.get("action"),
        outcome=outcome,
        from_ns=query_int(request, "from_ns", 0, at_least=0) or None,
        until_ns=query_int(request, "until_ns", 0, at_least=0) or None,
    )
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_act_id = query_int(request, "before_act_id", JSON_ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await acts(connection, wanted, before_act_id, limit)
    return answer({"acts": [told_act(one) for one in found]})


def told_act(record: ActRecord) -> dict[str, Any]:
    """Return an act as it is told: times are text, as in all that operators read."""
    return {**asdict(record), "ts_ns": str(record.ts_ns)}


async def _operator(request: web.Request) -> web.Response:
    """Answer which role a login has now; one that may not operate at all is not there."""
    actor = await request.app[SERVICES].operators.operator(path_int(request, "user_id"), "", "")
    if actor.role not in OPERATORS:
        raise Refusal(RefusalCode.FORBIDDEN, "this login may not operate the venue")
    return answer({"user_id": actor.user_id, "email": actor.name, "role": actor.role})


async def _instruments(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        venue = await venue_rows(connection)
    told = [instrument_in_words(venue, one) for one in venue.instruments]
    return answer({"instruments": told, "venue_status": venue.state.venue_status})


async def _assets(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        venue = await venue_rows(connection)
    return answer({"assets": [{"asset": one.name, "scale": one.scale} for one in venue.assets]})


async def _versions(request: web.Request) -> web.Response:
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_seq = query_int(request, "before_seq", JSON_ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        venue = await venue_rows(connection)
        listed = venue.named(request.match_info["symbol"])
        found = await versions(connection, listed.instrument_id, listed.symbol, before_seq, limit)
    told = [
        {
            "seq": one.version.event_seq,
            "ts_ns": str(one.version.ts_ns),
            "act_id": one.act_id,
            "actor": one.actor,
            "reason": one.reason,
            **terms_in_words(venue, listed, one.version),
        }
        for one in found
    ]
    return answer({"versions": told})


async def _stopped_users(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    since_ns = services.clock.now_ns() - ACCESS_TOKEN_S * NS_PER_S
    async with services.pool.acquire() as connection:
        return answer({"user_ids": await stopped_users(connection, max(0, since_ns))})
