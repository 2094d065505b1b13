# cython: language_level=3, cdivision=True
"""The compiled core: the exchange's state machine in C memory, the reference's twin.

A batch first gets all the memory it may need; then its commands run one after the other without
the interpreter's lock. Events are written once, in the form they have on the wire.
"""

import os

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport malloc
from libc.string cimport memset

from engine_core._deadlines cimport Deadline
from engine_core._due cimport next_deadline
from engine_core._execute cimport run_batch
from engine_core._key_index cimport KEYS_LIMIT
from engine_core._keys cimport keys_open
from engine_core._load cimport load_saved
from engine_core._numbers cimport FEE_ACCOUNT_ID, KIND_OPEN_ACCOUNT, VENUE_OPEN
from engine_core._save cimport saved
from engine_core._slices cimport filled_lots, open_lots
from engine_core._state cimport (
    IdMap,
    NO_SLOT,
    State,
    account_add,
    id_slot,
    reserve,
    state_close,
)
from engine_core._state_hash cimport hash_state
from engine_core._things cimport HashSum
from engine_core._triggers cimport next_to_run
from engine_core._wire cimport (
    COMMAND_BYTES,
    EVENT_BYTES,
    OUTCOME_BYTES,
    OrderAccepted,
    Outcome,
)
from matching._book cimport BUY, BookSide, SELL, key_of, level_at, no_key, side_after
from matching._latency cimport LatencyHistogram
from matching._orders cimport BookOrder, OrderDetail, slab_open
from matching._sweep cimport CLOSING_EVENT, EVENTS_BEFORE, EVENTS_PER_MAKER_MAX, Step
from risk._balances cimport BalanceRow, balance_find, balances_open
from risk._withdrawals cimport Withdrawal

EVENTS_PER_COMMAND_MIN = EVENTS_BEFORE + EVENTS_PER_MAKER_MAX + CLOSING_EVENT
EVENTS_PER_COMMAND_LIMIT = 1 << 24
_SEEDS = 6


cdef int open_state(State *state, uint64_t keys_max, uint32_t events_max, bytes seeds) except -1:
    """Set up an exchange that knows nothing but the venue's own account."""
    cdef const uint64_t *seed = <const uint64_t *>PyBytes_AS_STRING(seeds)
    cdef bytes one_account = bytes([KIND_OPEN_ACCOUNT]).ljust(COMMAND_BYTES, b"\0")
    slab_open(&state.orders, seed[5])
    balances_open(&state.balances)
    keys_open(&state.keys, keys_max, seed)
    state.events_max = events_max
    state.next_order_id = state.next_event_seq = state.next_place = 1
    state.plan.steps = <Step *>malloc(events_max * sizeof(Step))
    state.closing = <uint64_t *>malloc(events_max * sizeof(uint64_t))
    if state.plan.steps == NULL or state.closing == NULL or not reserve(
        state, one_account, 1
    ):
        raise MemoryError
    account_add(state, FEE_ACCOUNT_ID)
    state.venue_status = VENUE_OPEN
    state.logic_version = 1
    return 0


