# cython: language_level=3, cdivision=True
"""Control of the venue: accounts, assets, instruments, their status, and money from outside."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy

from engine_core._endings cimport end_open, say
from engine_core._numbers cimport (
    ACCOUNTS_MAX,
    ACCOUNT_NOT_TRADABLE,
    ALREADY_EXISTS,
    ASSETS_MAX,
    ASSET_SCALE_MAX,
    BALANCE_DEPOSIT,
    BAND_BPS_MAX,
    CANCEL_INSTRUMENT_CLOSED,
    CAPACITY,
    EVENT_ACCOUNT_OPENED,
    EVENT_ASSET_CREATED,
    EVENT_BALANCE_CHANGED,
    EVENT_INSTRUMENT_CREATED,
    EVENT_ORDER_CANCELED,
    EVENT_TRADING_STATUS_CHANGED,
    INSTRUMENTS_MAX,
    INVALID_AMOUNT,
    INVALID_ASSET,
    INVALID_INSTRUMENT,
    INVALID_TRANSITION,
    MALFORMED,
    NONE,
    SOURCES_MAX,
    SOURCE_SEQ_GAP,
    SOURCE_SEQ_REPEATED,
    STATUS_AUCTION,
    STATUS_CLOSED,
    STATUS_HALT,
    STATUS_TRADING,
    SUPPLY_LIMIT,
    TICKS_LOTS_LOG2,
    UNKNOWN_ACCOUNT,
    UNKNOWN_ASSET,
    UNKNOWN_INSTRUMENT,
)
from engine_core._retries cimport reject_control
from engine_core._state cimport (
    Account,
    Asset,
    Instrument,
    NO_SLOT,
    State,
    id_add,
    id_slot,
)
from engine_core._triggers cimport run_triggers
from engine_core._wire cimport (
    AccountOpened,
    AssetCreated,
    BalanceChanged,
    ControlRejected,
    CreateAsset,
    CreateInstrument,
    Deposit,
    InstrumentCreated,
    OpenAccount,
    SetTradingStatus,
    TradingStatusChanged,
)
from matching._book cimport level_at, no_key, side_after
from matching._far cimport far_after, far_first, far_leaf_key
from matching._machine cimport ATOMS_MAX_LOG2
from matching._orders cimport slot_of
from risk._balances cimport BalanceRow, PPM, balance_row


cdef inline bint is_text(const uint8_t *text, bint with_dash) noexcept nogil:
    """Return whether 24 zero-padded bytes are one or more of A-Z, 0-9 and, if so said, '-'."""
    cdef int at = 0
    cdef int length
    while at < 24 and (
        b"A" <= text[at] <= b"Z" or b"0" <= text[at] <= b"9" or (with_dash and text[at] == b"-")
    ):
        at += 1
    length = at
    while at < 24 and text[at] == 0:
        at += 1
    return length > 0 and at == 24


cdef inline bint is_within(int64_t value, int64_t first, int64_t last) noexcept nogil:
    return first <= value <= last


cdef inline uint16_t open_account(State *state, const OpenAccount *command) noexcept nogil:
    """Open a trading account; return why not, or NONE."""
    cdef Account *account
    cdef AccountOpened *event
    if command.account_id == 0:
        return MALFORMED
    if id_slot(&state.account_ids, command.account_id) != NO_SLOT:
        return ALREADY_EXISTS
    if state.account_ids.count >= ACCOUNTS_MAX:
        return CAPACITY
    account = &state.account[id_add(&state.account_ids, command.account_id)]
    account.account_id = command.account_id
    account.group_id = command.group_id
    event = <AccountOpened *>say(state)
    event.kind = EVENT_ACCOUNT_OPENED
    event.account_id = command.account_id
    event.group_id = command.group_id
    event.ts_ns = state.ts_ns
    return NONE


cdef inline uint16_t create_asset(State *state, const CreateAsset *command) noexcept nogil:
    """Create an asset, none of which exists yet; return why not, or NONE."""
    cdef Asset *asset
    cdef AssetCreated *event
    if command.asset_id == 0:
        return MALFORMED
    if id_slot(&state.asset_ids, command.asset_id) != NO_SLOT:
        return ALREADY_EXISTS
    if command.scale > ASSET_SCALE_MAX or not is_text(command.name, False):
        return INVALID_ASSET
    if state.asset_ids.count >= ASSETS_MAX:
        return CAPACITY
    asset = &state.asset[id_add(&state.asset_ids, command.asset_id)]
    asset.asset_id = command.asset_id
    asset.scale = command.scale
    memcpy(asset.name, command.name, 24)
    event = <AssetCreated *>say(state)
    event.kind = EVENT_ASSET_CREATED
    event.scale = command.scale
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    memcpy(event.name, command.name, 24)
    return NONE


cdef inline bint is_exact(const CreateInstrument *command) noexcept nogil:
    """Return whether every number of an instrument is one the core can work with."""
    cdef int64_t atoms_max = <int64_t>1 << ATOMS_MAX_LOG2
    cdef int64_t bound = (<int64_t>1 << TICKS_LOTS_LOG2) - 1
    return (
        command.base_asset_id != command.quote_asset_id
        and is_within(command.quote_atoms_per_tick_lot, 1, atoms_max)
        and is_within(command.base_atoms_per_lot, 1, atoms_max)
        and command.maker_fee_ppm <= PPM
        and command.taker_fee_ppm <= PPM
        and command.band_bps <= BAND_BPS_MAX
        and command.min_notional_atoms >= 0
        and is_within(command.price_max_ticks, 0, bound)
        and is_within(command.qty_max_lots, 0, bound)
        and is_text(command.symbol, True)
    )


cdef inline void list_instrument(State *state, const CreateInstrument *command, uint32_t base,
                                 uint32_t quote) noexcept nogil:
    """Add an instrument, halted. The memory of its book is there already."""
    cdef uint32_t slot = id_add(&state.instrument_ids, command.instrument_id)
    cdef Instrument *listed = &state.instrument[slot]
    cdef int64_t bound = (<int64_t>1 << TICKS_LOTS_LOG2) - 1
    listed.instrument_id = command.instrument_id
    listed.base = base
    listed.quote = quote
    listed.base_fee_row = balance_row(&state.balances, 0, base)
    listed.quote_fee_row = balance_row(&state.balances, 0, quote)
    listed.k = command.quote_atoms_per_tick_lot
    listed.base_atoms_per_lot = command.base_atoms_per_lot
    listed.maker_fee_ppm = command.maker_fee_ppm
    listed.taker_fee_ppm = command.taker_fee_ppm
    listed.band_bps = command.band_bps
    listed.min_notional_atoms = command.min_notional_atoms
    listed.price_max_ticks = command.price_max_ticks if command.price_max_ticks else bound
    listed.qty_max_lots = command.qty_max_lots if command.qty_max_lots else bound
    listed.next_trade_id = 1
    listed.trading_status = STATUS_HALT
    memcpy(listed.symbol, command.symbol, 24)


cdef inline uint16_t create_instrument(State *state,
                                       const CreateInstrument *command) noexcept nogil:
    """Create an instrument with every bound spelled out; return why not, or NONE."""
    cdef uint32_t base = id_slot(&state.asset_ids, command.base_asset_id)
    cdef uint32_t quote = id_slot(&state.asset_ids, command.quote_asset_id)
    cdef InstrumentCreated *event
    cdef const Instrument *listed
    if command.instrument_id == 0:
        return MALFORMED
    if id_slot(&state.instrument_ids, command.instrument_id) != NO_SLOT:
        return ALREADY_EXISTS
    if base == NO_SLOT or quote == NO_SLOT:
        return UNKNOWN_ASSET
    if not is_exact(command):
        return INVALID_INSTRUMENT
    if state.instrument_ids.count >= INSTRUMENTS_MAX:
        return CAPACITY
    list_instrument(state, command, base, quote)
    listed = &state.instrument[state.instrument_ids.count - 1]
    event = <InstrumentCreated *>say(state)
    event.kind = EVENT_INSTRUMENT_CREATED
    event.instrument_id = command.instrument_id
    event.base_asset_id = command.base_asset_id
    event.ts_ns = state.ts_ns
    event.quote_asset_id = command.quote_asset_id
    event.maker_fee_ppm = command.maker_fee_ppm
    event.taker_fee_ppm = command.taker_fee_ppm
    event.band_bps = command.band_bps
    event.quote_atoms_per_tick_lot = command.quote_atoms_per_tick_lot
    event.base_atoms_per_lot = command.base_atoms_per_lot
    event.min_notional_atoms = command.min_notional_atoms
    event.price_max_ticks = listed.price_max_ticks
    event.qty_max_lots = listed.qty_max_lots
    memcpy(event.symbol, command.symbol, 24)
    return NONE


cdef inline int compare_ids(const void *left, const void *right) noexcept nogil:
    cdef uint64_t a = (<const uint64_t *>left)[0]
    cdef uint64_t b = (<const uint64_t *>right)[0]
    return (a > b) - (a < b)


cdef inline uint64_t note_level(State *state, uint32_t slot, uint64_t count) noexcept nogil:
    """Note the ids of an order and of all behind it; return how many are noted by now."""
    while slot:
        state.closing[count] = state.orders.book[slot].order_id
        count += 1
        slot = state.orders.book[slot].newer
    return count


cdef inline void cancel_for_close(State *state, Instrument *instrument) noexcept nogil:
    """Cancel every order of an instrument, by order_id; there are fewer than events_max."""
    cdef uint64_t count = 0
    cdef uint64_t at
    cdef int64_t key
    cdef uint32_t leaf
    cdef int side
    for side in range(1, 3):
        key = instrument.side[side].best_key
        while key != no_key():
            count = note_level(
                state, level_at(&instrument.side[side], &state.far, key).oldest, count
            )
            key = side_after(&instrument.side[side], &state.far, key)
    for side in range(2):
        leaf = far_first(&state.far, instrument.waiting[side]) if instrument.waiting[side] else 0
        while leaf:
            count = note_level(state, state.far.node[leaf].level.oldest, count)
            leaf = far_after(&state.far, instrument.waiting[side], far_leaf_key(&state.far, leaf))
    count = note_level(state, instrument.queue_oldest, count)
    qsort(state.closing, count, sizeof(uint64_t), compare_ids)
    for at in range(count):
        end_open(state, slot_of(&state.orders, state.closing[at]), EVENT_ORDER_CANCELED,
                 CANCEL_INSTRUMENT_CLOSED)


cdef inline uint16_t set_trading_status(State *state,
                                        const SetTradingStatus *command) noexcept nogil:
    """Move an instrument to another status, closing its orders first if need be; return why not,
    or NONE.
    """
    cdef uint32_t slot = id_slot(&state.instrument_ids, command.instrument_id)
    cdef uint8_t target = command.trading_status
    cdef Instrument *instrument
    cdef TradingStatusChanged *event
    if slot == NO_SLOT:
        return UNKNOWN_INSTRUMENT
    instrument = &state.instrument[slot]
    if (
        target == instrument.trading_status
        or target == STATUS_AUCTION
        or instrument.trading_status == STATUS_CLOSED
    ):
        return INVALID_TRANSITION
    if target == STATUS_CLOSED:
        if instrument.open_orders >= state.events_max:
            return CAPACITY
        cancel_for_close(state, instrument)
    instrument.trading_status = target
    event = <TradingStatusChanged *>say(state)
    event.kind = EVENT_TRADING_STATUS_CHANGED
    event.trading_status = target
    event.instrument_id = command.instrument_id
    event.ts_ns = state.ts_ns
    if target == STATUS_TRADING:
        run_triggers(state, instrument)
    return NONE


cdef inline uint16_t source_refusal(State *state, const Deposit *command,
                                    uint32_t asset) noexcept nogil:
    """Return why a deposit's number or amount is not the next one, or NONE."""
    cdef uint32_t source = id_slot(&state.source_ids, command.source_id)
    cdef uint64_t last = state.last_source_seq[source] if source != NO_SLOT else 0
    cdef int64_t atoms_max = <int64_t>1 << ATOMS_MAX_LOG2
    if not is_within(command.amount_atoms, 1, atoms_max):
        return INVALID_AMOUNT
    if command.source_seq <= last:
        return SOURCE_SEQ_REPEATED
    if command.source_seq != last + 1:
        return SOURCE_SEQ_GAP
    if command.amount_atoms > atoms_max - state.asset[asset].supply_atoms:
        return SUPPLY_LIMIT
    if source == NO_SLOT and state.source_ids.count >= SOURCES_MAX:
        return CAPACITY
    return NONE


