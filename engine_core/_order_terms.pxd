# cython: language_level=3, cdivision=True
"""What can be wrong with an order before its owner's funds and the book are looked at."""

from libc.stdint cimport int64_t, uint8_t, uint16_t

from engine_core._breakers cimport is_outside_collar, reference_ticks
from engine_core._deadlines cimport NS_PER_S
from engine_core._endings cimport may_rest
from engine_core._numbers cimport (
    BPS,
    FLAG_POST_ONLY,
    ICEBERG_SLICES_MAX,
    INSTRUMENT_NOT_TRADING,
    INVALID_DISPLAY_QUANTITY,
    INVALID_EXPIRY,
    INVALID_PRICE,
    INVALID_QUANTITY,
    INVALID_TRIGGER_PRICE,
    NONE,
    NOTIONAL_TOO_LARGE,
    NOTIONAL_TOO_SMALL,
    NOT_IN_AUCTION,
    NO_REFERENCE_PRICE,
    PRICE_OUTSIDE_COLLAR,
    STATUS_AUCTION,
    STATUS_TRADING,
    TIF_FOK,
    TIF_GTD,
    TIF_IOC,
    TYPE_LIMIT,
    TYPE_MARKET,
    TYPE_TRAILING_STOP,
    UNSUPPORTED_COMBINATION,
    UNSUPPORTED_TIME_IN_FORCE,
)
from engine_core._state cimport Instrument
from engine_core._trailing cimport trailing_trigger_ticks
from engine_core._waiting cimport held_price_ticks, is_stop, takes_at_market
from engine_core._wire cimport NewOrder
from matching._book cimport SELL
from matching._machine cimport ATOMS_MAX_LOG2, likely, notional_atoms, unlikely
from matching._sweep cimport STP_DECREMENT


cdef inline bint excludes_itself(const NewOrder *command) noexcept nogil:
    """Return whether options are set that exclude each other, or that no order here can have."""
    cdef bint decrements = command.self_trade_prevention == STP_DECREMENT
    if command.trailing_bps != 0:
        return True
    if unlikely(command.display_qty_lots != 0) and (
        command.order_type != TYPE_LIMIT or not may_rest(command.time_in_force)
    ):
        return True
    if command.trigger_price_ticks != 0:
        return True
    if command.order_type == TYPE_MARKET:
        if command.flags != 0 or command.price_ticks != 0:
            return True
        if decrements and command.quote_budget_atoms != 0:
            return True  # a budget has no quantity to take the own order's off
        return (command.qty_lots != 0) == (command.quote_budget_atoms != 0)
    if command.flags & FLAG_POST_ONLY and not may_rest(command.time_in_force):
        return True
    if decrements and command.time_in_force == TIF_FOK:
        return True
    return command.quote_budget_atoms != 0


cdef inline bint stop_excludes_itself(const NewOrder *command) noexcept nogil:
    """Return the same of an order that waits for a trigger price."""
    if (command.display_qty_lots | command.quote_budget_atoms) != 0:
        return True
    if (
        command.trigger_price_ticks != 0 if command.order_type == TYPE_TRAILING_STOP
        else command.trailing_bps != 0
    ):
        return True
    if command.flags != 0:
        return True
    if takes_at_market(command.order_type):
        return command.price_ticks != 0
    return command.self_trade_prevention == STP_DECREMENT and command.time_in_force == TIF_FOK


cdef inline uint16_t base_refusal(const Instrument *instrument, uint8_t side,
                                  int64_t qty_lots) noexcept nogil:
    if side == SELL and notional_atoms(1, qty_lots, instrument.base_atoms_per_lot) < 0:
        return NOTIONAL_TOO_LARGE
    return NONE


cdef inline bint is_in_few_slices(int64_t display_qty_lots, int64_t qty_lots) noexcept nogil:
    """Return whether a valid quantity is shown in no more slices than an iceberg may have."""
    return (qty_lots - 1) // ICEBERG_SLICES_MAX < display_qty_lots


cdef inline bint shows_wrongly(int64_t display_qty_lots, int64_t qty_lots) noexcept nogil:
    """Return whether a display quantity that is asked for is none for a valid quantity."""
    if likely(display_qty_lots == 0):
        return False
    return not 1 <= display_qty_lots < qty_lots or not is_in_few_slices(
        display_qty_lots, qty_lots
    )


