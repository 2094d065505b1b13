"""Money out and in: withdrawals, deposits, and the addresses that money may go to.

An API key sees them, and takes money out if it has the permission; only a person who has logged in
changes the list.
"""

from typing import Any, Final

from domain.instruments import Asset
from gateway.calls.wallet_rows import AddressRow, DepositRow, LeftRow, WithdrawalRow
from gateway.rest.account import amount_atoms, known_asset
from gateway.rest.route import Access, Call, Route
from gateway.state.projection import Projection
from gateway.types import wallet as api


async def request_withdrawal(call: Call) -> api.Withdrawal:
    """Take money out. The same Idempotency-Key is the same withdrawal: repeat it until there is an
    answer.
    """
    body: api.NewWithdrawal = call.body
    projection = call.services.feed.present()
    asset = known_asset(projection, body.asset)
    row = await call.services.accounts.request_withdrawal(
        call.account_id,
        asset.name,
        amount_atoms(asset, body.amount),
        body.address,
        call.idempotency_key,
    )
    return shown_withdrawal(projection, row)


async def withdrawals(call: Call) -> api.Withdrawals:
    """List withdrawals."""
    query: api.WithdrawalListQuery = call.query
    projection = call.services.feed.present()
    asked = _page(projection, query, "before_withdrawal_id")
    rows = await call.services.accounts.withdrawals(call.account_id, asked)
    shown = [shown_withdrawal(projection, row) for row in rows]
    return api.Withdrawals(shown, rows[-1].withdrawal_id if len(rows) == query.limit else None)


async def withdrawal(call: Call) -> api.Withdrawal:
    """Show a withdrawal with every step it took."""
    row = await call.services.accounts.withdrawal(call.account_id, call.withdrawal_id)
    return shown_withdrawal(call.services.feed.present(), row)


async def cancel_withdrawal(call: Call) -> api.Withdrawal:
    """Take a withdrawal back that is held or approved and has not gone to its rail; what it held is
    available again a moment later.
    """
    row = await call.services.accounts.cancel_withdrawal(call.account_id, call.withdrawal_id)
    return shown_withdrawal(call.services.feed.present(), row)


async def wallet_terms(call: Call) -> api.WalletTerms:
    """Show how money comes and goes here, and how much may still leave today."""
    row = await call.services.accounts.wallet_terms(call.account_id)
    projection = call.services.feed.present()
    return api.WalletTerms(
        rail=_named(row.rail),
        has_faucet=row.has_faucet,
        assets=[_left(known_asset(projection, one.asset), one) for one in row.assets],
    )


def _left(asset: Asset, row: LeftRow) -> api.AssetWalletTerms:
    return api.AssetWalletTerms(
        asset=asset.name,
        day_max=asset.text(row.day_max_atoms),
        left=asset.text(row.left_atoms),
        approve_above=asset.text(row.approve_above_atoms),
    )


async def deposits(call: Call) -> api.Deposits:
    """List deposits."""
    query: api.DepositListQuery = call.query
    projection = call.services.feed.present()
    asked = _page(projection, query, "before_seq")
    rows = await call.services.accounts.deposits(call.account_id, asked)
    shown = [shown_deposit(projection, row) for row in rows]
    return api.Deposits(shown, rows[-1].seq if len(rows) == query.limit else None)


async def withdrawal_addresses(call: Call) -> api.WithdrawalAddresses:
    """List where money may go."""
    rows = await call.services.accounts.withdrawal_addresses(call.account_id)
    return api.WithdrawalAddresses([_address(row) for row in rows])


async def add_withdrawal_address(call: Call) -> api.WithdrawalAddress:
    """Let money of an asset go to an address."""
    body: api.NewWithdrawalAddress = call.body
    asset = known_asset(call.services.feed.present(), body.asset)
    row = await call.services.accounts.add_withdrawal_address(
        call.account_id, asset.name, body.address, body.label
    )
    return _address(row)


async def delete_withdrawal_address(call: Call) -> None:
    """Take an address off the list; withdrawals that are under way go on."""
    query: api.WithdrawalAddressQuery = call.query
    asset = known_asset(call.services.feed.present(), query.asset)
    await call.services.accounts.delete_withdrawal_address(
        call.account_id, asset.name, query.address
    )


