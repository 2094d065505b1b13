"""The native API's requests and answers. These types validate, and the OpenAPI document is made of
them.

Decimals are strings; times are Unix nanoseconds as decimal strings: no JSON number holds them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Decimal = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,19}(\.[0-9]{1,18})?$",
        description="Decimal text",
        examples=["64012.13"],
    ),
]
TsNs = Annotated[
    str,
    Meta(
        pattern="^[0-9]{1,19}$",
        description="Unix time in nanoseconds, as text",
        examples=["1760000000000000000"],
    ),
]
Symbol = Annotated[str, Meta(max_length=24, description="Instrument", examples=["BTC-USDT"])]
AssetName = Annotated[str, Meta(max_length=24, description="Asset", examples=["USDT"])]
ClientOrderId = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_-]{1,36}$",
        description="Chosen by you, unique in your account; makes a request safe to repeat",
        examples=["my-order-1"],
    ),
]
OrderId = Annotated[int, Meta(ge=1, le=2**53 - 1, description="Assigned by the exchange")]
SideName = Literal["buy", "sell"]
OrderTypeName = Literal[
    "limit", "market", "stop", "stop_limit", "take_profit", "take_profit_limit", "trailing_stop"
]
LegTypeName = Literal[
    "limit", "stop", "stop_limit", "take_profit", "take_profit_limit", "trailing_stop"
]
SignedDecimal = Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="Decimal text")]
Bps = Annotated[int, Meta(ge=1, le=9_999, description="Hundredths of a percent", examples=[100])]
TimeInForceName = Literal["gtc", "ioc", "fok", "gtd"]
SelfTradePreventionName = Literal[
    "none", "cancel_maker", "cancel_taker", "cancel_both", "decrement"
]
OrderStatusName = Literal[
    "pending_trigger", "new", "partially_filled", "filled", "canceled", "rejected", "expired"
]
UnixSeconds = Annotated[
    int, Meta(ge=1, le=2**32 - 1, description="Unix time in seconds", examples=[1760000000])
]
Interval = Literal[
    "1s",
    "1m",
    "3m",
    "5m",
    "15m",
    "30m",
    "1h",
    "2h",
    "4h",
    "6h",
    "8h",
    "12h",
    "1d",
    "3d",
    "1w",
    "1M",
]


Permission = Literal["read", "trade", "withdraw"]


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """A request body or query; a field it does not have is refused."""


# Errors


class Error(Struct, omit_defaults=True):
    """What went wrong. ``code`` is stable, ``message`` is for people, ``field`` is what of the
    request is at fault.
    """

    code: str
    message: str
    field: str | None = None
    details: dict[str, str | int] | None = None


class ErrorAnswer(Struct, omit_defaults=True):
    """The body of every answer with a status of 400 or above (RFC 9457). ``error`` is the same
    object as over WebSocket.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    error: Error
    field: str | None = None


# Reference data


class AssetInfo(Struct):
    """Something that can be owned, and how many decimals its amounts have."""

    name: str
    scale: int


class InstrumentInfo(Struct):
    """A tradable pair and its rules; a rule of 0 (or null) is off. ``auction_ends_ns``: when an
    auction ends by itself, null if it does not.
    """

    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    lot_size: Decimal
    price_decimals: int
    qty_decimals: int
    min_notional: Decimal
    maker_fee_ppm: int
    taker_fee_ppm: int
    trading_status: Literal["trading", "auction", "cancel_only", "halt", "closed"]
    status_cause: Literal["requested", "scheduled", "breaker", "auction_ended"]
    auction_ends_ns: TsNs | None
    band_bps: int
    collar_bps: int
    breaker_bps: int
    breaker_window_s: int
    auction_s: int
    reference_price: Decimal | None


class VenueInfo(Struct):
    """The whole exchange. While it is ``halted`` nothing is entered, amended or traded; cancels
    work.
    """

    venue_status: Literal["open", "halted"]


class ServerTime(Struct):
    """The gateway's clock."""

    ts_ns: TsNs


