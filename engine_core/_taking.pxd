# cython: language_level=3, cdivision=True
"""An arriving order meets the book: trades, self-trade prevention, and what is left of it."""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint32_t

from engine_core._account_limits cimport note_open_lots
from engine_core._breakers cimport clipped_key, trip_beyond
from engine_core._endings cimport (
    Taker,
    decrement,
    end_open,
    end_other_leg,
    end_taker,
    enter_book,
    forget,
    may_rest,
    refill,
    say,
    say_rested,
    visible_change,
)
from engine_core._holds cimport hold_atoms
from engine_core._numbers cimport (
    BPS,
    CANCEL_EVENT_LIMIT,
    CANCEL_IMMEDIATE_OR_CANCEL,
    CANCEL_MARKET_REMAINDER,
    CANCEL_SELF_TRADE,
    EVENT_ORDER_CANCELED,
    EVENT_ORDER_EXPIRED,
    EVENT_TRADE,
    TRADE_MAKER_FILLED,
    TRADE_TAKER_FILLED,
)
from engine_core._state cimport Instrument, State
from engine_core._waiting cimport scaled_bps, takes_at_market
from engine_core._wire cimport Trade
from matching._book cimport BUY, BookSide, key_of, lessen, no_key
from matching._machine cimport unlikely
from matching._orders cimport BookOrder
from matching._sweep cimport (
    Appetite,
    ENDING_COMPLETE,
    ENDING_EVENT_LIMIT,
    ENDING_NO_MAKER,
    ENDING_SELF_TRADE,
    STEP_CANCEL_MAKER,
    STEP_DECREMENT,
    Step,
    Sweep,
    sweep,
)
from matching._terms cimport HIDES, LINKED
from risk._balances cimport BalanceRow, settle


cdef inline int64_t band_bound_ticks(const Instrument *instrument, uint8_t side,
                                     int64_t best_ticks) noexcept nogil:
    """Return the worst price a market order may trade at."""
    if side == BUY:
        return scaled_bps(best_ticks, BPS + <int64_t>instrument.band_bps, 0)
    if instrument.band_bps >= BPS:
        return 0
    return scaled_bps(best_ticks, BPS - <int64_t>instrument.band_bps, BPS - 1)


cdef inline bint would_take(const Instrument *instrument, uint8_t side,
                            int64_t price_ticks) noexcept nogil:
    """Return whether a limit order could trade at once."""
    cdef uint8_t opposite = 3 - side
    return instrument.side[opposite].best_key <= key_of(opposite, price_ticks)


cdef inline void plan_taking(State *state, const Instrument *instrument, const Taker *taker,
                             int64_t funds_atoms, uint32_t events_before) noexcept nogil:
    """Fill ``state.plan`` with what the taker would do to the book now; nothing changes.

    ``funds_atoms``: what its lots may cost together, 0 for anything. ``events_before``: of this
    turn so far, its own first one included.
    """
    cdef Appetite appetite
    cdef const BookOrder *order = taker.order
    cdef int64_t bound_ticks = order.price_ticks
    cdef const BookSide *makers
    appetite.maker_side = 3 - order.side
    makers = &instrument.side[appetite.maker_side]
    if takes_at_market(taker.detail.order_type) and makers.best_key != no_key():
        bound_ticks = band_bound_ticks(
            instrument, order.side, key_of(appetite.maker_side, makers.best_key)
        )
    appetite.qty_lots = order.leaves_qty_lots
    appetite.funds_atoms = funds_atoms
    appetite.by_budget = taker.budget_atoms != 0
    if unlikely(taker.budget_atoms != 0):
        appetite.qty_lots = INT64_MAX
        appetite.funds_atoms = taker.budget_atoms
    appetite.k = instrument.k
    appetite.reach_key = key_of(appetite.maker_side, bound_ticks)
    if unlikely(instrument.breaker_bps != 0):
        state.own_reach_key = appetite.reach_key
        appetite.reach_key = clipped_key(
            state, instrument, appetite.maker_side, appetite.reach_key
        )
    appetite.group_id = order.group_id
    appetite.events_before = events_before
    appetite.events_max = state.events_max
    appetite.self_trade_prevention = taker.detail.self_trade_prevention
    sweep(&state.plan, &appetite, makers, &state.far, &state.orders, &state.terms)


