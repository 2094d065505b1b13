# cython: language_level=3
"""Which 96 bytes are a command: exactly those that schemas.codec.decode_command accepts."""

from libc.stdint cimport uint8_t, uint64_t

from engine_core._numbers cimport (
    ACCOUNT_STATUS_LAST,
    CONTINGENCY_LAST,
    FLAGS_ALL,
    KIND_CANCEL_ALL,
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
    KIND_VOID_WITHDRAWAL,
    STATUS_LAST,
    STP_LAST,
    TIF_LAST,
    TRANSFER_REASON_LAST,
    TYPE_LAST,
    VENUE_STATUS_LAST,
)
from engine_core._wire cimport (
    CancelOrder,
    CreateAsset,
    Deposit,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    ResolveWithdrawal,
    ScheduleTradingStatus,
    SetAccountStatus,
    SetFees,
    SetInstrumentRules,
    SetTradingStatus,
    SetVenueStatus,
    Transfer,
)


cdef inline bint one_of(uint8_t value, uint8_t last) noexcept nogil:
    """Return whether an enumeration without gaps from 1 to ``last`` has ``value``."""
    return <uint8_t>(value - 1) < last


cdef inline bint words_are_zero(const void *command, int first, int last) noexcept nogil:
    """Return whether the 64-bit words ``first`` to ``last`` of a command are 0."""
    cdef const uint64_t *words = <const uint64_t *>command
    cdef uint64_t bits = 0
    cdef int at
    for at in range(first, last + 1):
        bits |= words[at]
    return bits == 0


cdef inline bint head_is_zero(const void *command, int used_bytes) noexcept nogil:
    """Return whether the first word is 0 beyond its ``used_bytes``."""
    return (<const uint64_t *>command)[0] >> 8 * used_bytes == 0


cdef inline bint new_order_is_canonical(const NewOrder *command) noexcept nogil:
    return (
        one_of(command.side, 2)
        and one_of(command.order_type, TYPE_LAST)
        and one_of(command.time_in_force, TIF_LAST)
        and one_of(command.self_trade_prevention, STP_LAST)
        and command.flags & ~FLAGS_ALL == 0
    )


cdef inline bint cancel_is_canonical(const CancelOrder *command) noexcept nogil:
    return (
        head_is_zero(command, 1) and words_are_zero(command, 3, 7) and command.reserved_tail == 0
    )


cdef inline bint replace_is_canonical(const ReplaceOrder *command) noexcept nogil:
    return head_is_zero(command, 1) and command.reserved_tail == 0


cdef inline bint list_is_canonical(const NewOrderList *command) noexcept nogil:
    return (
        head_is_zero(command, 2)
        and one_of(command.contingency_type, CONTINGENCY_LAST)
        and words_are_zero(command, 2, 6)
        and command.reserved_tail == 0
    )


cdef inline bint asset_is_canonical(const CreateAsset *command) noexcept nogil:
    return (
        head_is_zero(command, 2) and command.reserved_id == 0 and words_are_zero(command, 2, 8)
    )


cdef inline bint status_is_canonical(const SetTradingStatus *command) noexcept nogil:
    return (
        head_is_zero(command, 2)
        and one_of(command.trading_status, STATUS_LAST)
        and command.reserved_id == 0
        and words_are_zero(command, 2, 11)
    )


cdef inline bint deposit_is_canonical(const Deposit *command) noexcept nogil:
    return (
        head_is_zero(command, 1) and command.reserved_id == 0 and words_are_zero(command, 5, 11)
    )


cdef inline bint resolution_is_canonical(const ResolveWithdrawal *command) noexcept nogil:
    """Of a post and of a void, which has no amount."""
    return (
        head_is_zero(command, 1) and command.reserved_id == 0 and words_are_zero(command, 6, 11)
        and (command.kind == KIND_POST_WITHDRAWAL or command.amount_atoms == 0)
    )


cdef inline bint transfer_is_canonical(const Transfer *command) noexcept nogil:
    return (
        head_is_zero(command, 2)
        and one_of(command.transfer_reason, TRANSFER_REASON_LAST)
        and words_are_zero(command, 5, 11)
    )


cdef inline bint rules_are_canonical(const SetInstrumentRules *command) noexcept nogil:
    return head_is_zero(command, 1) and command.reserved == 0 and words_are_zero(command, 5, 11)


