# cython: language_level=3, cdivision=True
"""NewOrder: from request to accepted order, and on into the book."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset

from engine_core._account_limits cimport asset_limit_refusal
from engine_core._ahead cimport Expected
from engine_core._breakers cimport begin_taking, reference_ticks
from engine_core._endings cimport (
    Taker,
    end_taker,
    enter_book,
    may_rest,
    open_slot,
    say,
    visible_change,
)
from engine_core._holds cimport hold_atoms
from engine_core._numbers cimport (
    CANCEL_FILL_OR_KILL,
    CAPACITY,
    EVENT_ORDER_ACCEPTED,
    EVENT_ORDER_EXPIRED,
    FLAG_POST_ONLY,
    INSUFFICIENT_FUNDS,
    NONE,
    NOTIONAL_TOO_SMALL,
    NO_LIQUIDITY,
    POST_ONLY_WOULD_TAKE,
    RESULT_DUPLICATE,
    TIF_FOK,
    TOO_MANY_OPEN_ORDERS,
    TRAILING_ORDERS_MAX,
    TYPE_LIMIT,
    TYPE_MARKET,
    TYPE_TRAILING_STOP,
    UNKNOWN_INSTRUMENT,
    VENUE_HALTED,
    VENUE_OPEN,
    WOULD_TRIGGER_AT_ONCE,
)
from engine_core._order_terms cimport is_in_auction, terms_refusal, trigger_ticks
from engine_core._retries cimport (
    Request,
    gate,
    reject_order,
    remember,
    sender_refusal,
)
from engine_core._slices cimport terms_of
from engine_core._state cimport Account, Instrument, NO_SLOT, State, id_slot
from engine_core._taking cimport plan_taking, take, would_take
from engine_core._triggers cimport run_triggers
from engine_core._waiting cimport held_price_ticks, is_met, is_stop, wait
from engine_core._wire cimport NewOrder, OrderAccepted, OrderRejected
from matching._book cimport BUY, SELL, key_of, no_key
from matching._machine cimport i128, likely, unlikely
from matching._orders cimport BookOrder, OPEN_ORDERS_MAX, OrderDetail
from matching._sweep cimport ENDING_COMPLETE, EVENTS_BEFORE
from matching._terms cimport OrderTerms
from risk._balances cimport BalanceRow, balance_find, balance_row, hold


cdef inline i128 market_hold_atoms(const State *state, const Instrument *instrument,
                                   const NewOrder *command) noexcept nogil:
    """Return what a planned market order must hold: a buy what its fills cost, a sell all its lots,
    a sell by budget the lots it fills.
    """
    if command.side == BUY:
        return state.plan.cost_tick_lots * instrument.k
    if command.quote_budget_atoms != 0:
        return <i128>state.plan.filled_qty_lots * instrument.base_atoms_per_lot
    return <i128>command.qty_lots * instrument.base_atoms_per_lot


cdef inline uint16_t market_refusal(const State *state, const Instrument *instrument,
                                    const NewOrder *command) noexcept nogil:
    """Return why a planned market order would be too small for the venue, or NONE."""
    if instrument.side[3 - command.side].best_key == no_key() or command.quote_budget_atoms != 0:
        return NONE
    if state.plan.cost_tick_lots * instrument.k < instrument.min_notional_atoms:
        return NOTIONAL_TOO_SMALL
    return NONE


cdef inline bint has_liquidity(const Instrument *instrument,
                               const NewOrder *command) noexcept nogil:
    cdef uint8_t opposite = 3 - command.side
    cdef int64_t best_key = instrument.side[opposite].best_key
    if best_key == no_key():
        return False
    if command.quote_budget_atoms == 0:
        return True
    return <i128>key_of(opposite, best_key) * instrument.k <= command.quote_budget_atoms


cdef inline int64_t hold_price_ticks(const Instrument *instrument,
                                     const NewOrder *command) noexcept nogil:
    """Return the price at which a buy that is not planned yet holds its lots."""
    if likely(command.price_ticks != 0):
        return command.price_ticks
    return held_price_ticks(
        instrument, command.side, command.order_type, command.trigger_price_ticks
    )


cdef inline bint knows_rows(const State *state, const Account *account,
                            const Instrument *instrument) noexcept nogil:
    """Return whether an account's rows are those for an instrument: its latest order was there."""
    return account.traded == instrument - state.instrument + 1


