"""The present, built from the event stream: instruments, books, accounts, orders, recent trades.

Pure: events in, state and a list of what changed out. An event that contradicts the state raises
StreamContradicted; the owner then starts over from a fresh snapshot.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain import events, venue_events
from domain.client_order_ids import unpack_client_order_id
from domain.events import ReplaceFlag, TradeFlag
from domain.instruments import Asset, Instrument
from domain.orders import (
    CONDITIONAL_TYPES,
    AggressorSide,
    Liquidity,
    OrderStatus,
    OrderType,
    Side,
    TradingStatus,
    VenueStatus,
)
from domain.units import FEE_ACCOUNT_ID
from gateway.errors import StreamContradicted
from gateway.state.account_view import AccountView, FillView, OrderListView, OrderView
from gateway.state.book import Book
from gateway.state.market import Fees, Market, Rules

CLOSED_ORDERS_MAX: Final = 200_000
"""Recent orders of all accounts together."""


@dataclass(slots=True)
class Changes:
    """What a run of events touched, since the owner last took it."""

    orders: dict[int, dict[int, OrderView]] = field(default_factory=dict)
    """By account, then order id."""
    fills: dict[int, list[FillView]] = field(default_factory=dict)
    balances: dict[int, set[int]] = field(default_factory=dict)
    """Asset ids by account."""
    trades: dict[int, list[events.Trade]] = field(default_factory=dict)
    """By instrument."""
    books: set[int] = field(default_factory=set)
    """Instrument ids."""
    instruments: set[int] = field(default_factory=set)
    """Ids of those that are new, or have other terms, rules or status."""
    venue: bool = False
    """Whether the venue's own status changed."""


