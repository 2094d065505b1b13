"""Events: facts the engine states, in the past tense. Their sequence number is their position in
the stream, from 1.

Every event that touches a balance carries it as it is afterwards: ``available_atoms`` and
``held_atoms`` of the asset the order spends (quote for a buy, base for a sell). ``book_seq`` is 0
unless the event changed the visible book; it counts the visible changes of one instrument.
"""

from dataclasses import dataclass
from enum import STRICT, IntEnum, IntFlag

from domain.orders import (
    AggressorSide,
    ContingencyType,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    StatusCause,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import BalanceReason, CancelReason, RejectReason, TransferReason
from domain.venue_events import VenueEvent


class EventKind(IntEnum):
    """First byte of every event."""

    ORDER_ACCEPTED = 1
    ORDER_REJECTED = 2
    TRADE = 3
    ORDER_CANCELED = 4
    ORDER_REPLACED = 5
    ORDER_EXPIRED = 6
    ORDER_REDUCED = 7
    ORDER_RESTED = 8
    ORDER_TRIGGERED = 9
    ORDER_LIST_ACCEPTED = 10
    ACCOUNT_OPENED = 32
    ASSET_CREATED = 33
    INSTRUMENT_CREATED = 34
    TRADING_STATUS_CHANGED = 35
    BALANCE_CHANGED = 36
    CONTROL_REJECTED = 37
    INSTRUMENT_UPDATED = 38
    INSTRUMENT_RULES_CHANGED = 39
    TRADING_STATUS_SCHEDULED = 40
    AUCTION_UNCROSSED = 41
    FEES_CHANGED = 42
    FEE_TIER_CHANGED = 43
    ACCOUNT_STATUS_CHANGED = 44
    ACCOUNT_LIMITS_CHANGED = 45
    ASSET_LIMITS_CHANGED = 46
    VENUE_STATUS_CHANGED = 47
    LOGIC_VERSION_CHANGED = 48
    TRANSFERRED = 49


class TradeFlag(IntFlag, boundary=STRICT):
    """Which of a trade's two orders it completed."""

    MAKER_FILLED = 1
    TAKER_FILLED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted:
    """An order entered. It rests in the book at once, whole, if ``book_seq`` > 0; otherwise trades,
    an ORDER_RESTED or its end follow in the same command.
    """

    ts_ns: int
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    flags: OrderFlag
    trailing_bps: int = 0
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int = 0
    display_qty_lots: int = 0
    quote_budget_atoms: int = 0
    available_atoms: int
    held_atoms: int
    book_seq: int
    client_order_id: bytes
    expire_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """An order command (``request``: its CommandKind number) was refused and changed nothing.

    ``client_order_id`` is the request's key or target. A MALFORMED one carries only the account and
    instrument it named.
    """

    ts_ns: int
    request: int
    reason: RejectReason
    account_id: int
    instrument_id: int
    side: int
    order_id: int
    price_ticks: int
    qty_lots: int
    client_order_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Two orders met at the maker's price. Fees are in atoms of the asset each party received.

    In an auction (``aggressor_side`` NONE) they met at its one price: the maker is the order that
    had waited longer, and both pay the maker fee.

    ``maker_held_atoms``, ``taker_available_atoms`` and ``taker_held_atoms`` are of the asset that
    party spends; ``*_received_available_atoms`` of the asset it receives. A maker's available
    balance of the spent asset never changes here: what an auction saves it follows as a
    BALANCE_CHANGED.
    """

    ts_ns: int
    trade_id: int
    instrument_id: int
    aggressor_side: AggressorSide
    maker_side: Side
    flags: TradeFlag
    maker_order_id: int
    taker_order_id: int
    maker_account_id: int
    taker_account_id: int
    price_ticks: int
    qty_lots: int
    book_seq: int
    maker_fee_atoms: int
    taker_fee_atoms: int
    maker_received_available_atoms: int
    maker_held_atoms: int
    taker_received_available_atoms: int
    taker_available_atoms: int
    taker_held_atoms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCanceled:
    """An order ended by request or rule. ``qty_lots`` is what was still open, ``cum_qty_lots`` what
    had been filled.
    """

    ts_ns: int
    reason: CancelReason
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    price_ticks: int
    qty_lots: int
    cum_qty_lots: int
    available_atoms: int
    held_atoms: int
    book_seq: int
    client_order_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired:
    """As OrderCanceled, by the order's own terms: the rest of a market, IOC or FOK order, or a date
    reached.
    """

    ts_ns: int
    reason: CancelReason
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    price_ticks: int
    qty_lots: int
    cum_qty_lots: int
    available_atoms: int
    held_atoms: int
    book_seq: int
    client_order_id: bytes


class ReplaceFlag(IntFlag, boundary=STRICT):
    """What became of the order's place."""

    KEPT_PLACE = 1
    RESTED = 2
    """It is in the book at its new price and quantity; without it trades, ORDER_RESTED or its end
    follow.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReplaced:
    """An order was amended. One visible change: the old price and quantity leave, the new arrive if
    RESTED is set.
    """

    ts_ns: int
    flags: ReplaceFlag
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int = 0
    display_qty_lots: int = 0
    leaves_qty_lots: int
    available_atoms: int
    held_atoms: int
    book_seq: int
    request_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReduced:
    """Self-trade prevention took ``qty_lots`` off an order without a trade. With
    ``leaves_qty_lots`` 0 it is over.
    """

    ts_ns: int
    reason: CancelReason
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    price_ticks: int
    qty_lots: int
    cum_qty_lots: int
    leaves_qty_lots: int
    available_atoms: int
    held_atoms: int
    book_seq: int
    client_order_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRested:
    """An order joined the tail of its level: what trading left of it, or an iceberg's next slice.

    ``leaves_qty_lots`` is all that is open, ``visible_qty_lots`` the part that the book shows.
    """

    ts_ns: int
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    price_ticks: int
    visible_qty_lots: int
    leaves_qty_lots: int
    available_atoms: int
    held_atoms: int
    book_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTriggered:
    """A stop's or take-profit's condition was met: from here on it is the market or limit order it
    stands for. It rests in the book at once, whole, if ``book_seq`` > 0; otherwise trades, an
    ORDER_RESTED or its end follow in the same command. ``last_price_ticks``: the trade that did it.
    """

    ts_ns: int
    order_id: int
    account_id: int
    instrument_id: int
    side: Side
    order_type: OrderType
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int
    last_price_ticks: int
    available_atoms: int
    held_atoms: int
    book_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderListAccepted:
    """Two orders entered as one list; an ORDER_ACCEPTED of each follows.

    ``list_id`` is the first order's id, ``client_order_id`` the list's own.
    """

    ts_ns: int
    contingency_type: ContingencyType
    account_id: int
    instrument_id: int
    list_id: int
    first_order_id: int
    second_order_id: int
    client_order_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened:
    """A trading account exists from here on."""

    ts_ns: int
    account_id: int
    group_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCreated:
    """An asset exists from here on."""

    ts_ns: int
    asset_id: int
    scale: int
    name: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentCreated:
    """An instrument exists from here on; its fields as in CreateInstrument, every bound spelled
    out.
    """

    ts_ns: int
    instrument_id: int
    symbol: bytes
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStatusChanged:
    """An instrument moved to another status.

    ``auction_ends_ns``: log time at which an auction uncrosses by itself; 0 if it does not.
    """

    ts_ns: int
    instrument_id: int
    trading_status: TradingStatus
    cause: StatusCause = StatusCause.REQUESTED
    auction_ends_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChanged:
    """A balance changed otherwise than by an order, by ``amount_atoms`` (signed); 0 if atoms only
    moved between its held and its available part.

    Of a withdrawal: ``withdrawal_seq`` is the number of ``source_id`` under which it is held,
    ``withdrawal_atoms`` how much that is or was.
    """

    ts_ns: int
    reason: BalanceReason
    account_id: int
    asset_id: int
    amount_atoms: int
    source_id: int
    source_seq: int
    withdrawal_atoms: int = 0
    withdrawal_seq: int = 0
    available_atoms: int
    held_atoms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """Money moved from one account to another; both balances of the asset as they are afterwards,
    of which only the available parts changed.
    """

    ts_ns: int
    transfer_reason: TransferReason
    from_account_id: int
    to_account_id: int
    asset_id: int
    amount_atoms: int
    source_id: int
    source_seq: int
    from_available_atoms: int
    from_held_atoms: int
    to_available_atoms: int
    to_held_atoms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRejected:
    """A control command, or one of unknown kind, was refused and changed nothing.

    ``subject_id``: the account, asset or instrument it named; 0 for an unknown kind.
    """

    ts_ns: int
    request: int
    reason: RejectReason
    subject_id: int
    source_id: int = 0
    source_seq: int = 0


Event = (
    OrderAccepted
    | OrderRejected
    | Trade
    | OrderCanceled
    | OrderReplaced
    | OrderExpired
    | OrderReduced
    | OrderRested
    | OrderTriggered
    | OrderListAccepted
    | AccountOpened
    | AssetCreated
    | InstrumentCreated
    | TradingStatusChanged
    | BalanceChanged
    | Transferred
    | ControlRejected
    | VenueEvent
)


class OutcomeResult(IntEnum):
    """What became of one command."""

    DONE = 1
    REJECTED = 2
    DUPLICATE = 3
    """The key was seen before with the same content: ``order_id`` and ``reason`` are the original
    answer.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer to one command. Whoever has applied the stream up to ``last_event_seq`` sees all
    its effects.

    ``event_count`` events end at ``last_event_seq``; 0 for a duplicate. For a duplicate of a
    refused command ``reason`` is the original reason; for a duplicate of an executed one it is
    NONE.
    """

    result: OutcomeResult
    reason: RejectReason
    order_id: int
    last_event_seq: int
    event_count: int
