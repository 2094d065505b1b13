"""What operators look at: users, volumes, fees, the largest accounts, whether the books agree."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from accounts.admin.instrument_terms import VenueRows, account_in_words, instrument_of
from accounts.admin.operators_repository import (
    OpenOrder,
    OperatedUser,
    UserFilter,
    accounts_with_terms,
    all_open_orders,
    operated_user,
    search_users,
)
from accounts.admin.proposals_repository import proposals
from accounts.admin.venue_deeds import venue_rows
from accounts.admin.venue_figures_repository import (
    fees_earned,
    open_interest,
    reconciliation,
    top_accounts,
    volumes,
)
from accounts.database import Connection
from accounts.errors import Refusal, RefusalCode
from accounts.rest.account_routes import LIMIT_DEFAULT, LIMIT_MAX
from accounts.rest.exchange import answer, path_int, query_int
from accounts.rest.services import SERVICES
from accounts.settling.ledger_history_repository import account_balances
from domain.instruments import Asset
from domain.orders import OrderStatus, OrderType, Side
from domain.units import JSON_ID_MAX


def add_admin_figures_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_get("/internal/admin/users", _users)
    app.router.add_get("/internal/admin/users/{user_id}", _user)
    app.router.add_get("/internal/admin/accounts", _accounts)
    app.router.add_get("/internal/admin/proposals", _proposals)
    app.router.add_get("/internal/admin/volumes", _volumes)
    app.router.add_get("/internal/admin/open-interest", _open_interest)
    app.router.add_get("/internal/admin/top-accounts", _top_accounts)
    app.router.add_get("/internal/admin/reconciliation", _reconciliation)


async def _users(request: web.Request) -> web.Response:
    query = request.query
    wanted = UserFilter(query.get("email"), query.get("role"), query.get("status"))
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    after_user_id = query_int(request, "after_user_id", 0, at_least=0, at_most=JSON_ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await search_users(connection, wanted, after_user_id, limit)
    return answer({"users": [_told(one) for one in found]})


async def _user(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        user = await operated_user(connection, path_int(request, "user_id"))
        if user is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such user")
        venue = await venue_rows(connection)
        accounts = [await _account(connection, venue, one) for one in user.account_ids]
        orders = await all_open_orders(connection, user.account_ids, LIMIT_DEFAULT)
    told = [_open_order(venue, one) for one in orders]
    return answer({"user": _told(user), "accounts": accounts, "open_orders": told})


async def _accounts(request: web.Request) -> web.Response:
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    after_account_id = query_int(request, "after_account_id", 0, at_least=0, at_most=JSON_ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await accounts_with_terms(connection, after_account_id, limit)
        venue = await venue_rows(connection)
    told = [{**account_in_words(venue, one.account_id), **asdict(one)} for one in found]
    return answer({"accounts": told})


def _told(user: OperatedUser) -> dict[str, Any]:
    return {**asdict(user), "created_ts_ns": str(user.created_ts_ns)}


async def _account(connection: Connection, venue: VenueRows, account_id: int) -> dict[str, Any]:
    scales = {one.asset_id: one.scale for one in venue.assets}
    balances = []
    for one in await account_balances(connection, account_id):
        asset = Asset(one.asset_id, one.asset, scales[one.asset_id])
        available, held = asset.text(one.available_atoms), asset.text(one.held_atoms)
        balances.append({"asset": one.asset, "available": available, "held": held})
    return {**account_in_words(venue, account_id), "balances": balances}


def _open_order(venue: VenueRows, one: OpenOrder) -> dict[str, Any]:
    instrument = instrument_of(venue, venue.named(one.symbol))
    return {
        "order_id": one.order_id,
        "account_id": one.account_id,
        "symbol": one.symbol,
        "side": Side(one.side).name.lower(),
        "type": OrderType(one.order_type).name.lower(),
        "status": OrderStatus(one.status).name.lower(),
        "price": instrument.price_text(one.price_ticks) if one.price_ticks else None,
        "qty": instrument.qty_text(one.qty_lots),
        "leaves_qty": instrument.qty_text(one.leaves_qty_lots),
        "created_ts_ns": str(one.created_ts_ns),
    }


async def _proposals(request: web.Request) -> web.Response:
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_id = query_int(request, "before_proposal_id", JSON_ID_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await proposals(connection, request.query.get("state"), before_id, limit)
        assets = {one.asset_id: one for one in (await venue_rows(connection)).assets}
    told = []
    for one in found:
        moves = []
        for move in one.moves:
            record = assets[move.asset_id]
            asset = Asset(record.asset_id, record.name, record.scale)
            amount = asset.text(move.amount_atoms)
            pair = {"from_account_id": move.from_account_id, "to_account_id": move.to_account_id}
            moves.append({**pair, "asset": asset.name, "amount": amount})
        times = {"created_ts_ns": str(one.created_ts_ns)}
        if one.decided_ts_ns is not None:
            times["decided_ts_ns"] = str(one.decided_ts_ns)
        told.append({**asdict(one), "decided_ts_ns": None, **times, "moves": moves})
    return answer({"proposals": told})


async def _volumes(request: web.Request) -> web.Response:
    since_ns = query_int(request, "since_ns", 0, at_least=0)
    async with request.app[SERVICES].pool.acquire() as connection:
        traded, earned = await volumes(connection, since_ns), await fees_earned(connection)
    return answer({"volumes": traded, "fees_earned": earned})


async def _open_interest(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        venue = await venue_rows(connection)
        return answer({"open_interest": await open_interest(connection, venue)})


async def _top_accounts(request: web.Request) -> web.Response:
    limit = query_int(request, "limit", 10, at_most=LIMIT_DEFAULT)
    since_ns = query_int(request, "since_ns", 0, at_least=0)
    by = request.query.get("by", "volume")
    async with request.app[SERVICES].pool.acquire() as connection:
        asset = (await venue_rows(connection)).asset(request.query.get("asset", ""))
        return answer({"accounts": await top_accounts(connection, asset, by, since_ns, limit)})


async def _reconciliation(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        return answer(await reconciliation(connection))
