"""The accounts of a login, and money between them: by a person who has logged in."""

from typing import Any, Final

from gateway.calls.sub_account_rows import OwnAccountRow, TransferRow
from gateway.rest.account import amount_atoms, known_asset
from gateway.rest.route import Access, Call, Route
from gateway.state.projection import Projection
from gateway.types import sub_accounts as api

SHOWN_WITHIN_S: Final = 2.0


async def sub_accounts(call: Call) -> api.SubAccounts:
    """List the accounts."""
    rows = await call.services.accounts.own_accounts(call.caller.user_id)
    return api.SubAccounts([_account(row) for row in rows])


async def create_sub_account(call: Call) -> api.SubAccount:
    """Make an account with balances, orders and API keys of its own."""
    body: api.NewSubAccount = call.body
    row = await call.services.accounts.create_sub_account(call.caller.user_id, body.name)
    call.services.own_accounts.forget(call.caller.user_id)
    return _account(row)


async def rename_sub_account(call: Call) -> api.SubAccount:
    """Give an account another name."""
    body: api.NewSubAccount = call.body
    row = await call.services.accounts.rename_sub_account(
        call.caller.user_id, call.sub_account_id, body.name
    )
    return _account(row)


async def close_sub_account(call: Call) -> None:
    """Close an account that has neither money nor orders, for ever; its history stays."""
    await call.services.accounts.close_sub_account(call.caller.user_id, call.sub_account_id)


async def drop_copies(call: Call) -> api.DropCopies:
    """List which of my keys see another account's fills, and which of my accounts are seen."""
    rows = await call.services.accounts.copies_for_user(call.caller.user_id)
    return api.DropCopies(
        received=[
            api.ReceivedCopy(row.api_key, row.label, row.account_id, str(row.granted_ts_ns))
            for row in rows
            if row.is_received
        ],
        granted=[
            api.GrantedCopy(row.account_id, str(row.granted_ts_ns))
            for row in rows
            if row.is_granted
        ],
    )


async def transfer(call: Call) -> api.AccountTransfer:
    """Move money at once, from the account of this request. The same Idempotency-Key is the same
    transfer: repeat it until there is an answer.
    """
    body: api.NewTransfer = call.body
    feed = call.services.feed
    asset = known_asset(feed.present(), body.asset)
    row = await call.services.accounts.transfer(
        call.caller.user_id,
        (call.account_id, body.to_account_id),
        asset.name,
        amount_atoms(asset, body.amount),
        call.idempotency_key,
    )
    await feed.reached(row.seq, SHOWN_WITHIN_S)
    return shown_transfer(feed.present(), row)


async def transfers(call: Call) -> api.AccountTransfers:
    """List what moved to and from this account."""
    query: api.TransferListQuery = call.query
    projection = call.services.feed.present()
    asked: dict[str, str | int] = {"limit": query.limit}
    if query.asset is not None:
        asked["asset"] = known_asset(projection, query.asset).name
    if query.before is not None:
        asked["before_seq"] = query.before
    rows = await call.services.accounts.transfers(call.account_id, asked)
    shown = [shown_transfer(projection, row) for row in rows]
    return api.AccountTransfers(shown, rows[-1].seq if len(rows) == query.limit else None)


def _account(row: OwnAccountRow) -> api.SubAccount:
    return api.SubAccount(
        account_id=row.account_id,
        name=row.name,
        is_main=row.is_main,
        status="closed" if row.is_closed else "open",
        created_ts_ns=str(row.created_ts_ns),
    )


def shown_transfer(projection: Projection, row: TransferRow) -> api.AccountTransfer:
    """Present money that moved."""
    asset = known_asset(projection, row.asset)
    return api.AccountTransfer(
        from_account_id=row.from_account_id,
        to_account_id=row.to_account_id,
        asset=asset.name,
        amount=asset.text(row.amount_atoms),
        reason=_named(row.reason),
        ts_ns=str(row.ts_ns),
        seq=row.seq,
    )


def _named(reason: str) -> Any:
    return reason.lower()


_TAG: Final = "Sub-accounts"
ROUTES: Final = (
    Route(
        method="GET",
        path="/sub-accounts",
        handler=sub_accounts,
        tag=_TAG,
        summary="List my accounts",
        answer=api.SubAccounts,
        access=Access.LOGIN,
    ),
    Route(
        method="POST",
        path="/sub-accounts",
        handler=create_sub_account,
        tag=_TAG,
        summary="Make a further account",
        body=api.NewSubAccount,
        answer=api.SubAccount,
        status=201,
        access=Access.LOGIN,
    ),
    Route(
        method="PUT",
        path="/sub-accounts/{account_id}",
        handler=rename_sub_account,
        tag=_TAG,
        summary="Rename an account",
        body=api.NewSubAccount,
        answer=api.SubAccount,
        access=Access.LOGIN,
    ),
    Route(
        method="DELETE",
        path="/sub-accounts/{account_id}",
        handler=close_sub_account,
        tag=_TAG,
        summary="Close an empty account",
        answer=None,
        status=204,
        access=Access.LOGIN,
    ),
    Route(
        method="GET",
        path="/drop-copies",
        handler=drop_copies,
        tag=_TAG,
        summary="List who sees whose fills by drop copy",
        answer=api.DropCopies,
        access=Access.LOGIN,
    ),
    Route(
        method="POST",
        path="/transfers",
        handler=transfer,
        tag=_TAG,
        summary="Move money to another of my accounts",
        body=api.NewTransfer,
        answer=api.AccountTransfer,
        access=Access.LOGIN,
        is_idempotent=True,
    ),
    Route(
        method="GET",
        path="/transfers",
        handler=transfers,
        tag=_TAG,
        summary="List transfers of my account, newest first",
        query=api.TransferListQuery,
        answer=api.AccountTransfers,
        access=Access.READ,
        weight=5,
    ),
)