def _page(
    projection: Projection, query: api.WithdrawalListQuery | api.DepositListQuery, before: str
) -> dict[str, str | int]:
    asked: dict[str, str | int] = {"limit": query.limit}
    if query.asset is not None:
        asked["asset"] = known_asset(projection, query.asset).name
    if query.before is not None:
        asked[before] = query.before
    return asked


def shown_withdrawal(projection: Projection, row: WithdrawalRow) -> api.Withdrawal:
    """Present a withdrawal."""
    asset = known_asset(projection, row.asset)
    return api.Withdrawal(
        withdrawal_id=row.withdrawal_id,
        asset=asset.name,
        amount=asset.text(row.amount_atoms),
        posted=asset.text(row.posted_atoms),
        address=row.address,
        state=_named(row.state),
        reference=row.reference,
        created_ts_ns=str(row.created_ts_ns),
        steps=[
            api.WithdrawalStep(_named(step.state), step.actor, step.note, str(step.ts_ns))
            for step in row.steps
        ],
    )


def shown_deposit(projection: Projection, row: DepositRow) -> api.Deposit:
    """Present a deposit."""
    asset = known_asset(projection, row.asset)
    return api.Deposit(
        asset=asset.name,
        amount=asset.text(row.amount_atoms),
        source=_named(row.source),
        reference=row.reference,
        ts_ns=str(row.ts_ns),
        seq=row.seq,
    )


def _address(row: AddressRow) -> api.WithdrawalAddress:
    return api.WithdrawalAddress(row.asset, row.address, row.label, str(row.created_ts_ns))


def _named(name: str) -> Any:
    return name.lower()


_TAG: Final = "Wallet"
ROUTES: Final = (
    Route(
        method="POST",
        path="/withdrawals",
        handler=request_withdrawal,
        tag=_TAG,
        summary="Take money out",
        body=api.NewWithdrawal,
        answer=api.Withdrawal,
        status=201,
        access=Access.WITHDRAW,
        is_idempotent=True,
        second_factor=True,
    ),
    Route(
        method="GET",
        path="/withdrawals",
        handler=withdrawals,
        tag=_TAG,
        summary="List my withdrawals, newest first",
        query=api.WithdrawalListQuery,
        answer=api.Withdrawals,
        access=Access.READ,
    ),
    Route(
        method="GET",
        path="/withdrawals/{withdrawal_id}",
        handler=withdrawal,
        tag=_TAG,
        summary="Show one withdrawal with its steps",
        answer=api.Withdrawal,
        access=Access.READ,
    ),
    Route(
        method="DELETE",
        path="/withdrawals/{withdrawal_id}",
        handler=cancel_withdrawal,
        tag=_TAG,
        summary="Take a withdrawal back that has not gone yet",
        answer=api.Withdrawal,
        access=Access.WITHDRAW,
    ),
    Route(
        method="GET",
        path="/wallet-terms",
        handler=wallet_terms,
        tag=_TAG,
        summary="Show how money comes and goes, and how much may still leave today",
        answer=api.WalletTerms,
        access=Access.READ,
        weight=2,
    ),
    Route(
        method="GET",
        path="/deposits",
        handler=deposits,
        tag=_TAG,
        summary="List my deposits, newest first",
        query=api.DepositListQuery,
        answer=api.Deposits,
        access=Access.READ,
    ),
    Route(
        method="GET",
        path="/withdrawal-addresses",
        handler=withdrawal_addresses,
        tag=_TAG,
        summary="List where my money may go",
        answer=api.WithdrawalAddresses,
        access=Access.READ,
    ),
    Route(
        method="POST",
        path="/withdrawal-addresses",
        handler=add_withdrawal_address,
        tag=_TAG,
        summary="Let my money go to an address",
        body=api.NewWithdrawalAddress,
        answer=api.WithdrawalAddress,
        status=201,
        access=Access.LOGIN,
        second_factor=True,
    ),
    Route(
        method="DELETE",
        path="/withdrawal-addresses",
        handler=delete_withdrawal_address,
        tag=_TAG,
        summary="Take an address off my list",
        query=api.WithdrawalAddressQuery,
        answer=None,
        status=204,
        access=Access.LOGIN,
    ),
)
