"""How a refusal is said: one event, one outcome, and nothing changed."""

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CommandKind,
    MoneyCommand,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
)
from domain.events import ControlRejected, OrderRejected, OutcomeResult
from domain.reasons import RejectReason
from engine_core.request_keys import is_canonical
from engine_core.turn import Answer, Turn

FIRST_CONTROL_KIND = CommandKind.OPEN_ACCOUNT
_SUBJECT_AT = 8
"""Where every known command names its account, asset or instrument: an unsigned 32-bit number."""
_SECOND_AT = 12


def reject_order(
    turn: Turn,
    command: NewOrder | NewOrderList | ReplaceOrder | CancelOrder | CancelAll | CancelAllAfter,
    reason: RejectReason,
) -> Answer:
    """Refuse an order command."""
    kind = CommandKind(turn.command[0])
    side, order_id, price_ticks, qty_lots, key = 0, 0, 0, 0, NO_CLIENT_ORDER_ID
    instrument_id = 0 if isinstance(command, CancelAllAfter) else command.instrument_id
    match command:
        case NewOrder():
            side, key = command.side, command.client_order_id
            price_ticks, qty_lots = command.price_ticks, command.qty_lots
        case NewOrderList():
            key = command.client_order_id
        case ReplaceOrder():
            order_id, key = command.order_id, command.request_id
            price_ticks, qty_lots = command.price_ticks, command.qty_lots
        case CancelOrder():
            order_id, key = command.order_id, command.client_order_id
        case CancelAll() | CancelAllAfter():
            pass
    turn.emit(
        OrderRejected(
            ts_ns=turn.ts_ns,
            request=kind,
            reason=reason,
            account_id=command.account_id,
            instrument_id=instrument_id,
            side=side,
            order_id=order_id,
            price_ticks=price_ticks,
            qty_lots=qty_lots,
            client_order_id=key if is_canonical(key) else NO_CLIENT_ORDER_ID,
        )
    )
    return Answer(OutcomeResult.REJECTED, reason, order_id)


def reject_control(
    turn: Turn, reason: RejectReason, subject_id: int, money: MoneyCommand | None = None
) -> Answer:
    """Refuse a control command; ``money`` if it was one that its source numbers."""
    turn.emit(
        ControlRejected(
            ts_ns=turn.ts_ns,
            request=turn.command[0],
            reason=reason,
            subject_id=subject_id,
            source_id=money.source_id if money else 0,
            source_seq=money.source_seq if money else 0,
        )
    )
    return Answer(OutcomeResult.REJECTED, reason)


def reject_malformed(turn: Turn) -> Answer:
    """Refuse bytes that are no command, saying no more than whom they name."""
    kind = turn.command[0]
    subject_id = _u32(turn.command, _SUBJECT_AT)
    if kind not in set(CommandKind):
        return reject_control(turn, RejectReason.UNKNOWN_COMMAND, subject_id=0)
    if kind >= FIRST_CONTROL_KIND:
        return reject_control(turn, RejectReason.MALFORMED, subject_id)
    turn.emit(
        OrderRejected(
            ts_ns=turn.ts_ns,
            request=kind,
            reason=RejectReason.MALFORMED,
            account_id=subject_id,
            instrument_id=_u32(turn.command, _SECOND_AT),
            side=0,
            order_id=0,
            price_ticks=0,
            qty_lots=0,
            client_order_id=NO_CLIENT_ORDER_ID,
        )
    )
    return Answer(OutcomeResult.REJECTED, RejectReason.MALFORMED)


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
