"""What an operator can have done, as it is asked for. Amounts and prices are decimal text."""

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from accounts.rest.messages import AMOUNT_ATOMS_MAX, AccountIdField, AssetName, Id

Word = Annotated[str, Meta(min_length=1, max_length=32)]
SymbolText = Annotated[str, Meta(min_length=1, max_length=49)]
DecimalText = Annotated[str, Meta(min_length=1, max_length=40)]
FeePpm = Annotated[int, Meta(ge=0, le=1_000_000)]
Bps = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Seconds = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Tier = Annotated[int, Meta(ge=1, le=15)]
CalendarDays = Annotated[int, Meta(ge=1, le=366)]
UserStatusName = Literal["active", "cancel_only", "suspended", "closed"]
NoteText = Annotated[str, Meta(max_length=200)]
AmountOrNone = Annotated[int, Meta(ge=0, le=AMOUNT_ATOMS_MAX)] | None


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class _Act(Struct, forbid_unknown_fields=True, kw_only=True, tag_field="act", tag=_snake):
    """Root of all acts; None: not said, it stays as it is."""


class CreateAsset(_Act):
    """List an asset."""

    asset: AssetName
    scale: Annotated[int, Meta(ge=0, le=8)] = 8


class CreateInstrument(_Act):
    """List BASE-QUOTE, and its assets (with ``scale`` decimals) where they are new."""

    symbol: SymbolText
    tick_size: DecimalText
    lot_size: DecimalText
    maker_fee_ppm: FeePpm = 0
    taker_fee_ppm: FeePpm = 0
    band_bps: Bps = 1_000
    min_notional: DecimalText | None = None
    price_max: DecimalText | None = None
    qty_max: DecimalText | None = None
    scale: Annotated[int, Meta(ge=0, le=8)] = 8
    status: Literal["halt", "trading", "auction"] = "halt"


class UpdateInstrument(_Act):
    """Change what is said of an instrument's terms."""

    symbol: SymbolText
    tick_size: DecimalText | None = None
    lot_size: DecimalText | None = None
    maker_fee_ppm: FeePpm | None = None
    taker_fee_ppm: FeePpm | None = None
    band_bps: Bps | None = None
    min_notional: DecimalText | None = None
    price_max: DecimalText | None = None
    qty_max: DecimalText | None = None


class SetRules(_Act):
    """Change what is said of what guards an instrument's price; 0 switches a rule off."""

    symbol: SymbolText
    collar_bps: Bps | None = None
    breaker_bps: Bps | None = None
    breaker_window_s: Seconds | None = None
    auction_s: Seconds | None = None
    reference_price: DecimalText | None = None


class SetStatus(_Act):
    """Move an instrument now; closed is for good."""

    symbol: SymbolText
    status: Word


class ScheduleStatus(_Act):
    """Have an instrument moved at ``at_s`` (Unix seconds)."""

    symbol: SymbolText
    status: Word
    at_s: Annotated[int, Meta(ge=1, le=2**32 - 1)]


class ClearSchedule(_Act):
    """Forget all changes of status that wait."""

    symbol: SymbolText


class SetCalendar(_Act):
    """Have exactly the next ``days`` of a calendar wait; its keys are those of the file."""

    symbol: SymbolText
    calendar: dict[str, Any]
    days: CalendarDays = 7


class SetFees(_Act):
    """Set what a fee tier pays in an instrument."""

    symbol: SymbolText
    tier: Tier
    maker_fee_ppm: FeePpm
    taker_fee_ppm: FeePpm


class SetVenueStatus(_Act):
    """The kill switch, or maintenance: nothing trades while the venue is halted."""

    status: Literal["open", "halted"]


class SetFeeTier(_Act):
    """Put an account into a fee tier; 0 pays each instrument's own fees."""

    account_id: AccountIdField
    tier: Annotated[int, Meta(ge=0, le=15)]


class SetAccountStatus(_Act):
    """Say what one account may do; of all accounts of a login see SetUserStatus."""

    account_id: AccountIdField
    status: UserStatusName


class SetAccountLimits(_Act):
    """Limit an account's orders; 0 is no limit of its own."""

    account_id: AccountIdField
    open_orders_max: Count | None = None
    orders_per_s: Count | None = None
    orders_burst: Count | None = None


class SetAssetLimits(_Act):
    """Limit what an account owns of an asset, and trades for it in one order; 0 is no limit."""

    account_id: AccountIdField
    asset: AssetName
    position_max: DecimalText | None = None
    order_notional_max: DecimalText | None = None


class SetUserStatus(_Act):
    """Say what a login and all its accounts may do; suspended and closed end its sessions."""

    user_id: Id
    status: UserStatusName


class SetRole(_Act):
    """Say what a login is for."""

    user_id: Id
    role: Literal["user", "market_maker", "support", "admin"]


class DecideWithdrawal(_Act):
    """Let a withdrawal go, give it back, or say what was paid by hand (``paid_atoms``: of it)."""

    withdrawal_id: Id
    decision: Literal["approve", "void", "paid", "failed"]
    note: NoteText = ""
    paid_atoms: AmountOrNone = None


class SetWithdrawalRule(_Act):
    """Say how much may leave of an asset within a day, and above what it is looked at."""

    asset: AssetName
    day_max: DecimalText | None = None
    approve_above: DecimalText | None = None


class ProposeAdjustment(_Act):
    """Ask for money to be moved by hand; 1 is the venue's own account, where fees arrive."""

    from_account_id: AccountIdField
    to_account_id: AccountIdField
    asset: AssetName
    amount: DecimalText


class ProposeBust(_Act):
    """Ask for a trade to be undone."""

    symbol: SymbolText
    trade_id: Id


class ProposeAdministrator(_Act):
    """Ask for another administrator."""

    user_id: Id


class DecideProposal(_Act):
    """Agree to what another operator asked for, or not."""

    proposal_id: Id
    decision: Literal["approve", "reject"]


VenueAct = (
    CreateAsset
    | CreateInstrument
    | UpdateInstrument
    | SetRules
    | SetStatus
    | ScheduleStatus
    | ClearSchedule
    | SetCalendar
    | SetFees
    | SetVenueStatus
    | SetFeeTier
    | SetAccountStatus
    | SetAccountLimits
    | SetAssetLimits
)
"""What the engine carries out."""

TwoHandedAct = ProposeAdjustment | ProposeBust | ProposeAdministrator | DecideProposal
"""What one operator asks for and another must agree to."""

Act = VenueAct | TwoHandedAct | SetUserStatus | SetRole | DecideWithdrawal | SetWithdrawalRule
