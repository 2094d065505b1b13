"""The gate every NewOrder and ReplaceOrder passes: a retry gets the first answer, never a second
execution.
"""

from dataclasses import dataclass

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import NewOrder, ReplaceOrder
from domain.events import OutcomeResult
from domain.orders import AccountStatus
from domain.reasons import RejectReason
from domain.units import FEE_ACCOUNT_ID
from engine_core.request_keys import KeyRecord, content_digest, is_canonical
from engine_core.turn import Answer, Turn


@dataclass(frozen=True, slots=True)
class Request:
    """The part of a command that a retry repeats. ``key`` is packed like a client order id."""

    account_id: int
    key: bytes
    valid_until_ns: int
    digest: int


def request_of(turn: Turn, command: NewOrder | ReplaceOrder) -> Request:
    """Return the request that ``command``, the turn's own, is a try of."""
    return Request(
        account_id=command.account_id,
        key=command.client_order_id if isinstance(command, NewOrder) else command.request_id,
        valid_until_ns=command.valid_until_ns,
        digest=content_digest(turn.command),
    )


def sender_refusal(turn: Turn, account_id: int, key: bytes) -> RejectReason:
    """Return why ``account_id`` may not send a request under ``key``, or NONE."""
    if account_id not in turn.state.accounts:
        return RejectReason.UNKNOWN_ACCOUNT
    status = turn.state.accounts[account_id].status
    if account_id == FEE_ACCOUNT_ID or status is not AccountStatus.ACTIVE:
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if key == NO_CLIENT_ORDER_ID or not is_canonical(key):
        return RejectReason.INVALID_CLIENT_ORDER_ID
    return RejectReason.NONE


def original_answer(turn: Turn, request: Request) -> Answer | None:
    """Return the first answer if ``request`` was answered before; None if it is new."""
    known = turn.state.keys.find(request.account_id, request.key)
    if known is None or known.digest != request.digest:
        return None
    return Answer(OutcomeResult.DUPLICATE, known.reason, known.order_id)


def gate_refusal(turn: Turn, request: Request, keys: int = 1) -> RejectReason:
    """Return why a request that has no answer yet may not be executed now, or NONE. It will need
    room for ``keys``.

    These refusals are not remembered: the same request may come again and be executed.
    """
    state = turn.state
    if state.keys.find(request.account_id, request.key) is not None:
        return RejectReason.KEY_REUSED
    if turn.ts_ns > request.valid_until_ns:
        return RejectReason.STALE
    if not state.keys.make_room(keys, turn.ts_ns, state.open_orders.__contains__):
        return RejectReason.DEDUPE_FULL
    if not state.accounts[request.account_id].count_request(turn.ts_ns):
        return RejectReason.ORDER_RATE
    return RejectReason.NONE


def remember(turn: Turn, request: Request, order_id: int, reason: RejectReason) -> None:
    """Keep the answer to ``request`` for its retries."""
    record = KeyRecord(request.digest, order_id, reason, request.valid_until_ns)
    turn.state.keys.remember(request.account_id, request.key, record)
