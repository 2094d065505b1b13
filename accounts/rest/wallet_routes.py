"""An account's withdrawals and deposits, and where its money may go."""

from typing import Final

from aiohttp import web

from accounts.errors import Refusal, RefusalCode
from accounts.identity.users_repository import owner_is_verified
from accounts.rest.account_routes import LIMIT_DEFAULT, LIMIT_MAX
from accounts.rest.exchange import answer, asked, path_int, query_int
from accounts.rest.money_routes import named_asset
from accounts.rest.services import SERVICES, Services
from accounts.rest.wallet_messages import (
    AddressAnswer,
    DepositAnswer,
    LeftAnswer,
    NewAddress,
    StepAnswer,
    WalletTermsAnswer,
    WithdrawalAnswer,
    WithdrawalRequest,
)
from accounts.settling.venue_repository import assets
from accounts.wallet.money_commands_repository import MoneyKind
from accounts.wallet.rails import RailNumber
from accounts.wallet.states import WithdrawalState
from accounts.wallet.wallet_repository import (
    AccountDeposit,
    NewWithdrawal,
    Step,
    Withdrawal,
    account_deposits,
    add_address,
    addresses,
    delete_address,
    steps,
    withdrawal,
    withdrawals,
)
from domain.units import JSON_ID_MAX

_OF_ACCOUNT: Final = "/internal/accounts/{account_id}"


def add_wallet_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_post("/internal/withdrawals", _request)
    app.router.add_get(f"{_OF_ACCOUNT}/withdrawals", _withdrawals)
    app.router.add_get(f"{_OF_ACCOUNT}/withdrawals/{{withdrawal_id}}", _withdrawal)
    app.router.add_delete(f"{_OF_ACCOUNT}/withdrawals/{{withdrawal_id}}", _cancel)
    app.router.add_get(f"{_OF_ACCOUNT}/wallet-terms", _terms)
    app.router.add_get(f"{_OF_ACCOUNT}/deposits", _deposits)
    app.router.add_get(f"{_OF_ACCOUNT}/withdrawal-addresses", _addresses)
    app.router.add_post(f"{_OF_ACCOUNT}/withdrawal-addresses", _add_address)
    app.router.add_delete(f"{_OF_ACCOUNT}/withdrawal-addresses", _delete_address)


async def _request(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    body = await asked(request, WithdrawalRequest)
    await _refuse_unverified(services, body.account_id)
    asset = await named_asset(services, body.asset)
    wanted = NewWithdrawal(
        body.account_id, asset.asset_id, body.amount_atoms, body.address, body.idempotency_key
    )
    return answer(withdrawal_answer(await services.desk.request(wanted, asset)))


async def _refuse_unverified(services: Services, account_id: int) -> None:
    if not services.identity.terms.withdrawal_needs_verified_email:
        return
    async with services.pool.acquire() as connection:
        if not await owner_is_verified(connection, account_id):
            raise Refusal(
                RefusalCode.EMAIL_NOT_VERIFIED, "confirm your e-mail address with its code first"
            )


async def _withdrawals(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_id = query_int(request, "before_withdrawal_id", JSON_ID_MAX)
    account_id, asset_id = path_int(request, "account_id"), await _asset_id(request, services)
    async with services.pool.acquire() as connection:
        found = await withdrawals(
            connection, limit=limit, before_id=before_id, account_id=account_id, asset_id=asset_id
        )
    return answer({"withdrawals": [withdrawal_answer(one) for one in found]})


async def _withdrawal(request: web.Request) -> web.Response:
    account_id = path_int(request, "account_id")
    withdrawal_id = path_int(request, "withdrawal_id")
    async with request.app[SERVICES].pool.acquire() as connection:
        one = await withdrawal(connection, withdrawal_id)
        # Not there and not yours answer the same.
        if one is None or one.account_id != account_id:
            raise Refusal(RefusalCode.NOT_FOUND, "no such withdrawal")
        return answer(withdrawal_answer(one, await steps(connection, withdrawal_id)))


async def _cancel(request: web.Request) -> web.Response:
    account_id = path_int(request, "account_id")
    withdrawal_id = path_int(request, "withdrawal_id")
    desk = request.app[SERVICES].desk
    return answer(withdrawal_answer(await desk.cancel(account_id, withdrawal_id)))


async def _terms(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    async with services.pool.acquire() as connection:
        listed = await assets(connection)
    left = await services.desk.terms_of(account_id, listed)
    told = [
        LeftAnswer(one.asset, one.rule.day_max_atoms, one.left_atoms, one.rule.approve_above_atoms)
        for one in left
    ]
    return answer(WalletTermsAnswer(services.desk.rail.name, services.is_demo, told))


async def _deposits(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_seq = query_int(request, "before_seq", JSON_ID_MAX)
    account_id, asset_id = path_int(request, "account_id"), await _asset_id(request, services)
    async with services.pool.acquire() as connection:
        found = await account_deposits(
            connection, account_id, limit=limit, before_seq=before_seq, asset_id=asset_id
        )
    return answer({"deposits": [deposit_answer(one) for one in found]})


async def _addresses(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await addresses(connection, path_int(request, "account_id"))
    told = [AddressAnswer(one.asset, one.address, one.label, one.created_ts_ns) for one in found]
    return answer({"addresses": told})


async def _add_address(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id, body = path_int(request, "account_id"), await asked(request, NewAddress)
    asset = await named_asset(services, body.asset)
    now_ns = services.clock.now_ns()
    async with services.pool.acquire() as connection:
        await add_address(connection, account_id, asset.asset_id, body.address, body.label, now_ns)
    return answer(AddressAnswer(asset.name, body.address, body.label, now_ns))


async def _delete_address(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    asset = await named_asset(services, request.query.get("asset", ""))
    address = request.query.get("address", "")
    async with services.pool.acquire() as connection:
        if not await delete_address(connection, account_id, asset.asset_id, address):
            raise Refusal(RefusalCode.NOT_FOUND, "the address is not on your list")
    return answer(None)


async def _asset_id(request: web.Request, services: Services) -> int | None:
    name = request.query.get("asset")
    return None if name is None else (await named_asset(services, name)).asset_id


def withdrawal_answer(one: Withdrawal, taken: list[Step] | None = None) -> WithdrawalAnswer:
    """Return a stored withdrawal as it is told."""
    return WithdrawalAnswer(
        withdrawal_id=one.withdrawal_id,
        account_id=one.account_id,
        asset=one.asset,
        amount_atoms=one.amount_atoms,
        posted_atoms=one.posted_atoms or 0,
        address=one.address,
        rail=RailNumber(one.rail).name,
        state=WithdrawalState(one.state).name,
        ends=one.resolution_command_id is not None,
        reference=one.rail_ref,
        created_ts_ns=one.created_ts_ns,
        steps=[
            StepAnswer(WithdrawalState(step.state).name, step.actor, step.note, step.ts_ns)
            for step in taken or ()
        ],
    )


def deposit_answer(one: AccountDeposit) -> DepositAnswer:
    """Return a stored deposit as it is told."""
    source = "OTHER" if one.kind is None else MoneyKind(one.kind).name
    return DepositAnswer(
        one.seq, one.asset, one.amount_atoms, source, one.external_ref or "", one.ts_ns
    )
