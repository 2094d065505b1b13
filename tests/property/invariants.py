"""What must hold of a core whatever is asked of it: after every command what its events say adds
up, and whenever it is looked at, money, holds, orders and books are those of the events.
"""

from collections import Counter

from domain.commands import CreateInstrument
from domain.events import (
    BalanceChanged,
    OrderAccepted,
    OrderListAccepted,
    OrderReplaced,
    TradingStatusChanged,
)
from domain.orders import Side, TradingStatus
from domain.reasons import BalanceReason
from domain.venue_events import InstrumentUpdated
from engine_core.contract import Core, OrderRow, WithdrawalRow
from schemas.codec import decode_events, decode_outcomes
from schemas.layouts import EVENT_BYTES
from tests.property.book_of_events import BookOfEvents
from tests.property.order_states import OrderStates

_ALL_LEVELS = 2**20
_TERMS = tuple(CreateInstrument.__dataclass_fields__)


class Invariants:
    """Follows one core from its first command; ``instruments``: those that ever trade."""

    def __init__(self, instruments: tuple[CreateInstrument, ...]) -> None:
        self._listed = {terms.instrument_id: terms for terms in instruments}
        self._supply: Counter[int] = Counter()
        self._hold_ticks: dict[int, int] = {}
        """Of orders without a price of their own: what they hold for, fixed when they were entered
        or amended.
        """
        self._siblings: dict[int, int] = {}
        self._withdrawals: set[WithdrawalRow] = set()
        self._trading_status: dict[int, TradingStatus] = {}
        self._book = BookOfEvents()
        self._orders = OrderStates()
        self._next_event_seq = 1

    def read(self, events: bytes, outcomes: bytes) -> None:
        """Take in what one command was answered with, or what the passing of time led to."""
        self._next_event_seq += len(events) // EVENT_BYTES
        for outcome in decode_outcomes(outcomes):
            assert outcome.last_event_seq == self._next_event_seq - 1
            assert outcome.event_count * EVENT_BYTES <= len(events)
        for event in decode_events(events):
            self._book.read(event)
            self._orders.read(event)
            match event:
                case BalanceChanged():
                    self._supply[event.asset_id] += event.amount_atoms
                    self._note_withdrawal(event)
                case OrderAccepted() | OrderReplaced():
                    band_bps = self._listed[event.instrument_id].band_bps
                    ticks = event.trigger_price_ticks * (10_000 + band_bps)
                    self._hold_ticks[event.order_id] = -(-ticks // 10_000)
                case OrderListAccepted():
                    self._siblings[event.first_order_id] = event.second_order_id
                    self._siblings[event.second_order_id] = event.first_order_id
                case InstrumentUpdated():
                    terms = {name: getattr(event, name) for name in _TERMS}
                    self._listed[event.instrument_id] = CreateInstrument(**terms)
                case TradingStatusChanged():
                    self._trading_status[event.instrument_id] = event.trading_status

    def _note_withdrawal(self, event: BalanceChanged) -> None:
        if not event.withdrawal_seq:
            return
        name = (event.source_id, event.withdrawal_seq)
        row = (*name, event.account_id, event.asset_id, event.withdrawal_atoms)
        if event.reason is BalanceReason.WITHDRAWAL_HELD:
            assert event.source_seq == event.withdrawal_seq
            assert row not in self._withdrawals
            self._withdrawals.add(row)
        else:
            self._withdrawals.remove(row)

    def check(self, core: Core) -> None:
        """Compare the core's whole state with what its events said."""
        assert core.next_event_seq == self._next_event_seq
        assert not 0 < core.next_deadline_ns < core.log_ts_ns
        self._check_money(core)
        self._orders.check(core.orders())
        for row in core.orders():
            assert row[6] > 0
            assert row[5] == row[6] + row[7]
        for instrument_id in self._listed:
            self._check_book(core, instrument_id)

    def _check_money(self, core: Core) -> None:
        owned: Counter[int] = Counter()
        held: Counter[tuple[int, int]] = Counter()
        for account_id, asset_id, available_atoms, held_atoms in core.balances():
            assert available_atoms >= 0
            assert held_atoms >= 0
            owned[asset_id] += available_atoms + held_atoms
            if held_atoms:
                held[account_id, asset_id] = held_atoms
        assert owned == self._supply
        expected = self._held_by_open_orders(core)
        for _, _, account_id, asset_id, amount_atoms in core.withdrawals():
            assert amount_atoms > 0
            expected[account_id, asset_id] += amount_atoms
        assert held == expected
        assert core.withdrawals() == sorted(self._withdrawals)

    def _held_by_open_orders(self, core: Core) -> Counter[tuple[int, int]]:
        """Return atoms by (account_id, asset_id). Two legs, while both are open, hold for the
        larger.
        """
        held: Counter[tuple[int, int]] = Counter()
        holds = {row[0]: self._hold(row) for row in core.orders()}
        for order_id, (key, atoms) in holds.items():
            sibling_id = self._siblings.get(order_id, 0)
            if sibling_id not in holds:
                held[key] += atoms
            elif order_id < sibling_id:
                held[key] += max(atoms, holds[sibling_id][1])
        return held

    def _hold(self, row: OrderRow) -> tuple[tuple[int, int], int]:
        """Return what an order holds alone: (account_id, asset_id), atoms."""
        order_id, account_id, instrument_id, side, price_ticks, _, leaves_qty_lots, _ = row
        terms = self._listed[instrument_id]
        if side == Side.SELL:
            return (account_id, terms.base_asset_id), leaves_qty_lots * terms.base_atoms_per_lot
        ticks = price_ticks or self._hold_ticks[order_id]
        atoms = ticks * leaves_qty_lots * terms.quote_atoms_per_tick_lot
        return (account_id, terms.quote_asset_id), atoms

    def _check_book(self, core: Core, instrument_id: int) -> None:
        bids, asks = core.depth(instrument_id, _ALL_LEVELS)
        assert (bids, asks) == self._book.depth(instrument_id)
        crossed = bool(bids and asks) and bids[0][0] >= asks[0][0]
        assert not crossed or self._trading_status[instrument_id] is not TradingStatus.TRADING
