"""The byte layout of every fixed struct, once: kind, domain type, struct format, field order.

``x`` in a format is a reserved byte. A contract test holds each layout against the accessors flatc
generates.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from domain import commands, events, venue_commands, venue_events
from domain.commands import CommandKind
from domain.events import EventKind, ReplaceFlag, TradeFlag
from domain.orders import (
    AccountStatus,
    AggressorSide,
    ContingencyType,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    StatusCause,
    TimeInForce,
    TradingStatus,
    VenueStatus,
)
from domain.reasons import BalanceReason, CancelReason, RejectReason, TransferReason

COMMAND_BYTES: Final = 96
EVENT_BYTES: Final = 128
OUTCOME_BYTES: Final = 24


@dataclass(frozen=True)
class Layout:
    """How one domain type lies in bytes: ``fields`` in wire order after the kind byte."""

    domain_type: type
    kind: IntEnum
    packer: struct.Struct
    fields: tuple[str, ...]
    enums: tuple[tuple[int, Any], ...]
    """Positions in ``fields`` that hold an enumeration, with its type."""
    texts: tuple[int, ...]
    """Positions in ``fields`` of zero-padded ASCII text."""


_ENUMS: Final[dict[str, Any]] = {
    "order_type": OrderType,
    "time_in_force": TimeInForce,
    "self_trade_prevention": SelfTradePrevention,
    "trading_status": TradingStatus,
    "side": Side,
    "aggressor_side": AggressorSide,
    "maker_side": Side,
    "account_status": AccountStatus,
    "venue_status": VenueStatus,
    "contingency_type": ContingencyType,
    "cause": StatusCause,
    "transfer_reason": TransferReason,
}
_TEXTS: Final = frozenset({"name", "symbol"})


def _layout(domain_type: type, kind: IntEnum, format_: str, fields: str, **enums: Any) -> Layout:
    names = tuple(fields.split())
    known = _ENUMS | enums
    return Layout(
        domain_type=domain_type,
        kind=kind,
        packer=struct.Struct("<B" + format_),
        fields=names,
        enums=tuple((at, known[name]) for at, name in enumerate(names) if known.get(name)),
        texts=tuple(at for at, name in enumerate(names) if name in _TEXTS),
    )


_PRICES: Final = "price_ticks qty_lots trigger_price_ticks display_qty_lots"
_CLOSED: Final = (
    "side reason account_id instrument_id ts_ns order_id price_ticks qty_lots cum_qty_lots"
)
_AFTER: Final = "available_atoms held_atoms book_seq"
_INSTRUMENT_IDS: Final = "quote_asset_id maker_fee_ppm taker_fee_ppm band_bps"
_INSTRUMENT_SIZES: Final = (
    "quote_atoms_per_tick_lot base_atoms_per_lot min_notional_atoms price_max_ticks qty_max_lots"
)

_ORDER: Final = (
    "side order_type time_in_force self_trade_prevention flags trailing_bps account_id "
    f"instrument_id {_PRICES} quote_budget_atoms valid_until_ns client_order_id expire_s"
)
_RULES: Final = (
    "instrument_id collar_bps {0}breaker_bps breaker_window_s auction_s reference_price_ticks"
)

COMMANDS: Final = (
    _layout(commands.NewOrder, CommandKind.NEW_ORDER, "5BHII6q28sI", _ORDER, flags=OrderFlag),
    _layout(
        commands.CancelOrder,
        CommandKind.CANCEL_ORDER,
        "7xIIQ40x28s4x",
        "account_id instrument_id order_id client_order_id",
    ),
    _layout(
        commands.ReplaceOrder,
        CommandKind.REPLACE_ORDER,
        "7xII4qQq28s4x",
        f"account_id instrument_id {_PRICES} order_id valid_until_ns request_id",
    ),
    _layout(commands.CancelAll, CommandKind.CANCEL_ALL, "7xII80x", "account_id instrument_id"),
    _layout(
        commands.CancelAllAfter,
        CommandKind.CANCEL_ALL_AFTER,
        "7xII80x",
        "account_id timeout_ms",
    ),
    _layout(
        commands.OrderListLeg, CommandKind.ORDER_LIST_LEG, "5BHII6q28sI", _ORDER, flags=OrderFlag
    ),
    _layout(
        commands.NewOrderList,
        CommandKind.NEW_ORDER_LIST,
        "B6xII40xq28s4x",
        "contingency_type account_id instrument_id valid_until_ns client_order_id",
    ),
    _layout(commands.OpenAccount, CommandKind.OPEN_ACCOUNT, "7xII80x", "account_id group_id"),
    _layout(commands.CreateAsset, CommandKind.CREATE_ASSET, "B6xI60x24s", "scale asset_id name"),
    _layout(
        commands.CreateInstrument,
        CommandKind.CREATE_INSTRUMENT,
        "7xIIIIII5q24s",
        f"instrument_id base_asset_id {_INSTRUMENT_IDS} {_INSTRUMENT_SIZES} symbol",
    ),
    _layout(
        commands.SetTradingStatus,
        CommandKind.SET_TRADING_STATUS,
        "B6xI84x",
        "trading_status instrument_id",
    ),
    _layout(
        commands.Deposit,
        CommandKind.DEPOSIT,
        "7xIIqQI60x",
        "account_id asset_id amount_atoms source_seq source_id",
    ),
    _layout(
        commands.HoldWithdrawal,
        CommandKind.HOLD_WITHDRAWAL,
        "7xIIqQI60x",
        "account_id asset_id amount_atoms source_seq source_id",
    ),
    _layout(
        commands.PostWithdrawal,
        CommandKind.POST_WITHDRAWAL,
        "7xIIqQI4xQ48x",
        "account_id asset_id amount_atoms source_seq source_id withdrawal_seq",
    ),
    _layout(
        commands.VoidWithdrawal,
        CommandKind.VOID_WITHDRAWAL,
        "7xII8xQI4xQ48x",
        "account_id asset_id source_seq source_id withdrawal_seq",
    ),
    _layout(
        commands.Transfer,
        CommandKind.TRANSFER,
        "B6xIIqQII56x",
        "transfer_reason from_account_id asset_id amount_atoms source_seq source_id to_account_id",
    ),
    _layout(
        venue_commands.UpdateInstrument,
        CommandKind.UPDATE_INSTRUMENT,
        "7xIIIIII5q24s",
        f"instrument_id base_asset_id {_INSTRUMENT_IDS} {_INSTRUMENT_SIZES} symbol",
    ),
    _layout(
        venue_commands.SetInstrumentRules,
        CommandKind.SET_INSTRUMENT_RULES,
        "7xIIIII4xq56x",
        _RULES.format(""),
    ),
    _layout(
        venue_commands.ScheduleTradingStatus,
        CommandKind.SCHEDULE_TRADING_STATUS,
        "B6xI4xQ72x",
        "trading_status instrument_id at_s",
    ),
    _layout(
        venue_commands.SetFees,
        CommandKind.SET_FEES,
        "B6xI4xII72x",
        "tier instrument_id maker_fee_ppm taker_fee_ppm",
    ),
    _layout(venue_commands.SetFeeTier, CommandKind.SET_FEE_TIER, "B6xI84x", "tier account_id"),
    _layout(
        venue_commands.SetAccountStatus,
        CommandKind.SET_ACCOUNT_STATUS,
        "B6xI84x",
        "account_status account_id",
    ),
    _layout(
        venue_commands.SetAccountLimits,
        CommandKind.SET_ACCOUNT_LIMITS,
        "7xIIII72x",
        "account_id open_orders_max orders_per_s orders_burst",
    ),
    _layout(
        venue_commands.SetAssetLimits,
        CommandKind.SET_ASSET_LIMITS,
        "7xIIqq64x",
        "account_id asset_id position_max_atoms order_notional_max_atoms",
    ),
    _layout(venue_commands.SetVenueStatus, CommandKind.SET_VENUE_STATUS, "B94x", "venue_status"),
    _layout(
        venue_commands.SetLogicVersion, CommandKind.SET_LOGIC_VERSION, "7xI84x", "logic_version"
    ),
)

EVENTS: Final = (
    _layout(
        events.OrderAccepted,
        EventKind.ORDER_ACCEPTED,
        "5BHIIqQ5qqqQ28sI",
        "side order_type time_in_force self_trade_prevention flags trailing_bps account_id "
        f"instrument_id ts_ns order_id {_PRICES} quote_budget_atoms {_AFTER} "
        "client_order_id expire_s",
        flags=OrderFlag,
    ),
    _layout(
        events.OrderRejected,
        EventKind.ORDER_REJECTED,
        "BB3xHIIqQqq48x28s4x",
        "side request reason account_id instrument_id ts_ns order_id price_ticks qty_lots "
        "client_order_id",
        reason=RejectReason,
        side=None,
    ),
    _layout(
        events.Trade,
        EventKind.TRADE,
        "BBBIIIqQQqqQQ7q",
        "aggressor_side maker_side flags taker_account_id maker_account_id instrument_id ts_ns "
        "maker_order_id taker_order_id price_ticks qty_lots trade_id book_seq maker_fee_atoms "
        "taker_fee_atoms maker_received_available_atoms maker_held_atoms "
        "taker_received_available_atoms taker_available_atoms taker_held_atoms",
        flags=TradeFlag,
    ),
    _layout(
        events.OrderCanceled,
        EventKind.ORDER_CANCELED,
        "B4xHIIqQqqq16xqqQ28s4x",
        f"{_CLOSED} {_AFTER} client_order_id",
        reason=CancelReason,
    ),
    _layout(
        events.OrderExpired,
        EventKind.ORDER_EXPIRED,
        "B4xHIIqQqqq16xqqQ28s4x",
        f"{_CLOSED} {_AFTER} client_order_id",
        reason=CancelReason,
    ),
    _layout(
        events.OrderReplaced,
        EventKind.ORDER_REPLACED,
        "B3xB2xIIqQ5qqqQ28s4x",
        f"side flags account_id instrument_id ts_ns order_id {_PRICES} leaves_qty_lots {_AFTER} "
        "request_id",
        flags=ReplaceFlag,
    ),
    _layout(
        events.OrderReduced,
        EventKind.ORDER_REDUCED,
        "B4xHIIqQqqq8xqqqQ28s4x",
        f"{_CLOSED} leaves_qty_lots {_AFTER} client_order_id",
        reason=CancelReason,
    ),
    _layout(
        events.OrderRested,
        EventKind.ORDER_RESTED,
        "B6xIIqQqq16xqqqQ32x",
        "side account_id instrument_id ts_ns order_id price_ticks visible_qty_lots "
        f"leaves_qty_lots {_AFTER}",
    ),
    _layout(
        events.OrderTriggered,
        EventKind.ORDER_TRIGGERED,
        "BB5xIIqQqqqq8xqqQ32x",
        "side order_type account_id instrument_id ts_ns order_id price_ticks qty_lots "
        f"trigger_price_ticks last_price_ticks {_AFTER}",
    ),
    _layout(
        events.OrderListAccepted,
        EventKind.ORDER_LIST_ACCEPTED,
        "B6xIIqQQQ48x28s4x",
        "contingency_type account_id instrument_id ts_ns list_id first_order_id second_order_id "
        "client_order_id",
    ),
    _layout(
        events.AccountOpened, EventKind.ACCOUNT_OPENED, "7xIIq104x", "account_id group_id ts_ns"
    ),
    _layout(
        events.AssetCreated, EventKind.ASSET_CREATED, "B6xI4xq80x24s", "scale asset_id ts_ns name"
    ),
    _layout(
        events.InstrumentCreated,
        EventKind.INSTRUMENT_CREATED,
        "7xIIqIIII5q24x24s",
        f"instrument_id base_asset_id ts_ns {_INSTRUMENT_IDS} {_INSTRUMENT_SIZES} symbol",
    ),
    _layout(
        events.TradingStatusChanged,
        EventKind.TRADING_STATUS_CHANGED,
        "BB5xI4xqq96x",
        "trading_status cause instrument_id ts_ns auction_ends_ns",
    ),
    _layout(
        events.BalanceChanged,
        EventKind.BALANCE_CHANGED,
        "5xHIIqqQI4xqQ8xqq40x",
        "reason account_id asset_id ts_ns amount_atoms source_seq source_id withdrawal_atoms "
        "withdrawal_seq available_atoms held_atoms",
        reason=BalanceReason,
    ),
    _layout(
        events.Transferred,
        EventKind.TRANSFERRED,
        "B6xIIqqQIIqqqq48x",
        "transfer_reason from_account_id asset_id ts_ns amount_atoms source_seq source_id "
        "to_account_id from_available_atoms from_held_atoms to_available_atoms to_held_atoms",
    ),
    _layout(
        events.ControlRejected,
        EventKind.CONTROL_REJECTED,
        "xB3xHIIqQ96x",
        "request reason subject_id source_id ts_ns source_seq",
        reason=RejectReason,
    ),
    _layout(
        venue_events.InstrumentUpdated,
        EventKind.INSTRUMENT_UPDATED,
        "7xIIqIIII5q24x24s",
        f"instrument_id base_asset_id ts_ns {_INSTRUMENT_IDS} {_INSTRUMENT_SIZES} symbol",
    ),
    _layout(
        venue_events.InstrumentRulesChanged,
        EventKind.INSTRUMENT_RULES_CHANGED,
        "7xIIqIII4xq80x",
        _RULES.format("ts_ns "),
    ),
    _layout(
        venue_events.TradingStatusScheduled,
        EventKind.TRADING_STATUS_SCHEDULED,
        "B6xI4xqQ96x",
        "trading_status instrument_id ts_ns at_s",
    ),
    _layout(
        venue_events.AuctionUncrossed,
        EventKind.AUCTION_UNCROSSED,
        "7xI4xqqqq80x",
        "instrument_id ts_ns price_ticks qty_lots imbalance_lots",
    ),
    _layout(
        venue_events.FeesChanged,
        EventKind.FEES_CHANGED,
        "B6xI4xqII96x",
        "tier instrument_id ts_ns maker_fee_ppm taker_fee_ppm",
    ),
    _layout(
        venue_events.FeeTierChanged,
        EventKind.FEE_TIER_CHANGED,
        "B6xI4xq104x",
        "tier account_id ts_ns",
    ),
    _layout(
        venue_events.AccountStatusChanged,
        EventKind.ACCOUNT_STATUS_CHANGED,
        "B6xI4xq104x",
        "account_status account_id ts_ns",
    ),
    _layout(
        venue_events.AccountLimitsChanged,
        EventKind.ACCOUNT_LIMITS_CHANGED,
        "7xIIqII96x",
        "account_id open_orders_max ts_ns orders_per_s orders_burst",
    ),
    _layout(
        venue_events.AssetLimitsChanged,
        EventKind.ASSET_LIMITS_CHANGED,
        "7xIIqqq88x",
        "account_id asset_id ts_ns position_max_atoms order_notional_max_atoms",
    ),
    _layout(
        venue_events.VenueStatusChanged,
        EventKind.VENUE_STATUS_CHANGED,
        "B14xq104x",
        "venue_status ts_ns",
    ),
    _layout(
        venue_events.LogicVersionChanged,
        EventKind.LOGIC_VERSION_CHANGED,
        "7xI4xq104x",
        "logic_version ts_ns",
    ),
)

assert {layout.kind for layout in COMMANDS} == set(CommandKind)
assert {layout.kind for layout in EVENTS} == set(EventKind)
assert all(layout.packer.size == COMMAND_BYTES for layout in COMMANDS)
assert all(layout.packer.size == EVENT_BYTES for layout in EVENTS)
