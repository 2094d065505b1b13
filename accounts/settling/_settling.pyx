# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled twin of settlement's fold: the same rows from the same events, to the byte.

What trading is made of (entries, trades, ends of orders) is taken here; every other event goes
through the reference's own code, on the records declared here.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from accounts.settling._records cimport Balance, CopyRows, OrderRecord
from accounts.settling._trading_events cimport EVENT_BYTES, AcceptedEvent, ClosedEvent, TradeEvent

from accounts.errors import Disagreement, OutOfSequence
from accounts.settling.event_rows import decoded
from schemas.errors import Malformed

cdef enum:
    ACCEPTED = 1
    TRADE = 3
    CANCELED = 4
    EXPIRED = 6
    BUY = 1
    CONDITIONAL_FROM = 3  # order types from here on wait for a trigger
    STATUS_NEW = 2
    STATUS_PARTIALLY_FILLED = 3
    STATUS_FILLED = 4
    STATUS_CANCELED = 5
    STATUS_EXPIRED = 7
    MAKER_FILLED = 1
    TAKER_FILLED = 2
    CODE_TRADE = 2
    CODE_FEE = 3
    FEE_ACCOUNT_ID = 1

cdef int64_t ATOMS_MAX = 1 << 62

assert sizeof(AcceptedEvent) == sizeof(TradeEvent) == sizeof(ClosedEvent) == EVENT_BYTES


def unknown(bytes data, dict orders, set account_ids):
    """Return ``(orders, accounts, what is left)`` of trading's events that are not known, and
    where the events of other kinds are.
    """
    cdef const char *at = data
    cdef Py_ssize_t offset, size = len(data)
    cdef const TradeEvent *trade
    cdef const ClosedEvent *closed
    cdef set accepted = set(), wanted = set(), accounts = set()
    cdef list others = []
    cdef uint8_t kind
    if size % EVENT_BYTES:
        return wanted, accounts, [0]
    for offset in range(0, size, EVENT_BYTES):
        kind = <uint8_t>at[offset]
        if kind == TRADE:
            trade = <const TradeEvent *>(at + offset)
            _want(trade.maker_order_id, orders, accepted, wanted)
            _want(trade.taker_order_id, orders, accepted, wanted)
            if trade.maker_account_id not in account_ids:
                accounts.add(trade.maker_account_id)
            if trade.taker_account_id not in account_ids:
                accounts.add(trade.taker_account_id)
        elif kind == ACCEPTED or kind == CANCELED or kind == EXPIRED:
            closed = <const ClosedEvent *>(at + offset)
            if kind == ACCEPTED:
                accepted.add(closed.order_id)
            else:
                _want(closed.order_id, orders, accepted, wanted)
            if closed.account_id not in account_ids:
                accounts.add(closed.account_id)
        else:
            others.append(offset)
    return wanted, accounts, others


cdef int _want(uint64_t order_id, dict orders, set accepted, set wanted) except -1:
    cdef object key = order_id
    if key not in orders and key not in accepted:
        wanted.add(key)
    return 0


