"""The native API's requests and answers for operators. They validate, and the OpenAPI document is
made of them.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gateway.types.trading import AssetName, Decimal, Request, Symbol, TsNs
from gateway.types.wallet import WithdrawalStateName, WithdrawalStep

RoleName = Literal["user", "market_maker", "support", "admin"]
UserStatusName = Literal["active", "cancel_only", "suspended", "closed"]
StatusName = Literal["trading", "auction", "cancel_only", "halt", "closed"]
OutcomeName = Literal["done", "refused", "unknown"]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
AccountId = Annotated[int, Meta(ge=1, le=2**32 - 1)]
FeePpm = Annotated[int, Meta(ge=0, le=1_000_000, description="Parts per million", examples=[500])]
Bps = Annotated[int, Meta(ge=0, le=2**31 - 1, description="Hundredths of a percent; 0: off")]
Seconds = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1, description="0: no limit of its own")]
Tier = Annotated[int, Meta(ge=0, le=15)]
Scale = Annotated[int, Meta(ge=0, le=8, description="Decimals")]
Hours = Annotated[int, Meta(ge=0, le=24 * 366, description="How far back; 0: all there is")]
PageLimit = Annotated[int, Meta(ge=1, le=500)]


class WhyRequest(Request, kw_only=True):
    """An act without more; ``reason`` is written down with it."""

    reason: Annotated[str, Meta(max_length=256)] = ""


class NewAsset(WhyRequest):
    """List an asset."""

    asset: AssetName
    scale: Scale = 8


class NewInstrument(WhyRequest):
    """List BASE-QUOTE, and its assets (with ``scale`` decimals) where they are new."""

    symbol: Annotated[str, Meta(max_length=49, examples=["GOLD-USD"])]
    tick_size: Decimal
    lot_size: Decimal
    maker_fee_ppm: FeePpm = 0
    taker_fee_ppm: FeePpm = 0
    band_bps: Bps = 1_000
    min_notional: Decimal | None = None
    price_max: Decimal | None = None
    qty_max: Decimal | None = None
    scale: Scale = 8
    status: Literal["halt", "trading", "auction"] = "halt"


class InstrumentChange(WhyRequest):
    """What is said changes, the rest stays. Tick and lot only in halt, without open orders."""

    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    maker_fee_ppm: FeePpm | None = None
    taker_fee_ppm: FeePpm | None = None
    band_bps: Bps | None = None
    min_notional: Decimal | None = None
    price_max: Decimal | None = None
    qty_max: Decimal | None = None


class RulesChange(WhyRequest):
    """What guards an instrument's price; 0 switches a rule off."""

    collar_bps: Bps | None = None
    breaker_bps: Bps | None = None
    breaker_window_s: Seconds | None = None
    auction_s: Seconds | None = None
    reference_price: Decimal | None = None


class StatusChange(WhyRequest):
    """Move an instrument now; closed delists it for good."""

    status: StatusName


class StatusAtTime(StatusChange):
    """Move an instrument at ``at_s``, Unix seconds."""

    at_s: Annotated[int, Meta(ge=1, le=2**32 - 1)]


class TradingCalendar(WhyRequest):
    """Schedule the next ``days`` of a calendar; its keys are those of the calendar file."""

    calendar: dict[str, Any]
    days: Annotated[int, Meta(ge=1, le=366)] = 7


class TierFeesChange(WhyRequest):
    """What accounts of a tier pay in an instrument."""

    tier: Annotated[int, Meta(ge=1, le=15)]
    maker_fee_ppm: FeePpm
    taker_fee_ppm: FeePpm


class VenueStatusChange(WhyRequest):
    """Halted: nothing is entered, amended, triggered or uncrossed; cancels and money go on."""

    status: Literal["open", "halted"]


class UserStatusChange(WhyRequest):
    """Suspended and closed end all sessions and open orders; closed is for good."""

    status: UserStatusName


class RoleChange(WhyRequest):
    """What a login is for."""

    role: RoleName


class FeeTierChange(WhyRequest):
    """The tier an account is in; 0 pays each instrument's own fees."""

    tier: Tier


class AccountLimitsChange(WhyRequest):
    """Of an account's orders; what is not said stays."""

    open_orders_max: Count | None = None
    orders_per_s: Count | None = None
    orders_burst: Count | None = None


class AssetLimitsChange(WhyRequest):
    """What an account may own of an asset, and trade for it in one order; 0: no limit."""

    asset: AssetName
    position_max: Decimal | None = None
    order_notional_max: Decimal | None = None


