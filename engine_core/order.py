"""An accepted order: what was asked for, and how it stands."""

from dataclasses import dataclass

from domain.orders import CONDITIONAL_TYPES, OrderFlag, OrderType, SelfTradePrevention, TimeInForce
from domain.units import NS_PER_S
from engine_core.order_types import MARKET_TYPES, waits_for_rise
from engine_core.state_hash import words_of
from matching.reference import BookOrder
from matching.triggers import Condition


@dataclass(slots=True, eq=False, kw_only=True)
class Order(BookOrder):
    """An accepted order. ``qty_lots`` is always cum + leaves; 0 for an order by budget."""

    account_id: int
    instrument_id: int
    order_type: OrderType
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    flags: OrderFlag
    qty_lots: int
    cum_qty_lots: int = 0
    quote_budget_atoms: int = 0
    fee_debt: int = 0
    place: int = 0
    """Grows with every order that joins the back of a level, or starts to wait for its trigger; 0
    while it does neither.
    """
    client_order_id: bytes
    expire_s: int = 0
    trigger_price_ticks: int = 0
    triggered: bool = False
    trailing_bps: int = 0
    water_ticks: int = 0
    """The best price traded since a trailing stop waits: its trigger follows it."""
    hold_price_ticks: int = 0
    """What a market stop to buy holds for: its trigger and the band above, as they were when it
    came.
    """

    @property
    def deadline_ns(self) -> int:
        """When a good-till-date order ends; 0: it does not by itself."""
        return self.expire_s * NS_PER_S

    @property
    def is_market(self) -> bool:
        """Whether it has no price of its own."""
        return self.order_type in MARKET_TYPES

    @property
    def is_pending(self) -> bool:
        """Whether it still waits for its trigger price."""
        return self.order_type in CONDITIONAL_TYPES and not self.triggered

    @property
    def condition(self) -> Condition:
        """What a conditional order waits for."""
        return Condition(waits_for_rise(self.side, self.order_type), self.trigger_price_ticks)

    def words(self) -> tuple[int, ...]:
        """Return what the state hash takes of it."""
        names = (self.order_id, self.account_id, self.instrument_id)
        terms = (self.side, self.order_type, self.time_in_force, self.self_trade_prevention)
        sizes = (self.price_ticks, self.qty_lots, self.leaves_qty_lots, self.cum_qty_lots)
        key = words_of(self.client_order_id)
        now = (self.fee_debt, self.place)
        stop = (self.trigger_price_ticks, int(self.triggered))
        shown = (self.display_qty_lots, 0 if self.is_pending else self.visible_qty_lots)
        trail = (self.trailing_bps, self.water_ticks, self.hold_price_ticks)
        ends = (self.expire_s, *stop, *shown, *trail, self.sibling_order_id)
        return (*names, *terms, int(self.flags), *sizes, *now, *key, *ends)