cdef class Core:
    """The exchange's state machine, as ``engine_core.contract.Core`` says. For one thread at a time:
    the interpreter's lock does not guard it.
    """

    def __cinit__(self, *, dedupe_keys_max=4_000_000, events_per_command_max=65_536):
        memset(&self.state, 0, sizeof(State))
        if dedupe_keys_max < 1 or events_per_command_max < EVENTS_PER_COMMAND_MIN:
            raise ValueError(
                f"at least 1 key and {EVENTS_PER_COMMAND_MIN} events a command are needed"
            )
        if dedupe_keys_max > KEYS_LIMIT or events_per_command_max > EVENTS_PER_COMMAND_LIMIT:
            raise ValueError(
                f"at most {KEYS_LIMIT} keys and {EVENTS_PER_COMMAND_LIMIT} events a command fit"
            )
        # Secret seeds of the hash tables: no client can choose ids that collide. They decide where
        # things lie in memory and nothing else: not one byte of what comes out depends on them.
        open_state(&self.state, dedupe_keys_max, events_per_command_max, os.urandom(8 * _SEEDS))

    def __dealloc__(self):
        state_close(&self.state)

    @classmethod
    def load(cls, data, *, dedupe_keys_max=4_000_000, events_per_command_max=65_536):
        """Return a core that goes on where the one that saved ``data`` stood, whichever twin.

        Raises:
            ValueError: ``data`` is torn, damaged, of another form or version, or has more keys than
                ``dedupe_keys_max``.
        """
        cdef Core core = cls(
            dedupe_keys_max=dedupe_keys_max, events_per_command_max=events_per_command_max
        )
        cdef Py_buffer view
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            load_saved(&core.state, <const uint64_t *>view.buf, view.len)
        finally:
            PyBuffer_Release(&view)
        return core

    def save(self):
        """Return the whole state as bytes: the same for the same state, on every machine."""
        return saved(&self.state)

    def apply(self, bytes commands not None, ts_ns):
        """Execute commands at log time ``ts_ns``; return their events and outcomes.

        Raises:
            ValueError: a torn command, or ``ts_ns`` before an earlier one.
            MemoryError: nothing was executed; or, if even the bytes of the result do not fit, the
            caller has lost the events and must start again from its journal.
        """
        cdef uint64_t count = <uint64_t>len(commands) // COMMAND_BYTES
        cdef int64_t now_ns
        cdef const char *first = PyBytes_AS_STRING(commands)
        cdef Outcome *answers
        cdef bint done
        if len(commands) % COMMAND_BYTES:
            raise ValueError(f"{len(commands)} bytes are not whole commands")
        if not self.state.ts_ns <= ts_ns <= INT64_MAX:
            raise ValueError(f"log time is {self.state.ts_ns}, so not {ts_ns}")
        now_ns = ts_ns
        outcomes = PyBytes_FromStringAndSize(NULL, count * OUTCOME_BYTES)
        answers = <Outcome *>PyBytes_AS_STRING(outcomes)
        with nogil:
            done = self.run(first, count, now_ns, answers)
        if not done:
            raise MemoryError
        events = PyBytes_FromStringAndSize(
            self.state.events, self.state.event_count * EVENT_BYTES
        )
        return events, outcomes

    cdef bint run(
        self, const char *commands, uint64_t count, int64_t ts_ns, void *outcomes
    ) noexcept nogil:
        return run_batch(&self.state, commands, count, ts_ns, <Outcome *>outcomes)

    def count_latency(self, LatencyHistogram latency not None):
        """From now on, count in ``latency`` what each command takes; a batch's preparation is part
        of its first one.
        """
        self.latency = latency
        self.state.latencies = &latency.latencies

    @property
    def next_event_seq(self):
        """Sequence number the next event will have."""
        return self.state.next_event_seq

    @property
    def next_order_id(self):
        """Id the next accepted order will have."""
        return self.state.next_order_id

    @property
    def log_ts_ns(self):
        """Time of the last call of ``apply``."""
        return self.state.ts_ns

    @property
    def next_deadline_ns(self):
        """The earliest time at which something ends by itself, 0 if nothing will."""
        cdef const Deadline *first = next_deadline(&self.state)
        cdef bint waits = self.state.queued_orders + self.state.uncrossing != 0
        if waits and next_to_run(&self.state, NULL) != NULL:
            return max(1, self.state.ts_ns)
        return 0 if first == NULL else first.deadline_ns

    def state_hash(self):
        """Return 16 bytes that are equal for equal states. Looks at the whole state."""
        cdef HashSum total
        with nogil:
            hash_state(&total, &self.state)
        return PyBytes_FromStringAndSize(<const char *>&total.a, 2 * sizeof(uint64_t))

    def balance(self, account_id, asset_id):
        """Return (available_atoms, held_atoms)."""
        cdef uint32_t account = slot_named(&self.state.account_ids, account_id)
        cdef uint32_t asset = slot_named(&self.state.asset_ids, asset_id)
        cdef const BalanceRow *row = NULL
        if account != NO_SLOT and asset != NO_SLOT:
            row = balance_find(&self.state.balances, account, asset)
        if row == NULL:
            return 0, 0
        return row.available_atoms, row.held_atoms

    def balances(self):
        """Return the balances that are not all zero, sorted."""
        cdef const BalanceRow *row
        cdef uint64_t at
        rows = []
        for at in range(self.state.balances.count):
            row = &self.state.balances.row[at]
            if row.available_atoms or row.held_atoms:
                account_id = self.state.account[row.account].account_id
                asset_id = self.state.asset[row.asset].asset_id
                rows.append((account_id, asset_id, row.available_atoms, row.held_atoms))
        rows.sort()
        return rows

    def withdrawals(self):
        """Return the withdrawals that are held, sorted."""
        cdef const Withdrawal *held
        cdef const BalanceRow *balance
        cdef uint64_t at
        rows = []
        for at in range(self.state.withdrawals.count):
            held = &self.state.withdrawals.row[at]
            balance = &self.state.balances.row[held.balance]
            account_id = self.state.account[balance.account].account_id
            asset_id = self.state.asset[balance.asset].asset_id
            rows.append((held.source_id, held.source_seq, account_id, asset_id, held.amount_atoms))
        return rows

    def orders(self):
        """Return the open orders, sorted by order_id."""
        cdef uint32_t slot
        rows = []
        for slot in range(1, self.state.orders.fresh):
            if self.state.orders.book[slot].order_id != 0:
                rows.append(order_row(&self.state, slot))
        rows.sort()
        return rows

    def depth(self, instrument_id, levels):
        """Return bids and asks, best first, at most ``levels`` each."""
        cdef uint32_t slot = slot_named(&self.state.instrument_ids, instrument_id)
        if slot == NO_SLOT:
            return [], []
        bids = side_depth(&self.state, slot, BUY, levels)
        return bids, side_depth(&self.state, slot, SELL, levels)


cdef uint32_t slot_named(const IdMap *ids, id_) except? 0:
    """Return the slot of an id, NO_SLOT if it is unknown or cannot be one."""
    return id_slot(ids, id_) if 0 <= id_ <= 0xFFFFFFFF else NO_SLOT


cdef tuple order_row(State *state, uint32_t slot):
    cdef const BookOrder *order = &state.orders.book[slot]
    cdef const OrderDetail *detail = &state.orders.detail[slot]
    return (
        order.order_id,
        state.account[order.account].account_id,
        state.instrument[order.instrument].instrument_id,
        order.side,
        order.price_ticks,
        detail.qty_lots,
        open_lots(state, slot),
        filled_lots(state, slot),
    )


cdef list side_depth(State *state, uint32_t slot, uint8_t side, levels):
    cdef const BookSide *half = &state.instrument[slot].side[side]
    cdef int64_t key = half.best_key
    rows = []
    while key != no_key() and len(rows) < levels:
        rows.append((key_of(side, key), level_at(half, &state.far, key).qty_lots))
        key = side_after(half, &state.far, key)
    return rows


assert sizeof(OrderAccepted) == EVENT_BYTES
assert sizeof(Outcome) == OUTCOME_BYTES