class WithdrawalDecision(Request):
    """``note``: why; of a payment by hand its reference, or the proof that it failed. ``paid``:
    what left by hand, all of it if it is not said.
    """

    decision: Literal["approve", "void", "paid", "failed"]
    note: Annotated[str, Meta(max_length=200)] = ""
    paid: Decimal | None = None


class WithdrawalRuleChange(WhyRequest):
    """How much may leave of an asset: per account and day, and unlooked at."""

    asset: AssetName
    day_max: Decimal | None = None
    approve_above: Decimal | None = None


class Act(Struct, kw_only=True):
    """What an operator did. ``before`` and ``after``: what differs; ``outcome`` unknown: look."""

    act_id: int
    ts_ns: TsNs
    actor: str
    actor_user_id: int | None
    role: str
    ip: str
    action: str
    subject: str
    reason: str
    outcome: OutcomeName
    detail: str
    asked: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class Acts(Struct):
    """A page of the log; ``cursor`` asks for what is older, null: there is none."""

    acts: list[Act]
    cursor: int | None = None


class ActQuery(Request):
    """Newest first. ``subject``: "instrument:BTC-USDT", or "instrument" for all of them."""

    subject: Annotated[str, Meta(max_length=128)] | None = None
    actor: Annotated[str, Meta(max_length=254)] | None = None
    action: Annotated[str, Meta(max_length=64)] | None = None
    outcome: OutcomeName | None = None
    from_ns: TsNs | None = None
    until_ns: TsNs | None = None
    limit: PageLimit = 100
    before: Id | None = None


class OperatedUser(Struct):
    """A login and its accounts."""

    user_id: int
    email: str
    role: RoleName
    status: UserStatusName
    created_ts_ns: TsNs
    account_ids: list[int]


class OperatedUsers(Struct):
    """A page of users; ``cursor`` asks for the next, null: there is none."""

    users: list[OperatedUser]
    cursor: int | None = None


class UserQuery(Request):
    """``email``: a part of it; ``after``: the ``cursor`` of the page before."""

    email: Annotated[str, Meta(max_length=254)] | None = None
    role: RoleName | None = None
    status: UserStatusName | None = None
    limit: PageLimit = 100
    after: Id | None = None


class AssetBalance(Struct):
    """What an account has of an asset."""

    asset: str
    available: Decimal
    held: Decimal


class AssetLimit(Struct):
    """What an account may own and trade of an asset; 0: no limit."""

    asset: str
    position_max: Decimal
    order_notional_max: Decimal


class OperatedAccount(Struct, kw_only=True):
    """An account with all that is set of it."""

    account_id: int
    status: UserStatusName
    fee_tier: int
    open_orders_max: int
    orders_per_s: int
    orders_burst: int
    asset_limits: list[AssetLimit]
    balances: list[AssetBalance]


class AccountTerms(Struct, kw_only=True):
    """An account of which something is set; ``email`` null: no login owns it."""

    account_id: int
    user_id: int | None
    email: str | None
    status: UserStatusName
    fee_tier: int
    open_orders_max: int
    orders_per_s: int
    orders_burst: int
    asset_limits: list[AssetLimit]


class AccountsWithTerms(Struct):
    """A page of accounts; ``cursor`` asks for the next, null: there is none."""

    accounts: list[AccountTerms]
    cursor: int | None = None


class AccountTermsQuery(Request):
    """``after``: the ``cursor`` of the page before."""

    limit: PageLimit = 100
    after: Id | None = None


class OperatedOrder(Struct, kw_only=True):
    """An open order; ``price`` null where it has none."""

    order_id: int
    account_id: int
    symbol: str
    side: str
    type: str
    status: str
    price: Decimal | None
    qty: Decimal
    leaves_qty: Decimal
    created_ts_ns: TsNs


class UserDetail(Struct):
    """A login, its accounts, and the newest of its open orders."""

    user: OperatedUser
    accounts: list[OperatedAccount]
    open_orders: list[OperatedOrder]


class TierFees(Struct):
    """What a tier pays in an instrument."""

    tier: int
    maker_fee_ppm: int
    taker_fee_ppm: int


class ScheduledStatus(Struct):
    """A change of status that waits for its time, Unix seconds."""

    at_s: int
    status: StatusName


class InstrumentTerms(Struct, kw_only=True):
    """Terms, rules and status of an instrument; null and 0: none."""

    tick_size: Decimal
    lot_size: Decimal
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional: Decimal
    price_max: Decimal | None
    qty_max: Decimal | None
    status: StatusName
    status_cause: str
    reference_price: Decimal | None
    collar_bps: int
    breaker_bps: int
    breaker_window_s: int
    auction_s: int