cdef inline uint16_t credit(State *state, const Deposit *command) noexcept nogil:
    """Credit an account from outside, each number of a source once and in order; return why not,
    or NONE.
    """
    cdef uint32_t account = id_slot(&state.account_ids, command.account_id)
    cdef uint32_t asset = id_slot(&state.asset_ids, command.asset_id)
    cdef uint32_t source
    cdef uint16_t reason
    cdef BalanceRow *row
    cdef BalanceChanged *event
    if account == NO_SLOT:
        return UNKNOWN_ACCOUNT
    if account == 0:
        return ACCOUNT_NOT_TRADABLE
    if asset == NO_SLOT:
        return UNKNOWN_ASSET
    reason = source_refusal(state, command, asset)
    if reason != NONE:
        return reason
    source = id_slot(&state.source_ids, command.source_id)
    if source == NO_SLOT:
        source = id_add(&state.source_ids, command.source_id)
    state.last_source_seq[source] = command.source_seq
    state.asset[asset].supply_atoms += command.amount_atoms
    row = &state.balances.row[balance_row(&state.balances, account, asset)]
    row.available_atoms += command.amount_atoms
    event = <BalanceChanged *>say(state)
    event.kind = EVENT_BALANCE_CHANGED
    event.reason = BALANCE_DEPOSIT
    event.account_id = command.account_id
    event.asset_id = command.asset_id
    event.ts_ns = state.ts_ns
    event.amount_atoms = command.amount_atoms
    event.source_seq = command.source_seq
    event.source_id = command.source_id
    event.available_atoms = row.available_atoms
    event.held_atoms = row.held_atoms
    return NONE


cdef inline uint16_t deposit(State *state, const Deposit *command) noexcept nogil:
    """Credit an account from outside, or say why not."""
    cdef ControlRejected *event
    cdef uint16_t reason = credit(state, command)
    if reason != NONE:
        event = reject_control(state, command.kind, reason, command.account_id)
        event.source_id = command.source_id
        event.source_seq = command.source_seq
    return reason