cdef inline void say_trade(State *state, const Instrument *instrument, const BookOrder *maker,
                           const BookOrder *taker, Trade *event) noexcept nogil:
    """Fill in whose trade it is and the balances after it; all else is set."""
    cdef const BalanceRow *rows = state.balances.row
    event.kind = EVENT_TRADE
    event.aggressor_side = taker.side
    event.maker_side = maker.side
    event.taker_account_id = state.account[taker.account].account_id
    event.maker_account_id = state.account[maker.account].account_id
    event.instrument_id = instrument.instrument_id
    event.ts_ns = state.ts_ns
    event.maker_order_id = maker.order_id
    event.taker_order_id = taker.order_id
    event.trade_id = instrument.next_trade_id
    event.book_seq = instrument.book_seq
    event.maker_received_available_atoms = rows[maker.received_row].available_atoms
    event.maker_held_atoms = rows[maker.spent_row].held_atoms
    event.taker_received_available_atoms = rows[taker.received_row].available_atoms
    event.taker_available_atoms = rows[taker.spent_row].available_atoms
    event.taker_held_atoms = rows[taker.spent_row].held_atoms


cdef inline uint32_t maker_fee_ppm(const State *state, const Instrument *instrument,
                                   const BookOrder *order) noexcept nogil:
    """Return what an order's account pays for waiting: its tier's own fee, if that has one."""
    cdef uint8_t tier
    if unlikely(instrument.fee_tiers != 0):
        tier = state.account[order.account].tier
        if instrument.fee_tiers >> tier & 1:
            return instrument.tier_maker_fee_ppm[tier]
    return instrument.maker_fee_ppm


cdef inline uint32_t taker_fee_ppm(const State *state, const Instrument *instrument,
                                   const BookOrder *order) noexcept nogil:
    cdef uint8_t tier
    if unlikely(instrument.fee_tiers != 0):
        tier = state.account[order.account].tier
        if instrument.fee_tiers >> tier & 1:
            return instrument.tier_taker_fee_ppm[tier]
    return instrument.taker_fee_ppm


cdef inline void trade(State *state, Instrument *instrument, const Taker *taker, uint32_t slot,
                       int64_t qty_lots) noexcept nogil:
    """Trade ``qty_lots`` of a taker with the maker in ``slot``."""
    cdef BookOrder *maker = &state.orders.book[slot]
    cdef BookOrder *order = taker.order
    cdef Trade *event = <Trade *>say(state)
    cdef BalanceRow *rows = state.balances.row
    cdef int64_t price_ticks = maker.price_ticks
    cdef int64_t quote_atoms = price_ticks * qty_lots * instrument.k
    cdef int64_t base_atoms = qty_lots * instrument.base_atoms_per_lot
    cdef bint buys = order.side == BUY
    cdef int64_t taker_spends = quote_atoms if buys else base_atoms
    cdef int64_t maker_spends = base_atoms if buys else quote_atoms
    cdef uint32_t taker_fee_row = instrument.base_fee_row if buys else instrument.quote_fee_row
    cdef uint32_t maker_fee_row = instrument.quote_fee_row if buys else instrument.base_fee_row
    # A market order has no price of its own: it holds exactly what its fills cost.
    cdef int64_t limit_ticks = order.price_ticks if order.price_ticks else price_ticks
    event.maker_fee_atoms = settle(
        &rows[maker.spent_row], maker_spends, maker_spends, &rows[maker.received_row],
        taker_spends, &rows[maker_fee_row], maker_fee_ppm(state, instrument, maker), &maker.fee_debt
    )
    event.taker_fee_atoms = settle(
        &rows[order.spent_row], hold_atoms(instrument, order.side, limit_ticks, qty_lots),
        taker_spends, &rows[order.received_row], maker_spends, &rows[taker_fee_row],
        taker_fee_ppm(state, instrument, order), &order.fee_debt
    )
    lessen(&instrument.side[maker.side], &state.far, &state.orders, slot, qty_lots)
    note_open_lots(state, maker, -qty_lots)
    if taker.slot:
        note_open_lots(state, order, -qty_lots)
    visible_change(instrument)
    if unlikely(taker.budget_atoms != 0):
        taker.detail.qty_lots += qty_lots  # so that quantity less leaves is what it filled
    else:
        order.leaves_qty_lots -= qty_lots
        if order.leaves_qty_lots == 0:
            event.flags = TRADE_TAKER_FILLED
    event.price_ticks = price_ticks
    event.qty_lots = qty_lots
    say_trade(state, instrument, maker, order, event)
    instrument.last_trade_price_ticks = price_ticks
    instrument.next_trade_id += 1
    if maker.leaves_qty_lots == 0:
        if unlikely(maker.flags & HIDES):
            refill(state, instrument, slot)
        else:
            event.flags |= TRADE_MAKER_FILLED
            forget(state, slot)


