# cython: language_level=3, cdivision=True
"""What only some accounts have: a rate of orders, caps on what they own of an asset, and on what
one order is worth.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from engine_core._deadlines cimport NS_PER_S
from engine_core._numbers cimport NONE, NOTIONAL_LIMIT, ORDER_RATE, POSITION_LIMIT
from engine_core._slices cimport open_lots
from engine_core._state cimport Account, Instrument, State
from matching._book cimport BUY
from matching._machine cimport i128, unlikely
from matching._orders cimport BookOrder
from matching._terms cimport LINKED
from risk._balances cimport BalanceRow, balance_find
from risk._limits cimport AssetLimit, limit_find


cdef inline uint16_t rate_refusal(Account *account, uint64_t ts_ns) noexcept nogil:
    """Count one order of an account that has a rate; return why it comes too soon, or NONE."""
    cdef uint64_t interval_ns = NS_PER_S // account.orders_per_s
    cdef uint64_t tat_ns = max(account.tat_ns, ts_ns)
    if tat_ns - ts_ns > (account.orders_burst - 1) * interval_ns:
        return ORDER_RATE
    account.tat_ns = tat_ns + interval_ns
    return NONE


cdef inline void count_open_buys(State *state, const BookOrder *order,
                                 int64_t more_lots) noexcept nogil:
    cdef const Instrument *instrument = &state.instrument[order.instrument]
    cdef AssetLimit *limit
    if order.side != BUY:
        return
    limit = limit_find(&state.limits, order.account, instrument.base)
    if limit != NULL:
        limit.open_buys_atoms += <i128>more_lots * instrument.base_atoms_per_lot


cdef inline void note_open_lots(State *state, const BookOrder *order,
                                int64_t more_lots) noexcept nogil:
    """An open order has so many lots more, or if negative less, to trade."""
    if unlikely(state.account[order.account].asset_limits != 0):
        count_open_buys(state, order, more_lots)


cdef inline bint counts_with_another(const State *state, uint32_t slot) noexcept nogil:
    """Return whether an order is the later leg of two that are linked."""
    cdef const BookOrder *order = &state.orders.book[slot]
    if not order.flags & LINKED:
        return False
    return state.orders.book[
        state.terms.row[state.orders.terms_of[slot]].other_leg
    ].order_id < order.order_id


cdef inline i128 open_buys_atoms(State *state, uint32_t account, uint32_t asset) noexcept nogil:
    """Return what an account's open orders may still bring of an asset. Looks at all of them."""
    cdef const BookOrder *order
    cdef uint32_t slot = state.account[account].open_oldest
    cdef i128 atoms = 0
    while slot:
        order = &state.orders.book[slot]
        if (
            order.side == BUY and state.instrument[order.instrument].base == asset
            and not counts_with_another(state, slot)
        ):
            atoms += (
                <i128>open_lots(state, slot) * state.instrument[order.instrument].base_atoms_per_lot
            )
        slot = state.orders.detail[slot].account_newer
    return atoms


cdef inline uint16_t position_refusal(const State *state, const Instrument *instrument,
                                      uint32_t account, i128 more_lots) noexcept nogil:
    """Return POSITION_LIMIT if an account may not buy so many lots more, or NONE."""
    cdef const AssetLimit *limit = limit_find(&state.limits, account, instrument.base)
    cdef const BalanceRow *owned
    cdef i128 atoms
    if limit == NULL or limit.position_max_atoms == 0:
        return NONE
    atoms = limit.open_buys_atoms + more_lots * instrument.base_atoms_per_lot
    owned = balance_find(&state.balances, account, instrument.base)
    if owned != NULL:
        atoms += <i128>owned.available_atoms + owned.held_atoms
    return POSITION_LIMIT if atoms > limit.position_max_atoms else NONE


cdef inline uint16_t notional_refusal(const State *state, const Instrument *instrument,
                                      uint32_t account, i128 notional_atoms) noexcept nogil:
    """Return NOTIONAL_LIMIT if an account may not enter an order worth so much, or NONE."""
    cdef const AssetLimit *limit = limit_find(&state.limits, account, instrument.quote)
    if limit == NULL or limit.order_notional_max_atoms == 0:
        return NONE
    return NOTIONAL_LIMIT if notional_atoms > limit.order_notional_max_atoms else NONE


cdef inline uint16_t asset_limit_refusal(const State *state, const Instrument *instrument,
                                         uint32_t account, uint8_t side, i128 notional_atoms,
                                         i128 more_lots) noexcept nogil:
    """Return why the account's own limits do not take an order, or NONE. ``more_lots``: by which
    its open lots grow; negative if no position is to be looked at.
    """
    cdef uint16_t reason
    if state.account[account].asset_limits == 0:
        return NONE
    reason = notional_refusal(state, instrument, account, notional_atoms)
    if reason != NONE:
        return reason
    if side == BUY and more_lots >= 0:
        return position_refusal(state, instrument, account, more_lots)
    return NONE
