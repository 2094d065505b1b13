# cython: language_level=3, cdivision=True
"""The uncross of an auction: crossed orders trade at its one price, pair by pair, in price-time
order.

An uncross too large for one turn goes on before the commands that follow; until it is done the
instrument keeps its price and waits.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from engine_core._account_limits cimport note_open_lots
from engine_core._auction_price cimport Auction, find_price
from engine_core._endings cimport (
    end_open,
    end_other_leg,
    forget,
    release,
    say,
    say_reduced,
    take_lots_off,
    visible_change,
)
from engine_core._holds cimport hold_atoms
from engine_core._instrument_status cimport enter_status, forget_auction_end
from engine_core._instruments cimport close_window
from engine_core._numbers cimport (
    AGGRESSOR_NONE,
    BALANCE_PRICE_IMPROVEMENT,
    CANCEL_SELF_TRADE,
    EVENT_AUCTION_UNCROSSED,
    EVENT_BALANCE_CHANGED,
    EVENT_ORDER_CANCELED,
    STATUS_TRADING,
    TRADE_MAKER_FILLED,
    TRADE_TAKER_FILLED,
)
from engine_core._slices cimport hidden_lots, open_lots
from engine_core._state cimport Instrument, State, turn_is_half_over
from engine_core._taking cimport maker_fee_ppm, say_trade
from engine_core._wire cimport AuctionUncrossed, BalanceChanged, Trade
from matching._book cimport BUY, SELL, level_at
from matching._machine cimport unlikely
from matching._orders cimport BookOrder
from matching._sweep cimport (
    STP_CANCEL_BOTH,
    STP_CANCEL_MAKER,
    STP_CANCEL_TAKER,
    STP_DECREMENT,
    STP_NONE,
)
from matching._terms cimport LINKED
from risk._balances cimport BalanceRow, hold, settle


cdef inline bint is_crossed(const Instrument *instrument) noexcept nogil:
    """Return whether the best bid is not below the best ask."""
    return -instrument.side[BUY].best_key >= instrument.side[SELL].best_key


cdef inline bint is_crossed_at(const Instrument *instrument, int64_t price_ticks) noexcept nogil:
    """Return whether there is a pair that trades at a price."""
    return (
        -instrument.side[BUY].best_key >= price_ticks
        and instrument.side[SELL].best_key <= price_ticks
    )


cdef inline uint32_t front_of(const State *state, const Instrument *instrument,
                              uint8_t side) noexcept nogil:
    """Return the first order of the best level of a side that is not empty."""
    return level_at(
        &instrument.side[side], &state.far, instrument.side[side].best_key
    ).oldest


cdef inline int64_t settle_side(State *state, const Instrument *instrument, BookOrder *order,
                                int64_t price_ticks, int64_t held_ticks,
                                int64_t qty_lots) noexcept nogil:
    """Apply one order's side of a trade at a price, releasing what it held at another; return its
    fee.
    """
    cdef bint buys = order.side == BUY
    cdef uint32_t fee_row = instrument.base_fee_row if buys else instrument.quote_fee_row
    cdef BalanceRow *rows = state.balances.row
    return settle(
        &rows[order.spent_row], hold_atoms(instrument, order.side, held_ticks, qty_lots),
        hold_atoms(instrument, order.side, price_ticks, qty_lots), &rows[order.received_row],
        hold_atoms(instrument, 3 - order.side, price_ticks, qty_lots), &rows[fee_row],
        maker_fee_ppm(state, instrument, order), &order.fee_debt
    )


cdef inline void improve(State *state, const Instrument *instrument, const BookOrder *order,
                         int64_t price_ticks, int64_t qty_lots) noexcept nogil:
    """Give a buyer what it held beyond the price of a trade in which it was the maker."""
    cdef BalanceRow *row = &state.balances.row[order.spent_row]
    cdef BalanceChanged *event
    hold(row, -hold_atoms(instrument, BUY, order.price_ticks - price_ticks, qty_lots))
    event = <BalanceChanged *>say(state)
    event.kind = EVENT_BALANCE_CHANGED
    event.reason = BALANCE_PRICE_IMPROVEMENT
    event.account_id = state.account[order.account].account_id
    event.asset_id = state.asset[instrument.quote].asset_id
    event.ts_ns = state.ts_ns
    event.available_atoms = row.available_atoms
    event.held_atoms = row.held_atoms


cdef inline void go_on_alone(State *state, uint32_t slot) noexcept nogil:
    """Before an order trades or is reduced: end the other leg, if it has one."""
    if unlikely(state.orders.book[slot].flags & LINKED):
        end_other_leg(state, slot)


cdef inline void lessen_open(State *state, Instrument *instrument, uint32_t slot,
                             int64_t qty_lots) noexcept nogil:
    """Take lots off an order in the book, hidden ones first; what is left stays where it is."""
    take_lots_off(state, instrument, slot, qty_lots)
    note_open_lots(state, &state.orders.book[slot], -qty_lots)


cdef inline void trade_at(State *state, Instrument *instrument, uint32_t older, uint32_t younger,
                          int64_t price_ticks, int64_t qty_lots) noexcept nogil:
    """Trade lots between two orders of the book; the older is the maker."""
    cdef BookOrder *maker = &state.orders.book[older]
    cdef BookOrder *taker = &state.orders.book[younger]
    cdef Trade *event
    go_on_alone(state, older)
    go_on_alone(state, younger)
    event = <Trade *>say(state)
    event.maker_fee_atoms = settle_side(
        state, instrument, maker, price_ticks, price_ticks, qty_lots
    )
    event.taker_fee_atoms = settle_side(
        state, instrument, taker, price_ticks, taker.price_ticks, qty_lots
    )
    lessen_open(state, instrument, older, qty_lots)
    lessen_open(state, instrument, younger, qty_lots)
    visible_change(instrument)
    event.price_ticks = price_ticks
    event.qty_lots = qty_lots
    event.flags = TRADE_MAKER_FILLED * (open_lots(state, older) == 0)
    event.flags |= TRADE_TAKER_FILLED * (open_lots(state, younger) == 0)
    say_trade(state, instrument, maker, taker, event)
    event.aggressor_side = AGGRESSOR_NONE
    instrument.last_trade_price_ticks = price_ticks
    instrument.next_trade_id += 1
    if maker.side == BUY and maker.price_ticks > price_ticks:
        improve(state, instrument, maker, price_ticks, qty_lots)
    forget_filled(state, older)
    forget_filled(state, younger)


cdef inline void forget_filled(State *state, uint32_t slot) noexcept nogil:
    if open_lots(state, slot) == 0:
        forget(state, slot)


cdef inline void reduce_in_book(State *state, Instrument *instrument, uint32_t slot,
                                int64_t qty_lots) noexcept nogil:
    """Take lots off an order of the book because it met one of its own group."""
    cdef BookOrder *order = &state.orders.book[slot]
    go_on_alone(state, slot)
    release(state, instrument, order, qty_lots)
    lessen_open(state, instrument, slot, qty_lots)
    state.orders.detail[slot].qty_lots -= qty_lots
    order.leaves_qty_lots += hidden_lots(state, slot)
    say_reduced(state, order, &state.orders.detail[slot], qty_lots, visible_change(instrument))
    order.leaves_qty_lots -= hidden_lots(state, slot)
    forget_filled(state, slot)


cdef inline void prevent_pair(State *state, Instrument *instrument, uint32_t older,
                              uint32_t younger, int64_t qty_lots, uint8_t mode) noexcept nogil:
    """Do what the younger order's mode says instead of a self-trade."""
    if mode == STP_DECREMENT:
        reduce_in_book(state, instrument, older, qty_lots)
        reduce_in_book(state, instrument, younger, qty_lots)
        return
    if mode == STP_CANCEL_MAKER or mode == STP_CANCEL_BOTH:
        end_open(state, older, EVENT_ORDER_CANCELED, CANCEL_SELF_TRADE)
    if mode == STP_CANCEL_TAKER or mode == STP_CANCEL_BOTH:
        end_open(state, younger, EVENT_ORDER_CANCELED, CANCEL_SELF_TRADE)


