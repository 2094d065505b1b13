"""A listed instrument: its terms, its rules, its status, its book and the book's counters."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from domain.events import InstrumentCreated
from domain.orders import Side, TradingStatus
from domain.venue_commands import SetInstrumentRules
from domain.venue_events import InstrumentUpdated
from engine_core.limits import BPS
from engine_core.order import Order
from engine_core.state_hash import words_of
from matching.reference import OrderBook
from matching.triggers import Triggers
from risk.fees import FeeRates
from risk.holds import hold_atoms

SYMBOL_BYTES = 24


@dataclass(slots=True)
class Listing:
    """An instrument as it stands."""

    terms: InstrumentCreated | InstrumentUpdated
    rules: SetInstrumentRules
    trading_status: TradingStatus = TradingStatus.HALT
    book: OrderBook[Order] = field(default_factory=OrderBook)
    triggers: Triggers = field(default_factory=Triggers)
    trailing: dict[int, Order] = field(default_factory=dict)
    """Trailing stops that have not triggered yet, by order_id."""
    tier_rates: dict[int, FeeRates] = field(default_factory=dict)
    """Of the tiers that do not pay what the terms say."""
    scheduled: dict[int, TradingStatus] = field(default_factory=dict)
    """Changes of status to come, by ``at_s``."""
    last_trade_price_ticks: int = 0
    next_trade_id: int = 1
    book_seq: int = 0
    open_orders: int = 0
    breaker_reference_ticks: int = 0
    breaker_window_start_ns: int = 0
    uncross_price_ticks: int = 0
    """The price of an uncross that waits to be gone on with; 0: none does."""
    uncross_cause: int = 0
    auction_ends_ns: int = 0

    @property
    def reference_ticks(self) -> int:
        """The last trade price, else the configured reference; 0: neither."""
        return self.last_trade_price_ticks or self.rules.reference_price_ticks

    @property
    def takes_orders(self) -> bool:
        """Whether orders may be entered and amended now, if only those that can wait."""
        takes = (TradingStatus.TRADING, TradingStatus.AUCTION)
        return self.trading_status in takes and not self.uncross_price_ticks

    @property
    def in_auction(self) -> bool:
        """Whether orders wait without meeting anyone."""
        return self.trading_status is TradingStatus.AUCTION

    def rates_of(self, fee_tier: int) -> FeeRates:
        """Return what accounts of a tier pay."""
        own = FeeRates(self.terms.maker_fee_ppm, self.terms.taker_fee_ppm)
        return self.tier_rates.get(fee_tier, own)

    def spent_asset_id(self, side: Side) -> int:
        """Return the asset that an order of ``side`` pays with and holds."""
        return self.terms.quote_asset_id if side is Side.BUY else self.terms.base_asset_id

    def received_asset_id(self, side: Side) -> int:
        """Return the asset that an order of ``side`` gets."""
        return self.spent_asset_id(side.opposite)

    def notional_atoms(self, price_ticks: int, qty_lots: int) -> int:
        """Return price x quantity in quote atoms."""
        return price_ticks * qty_lots * self.terms.quote_atoms_per_tick_lot

    def hold_atoms(self, side: Side, price_ticks: int, qty_lots: int) -> int:
        """Return what an order holds for ``qty_lots``."""
        return hold_atoms(
            side,
            price_ticks,
            qty_lots,
            quote_atoms_per_tick_lot=self.terms.quote_atoms_per_tick_lot,
            base_atoms_per_lot=self.terms.base_atoms_per_lot,
        )

    def stop_ticks(self, trigger_price_ticks: int) -> int:
        """Return the price that a market stop to buy holds for: its trigger and the band above."""
        return -(-trigger_price_ticks * (BPS + self.terms.band_bps) // BPS)

    def hold_of(self, order: Order, qty_lots: int) -> int:
        """Return what ``order`` holds for ``qty_lots`` of its leaves."""
        price_ticks = order.price_ticks
        if order.is_pending and order.is_market:
            price_ticks = order.hold_price_ticks
        return self.hold_atoms(order.side, price_ticks, qty_lots)

    def open_order_ids(self) -> list[int]:
        """Return the ids of all open orders, resting or pending, sorted."""
        resting = (order.order_id for order in self.book.orders())
        return sorted(chain(resting, self.triggers.order_ids()))

    def count_visible_change(self) -> int:
        """Return the ``book_seq`` of one more visible change of the book."""
        self.book_seq += 1
        return self.book_seq

    def clear_breaker_window(self) -> None:
        """Let the next taker start a new window."""
        self.breaker_reference_ticks = 0
        self.breaker_window_start_ns = 0

    def words(self) -> tuple[int, ...]:
        """Return what the state hash takes of it; its orders are hashed on their own."""
        return tuple(chain(self._terms_words(), self._rules_words()))

    def _terms_words(self) -> Iterator[int]:
        terms = self.terms
        yield from (terms.instrument_id, terms.base_asset_id, terms.quote_asset_id)
        yield from (terms.quote_atoms_per_tick_lot, terms.base_atoms_per_lot)
        yield from (terms.maker_fee_ppm, terms.taker_fee_ppm, terms.band_bps)
        yield from (terms.min_notional_atoms, terms.price_max_ticks, terms.qty_max_lots)
        yield from (self.trading_status, self.last_trade_price_ticks)
        yield from (self.next_trade_id, self.book_seq)
        yield from words_of(terms.symbol.ljust(SYMBOL_BYTES, b"\0"))

    def _rules_words(self) -> Iterator[int]:
        rules = self.rules
        yield from (rules.collar_bps, rules.breaker_bps, rules.breaker_window_s)
        yield from (rules.auction_s, rules.reference_price_ticks)
        yield from (self.breaker_reference_ticks, self.breaker_window_start_ns)
        yield from (self.uncross_price_ticks, self.uncross_cause, self.auction_ends_ns)
