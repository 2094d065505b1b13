"""Events of the venue itself, each saying what holds from there on: instruments, fees, accounts,
limits.
"""

from dataclasses import dataclass

from domain.orders import AccountStatus, TradingStatus, VenueStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentUpdated:
    """An instrument's terms changed; its fields as in CreateInstrument, every bound spelled out."""

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
class InstrumentRulesChanged:
    """What guards an instrument's price changed; fields as in SetInstrumentRules."""

    ts_ns: int
    instrument_id: int
    collar_bps: int
    breaker_bps: int
    breaker_window_s: int
    auction_s: int
    reference_price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStatusScheduled:
    """A change of status waits for log time ``at_s``; 0: none does any more."""

    ts_ns: int
    instrument_id: int
    trading_status: TradingStatus
    at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionUncrossed:
    """An auction found its price: ``qty_lots`` can trade at it, ``imbalance_lots`` (bids less
    asks) cannot. Its trades follow; self-trade prevention may leave some of them out.
    """

    ts_ns: int
    instrument_id: int
    price_ticks: int
    qty_lots: int
    imbalance_lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesChanged:
    """What a fee tier pays in an instrument changed."""

    ts_ns: int
    instrument_id: int
    tier: int
    maker_fee_ppm: int
    taker_fee_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTierChanged:
    """An account moved to another fee tier."""

    ts_ns: int
    account_id: int
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatusChanged:
    """An account may do something else from here on."""

    ts_ns: int
    account_id: int
    account_status: AccountStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimitsChanged:
    """An account's own limits changed; fields as in SetAccountLimits."""

    ts_ns: int
    account_id: int
    open_orders_max: int
    orders_per_s: int
    orders_burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetLimitsChanged:
    """An account's limits in an asset changed; fields as in SetAssetLimits."""

    ts_ns: int
    account_id: int
    asset_id: int
    position_max_atoms: int
    order_notional_max_atoms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueStatusChanged:
    """The kill switch was thrown, or taken back."""

    ts_ns: int
    venue_status: VenueStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicVersionChanged:
    """The core behaves as ``logic_version`` says from here on."""

    ts_ns: int
    logic_version: int


VenueEvent = (
    InstrumentUpdated
    | InstrumentRulesChanged
    | TradingStatusScheduled
    | AuctionUncrossed
    | FeesChanged
    | FeeTierChanged
    | AccountStatusChanged
    | AccountLimitsChanged
    | AssetLimitsChanged
    | VenueStatusChanged
    | LogicVersionChanged
)