cdef class Folding:
    """Takes events into one ``accounts.settling.batch.Batch`` of this module's records."""

    cdef object _batch
    cdef dict _balances, _orders, _entered, _changed, _list_of
    cdef list _touched
    cdef CopyRows _transfers, _trades
    cdef int64_t _first_seq, _seq, _ts_ns
    cdef object _instrument
    cdef int64_t _instrument_id, _base, _quote, _quote_per_tick_lot, _base_per_lot
    cdef uint64_t _book_seq, _next_trade_id
    cdef int64_t _last_price_ticks
    cdef int _leg

    def __init__(self, batch):
        self._batch = batch
        self._balances = batch.balances.balances
        self._touched = batch.balances.in_touch_order
        self._orders = batch.orders.orders
        self._entered = batch.orders.entered_by_id
        self._changed = batch.orders.changed_by_id
        self._list_of = batch.orders.list_of
        self._transfers = batch.transfers
        self._trades = batch.trades
        self._first_seq = batch.first_seq

    def take(self, bytes data):
        """Take the next events, n x 128 bytes.

        Raises:
            LedgerError: one contradicts the events before it, or the stored state.
            Malformed: one cannot be read.
        """
        cdef const char *at = data
        cdef Py_ssize_t offset
        cdef uint8_t kind
        cdef const AcceptedEvent *accepted
        if len(data) % EVENT_BYTES:
            raise Malformed("a torn event")
        self._seq = self._batch.last_seq
        for offset in range(0, len(data), EVENT_BYTES):
            kind = <uint8_t>at[offset]
            self._seq += 1
            if kind == TRADE:
                self._trade(<const TradeEvent *>(at + offset))
            elif kind == CANCELED or kind == EXPIRED:
                self._closed(<const ClosedEvent *>(at + offset))
            else:
                accepted = <const AcceptedEvent *>(at + offset)
                if kind == ACCEPTED and accepted.order_type < CONDITIONAL_FROM:
                    self._accepted(accepted)
                else:
                    self._other(data[offset : offset + EVENT_BYTES])
        self._put_instrument_back()
        self._batch.last_seq = self._seq

    cdef int _other(self, bytes event) except -1:
        self._put_instrument_back()
        self._batch.last_seq = self._seq - 1
        self._batch.take(event[0], decoded(event))
        return 0

    cdef int _use_instrument(self, uint32_t instrument_id) except -1:
        if self._instrument is not None and self._instrument_id == instrument_id:
            return 0
        self._put_instrument_back()
        found = self._batch.venue.instrument(instrument_id)
        self._instrument = found
        self._instrument_id = instrument_id
        self._base = found.base_asset_id
        self._quote = found.quote_asset_id
        self._quote_per_tick_lot = found.quote_atoms_per_tick_lot
        self._base_per_lot = found.base_atoms_per_lot
        self._book_seq = found.book_seq
        self._next_trade_id = found.next_trade_id
        self._last_price_ticks = found.last_trade_price_ticks
        return 0

    cdef int _put_instrument_back(self) except -1:
        found = self._instrument
        if found is not None:
            found.book_seq = self._book_seq
            found.next_trade_id = self._next_trade_id
            found.last_trade_price_ticks = self._last_price_ticks
            self._instrument = None
        return 0

    cdef int _advance_book(self, uint64_t book_seq) except -1:
        if book_seq != self._book_seq + 1:
            raise OutOfSequence(
                f"event {self._seq}: book of {self._instrument.symbol} moves from "
                f"{self._book_seq} to {book_seq}"
            )
        self._book_seq = book_seq
        return 0

    cdef Balance _touch(self, int64_t account_id, int64_t asset_id):
        cdef tuple key = (account_id, asset_id)
        cdef Balance one = self._balances.get(key)
        if one is None:
            one = Balance.__new__(Balance)
            self._balances[key] = one
        if one.updated_seq < self._first_seq:
            one.posted_before_atoms = one.posted_atoms
            self._touched.append((key, one))
        one.updated_seq = self._seq
        return one

    cdef OrderRecord _open_order(self, uint64_t order_id, int64_t ts_ns):
        cdef OrderRecord order = self._orders.get(order_id)
        if order is None or not order.is_open:
            raise Disagreement(f"event {self._seq} is about order {order_id}, which is not open")
        if order.created_seq < self._first_seq:
            self._changed[order_id] = order
        order.updated_seq = self._seq
        order.updated_ts_ns = ts_ns
        return order

    cdef int _spent(
        self, uint8_t side, uint32_t account_id, int64_t available_atoms, int64_t held_atoms,
        uint64_t book_seq,
    ) except -1:
        """What an event about one order says of its owner's balance and of the book."""
        cdef Balance one = self._touch(account_id, self._quote if side == BUY else self._base)
        one.available_atoms = available_atoms
        one.held_atoms = held_atoms
        if book_seq:
            self._advance_book(book_seq)
        return 0

    cdef int _accepted(self, const AcceptedEvent *event) except -1:
        cdef OrderRecord order
        cdef object belongs_to
        self._use_instrument(event.instrument_id)
        self._spent(
            event.side, event.account_id, event.available_atoms, event.held_atoms, event.book_seq
        )
        if event.order_id in self._orders:
            raise Disagreement(f"order {event.order_id} was accepted twice")
        order = OrderRecord.__new__(OrderRecord)
        order.order_id = event.order_id
        order.account_id = event.account_id
        order.instrument_id = event.instrument_id
        order.client_order_id = (<const char *>event.client_order_id)[:28]
        order.side = event.side
        order.order_type = event.order_type
        order.time_in_force = event.time_in_force
        order.self_trade_prevention = event.self_trade_prevention
        order.flags = event.flags
        order.price_ticks = event.price_ticks
        order.qty_lots = event.qty_lots
        order.trigger_price_ticks = event.trigger_price_ticks
        order.trailing_bps = event.trailing_bps
        order.display_qty_lots = event.display_qty_lots
        order.quote_budget_atoms = event.quote_budget_atoms
        order.leaves_qty_lots = event.qty_lots
        order.cum_quote_atoms = order.fee_atoms = 0
        order.status = STATUS_NEW
        order.is_open = True
        order.expire_s = event.expire_s
        order.created_ts_ns = order.updated_ts_ns = event.ts_ns
        order.created_seq = order.updated_seq = self._seq
        if self._list_of:
            belongs_to = self._list_of.get(event.order_id)
            if belongs_to is not None:
                order.list_id = belongs_to.list_id
                order.contingency_type = belongs_to.contingency_type
        if event.book_seq:
            order.visible_qty_lots = min(
                order.display_qty_lots or order.leaves_qty_lots, order.leaves_qty_lots
            )
        self._orders[event.order_id] = order
        self._entered[event.order_id] = order
        return 0

    cdef int _closed(self, const ClosedEvent *event) except -1:
        cdef OrderRecord order
        self._use_instrument(event.instrument_id)
        self._spent(
            event.side, event.account_id, event.available_atoms, event.held_atoms, event.book_seq
        )
        order = self._open_order(event.order_id, event.ts_ns)
        if order.cum_qty_lots != event.cum_qty_lots:
            raise Disagreement(
                f"event {self._seq}: order {order.order_id} ended with {event.cum_qty_lots} lots "
                f"filled, its trades say {order.cum_qty_lots}"
            )
        self._end(
            order, STATUS_CANCELED if event.kind == CANCELED else STATUS_EXPIRED, event.reason
        )
        return 0

    cdef int _end(self, OrderRecord order, int status, int reason) except -1:
        order.status = status
        order.reason = reason
        order.leaves_qty_lots = order.visible_qty_lots = 0
        order.is_open = False
        return 0

    cdef int _trade(self, const TradeEvent *event) except -1:
        cdef int64_t quote_atoms, base_atoms
        self._use_instrument(event.instrument_id)
        if event.trade_id != self._next_trade_id:
            raise OutOfSequence(
                f"event {self._seq}: trade {event.trade_id} of {self._instrument.symbol}, not "
                f"{self._next_trade_id}"
            )
        self._next_trade_id += 1
        self._last_price_ticks = event.price_ticks
        self._advance_book(event.book_seq)
        quote_atoms = _product(event.price_ticks, event.qty_lots, self._quote_per_tick_lot)
        base_atoms = _product(1, event.qty_lots, self._base_per_lot)
        self._move(event, quote_atoms, base_atoms)
        self._fill_both(event, quote_atoms)
        self._record(event, quote_atoms)
        return 0

    cdef int _move(
        self, const TradeEvent *event, int64_t quote_atoms, int64_t base_atoms
    ) except -1:
        """Quote to the seller, base to the buyer, a fee from each out of what it received."""
        cdef bint maker_buys = event.maker_side == BUY
        cdef int64_t maker = event.maker_account_id, taker = event.taker_account_id
        cdef int64_t buyer = maker if maker_buys else taker
        cdef int64_t seller = taker if maker_buys else maker
        cdef int64_t base_fee_atoms = event.maker_fee_atoms if maker_buys else event.taker_fee_atoms
        cdef int64_t quote_fee_atoms = (
            event.taker_fee_atoms if maker_buys else event.maker_fee_atoms
        )
        cdef Balance buyer_base = self._touch(buyer, self._base)
        cdef Balance buyer_quote = self._touch(buyer, self._quote)
        cdef Balance seller_base = self._touch(seller, self._base)
        cdef Balance seller_quote = self._touch(seller, self._quote)
        self._leg = 0
        self._ts_ns = event.ts_ns
        if buyer != seller:
            self._post(self._quote, buyer, seller, buyer_quote, seller_quote, quote_atoms, 0)
            self._post(self._base, seller, buyer, seller_base, buyer_base, base_atoms, 0)
        if base_fee_atoms:
            self._post(self._base, buyer, FEE_ACCOUNT_ID, buyer_base, None, base_fee_atoms, 1)
        if quote_fee_atoms:
            self._post(self._quote, seller, FEE_ACCOUNT_ID, seller_quote, None, quote_fee_atoms, 1)
        if maker_buys:
            buyer_quote.held_atoms = event.maker_held_atoms
            buyer_base.available_atoms = event.maker_received_available_atoms
            seller_quote.available_atoms = event.taker_received_available_atoms
            seller_base.available_atoms = event.taker_available_atoms
            seller_base.held_atoms = event.taker_held_atoms
        else:
            seller_base.held_atoms = event.maker_held_atoms
            seller_quote.available_atoms = event.maker_received_available_atoms
            buyer_base.available_atoms = event.taker_received_available_atoms
            buyer_quote.available_atoms = event.taker_available_atoms
            buyer_quote.held_atoms = event.taker_held_atoms
        return 0

    cdef int _post(
        self, int64_t asset_id, int64_t debit_id, int64_t credit_id, Balance debit, Balance credit,
        int64_t amount_atoms, bint is_fee,
    ) except -1:
        cdef CopyRows rows = self._transfers
        if is_fee:
            credit = self._touch(FEE_ACCOUNT_ID, asset_id)
        debit.posted_atoms -= amount_atoms
        credit.posted_atoms += amount_atoms
        if credit_id == FEE_ACCOUNT_ID:
            credit.available_atoms = credit.posted_atoms
        rows.begin(11)
        rows.put4(0)
        rows.put8(self._seq)
        rows.put2(self._leg)
        rows.put2(CODE_FEE if is_fee else CODE_TRADE)
        rows.put8(asset_id)
        rows.put8(debit_id)
        rows.put8(credit_id)
        rows.put8(amount_atoms)
        rows.put8(debit.posted_atoms)
        rows.put8(credit.posted_atoms)
        rows.put8(self._ts_ns)
        rows.add(amount_atoms)
        self._leg += 1
        return 0

    cdef int _fill_both(self, const TradeEvent *event, int64_t quote_atoms) except -1:
        cdef OrderRecord maker = self._open_order(event.maker_order_id, event.ts_ns)
        cdef OrderRecord taker = self._open_order(event.taker_order_id, event.ts_ns)
        cdef bint in_auction = event.aggressor_side == 0
        if maker.account_id != event.maker_account_id or taker.account_id != event.taker_account_id:
            raise Disagreement(
                f"event {self._seq}: a trade names accounts that do not own its orders"
            )
        if not in_auction:
            if event.qty_lots > maker.visible_qty_lots:
                raise Disagreement(
                    f"event {self._seq} takes {event.qty_lots} lots of order {maker.order_id} from "
                    f"the book, which shows {maker.visible_qty_lots}"
                )
            maker.visible_qty_lots -= event.qty_lots
        cdef bint maker_filled = (event.flags & MAKER_FILLED) != 0
        cdef bint taker_filled = (event.flags & TAKER_FILLED) != 0
        self._fill(maker, event.qty_lots, quote_atoms, event.maker_fee_atoms, maker_filled)
        self._fill(taker, event.qty_lots, quote_atoms, event.taker_fee_atoms, taker_filled)
        if in_auction:
            maker.visible_qty_lots = min(maker.visible_qty_lots, maker.leaves_qty_lots)
            taker.visible_qty_lots = min(taker.visible_qty_lots, taker.leaves_qty_lots)
        return 0

    cdef int _fill(
        self, OrderRecord order, int64_t qty_lots, int64_t quote_atoms, int64_t fee_atoms,
        bint is_filled,
    ) except -1:
        order.cum_qty_lots += qty_lots
        order.cum_quote_atoms += quote_atoms
        order.fee_atoms += fee_atoms
        if order.qty_lots:  # a market order by budget has no quantity to count down
            order.leaves_qty_lots -= qty_lots
            if order.leaves_qty_lots < 0 or is_filled != (order.leaves_qty_lots == 0):
                raise Disagreement(
                    f"order {order.order_id} is {'' if is_filled else 'not '}filled, and "
                    f"{order.leaves_qty_lots} lots are left of it"
                )
        if is_filled:
            self._end(order, STATUS_FILLED, 0)
        else:
            order.status = STATUS_PARTIALLY_FILLED
        return 0

    cdef int _record(self, const TradeEvent *event, int64_t quote_atoms) except -1:
        cdef CopyRows rows = self._trades
        rows.begin(16)
        rows.put4(0)
        rows.put8(self._seq)
        rows.put8(event.instrument_id)
        rows.put8(event.trade_id)
        rows.put8(event.maker_order_id)
        rows.put8(event.taker_order_id)
        rows.put8(event.maker_account_id)
        rows.put8(event.taker_account_id)
        rows.put2(event.maker_side)
        rows.put2(event.aggressor_side)
        rows.put8(event.price_ticks)
        rows.put8(event.qty_lots)
        rows.put8(quote_atoms)
        rows.put8(event.maker_fee_atoms)
        rows.put8(event.taker_fee_atoms)
        rows.put8(event.ts_ns)
        rows.add(quote_atoms)
        return 0


cdef int64_t _product(int64_t first, int64_t second, int64_t third) except? -1:
    """Return the product in atoms; a stream whose product is past the bound is damaged."""
    if first <= 0 or second <= 0 or third <= 0 or first > ATOMS_MAX // second:
        raise Disagreement(f"{first} x {second} x {third} atoms")
    if first * second > ATOMS_MAX // third:
        raise Disagreement(f"{first} x {second} x {third} atoms")
    return first * second * third