cdef inline void find_rows(State *state, uint32_t slot,
                           const Instrument *instrument) noexcept nogil:
    """Have an account know its rows for an instrument, made if need be."""
    cdef Account *account = &state.account[slot]
    if likely(knows_rows(state, account, instrument)):
        return
    account.base_row = balance_row(&state.balances, slot, instrument.base)
    account.quote_row = balance_row(&state.balances, slot, instrument.quote)
    account.traded = <uint16_t>(instrument - state.instrument + 1)


cdef inline int64_t spendable_atoms(const State *state, const Instrument *instrument, uint8_t side,
                                    uint32_t slot) noexcept nogil:
    """Return what an account has available of what a side spends."""
    cdef const Account *account = &state.account[slot]
    cdef const BalanceRow *spent
    cdef uint32_t rows[3]  # a table, no branch: nobody can predict the side
    if likely(knows_rows(state, account, instrument)):
        rows[BUY] = account.quote_row
        rows[SELL] = account.base_row
        return state.balances.row[rows[side]].available_atoms
    spent = balance_find(&state.balances, slot,
                         instrument.quote if side == BUY else instrument.base)
    return spent.available_atoms if spent != NULL else 0


cdef inline i128 worth_atoms(const State *state, const Instrument *instrument,
                             const NewOrder *command) noexcept nogil:
    """Return an order's notional: at its limit, its trigger, its budget or what its plan costs."""
    if command.order_type == TYPE_MARKET:
        if command.quote_budget_atoms != 0:
            return command.quote_budget_atoms
        return state.plan.cost_tick_lots * instrument.k
    if command.price_ticks != 0:
        return <i128>command.price_ticks * command.qty_lots * instrument.k
    return <i128>command.trigger_price_ticks * command.qty_lots * instrument.k


cdef inline uint16_t own_limit_refusal(const State *state, const Instrument *instrument,
                                       const NewOrder *command, uint32_t account) noexcept nogil:
    cdef i128 lots = command.qty_lots
    if command.quote_budget_atoms != 0:
        lots = state.plan.filled_qty_lots
    return asset_limit_refusal(
        state, instrument, account, command.side, worth_atoms(state, instrument, command), lots
    )


cdef inline uint16_t market_price_refusal(const Instrument *instrument,
                                          const NewOrder *command) noexcept nogil:
    """Return why an order that is to wait would not, or NONE."""
    if command.flags & FLAG_POST_ONLY and would_take(instrument, command.side, command.price_ticks):
        return POST_ONLY_WOULD_TAKE
    if unlikely(is_stop(command.order_type)) and is_met(
        instrument, command.side, command.order_type, command.trigger_price_ticks
    ):
        return WOULD_TRIGGER_AT_ONCE
    return NONE


cdef inline uint16_t book_refusal(State *state, const Instrument *instrument,
                                  const NewOrder *command,
                                  uint32_t account, int64_t *held_atoms) noexcept nogil:
    """Return why the book, the engine's bounds or the owner's funds do not take an order, or NONE;
    sets what it will hold.
    """
    cdef i128 wanted
    cdef uint16_t reason
    cdef bint market = command.order_type == TYPE_MARKET
    if market:
        reason = market_refusal(state, instrument, command)
        if reason != NONE:
            return reason
    if state.account[account].open_count >= state.account[account].open_orders_max:
        return TOO_MANY_OPEN_ORDERS
    if unlikely(command.order_type == TYPE_TRAILING_STOP) and (
        instrument.trailing_count >= TRAILING_ORDERS_MAX
    ):
        return TOO_MANY_OPEN_ORDERS
    reason = market_price_refusal(instrument, command)
    if reason != NONE:
        return reason
    if market and not has_liquidity(instrument, command):
        return NO_LIQUIDITY
    if unlikely(state.account[account].asset_limits != 0):
        reason = own_limit_refusal(state, instrument, command, account)
        if reason != NONE:
            return reason
    if state.orders.live >= OPEN_ORDERS_MAX:
        return CAPACITY
    if market:
        wanted = market_hold_atoms(state, instrument, command)
    else:
        wanted = hold_atoms(instrument, command.side, hold_price_ticks(instrument, command),
                            command.qty_lots)
    if wanted > spendable_atoms(state, instrument, command.side, account):
        return INSUFFICIENT_FUNDS
    held_atoms[0] = <int64_t>wanted
    return NONE


