"""A batch of events turned into the rows that settle it. Pure: stored state and events in, rows
out.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from accounts.errors import Disagreement
from accounts.settling.balance_book import Balance, BalanceBook, BalanceKey
from accounts.settling.copy_rows import (
    BALANCES,
    DEPOSITS,
    TRADES,
    TRANSFERS,
    CopyRows,
    CopyTable,
    order_rows,
)
from accounts.settling.event_rows import EventRow
from accounts.settling.ledger import (
    EXTERNAL_ACCOUNT_ID,
    Transfer,
    transfer_between_accounts,
    transfer_of_deposit,
    transfer_of_withdrawal,
    transfers_of_trade,
)
from accounts.settling.order_history import OrderHistory, OrderListRecord, OrderRecord
from accounts.settling.pending_transfers import PendingRow, pending_row
from accounts.settling.venue import InstrumentRecord, Venue
from accounts.settling.venue_settings import VenueSettings
from domain.events import BalanceChanged, EventKind, Trade, Transferred
from domain.orders import OrderStatus, OrderType, Side, TradingStatus
from domain.reasons import BalanceReason
from domain.units import FEE_ACCOUNT_ID
from schemas.layouts import EVENT_BYTES

SHARD: Final = 0
CHAIN_BYTES: Final = 16
FIRST_CHAIN: Final = bytes(CHAIN_BYTES)

_TRADE: Final = int(EventKind.TRADE)
_BALANCE_CHANGED: Final = int(EventKind.BALANCE_CHANGED)
_TRANSFERRED: Final = int(EventKind.TRANSFERRED)
_ACCEPTED: Final = int(EventKind.ORDER_ACCEPTED)
_BPS: Final = 10_000
_STOPS_AT_MARKET: Final = frozenset(
    map(int, (OrderType.STOP, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP))
)
_OF_ONE_ORDER: Final = frozenset(
    map(
        int,
        (
            EventKind.ORDER_ACCEPTED,
            EventKind.ORDER_CANCELED,
            EventKind.ORDER_EXPIRED,
            EventKind.ORDER_REPLACED,
            EventKind.ORDER_REDUCED,
            EventKind.ORDER_RESTED,
            EventKind.ORDER_TRIGGERED,
        ),
    )
)


AccountTransferRow = tuple[int, int, int, int, int, int, int, int, int, int]
"""shard, event_seq, source_id, source_seq, reason, asset_id, from_account_id, to_account_id,
amount_atoms, ts_ns.
"""

_CHANGING_OF: Final = attrgetter(
    "order_id",
    "price_ticks",
    "qty_lots",
    "trigger_price_ticks",
    "hold_price_ticks",
    "display_qty_lots",
    "leaves_qty_lots",
    "visible_qty_lots",
    "cum_qty_lots",
    "cum_quote_atoms",
    "fee_atoms",
    "status",
    "reason",
    "is_open",
    "updated_ts_ns",
    "updated_seq",
)
"""Of an order, what may change after its entry."""


def chain_after(chain: bytes, data: bytes) -> bytes:
    """Return the rolling hash once the events in ``data`` have followed those behind ``chain``.

    It does not depend on how the stream is cut into batches.
    """
    for at in range(0, len(data), EVENT_BYTES):
        chain = hashlib.blake2b(
            chain + data[at : at + EVENT_BYTES], digest_size=CHAIN_BYTES
        ).digest()
    return chain


@dataclass(frozen=True, slots=True)
class Footprint:
    """The orders, and the accounts with all their balances, that events are about."""

    order_ids: set[int]
    account_ids: set[int]


def footprint(rows: Iterable[EventRow]) -> Footprint:
    """Return which orders entered before, and whose balances, ``rows`` touch."""
    order_ids: set[int] = set()
    account_ids: set[int] = {EXTERNAL_ACCOUNT_ID, FEE_ACCOUNT_ID}
    accepted: set[int] = set()
    for _, kind, event in rows:
        fields: Any = event
        if kind == _TRADE:
            order_ids.add(fields.maker_order_id)
            order_ids.add(fields.taker_order_id)
            account_ids.add(fields.maker_account_id)
            account_ids.add(fields.taker_account_id)
        elif kind in _OF_ONE_ORDER:
            (accepted if kind == _ACCEPTED else order_ids).add(fields.order_id)
            account_ids.add(fields.account_id)
        elif kind == _BALANCE_CHANGED:
            account_ids.add(fields.account_id)
        elif kind == _TRANSFERRED:
            account_ids.add(fields.from_account_id)
            account_ids.add(fields.to_account_id)
    return Footprint(order_ids - accepted, account_ids)


@dataclass(slots=True)
class StoredState:
    """What is known of the stored books, moved on by every batch. What a batch is about and is not
    known must be read before it is folded; after an error nothing here is known any more.
    """

    balances: dict[BalanceKey, Balance] = field(default_factory=dict)
    orders: dict[int, OrderRecord] = field(default_factory=dict)
    """Open ones, and any that was read."""
    instruments: dict[int, InstrumentRecord] = field(default_factory=dict)
    """All there are."""
    lists: list[OrderListRecord] = field(default_factory=list)
    """The last one told of: a list's entry and those of its two orders follow each other."""
    account_ids: set[int] = field(default_factory=set)
    """Whose balances are all known."""

    def forget(self) -> None:
        """Know no order and no balance any more; all must have been written."""
        self.balances.clear()
        self.orders.clear()
        self.account_ids.clear()

    def unknown(self, touched: Footprint) -> Footprint:
        """Return what of ``touched`` must be read first."""
        return Footprint(
            touched.order_ids - self.orders.keys(), touched.account_ids - self.account_ids
        )