# Orders


class NewOrderRequest(Request):
    """An order. A market order has either ``qty`` or ``quote_budget``. A stop or take-profit waits
    until a trade reaches ``trigger_price``; a trailing stop follows the price at ``trailing_bps``
    instead. ``display_qty`` is what the book shows of a limit order
    at a time. ``expire_at_s`` is for the time in force ``gtd``.
    """

    symbol: Symbol
    side: SideName
    type: OrderTypeName
    qty: Decimal | None = None
    quote_budget: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trailing_bps: Bps | None = None
    display_qty: Decimal | None = None
    time_in_force: TimeInForceName | None = None
    expire_at_s: UnixSeconds | None = None
    post_only: bool = False
    self_trade_prevention: SelfTradePreventionName = "none"
    client_order_id: ClientOrderId | None = None


class LegRequest(Request):
    """One order of a list. A limit leg is post-only: it may not trade as it enters. Without a
    ``client_order_id`` it gets one made of the list's.
    """

    type: LegTypeName
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trailing_bps: Bps | None = None
    display_qty: Decimal | None = None
    time_in_force: TimeInForceName | None = None
    expire_at_s: UnixSeconds | None = None
    client_order_id: ClientOrderId | None = None


class NewOrderListRequest(Request):
    """Two orders of one side and quantity, of which one cancels the other: what trades, triggers or
    ends first ends the other. At most one of them is a limit order. Both enter or neither.
    """

    symbol: Symbol
    side: SideName
    qty: Decimal
    legs: Annotated[list[LegRequest], Meta(min_length=2, max_length=2)]
    self_trade_prevention: SelfTradePreventionName = "none"
    client_order_id: ClientOrderId | None = None


class ReplaceRequest(Request):
    """New terms of an open order. ``qty`` is the new total, executed part included. A
    ``trigger_price`` is for one that still waits for its trigger.
    """

    price: Decimal | None = None
    qty: Decimal | None = None
    trigger_price: Decimal | None = None
    display_qty: Decimal | None = None
    request_id: ClientOrderId | None = None


class CancelAllAfterRequest(Request):
    """When to cancel all open orders, unless asked again before: in ``timeout_ms``, 24 hours at
    most. 0 stops the clock.
    """

    timeout_ms: Annotated[int, Meta(ge=0, le=2**32 - 1, examples=[10000])]


class OrderListQuery(Request):
    """Which orders, newest first."""

    status: Literal["open", "closed", "all"] = "open"
    symbol: Symbol | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    before_order_id: OrderId | None = None


class SymbolQuery(Request):
    """One instrument, or all."""

    symbol: Symbol | None = None


class Fill(Struct):
    """One order's side of a trade. The fee is taken from the asset received."""

    trade_id: int
    order_id: int
    symbol: str
    side: SideName
    price: Decimal
    qty: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Literal["maker", "taker"]
    ts_ns: TsNs
    seq: int


class Order(Struct, omit_defaults=True):
    """An order. ``qty`` of a market order by budget is what it has bought. ``price`` is null for
    orders at the market, ``trigger_price``, ``trailing_bps``, ``display_qty``, ``expire_at_s`` and
    ``list_id`` for orders without. The trigger of a trailing stop is told as it was at its entry or
    last amendment, and when it is triggered.
    """

    order_id: int
    client_order_id: str
    symbol: str
    side: SideName
    type: str
    time_in_force: str
    post_only: bool
    price: Decimal | None
    qty: Decimal
    quote_budget: Decimal | None
    trigger_price: Decimal | None
    trailing_bps: int | None
    display_qty: Decimal | None
    expire_at_s: int | None
    list_id: int | None
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_price: Decimal | None
    status: OrderStatusName
    reason: str | None
    created_ts_ns: TsNs
    updated_ts_ns: TsNs
    seq: int
    fills: list[Fill] | None = None


class OrderList(Struct):
    """Two orders entered as one. ``list_id`` is the first one's id."""

    list_id: int
    client_order_id: str
    symbol: str
    contingency: Literal["oco"]
    created_ts_ns: TsNs
    orders: list[Order]