cdef inline void fill_order(State *state, const Instrument *instrument, const NewOrder *command,
                            uint32_t account, BookOrder *order, OrderDetail *detail) noexcept nogil:
    """Write an accepted order down, in no book yet."""
    cdef uint32_t rows[3]   # by side what an order spends, and one before it what it receives
    find_rows(state, account, instrument)
    rows[0] = state.account[account].base_row
    rows[1] = state.account[account].quote_row
    rows[2] = rows[0]
    order.order_id = state.next_order_id
    state.next_order_id += 1
    order.price_ticks = command.price_ticks
    order.leaves_qty_lots = command.qty_lots
    order.place = 0
    order.newer = order.older = 0
    order.group_id = state.account[account].group_id
    order.account = account
    order.fee_debt = 0
    order.spent_row = rows[command.side]
    order.received_row = rows[command.side - 1]
    order.instrument = <uint16_t>(instrument - state.instrument)
    order.side = command.side
    order.flags = command.flags
    detail.qty_lots = command.qty_lots
    memcpy(detail.client_order_id, command.client_order_id, 28)
    detail.account_newer = detail.account_older = 0
    detail.order_type = command.order_type
    detail.time_in_force = command.time_in_force
    detail.self_trade_prevention = command.self_trade_prevention
    detail.unused = 0


cdef inline OrderAccepted *say_accepted(State *state, const NewOrder *command,
                                        const BookOrder *order) noexcept nogil:
    cdef OrderAccepted *event = <OrderAccepted *>say(state)
    cdef const BalanceRow *spent = &state.balances.row[order.spent_row]
    event.kind = EVENT_ORDER_ACCEPTED
    event.side = command.side
    event.order_type = command.order_type
    event.time_in_force = command.time_in_force
    event.self_trade_prevention = command.self_trade_prevention
    event.flags = command.flags
    event.trailing_bps = command.trailing_bps
    event.account_id = command.account_id
    event.instrument_id = command.instrument_id
    event.ts_ns = state.ts_ns
    event.order_id = order.order_id
    event.price_ticks = command.price_ticks
    event.qty_lots = command.qty_lots
    event.trigger_price_ticks = command.trigger_price_ticks
    event.display_qty_lots = command.display_qty_lots
    event.quote_budget_atoms = command.quote_budget_atoms
    event.available_atoms = spent.available_atoms
    event.held_atoms = spent.held_atoms
    memcpy(event.client_order_id, command.client_order_id, 28)
    event.expire_s = command.expire_s
    return event


cdef inline const OrderTerms *fill_terms(const Instrument *instrument, const NewOrder *command,
                                         OrderTerms *terms) noexcept nogil:
    """Return what an order has beyond a plain one, NULL if nothing."""
    if likely(
        (command.expire_s | command.trigger_price_ticks | command.display_qty_lots) == 0
    ):
        return NULL
    memset(terms, 0, sizeof(OrderTerms))
    terms.trigger_price_ticks = command.trigger_price_ticks
    terms.display_qty_lots = command.display_qty_lots
    terms.hold_price_ticks = held_price_ticks(
        instrument, command.side, command.order_type, command.trigger_price_ticks
    )
    terms.expire_s = command.expire_s
    if command.trailing_bps:
        terms.trailing_bps = command.trailing_bps
        terms.water_ticks = reference_ticks(instrument)
    return terms


