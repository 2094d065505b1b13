"""What the naive matcher keeps of an order and of an instrument: plain fields, nothing derived."""

from dataclasses import dataclass
from typing import Final

from domain.commands import CreateInstrument
from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce, TradingStatus

Fact = tuple[object, ...]
"""What happened, in words and numbers: the same from the naive matcher and from an event."""

MARKET_TYPES: Final = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TAKE_PROFIT})
STOP_LOSSES: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
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

    def cost_atoms(self, price_ticks: int, qty_lots: int) -> int:
        return price_ticks * qty_lots * self.terms.quote_atoms_per_tick_lot

    def base_atoms(self, qty_lots: int) -> int:
        return qty_lots * self.terms.base_atoms_per_lot

    def spent_asset_id(self, side: Side) -> int:
        """Return what an order on ``side`` pays with."""
        return self.terms.quote_asset_id if side is Side.BUY else self.terms.base_asset_id

    def stop_ticks_times_bps(self, trigger_ticks: int) -> int:
        """Return the most a market stop to buy may pay for a tick, in ten-thousandths."""
        return trigger_ticks * (10_000 + self.terms.band_bps)