class FateUnknown(Struct, omit_defaults=True):
    """The order was sent and its fate is not known yet: ask there, or repeat the same request."""

    status: Literal["unknown"]
    ask: str
    client_order_id: str | None = None
    order_id: int | None = None
    list_id: int | None = None


class Orders(Struct):
    """Orders, newest first."""

    orders: list[Order]


class CancelAllAfter(Struct):
    """In how many milliseconds all open orders will be canceled; 0: not at all."""

    timeout_ms: int


class CanceledOrders(Struct):
    """Ids of the orders that a cancel of all has ended."""

    canceled: list[int]


# Account


class Balance(Struct):
    """One asset's balance: ``total`` is ``available`` plus ``held``."""

    asset: str
    available: Decimal
    held: Decimal
    total: Decimal


class Balances(Struct):
    """All balances after event ``seq``."""

    balances: list[Balance]
    seq: int


class FillListQuery(Request):
    """Which fills, newest first."""

    symbol: Symbol | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    before_trade_id: Annotated[int, Meta(ge=1)] | None = None


class Fills(Struct):
    """Fills, newest first."""

    fills: list[Fill]


CounterpartName = Literal["outside", "fees", "own_account", "customer"]


class LedgerQuery(Request):
    """Which ledger entries, newest first. ``before`` is the ``cursor`` of the page before."""

    asset: AssetName | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    before: Annotated[str, Meta(max_length=64)] | None = None


class LedgerEntry(Struct):
    """One posting: a signed amount and the balance after it. ``counterpart``: whom it came from or
    went to; the account by number where it is one of this login's.
    """

    asset: str
    amount: str
    balance: str
    code: str
    counterpart: CounterpartName
    counterpart_account_id: int | None
    ref: str
    ts_ns: TsNs
    seq: int


class Ledger(Struct):
    """Postings, newest first; ``cursor`` continues with ``before``, None at the end."""

    entries: list[LedgerEntry]
    cursor: str | None


class FaucetRequest(Request):
    """Demo funds. Without an amount: the faucet's usual one."""

    asset: AssetName
    amount: Decimal | None = None


class FaucetAnswer(Struct):
    """The balance after the deposit."""

    asset: str
    available: Decimal
    held: Decimal


# Market data


class Auction(Struct):
    """What an auction would come to if it ended now: ``price`` (null: nothing would trade), the
    ``qty`` that would trade, and by how much bids at that price outweigh asks.
    """

    price: Decimal | None
    qty: Decimal
    imbalance: SignedDecimal


class Depth(Struct):
    """The book after its change ``seq``; levels are [price, qty], best first. In an auction there
    are no levels, but what it would come to.
    """

    symbol: str
    seq: int
    bids: list[tuple[Decimal, Decimal]]
    asks: list[tuple[Decimal, Decimal]]
    auction: Auction | None


class PublicTrade(Struct):
    """A trade as everybody sees it; in an auction neither side is the aggressor."""

    trade_id: int
    price: Decimal
    qty: Decimal
    aggressor_side: Literal["buy", "sell", "none"]
    ts_ns: TsNs


class Candle(Struct):
    """Open, high, low, close and volume of one interval; ``vwap`` is null where nothing traded.
    ``taker_buy_volume`` is the part of ``volume`` that buyers took.
    """

    ts_open_ns: TsNs
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
    vwap: Decimal | None
    taker_buy_volume: Decimal
    taker_buy_quote_volume: Decimal


class Candles(Struct):
    """Candles, oldest first."""

    symbol: str
    interval: str
    candles: list[Candle]


class Ticker(Struct):
    """The last 24 hours (or one) and the best prices now; None where there is nothing. All trades
    from ``since_ns`` on count, none before.
    """

    symbol: str
    last: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    volume: Decimal
    quote_volume: Decimal
    change_ppm: int | None
    trades: int
    bid: Decimal | None
    ask: Decimal | None
    since_ns: TsNs | None