cdef inline uint16_t price_refusal(const Instrument *instrument,
                                   int64_t price_ticks) noexcept nogil:
    """Return why a limit price is out of bounds, or NONE."""
    if price_ticks < 1 or price_ticks > instrument.price_max_ticks:
        return INVALID_PRICE
    if unlikely(instrument.collar_bps != 0) and is_outside_collar(instrument, price_ticks):
        return PRICE_OUTSIDE_COLLAR
    return NONE


cdef inline uint16_t size_refusal(const Instrument *instrument, uint8_t side, int64_t price_ticks,
                                  int64_t qty_lots, bint wrong_display,
                                  int64_t *notional) noexcept nogil:
    """Return why a quantity is out of bounds at a price, or NONE; sets their notional."""
    if qty_lots < 1 or qty_lots > instrument.qty_max_lots:
        return INVALID_QUANTITY
    if unlikely(wrong_display):
        return INVALID_DISPLAY_QUANTITY
    notional[0] = notional_atoms(price_ticks, qty_lots, instrument.k)
    if notional[0] < 0:
        return NOTIONAL_TOO_LARGE
    return base_refusal(instrument, side, qty_lots)


cdef inline uint16_t limit_refusal(const Instrument *instrument, uint8_t side, int64_t price_ticks,
                                   int64_t qty_lots, bint wrong_display,
                                   int64_t *notional) noexcept nogil:
    """Return why a price and a quantity are out of bounds, or NONE; sets their notional."""
    cdef uint16_t reason = price_refusal(instrument, price_ticks)
    if reason != NONE:
        return reason
    return size_refusal(instrument, side, price_ticks, qty_lots, wrong_display, notional)


cdef inline uint16_t stop_size_refusal(const Instrument *instrument, uint8_t side,
                                       uint8_t order_type, int64_t price_ticks,
                                       int64_t trigger_price_ticks, int64_t qty_lots,
                                       int64_t *notional) noexcept nogil:
    """Return why the quantity of a stop or take-profit is out of bounds, or NONE; sets their
    notional: at its limit, or if it has none, at its trigger.
    """
    cdef int64_t worth_ticks = trigger_price_ticks if takes_at_market(order_type) else price_ticks
    cdef uint16_t reason = size_refusal(instrument, side, worth_ticks, qty_lots, False, notional)
    if reason == NONE and notional_atoms(
        held_price_ticks(instrument, side, order_type, trigger_price_ticks), qty_lots, instrument.k
    ) < 0:
        return NOTIONAL_TOO_LARGE
    return reason


cdef inline uint16_t stop_price_refusal(const Instrument *instrument, uint8_t order_type,
                                        int64_t price_ticks,
                                        int64_t trigger_price_ticks) noexcept nogil:
    """Return why a limit, of an order that has one, or a new trigger is out of bounds, or NONE."""
    cdef uint16_t reason = NONE
    if not takes_at_market(order_type):
        reason = price_refusal(instrument, price_ticks)
    if reason == NONE and not 1 <= trigger_price_ticks <= instrument.price_max_ticks:
        return INVALID_TRIGGER_PRICE
    return reason


cdef inline uint16_t market_size_refusal(const Instrument *instrument,
                                         const NewOrder *command) noexcept nogil:
    cdef int64_t budget_atoms = command.quote_budget_atoms
    if budget_atoms != 0:
        if budget_atoms < 1 or budget_atoms > <int64_t>1 << ATOMS_MAX_LOG2:
            return INVALID_QUANTITY
        return NOTIONAL_TOO_SMALL if budget_atoms < instrument.min_notional_atoms else NONE
    if command.qty_lots < 1 or command.qty_lots > instrument.qty_max_lots:
        return INVALID_QUANTITY
    return base_refusal(instrument, command.side, command.qty_lots)


cdef inline bint expires_wrongly(const NewOrder *command, int64_t ts_ns) noexcept nogil:
    """Return whether the date is past, or missing, or of an order that has none."""
    if command.time_in_force != TIF_GTD:
        return command.expire_s != 0
    return command.expire_s * <int64_t>NS_PER_S <= ts_ns


