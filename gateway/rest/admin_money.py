"""Withdrawals as operators decide them; volumes, fees, and whether the books agree."""

from functools import partial
from typing import Any, Final

from domain.instruments import Asset
from gateway.calls.admin_client import Query, WithdrawalRow
from gateway.rest.account import amount_atoms, known_asset
from gateway.rest.admin_acts import carry_out, since_ns
from gateway.rest.route import Access, Call, Route
from gateway.state.projection import Projection
from gateway.types import admin as api
from gateway.types.wallet import WithdrawalStep


async def operated_withdrawals(call: Call) -> api.OperatedWithdrawals:
    """List everybody's withdrawals."""
    query: api.OperatedWithdrawalQuery = call.query
    asked: Query = {"state": query.state, "limit": query.limit}
    if query.before is not None:
        asked["before_withdrawal_id"] = query.before
    projection = call.services.feed.present()
    rows = await call.services.admin.withdrawals(asked)
    shown = [_withdrawal(projection, row) for row in rows]
    full = len(rows) == query.limit
    return api.OperatedWithdrawals(shown, rows[-1].withdrawal_id if full else None)


async def operated_withdrawal(call: Call) -> api.OperatedWithdrawal:
    """Show a withdrawal with every step it took."""
    row = await call.services.admin.withdrawal(call.withdrawal_id)
    return _withdrawal(call.services.feed.present(), row)


async def decide_withdrawal(call: Call) -> api.Act:
    """Approve, void, or say what became of a payment by hand."""
    body: api.WithdrawalDecision = call.body
    named: dict[str, Any] = {"withdrawal_id": call.withdrawal_id}
    if body.paid is not None:
        row = await call.services.admin.withdrawal(call.withdrawal_id)
        asset = known_asset(call.services.feed.present(), row.asset)
        named["paid_atoms"] = amount_atoms(asset, body.paid)
    said = {"decision": body.decision, "note": body.note}
    wanted = {"act": "decide_withdrawal", **said, **named}
    return await call.services.admin.carry_out(call.caller, call.ip, body.note, wanted)


async def withdrawal_rules(call: Call) -> api.WithdrawalRules:
    """Show how much may leave of each asset."""
    projection, told = call.services.feed.present(), []
    for row in await call.services.admin.withdrawal_rules():
        asset: Asset = known_asset(projection, row.asset)
        amounts = (asset.text(row.day_max_atoms), asset.text(row.approve_above_atoms))
        told.append(api.WithdrawalRule(row.asset, *amounts, row.is_default))
    return api.WithdrawalRules(told)


async def set_withdrawal_rule(call: Call) -> api.Act:
    """Say how much may leave of an asset."""
    return await carry_out(call, "set_withdrawal_rule")


async def volumes(call: Call) -> api.Volumes:
    """Show volumes and fee revenue."""
    query: api.PeriodQuery = call.query
    return await call.services.admin.volumes(since_ns(call, query.hours))


async def open_interest(call: Call) -> api.OpenInterest:
    """Show what waits in the books."""
    return await call.services.admin.open_interest()


async def top_accounts(call: Call) -> api.TopAccounts:
    """Show the largest accounts."""
    query: api.TopQuery = call.query
    asked: Query = {
        "asset": query.asset,
        "by": query.by,
        "limit": query.limit,
        "since_ns": since_ns(call, query.hours),
    }
    return await call.services.admin.top_accounts(asked)


async def reconciliation(call: Call) -> api.Reconciliation:
    """Show whether the book of record and the engine agree."""
    return await call.services.admin.reconciliation()


async def system_status(call: Call) -> api.SystemStatus:
    """Show which processes are ready and how far behind they are."""
    return await call.services.system.read()


def _withdrawal(projection: Projection, row: WithdrawalRow) -> api.OperatedWithdrawal:
    asset = known_asset(projection, row.asset)
    return api.OperatedWithdrawal(
        withdrawal_id=row.withdrawal_id,
        account_id=row.account_id,
        asset=asset.name,
        amount=asset.text(row.amount_atoms),
        posted=asset.text(row.posted_atoms),
        address=row.address,
        rail=row.rail.lower(),
        state=_named(row.state),
        reference=row.reference,
        created_ts_ns=str(row.created_ts_ns),
        steps=[
            WithdrawalStep(_named(step.state), step.actor, step.note, str(step.ts_ns))
            for step in row.steps
        ],
    )


def _named(name: str) -> Any:
    return name.lower()


_admin = partial(Route, tag="Operators", access=Access.ADMIN)
_support = partial(Route, tag="Operators", access=Access.SUPPORT)
ROUTES: Final = (
    _support(
        method="GET",
        path="/admin/withdrawals",
        handler=operated_withdrawals,
        summary="List everybody's withdrawals, newest first",
        query=api.OperatedWithdrawalQuery,
        answer=api.OperatedWithdrawals,
    ),
    _support(
        method="GET",
        path="/admin/withdrawals/{withdrawal_id}",
        handler=operated_withdrawal,
        summary="Show one withdrawal with its steps",
        answer=api.OperatedWithdrawal,
    ),
    _admin(
        method="POST",
        path="/admin/withdrawals/{withdrawal_id}/decisions",
        handler=decide_withdrawal,
        second_factor=True,
        summary="Decide about a withdrawal",
        body=api.WithdrawalDecision,
        answer=api.Act,
        status=201,
    ),
    _support(
        method="GET",
        path="/admin/withdrawal-rules",
        handler=withdrawal_rules,
        summary="Show how much may leave of each asset",
        answer=api.WithdrawalRules,
    ),
    _admin(
        method="PUT",
        path="/admin/withdrawal-rules",
        handler=set_withdrawal_rule,
        second_factor=True,
        summary="Say how much may leave of an asset",
        body=api.WithdrawalRuleChange,
        answer=api.Act,
    ),
    _support(
        method="GET",
        path="/admin/volumes",
        handler=volumes,
        summary="Volumes and fee revenue, by instrument",
        query=api.PeriodQuery,
        answer=api.Volumes,
    ),
    _support(
        method="GET",
        path="/admin/open-interest",
        handler=open_interest,
        summary="What waits in the books, by instrument and side",
        answer=api.OpenInterest,
    ),
    _support(
        method="GET",
        path="/admin/top-accounts",
        handler=top_accounts,
        summary="The largest accounts, by volume or by balance",
        query=api.TopQuery,
        answer=api.TopAccounts,
    ),
    _support(
        method="GET",
        path="/admin/reconciliation",
        handler=reconciliation,
        summary="Whether the book of record and the engine agree",
        answer=api.Reconciliation,
    ),
    _support(
        method="GET",
        path="/admin/system",
        handler=system_status,
        summary="Which processes are ready, and how far behind",
        answer=api.SystemStatus,
    ),
)
