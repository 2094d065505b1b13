"""What the native API answers operators. Amounts and prices are decimal text; times are ns as
text.
"""

from typing import Any

import msgspec

from client.types import WithdrawalStep


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What was written down of an act; ``outcome`` unknown: look before doing it again."""

    act_id: int
    ts_ns: str
    actor: str
    role: str
    action: str
    subject: str
    reason: str
    outcome: str
    detail: str
    before: dict[str, Any]
    after: dict[str, Any]


class OperatedUser(msgspec.Struct, frozen=True):
    """A login and its accounts."""

    user_id: int
    email: str
    role: str
    status: str
    created_ts_ns: str
    account_ids: list[int]


class OperatedInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument with what is set of it; None and 0: none."""

    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: str
    lot_size: str
    maker_fee_ppm: int
    taker_fee_ppm: int
    min_notional: str
    status: str
    status_cause: str


class ProposedMove(msgspec.Struct, frozen=True):
    """Money from one account to another."""

    from_account_id: int
    to_account_id: int
    asset: str
    amount: str


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What one operator asks for and another must agree to. ``kind``: adjustment, trade_bust or
    administrator.
    """

    proposal_id: int
    kind: str
    subject: str
    moves: list[ProposedMove]
    reason: str
    asker: str
    created_ts_ns: str
    state: str
    decider: str | None
    detail: str


class OperatedWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """Anybody's withdrawal."""

    withdrawal_id: int
    account_id: int
    asset: str
    amount: str
    posted: str
    address: str
    rail: str
    state: str
    reference: str
    created_ts_ns: str
    steps: list[WithdrawalStep] = []
