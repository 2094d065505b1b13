"""What the naive matcher keeps of an order and of an instrument: plain fields, nothing derived."""

from dataclasses import dataclass, field
from typing import Final

from domain.commands import CreateInstrument
from domain.orders import (
    AccountStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.units import PRICE_TICKS_MAX
from domain.venue_commands import SetInstrumentRules

Fact = tuple[object, ...]
"""What happened, in words and numbers: the same from the naive matcher and from an event."""

MARKET_TYPES: Final = frozenset(
    {OrderType.MARKET, OrderType.STOP, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP}
)
STOP_LOSSES: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
RESTING_TIMES: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})
NO_END_LOTS: Final = 2**80
"""Lots wanted by an order that is bounded by its money alone."""


@dataclass(slots=True, kw_only=True)
class NaiveOrder:
    """One order. ``place`` orders arrivals in the book, and stops that wait by their entry."""

    order_id: int
    account_id: int
    group_id: int
    instrument_id: int
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    post_only: bool
    price_ticks: int
    qty_lots: int
    leaves_lots: int
    display_lots: int
    trigger_ticks: int
    expire_s: int
    trailing_bps: int = 0
    water_ticks: int = 0
    """Of a trailing stop: the best price since it waits."""
    hold_ticks: int = 0
    """What a market stop to buy holds for each lot and tick: fixed when it was entered."""
    money_atoms: int | None = None
    """What a market order may still pay (or, sold by a budget, still earn); None: no bound."""
    waiting: bool = False
    visible_lots: int = 0
    place: int = 0
    cum_lots: int = 0
    spent_atoms: int = 0
    """Quote atoms of all its fills."""
    fee_times_million: int = 0
    charged_atoms: int = 0
    sibling: "NaiveOrder | None" = field(default=None, repr=False, compare=False)
    """The other leg, while one cancels the other."""

    @property
    def is_second_leg(self) -> bool:
        """Whether what it holds is held by its sibling, too."""
        return self.sibling is not None and self.sibling.order_id < self.order_id

    @property
    def by_budget(self) -> bool:
        return self.leaves_lots > NO_END_LOTS // 2

    @property
    def shown_qty_lots(self) -> int:
        """Its total as events tell it."""
        return 0 if self.by_budget else self.qty_lots

    @property
    def shown_leaves_lots(self) -> int:
        return 0 if self.by_budget else self.leaves_lots

    @property
    def rises(self) -> bool:
        """Whether its condition is a price that rises."""
        return (self.side is Side.BUY) == (self.order_type in STOP_LOSSES)

    def trail(self, water_ticks: int) -> None:
        """Let a trailing stop's trigger follow the best price."""
        self.water_ticks = water_ticks
        if self.side is Side.SELL:
            self.trigger_ticks = max(1, water_ticks * (10_000 - self.trailing_bps) // 10_000)
        else:
            raised = -(-water_ticks * (10_000 + self.trailing_bps) // 10_000)
            self.trigger_ticks = min(raised, PRICE_TICKS_MAX)

    def join(self, place: int) -> None:
        """Go to the back of its level, showing a new slice."""
        self.waiting = False
        self.place = place
        self.visible_lots = min(self.display_lots or self.leaves_lots, self.leaves_lots)


@dataclass(slots=True)
class NaiveInstrument:
    """An instrument's terms, and where it stands."""

    terms: CreateInstrument
    trading_status: TradingStatus = TradingStatus.HALT
    last_price_ticks: int = 0
    trades: int = 0
    tier_fees_ppm: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Maker's and taker's, by tier."""
    rules: SetInstrumentRules = SetInstrumentRules(instrument_id=0)
    scheduled: dict[int, TradingStatus] = field(default_factory=dict)
    """By Unix second."""
    breaker_ticks: int = 0
    """What trades may not move too far from; 0: no window is open."""
    window_start_ns: int = 0
    auction_ends_ns: int = 0

    @property
    def reference_ticks(self) -> int:
        """What its price is compared with; 0 if nothing is known."""
        return self.last_price_ticks or self.rules.reference_price_ticks

    @property
    def matches(self) -> bool:
        """Whether orders meet as they arrive."""
        return self.trading_status is TradingStatus.TRADING

    @property
    def takes_orders(self) -> bool:
        return self.trading_status in (TradingStatus.TRADING, TradingStatus.AUCTION)

    def is_outside_collar(self, price_ticks: int) -> bool:
        """Return whether a limit price is too far from the reference."""
        collar_bps, reference = self.rules.collar_bps, self.reference_ticks
        return bool(collar_bps and reference) and not (
            reference * (10_000 - collar_bps)
            <= price_ticks * 10_000
            <= reference * (10_000 + collar_bps)
        )

    def open_window(self, ts_ns: int) -> None:
        """Measure how far trades move from here on, if it is time for it."""
        rules = self.rules
        over_ns = self.window_start_ns + rules.breaker_window_s * 1_000_000_000
        if rules.breaker_bps and (not self.breaker_ticks or ts_ns >= over_ns):
            self.breaker_ticks = self.reference_ticks
            self.window_start_ns = ts_ns if self.breaker_ticks else 0

    def would_break(self, price_ticks: int) -> bool:
        """Return whether a trade would be too far away."""
        bps, reference = self.rules.breaker_bps, self.breaker_ticks
        if not bps or not reference:
            return False
        scaled = price_ticks * 10_000
        return not reference * (10_000 - bps) <= scaled <= reference * (10_000 + bps)

    def close_window(self) -> None:
        self.breaker_ticks = self.window_start_ns = 0

    def fees_ppm(self, tier: int) -> tuple[int, int]:
        return self.tier_fees_ppm.get(tier, (self.terms.maker_fee_ppm, self.terms.taker_fee_ppm))

    def cost_atoms(self, price_ticks: int, qty_lots: int) -> int:
        return price_ticks * qty_lots * self.terms.quote_atoms_per_tick_lot

    def base_atoms(self, qty_lots: int) -> int:
        return qty_lots * self.terms.base_atoms_per_lot

    def spent_asset_id(self, side: Side) -> int:
        """Return what an order on ``side`` pays with."""
        return self.terms.quote_asset_id if side is Side.BUY else self.terms.base_asset_id

    def stop_ticks(self, trigger_ticks: int) -> int:
        """Return the most a market stop to buy may pay."""
        return -(-trigger_ticks * (10_000 + self.terms.band_bps) // 10_000)


@dataclass(slots=True)
class NaiveAccount:
    """What an account may do. ``next_free_ns``: when its rate of orders is as if it had rested."""

    group_id: int
    status: AccountStatus = AccountStatus.ACTIVE
    tier: int = 0
    open_orders_max: int = 0
    orders_per_s: int = 0
    orders_burst: int = 0
    next_free_ns: int = 0
    position_max_atoms: dict[int, int] = field(default_factory=dict)
    notional_max_atoms: dict[int, int] = field(default_factory=dict)

    def takes_one_more(self, ts_ns: int) -> bool:
        """Count one more request if the rate allows it."""
        if not self.orders_per_s:
            return True
        interval_ns = 1_000_000_000 // self.orders_per_s
        free_ns = max(self.next_free_ns, ts_ns)
        if free_ns - ts_ns > (self.orders_burst - 1) * interval_ns:
            return False
        self.next_free_ns = free_ns + interval_ns
        return True
