"""What an engine's events state, in the words of the naive matcher."""

from collections.abc import Iterable

from domain.events import (
    AccountOpened,
    AssetCreated,
    BalanceChanged,
    ControlRejected,
    Event,
    InstrumentCreated,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderListAccepted,
    OrderReduced,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    ReplaceFlag,
    Trade,
    TradingStatusChanged,
    Transferred,
)
from domain.venue_events import (
    AccountLimitsChanged,
    AccountStatusChanged,
    AssetLimitsChanged,
    AuctionUncrossed,
    FeesChanged,
    FeeTierChanged,
    InstrumentRulesChanged,
    InstrumentUpdated,
    LogicVersionChanged,
    TradingStatusScheduled,
    VenueStatusChanged,
)
from tests.property.naive_orders import Fact

_CONTROL: dict[type, str] = {
    AccountOpened: "OpenAccount",
    AssetCreated: "CreateAsset",
    InstrumentCreated: "CreateInstrument",
    InstrumentUpdated: "UpdateInstrument",
    InstrumentRulesChanged: "SetInstrumentRules",
    TradingStatusScheduled: "ScheduleTradingStatus",
    FeesChanged: "SetFees",
    FeeTierChanged: "SetFeeTier",
    AccountStatusChanged: "SetAccountStatus",
    AccountLimitsChanged: "SetAccountLimits",
    AssetLimitsChanged: "SetAssetLimits",
    VenueStatusChanged: "SetVenueStatus",
    LogicVersionChanged: "SetLogicVersion",
}


def facts_of_events(events: Iterable[Event]) -> list[Fact]:
    """Return one fact for each event."""
    return [_fact(event) for event in events]


def _fact(event: Event) -> Fact:
    if type(event) in _CONTROL:
        return ("control", _CONTROL[type(event)])
    match event:
        case OrderRejected() | ControlRejected():
            return ("refused",)
        case Trade():
            ids = (event.instrument_id, event.trade_id, event.maker_order_id, event.taker_order_id)
            fees = (event.maker_fee_atoms, event.taker_fee_atoms)
            return ("trade", *ids, event.price_ticks, event.qty_lots, *fees)
        case BalanceChanged():
            moved = (event.amount_atoms, event.withdrawal_seq, event.withdrawal_atoms)
            return ("balance", event.account_id, event.asset_id, *moved)
        case Transferred():
            parties = (event.from_account_id, event.to_account_id)
            return ("transfer", *parties, event.asset_id, event.amount_atoms)
        case TradingStatusChanged():
            moved = (event.trading_status, event.cause, event.auction_ends_ns)
            return ("status", event.instrument_id, *moved)
        case OrderListAccepted():
            return ("list", event.account_id, event.first_order_id, event.second_order_id)
        case AuctionUncrossed():
            lots = (event.qty_lots, event.imbalance_lots)
            return ("uncrossed", event.instrument_id, event.price_ticks, *lots)
    return _order_fact(event)


def _order_fact(event: Event) -> Fact:
    match event:
        case OrderAccepted():
            order = (event.order_id, event.account_id, event.instrument_id, event.side)
            prices = (event.price_ticks, event.trigger_price_ticks)
            terms = (event.order_type, *prices, event.qty_lots)
            return ("accepted", *order, *terms, event.book_seq > 0)
        case OrderCanceled() | OrderExpired():
            return ("ended", event.order_id, event.reason, event.qty_lots, event.cum_qty_lots)
        case OrderReduced():
            return ("reduced", event.order_id, event.qty_lots, event.leaves_qty_lots)
        case OrderRested():
            return ("rested", event.order_id, event.visible_qty_lots, event.leaves_qty_lots)
        case OrderTriggered():
            rests = event.book_seq > 0
            return ("triggered", event.order_id, event.qty_lots, event.last_price_ticks, rests)
        case OrderReplaced():
            lots = (event.qty_lots, event.leaves_qty_lots)
            rests = ReplaceFlag.RESTED in event.flags
            return ("replaced", event.order_id, event.price_ticks, *lots, rests)
    raise AssertionError(event)
