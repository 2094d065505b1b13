"""What needs two operators: money moved by hand, trades undone, and another administrator."""

from functools import partial
from typing import Final

from gateway.calls.admin_client import Query
from gateway.rest.admin_acts import carry_out
from gateway.rest.route import Access, Call, Route
from gateway.types import admin as api
from gateway.types import proposals as two_handed


async def proposals(call: Call) -> two_handed.Proposals:
    """List what operators ask of each other."""
    query: two_handed.ProposalQuery = call.query
    asked: Query = {"limit": query.limit}
    if query.state is not None:
        asked["state"] = query.state
    if query.before is not None:
        asked["before_proposal_id"] = query.before
    rows = await call.services.admin.proposals(asked)
    return two_handed.Proposals(rows, rows[-1].proposal_id if len(rows) == query.limit else None)


async def propose_adjustment(call: Call) -> api.Act:
    """Ask for money to be moved by hand."""
    return await carry_out(call, "propose_adjustment")


async def propose_trade_bust(call: Call) -> api.Act:
    """Ask for a trade to be undone."""
    return await carry_out(call, "propose_bust")


async def propose_administrator(call: Call) -> api.Act:
    """Ask for another administrator."""
    return await carry_out(call, "propose_administrator")


async def decide_proposal(call: Call) -> api.Act:
    """Agree to what another operator asked for, or not; once approved the money moves."""
    proposal_id = call.path_number("proposal_id", "no such proposal")
    return await carry_out(call, "decide_proposal", proposal_id=proposal_id)


_admin = partial(Route, tag="Operators", access=Access.ADMIN)
ROUTES: Final = (
    partial(Route, tag="Operators", access=Access.SUPPORT)(
        method="GET",
        path="/admin/proposals",
        handler=proposals,
        summary="List what operators ask of each other",
        query=two_handed.ProposalQuery,
        answer=two_handed.Proposals,
    ),
    _admin(
        method="POST",
        path="/admin/adjustments",
        handler=propose_adjustment,
        second_factor=True,
        summary="Ask for money to be moved by hand",
        body=two_handed.NewAdjustment,
        answer=api.Act,
        status=201,
    ),
    _admin(
        method="POST",
        path="/admin/trade-busts",
        handler=propose_trade_bust,
        second_factor=True,
        summary="Ask for a trade to be undone",
        body=two_handed.NewBust,
        answer=api.Act,
        status=201,
    ),
    _admin(
        method="POST",
        path="/admin/administrators",
        handler=propose_administrator,
        second_factor=True,
        summary="Ask for another administrator",
        body=two_handed.NewAdministrator,
        answer=api.Act,
        status=201,
    ),
    _admin(
        method="POST",
        path="/admin/proposals/{proposal_id}/decisions",
        handler=decide_proposal,
        second_factor=True,
        summary="Agree to a proposal, or not",
        body=two_handed.ProposalDecision,
        answer=api.Act,
        status=201,
    ),
)