cdef inline void rest_or_expire(State *state, Instrument *instrument,
                                const Taker *taker) noexcept nogil:
    if takes_at_market(taker.detail.order_type):
        end_taker(state, taker, EVENT_ORDER_EXPIRED, CANCEL_MARKET_REMAINDER)
        return
    if not may_rest(taker.detail.time_in_force):
        end_taker(state, taker, EVENT_ORDER_EXPIRED, CANCEL_IMMEDIATE_OR_CANCEL)
        return
    say_rested(state, instrument, enter_book(state, instrument, taker))


cdef inline void complete(State *state, const Taker *taker, const Trade *last_trade) noexcept nogil:
    """A taker wants nothing more: its last fill or reduction has said so."""
    if unlikely(taker.budget_atoms != 0):
        (<Trade *>last_trade).flags |= TRADE_TAKER_FILLED
    elif taker.slot and state.plan.steps[state.plan.count - 1].kind != STEP_DECREMENT:
        forget(state, taker.slot)


cdef inline void take(State *state, Instrument *instrument, const Taker *taker) noexcept nogil:
    """Carry out ``state.plan``, then rest or end what is left of the taker."""
    cdef const Sweep *plan = &state.plan
    cdef const Step *step
    cdef Trade *last_trade = NULL
    cdef uint32_t at
    for at in range(plan.count):
        step = &plan.steps[at]
        if unlikely(step.kind == STEP_CANCEL_MAKER):
            end_open(state, step.maker, EVENT_ORDER_CANCELED, CANCEL_SELF_TRADE)
            continue
        if unlikely(state.orders.book[step.maker].flags & LINKED):
            end_other_leg(state, step.maker)
        if unlikely(step.kind == STEP_DECREMENT):
            decrement(state, taker, step.maker, step.qty_lots)
        else:
            last_trade = <Trade *>state.events + state.event_count
            trade(state, instrument, taker, step.maker, step.qty_lots)
    if plan.ending == ENDING_COMPLETE:
        complete(state, taker, last_trade)
    elif plan.ending == ENDING_SELF_TRADE:
        end_taker(state, taker, EVENT_ORDER_CANCELED, CANCEL_SELF_TRADE)
    elif plan.ending == ENDING_EVENT_LIMIT:
        end_taker(state, taker, EVENT_ORDER_CANCELED, CANCEL_EVENT_LIMIT)
    else:
        if unlikely(instrument.breaker_bps != 0) and plan.ending == ENDING_NO_MAKER:
            trip_beyond(state, instrument, 3 - taker.order.side)
        rest_or_expire(state, instrument, taker)