cdef inline void enter(State *state, Instrument *instrument, const NewOrder *command,
                       uint32_t account, int64_t held_atoms) noexcept nogil:
    """Accept an order, then let it rest or trade. A market order is planned already."""
    cdef BookOrder order
    cdef OrderDetail detail
    cdef OrderAccepted *event
    cdef OrderTerms terms
    cdef uint32_t slot
    cdef Taker taker
    cdef bint limit = command.order_type == TYPE_LIMIT
    fill_order(state, instrument, command, account, &order, &detail)
    taker.order = &order
    taker.detail = &detail
    taker.budget_atoms = command.quote_budget_atoms
    taker.slot = 0
    taker.terms = fill_terms(instrument, command, &terms)
    hold(&state.balances.row[order.spent_row], held_atoms)
    event = say_accepted(state, command, &order)
    if unlikely(is_stop(command.order_type)):
        slot = open_slot(state, instrument, &taker)
        wait(state, instrument, slot, terms_of(state, slot))
        return
    if limit and may_rest(command.time_in_force) and (
        not would_take(instrument, command.side, command.price_ticks)
        or unlikely(is_in_auction(instrument))
    ):
        enter_book(state, instrument, &taker)
        event.book_seq = visible_change(instrument)
        return
    begin_taking(state, instrument)
    if limit:
        plan_taking(state, instrument, &taker, 0, EVENTS_BEFORE)
    if command.time_in_force == TIF_FOK and state.plan.ending != ENDING_COMPLETE:
        end_taker(state, &taker, EVENT_ORDER_EXPIRED, CANCEL_FILL_OR_KILL)
        return
    take(state, instrument, &taker)


cdef inline void plan_market(State *state, const Instrument *instrument, const NewOrder *command,
                             uint32_t account) noexcept nogil:
    """Fill ``state.plan`` for a market order that is not accepted yet."""
    cdef BookOrder order
    cdef OrderDetail detail
    cdef Taker taker
    taker.order = &order
    taker.detail = &detail
    taker.budget_atoms = command.quote_budget_atoms
    order.side = command.side
    order.price_ticks = 0
    order.leaves_qty_lots = command.qty_lots
    order.group_id = state.account[account].group_id
    detail.order_type = TYPE_MARKET
    detail.self_trade_prevention = command.self_trade_prevention
    plan_taking(state, instrument, &taker, 0, EVENTS_BEFORE)


cdef inline uint16_t try_enter(State *state, const NewOrder *command,
                               const Request *request) noexcept nogil:
    """Enter an order whose request is new, and remember the answer; return why not, or NONE."""
    cdef uint32_t at = id_slot(&state.instrument_ids, command.instrument_id)
    cdef Instrument *instrument
    cdef NewOrder trailing
    cdef int64_t held_atoms = 0
    cdef uint16_t reason = UNKNOWN_INSTRUMENT
    if unlikely(state.venue_status != VENUE_OPEN):
        reason = VENUE_HALTED
    elif likely(at != NO_SLOT):
        instrument = &state.instrument[at]
        reason = terms_refusal(instrument, command, state.ts_ns)
        if reason == NONE:
            if command.order_type == TYPE_MARKET:
                plan_market(state, instrument, command, request.account)
            elif unlikely(command.order_type == TYPE_TRAILING_STOP):
                trailing = command[0]
                trailing.trigger_price_ticks = trigger_ticks(instrument, command)
                command = &trailing
            reason = book_refusal(state, instrument, command, request.account, &held_atoms)
    if reason != NONE:
        remember(state, request, 0, reason)
        return reason
    state.answer_order_id = state.next_order_id
    remember(state, request, state.next_order_id, NONE)
    enter(state, instrument, command, request.account, held_atoms)
    run_triggers(state, instrument)
    return NONE


cdef inline uint16_t new_order(State *state, const NewOrder *command,
                              const Expected *expected) noexcept nogil:
    """Enter an order, or say why not."""
    cdef Request request
    cdef OrderRejected *event
    cdef uint16_t reason
    request.key = &command.client_order_id[0]
    request.valid_until_ns = command.valid_until_ns
    request.account = expected.account
    request.hash = expected.hash
    reason = sender_refusal(state, &request)
    if reason == NONE:
        reason = gate(state, command, &request)
        if state.result == RESULT_DUPLICATE:
            return reason
        if reason == NONE:
            reason = try_enter(state, command, &request)
    if reason != NONE:
        event = reject_order(
            state, command.kind, reason, &command.account_id, command.client_order_id
        )
        event.side = command.side
        event.price_ticks = command.price_ticks
        event.qty_lots = command.qty_lots
    return reason
