"""Everything the exchange knows, in memory: accounts, assets, listed instruments, open orders."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.events import InstrumentCreated
from domain.orders import (
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from engine_core.deadlines import Deadlines
from engine_core.limits import BPS
from engine_core.order_types import MARKET_TYPES, STOP_TYPES, waits_for_rise
from engine_core.request_keys import RequestKeys
from engine_core.state_hash import Tag, entity_hash, sum_of, words_of
from matching.reference import BookOrder, OrderBook
from matching.triggers import Condition, Triggers
from risk.holds import hold_atoms
from risk.reference import Balances


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
        return self.order_type in STOP_TYPES and not self.triggered

    @property
    def condition(self) -> Condition:
        """What a stop or take-profit waits for."""
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
        ends = (self.expire_s, *stop, *shown)
        return (*names, *terms, int(self.flags), *sizes, *now, *key, *ends)


@dataclass(slots=True)
class Account:
    """A trading account. ``open_orders`` by order_id."""

    account_id: int
    group_id: int
    open_orders: dict[int, Order] = field(default_factory=dict)


@dataclass(slots=True)
class AssetState:
    """An asset and how many atoms of it exist here."""

    asset_id: int
    scale: int
    name: bytes
    supply_atoms: int = 0


@dataclass(slots=True)
class Listing:
    """An instrument as it stands: its terms, its status, its book and the book's counters."""

    terms: InstrumentCreated
    trading_status: TradingStatus = TradingStatus.HALT
    book: OrderBook[Order] = field(default_factory=OrderBook)
    triggers: Triggers = field(default_factory=Triggers)
    last_trade_price_ticks: int = 0
    next_trade_id: int = 1
    book_seq: int = 0
    open_orders: int = 0

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
            price_ticks = self.stop_ticks(order.trigger_price_ticks)
        return self.hold_atoms(order.side, price_ticks, qty_lots)

    def count_visible_change(self) -> int:
        """Return the ``book_seq`` of one more visible change of the book."""
        self.book_seq += 1
        return self.book_seq

    def words(self) -> tuple[int, ...]:
        """Return what the state hash takes of it; its orders are hashed on their own."""
        terms = self.terms
        assets = (terms.base_asset_id, terms.quote_asset_id)
        units = (terms.quote_atoms_per_tick_lot, terms.base_atoms_per_lot)
        fees = (terms.maker_fee_ppm, terms.taker_fee_ppm)
        bounds = (terms.band_bps, terms.min_notional_atoms, terms.price_max_ticks)
        now = (self.trading_status, self.last_trade_price_ticks, self.next_trade_id, self.book_seq)
        symbol = words_of(terms.symbol.ljust(24, b"\0"))
        ids = (terms.instrument_id, *assets)
        return (*ids, *units, *fees, *bounds, terms.qty_max_lots, *now, *symbol)


