"""What the exchange owes: its roots for everybody, a path for each who is owed."""

from typing import Final

from gateway.calls.liability_rows import LeafProofRow, PublicationRow
from gateway.rest.account import known_asset
from gateway.rest.route import Access, Call, Route
from gateway.state.projection import Projection
from gateway.types import liabilities as api


async def liabilities(call: Call) -> api.LiabilitiesList:
    """List what was said to be owed, newest first."""
    rows = await call.services.accounts.liabilities()
    projection = call.services.feed.present()
    return api.LiabilitiesList([_published(projection, row) for row in rows])


async def liability_proof(call: Call) -> api.LiabilityProof:
    """Show my balances in a publication and how to check that they are counted."""
    query: api.LiabilityProofQuery = call.query
    asked: dict[str, str | int] = (
        {} if query.liability_id is None else {"liability_id": query.liability_id}
    )
    row = await call.services.accounts.liability_proof(call.account_id, asked)
    projection = call.services.feed.present()
    return api.LiabilityProof(
        publication=_published(projection, row.publication),
        account_id=row.account_id,
        leaves=[_leaf(projection, one) for one in row.leaves],
    )


def _published(projection: Projection, row: PublicationRow) -> api.Liabilities:
    return api.Liabilities(
        liability_id=row.liability_id,
        event_seq=row.event_seq,
        chain=row.chain,
        ts_ns=str(row.ts_ns),
        assets=[
            api.AssetLiability(
                asset=one.asset,
                total=known_asset(projection, one.asset).text(one.total_atoms),
                total_atoms=str(one.total_atoms),
                leaves=one.leaves,
                root_hash=one.root_hash,
            )
            for one in row.assets
        ],
    )


def _leaf(projection: Projection, row: LeafProofRow) -> api.LeafProof:
    return api.LeafProof(
        asset=row.asset,
        amount=known_asset(projection, row.asset).text(row.amount_atoms),
        amount_atoms=str(row.amount_atoms),
        salt=row.salt,
        path=[api.PathStep(step.side, step.hash, str(step.sum_atoms)) for step in row.path],
    )


_TAG: Final = "Liabilities"
ROUTES: Final = (
    Route(
        method="GET",
        path="/liabilities",
        handler=liabilities,
        tag=_TAG,
        summary="List what the exchange said it owes",
        answer=api.LiabilitiesList,
        access=Access.PUBLIC,
        weight=2,
    ),
    Route(
        method="GET",
        path="/liabilities/proof",
        handler=liability_proof,
        tag=_TAG,
        summary="Show that my balances are counted",
        query=api.LiabilityProofQuery,
        answer=api.LiabilityProof,
        access=Access.READ,
        weight=5,
    ),
)
