"""CancelOrder and CancelAll. They carry no key: to cancel twice does no harm."""

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import CancelAll, CancelOrder
from domain.events import OutcomeResult
from domain.reasons import CancelReason, RejectReason
from engine_core.endings import cancel_order
from engine_core.order import Order
from engine_core.refusals import reject_order
from engine_core.request_keys import is_canonical
from engine_core.turn import Answer, Turn


def open_order_of(turn: Turn, account_id: int, order_id: int, instrument_id: int) -> Order | None:
    """Return the account's open order; None if it is not open, another's, or not in
    ``instrument_id`` (0: in any).
    """
    order = turn.state.accounts[account_id].open_orders.get(order_id)
    if order is None or instrument_id not in (0, order.instrument_id):
        return None
    return order


def cancel_one(turn: Turn, command: CancelOrder) -> Answer:
    """Cancel one open order."""
    key = command.client_order_id
    if command.account_id not in turn.state.accounts:
        return reject_order(turn, command, RejectReason.UNKNOWN_ACCOUNT)
    if not is_canonical(key) or not (command.order_id or key != NO_CLIENT_ORDER_ID):
        return reject_order(turn, command, RejectReason.INVALID_CLIENT_ORDER_ID)
    order_id = command.order_id
    if not order_id:
        record = turn.state.keys.find(command.account_id, key)
        order_id = record.order_id if record else 0
    order = open_order_of(turn, command.account_id, order_id, command.instrument_id)
    if order is None:
        return reject_order(turn, command, RejectReason.UNKNOWN_ORDER)
    cancel_order(turn, order, CancelReason.REQUESTED)
    return Answer(OutcomeResult.DONE, order_id=order.order_id)


def cancel_all(turn: Turn, command: CancelAll) -> Answer:
    """Cancel the account's open orders, oldest id first, as many as one command may."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return reject_order(turn, command, RejectReason.UNKNOWN_ACCOUNT)
    if command.instrument_id and command.instrument_id not in turn.state.listings:
        return reject_order(turn, command, RejectReason.UNKNOWN_INSTRUMENT)
    for order_id in sorted(account.open_orders):
        order = account.open_orders.get(order_id)
        if order is None or command.instrument_id not in (0, order.instrument_id):
            continue  # one that went with the other of its list, or is not meant
        if len(turn.events) + 1 + (order.sibling_order_id > 0) > turn.events_max:
            break
        cancel_order(turn, order, CancelReason.CANCEL_ALL)
    return Answer()