@dataclass(frozen=True, slots=True)
class RowKinds:
    """What a twin keeps balances, orders and rows in; the reference's unless said otherwise."""

    balance: type[Balance] = Balance
    order: type[OrderRecord] = OrderRecord
    rows: Callable[[CopyTable], CopyRows] = CopyRows
    order_rows: Callable[[Iterable[OrderRecord]], CopyRows] = order_rows


class Batch:
    """The rows of one batch: ``accounts.settling.fold`` fills it with one of the twins."""

    def __init__(self, first_seq: int, stored: StoredState, kinds: RowKinds) -> None:
        self.first_seq = first_seq
        self.last_seq = first_seq - 1
        self.transfers = kinds.rows(TRANSFERS)
        self.trades = kinds.rows(TRADES)
        self.deposits = kinds.rows(DEPOSITS)
        self.pending: list[PendingRow] = []
        self.between_accounts: list[AccountTransferRow] = []
        self.balances = BalanceBook(stored.balances, first_seq, kinds.balance)
        self.orders = OrderHistory(stored.orders, first_seq, stored.lists, kinds.order)
        self.venue = Venue(stored.instruments)
        self.settings = VenueSettings()
        self._kinds = kinds

    def take(self, kind: int, event: Any) -> None:
        """Take the next event.

        Raises:
            LedgerError: it contradicts the events before it, or the stored state.
        """
        self.last_seq += 1
        handler = _TAKE.get(kind)
        if handler is not None:
            handler(self, self.last_seq, event)

    def close(self, stored: StoredState) -> None:
        """End the batch on ``stored``, and hold fast what is to be written: the next batch moves
        the same records on.

        Raises:
            LedgerError: its balances contradict the engine's, or double entry.
        """
        self.balances.check()
        self.new_balances = self._kinds.rows(BALANCES)
        stored_balances = self.balances.written(self.new_balances)
        self.stored_balances = list(zip(*stored_balances, strict=True))
        """By columns, as the statement takes them; empty if none changed."""
        self.balance_totals = tuple(str(sum(column)) for column in self.stored_balances[2:5])
        entered = self.orders.entered()
        order_ids = self.orders.entered_by_id
        self.order_id_range = (min(order_ids), max(order_ids)) if order_ids else (0, 0)
        self.new_orders = self._kinds.order_rows(entered)
        self.changed_orders = [_CHANGING_OF(one) for one in self.orders.changed()]
        self.new_instruments = self.venue.instruments_created()
        self.used_instruments = self.venue.instruments_used()
        self.new_terms = self.venue.new_terms()
        self.orders.forget_ended()
        stored.lists = (self.orders.lists or stored.lists)[-1:]

    def trade(self, seq: int, event: Trade) -> None:
        """Take a trade: transfers, one history row, two fills, four post-balances."""
        instrument = self.venue.instrument(event.instrument_id)
        instrument.trade(seq, event)
        quote_atoms = event.price_ticks * event.qty_lots * instrument.quote_atoms_per_tick_lot
        for leg, transfer in enumerate(transfers_of_trade(event, instrument)):
            self._post(seq, leg, transfer, event.ts_ns)
        self._observe_trade(seq, event, instrument)
        self.orders.traded(seq, event, quote_atoms)
        self.trades.append(
            (
                SHARD,
                seq,
                event.instrument_id,
                event.trade_id,
                event.maker_order_id,
                event.taker_order_id,
                event.maker_account_id,
                event.taker_account_id,
                event.maker_side,
                event.aggressor_side,
                event.price_ticks,
                event.qty_lots,
                quote_atoms,
                event.maker_fee_atoms,
                event.taker_fee_atoms,
                event.ts_ns,
            )
        )

    def balance_changed(self, seq: int, event: BalanceChanged) -> None:
        """Take money from outside, or what was held and is available from here on."""
        is_deposit = event.reason == BalanceReason.DEPOSIT
        if is_deposit:
            self._post(seq, 0, transfer_of_deposit(event), event.ts_ns)
        elif event.withdrawal_seq:
            self._withdraw(seq, event)
        elif event.amount_atoms:
            raise Disagreement(f"event {seq} moves {event.amount_atoms} atoms from nowhere")
        key = (event.account_id, event.asset_id)
        self.balances.observe(seq, key, event.available_atoms, event.held_atoms)
        if is_deposit:
            self._note_deposit(seq, event)

    def transferred(self, seq: int, event: Transferred) -> None:
        """Take money that moved from one account to another."""
        self._post(seq, 0, transfer_between_accounts(event), event.ts_ns)
        asset_id = event.asset_id
        self.balances.observe(
            seq,
            (event.from_account_id, asset_id),
            event.from_available_atoms,
            event.from_held_atoms,
        )
        self.balances.observe(
            seq, (event.to_account_id, asset_id), event.to_available_atoms, event.to_held_atoms
        )
        self.between_accounts.append(
            (
                SHARD,
                seq,
                event.source_id,
                event.source_seq,
                int(event.transfer_reason),
                asset_id,
                event.from_account_id,
                event.to_account_id,
                event.amount_atoms,
                event.ts_ns,
            )
        )

    def _withdraw(self, seq: int, event: BalanceChanged) -> None:
        if event.reason == BalanceReason.WITHDRAWAL_POSTED:
            self._post(seq, 0, transfer_of_withdrawal(event), event.ts_ns)
        self.pending.append(pending_row(SHARD, seq, event))

    def _note_deposit(self, seq: int, event: BalanceChanged) -> None:
        self.deposits.append(
            (
                SHARD,
                seq,
                event.source_id,
                event.source_seq,
                event.account_id,
                event.asset_id,
                event.amount_atoms,
                event.ts_ns,
            )
        )

    def order_event(self, seq: int, event: Any) -> None:
        """Take what an event about one order says of its owner's balance and of the book."""
        instrument = self.venue.instrument(event.instrument_id)
        spends_quote = event.side == Side.BUY
        asset_id = instrument.quote_asset_id if spends_quote else instrument.base_asset_id
        key = (event.account_id, asset_id)
        self.balances.observe(seq, key, event.available_atoms, event.held_atoms)
        if event.book_seq:
            instrument.advance_book(seq, event.book_seq)

    def hold_price_ticks(self, event: Any, order_type: int) -> int:
        """Return what an order that waits to buy at the market holds for a lot; 0 for others."""
        if event.side != Side.BUY or order_type not in _STOPS_AT_MARKET:
            return 0
        band_bps = self.venue.instrument(event.instrument_id).band_bps
        trigger_price_ticks: int = event.trigger_price_ticks
        return -(-trigger_price_ticks * (_BPS + band_bps) // _BPS)

    def _post(self, seq: int, leg: int, transfer: Transfer, ts_ns: int) -> None:
        asset_id, debit, credit, amount_atoms, code = transfer
        debit_after, credit_after = self.balances.post(seq, transfer)
        self.transfers.append(
            (
                SHARD,
                seq,
                leg,
                code,
                asset_id,
                debit,
                credit,
                amount_atoms,
                debit_after,
                credit_after,
                ts_ns,
            )
        )

    def _observe_trade(self, seq: int, event: Trade, instrument: InstrumentRecord) -> None:
        maker, taker = event.maker_account_id, event.taker_account_id
        base, quote = instrument.base_asset_id, instrument.quote_asset_id
        maker_buys = event.maker_side == Side.BUY
        maker_spends, taker_spends = (quote, base) if maker_buys else (base, quote)
        observe = self.balances.observe
        observe(seq, (maker, maker_spends), None, event.maker_held_atoms)
        observe(seq, (maker, taker_spends), event.maker_received_available_atoms, None)
        observe(seq, (taker, maker_spends), event.taker_received_available_atoms, None)
        observe(seq, (taker, taker_spends), event.taker_available_atoms, event.taker_held_atoms)


def _accepted(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    batch.orders.accepted(seq, event, batch.hold_price_ticks(event, event.order_type))


def _canceled(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    batch.orders.ended(seq, int(EventKind.ORDER_CANCELED), event)


def _status_changed(batch: Batch, seq: int, event: Any) -> None:
    batch.venue.status_changed(seq, event)
    batch.settings.status_changed(event)


def _expired(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    batch.orders.ended(seq, int(EventKind.ORDER_EXPIRED), event)


def _replaced(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    order = batch.orders.order(event.order_id)
    waits = order is not None and order.status == OrderStatus.PENDING_TRIGGER
    hold_price_ticks = batch.hold_price_ticks(event, order.order_type) if order and waits else 0
    batch.orders.replaced(seq, event, hold_price_ticks)


def _reduced(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    status = batch.venue.instrument(event.instrument_id).trading_status
    batch.orders.reduced(seq, event, in_auction=status != TradingStatus.TRADING)


def _rested(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    batch.orders.rested(seq, event)


def _triggered(batch: Batch, seq: int, event: Any) -> None:
    batch.order_event(seq, event)
    batch.orders.triggered(seq, event)


# Refusals (ORDER_REJECTED, CONTROL_REJECTED) changed nothing, and what AUCTION_UNCROSSED says is
# settled by the trades that follow it.
_TAKE: Final[dict[int, Callable[[Batch, int, Any], None]]] = {
    _TRADE: Batch.trade,
    _BALANCE_CHANGED: Batch.balance_changed,
    _TRANSFERRED: Batch.transferred,
    _ACCEPTED: _accepted,
    int(EventKind.ORDER_CANCELED): _canceled,
    int(EventKind.ORDER_EXPIRED): _expired,
    int(EventKind.ORDER_REPLACED): _replaced,
    int(EventKind.ORDER_REDUCED): _reduced,
    int(EventKind.ORDER_RESTED): _rested,
    int(EventKind.ORDER_TRIGGERED): _triggered,
    int(EventKind.ACCOUNT_OPENED): lambda batch, seq, e: batch.venue.account_opened(seq, e),
    int(EventKind.ASSET_CREATED): lambda batch, seq, e: batch.venue.asset_created(seq, e),
    int(EventKind.INSTRUMENT_CREATED): lambda batch, seq, e: batch.venue.instrument_created(seq, e),
    int(EventKind.TRADING_STATUS_CHANGED): _status_changed,
    int(EventKind.ORDER_LIST_ACCEPTED): lambda batch, seq, e: batch.orders.list_accepted(seq, e),
    int(EventKind.INSTRUMENT_UPDATED): lambda batch, seq, e: batch.venue.instrument_updated(seq, e),
    int(EventKind.INSTRUMENT_RULES_CHANGED): lambda batch, seq, e: batch.venue.rules_changed(
        seq, e
    ),
    int(EventKind.TRADING_STATUS_SCHEDULED): lambda batch, _, e: batch.settings.scheduled(e),
    int(EventKind.FEES_CHANGED): lambda batch, _, e: batch.settings.fees_changed(e),
    int(EventKind.FEE_TIER_CHANGED): lambda batch, _, e: batch.settings.fee_tier_changed(e),
    int(EventKind.ACCOUNT_STATUS_CHANGED): (
        lambda batch, _, e: batch.settings.account_status_changed(e)
    ),
    int(EventKind.ACCOUNT_LIMITS_CHANGED): (
        lambda batch, _, e: batch.settings.account_limits_changed(e)
    ),
    int(EventKind.ASSET_LIMITS_CHANGED): lambda batch, _, e: batch.settings.asset_limits_changed(e),
    int(EventKind.VENUE_STATUS_CHANGED): lambda batch, _, e: batch.settings.venue_status_changed(e),
    int(EventKind.LOGIC_VERSION_CHANGED): (
        lambda batch, _, e: batch.settings.logic_version_changed(e)
    ),
}
