"""What the native API answers with. Prices, quantities and amounts are decimal text; times are ns
as text.
"""

from typing import Literal

import msgspec

Side = Literal["buy", "sell"]
OrderTypeName = Literal[
    "limit", "market", "stop", "stop_limit", "take_profit", "take_profit_limit", "trailing_stop"
]
TimeInForceName = Literal["gtc", "ioc", "fok", "gtd"]
OPEN_STATUSES = frozenset({"new", "partially_filled", "pending_trigger"})


class Instrument(msgspec.Struct, frozen=True):
    """A tradable pair and its rules; a rule of 0 (or None) is off."""

    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: str
    lot_size: str
    price_decimals: int
    qty_decimals: int
    min_notional: str
    maker_fee_ppm: int
    taker_fee_ppm: int
    trading_status: str
    status_cause: str = "requested"
    auction_ends_ns: str | None = None
    band_bps: int = 0
    collar_bps: int = 0
    breaker_bps: int = 0
    breaker_window_s: int = 0
    auction_s: int = 0
    reference_price: str | None = None


class Venue(msgspec.Struct, frozen=True):
    """The whole exchange: ``open`` or ``halted``."""

    venue_status: str


class Asset(msgspec.Struct, frozen=True):
    """Something that can be owned, with ``scale`` decimals."""

    name: str
    scale: int


class Fill(msgspec.Struct, frozen=True):
    """One order's side of a trade."""

    trade_id: int
    order_id: int
    symbol: str
    side: Side
    price: str
    qty: str
    fee: str
    fee_asset: str
    liquidity: str
    ts_ns: str


class Order(msgspec.Struct, frozen=True):
    """An order as the exchange sees it. ``price`` is None for orders at the market;
    ``expire_at_s`` is Unix seconds.
    """

    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    type: str
    time_in_force: str
    qty: str
    cum_qty: str
    leaves_qty: str
    status: str
    price: str | None = None
    trigger_price: str | None = None
    trailing_bps: int | None = None
    list_id: int | None = None
    display_qty: str | None = None
    expire_at_s: int | None = None
    avg_price: str | None = None
    reason: str | None = None
    post_only: bool = False
    seq: int = 0
    fills: list[Fill] = []

    @property
    def open(self) -> bool:
        """Whether it can still trade."""
        return self.status in OPEN_STATUSES


class OrderList(msgspec.Struct, frozen=True):
    """Two orders of which one cancels the other; ``list_id`` is the first one's id."""

    list_id: int
    client_order_id: str
    symbol: str
    contingency: str
    orders: list[Order]


class Balance(msgspec.Struct, frozen=True):
    """What an account has of one asset."""

    asset: str
    available: str
    held: str


class Auction(msgspec.Struct, frozen=True):
    """What an auction would come to now; ``price`` is None if nothing would trade."""

    price: str | None
    qty: str
    imbalance: str


class Depth(msgspec.Struct, frozen=True):
    """Price levels (price, quantity), best first, at book sequence ``seq``; none in an auction."""

    symbol: str
    seq: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    auction: Auction | None = None


class Trade(msgspec.Struct, frozen=True):
    """A public trade; ``aggressor_side`` is ``none`` in an auction."""

    trade_id: int
    price: str
    qty: str
    aggressor_side: str
    ts_ns: str


class Ticker(msgspec.Struct, frozen=True):
    """The last 24 hours of one instrument."""

    symbol: str
    last: str | None = None
    bid: str | None = None
    ask: str | None = None


class User(msgspec.Struct, frozen=True):
    """Who is logged in."""

    user_id: int
    email: str
    account_id: int
    role: str = "user"
    email_verified: bool = False
    second_factor: bool = False
    recovery_codes_left: int = 0


class ApiKey(msgspec.Struct, frozen=True):
    """An API key; ``api_secret`` is only there when it was just made."""

    api_key: str
    label: str = ""
    permissions: list[str] = []
    api_secret: str | None = None
    account_id: int | None = None
    allowed_networks: list[str] = []
    expires_ts_ns: str | None = None
    last_used_ts_ns: str | None = None


class WithdrawalStep(msgspec.Struct, frozen=True):
    """One step of a withdrawal: where to, by whom, why."""

    state: str
    actor: str
    note: str
    ts_ns: str


class Withdrawal(msgspec.Struct, frozen=True):
    """Money on its way out; ``posted`` is what has left, ``steps`` is there for one alone."""

    withdrawal_id: int
    asset: str
    amount: str
    posted: str
    address: str
    state: str
    reference: str
    created_ts_ns: str
    steps: list[WithdrawalStep] = []


class Deposit(msgspec.Struct, frozen=True):
    """Money that came in."""

    asset: str
    amount: str
    source: str
    reference: str
    ts_ns: str
    seq: int


class WithdrawalAddress(msgspec.Struct, frozen=True):
    """Where money of an asset may go."""

    asset: str
    address: str
    label: str = ""


class SubAccount(msgspec.Struct, frozen=True):
    """One of a login's accounts; ``status``: open or closed."""

    account_id: int
    name: str
    is_main: bool
    status: str
    created_ts_ns: str


class AccountTransfer(msgspec.Struct, frozen=True):
    """Money that moved between two accounts; ``reason``: sub_account, trade_bust or adjustment."""

    from_account_id: int
    to_account_id: int
    asset: str
    amount: str
    reason: str
    ts_ns: str
    seq: int


class Session(msgspec.Struct, frozen=True):
    """The answer to sign-up and login."""

    access_token: str
    expires_in_s: int
    user: User | None = None
