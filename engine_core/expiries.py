"""What time does before a command is looked at, and the command that arms the dead-man switch."""

from domain.commands import CancelAllAfter
from domain.events import OutcomeResult
from domain.reasons import CancelReason, RejectReason
from domain.units import FEE_ACCOUNT_ID
from engine_core.deadlines import Due
from engine_core.endings import cancel_order, expire_order
from engine_core.limits import DEADLINE_EVENTS_MAX, LOG_TS_NS_MAX, TIMEOUT_MS_MAX
from engine_core.refusals import reject_order
from engine_core.trading_status import change_as_due
from engine_core.turn import Answer, Turn

_NS_PER_MS = 1_000_000


def end_overdue(turn: Turn) -> None:
    """End what is due by now, earliest first, as much of it as one turn may.

    What is left is overdue: it goes on as it is and ends in the turns to come.
    """
    deadlines = turn.state.deadlines
    steps = 0
    while steps < DEADLINE_EVENTS_MAX:
        first = deadlines.first(auctions_end=turn.state.is_open)
        if first is None or first.deadline_ns > turn.ts_ns:
            return
        if first.due is Due.SWITCH:
            steps += _pull_switch(turn, first.subject_id, DEADLINE_EVENTS_MAX - steps)
            continue
        steps += 1
        if first.due is Due.ORDER:
            expire_order(
                turn, turn.state.open_orders[first.subject_id], CancelReason.GOOD_TILL_DATE
            )
        else:
            change_as_due(turn, first)


def _pull_switch(turn: Turn, account_id: int, steps_max: int) -> int:
    """Cancel the account's orders, oldest id first, and then disarm its switch; return the steps
    that took. A switch that could not be finished stays armed.
    """
    account = turn.state.accounts[account_id]
    steps = 0
    for order_id in sorted(account.open_orders):
        if order_id not in account.open_orders:
            continue  # it went with the other of its list
        if steps == steps_max:
            return steps
        cancel_order(turn, account.open_orders[order_id], CancelReason.DEAD_MAN_SWITCH)
        steps += 1
    if steps == steps_max:
        return steps
    turn.state.deadlines.disarm(account_id)
    return steps + 1


def cancel_all_after(turn: Turn, command: CancelAllAfter) -> Answer:
    """Arm the account's dead-man switch, or disarm it. The outcome says it all."""
    if reason := _refusal(turn, command):
        return reject_order(turn, command, reason)
    if command.timeout_ms:
        turn.state.deadlines.arm(command.account_id, _deadline_ns(turn, command))
    else:
        turn.state.deadlines.disarm(command.account_id)
    return Answer(OutcomeResult.DONE)


def _deadline_ns(turn: Turn, command: CancelAllAfter) -> int:
    return turn.ts_ns + command.timeout_ms * _NS_PER_MS


def _refusal(turn: Turn, command: CancelAllAfter) -> RejectReason:
    if command.account_id not in turn.state.accounts:
        return RejectReason.UNKNOWN_ACCOUNT
    if command.account_id == FEE_ACCOUNT_ID:
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if command.timeout_ms > TIMEOUT_MS_MAX or _deadline_ns(turn, command) > LOG_TS_NS_MAX:
        return RejectReason.INVALID_TIMEOUT
    return RejectReason.NONE
