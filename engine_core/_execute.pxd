# cython: language_level=3, cdivision=True
"""One batch of commands against the state: bytes in, events and outcomes out, no Python object."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport abort

from engine_core._accounts cimport (
    set_account_limits,
    set_account_status,
    set_asset_limits,
    set_fee_tier,
)
from engine_core._ahead cimport Ahead, Expected, look_ahead, look_at_first, now_here
from engine_core._cancels cimport cancel_all, cancel_order
from engine_core._canonical cimport is_canonical, is_known
from engine_core._control cimport create_asset, deposit, open_account
from engine_core._due cimport cancel_all_after, end_due
from engine_core._instruments cimport (
    create_instrument,
    set_fees,
    set_instrument_rules,
    update_instrument,
)
from engine_core._lists cimport new_order_list, order_list_leg
from engine_core._new_orders cimport new_order
from engine_core._numbers cimport (
    KIND_CANCEL_ALL,
    KIND_CANCEL_ALL_AFTER,
    KIND_CANCEL_ORDER,
    KIND_CREATE_ASSET,
    KIND_CREATE_INSTRUMENT,
    KIND_DEPOSIT,
    KIND_HOLD_WITHDRAWAL,
    KIND_NEW_ORDER,
    KIND_NEW_ORDER_LIST,
    KIND_OPEN_ACCOUNT,
    KIND_ORDER_LIST_LEG,
    KIND_POST_WITHDRAWAL,
    KIND_REPLACE_ORDER,
    KIND_SCHEDULE_TRADING_STATUS,
    KIND_SET_ACCOUNT_LIMITS,
    KIND_SET_ACCOUNT_STATUS,
    KIND_SET_ASSET_LIMITS,
    KIND_SET_FEES,
    KIND_SET_FEE_TIER,
    KIND_SET_INSTRUMENT_RULES,
    KIND_SET_TRADING_STATUS,
    KIND_SET_VENUE_STATUS,
    KIND_TRANSFER,
    KIND_UPDATE_INSTRUMENT,
    MALFORMED,
    NONE,
    RESULT_DONE,
    RESULT_DUPLICATE,
    RESULT_REJECTED,
    UNKNOWN_COMMAND,
)
from engine_core._replaces cimport replace_order
from engine_core._retries cimport reject_control, reject_order
from engine_core._state cimport State, events_wanted, reserve, turn_events_max
from engine_core._statuses cimport schedule_trading_status, set_trading_status
from engine_core._transfers cimport transfer
from engine_core._triggers cimport begin_turn, run_queues
from engine_core._venue cimport set_logic_version, set_venue_status
from engine_core._withdrawals cimport hold_withdrawal, post_withdrawal, void_withdrawal
from engine_core._wire cimport (
    COMMAND_BYTES,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    NewOrderList,
    OpenAccount,
    Outcome,
    ReplaceOrder,
    ResolveWithdrawal,
    ScheduleTradingStatus,
    SetAccountLimits,
    SetAccountStatus,
    SetAssetLimits,
    SetFeeTier,
    SetFees,
    SetInstrumentRules,
    SetLogicVersion,
    SetTradingStatus,
    SetVenueStatus,
    Transfer,
)
from matching._latency cimport lap, ticks
from matching._machine cimport likely, unlikely


cdef inline uint16_t change_instrument(State *state, const char *command,
                                       uint8_t kind) noexcept nogil:
    """Execute a command that changes an instrument; return why not, or NONE."""
    if kind == KIND_SET_TRADING_STATUS:
        return set_trading_status(state, <const SetTradingStatus *>command)
    if kind == KIND_UPDATE_INSTRUMENT:
        return update_instrument(state, <const CreateInstrument *>command)
    if kind == KIND_SET_INSTRUMENT_RULES:
        return set_instrument_rules(state, <const SetInstrumentRules *>command)
    if kind == KIND_SCHEDULE_TRADING_STATUS:
        return schedule_trading_status(state, <const ScheduleTradingStatus *>command)
    return set_fees(state, <const SetFees *>command)


cdef inline uint16_t change_account(State *state, const char *command,
                                    uint8_t kind) noexcept nogil:
    """Execute a command that changes an account or the whole venue; return why not, or NONE."""
    if kind == KIND_SET_FEE_TIER:
        return set_fee_tier(state, <const SetFeeTier *>command)
    if kind == KIND_SET_ACCOUNT_STATUS:
        return set_account_status(state, <const SetAccountStatus *>command)
    if kind == KIND_SET_ACCOUNT_LIMITS:
        return set_account_limits(state, <const SetAccountLimits *>command)
    if kind == KIND_SET_ASSET_LIMITS:
        return set_asset_limits(state, <const SetAssetLimits *>command)
    if kind == KIND_SET_VENUE_STATUS:
        return set_venue_status(state, <const SetVenueStatus *>command)
    return set_logic_version(state, <const SetLogicVersion *>command)


cdef inline uint16_t withdraw(State *state, const char *command, uint8_t kind) noexcept nogil:
    """Execute a command about a withdrawal; return why not, or NONE."""
    if kind == KIND_HOLD_WITHDRAWAL:
        return hold_withdrawal(state, <const Deposit *>command)
    if kind == KIND_POST_WITHDRAWAL:
        return post_withdrawal(state, <const ResolveWithdrawal *>command)
    return void_withdrawal(state, <const ResolveWithdrawal *>command)


cdef inline uint16_t control(State *state, const char *command, uint8_t kind) noexcept nogil:
    """Execute a canonical control command; return why not, or NONE."""
    cdef uint16_t reason
    if kind == KIND_DEPOSIT:
        return deposit(state, <const Deposit *>command)
    if kind == KIND_TRANSFER:
        return transfer(state, <const Transfer *>command)
    if kind >= KIND_HOLD_WITHDRAWAL:
        return withdraw(state, command, kind)
    if kind == KIND_OPEN_ACCOUNT:
        reason = open_account(state, <const OpenAccount *>command)
    elif kind == KIND_CREATE_ASSET:
        reason = create_asset(state, <const CreateAsset *>command)
    elif kind == KIND_CREATE_INSTRUMENT:
        reason = create_instrument(state, <const CreateInstrument *>command)
    elif kind == KIND_SET_TRADING_STATUS or KIND_UPDATE_INSTRUMENT <= kind <= KIND_SET_FEES:
        reason = change_instrument(state, command, kind)
    else:
        reason = change_account(state, command, kind)
    if reason != NONE:
        reject_control(state, kind, reason, (<const OpenAccount *>command).account_id)
    return reason


cdef inline uint16_t reject_bytes(State *state, const char *command, uint8_t kind) noexcept nogil:
    """Refuse bytes that are no command, saying no more than whom they name."""
    if not is_known(kind):
        reject_control(state, kind, UNKNOWN_COMMAND, 0)
        return UNKNOWN_COMMAND
    if kind >= KIND_OPEN_ACCOUNT:
        reject_control(state, kind, MALFORMED, (<const OpenAccount *>command).account_id)
    else:
        reject_order(state, kind, MALFORMED, &(<const OpenAccount *>command).account_id, NULL)
    return MALFORMED


cdef inline uint16_t execute(State *state, const char *command,
                             const Expected *expected) noexcept nogil:
    """Execute one command, of which so much is known; return why not, or NONE."""
    cdef uint8_t kind = <uint8_t>command[0]
    state.result = RESULT_DONE
    state.answer_order_id = 0
    begin_turn(state)
    if unlikely(not is_known(kind) or not is_canonical(command, kind)):
        return reject_bytes(state, command, kind)
    if likely(kind == KIND_NEW_ORDER):
        return new_order(state, <const NewOrder *>command, expected)
    if kind == KIND_CANCEL_ORDER:
        return cancel_order(state, <const CancelOrder *>command, expected)
    if kind == KIND_REPLACE_ORDER:
        return replace_order(state, <const ReplaceOrder *>command, expected)
    if kind == KIND_CANCEL_ALL:
        return cancel_all(state, <const CancelAll *>command)
    if kind == KIND_ORDER_LIST_LEG:
        return order_list_leg(state, <const NewOrder *>command)
    if kind == KIND_NEW_ORDER_LIST:
        return new_order_list(state, <const NewOrderList *>command)
    if kind == KIND_CANCEL_ALL_AFTER:
        return cancel_all_after(state, <const CancelAllAfter *>command)
    return control(state, command, kind)


cdef inline void check_event_room(const State *state) noexcept nogil:
    """``reserve`` made room for all; were it ever wrong, to stop is better than to overwrite."""
    cdef uint64_t wanted = min(events_wanted(state, 1), turn_events_max(state))
    if unlikely(state.event_capacity - state.event_count < wanted):
        abort()


cdef inline void turn(State *state) noexcept nogil:
    """Do what is due before a command."""
    check_event_room(state)
    if unlikely(state.deadlines.count + state.auction_ends.count != 0):
        end_due(state)
    if unlikely(state.queued_orders + state.uncrossing != 0):
        run_queues(state)


cdef inline bint run_batch(State *state, const char *commands, uint64_t count, int64_t ts_ns,
                           Outcome *outcomes) noexcept nogil:
    """Execute a batch at log time ``ts_ns``. Its events are in ``state.events`` until the next one.
    False if memory is short, and then nothing changed.
    """
    cdef uint64_t at, first
    cdef uint64_t since_ticks = ticks() if state.latencies != NULL else 0
    cdef uint16_t reason
    cdef Outcome *outcome
    cdef const char *command
    cdef Ahead ahead
    if not reserve(state, commands, count):
        return False
    state.ts_ns = ts_ns
    state.event_count = 0
    if count == 0:
        turn(state)
    look_at_first(state, commands, count, &ahead)
    for at in range(count):
        look_ahead(state, commands, count, at, &ahead)
        turn(state)
        first = state.event_count
        command = commands + at * COMMAND_BYTES
        reason = execute(state, command, now_here(state, command, &ahead, at))
        outcome = &outcomes[at]
        outcome.order_id = state.answer_order_id
        outcome.last_event_seq = state.next_event_seq + state.event_count - 1
        outcome.event_count = <uint32_t>(state.event_count - first)
        outcome.reason = reason
        outcome.result = state.result
        outcome.reserved = 0
        if reason != NONE and state.result != RESULT_DUPLICATE:
            outcome.result = RESULT_REJECTED
        if state.latencies != NULL:
            since_ticks = lap(state.latencies, since_ticks)
    state.next_event_seq += state.event_count
    return True
