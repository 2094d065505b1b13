"""Everything the exchange knows, in memory: accounts, assets, listed instruments, open orders."""

from dataclasses import dataclass

from domain.orders import TradingStatus, VenueStatus
from domain.units import FEE_ACCOUNT_ID
from engine_core.account import Account
from engine_core.deadlines import Deadline, Deadlines, Due
from engine_core.limits import LOGIC_VERSION_FIRST
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.request_keys import RequestKeys
from risk.reference import Balances


@dataclass(slots=True)
class AssetState:
    """An asset and how many atoms of it exist here."""

    asset_id: int
    scale: int
    name: bytes
    supply_atoms: int = 0


@dataclass(frozen=True, slots=True)
class OpenWithdrawal:
    """What is held for an account until it is posted or voided."""

    account_id: int
    asset_id: int
    amount_atoms: int


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
        self.withdrawals: dict[tuple[int, int], OpenWithdrawal] = {}
        """By (source_id, source_seq of the hold)."""
        self.deadlines = Deadlines()
        self.queued_in: set[int] = set()
        """Instruments with triggered orders that have not run yet."""
        self.uncrossing: set[int] = set()
        """Instruments whose uncross waits to be gone on with."""
        self.next_order_id = 1
        self.next_event_seq = 1
        self.next_place = 1
        self.log_ts_ns = 0
        self.venue_status = VenueStatus.OPEN
        self.asset_limits = 0
        """How many caps of accounts in assets there are."""
        self.logic_version = LOGIC_VERSION_FIRST

    @property
    def is_open(self) -> bool:
        """Whether the venue is not halted."""
        return self.venue_status is VenueStatus.OPEN

    def sibling_of(self, order: Order) -> Order | None:
        """Return the other order of its list, while both are open."""
        return self.open_orders.get(order.sibling_order_id)

    def unlink(self, order: Order, sibling: Order) -> None:
        """Let each of two go its own way."""
        order.sibling_order_id = sibling.sibling_order_id = 0

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

    def take_from_book(self, listing: Listing, order: Order, qty_lots: int) -> None:
        """Take ``qty_lots`` off a resting ``order``, hidden ones first: it keeps its place, or
        leaves if nothing is left.
        """
        if qty_lots < order.leaves_qty_lots:
            listing.book.shrink(order, qty_lots)
        else:
            self.leave_book(listing, order)
            order.leaves_qty_lots = 0

    def refill_in_book(self, listing: Listing, order: Order) -> None:
        """Put a resting iceberg at the back of its price level with its next slice."""
        listing.book.remove(order)
        order.place = self._take_place()
        listing.book.add(order)

    def wait(self, listing: Listing, order: Order) -> None:
        """Let a pending ``order`` wait for its trigger price."""
        self._place(listing, order)
        listing.triggers.add(order.order_id, order.condition)
        if order.trailing_bps:
            listing.trailing[order.order_id] = order

    def wait_for(self, listing: Listing, order: Order, trigger_price_ticks: int) -> None:
        """Let a waiting ``order`` wait for another price, behind those that do so already."""
        listing.triggers.remove(order.order_id, order.condition)
        order.trigger_price_ticks = trigger_price_ticks
        order.place = self._take_place()
        listing.triggers.add(order.order_id, order.condition)

    def stop_waiting(self, listing: Listing, order: Order) -> None:
        """Take a pending ``order`` out, queued or not."""
        listing.triggers.remove(order.order_id, order.condition)
        listing.trailing.pop(order.order_id, None)
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

    def can_go_on(self) -> bool:
        """Return whether an uncross or a triggered order waits for no more than its turn."""
        if not self.is_open:
            return False
        return bool(self.uncrossing) or any(
            self.listings[instrument_id].trading_status is TradingStatus.TRADING
            for instrument_id in self.queued_in
        )

    def _take_place(self) -> int:
        self.next_place += 1
        return self.next_place - 1

    def _place(self, listing: Listing, order: Order) -> None:
        order.place = self._take_place()
        self._open(listing, order)

    def restore(self, listing: Listing, order: Order) -> None:
        """Take an open order as it stands, behind those of its level that were restored before."""
        self._open(listing, order)
        if not order.is_pending:
            listing.book.restore(order)
            return
        listing.triggers.add(order.order_id, order.condition)
        if order.trailing_bps:
            listing.trailing[order.order_id] = order

    def restore_queued(self, listing: Listing, order: Order) -> None:
        """Put a waiting order at the back of the queue."""
        listing.triggers.queue(order.order_id, order.condition)
        self._note_queue(listing)

    def _open(self, listing: Listing, order: Order) -> None:
        listing.open_orders += 1
        self.open_orders[order.order_id] = order
        self.accounts[order.account_id].open_orders[order.order_id] = order
        if order.deadline_ns:
            self.deadlines.add(Deadline(order.deadline_ns, Due.ORDER, order.order_id))

    def _forget(self, listing: Listing, order: Order) -> None:
        order.place = 0
        listing.open_orders -= 1
        del self.open_orders[order.order_id]
        del self.accounts[order.account_id].open_orders[order.order_id]
        if order.deadline_ns:
            self.deadlines.remove(Deadline(order.deadline_ns, Due.ORDER, order.order_id))