class OperatedInstrument(InstrumentTerms, kw_only=True):
    """An instrument with all that is set of it."""

    symbol: str
    base_asset: str
    quote_asset: str
    tier_fees: list[TierFees]
    scheduled: list[ScheduledStatus]


class OperatedInstruments(Struct):
    """All instruments."""

    instruments: list[OperatedInstrument]


class InstrumentVersion(InstrumentTerms, kw_only=True):
    """What an instrument was from event ``seq`` on; ``act_id`` and ``actor``: whose work it is."""

    seq: int
    ts_ns: TsNs
    act_id: int | None
    actor: str | None
    reason: str | None


class InstrumentVersions(Struct):
    """Newest first; ``cursor`` asks for what is older, null: there is none."""

    versions: list[InstrumentVersion]
    cursor: int | None = None


class VersionQuery(Request):
    """``before``: the ``cursor`` of the page before."""

    limit: PageLimit = 100
    before: Id | None = None


class ListedAsset(Struct):
    """An asset and its decimals."""

    asset: str
    scale: int


class ListedAssets(Struct):
    """All assets."""

    assets: list[ListedAsset]


class PeriodQuery(Request):
    """The last ``hours``."""

    hours: Hours = 24


class Volume(Struct):
    """What was traded in an instrument, and taken in fees of each side's asset."""

    symbol: Symbol
    trades: int
    volume: Decimal
    quote_volume: Decimal
    base_fees: Decimal
    quote_fees: Decimal


class AssetAmount(Struct):
    """So much of an asset."""

    asset: str
    amount: Decimal


class Volumes(Struct):
    """By instrument; ``fees_earned``: all that the venue's own account has."""

    volumes: list[Volume]
    fees_earned: list[AssetAmount]


class Interest(Struct):
    """What waits on one side of a book; ``notional``: at the orders' own prices."""

    symbol: Symbol
    side: Literal["buy", "sell"]
    orders: int
    accounts: int
    qty: Decimal
    notional: Decimal


class OpenInterest(Struct):
    """By instrument and side."""

    open_interest: list[Interest]


class TopQuery(Request):
    """``volume``: who traded most for the (quote) asset in the last ``hours``; ``balance``: who
    has most of it.
    """

    asset: AssetName
    by: Literal["volume", "balance"] = "volume"
    hours: Hours = 24
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


class TopAccount(Struct):
    """``email`` null: an account that no login owns; ``fills``: 0 by balance."""

    account_id: int
    user_id: int | None
    email: str | None
    amount: Decimal
    fills: int


class TopAccounts(Struct):
    """Largest first."""

    accounts: list[TopAccount]


class Supply(Struct):
    """``supply``: came in and did not leave; ``owned``: what all accounts have, held or not."""

    asset: str
    supply: Decimal
    owned: Decimal
    held: Decimal
    agrees: bool


class Reconciliation(Struct, kw_only=True):
    """What the last comparison of the book of record with the engine found, at event
    ``checked_seq``; ``supplies`` are of now.
    """

    checked_seq: int
    checked_ts_ns: TsNs
    differences: int
    withdrawals_stopped: bool
    settled_seq: int
    supplies: list[Supply]


class ProcessStatus(Struct):
    """``seq``: the last event it has; ``behind``: how many it is behind the engine. null: not
    known.
    """

    process: str
    ready: bool
    seq: int | None = None
    behind: int | None = None


class SystemStatus(Struct):
    """The venue's own status and its processes."""

    venue_status: Literal["open", "halted"]
    processes: list[ProcessStatus]


class OperatedWithdrawal(Struct, kw_only=True):
    """A withdrawal; ``steps`` where one is asked for."""

    withdrawal_id: int
    account_id: int
    asset: str
    amount: Decimal
    posted: Decimal
    address: str
    rail: str
    state: WithdrawalStateName
    reference: str
    created_ts_ns: TsNs
    steps: list[WithdrawalStep] = []


class OperatedWithdrawals(Struct):
    """A page, newest first; ``cursor`` asks for what is older, null: there is none."""

    withdrawals: list[OperatedWithdrawal]
    cursor: int | None = None


class OperatedWithdrawalQuery(Request):
    """``state``: open are those that have not ended."""

    state: Literal["open", "all"] | WithdrawalStateName = "open"
    limit: PageLimit = 100
    before: Id | None = None


class WithdrawalRule(Struct):
    """``is_default``: no operator said so."""

    asset: str
    day_max: Decimal
    approve_above: Decimal
    is_default: bool


class WithdrawalRules(Struct):
    """Of every asset."""

    rules: list[WithdrawalRule]
