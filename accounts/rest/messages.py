"""What is asked and answered over HTTP. Amounts in atoms, prices in ticks, times in ns: integers.

Enumerations are their numbers in ``domain``. A request with an unknown field is refused.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from accounts.settling.venue_settings import AccountTerms, AssetLimits, ScheduledStatus, TierFees

AMOUNT_ATOMS_MAX = 2**62
AmountAtoms = Annotated[int, Meta(ge=1, le=AMOUNT_ATOMS_MAX)]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
AccountIdField = Annotated[int, Meta(ge=1, le=2**32 - 1)]
AssetName = Annotated[str, Meta(min_length=1, max_length=24)]
ShortText = Annotated[str, Meta(max_length=256)]
TokenText = Annotated[str, Meta(min_length=1, max_length=256)]
# Longer than any that may be chosen, so that the answer says how long it may be.
PasswordText = Annotated[str, Meta(max_length=4096)]


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """Root of all requests."""


class SignUp(Request):
    """POST /internal/sign-up."""

    email: ShortText
    password: PasswordText
    email_verified: bool = False


class Login(Request):
    """POST /internal/login."""

    email: ShortText
    password: PasswordText
    user_agent: Annotated[str, Meta(max_length=1024)] = ""
    ip: Annotated[str, Meta(max_length=64)] = ""


class RefreshToken(Request):
    """POST /internal/refresh and /internal/logout."""

    refresh_token: TokenText


class NewApiKey(Request):
    """POST /internal/api-keys. ``expires_ts_ns`` None: never; no networks: from anywhere."""

    user_id: Id
    label: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    permissions: Annotated[
        list[Literal["read", "trade", "withdraw"]], Meta(min_length=1, max_length=3)
    ]
    public_key: Annotated[str, Meta(max_length=1024)] | None = None
    """Ed25519 or RSA, PEM or base64; without it the key gets a secret for HMAC."""
    account_id: AccountIdField | None = None
    """Which of the login's accounts it is for; its main account if it says nothing."""
    allowed_networks: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=32)] = []
    expires_ts_ns: Annotated[int, Meta(ge=1, le=2**62)] | None = None


class KeyUse(Request):
    """POST /internal/api-keys/used: when each was used last, Unix nanoseconds."""

    used: Annotated[
        dict[Annotated[str, Meta(max_length=128)], Annotated[int, Meta(ge=1, le=2**62)]],
        Meta(max_length=100),
    ]


class FaucetRequest(Request):
    """POST /internal/faucet."""

    account_id: AccountIdField
    asset: AssetName
    amount_atoms: AmountAtoms


class DepositRequest(Request):
    """POST /internal/deposits. The same ``external_ref`` is the same deposit, executed once."""

    account_id: AccountIdField
    asset: AssetName
    amount_atoms: AmountAtoms
    external_ref: Annotated[str, Meta(min_length=1, max_length=128)]


class MoneyAnswer(Struct):
    """``available_atoms`` and ``held_atoms``: the account's balance of the asset afterwards."""

    source_seq: int
    event_seq: int
    available_atoms: int
    held_atoms: int


class OrderAnswer(Struct, kw_only=True):
    """``fee_atoms`` in the asset the order receives; ``seq``: the event it changed by last;
    ``visible_qty_lots``: what the book shows of it, 0 while it is not in it; ``expire_s``: Unix
    seconds.
    """

    order_id: int
    account_id: int
    instrument_id: int
    symbol: str
    client_order_id: str
    side: int
    order_type: int
    time_in_force: int
    self_trade_prevention: int
    flags: int
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int
    display_qty_lots: int
    trailing_bps: int
    quote_budget_atoms: int
    leaves_qty_lots: int
    visible_qty_lots: int
    cum_qty_lots: int
    cum_quote_atoms: int
    fee_atoms: int
    status: int
    reason: int
    list_id: int
    contingency_type: int
    expire_s: int
    created_ts_ns: int
    updated_ts_ns: int
    seq: int


class OrderListAnswer(Struct, kw_only=True):
    """Two orders entered as one; ``list_id`` is the first one's id."""

    list_id: int
    account_id: int
    instrument_id: int
    contingency_type: int
    second_order_id: int
    client_order_id: str
    created_ts_ns: int
    created_seq: int


class FillAnswer(Struct, kw_only=True):
    """One order's side of a trade. ``liquidity`` 1: maker, 2: taker; ``list_id`` 0 unless the order
    is a leg.
    """

    trade_id: int
    order_id: int
    instrument_id: int
    symbol: str
    side: int
    price_ticks: int
    qty_lots: int
    quote_atoms: int
    fee_atoms: int
    fee_asset_id: int
    liquidity: int
    ts_ns: int
    seq: int
    list_id: int


class TransferAnswer(Struct, kw_only=True):
    """One line of an account's ledger. ``code``: a ``TransferCode`` by name. ``ref`` names its
    cause; ``before`` asks for what is older. ``counterpart_account_id`` only where it is the
    login's own.
    """

    seq: int
    leg: int
    ts_ns: int
    code: str
    asset_id: int
    asset: str
    amount_atoms: int
    balance_after_atoms: int
    counterpart: str
    counterpart_account_id: int | None
    ref: str
    before: str


class BalanceAnswer(Struct):
    asset_id: int
    asset: str
    available_atoms: int
    held_atoms: int


class InstrumentAnswer(Struct, kw_only=True):
    instrument_id: int
    symbol: str
    base_asset_id: int
    quote_asset_id: int
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional_atoms: int
    price_max_ticks: int
    qty_max_lots: int
    trading_status: int
    status_cause: int
    auction_ends_ns: int
    collar_bps: int
    breaker_bps: int
    breaker_window_s: int
    auction_s: int
    reference_price_ticks: int
    book_seq: int
    last_trade_price_ticks: int
    next_trade_id: int


class AssetAnswer(Struct):
    asset_id: int
    name: str
    scale: int


class AccountAnswer(Struct):
    account_id: int
    group_id: int
    fee_tier: int


class SnapshotAnswer(Struct, kw_only=True):
    """The venue as it is after event ``cursor``. ``balances``: [account_id, asset_id,
    available_atoms, held_atoms]. ``units``: [instrument_id, from_seq, first_trade_id,
    quote_atoms_per_tick_lot, base_atoms_per_lot], what held from there on. ``tier_fees``:
    [instrument_id, tier, maker_fee_ppm, taker_fee_ppm]. ``order_lists``: those with an open order,
    and one whose orders' entries come after the cursor.
    """

    cursor: int
    venue_status: int
    units: list[tuple[int, int, int, int, int]]
    tier_fees: list[tuple[int, int, int, int]]
    order_lists: list[OrderListAnswer]
    instruments: list[InstrumentAnswer]
    assets: list[AssetAnswer]
    accounts: list[AccountAnswer]
    balances: list[tuple[int, int, int, int]]
    open_orders: list[OrderAnswer]


class VenueAnswer(Struct, kw_only=True):
    """What is listed and set, after event ``cursor``. Accounts and fees only where they are not
    the usual ones; ``scheduled`` may hold changes that are due.
    """

    cursor: int
    venue_status: int
    logic_version: int
    assets: list[AssetAnswer]
    instruments: list[InstrumentAnswer]
    fees: list[TierFees]
    scheduled: list[ScheduledStatus]
    account_terms: list[AccountTerms]
    asset_limits: list[AssetLimits]


JSON = msgspec.json.Encoder()