class State:
    """The whole state. Every lookup a command makes is by key."""

    def __init__(self, dedupe_keys_max: int) -> None:
        self.accounts: dict[int, Account] = {FEE_ACCOUNT_ID: Account(FEE_ACCOUNT_ID, group_id=0)}
        self.assets: dict[int, AssetState] = {}
        self.listings: dict[int, Listing] = {}
        self.open_orders: dict[int, Order] = {}
        self.balances = Balances()
        self.keys = RequestKeys(dedupe_keys_max)
        self.last_source_seq: dict[int, int] = {}
        self.deadlines = Deadlines()
        self.queued_in: set[int] = set()
        """Instruments with triggered orders that have not run yet."""
        self.next_order_id = 1
        self.next_event_seq = 1
        self.next_place = 1
        self.log_ts_ns = 0

    def enter_book(self, listing: Listing, order: Order) -> None:
        """Rest ``order`` at the back of its price level."""
        self._place(listing, order)
        listing.book.add(order)

    def leave_book(self, listing: Listing, order: Order) -> None:
        """Take a resting ``order`` out with all its leaves."""
        listing.book.remove(order)
        self._forget(listing, order)

    def reduce_in_book(self, listing: Listing, order: Order, qty_lots: int) -> None:
        """Take ``qty_lots`` off what is visible of a resting ``order``; it leaves the book if
        nothing is left.
        """
        listing.book.reduce(order, qty_lots)
        if order.leaves_qty_lots == 0:
            self._forget(listing, order)

    def refill_in_book(self, listing: Listing, order: Order) -> None:
        """Put a resting iceberg at the back of its price level with its next slice."""
        listing.book.remove(order)
        order.place = self.next_place
        self.next_place += 1
        listing.book.add(order)

    def wait(self, listing: Listing, order: Order) -> None:
        """Let a pending ``order`` wait for its trigger price."""
        self._place(listing, order)
        listing.triggers.add(order.order_id, order.condition)

    def stop_waiting(self, listing: Listing, order: Order) -> None:
        """Take a pending ``order`` out, queued or not."""
        listing.triggers.remove(order.order_id, order.condition)
        self._forget(listing, order)
        self._note_queue(listing)

    def queue_met(self, listing: Listing) -> None:
        """Queue the pending orders whose condition the last trade meets."""
        listing.triggers.queue_met(listing.last_trade_price_ticks)
        self._note_queue(listing)

    def _note_queue(self, listing: Listing) -> None:
        if listing.triggers.next_queued() is None:
            self.queued_in.discard(listing.terms.instrument_id)
        else:
            self.queued_in.add(listing.terms.instrument_id)

    def can_run_triggers(self) -> bool:
        """Return whether a triggered order waits for no more than its turn."""
        return any(
            self.listings[instrument_id].trading_status is TradingStatus.TRADING
            for instrument_id in self.queued_in
        )

    def _place(self, listing: Listing, order: Order) -> None:
        order.place = self.next_place
        self.next_place += 1
        listing.open_orders += 1
        self.open_orders[order.order_id] = order
        self.accounts[order.account_id].open_orders[order.order_id] = order
        if order.deadline_ns:
            self.deadlines.add_order(order.order_id, order.deadline_ns)

    def _forget(self, listing: Listing, order: Order) -> None:
        order.place = 0
        listing.open_orders -= 1
        del self.open_orders[order.order_id]
        del self.accounts[order.account_id].open_orders[order.order_id]
        if order.deadline_ns:
            self.deadlines.remove_order(order.order_id, order.deadline_ns)

    def hash(self) -> bytes:
        """Return the state hash: over everything that can change an answer yet to be given."""
        return sum_of(self._entity_hashes())

    def _entity_hashes(self) -> Iterator[int]:
        for row in self.balances.non_zero():
            yield entity_hash(Tag.BALANCE, *row)
        for order in self.open_orders.values():
            yield entity_hash(Tag.ORDER, *order.words())
        for listing in self.listings.values():
            yield entity_hash(Tag.INSTRUMENT, *listing.words())
            for position, order_id in enumerate(listing.triggers.queued()):
                queued = (listing.terms.instrument_id, position, order_id)
                yield entity_hash(Tag.TRIGGER, *queued)
        for asset in self.assets.values():
            name = words_of(asset.name.ljust(24, b"\0"))
            yield entity_hash(Tag.ASSET, asset.asset_id, asset.scale, asset.supply_atoms, *name)
        for account in self.accounts.values():
            yield entity_hash(Tag.ACCOUNT, account.account_id, account.group_id)
        for account_id, key, record in self.keys.items():
            answer = (record.digest, record.order_id, record.reason, record.valid_until_ns)
            yield entity_hash(Tag.KEY, account_id, *words_of(key), *answer)
        for source_id, last in self.last_source_seq.items():
            yield entity_hash(Tag.SOURCE, source_id, last)
        for account_id, deadline_ns in self.deadlines.switches():
            yield entity_hash(Tag.SWITCH, account_id, deadline_ns)
        counters = (self.next_order_id, self.next_event_seq, self.log_ts_ns, self.next_place)
        yield entity_hash(Tag.COUNTERS, *counters)
