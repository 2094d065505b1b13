# cython: language_level=3, cdivision=True
"""Everything the exchange knows, in C memory. Accounts, assets and instruments are named by slot
inside; their ids are looked up once a command.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset

from engine_core._deadlines cimport Deadlines, deadlines_close, reserve_deadlines
from engine_core._keys cimport KeyTable, keys_close, reserve_keys
from engine_core._numbers cimport (
    ACCOUNTS_MAX,
    ACCOUNT_ACTIVE,
    ASSETS_MAX,
    ASSET_LIMITS_MAX,
    DEADLINE_EVENTS_MAX,
    FEE_TIERS_MAX,
    ICEBERG_SLICES_MAX,
    INSTRUMENTS_MAX,
    KIND_CANCEL_ALL_AFTER,
    KIND_CREATE_ASSET,
    KIND_CREATE_INSTRUMENT,
    KIND_DEPOSIT,
    KIND_HOLD_WITHDRAWAL,
    KIND_NEW_ORDER,
    KIND_NEW_ORDER_LIST,
    KIND_OPEN_ACCOUNT,
    KIND_ORDER_LIST_LEG,
    KIND_REPLACE_ORDER,
    KIND_SCHEDULE_TRADING_STATUS,
    KIND_SET_ASSET_LIMITS,
    KIND_TRANSFER,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    SOURCES_MAX,
    WITHDRAWALS_MAX,
)
from engine_core._parked cimport ParkedSlab, parked_close, reserve_parked
from engine_core._schedule cimport ChangeSlab, changes_close, reserve_changes
from engine_core._wire cimport COMMAND_BYTES, EVENT_BYTES, NewOrder
from matching._book cimport BookSide, side_close, side_open
from matching._far cimport FarNodes, far_close, reserve_far_nodes
from matching._latency cimport Latencies
from matching._machine cimport prefetch
from matching._orders cimport OrderSlab, reserve_orders, slab_close
from matching._sweep cimport Step, Sweep
from matching._terms cimport TermsSlab, reserve_terms, terms_close
from risk._balances cimport BalanceTable, balances_close, reserve_balances
from risk._limits cimport LimitTable, limits_close, reserve_limits
from risk._withdrawals cimport WithdrawalTable, reserve_withdrawals, withdrawals_close


cdef enum:
    NO_SLOT = 0xFFFFFFF     # above every slot there can be
    IDS_FIRST = 1 << 6
    THINGS_FIRST = 1 << 4
    COMMANDS_READ_AHEAD = 24


cdef struct IdMap:
    uint64_t *entry         # id, and below it slot + 1; 0 is empty; at most half full
    uint64_t mask
    uint64_t count


cdef struct Account:
    uint32_t account_id
    uint32_t group_id
    uint32_t open_oldest    # open orders, by order_id
    uint32_t open_newest
    uint32_t open_count
    uint32_t deadline       # handle, if the dead-man switch is armed; else 0
    uint32_t open_orders_max        # in force: its own, or everybody's
    uint32_t own_open_orders_max    # 0: none of its own
    uint32_t orders_per_s   # 0: any number
    uint32_t orders_burst
    uint32_t asset_limits   # rows it has among those
    uint64_t tat_ns         # log time by which all orders so far would be due at its rate
    uint32_t parked         # row of legs whose list is still to come; 0: none
    uint8_t account_status
    uint8_t tier            # of fees
    uint16_t traded         # slot + 1 of the instrument of its latest order; 0: none yet
    uint32_t base_row       # of its balances there
    uint32_t quote_row


cdef struct Asset:
    int64_t supply_atoms
    uint32_t asset_id
    uint8_t scale
    uint8_t name[24]


cdef struct Instrument:
    BookSide side[3]        # by Side number; 0 is unused
    int64_t k               # quote atoms for one lot at a price of one tick
    int64_t base_atoms_per_lot
    uint64_t next_trade_id
    uint64_t book_seq
    int64_t last_trade_price_ticks
    int64_t min_notional_atoms
    int64_t price_max_ticks
    int64_t qty_max_lots
    uint32_t instrument_id
    uint32_t base           # slots of assets
    uint32_t quote
    uint32_t base_fee_row   # the fee account's rows
    uint32_t quote_fee_row
    uint32_t maker_fee_ppm
    uint32_t taker_fee_ppm
    uint32_t band_bps
    uint32_t open_orders
    uint32_t waiting[2]     # trees of trigger prices: falling, rising
    uint32_t queue_oldest   # orders whose trigger price has come, first to run first
    uint32_t queue_newest
    uint32_t trailing_oldest        # pending trailing stops, by order_id
    uint32_t trailing_newest
    uint32_t trailing_count
    int64_t lowest_sell_water_ticks # no higher than any of theirs
    int64_t highest_buy_water_ticks # no lower
    uint8_t trading_status
    uint8_t symbol[24]
    uint16_t fee_tiers      # a bit for each tier that has fees of its own
    uint32_t tier_maker_fee_ppm[FEE_TIERS_MAX]
    uint32_t tier_taker_fee_ppm[FEE_TIERS_MAX]
    uint32_t collar_bps     # rules: 0 is off
    uint32_t breaker_bps
    uint32_t breaker_window_s
    uint32_t auction_s
    int64_t reference_price_ticks
    int64_t breaker_reference_ticks # 0: no window is open
    int64_t breaker_window_start_ns
    int64_t uncross_price_ticks     # of an uncross that goes on in the next turns; else 0
    int64_t auction_ends_ns         # 0: not by itself
    uint32_t auction_end    # handle of that deadline
    uint8_t uncross_cause
    uint32_t changes        # newest of its scheduled changes
    uint32_t change_count


cdef struct State:
    OrderSlab orders
    TermsSlab terms
    Deadlines deadlines
    Deadlines auction_ends  # apart: they stand still while the venue does
    ChangeSlab changes
    LimitTable limits
    ParkedSlab parked
    FarNodes far
    BalanceTable balances
    WithdrawalTable withdrawals
    KeyTable keys
    IdMap account_ids, asset_ids, instrument_ids, source_ids
    Account *account
    Asset *asset
    Instrument *instrument
    uint64_t *last_source_seq
    uint64_t account_capacity, asset_capacity, instrument_capacity, source_capacity
    Sweep plan
    uint64_t *closing       # order ids, when an instrument closes: events_max of them
    char *events            # of the batch under way
    uint64_t event_count
    uint64_t event_capacity
    uint64_t turn_first_event     # event_count when the turn under way began
    uint32_t turn_runs_left # triggers that turn may still run
    uint64_t pending_orders # of all instruments; queued ones too
    uint64_t queued_orders
    uint64_t refills        # slices still to come of all resting icebergs
    uint64_t next_order_id
    uint64_t next_event_seq # of the first event of the batch under way
    uint64_t next_place
    int64_t ts_ns
    uint32_t events_max
    uint8_t result          # of the command under way, unless it is refused
    uint64_t answer_order_id
    int64_t own_reach_key   # of the taker in plan, where the breaker may have clipped it
    Latencies *latencies    # of single commands; NULL: nobody counts
    uint64_t uncrossing     # instruments whose uncross goes on in the next turns
    uint32_t logic_version
    uint8_t venue_status


cdef inline uint64_t id_home(const IdMap *ids, uint32_t id_) noexcept nogil:
    return id_ * <uint64_t>0x9E3779B97F4A7C15 >> 32 & ids.mask


cdef inline void expect_id(const IdMap *ids, uint32_t id_) noexcept nogil:
    """Have the cache fetch where a lookup begins."""
    prefetch(&ids.entry[id_home(ids, id_)])


cdef inline uint32_t id_slot(const IdMap *ids, uint32_t id_) noexcept nogil:
    """Return the slot of an id, NO_SLOT if it is unknown."""
    cdef uint64_t at = id_home(ids, id_)
    while ids.entry[at] != 0:
        if ids.entry[at] >> 32 == id_:
            return <uint32_t>ids.entry[at] - 1
        at = (at + 1) & ids.mask
    return NO_SLOT


cdef inline uint32_t id_add(IdMap *ids, uint32_t id_) noexcept nogil:
    """Return the slot, the next one, of an id not known before. There is room."""
    cdef uint64_t at = id_home(ids, id_)
    while ids.entry[at] != 0:
        at = (at + 1) & ids.mask
    ids.count += 1
    ids.entry[at] = <uint64_t>id_ << 32 | ids.count
    return <uint32_t>(ids.count - 1)


cdef inline Account *account_add(State *state, uint32_t account_id) noexcept nogil:
    """Return a new account that may do everything. There is room."""
    cdef Account *account = &state.account[id_add(&state.account_ids, account_id)]
    account.account_id = account_id
    account.account_status = ACCOUNT_ACTIVE
    account.open_orders_max = OPEN_ORDERS_PER_ACCOUNT_MAX
    return account


cdef inline bint reserve_ids(IdMap *ids, uint64_t wanted) noexcept nogil:
    cdef IdMap grown
    cdef uint64_t entries = ids.mask + 1 if ids.entry != NULL else IDS_FIRST
    cdef uint64_t at, home
    while entries < 2 * wanted:
        entries *= 2
    if ids.entry != NULL and entries == ids.mask + 1:
        return True
    grown.entry = <uint64_t *>calloc(entries, sizeof(uint64_t))
    if grown.entry == NULL:
        return False
    grown.mask = entries - 1
    grown.count = ids.count
    for at in range(ids.mask + 1 if ids.entry != NULL else 0):
        if ids.entry[at] != 0:
            home = id_home(&grown, <uint32_t>(ids.entry[at] >> 32))
            while grown.entry[home] != 0:
                home = (home + 1) & grown.mask
            grown.entry[home] = ids.entry[at]
    free(ids.entry)
    ids[0] = grown
    return True


cdef inline void *room_for(IdMap *ids, void *things, uint64_t *capacity, uint64_t wanted,
                           size_t bytes_each) noexcept nogil:
    """Return ``things``, perhaps moved, with room for ``wanted`` of them, new ones zero, and an id
    each. NULL if memory is short: then they are where they were.
    """
    cdef uint64_t grown = max(capacity[0], <uint64_t>THINGS_FIRST)
    cdef char *array
    if not reserve_ids(ids, wanted):
        return NULL
    while grown < wanted:
        grown *= 2
    if grown == capacity[0]:
        return things
    array = <char *>realloc(things, grown * bytes_each)
    if array == NULL:
        return NULL
    memset(array + capacity[0] * bytes_each, 0, (grown - capacity[0]) * bytes_each)
    capacity[0] = grown
    return array


cdef inline bint reserve_parties(State *state, const uint64_t *kinds) noexcept nogil:
    """Make room for the accounts and sources that a batch may create."""
    cdef uint64_t accounts = state.account_ids.count + kinds[KIND_OPEN_ACCOUNT]
    cdef uint64_t sources = (
        state.source_ids.count + kinds[KIND_DEPOSIT] + kinds[KIND_HOLD_WITHDRAWAL]
        + kinds[KIND_TRANSFER]
    )
    cdef void *things
    accounts = min(accounts, <uint64_t>ACCOUNTS_MAX)
    sources = min(sources, <uint64_t>SOURCES_MAX)
    things = room_for(&state.account_ids, state.account, &state.account_capacity, accounts,
                      sizeof(Account))
    if things == NULL:
        return False
    state.account = <Account *>things
    things = room_for(&state.source_ids, state.last_source_seq, &state.source_capacity, sources,
                      sizeof(uint64_t))
    if things == NULL:
        return False
    state.last_source_seq = <uint64_t *>things
    return True


cdef inline bint reserve_listings(State *state, const uint64_t *kinds) noexcept nogil:
    """Make room for the assets and instruments that a batch may create, books included."""
    cdef uint64_t assets = state.asset_ids.count + kinds[KIND_CREATE_ASSET]
    cdef uint64_t instruments = state.instrument_ids.count + kinds[KIND_CREATE_INSTRUMENT]
    cdef void *things
    cdef uint64_t at
    assets = min(assets, <uint64_t>ASSETS_MAX)
    instruments = min(instruments, <uint64_t>INSTRUMENTS_MAX)
    things = room_for(&state.asset_ids, state.asset, &state.asset_capacity, assets, sizeof(Asset))
    if things == NULL:
        return False
    state.asset = <Asset *>things
    things = room_for(&state.instrument_ids, state.instrument, &state.instrument_capacity,
                      instruments, sizeof(Instrument))
    if things == NULL:
        return False
    state.instrument = <Instrument *>things
    for at in range(state.instrument_ids.count, instruments):
        if not side_open(&state.instrument[at].side[1]):
            return False
        if not side_open(&state.instrument[at].side[2]):
            return False
    return True


cdef inline bint turn_is_half_over(const State *state) noexcept nogil:
    """Return whether the turn under way has said too much to begin with more."""
    return 2 * (state.event_count - state.turn_first_event) > state.events_max


cdef inline uint64_t turn_events_max(const State *state) noexcept nogil:
    """Return how many events a command can have with what is due before it: two of every deadline,
    as many as a command if it changes an instrument's status; and a few that pass a bound.
    """
    cdef uint64_t changes = min(state.changes.live + state.auction_ends.count,
                                <uint64_t>DEADLINE_EVENTS_MAX)
    return 2 * DEADLINE_EVENTS_MAX + (changes + 3) * (state.events_max + <uint64_t>16)


cdef inline uint64_t events_wanted(const State *state, uint64_t commands) noexcept nogil:
    """Return how many events the open orders and so many commands can have between them: a resting
    order ends once, with at most four events, and says three for each slice it still has to show; a
    pending one says at most five more, a command beside those at most twelve, and so does a change
    of status that comes by itself.
    """
    cdef uint64_t changes = state.changes.live + state.auction_ends.count + state.uncrossing
    return (
        12 * (commands + changes) + 4 * <uint64_t>state.orders.live + 5 * state.pending_orders
        + 3 * state.refills
    )


cdef inline bint reserve_events(State *state, uint64_t commands, uint64_t slices) noexcept nogil:
    """Make room for every event a batch can have; ``slices``: that it may bring. Each command may
    start an auction, whose end is a change of status to come.
    """
    cdef uint64_t turns = max(commands, <uint64_t>1)
    cdef uint64_t wanted = events_wanted(state, 2 * turns) + 3 * slices
    cdef char *events
    wanted = min(wanted, turns * turn_events_max(state))
    if wanted <= state.event_capacity:
        return True
    events = <char *>malloc(2 * wanted * EVENT_BYTES)  # pages of it become real when touched
    if events == NULL:
        return False
    free(state.events)
    state.events = events
    state.event_capacity = 2 * wanted
    return True


cdef inline bint reserve(State *state, const char *commands, uint64_t count) noexcept nogil:
    """Get all memory that a batch may need, so that nothing can fail once it has begun."""
    cdef uint64_t kinds[256]
    cdef uint64_t at, new_orders, rows
    cdef uint64_t icebergs = 0
    memset(kinds, 0, sizeof(kinds))
    for at in range(count):
        prefetch(&commands[(at + COMMANDS_READ_AHEAD) * COMMAND_BYTES])
        kinds[<uint8_t>commands[at * COMMAND_BYTES]] += 1
        # Where any other kind has something else this counts too many: no harm.
        icebergs += (<const NewOrder *>&commands[at * COMMAND_BYTES]).display_qty_lots != 0
    new_orders = kinds[KIND_NEW_ORDER] + 2 * kinds[KIND_NEW_ORDER_LIST]
    icebergs += kinds[KIND_NEW_ORDER_LIST]  # its legs may have come before
    if icebergs != 0 or state.terms.live != 0:
        icebergs += kinds[KIND_REPLACE_ORDER]
    # Either order command may open a level outside the ladder, or one of trigger prices: a leaf and
    # an inner node. So may a pending order, when it comes to rest.
    state.far.promised = 2 * (new_orders + kinds[KIND_REPLACE_ORDER] + state.pending_orders)
    rows = (
        2 * new_orders + kinds[KIND_DEPOSIT] + kinds[KIND_TRANSFER]
        + 2 * kinds[KIND_CREATE_INSTRUMENT]
    )
    return (
        reserve_parties(state, kinds)
        and reserve_listings(state, kinds)
        and reserve_orders(&state.orders, new_orders)
        and reserve_terms(&state.terms, new_orders + kinds[KIND_REPLACE_ORDER])
        and reserve_deadlines(&state.deadlines, new_orders + kinds[KIND_CANCEL_ALL_AFTER]
                              + kinds[KIND_SCHEDULE_TRADING_STATUS])
        and reserve_deadlines(&state.auction_ends, state.instrument_capacity)
        and reserve_changes(&state.changes, kinds[KIND_SCHEDULE_TRADING_STATUS])
        and reserve_limits(&state.limits, min(state.limits.count + kinds[KIND_SET_ASSET_LIMITS],
                                              <uint64_t>ASSET_LIMITS_MAX))
        and reserve_withdrawals(&state.withdrawals,
                                min(state.withdrawals.count + kinds[KIND_HOLD_WITHDRAWAL],
                                    <uint64_t>WITHDRAWALS_MAX))
        and reserve_far_nodes(&state.far, 0)
        and reserve_balances(&state.balances, rows)
        and reserve_keys(&state.keys)
        and reserve_parked(&state.parked, kinds[KIND_ORDER_LIST_LEG])
        and reserve_events(state, count, ICEBERG_SLICES_MAX * icebergs)
    )


cdef inline void state_close(State *state) noexcept nogil:
    cdef uint64_t at
    for at in range(state.instrument_capacity):
        side_close(&state.instrument[at].side[1])
        side_close(&state.instrument[at].side[2])
    slab_close(&state.orders)
    terms_close(&state.terms)
    deadlines_close(&state.deadlines)
    deadlines_close(&state.auction_ends)
    changes_close(&state.changes)
    limits_close(&state.limits)
    parked_close(&state.parked)
    far_close(&state.far)
    balances_close(&state.balances)
    withdrawals_close(&state.withdrawals)
    keys_close(&state.keys)
    free(state.account_ids.entry)
    free(state.asset_ids.entry)
    free(state.instrument_ids.entry)
    free(state.source_ids.entry)
    free(state.account)
    free(state.asset)
    free(state.instrument)
    free(state.last_source_seq)
    free(state.plan.steps)
    free(state.closing)
    free(state.events)
