"""The accounts of a login, and transfers between them."""

from typing import Final

from aiohttp import web

from accounts.books.sub_accounts import WantedTransfer
from accounts.books.sub_accounts_repository import AccountMove, account_moves
from accounts.errors import Refusal, RefusalCode
from accounts.rest.exchange import answer, asked, path_int, query_int
from accounts.rest.money_routes import named_asset
from accounts.rest.services import SERVICES
from accounts.rest.sub_account_messages import AccountName, MoveAnswer, NewTransfer
from domain.reasons import TransferReason
from domain.units import JSON_ID_MAX

SETTLED_TIMEOUT_S: Final = 2
PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
_OF_USER: Final = "/internal/users/{user_id}/accounts"


def add_sub_account_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_get(_OF_USER, _all)
    app.router.add_post(_OF_USER, _create)
    app.router.add_put(f"{_OF_USER}/{{account_id}}", _rename)
    app.router.add_delete(f"{_OF_USER}/{{account_id}}", _close)
    app.router.add_post("/internal/transfers", _transfer)
    app.router.add_get("/internal/accounts/{account_id}/transfers", _moves)


async def _all(request: web.Request) -> web.Response:
    accounts = await request.app[SERVICES].sub_accounts.all(path_int(request, "user_id"))
    return answer({"accounts": accounts})


async def _create(request: web.Request) -> web.Response:
    body = await asked(request, AccountName)
    sub_accounts = request.app[SERVICES].sub_accounts
    return answer(await sub_accounts.create(path_int(request, "user_id"), body.name), 201)


async def _rename(request: web.Request) -> web.Response:
    body = await asked(request, AccountName)
    user_id, account_id = path_int(request, "user_id"), path_int(request, "account_id")
    return answer(await request.app[SERVICES].sub_accounts.rename(user_id, account_id, body.name))


async def _close(request: web.Request) -> web.Response:
    user_id, account_id = path_int(request, "user_id"), path_int(request, "account_id")
    await request.app[SERVICES].sub_accounts.close(user_id, account_id)
    return web.Response(status=204)


async def _transfer(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    body = await asked(request, NewTransfer)
    asset = await named_asset(services, body.asset)
    wanted = WantedTransfer(
        user_id=body.user_id,
        from_account_id=body.from_account_id,
        to_account_id=body.to_account_id,
        asset_id=asset.asset_id,
        amount_atoms=body.amount_atoms,
        idempotency_key=body.idempotency_key,
    )
    command = await services.sub_accounts.transfer(wanted)
    assert command.event_seq is not None
    if not await services.position.reached(command.event_seq, SETTLED_TIMEOUT_S):
        raise Refusal(
            RefusalCode.NOT_SETTLED_YET,
            f"it was executed by event {command.event_seq}; the books will follow",
        )
    async with services.pool.acquire() as connection:
        (move,) = await account_moves(
            connection, body.from_account_id, limit=1, before_seq=command.event_seq + 1
        )
    return answer(move_answer(move))


async def _moves(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    name = request.query.get("asset")
    asset_id = None if name is None else (await named_asset(services, name)).asset_id
    async with services.pool.acquire() as connection:
        moves = await account_moves(
            connection,
            path_int(request, "account_id"),
            limit=query_int(request, "limit", PAGE_DEFAULT, at_most=PAGE_MAX),
            before_seq=query_int(request, "before_seq", JSON_ID_MAX),
            asset_id=asset_id,
        )
    return answer({"transfers": [move_answer(move) for move in moves]})


def move_answer(move: AccountMove) -> MoveAnswer:
    """Return money that moved as it is told."""
    return MoveAnswer(
        seq=move.seq,
        from_account_id=move.from_account_id,
        to_account_id=move.to_account_id,
        asset=move.asset,
        amount_atoms=move.amount_atoms,
        reason=TransferReason(move.reason).name,
        ts_ns=move.ts_ns,
    )