class Projection:
    """The state after event ``seq``."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.assets: dict[int, Asset] = {}
        self.markets: dict[int, Market] = {}
        self.accounts: dict[int, AccountView] = {}
        self.open_orders: dict[int, OrderView] = {}
        self.venue_status = VenueStatus.OPEN
        self._entering: dict[int, OrderListView] = {}
        self._by_symbol: dict[str, Market] = {}
        self._closed: deque[tuple[int, int]] = deque()
        self._changes = Changes()
        self._cancel_watchers: dict[int, list[list[tuple[int, int]]]] = {}
        self._appliers: dict[type, Callable[[int, Any], None]] = {
            events.OrderAccepted: self._order_accepted,
            events.OrderRejected: self._nothing,
            events.Trade: self._trade,
            events.OrderCanceled: self._order_canceled,
            events.OrderExpired: self._order_expired,
            events.OrderReplaced: self._order_replaced,
            events.OrderReduced: self._order_reduced,
            events.OrderRested: self._order_rested,
            events.OrderTriggered: self._order_triggered,
            events.AccountOpened: self._account_opened,
            events.AssetCreated: self._asset_created,
            events.InstrumentCreated: self._instrument_created,
            events.TradingStatusChanged: self._trading_status_changed,
            events.BalanceChanged: self._balance_changed,
            events.Transferred: self._transferred,
            events.ControlRejected: self._nothing,
            events.OrderListAccepted: self._order_list_accepted,
            venue_events.InstrumentUpdated: self._instrument_updated,
            venue_events.InstrumentRulesChanged: self._rules_changed,
            venue_events.VenueStatusChanged: self._venue_status_changed,
            venue_events.FeesChanged: self._fees_changed,
            venue_events.FeeTierChanged: self._fee_tier_changed,
            # What these set is the engine's and the operator's affair; its effects come as others.
            venue_events.TradingStatusScheduled: self._nothing,
            venue_events.AuctionUncrossed: self._nothing,
            venue_events.AccountStatusChanged: self._nothing,
            venue_events.AccountLimitsChanged: self._nothing,
            venue_events.AssetLimitsChanged: self._nothing,
            venue_events.LogicVersionChanged: self._nothing,
        }

    def apply(self, seq: int, event: events.Event) -> None:
        """Apply the event at position ``seq``.

        Raises:
            StreamContradicted: it is not the next event, or contradicts the state.
        """
        if seq != self.seq + 1:
            raise StreamContradicted(f"event {seq} after {self.seq}")
        self._appliers[type(event)](seq, event)
        self.seq = seq

    def take_changes(self) -> Changes:
        """Return what was touched since the last call."""
        changes, self._changes = self._changes, Changes()
        return changes

    def market(self, symbol: str) -> Market | None:
        """Return the market of ``symbol``."""
        return self._by_symbol.get(symbol)

    def account(self, account_id: int) -> AccountView:
        """Return the account; an empty one, not kept, if it is not open."""
        return self.accounts.get(account_id) or AccountView(account_id, self.seq)

    def watch_cancels(self, account_id: int) -> list[tuple[int, int]]:
        """Return a list that grows by (seq, order_id) with each cancel of the account."""
        watched: list[tuple[int, int]] = []
        self._cancel_watchers.setdefault(account_id, []).append(watched)
        return watched

    def unwatch_cancels(self, account_id: int, watched: list[tuple[int, int]]) -> None:
        """Stop ``watched`` from growing."""
        left = [each for each in self._cancel_watchers[account_id] if each is not watched]
        if left:
            self._cancel_watchers[account_id] = left
        else:
            del self._cancel_watchers[account_id]

    def add_asset(self, asset: Asset) -> None:
        """Add an asset of a snapshot or event."""
        self.assets[asset.asset_id] = asset

    def add_market(self, instrument: Instrument, book: Book) -> Market:
        """Add an instrument of a snapshot or event."""
        market = Market(instrument, book)
        self.markets[instrument.instrument_id] = market
        self._by_symbol[instrument.symbol] = market
        self._changes.instruments.add(instrument.instrument_id)
        return market

    def add_account(self, account_id: int) -> AccountView:
        """Add an account of a snapshot or event; its private channels start at ``seq``."""
        account = self.accounts[account_id] = AccountView(account_id, self.seq)
        return account

    def add_open_order(self, order: OrderView) -> None:
        """Add an open order of a snapshot or event."""
        self._account(order.account_id).open_order(order)
        self.open_orders[order.order_id] = order
        self._note_hidden(order)

    def add_list(self, order_list: OrderListView, *, is_entering: bool) -> None:
        """Add a list of a snapshot or event; ``is_entering``: entries of its orders are to come."""
        self._account(order_list.account_id).add_list(order_list)
        for order_id in order_list.order_ids if is_entering else ():
            if order_id not in self.open_orders:
                self._entering[order_id] = order_list

    # Events, one method each.

    def _nothing(self, seq: int, event: events.Event) -> None:
        """A refusal changes nothing; its sender learned of it by the outcome."""

    def _order_list_accepted(self, seq: int, event: events.OrderListAccepted) -> None:
        self.add_list(
            OrderListView(
                list_id=event.list_id,
                account_id=event.account_id,
                instrument_id=event.instrument_id,
                contingency_type=event.contingency_type,
                second_order_id=event.second_order_id,
                client_order_id=unpack_client_order_id(event.client_order_id),
                created_ts_ns=event.ts_ns,
            ),
            is_entering=True,
        )

    def _order_accepted(self, seq: int, event: events.OrderAccepted) -> None:
        belongs_to = self._entering.pop(event.order_id, None)
        order = OrderView(
            order_id=event.order_id,
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            client_order_id=unpack_client_order_id(event.client_order_id),
            side=event.side,
            order_type=event.order_type,
            time_in_force=event.time_in_force,
            self_trade_prevention=event.self_trade_prevention,
            flags=event.flags,
            price_ticks=event.price_ticks,
            qty_lots=event.qty_lots,
            trigger_price_ticks=event.trigger_price_ticks,
            trailing_bps=event.trailing_bps,
            display_qty_lots=event.display_qty_lots,
            quote_budget_atoms=event.quote_budget_atoms,
            expire_s=event.expire_s,
            list_id=belongs_to.list_id if belongs_to else 0,
            contingency_type=belongs_to.contingency_type if belongs_to else None,
            leaves_qty_lots=event.qty_lots,
            status=_entry_status(event.order_type),
            created_ts_ns=event.ts_ns,
            updated_ts_ns=event.ts_ns,
            seq=seq,
        )
        self.add_open_order(order)
        self._spent(order, event.available_atoms, event.held_atoms)
        self._changed(order)
        if event.book_seq:
            self._rest(order, event.book_seq, order.shown_lots)

    def _trade(self, seq: int, event: events.Trade) -> None:
        market = self._market(event.instrument_id)
        maker = self._order(event.maker_order_id)
        taker = self._order(event.taker_order_id)
        self._take_from_book(event, market, maker, taker)
        self._changes.books.add(event.instrument_id)
        market.traded(event)
        self._changes.trades.setdefault(event.instrument_id, []).append(event)
        self._spent(maker, None, event.maker_held_atoms)
        self._received(maker, event.maker_received_available_atoms)
        self._spent(taker, event.taker_available_atoms, event.taker_held_atoms)
        self._received(taker, event.taker_received_available_atoms)
        # In an auction both had waited, and both pay as makers.
        in_auction = event.aggressor_side is AggressorSide.NONE
        takes = Liquidity.MAKER if in_auction else Liquidity.TAKER
        flags, fees_atoms = event.flags, (event.maker_fee_atoms, event.taker_fee_atoms)
        maker_fill = _fill(seq, event, maker, Liquidity.MAKER, fees_atoms[0])
        taker_fill = _fill(seq, event, taker, takes, fees_atoms[1])
        quote_atoms = market.instrument.notional_atoms(event.price_ticks, event.qty_lots)
        self._filled(maker, maker_fill, quote_atoms, TradeFlag.MAKER_FILLED in flags)
        self._filled(taker, taker_fill, quote_atoms, TradeFlag.TAKER_FILLED in flags)

    def _take_from_book(
        self, event: events.Trade, market: Market, maker: OrderView, taker: OrderView
    ) -> None:
        """Take a trade's quantity out of the book: of its maker, and in an auction of both."""
        left_lots = maker.leaves_qty_lots - event.qty_lots
        hidden_lots = 0
        if event.aggressor_side is AggressorSide.NONE:
            taker_left_lots = taker.leaves_qty_lots - event.qty_lots
            leaves = [(maker.order_id, left_lots), (taker.order_id, taker_left_lots)]
            market.book.hide_first(event.book_seq, leaves)
        else:
            market.book.reduce(event.book_seq, event.maker_order_id, event.qty_lots)
            hidden_lots = left_lots - market.book.visible_lots(event.maker_order_id)
        maker_filled = TradeFlag.MAKER_FILLED in event.flags
        if maker_filled != (left_lots == 0) or (hidden_lots and not maker.display_qty_lots):
            raise StreamContradicted(f"trade {event.trade_id}: the maker's rest does not add up")

    def _filled(self, order: OrderView, fill: FillView, quote_atoms: int, is_filled: bool) -> None:
        order.add_fill(fill, quote_atoms, is_filled)
        self._account(order.account_id).add_fill(fill)
        self._changes.fills.setdefault(order.account_id, []).append(fill)
        self._changed(order)
        if is_filled:
            self._close(order)

    def _order_canceled(self, seq: int, event: events.OrderCanceled) -> None:
        for watched in self._cancel_watchers.get(event.account_id, ()):
            watched.append((seq, event.order_id))
        self._ended(seq, event, OrderStatus.CANCELED)

    def _order_expired(self, seq: int, event: events.OrderExpired) -> None:
        self._ended(seq, event, OrderStatus.EXPIRED)

    def _ended(
        self, seq: int, event: events.OrderCanceled | events.OrderExpired, status: OrderStatus
    ) -> None:
        order = self._order(event.order_id)
        if event.book_seq:
            self._book(event.instrument_id).remove(event.book_seq, event.order_id)
        order.end(status, event.reason)
        self._after(seq, order, event.ts_ns, event.available_atoms, event.held_atoms)
        self._close(order)

    def _order_replaced(self, seq: int, event: events.OrderReplaced) -> None:
        order = self._order(event.order_id)
        order.price_ticks = event.price_ticks
        order.qty_lots = event.qty_lots
        order.leaves_qty_lots = event.leaves_qty_lots
        if order.status is OrderStatus.PENDING_TRIGGER:
            order.trigger_price_ticks = event.trigger_price_ticks
        else:
            order.display_qty_lots = event.display_qty_lots
        if event.book_seq:
            book = self._book(event.instrument_id)
            shown_lots = order.shown_lots
            if ReplaceFlag.KEPT_PLACE in event.flags:
                shown_lots = min(book.visible_lots(order.order_id), order.leaves_qty_lots)
            rests = (event.price_ticks, shown_lots) if ReplaceFlag.RESTED in event.flags else None
            book.replace(event.book_seq, event.order_id, rests)
        self._after(seq, order, event.ts_ns, event.available_atoms, event.held_atoms)

    def _order_reduced(self, seq: int, event: events.OrderReduced) -> None:
        order = self._order(event.order_id)
        status = self._market(event.instrument_id).instrument.trading_status
        if event.book_seq and status is TradingStatus.TRADING:
            self._book(event.instrument_id).reduce(event.book_seq, event.order_id, event.qty_lots)
        elif event.book_seq:  # as the book is uncrossed: what is hidden goes first
            leaves = [(event.order_id, event.leaves_qty_lots)]
            self._book(event.instrument_id).hide_first(event.book_seq, leaves)
        order.leaves_qty_lots = event.leaves_qty_lots
        over = event.leaves_qty_lots == 0
        if over:
            order.end(OrderStatus.CANCELED, event.reason)
        self._after(seq, order, event.ts_ns, event.available_atoms, event.held_atoms)
        if over:
            self._close(order)

    def _order_rested(self, seq: int, event: events.OrderRested) -> None:
        order = self._order(event.order_id)
        order.leaves_qty_lots = event.leaves_qty_lots
        self._rest(order, event.book_seq, event.visible_qty_lots)
        self._after(seq, order, event.ts_ns, event.available_atoms, event.held_atoms)

    def _order_triggered(self, seq: int, event: events.OrderTriggered) -> None:
        order = self._order(event.order_id)
        if order.status is not OrderStatus.PENDING_TRIGGER:
            raise StreamContradicted(f"order {order.order_id} is triggered and did not wait")
        order.status = OrderStatus.NEW
        order.trigger_price_ticks = event.trigger_price_ticks
        if event.book_seq:
            self._rest(order, event.book_seq, order.shown_lots)
        self._after(seq, order, event.ts_ns, event.available_atoms, event.held_atoms)

    def _account_opened(self, seq: int, event: events.AccountOpened) -> None:
        self.add_account(event.account_id)

    def _asset_created(self, seq: int, event: events.AssetCreated) -> None:
        self.add_asset(Asset(event.asset_id, event.name.decode("ascii"), event.scale))

    def _asset(self, asset_id: int) -> Asset:
        asset = self.assets.get(asset_id)
        if asset is None:
            raise StreamContradicted(f"asset {asset_id} was never created")
        return asset

    def _instrument_created(self, seq: int, event: events.InstrumentCreated) -> None:
        self.add_market(self._instrument(event, TradingStatus.HALT), Book())

    def _instrument_updated(self, seq: int, event: venue_events.InstrumentUpdated) -> None:
        market = self._market(event.instrument_id)
        status = market.instrument.trading_status
        market.update(seq, self._instrument(event, status))
        self._changes.instruments.add(event.instrument_id)

    def _instrument(
        self,
        event: events.InstrumentCreated | venue_events.InstrumentUpdated,
        trading_status: TradingStatus,
    ) -> Instrument:
        return Instrument(
            instrument_id=event.instrument_id,
            symbol=event.symbol.decode("ascii"),
            base=self._asset(event.base_asset_id),
            quote=self._asset(event.quote_asset_id),
            quote_atoms_per_tick_lot=event.quote_atoms_per_tick_lot,
            base_atoms_per_lot=event.base_atoms_per_lot,
            maker_fee_ppm=event.maker_fee_ppm,
            taker_fee_ppm=event.taker_fee_ppm,
            band_bps=event.band_bps,
            min_notional_atoms=event.min_notional_atoms,
            price_max_ticks=event.price_max_ticks,
            qty_max_lots=event.qty_max_lots,
            trading_status=trading_status,
        )

    def _rules_changed(self, seq: int, event: venue_events.InstrumentRulesChanged) -> None:
        self._market(event.instrument_id).rules = Rules(
            event.collar_bps,
            event.breaker_bps,
            event.breaker_window_s,
            event.auction_s,
            event.reference_price_ticks,
        )
        self._changes.instruments.add(event.instrument_id)

    def _trading_status_changed(self, seq: int, event: events.TradingStatusChanged) -> None:
        market = self._market(event.instrument_id)
        market.instrument = replace(market.instrument, trading_status=event.trading_status)
        market.status_cause = event.cause
        market.auction_ends_ns = event.auction_ends_ns
        self._changes.instruments.add(event.instrument_id)

    def _fees_changed(self, seq: int, event: venue_events.FeesChanged) -> None:
        fees = Fees(event.maker_fee_ppm, event.taker_fee_ppm)
        self._market(event.instrument_id).tier_fees[event.tier] = fees

    def _fee_tier_changed(self, seq: int, event: venue_events.FeeTierChanged) -> None:
        self._account(event.account_id).fee_tier = event.tier

    def _venue_status_changed(self, seq: int, event: venue_events.VenueStatusChanged) -> None:
        self.venue_status = event.venue_status
        self._changes.venue = True

    def _balance_changed(self, seq: int, event: events.BalanceChanged) -> None:
        self._balance(event.account_id, event.asset_id, event.available_atoms, event.held_atoms)

    def _transferred(self, seq: int, event: events.Transferred) -> None:
        sender, receiver = event.from_account_id, event.to_account_id
        # The venue's own account is nobody's: what it has is not told here.
        if sender != FEE_ACCOUNT_ID:
            self._balance(sender, event.asset_id, event.from_available_atoms, event.from_held_atoms)
        if receiver != FEE_ACCOUNT_ID:
            self._balance(receiver, event.asset_id, event.to_available_atoms, event.to_held_atoms)

    # What the events' methods share.

    def _after(
        self, seq: int, order: OrderView, ts_ns: int, available_atoms: int, held_atoms: int
    ) -> None:
        order.touch(ts_ns, seq)
        self._spent(order, available_atoms, held_atoms)
        self._changed(order)

    def _spent(self, order: OrderView, available_atoms: int | None, held_atoms: int) -> None:
        """Balance of the asset the order pays with."""
        instrument = self._market(order.instrument_id).instrument
        asset = instrument.quote if order.side is Side.BUY else instrument.base
        self._balance(order.account_id, asset.asset_id, available_atoms, held_atoms)

    def _received(self, order: OrderView, available_atoms: int) -> None:
        instrument = self._market(order.instrument_id).instrument
        asset = instrument.base if order.side is Side.BUY else instrument.quote
        self._balance(order.account_id, asset.asset_id, available_atoms, None)

    def _balance(
        self, account_id: int, asset_id: int, available: int | None, held: int | None
    ) -> None:
        self._account(account_id).set_balance(asset_id, available=available, held=held)
        self._changes.balances.setdefault(account_id, set()).add(asset_id)

    def _note_hidden(self, order: OrderView) -> None:
        """Keep what an auction may trade of an iceberg beside what the book shows of it."""
        if not order.display_qty_lots:
            return
        icebergs = self._market(order.instrument_id).icebergs
        if order.is_open:
            icebergs[order.order_id] = order.leaves_qty_lots
        else:
            icebergs.pop(order.order_id, None)

    def _changed(self, order: OrderView) -> None:
        self._note_hidden(order)
        self._changes.orders.setdefault(order.account_id, {})[order.order_id] = order

    def _close(self, order: OrderView) -> None:
        del self.open_orders[order.order_id]
        self._account(order.account_id).close_order(order)
        self._closed.append((order.account_id, order.order_id))
        if len(self._closed) > CLOSED_ORDERS_MAX:
            account_id, order_id = self._closed.popleft()
            self._account(account_id).forget_order(order_id)

    def _rest(self, order: OrderView, book_seq: int, shown_lots: int) -> None:
        book = self._book(order.instrument_id)
        book.rest(book_seq, order.order_id, order.side, order.price_ticks, shown_lots)

    def _book(self, instrument_id: int) -> Book:
        self._changes.books.add(instrument_id)
        return self._market(instrument_id).book

    def _market(self, instrument_id: int) -> Market:
        market = self.markets.get(instrument_id)
        if market is None:
            raise StreamContradicted(f"instrument {instrument_id} was never created")
        return market

    def _account(self, account_id: int) -> AccountView:
        account = self.accounts.get(account_id)
        if account is None:
            raise StreamContradicted(f"account {account_id} was never opened")
        return account

    def _order(self, order_id: int) -> OrderView:
        order = self.open_orders.get(order_id)
        if order is None:
            raise StreamContradicted(f"order {order_id} is not open")
        return order


def _entry_status(order_type: OrderType) -> OrderStatus:
    return OrderStatus.PENDING_TRIGGER if order_type in CONDITIONAL_TYPES else OrderStatus.NEW


def _fill(
    seq: int, event: events.Trade, order: OrderView, liquidity: Liquidity, fee_atoms: int
) -> FillView:
    return FillView(
        trade_id=event.trade_id,
        order_id=order.order_id,
        instrument_id=event.instrument_id,
        side=order.side,
        price_ticks=event.price_ticks,
        qty_lots=event.qty_lots,
        fee_atoms=fee_atoms,
        liquidity=liquidity,
        ts_ns=event.ts_ns,
        seq=seq,
        list_id=order.list_id,
    )