cdef inline void meet_pair(State *state, Instrument *instrument,
                           int64_t price_ticks) noexcept nogil:
    """Let the front orders of both sides meet at a price."""
    cdef uint32_t older = front_of(state, instrument, BUY)
    cdef uint32_t younger = front_of(state, instrument, SELL)
    cdef int64_t qty_lots = min(open_lots(state, older), open_lots(state, younger))
    cdef uint8_t mode
    if state.orders.book[older].place > state.orders.book[younger].place:
        older, younger = younger, older
    mode = state.orders.detail[younger].self_trade_prevention
    if (
        mode == STP_NONE
        or state.orders.book[older].group_id != state.orders.book[younger].group_id
    ):
        trade_at(state, instrument, older, younger, price_ticks, qty_lots)
    else:
        prevent_pair(state, instrument, older, younger, qty_lots, mode)


cdef inline void price_auction(State *state, Instrument *instrument) noexcept nogil:
    """Find the price of a crossed book, and say it."""
    cdef Auction found
    cdef AuctionUncrossed *event = <AuctionUncrossed *>say(state)
    find_price(state, instrument, &found)
    instrument.uncross_price_ticks = found.price_ticks
    event.kind = EVENT_AUCTION_UNCROSSED
    event.instrument_id = instrument.instrument_id
    event.ts_ns = state.ts_ns
    event.price_ticks = found.price_ticks
    event.qty_lots = found.qty_lots
    event.imbalance_lots = found.imbalance_lots


