"""What operators see of users and accounts, and do with them; the log of all that operators do."""

from functools import partial
from typing import Final

from gateway.calls.admin_client import Query
from gateway.rest.admin_acts import carry_out
from gateway.rest.route import Access, Call, Route
from gateway.types import admin as api


async def operated_users(call: Call) -> api.OperatedUsers:
    """Search users, by number."""
    query: api.UserQuery = call.query
    said = {"email": query.email, "role": query.role, "status": query.status}
    asked: Query = {name: text for name, text in said.items() if text is not None}
    asked |= {"limit": query.limit, "after_user_id": query.after or 0}
    rows = await call.services.admin.users(asked)
    return api.OperatedUsers(rows, rows[-1].user_id if len(rows) == query.limit else None)


async def operated_user(call: Call) -> api.UserDetail:
    """Show a login with its accounts, balances and open orders."""
    return await call.services.admin.user(call.path_number("user_id", "no such user"))


async def accounts_with_terms(call: Call) -> api.AccountsWithTerms:
    """List accounts with a fee tier, limits or a status of their own, by number."""
    query: api.AccountTermsQuery = call.query
    asked: Query = {"limit": query.limit, "after_account_id": query.after or 0}
    rows = await call.services.admin.accounts_with_terms(asked)
    cursor = rows[-1].account_id if len(rows) == query.limit else None
    return api.AccountsWithTerms(rows, cursor)


async def set_user_status(call: Call) -> api.Act:
    """Say what a login and all its accounts may do. Support may only stop."""
    user_id = call.path_number("user_id", "no such user")
    return await carry_out(call, "set_user_status", user_id=user_id)


async def set_user_role(call: Call) -> api.Act:
    """Say what a login is for; it counts from the next request on."""
    return await carry_out(call, "set_role", user_id=call.path_number("user_id", "no such user"))


async def set_account_status(call: Call) -> api.Act:
    """Say what one account may do."""
    return await carry_out(call, "set_account_status", account_id=_account_id(call))


async def set_fee_tier(call: Call) -> api.Act:
    """Put an account into a fee tier."""
    return await carry_out(call, "set_fee_tier", account_id=_account_id(call))


async def set_account_limits(call: Call) -> api.Act:
    """Limit an account's orders."""
    return await carry_out(call, "set_account_limits", account_id=_account_id(call))


async def set_asset_limits(call: Call) -> api.Act:
    """Limit what an account owns and trades of an asset."""
    return await carry_out(call, "set_asset_limits", account_id=_account_id(call))


async def operator_acts(call: Call) -> api.Acts:
    """Read the log: who did what, before and after, why, when and from where."""
    query: api.ActQuery = call.query
    names = ("subject", "actor", "action", "outcome", "from_ns", "until_ns")
    said = {name: getattr(query, name) for name in names}
    asked: Query = {name: text for name, text in said.items() if text is not None}
    asked["limit"] = query.limit
    if query.before is not None:
        asked["before_act_id"] = query.before
    rows = await call.services.admin.acts(asked)
    return api.Acts(rows, rows[-1].act_id if len(rows) == query.limit else None)


def _account_id(call: Call) -> int:
    return call.path_number("account_id", "no such account")


_admin = partial(Route, tag="Operators", access=Access.ADMIN)
_support = partial(Route, tag="Operators", access=Access.SUPPORT)
ROUTES: Final = (
    _support(
        method="GET",
        path="/admin/users",
        handler=operated_users,
        summary="Search users",
        query=api.UserQuery,
        answer=api.OperatedUsers,
    ),
    _support(
        method="GET",
        path="/admin/users/{user_id}",
        handler=operated_user,
        summary="Show a user with accounts, balances and open orders",
        answer=api.UserDetail,
    ),
    _support(
        method="GET",
        path="/admin/accounts",
        handler=accounts_with_terms,
        summary="List accounts with a tier, limits or a status of their own",
        query=api.AccountTermsQuery,
        answer=api.AccountsWithTerms,
    ),
    _support(
        method="PUT",
        path="/admin/users/{user_id}/status",
        handler=set_user_status,
        summary="Stop a user, or let one go on",
        body=api.UserStatusChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path="/admin/users/{user_id}/role",
        handler=set_user_role,
        second_factor=True,
        summary="Give a user a role",
        body=api.RoleChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path="/admin/accounts/{account_id}/status",
        handler=set_account_status,
        summary="Say what one account may do",
        body=api.UserStatusChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path="/admin/accounts/{account_id}/fee-tier",
        handler=set_fee_tier,
        summary="Put an account into a fee tier",
        body=api.FeeTierChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path="/admin/accounts/{account_id}/limits",
        handler=set_account_limits,
        summary="Limit an account's orders",
        body=api.AccountLimitsChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path="/admin/accounts/{account_id}/asset-limits",
        handler=set_asset_limits,
        summary="Limit what an account owns and trades of an asset",
        body=api.AssetLimitsChange,
        answer=api.Act,
    ),
    _support(
        method="GET",
        path="/admin/acts",
        handler=operator_acts,
        summary="Read what operators did, newest first",
        query=api.ActQuery,
        answer=api.Acts,
    ),
)
