"""The faucet and deposits."""

from typing import Final

from aiohttp import web

from accounts.errors import Refusal, RefusalCode
from accounts.rest.exchange import answer, asked
from accounts.rest.messages import DepositRequest, FaucetRequest, MoneyAnswer
from accounts.rest.services import SERVICES, Services
from accounts.settling.ledger_history_repository import account_balances
from accounts.settling.venue import AssetRecord
from accounts.settling.venue_repository import asset_by_name
from accounts.wallet.faucet import faucet_limit
from accounts.wallet.money_commands_repository import MoneyCommand, MoneyKind, MoneyRequest

SETTLED_TIMEOUT_S: Final = 2


def add_money_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/faucet", _faucet)
    app.router.add_post("/internal/deposits", _deposit)


async def _faucet(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    body = await asked(request, FaucetRequest)
    if not services.is_demo:
        raise Refusal(RefusalCode.FAUCET_CLOSED, "this venue gives no play money")
    asset = await named_asset(services, body.asset)
    now_ns = services.clock.now_ns()
    command = await services.money.execute(
        MoneyRequest(MoneyKind.FAUCET, body.account_id, asset.asset_id, body.amount_atoms),
        now_ns,
        faucet_limit(asset.name, asset.scale, now_ns),
    )
    return answer(await _executed(services, command))


async def _deposit(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    body = await asked(request, DepositRequest)
    asset = await named_asset(services, body.asset)
    wanted = MoneyRequest(
        MoneyKind.DEPOSIT, body.account_id, asset.asset_id, body.amount_atoms, body.external_ref
    )
    command = await services.money.execute(wanted, services.clock.now_ns())
    return answer(await _executed(services, command))


async def named_asset(services: Services, name: str) -> AssetRecord:
    """Return an asset.

    Raises:
        Refusal: UNKNOWN_ASSET.
    """
    async with services.pool.acquire() as connection:
        asset = await asset_by_name(connection, name)
    if asset is None:
        raise Refusal(RefusalCode.UNKNOWN_ASSET, f"no asset {name!r}")
    return asset


async def _executed(services: Services, command: MoneyCommand) -> MoneyAnswer:
    assert command.event_seq is not None and command.source_seq is not None
    if not await services.position.reached(command.event_seq, SETTLED_TIMEOUT_S):
        raise Refusal(
            RefusalCode.NOT_SETTLED_YET,
            f"it was executed by event {command.event_seq}; the balance will follow",
        )
    async with services.pool.acquire() as connection:
        for balance in await account_balances(connection, command.account_id):
            if balance.asset_id == command.asset_id:
                return MoneyAnswer(
                    command.source_seq,
                    command.event_seq,
                    balance.available_atoms,
                    balance.held_atoms,
                )
    raise AssertionError("a settled deposit has a balance")