cdef inline void open_trading(State *state, Instrument *instrument, uint8_t cause) noexcept nogil:
    """Let a book that is not crossed trade. What was uncrossed begins the breaker's window."""
    close_window(instrument)
    if instrument.breaker_bps and instrument.uncross_price_ticks:
        instrument.breaker_reference_ticks = instrument.uncross_price_ticks
        instrument.breaker_window_start_ns = state.ts_ns
    instrument.uncross_price_ticks = 0
    enter_status(state, instrument, STATUS_TRADING, cause)


cdef inline bint uncross(State *state, Instrument *instrument, uint8_t cause) noexcept nogil:
    """Let crossed orders trade until none are, then let the instrument trade; False if the turn is
    over before. Where self-trade prevention leaves orders crossed, there is a further price.
    """
    while is_crossed(instrument):
        if not is_crossed_at(instrument, instrument.uncross_price_ticks):
            price_auction(state, instrument)
        if turn_is_half_over(state):
            return False
        meet_pair(state, instrument, instrument.uncross_price_ticks)
    open_trading(state, instrument, cause)
    return True


cdef inline void begin_uncross(State *state, Instrument *instrument, uint8_t cause) noexcept nogil:
    """Move an instrument to TRADING, at once or in the turns to come."""
    forget_auction_end(state, instrument)
    if not uncross(state, instrument, cause):
        instrument.uncross_cause = cause
        state.uncrossing += 1


cdef inline void give_up_uncross(State *state, Instrument *instrument) noexcept nogil:
    if instrument.uncross_price_ticks:
        instrument.uncross_price_ticks = 0
        instrument.uncross_cause = 0
        state.uncrossing -= 1


cdef inline void go_on_uncross(State *state, Instrument *instrument) noexcept nogil:
    """Go on with an uncross that an earlier turn had to leave."""
    if uncross(state, instrument, instrument.uncross_cause):
        instrument.uncross_cause = 0
        state.uncrossing -= 1