cdef inline bint schedule_is_canonical(const ScheduleTradingStatus *command) noexcept nogil:
    return (
        head_is_zero(command, 2)
        and one_of(command.trading_status, STATUS_LAST)
        and command.reserved_id == 0
        and words_are_zero(command, 3, 11)
    )


cdef inline bint fees_are_canonical(const SetFees *command) noexcept nogil:
    return (
        head_is_zero(command, 2) and command.reserved_id == 0 and words_are_zero(command, 3, 11)
    )


cdef inline bint account_setting_is_canonical(const SetAccountStatus *command) noexcept nogil:
    """Of SetFeeTier too, but for the value."""
    return (
        head_is_zero(command, 2) and command.reserved_id == 0 and words_are_zero(command, 2, 11)
    )


cdef inline bint venue_is_canonical(const void *command, uint8_t kind) noexcept nogil:
    """Return the same of a command that changes the venue while it trades."""
    cdef const SetAccountStatus *setting = <const SetAccountStatus *>command
    cdef const SetVenueStatus *venue = <const SetVenueStatus *>command
    if kind == KIND_UPDATE_INSTRUMENT:
        return head_is_zero(command, 1)
    if kind == KIND_SET_INSTRUMENT_RULES:
        return rules_are_canonical(<const SetInstrumentRules *>command)
    if kind == KIND_SCHEDULE_TRADING_STATUS:
        return schedule_is_canonical(<const ScheduleTradingStatus *>command)
    if kind == KIND_SET_FEES:
        return fees_are_canonical(<const SetFees *>command)
    if kind == KIND_SET_FEE_TIER:
        return account_setting_is_canonical(setting)
    if kind == KIND_SET_ACCOUNT_STATUS:
        return account_setting_is_canonical(setting) and one_of(
            setting.account_status, ACCOUNT_STATUS_LAST
        )
    if kind == KIND_SET_ACCOUNT_LIMITS:
        return head_is_zero(command, 1) and words_are_zero(command, 3, 11)
    if kind == KIND_SET_ASSET_LIMITS:
        return head_is_zero(command, 1) and words_are_zero(command, 4, 11)
    if kind == KIND_SET_VENUE_STATUS:
        return (
            head_is_zero(command, 2) and one_of(venue.venue_status, VENUE_STATUS_LAST)
            and words_are_zero(command, 1, 11)
        )
    # the logic version: beside it in its word nothing either
    return (
        head_is_zero(command, 1) and (<const uint64_t *>command)[1] >> 32 == 0
        and words_are_zero(command, 2, 11)
    )


cdef inline bint is_canonical(const void *command, uint8_t kind) noexcept nogil:
    """Return whether a command of a known kind is in its one valid form."""
    if kind == KIND_NEW_ORDER or kind == KIND_ORDER_LIST_LEG:
        return new_order_is_canonical(<const NewOrder *>command)
    if kind == KIND_CANCEL_ORDER:
        return cancel_is_canonical(<const CancelOrder *>command)
    if kind == KIND_REPLACE_ORDER:
        return replace_is_canonical(<const ReplaceOrder *>command)
    if kind == KIND_NEW_ORDER_LIST:
        return list_is_canonical(<const NewOrderList *>command)
    if KIND_CANCEL_ALL <= kind <= KIND_OPEN_ACCOUNT:  # both cancel-alls as well
        return head_is_zero(command, 1) and words_are_zero(command, 2, 11)
    if kind == KIND_CREATE_ASSET:
        return asset_is_canonical(<const CreateAsset *>command)
    if kind == KIND_CREATE_INSTRUMENT:
        return head_is_zero(command, 1)
    if kind == KIND_SET_TRADING_STATUS:
        return status_is_canonical(<const SetTradingStatus *>command)
    if kind == KIND_DEPOSIT or kind == KIND_HOLD_WITHDRAWAL:
        return deposit_is_canonical(<const Deposit *>command)
    if kind == KIND_POST_WITHDRAWAL or kind == KIND_VOID_WITHDRAWAL:
        return resolution_is_canonical(<const ResolveWithdrawal *>command)
    if kind == KIND_TRANSFER:
        return transfer_is_canonical(<const Transfer *>command)
    return venue_is_canonical(command, kind)


cdef inline bint is_known(uint8_t kind) noexcept nogil:
    return (
        KIND_NEW_ORDER <= kind <= KIND_NEW_ORDER_LIST
        or KIND_OPEN_ACCOUNT <= kind <= KIND_TRANSFER
    )
