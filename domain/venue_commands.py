"""Commands that change the venue while it trades: instruments, fees, accounts, limits."""

from dataclasses import dataclass

from domain.orders import AccountStatus, TradingStatus, VenueStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateInstrument:
    """Change an instrument's terms; fields as in CreateInstrument.

    ``symbol`` and both assets must be as they are. The units (``quote_atoms_per_tick_lot``,
    ``base_atoms_per_lot``) change only in HALT and while no order is open.
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
class SetInstrumentRules:
    """Set what guards an instrument's price; 0 switches a rule off.

    ``collar_bps``: how far from the reference (last trade, else ``reference_price_ticks``) a limit
    price may be. ``breaker_bps``: how far trades may move within ``breaker_window_s`` before an
    auction is called. ``auction_s``: how long an auction lasts; 0: until it is ended.
    """

    instrument_id: int
    collar_bps: int = 0
    breaker_bps: int = 0
    breaker_window_s: int = 0
    auction_s: int = 0
    reference_price_ticks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTradingStatus:
    """Move an instrument to ``trading_status`` at log time ``at_s`` (Unix seconds); ``at_s`` 0
    forgets all that is scheduled for it.
    """

    instrument_id: int
    trading_status: TradingStatus
    at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFees:
    """Set what accounts of a fee ``tier`` (1 to 15) pay in an instrument, in parts per million."""

    instrument_id: int
    tier: int
    maker_fee_ppm: int
    taker_fee_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFeeTier:
    """Put an account into a fee ``tier``; 0 pays the instrument's own fees."""

    account_id: int
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAccountStatus:
    """Say what an account may do; SUSPENDED and CLOSED cancel its open orders."""

    account_id: int
    account_status: AccountStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAccountLimits:
    """Limit an account's orders: how many are open, and how many a second after a burst. 0: no
    limit of its own.
    """

    account_id: int
    open_orders_max: int = 0
    orders_per_s: int = 0
    orders_burst: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAssetLimits:
    """Limit what an account may own and buy of an asset, and pay or get of it in one order. 0: no
    limit.
    """

    account_id: int
    asset_id: int
    position_max_atoms: int = 0
    order_notional_max_atoms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVenueStatus:
    """The kill switch: stop all trading at once, or open again. Cancels go on."""

    venue_status: VenueStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLogicVersion:
    """From here on the core behaves as ``logic_version`` says; only the next one is taken."""

    logic_version: int


VenueCommand = (
    UpdateInstrument
    | SetInstrumentRules
    | ScheduleTradingStatus
    | SetFees
    | SetFeeTier
    | SetAccountStatus
    | SetAccountLimits
    | SetAssetLimits
    | SetVenueStatus
    | SetLogicVersion
)
