"""Commands: what may be asked of the engine, in the imperative. Every field is an integer or packed
bytes.
"""

from dataclasses import dataclass
from enum import IntEnum

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.orders import (
    ContingencyType,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import TransferReason
from domain.venue_commands import VenueCommand


class CommandKind(IntEnum):
    """First byte of every command. Below 32: orders; from 32 on: control of the venue."""

    NEW_ORDER = 1
    CANCEL_ORDER = 2
    REPLACE_ORDER = 3
    CANCEL_ALL = 4
    CANCEL_ALL_AFTER = 5
    ORDER_LIST_LEG = 6
    NEW_ORDER_LIST = 7
    OPEN_ACCOUNT = 32
    CREATE_ASSET = 33
    CREATE_INSTRUMENT = 34
    SET_TRADING_STATUS = 35
    DEPOSIT = 36
    UPDATE_INSTRUMENT = 37
    SET_INSTRUMENT_RULES = 38
    SCHEDULE_TRADING_STATUS = 39
    SET_FEES = 40
    SET_FEE_TIER = 41
    SET_ACCOUNT_STATUS = 42
    SET_ACCOUNT_LIMITS = 43
    SET_ASSET_LIMITS = 44
    SET_VENUE_STATUS = 45
    SET_LOGIC_VERSION = 46
    HOLD_WITHDRAWAL = 47
    POST_WITHDRAWAL = 48
    VOID_WITHDRAWAL = 49
    TRANSFER = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """Enter an order. ``client_order_id`` (packed) is the idempotency key; the engine assigns
    ``order_id``.

    A MARKET order has either ``qty_lots`` or ``quote_budget_atoms``. ``display_qty_lots`` > 0 makes
    an iceberg. ``valid_until_ns`` is log time after which the engine refuses it as STALE.
    ``expire_s`` (Unix seconds) is for GTD.
    """

    account_id: int
    instrument_id: int
    side: Side
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.NONE
    flags: OrderFlag = OrderFlag(0)
    trailing_bps: int = 0
    price_ticks: int = 0
    qty_lots: int = 0
    trigger_price_ticks: int = 0
    display_qty_lots: int = 0
    quote_budget_atoms: int = 0
    valid_until_ns: int
    client_order_id: bytes
    expire_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderListLeg(NewOrder):
    """One order of a list, sent before it. The engine keeps an account's last two legs until its
    list comes; nothing is entered until then.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrderList:
    """Enter the two legs sent before as one: both are accepted or neither.

    OCO: same side, same quantity; a post-only limit order and a conditional one, or two conditional
    ones. What trades, triggers or ends first cancels the other. The hold is the larger leg's.
    ``client_order_id`` is the list's own idempotency key.
    """

    account_id: int
    instrument_id: int
    contingency_type: ContingencyType = ContingencyType.OCO
    valid_until_ns: int
    client_order_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel one open order, named by ``order_id``, or by ``client_order_id`` when ``order_id`` is
    0.
    """

    account_id: int
    instrument_id: int = 0
    order_id: int = 0
    client_order_id: bytes = NO_CLIENT_ORDER_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceOrder:
    """Amend an open order, keeping its ``order_id``. ``qty_lots`` is the new total, executed part
    included.

    ``request_id`` (packed like a client order id, in the same space) is this request's own
    idempotency key.
    """

    account_id: int
    instrument_id: int = 0
    order_id: int
    price_ticks: int
    qty_lots: int
    trigger_price_ticks: int = 0
    display_qty_lots: int = 0
    valid_until_ns: int
    request_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll:
    """Cancel all open orders of an account; ``instrument_id`` 0 means in every instrument."""

    account_id: int
    instrument_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAllAfter:
    """Arm the dead-man switch: cancel all of an account's open orders ``timeout_ms`` from now (log
    time), unless this is sent again before. 0 disarms it.
    """

    account_id: int
    timeout_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """Open a trading account. Orders of one ``group_id`` count as one owner for self-trade
    prevention.
    """

    account_id: int
    group_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAsset:
    """Create an asset with ``scale`` decimals. ``name`` is 1 to 24 ASCII bytes, unpadded."""

    asset_id: int
    scale: int
    name: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInstrument:
    """Create an instrument, in status HALT until told otherwise. ``symbol`` is 1 to 24 ASCII bytes.

    ``quote_atoms_per_tick_lot``: quote atoms paid for one lot at a price of one tick, exact.
    ``band_bps``: how far from the best opposite price a market order may go. 0 in a ``*_max`` means
    the format's own bound.
    """

    instrument_id: int
    symbol: bytes
    base_asset_id: int
    quote_asset_id: int
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional_atoms: int = 0
    price_max_ticks: int = 0
    qty_max_lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTradingStatus:
    """Move an instrument to ``trading_status``."""

    instrument_id: int
    trading_status: TradingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Credit an account from outside. ``source_seq`` counts 1, 2, 3 … without gaps for each
    ``source_id``.
    """

    account_id: int
    asset_id: int
    amount_atoms: int
    source_id: int
    source_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWithdrawal:
    """Hold what an account wants to take out, until it is posted or voided. Numbered by its source
    as a Deposit is; that number names the withdrawal from then on.
    """

    account_id: int
    asset_id: int
    amount_atoms: int
    source_id: int
    source_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWithdrawal:
    """``amount_atoms`` of a withdrawal have left for good; the rest of it is released.

    ``withdrawal_seq``: the number, of the same source, under which it is held.
    """

    account_id: int
    asset_id: int
    amount_atoms: int
    source_id: int
    source_seq: int
    withdrawal_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidWithdrawal:
    """Nothing of a withdrawal has left or ever will: all of it is released."""

    account_id: int
    asset_id: int
    source_id: int
    source_seq: int
    withdrawal_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Move ``amount_atoms`` from one account to another of this venue, at once. Numbered by its
    source as a Deposit is.

    ``transfer_reason`` says who may: SUB_ACCOUNT moves only between two accounts of one group.
    """

    transfer_reason: TransferReason
    from_account_id: int
    to_account_id: int
    asset_id: int
    amount_atoms: int
    source_id: int
    source_seq: int


BalanceCommand = Deposit | HoldWithdrawal | PostWithdrawal | VoidWithdrawal
"""Money commands about one account."""

MoneyCommand = BalanceCommand | Transfer
"""What is numbered by its source: the engine executes each number once, and in order."""

Command = (
    NewOrder
    | CancelOrder
    | ReplaceOrder
    | CancelAll
    | CancelAllAfter
    | OrderListLeg
    | NewOrderList
    | OpenAccount
    | CreateAsset
    | CreateInstrument
    | SetTradingStatus
    | MoneyCommand
    | VenueCommand
)
