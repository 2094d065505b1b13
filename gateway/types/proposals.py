"""The native API's requests and answers about what needs two operators. They validate, and the
OpenAPI document is made of them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.admin import AccountId, Id, PageLimit, WhyRequest
from gateway.types.trading import AssetName, Decimal, Request, Symbol, TsNs


class NewAdjustment(Request):
    """Ask for money to be moved by hand; 1 is the venue's own account, where fees arrive."""

    from_account_id: AccountId
    to_account_id: AccountId
    asset: AssetName
    amount: Decimal
    reason: Annotated[str, Meta(min_length=1, max_length=256)]


class NewBust(Request):
    """Ask for a trade to be undone: both sides' base, quote and fees come back."""

    symbol: Symbol
    trade_id: Id
    reason: Annotated[str, Meta(min_length=1, max_length=256)]


class NewAdministrator(Request):
    """Who shall be one: a login that is active."""

    user_id: Id
    reason: Annotated[str, Meta(min_length=1, max_length=256)]


class ProposalDecision(WhyRequest):
    """Another operator's than the one who asked."""

    decision: Literal["approve", "reject"]


class ProposedMove(Struct):
    """Money from one account to another."""

    from_account_id: int
    to_account_id: int
    asset: str
    amount: Decimal


class Proposal(Struct, kw_only=True):
    """``state`` approved: being carried out, approve again to go on; failed: nothing moved but what
    ``detail`` says.
    """

    proposal_id: int
    kind: Literal["adjustment", "trade_bust", "administrator"]
    subject: str
    moves: list[ProposedMove]
    reason: str
    asker: str
    created_ts_ns: TsNs
    state: Literal["open", "approved", "rejected", "done", "failed"]
    decider: str | None
    decided_ts_ns: TsNs | None
    detail: str


class Proposals(Struct):
    """A page, newest first; ``cursor`` asks for what is older, null: there is none."""

    proposals: list[Proposal]
    cursor: int | None = None


class ProposalQuery(Request):
    """Without ``state``: all."""

    state: Literal["open", "approved", "rejected", "done", "failed"] | None = None
    limit: PageLimit = 100
    before: Id | None = None