cdef inline int64_t trigger_ticks(const Instrument *instrument,
                                  const NewOrder *command) noexcept nogil:
    """Return the trigger price a stop starts with; 0 for a trailing one without a reference."""
    if likely(command.order_type != TYPE_TRAILING_STOP):
        return command.trigger_price_ticks
    if reference_ticks(instrument) == 0:
        return 0
    return trailing_trigger_ticks(
        command.side, reference_ticks(instrument), command.trailing_bps
    )


cdef inline uint16_t trigger_refusal(const Instrument *instrument,
                                     const NewOrder *command) noexcept nogil:
    """Return why a stop cannot have the limit and the trigger it is to have, or NONE."""
    if command.order_type != TYPE_TRAILING_STOP:
        return stop_price_refusal(
            instrument, command.order_type, command.price_ticks, command.trigger_price_ticks
        )
    if not 1 <= command.trailing_bps < BPS:
        return INVALID_TRIGGER_PRICE
    return NO_REFERENCE_PRICE if reference_ticks(instrument) == 0 else NONE


cdef inline uint16_t stop_terms_refusal(const Instrument *instrument, const NewOrder *command,
                                        int64_t ts_ns) noexcept nogil:
    """Return why the terms of an order that waits for a trigger price cannot be; or NONE."""
    cdef int64_t notional = 0
    cdef uint16_t reason
    if takes_at_market(command.order_type) and command.time_in_force != TIF_IOC:
        return UNSUPPORTED_TIME_IN_FORCE
    if expires_wrongly(command, ts_ns):
        return INVALID_EXPIRY
    if stop_excludes_itself(command):
        return UNSUPPORTED_COMBINATION
    reason = trigger_refusal(instrument, command)
    if reason != NONE:
        return reason
    reason = stop_size_refusal(
        instrument, command.side, command.order_type, command.price_ticks,
        trigger_ticks(instrument, command), command.qty_lots, &notional
    )
    if reason == NONE and notional < instrument.min_notional_atoms:
        return NOTIONAL_TOO_SMALL
    return reason


cdef inline bint is_in_auction(const Instrument *instrument) noexcept nogil:
    """Return whether orders are collected, and none is traded yet."""
    return instrument.trading_status == STATUS_AUCTION and instrument.uncross_price_ticks == 0


cdef inline uint16_t status_refusal(const Instrument *instrument,
                                    const NewOrder *command) noexcept nogil:
    """Return why an instrument that does not trade takes no such order, or NONE: in an auction it
    takes what can wait, and need not be alone at its price.
    """
    if not is_in_auction(instrument):
        return INSTRUMENT_NOT_TRADING
    if command.order_type == TYPE_MARKET:
        return NOT_IN_AUCTION
    if command.order_type == TYPE_LIMIT and (
        command.flags & FLAG_POST_ONLY or not may_rest(command.time_in_force)
    ):
        return NOT_IN_AUCTION
    return NONE


cdef inline uint16_t terms_refusal(const Instrument *instrument, const NewOrder *command,
                                   int64_t ts_ns) noexcept nogil:
    """Return why the terms of an order cannot be, whatever is in the book; or NONE."""
    cdef int64_t notional = 0
    cdef uint16_t reason
    if unlikely(instrument.trading_status != STATUS_TRADING):
        reason = status_refusal(instrument, command)
        if reason != NONE:
            return reason
    if unlikely(is_stop(command.order_type)):
        return stop_terms_refusal(instrument, command, ts_ns)
    if command.order_type == TYPE_MARKET and command.time_in_force != TIF_IOC:
        return UNSUPPORTED_TIME_IN_FORCE
    if unlikely(expires_wrongly(command, ts_ns)):
        return INVALID_EXPIRY
    if unlikely(excludes_itself(command)):
        return UNSUPPORTED_COMBINATION
    if command.order_type == TYPE_MARKET:
        return market_size_refusal(instrument, command)
    reason = limit_refusal(
        instrument, command.side, command.price_ticks, command.qty_lots,
        shows_wrongly(command.display_qty_lots, command.qty_lots), &notional
    )
    if reason == NONE and notional < instrument.min_notional_atoms:
        return NOTIONAL_TOO_SMALL
    return reason
