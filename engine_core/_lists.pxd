# cython: language_level=3, cdivision=True
"""Order lists: two legs, sent before the list, that are both accepted or neither."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from engine_core._account_limits cimport notional_refusal, position_refusal, rate_refusal
from engine_core._endings cimport Taker, enter_book, open_slot, say, visible_change
from engine_core._holds cimport hold_atoms, link_legs
from engine_core._keys cimport KEY_ACCOUNT_BITS, Key, key_find, key_hash
from engine_core._new_orders cimport (
    fill_order,
    fill_terms,
    hold_price_ticks,
    market_price_refusal,
    say_accepted,
    worth_atoms,
)
from engine_core._numbers cimport (
    CAPACITY,
    DEDUPE_FULL,
    EVENT_ORDER_LIST_ACCEPTED,
    FLAG_POST_ONLY,
    INSTRUMENT_NOT_TRADING,
    INSUFFICIENT_FUNDS,
    INVALID_LIST,
    KEY_REUSED,
    LEGS_MISSING,
    NONE,
    RESULT_DUPLICATE,
    STALE,
    STATUS_TRADING,
    TOO_MANY_OPEN_ORDERS,
    TRAILING_ORDERS_MAX,
    TYPE_LIMIT,
    TYPE_MARKET,
    TYPE_TRAILING_STOP,
    UNKNOWN_INSTRUMENT,
    VENUE_HALTED,
    VENUE_OPEN,
)
from engine_core._order_terms cimport is_in_auction, terms_refusal, trigger_ticks
from engine_core._parked cimport LEGS, Parked, drop_parked, park
from engine_core._retries cimport (
    Request,
    content_digest,
    digest_more,
    make_room,
    reject_order,
    remember,
    sender_refusal,
)
from engine_core._slices cimport terms_of
from engine_core._state cimport Account, Instrument, NO_SLOT, State, id_slot
from engine_core._waiting cimport is_stop, wait
from engine_core._wire cimport (
    NewOrder,
    NewOrderList,
    OrderAccepted,
    OrderListAccepted,
    OrderRejected,
)
from matching._book cimport BUY
from matching._orders cimport BookOrder, OPEN_ORDERS_MAX, OrderDetail
from matching._terms cimport OrderTerms
from risk._balances cimport BalanceRow, balance_find, hold


cdef enum:
    KEYS_OF_LIST = 1 + LEGS


cdef struct Leg:
    NewOrder terms          # with the trigger price it starts with
    Request request
    int64_t held_atoms


cdef inline uint16_t order_list_leg(State *state, const NewOrder *command) noexcept nogil:
    """Keep a leg for its list, or say why not."""
    cdef Request request
    cdef OrderRejected *event
    cdef uint16_t reason
    request.key = &command.client_order_id[0]
    request.account = id_slot(&state.account_ids, command.account_id)
    reason = sender_refusal(state, &request)
    if reason == NONE:
        park(&state.parked, &state.account[request.account].parked, command)
        return NONE
    event = reject_order(
        state, command.kind, reason, &command.account_id, command.client_order_id
    )
    event.side = command.side
    event.price_ticks = command.price_ticks
    event.qty_lots = command.qty_lots
    return reason


cdef inline uint64_t list_digest(const State *state, const NewOrderList *command,
                                 const Account *account) noexcept nogil:
    """Return 64 bits over the content of a list and of the legs that are parked for it."""
    cdef uint64_t lane = content_digest(command)
    cdef uint32_t at
    if account.parked:
        for at in range(state.parked.row[account.parked].count):
            lane = digest_more(lane, &state.parked.row[account.parked].leg[at])
    return lane


cdef inline uint16_t answer_again(State *state, const Request *request,
                                  const Key *known) noexcept nogil:
    """Answer a list whose key is known as the first time, or refuse it as another. A retry is known
    by its key alone if its legs were not sent again.
    """
    if state.account[request.account].parked and known.digest != request.digest:
        return KEY_REUSED
    state.result = RESULT_DUPLICATE
    state.answer_order_id = known.order_id
    return <uint16_t>(known.account_reason >> KEY_ACCOUNT_BITS)


cdef inline uint16_t list_gate(State *state, const Request *request) noexcept nogil:
    """Return why a new list may not be executed now, or NONE: only then will it be remembered."""
    cdef Account *account = &state.account[request.account]
    if state.ts_ns > request.valid_until_ns:
        return STALE
    if not make_room(state, KEYS_OF_LIST):
        return DEDUPE_FULL
    if account.orders_per_s != 0:
        return rate_refusal(account, state.ts_ns)
    return NONE


cdef inline bint is_no_list(const NewOrderList *command, const NewOrder *one,
                            const NewOrder *other) noexcept nogil:
    """Return whether two legs are none of which one may cancel the other."""
    cdef const NewOrder *leg
    cdef int at
    for at in range(LEGS):
        leg = one if at == 0 else other
        if leg.instrument_id != command.instrument_id or leg.order_type == TYPE_MARKET:
            return True
        if leg.order_type == TYPE_LIMIT and not leg.flags & FLAG_POST_ONLY:
            return True
        if memcmp(leg.client_order_id, command.client_order_id, 28) == 0:
            return True
    return (
        one.side != other.side or one.qty_lots != other.qty_lots
        or (one.order_type == TYPE_LIMIT and other.order_type == TYPE_LIMIT)
        or memcmp(one.client_order_id, other.client_order_id, 28) == 0
    )


cdef inline uint16_t leg_refusal(State *state, const Instrument *instrument, Leg *leg,
                                 uint32_t account, int64_t valid_until_ns) noexcept nogil:
    """Return why one leg cannot be, or NONE; sets its request, its trigger and what it would hold
    alone.
    """
    cdef Request *request = &leg.request
    cdef NewOrder *terms = &leg.terms
    cdef uint16_t reason
    request.key = terms.client_order_id
    request.account = account
    request.valid_until_ns = valid_until_ns
    request.hash = key_hash(&state.keys, account, request.key)
    request.digest = content_digest(terms)
    if key_find(&state.keys, request.hash, account, request.key) != NULL:
        return KEY_REUSED
    reason = terms_refusal(instrument, terms, state.ts_ns)
    if reason != NONE:
        return reason
    terms.trigger_price_ticks = trigger_ticks(instrument, terms)
    leg.held_atoms = hold_atoms(
        instrument, terms.side, hold_price_ticks(instrument, terms), terms.qty_lots
    )
    return market_price_refusal(instrument, terms)


cdef inline uint16_t room_refusal(const State *state, const Instrument *instrument,
                                  const Leg *legs, uint32_t account) noexcept nogil:
    """Return why there is no room for two orders, or why their owner's limits do not take them; or
    NONE.
    """
    cdef uint32_t trailing = 0
    cdef uint16_t reason
    cdef int at
    if state.account[account].open_count + LEGS > state.account[account].open_orders_max:
        return TOO_MANY_OPEN_ORDERS
    for at in range(LEGS):
        trailing += legs[at].terms.order_type == TYPE_TRAILING_STOP
    if trailing and instrument.trailing_count + trailing > TRAILING_ORDERS_MAX:
        return TOO_MANY_OPEN_ORDERS
    if state.account[account].asset_limits != 0:
        for at in range(LEGS):
            reason = notional_refusal(
                state, instrument, account, worth_atoms(state, instrument, &legs[at].terms)
            )
            if reason != NONE:
                return reason
        if legs[0].terms.side == BUY:
            reason = position_refusal(state, instrument, account, legs[0].terms.qty_lots)
            if reason != NONE:
                return reason
    return CAPACITY if state.orders.live + LEGS > OPEN_ORDERS_MAX else NONE


cdef inline uint16_t legs_refusal(State *state, const Instrument *instrument, Leg *legs,
                                  const Request *request) noexcept nogil:
    """Return why two legs cannot both be entered, or NONE."""
    cdef const BalanceRow *spent
    cdef uint32_t account = request.account
    cdef uint16_t reason = NONE
    cdef int at
    for at in range(LEGS):
        reason = leg_refusal(state, instrument, &legs[at], account, request.valid_until_ns)
        if reason != NONE:
            return reason
    reason = room_refusal(state, instrument, legs, account)
    if reason != NONE:
        return reason
    spent = balance_find(&state.balances, account,
                         instrument.quote if legs[0].terms.side == BUY else instrument.base)
    if max(legs[0].held_atoms, legs[1].held_atoms) > (
        spent.available_atoms if spent != NULL else 0
    ):
        return INSUFFICIENT_FUNDS
    return NONE


cdef inline uint16_t list_refusal(State *state, const NewOrderList *command, const Parked *parked,
                                  const Request *request, Leg *legs) noexcept nogil:
    """Return why a list cannot be entered, or NONE; sets its legs."""
    cdef uint32_t slot = id_slot(&state.instrument_ids, command.instrument_id)
    cdef const Instrument *instrument
    cdef int at
    if state.venue_status != VENUE_OPEN:
        return VENUE_HALTED
    if slot == NO_SLOT:
        return UNKNOWN_INSTRUMENT
    instrument = &state.instrument[slot]
    if instrument.trading_status != STATUS_TRADING and not is_in_auction(instrument):
        return INSTRUMENT_NOT_TRADING
    if parked == NULL or parked.count != LEGS:
        return LEGS_MISSING
    if is_no_list(command, &parked.leg[0], &parked.leg[1]):
        return INVALID_LIST
    for at in range(LEGS):
        legs[at].terms = parked.leg[at]
    return legs_refusal(state, instrument, legs, request)


cdef inline uint32_t enter_leg(State *state, Instrument *instrument, const NewOrder *command,
                               uint32_t account) noexcept nogil:
    """Accept a leg, let it rest or wait, and return its slot; what it holds is held."""
    cdef BookOrder order
    cdef OrderDetail detail
    cdef OrderTerms terms
    cdef OrderAccepted *event
    cdef Taker taker
    cdef uint32_t slot
    fill_order(state, instrument, command, account, &order, &detail)
    taker.order = &order
    taker.detail = &detail
    taker.budget_atoms = 0
    taker.slot = 0
    taker.terms = fill_terms(instrument, command, &terms)
    if taker.terms == NULL:  # a leg has a row anyway: for the other leg
        memset(&terms, 0, sizeof(OrderTerms))
        taker.terms = &terms
    event = say_accepted(state, command, &order)
    if is_stop(command.order_type):
        slot = open_slot(state, instrument, &taker)
        wait(state, instrument, slot, terms_of(state, slot))
        return slot
    slot = enter_book(state, instrument, &taker)
    event.book_seq = visible_change(instrument)
    return slot


cdef inline void hold_for_list(State *state, const Instrument *instrument, uint32_t account,
                               const Leg *legs) noexcept nogil:
    """Hold what the larger leg needs."""
    cdef int64_t held_atoms = max(legs[0].held_atoms, legs[1].held_atoms)
    cdef uint32_t asset = instrument.quote if legs[0].terms.side == BUY else instrument.base
    # Funds were found sufficient, and a notional is at least one atom: the row is there.
    hold(balance_find(&state.balances, account, asset), held_atoms)


cdef inline void enter_list(State *state, const NewOrderList *command, const Request *request,
                            const Leg *legs) noexcept nogil:
    """Accept both legs."""
    cdef Instrument *instrument = &state.instrument[
        id_slot(&state.instrument_ids, command.instrument_id)
    ]
    cdef OrderListAccepted *event = <OrderListAccepted *>say(state)
    cdef uint64_t first_id = state.next_order_id
    cdef uint32_t slot
    cdef int at
    event.kind = EVENT_ORDER_LIST_ACCEPTED
    event.contingency_type = command.contingency_type
    event.account_id = command.account_id
    event.instrument_id = command.instrument_id
    event.ts_ns = state.ts_ns
    event.list_id = event.first_order_id = first_id
    event.second_order_id = first_id + 1
    memcpy(event.client_order_id, command.client_order_id, 28)
    state.answer_order_id = first_id
    remember(state, request, first_id, NONE)
    for at in range(LEGS):
        remember(state, &legs[at].request, first_id + at, NONE)
    hold_for_list(state, instrument, request.account, legs)
    slot = enter_leg(state, instrument, &legs[0].terms, request.account)
    link_legs(state, slot, enter_leg(state, instrument, &legs[1].terms, request.account))


cdef inline uint16_t try_enter_list(State *state, const NewOrderList *command,
                                    const Request *request) noexcept nogil:
    """Enter a list whose request is new, and remember the answer; return why not, or NONE."""
    cdef uint32_t number = state.account[request.account].parked
    cdef const Parked *parked = &state.parked.row[number] if number else NULL
    cdef Leg[LEGS] legs
    cdef uint16_t reason = list_refusal(state, command, parked, request, legs)
    if reason != NONE:
        remember(state, request, 0, reason)
        return reason
    enter_list(state, command, request, legs)
    return NONE


cdef inline uint16_t new_order_list(State *state, const NewOrderList *command) noexcept nogil:
    """Enter both legs of a list, or say why neither. A list that is new has its legs: none is left
    for another.
    """
    cdef Request request
    cdef const Key *known
    cdef uint16_t reason
    request.key = &command.client_order_id[0]
    request.valid_until_ns = command.valid_until_ns
    request.account = id_slot(&state.account_ids, command.account_id)
    reason = sender_refusal(state, &request)
    if reason == NONE:
        request.hash = key_hash(&state.keys, request.account, request.key)
        request.digest = list_digest(state, command, &state.account[request.account])
        known = key_find(&state.keys, request.hash, request.account, request.key)
        if known != NULL:
            reason = answer_again(state, &request, known)
            if state.result == RESULT_DUPLICATE:
                return reason
        else:
            reason = list_gate(state, &request)
            if reason == NONE:
                reason = try_enter_list(state, command, &request)
            drop_parked(&state.parked, &state.account[request.account].parked)
    if reason != NONE:
        reject_order(state, command.kind, reason, &command.account_id, command.client_order_id)
    return reason
